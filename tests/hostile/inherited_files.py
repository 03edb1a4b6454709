"""Writes to and reads from every open file it was not meant to have."""
import os

for number in range(3, 1024):
    try:
        print("THROUGH", number, os.fstat(number), os.write(number, b"x"))
    except OSError:
        pass

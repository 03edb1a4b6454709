"""Closes its streams, which looks like an end, and sleeps."""
import os, time

for number in range(3):
    try:
        os.close(number)
    except OSError:
        pass
time.sleep(1000)

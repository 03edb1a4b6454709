"""Leaves a process behind that holds the streams open, so that their reader waits for it."""
import os, time

if os.fork() == 0:
    os.setsid()
    time.sleep(1000)
print("ended")

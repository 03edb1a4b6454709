"""Leaves a process behind that is nobody's child and in no group of ours, and ends well itself."""
import os, time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in range(3):
            os.close(number)
        time.sleep(1000)
    os._exit(0)
print("ended")

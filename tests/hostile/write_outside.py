"""Writes everywhere but in the scratch folder: the canary, the interpreter, libraries, /proc and /dev."""
import json, os, sys

here = json.load(sys.stdin)
places = [here["canary"], "/x", "/etc/x", "/usr/x", "/usr/lib/x", "/python/x", "/python/lib/x", "/dev/x", "/dev/shm/x"]
places += [os.__file__ + ".x", sys.executable + ".x", "/program.py", "/proc/sys/kernel/core_pattern", "/var/tmp/x"]
for path in places:
    try:
        with open(path, "ab") as file:
            file.write(b"overwritten")
        print("THROUGH", path)
    except OSError as error:
        print(error)

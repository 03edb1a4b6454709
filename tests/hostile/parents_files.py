"""Opens the files of other processes by way of /proc."""
import json, os, sys

here = json.load(sys.stdin)
for pid in ("1" if os.getpid() != 1 else "0", str(here["pid"]), str(here["parent"])):
    try:
        for number in os.listdir(f"/proc/{pid}/fd"):
            print("THROUGH", pid, number, os.readlink(f"/proc/{pid}/fd/{number}"))
    except OSError as error:
        print(error)

"""Kills its parent, its caller, everyone that it can, and whole groups."""
import json, os, signal, sys

here = json.load(sys.stdin)
for pid in (here["pid"], here["parent"], -here["pid"], -1, 1):
    try:
        os.kill(pid, signal.SIGKILL)
        print("killed", pid)
    except (OSError, AttributeError) as error:
        print(error)

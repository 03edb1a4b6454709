"""Reads the home folder of whoever runs it, by its path and by every name it may have."""
import json, os, sys

here = json.load(sys.stdin)
for path in (here["home"], "/root/.ssh", "/root/.bashrc", os.path.expanduser("~/.bashrc"), "/home"):
    try:
        print("THROUGH", path, os.listdir(path) if os.path.isdir(path) else open(path).read())
    except OSError as error:
        print(error)

"""Reads this repository, whose tests it could learn by heart, and a file in the system's temporary folder."""
import json, os, sys

here = json.load(sys.stdin)
for path in (here["repo"] + "/pyproject.toml", here["repo"] + "/../main/README.md", here["canary"]):
    try:
        print("THROUGH", open(path).read())
    except OSError as error:
        print(error)
for path in [here["repo"], os.path.dirname(here["canary"]), *sys.path]:
    if os.path.isdir(path) and not path.startswith(("/python", "/usr/local/lib")):
        print("THROUGH", path)

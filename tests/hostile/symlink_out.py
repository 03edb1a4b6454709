"""Reaches out of the scratch folder with links and with dots."""
import json, os, sys

here = json.load(sys.stdin)
for number, path in enumerate((here["canary"], "/etc/passwd", "../../../../../../etc/passwd", "/proc/1/root" + here["canary"])):
    for link in (os.symlink, os.link):
        try:
            link(path, f"/tmp/{link.__name__}{number}")
            print("THROUGH", open(f"/tmp/{link.__name__}{number}").read())
        except (OSError, AttributeError) as error:
            print(error)
    try:
        print("THROUGH", open("/tmp/../../.." + path).read())
    except OSError as error:
        print(error)

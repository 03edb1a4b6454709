"""Makes device nodes: the disk and the memory."""
import os, stat

for number, device in enumerate(((254, 0), (8, 0), (1, 1))):
    for kind in (stat.S_IFBLK, stat.S_IFCHR):
        try:
            os.mknod(f"/tmp/{number}-{kind}", 0o666 | kind, os.makedev(*device))
            print("THROUGH")
        except (OSError, AttributeError) as error:
            print(error)

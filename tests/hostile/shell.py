"""Becomes a shell, or starts one."""
import os, subprocess

for start in (lambda: os.system("echo THROUGH"), lambda: print(subprocess.check_output(["/bin/sh", "-c", "echo THROUGH"]))):
    try:
        print(start())
    except (OSError, AttributeError, subprocess.SubprocessError) as error:
        print(error)
os.execv("/bin/sh", ["sh", "-c", "echo THROUGH"])

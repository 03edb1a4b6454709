"""Reads the environments, memory and open files of the processes that it sees."""
import os

try:
    pids = [name for name in os.listdir("/proc") if name.isdigit()]
    print(len(pids), "processes")
    if len(pids) > 3:
        print("THROUGH: it sees the processes outside")
except OSError as error:
    pids = ["1", "self"]
for pid in pids:
    for name in ("environ", "mem", "maps", "cmdline", "root/etc/passwd", "root/etc/shadow", "cwd/README.md"):
        try:
            print(pid, name, open(f"/proc/{pid}/{name}", "rb").read(4000))
        except OSError as error:
            print(error)
for path in ("/proc/kcore", "/proc/kmsg", "/dev/mem", "/proc/sysrq-trigger"):
    try:
        print("THROUGH", path, open(path, "r+b").read(8))
    except OSError as error:
        print(error)

"""Takes hold of other processes: traces, reads their memory, takes their files."""
import ctypes, json, sys

here = json.load(sys.stdin)
libc = ctypes.CDLL(None, use_errno=True)
for pid in (1, here["pid"], here["parent"]):
    print("THROUGH" if libc.ptrace(16, pid, 0, 0) == 0 else ctypes.get_errno())
    handle = libc.syscall(434, pid, 0)
    print("THROUGH" if handle >= 0 and libc.syscall(438, handle, 0, 0) >= 0 else ctypes.get_errno())

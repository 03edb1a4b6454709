"""Makes namespaces of its own, in which it would be root: by unshare, clone, clone3 and setns."""
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
for flag in (0x10000000, 0x00020000, 0x20000000, 0x40000000, 0x10020000):
    print("THROUGH" if libc.unshare(flag) == 0 else ctypes.get_errno())
clone = {"x86_64": 56, "aarch64": 220}[__import__("os").uname().machine]
for flag in (0x10000000, 0x10020000):
    child = libc.syscall(clone, flag | 17, 0, 0, 0, 0)
    if child == 0:
        libc._exit(0)
    print("THROUGH" if child > 0 else ctypes.get_errno())
arguments = (ctypes.c_uint64 * 11)(0x10000000)
child = libc.syscall(435, arguments, 88)
if child == 0:
    libc._exit(0)
print("THROUGH" if child > 0 else ctypes.get_errno())

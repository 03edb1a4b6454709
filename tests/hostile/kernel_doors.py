"""Knocks at doors to the kernel: bpf, io_uring, keyrings, userfaultfd, performance counters, the second x86 table."""
import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
numbers = {"x86_64": (321, 425, 250, 323, 298, 0x40000000 + 39, 304), "aarch64": (280, 425, 219, 282, 241, 265)}
for number in numbers[os.uname().machine]:
    result = libc.syscall(number, 0, ctypes.create_string_buffer(128), 0, 0, 0)
    print("THROUGH" if result >= 0 else ctypes.get_errno())

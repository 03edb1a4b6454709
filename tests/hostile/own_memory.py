"""Overwrites its own code by way of /proc/self/mem, which ignores what is read-only."""
import ctypes

libc = ctypes.CDLL(None)
address = ctypes.cast(libc.getpid, ctypes.c_void_p).value
with open("/proc/self/mem", "r+b", buffering=0) as memory:
    memory.seek(address)
    memory.write(b"\xcc" * 16)
libc.getpid()

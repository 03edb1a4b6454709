"""Takes memory that no address space counts: anonymous files, shared segments, and pipes left full."""
import ctypes, os

taken = 0
try:
    for _ in range(40):
        file = os.memfd_create("x")
        for _ in range(32):
            taken += os.write(file, bytes(1 << 20))
except (OSError, AttributeError) as error:
    print(error)
try:
    libc = ctypes.CDLL(None)
    libc.shmat.restype = ctypes.c_void_p
    for _ in range(32):
        segment = libc.shmget(0, ctypes.c_size_t(32 << 20), 0o1600)
        if segment < 0:
            break
        address = libc.shmat(segment, None, 0)
        ctypes.memset(address, 1, 32 << 20)
        libc.shmdt(ctypes.c_void_p(address))
        taken += 32 << 20
except (AttributeError, TypeError, OSError) as error:
    print(error)
print("THROUGH" if taken > 1 << 20 else "held", taken)

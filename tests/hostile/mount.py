"""Mounts the disk, a new /proc and a folder over another."""
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
for source, target, kind, flags in (
    (b"/dev/vda", b"/tmp", b"ext4", 0), (b"proc", b"/tmp", b"proc", 0), (b"/", b"/tmp", None, 4096), (b"", b"/", None, 32),
):
    print("THROUGH" if libc.mount(source, target, kind, flags, None) == 0 else ctypes.get_errno())
print("THROUGH" if libc.umount2(b"/tmp", 2) == 0 else ctypes.get_errno())

"""Restarts and halts the machine, loads a kernel and a module."""
import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
for command in (0x01234567, 0xCDEF0123, 0x4321FEDC):
    print("THROUGH" if libc.reboot(command) == 0 else ctypes.get_errno())
print(os.system("reboot"))

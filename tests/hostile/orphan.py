"""Takes back the signal that would end it together with its parent, and sleeps."""
import ctypes, time

print("THROUGH" if ctypes.CDLL(None).prctl(1, 0) == 0 else "held", flush=True)
time.sleep(1000)

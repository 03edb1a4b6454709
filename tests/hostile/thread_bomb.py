"""Starts threads that never end until it may not start another, and says how many there are."""
import threading, time

count = 0
try:
    for count in range(10_000):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
except RuntimeError as error:
    print(error)
print("THROUGH" if count > 64 else "held", count, flush=True)

"""Fills the scratch folder with one file and with many, and says how many bytes it could write."""
import os

written = 0
for number in range(4000):
    try:
        file = os.open(f"/tmp/{number}", os.O_CREAT | os.O_WRONLY)
        for _ in range(64):
            written += os.write(file, bytes(1 << 20))
    except OSError as error:
        print(error, "after", written)
        break
print("THROUGH" if written > 64 << 20 else "held", written)

"""Makes empty files for as long as it may: each is memory of the kernel's."""
import os

for number in range(100_000_000):
    os.close(os.open(f"/tmp/{number}", os.O_CREAT | os.O_WRONLY))

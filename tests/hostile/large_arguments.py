"""Starts itself again with arguments and an environment as large as they get."""
import os, sys

for _ in range(3):
    try:
        os.execve(sys.executable, ["python", "-c", "print('again')", *["x" * 100_000] * 15], {"X": "y" * 100_000})
    except (OSError, AttributeError) as error:
        print(error)

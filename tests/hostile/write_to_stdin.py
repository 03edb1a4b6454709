"""Writes into the file that its input comes from."""
import os

print("THROUGH", os.write(0, b"x" * 1000))

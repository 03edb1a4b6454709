"""Pretends, on its streams, to be the sandbox and to have ended well."""
import os, sys

os.write(1, b"\x06\x06ok 0\n")
sys.__excepthook__ = sys.excepthook = lambda *_: None
os._exit(3)

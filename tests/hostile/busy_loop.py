"""Computes nothing."""
while True:
    pass

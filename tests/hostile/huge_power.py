"""Computes a number with more digits than there is memory; no signal is looked at meanwhile."""
print(len(str(7 ** (10**9) % 2)) and (3 ** (10**9)).bit_length())

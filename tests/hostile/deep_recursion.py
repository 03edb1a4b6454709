"""Recurses in Python until the stack of the process is used up."""
import sys

sys.setrecursionlimit(10**9)


def deeper(count):
    return deeper(count + 1) + repr([count])


deeper(0)

"""Matches an expression whose time doubles with each letter."""
import re

re.match("(a+)+$", "a" * 60 + "b")

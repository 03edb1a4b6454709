"""Contest-style programming problems: families with a known solution, and what reads and compares programs' texts."""

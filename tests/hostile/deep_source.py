"""Is a program too deep for the parser."""
exec("(" * 100_000 + ")" * 100_000)

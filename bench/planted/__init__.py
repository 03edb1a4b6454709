"""The corpora of bench/planted.py: good rows, and bad ones made of them, each with its kind."""

"""`python -m factory` is `factory`."""

from factory.cli import main

main()

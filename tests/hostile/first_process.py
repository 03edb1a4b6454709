"""Writes into the memory and the files of the sandbox's first process, which no filter and no limit holds."""
import os

if os.getpid() != 1:
    for path in ["/proc/1/mem", *(f"/proc/1/fd/{number}" for number in range(20))]:
        try:
            print("THROUGH", path, os.open(path, os.O_RDWR))
        except OSError as error:
            print(error)

"""Opens sockets that a network namespace does not hold: to the hypervisor, to the kernel's tables and ciphers, raw."""
import socket

for family, kind in ((40, 1), (16, 3), (38, 5), (17, 3), (2, 3), (31, 3)):
    try:
        socket.socket(family, kind)
        print("THROUGH", family)
    except OSError as error:
        print(error)

"""Finds the sockets of the system's services, such as Docker's, and a server of ours on an abstract name."""
import json, socket, sys

here = json.load(sys.stdin)
for address in ("/var/run/docker.sock", "/run/dbus/system_bus_socket", "\0" + here["abstract"]):
    try:
        socket.socket(socket.AF_UNIX).connect(address)
        print("THROUGH", address)
    except (OSError, AttributeError, TypeError) as error:
        print(error)

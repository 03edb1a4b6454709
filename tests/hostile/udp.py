"""Sends a datagram to a server of ours, whether anyone answers or not."""
import json, socket, sys

here = json.load(sys.stdin)
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for address in (("127.0.0.1", here["udp"]), ("255.255.255.255", here["udp"])):
    out.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    out.sendto(b"hello", address)
    print("THROUGH", address)

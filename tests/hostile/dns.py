"""Looks a name up, which could carry data out."""
import socket

print("THROUGH", socket.getaddrinfo("secret.example.com", 80))

"""Reads the users and their password hashes, and keys."""
for path in ("/etc/shadow", "/etc/passwd", "/etc/group", "/etc/hosts", "/etc/ssh/ssh_host_rsa_key", "/etc/machine-id"):
    try:
        print("THROUGH", open(path).read())
    except OSError as error:
        print(error)

"""Becomes root again, or takes back privileges and limits."""
import os, resource

for act in (
    lambda: os.setuid(0), lambda: os.setresuid(0, 0, 0), lambda: os.setgid(0), lambda: os.setgroups([0]),
    lambda: resource.setrlimit(resource.RLIMIT_AS, (-1, -1)), lambda: resource.setrlimit(resource.RLIMIT_NPROC, (9999, 9999)),
    lambda: os.nice(-20), lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
):
    try:
        act()
        print("THROUGH")
    except (OSError, ValueError, AttributeError) as error:
        print(error)
if os.getuid() == 0:
    print("THROUGH")

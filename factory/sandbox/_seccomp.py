"""Which system calls a program in bubblewrap may make, as a seccomp filter.

It may not make those that it has no need of: other namespaces and mounts, other processes' memory, memory that no
limit counts (memfd_create, shmget, msgget), sockets (a network namespace does not hold AF_VSOCK back), and doors to
the kernel that have often stood open. The rest is allowed: the namespaces and limits hold it.
"""

import platform
import struct
from functools import cache

# Numbers on x86_64 and on aarch64; -1 where there is none.
_FORBIDDEN = {
    "socket": (41, 198), "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190), "memfd_create": (319, 279),
    "memfd_secret": (447, 447), "mq_open": (240, 180), "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40),
    "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fspick": (433, 433), "mount_setattr": (442, 442),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "pidfd_getfd": (438, 438),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "personality": (135, 92),
    "open_by_handle_at": (304, 265), "fanotify_init": (300, 262), "init_module": (175, 105),
    "finit_module": (313, 273), "kexec_load": (246, 104), "reboot": (169, 142), "swapon": (167, 224),
    "acct": (163, 89), "syslog": (103, 116), "iopl": (172, -1), "ioperm": (173, -1),
}  # fmt: skip
_FORKS = {"fork": (57, -1), "vfork": (58, -1)}
_CLONE, _CLONE3, _PRCTL = (56, 220), 435, (157, 167)
_SET_PARENT_DEATH_SIGNAL = 1
_CLONE_THREAD, _CLONE_NEW = 0x00010000, 0x7E020080
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""Column of the tables above, and the kernel's name of the architecture."""


@cache
def make(forks: bool) -> bytes:
    """Make the filter, with or without leave to start processes; threads may always be started.

    It is classic BPF over `struct seccomp_data`: number, architecture, address, arguments.
    https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html
    """
    column, architecture = ARCHITECTURES[platform.machine()]
    load, equal, at_least, any_bit, give = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, kill, eperm, enosys = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
    rules = [(load, 0, 0, 4), (equal, 1, 0, architecture), (give, 0, 0, kill), (load, 0, 0, 0)]
    rules += [(at_least, 0, 1, 0x40000000), (give, 0, 0, eperm)]  # x86_64's second set of numbers, x32
    for numbers in (_FORBIDDEN if forks else {**_FORBIDDEN, **_FORKS}).values():
        if numbers[column] >= 0:
            rules += [(equal, 0, 1, numbers[column]), (give, 0, 0, eperm)]
    # Without root, this signal is what ends the program when bubblewrap is ended.
    rules += [(equal, 0, 4, _PRCTL[column]), (load, 0, 0, 16), (equal, 0, 1, _SET_PARENT_DEATH_SIGNAL)]
    rules += [(give, 0, 0, eperm), (give, 0, 0, allow)]
    # A filter does not see the flags of clone3; without it the C library takes clone, whose first argument they are.
    rules += [(equal, 0, 1, _CLONE3), (give, 0, 0, enosys)]
    rules += [(equal, 1, 0, _CLONE[column]), (give, 0, 0, allow), (load, 0, 0, 16)]
    rules += [(any_bit, 0, 1, _CLONE_NEW), (give, 0, 0, eperm)]
    rules += [] if forks else [(any_bit, 1, 0, _CLONE_THREAD), (give, 0, 0, eperm)]
    rules += [(give, 0, 0, allow)]
    return b"".join(struct.pack("=HBBI", *rule) for rule in rules)

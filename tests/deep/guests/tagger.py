"""tagger.py PID PID VLAN: copies frames between the tap `tagged` in the first process's network namespace and the tap
`untagged` in the second's; it adds the tag in one direction, and removes it in the other."""
import ctypes
import fcntl
import os
import select
import struct
import sys

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TAP_NO_PI = 0x1002
libc = ctypes.CDLL(None, use_errno=True)


def tap_in(pid, name):
    with open(f"/proc/{pid}/ns/net") as namespace:
        if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
    tap = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TAP_NO_PI))
    return tap


def main():
    tag = struct.pack("!HH", 0x8100, int(sys.argv[3]))
    tagged, untagged = tap_in(sys.argv[1], "tagged"), tap_in(sys.argv[2], "untagged")
    while True:
        for source in select.select([tagged, untagged], [], [])[0]:
            try:
                frame = os.read(source, 65536)
                if source == untagged:
                    os.write(tagged, frame[:12] + tag + frame[12:])
                elif frame[12:14] == tag[:2] and int.from_bytes(frame[14:16], "big") & 0xFFF == int(sys.argv[3]):
                    os.write(untagged, frame[:12] + frame[16:])
            except OSError:
                pass  # The interface is not up yet.


main()

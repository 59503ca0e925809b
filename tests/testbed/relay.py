"""The link between two data centres: carries Ethernet frames between two TAP interfaces, with delay, loss and a largest packet.

Runs in the network namespace of the wires. Reads one JSON object per line: {"delayMs": 2, "loss": 0.01, "mtu": 1400}.
"""

import fcntl
import heapq
import json
import os
import random
import select
import struct
import sys
import time

TUNSETIFF = 0x400454CA
TAP_WITHOUT_HEADER = 0x1002
ETHERNET_HEADER = 14


def open_tap(name):
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name.encode(), TAP_WITHOUT_HEADER))
    return tap


def main():
    taps = [open_tap(name) for name in sys.argv[1:3]]
    opposite = {taps[0]: taps[1], taps[1]: taps[0]}
    settings = {"delayMs": 0, "loss": 0, "mtu": 9000}
    waiting = []
    count = 0
    print("ready", flush=True)
    while True:
        timeout = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        readable, _, _ = select.select([sys.stdin, *taps], [], [], timeout)
        now = time.monotonic()
        for source in readable:
            if source is sys.stdin:
                line = sys.stdin.readline()
                if line == "":
                    return
                settings.update(json.loads(line))
                print("set", flush=True)
                continue
            while True:
                try:
                    frame = os.read(source, 65536)
                except BlockingIOError:
                    break
                if len(frame) > settings["mtu"] + ETHERNET_HEADER or random.random() < settings["loss"]:
                    continue
                count += 1
                heapq.heappush(waiting, (now + settings["delayMs"] / 1000, count, opposite[source], frame))
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, _, target, frame = heapq.heappop(waiting)
            try:
                os.write(target, frame)
            except OSError:
                pass  # The interface is down or its queue is full: the frame is lost, as on a wire.


main()

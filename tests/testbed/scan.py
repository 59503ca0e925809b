"""Scans one host from the namespace it runs in: SYN to TCP ports, a datagram to UDP ports. Prints JSON.

scan.py ADDRESS TCP UDP, each of the last two as "1-65535" or "53,123,51820" or "".
A port that answers nothing is in neither list: filtered, or a service that ignores what it does not know. A host sends
few ICMP messages per second, so that only the first closed UDP ports are told.
"""

import concurrent.futures
import json
import os
import select
import socket
import struct
import sys
import time

SYN, RST, ACK = 0x02, 0x04, 0x10
WAIT_SECONDS = 1
AT_ONCE = 64


def ports_of(text):
    ports = []
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        ports.extend(range(int(first), int(last or first) + 1))
    return ports


def source_for(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((address, 9))
        return probe.getsockname()[0]


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def scan_tcp(address, ports):
    source_port = 20000 + os.getpid() % 10000
    pseudo = socket.inet_aton(source_for(address)) + socket.inet_aton(address) + struct.pack("!BBH", 0, 6, 20)
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    raw.setblocking(False)
    found = {"open": set(), "closed": set()}

    def receive():
        while True:
            try:
                packet, (sender, _) = raw.recvfrom(256)
            except BlockingIOError:
                return
            start = (packet[0] & 15) * 4
            from_port, to_port = struct.unpack_from("!HH", packet, start)
            flags = packet[start + 13]
            if sender != address or to_port != source_port:
                continue
            if flags & (SYN | ACK) == SYN | ACK:
                found["open"].add(from_port)
            elif flags & RST:
                found["closed"].add(from_port)

    # Twice: a packet that a full queue dropped must not hide an open port.
    for _ in range(2 if ports else 0):
        silent = [port for port in ports if port not in found["open"] and port not in found["closed"]]
        for index, port in enumerate(silent):
            header = struct.pack("!HHIIBBHHH", source_port, port, port * 7919, 0, 0x50, SYN, 1024, 0, 0)
            header = header[:16] + struct.pack("!H", checksum(pseudo + header)) + header[18:]
            while True:
                try:
                    raw.sendto(header, (address, 0))
                    break
                except BlockingIOError:
                    select.select([], [raw], [])
            if index % AT_ONCE == 0:
                receive()
        end = time.monotonic() + WAIT_SECONDS
        while (left := end - time.monotonic()) > 0:
            select.select([raw], [], [], left)
            receive()
    return {state: sorted(found[state]) for state in found}


def scan_udp(address, ports):
    sockets = {}
    for port in ports:
        probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        probe.setblocking(False)
        probe.connect((address, port))
        sockets[probe] = port
    found = {"open": set(), "closed": set()}
    # A DNS question for the root's name servers: a name server answers it, most other services ignore it.
    question = struct.pack("!HHHHHH", 4711, 0x0100, 1, 0, 0, 0) + b"\0" + struct.pack("!HH", 2, 1)
    # An NTP client's request.
    for payload in (question, b"\x23" + bytes(47)) if ports else ():
        for probe, port in sockets.items():
            if port in found["closed"]:
                continue
            try:
                probe.send(payload)
            except ConnectionRefusedError:
                found["closed"].add(port)
            except OSError:
                pass  # Unreachable: no answer.
        end = time.monotonic() + WAIT_SECONDS
        while (left := end - time.monotonic()) > 0:
            for probe in select.select(list(sockets), [], [], left)[0]:
                try:
                    probe.recv(2048)
                    found["open"].add(sockets[probe])
                except ConnectionRefusedError:
                    found["closed"].add(sockets[probe])
                except OSError:
                    pass
    return {state: sorted(found[state]) for state in found}


address, tcp, udp = sys.argv[1:4]
with concurrent.futures.ThreadPoolExecutor() as pool:
    scans = {
        "tcp": pool.submit(scan_tcp, address, ports_of(tcp)),
        "udp": pool.submit(scan_udp, address, ports_of(udp)),
    }
    print(json.dumps({kind: scan.result() for kind, scan in scans.items()}))

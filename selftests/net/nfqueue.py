#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""User space that packets are queued to (NFQUEUE), over plain netlink.

    nfqueue.py NUMBER [HELD]

Accepts, as it is, each packet that comes to the queue. The first HELD of them
(none) are kept until SIGUSR1 comes. Prints "ready", then a line a packet: how
many came.
"""
import signal
import socket
import struct
import sys

NFNL_SUBSYS_QUEUE = 3
MSG_PACKET, MSG_VERDICT, MSG_CONFIG = 0, 1, 2
CFG_CMD, CFG_PARAMS = 1, 2
CMD_BIND, COPY_META = 1, 1
PACKET_HDR, VERDICT_HDR = 1, 2
NLM_F_REQUEST, NLM_F_ACK = 1, 4
NF_ACCEPT = 1


def message(number, kind, flags, kind_of_attribute, payload):
    attribute = struct.pack("=HH", 4 + len(payload), kind_of_attribute)
    attribute += payload + bytes(-len(payload) % 4)
    body = struct.pack(">BBH", socket.AF_UNSPEC, 0, number) + attribute
    return struct.pack("=IHHII", 16 + len(body), NFNL_SUBSYS_QUEUE << 8 | kind,
                       NLM_F_REQUEST | flags, 0, 0) + body


def configure(sock, number, kind, payload):
    sock.send(message(number, MSG_CONFIG, NLM_F_ACK, kind, payload))
    answer = sock.recv(65536)
    error, = struct.unpack_from("=i", answer, 16)
    if error:
        sys.exit(f"nfqueue: refused: {error}")


def packet_ids(data):
    """Of the packets that a datagram's messages tell of."""
    while len(data) >= 16:
        length, kind = struct.unpack_from("=IH", data)
        at = 20
        while kind == NFNL_SUBSYS_QUEUE << 8 | MSG_PACKET and at + 4 <= length:
            size, attribute = struct.unpack_from("=HH", data, at)
            if attribute & 0x3fff == PACKET_HDR:
                yield struct.unpack_from(">I", data, at + 4)[0]
            at += (size + 3) & ~3
        data = data[(length + 3) & ~3:]


def accept(sock, number, packet):
    sock.send(message(number, MSG_VERDICT, 0, VERDICT_HDR,
                      struct.pack(">II", NF_ACCEPT, packet)))


def main():
    number = int(sys.argv[1])
    hold = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    held = []
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)

    def release(*_):
        nonlocal hold
        hold = 0
        while held:
            accept(sock, number, held.pop(0))

    signal.signal(signal.SIGUSR1, release)
    configure(sock, number, CFG_CMD, struct.pack(">BBH", CMD_BIND, 0, 0))
    configure(sock, number, CFG_PARAMS, struct.pack(">IB", 0, COPY_META))
    print("ready", flush=True)
    count = 0
    while True:
        for packet in packet_ids(sock.recv(65536)):
            count += 1
            if hold:
                hold -= 1
                held.append(packet)
            else:
                accept(sock, number, packet)
            print(count, flush=True)


main()

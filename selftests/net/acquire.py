#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A request for an SA that is under way, as XFRM sees it, and that nobody will
ever answer: what is left of one that the IKE daemon has lost.

    acquire.py SRC DST REQID IF_ID     (IPv4; numbers as Python has them)
"""

import socket
import struct
import sys

ALLOCSPI, IF_ID = 0x16, 31
REQUEST_ACK = 5
ESP, TUNNEL = 50, 1


def message(src, dst, reqid, if_id):
    selector = bytes(40) + struct.pack("=H", socket.AF_INET) + bytes(14)
    info = selector + dst.ljust(16, b"\0") + struct.pack("=4xB3x", ESP)
    info += src.ljust(16, b"\0") + bytes(64 + 32 + 12)
    info += struct.pack("=IIHBBB7x", 0, reqid, socket.AF_INET, TUNNEL, 0, 0)
    body = info + struct.pack("=II", 0x100, 0xFFFFFFFF)
    body += struct.pack("=HHI", 8, IF_ID, if_id)
    return struct.pack("=IHHII", 16 + len(body), ALLOCSPI, REQUEST_ACK, 1, 0) + body


def main():
    src, dst = (socket.inet_aton(a) for a in sys.argv[1:3])
    reqid, if_id = (int(n, 0) for n in sys.argv[3:5])
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 6)
    s.sendto(message(src, dst, reqid, if_id), (0, 0))
    kind, _, _, _, error = struct.unpack("=HHIIi", s.recv(8192)[4:20])
    if kind == 2 and error:
        sys.exit(f"refused: {-error}")


main()

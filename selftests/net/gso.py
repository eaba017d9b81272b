#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sends one TCP segment too long for any link, as a sender's stack hands it to
a device that segments (GSO), by a packet socket.

gso.py INTERFACE MAC SOURCE DESTINATION OCTETS MSS
"""

import socket
import struct
import sys

SOL_PACKET, PACKET_VNET_HDR = 263, 15
NEEDS_CSUM = 1
GSO_TCPV4 = 1
ETH, IP, TCP = 14, 20, 20


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def main():
    interface, mac, source, destination, octets, mss = sys.argv[1:]
    octets = int(octets)
    src, dst = socket.inet_aton(source), socket.inet_aton(destination)
    length = IP + TCP + octets
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, length, 1, 0, 64, 6, 0, src, dst)
    ip = ip[:10] + struct.pack("!H", checksum(ip) ^ 0xFFFF) + ip[12:]
    pseudo = struct.pack("!4s4sBBH", src, dst, 0, 6, TCP + octets)
    # The rest of the checksum is the device's.
    tcp = struct.pack("!HHIIBBHHH", 1024, 5000, 1, 1, 5 << 4, 0x10, 65535,
                      checksum(pseudo), 0)
    vnet = struct.pack("=BBHHHH", NEEDS_CSUM, GSO_TCPV4, ETH + IP + TCP,
                       int(mss), ETH + IP, 16)
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    sock.bind((interface, 0))
    own = sock.getsockname()[4]
    eth = bytes.fromhex(mac.replace(":", "")) + own + b"\x08\x00"
    sock.send(vnet + eth + ip + tcp + bytes(octets))


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Neighbor discovery's messages with the hop limit that no router leaves as it
# is (RFC 4861, section 7.1), to wherever: neighbor.py FROM TO COUNT
import socket
import struct
import sys

NEIGHBOR_SOLICITATION = 135

source, destination, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 255)
s.bind((source, 0))
target = socket.inet_pton(socket.AF_INET6, destination)
message = struct.pack("!BBHI", NEIGHBOR_SOLICITATION, 0, 0, 0) + target
for _ in range(count):
    s.sendto(message, (destination, 0))

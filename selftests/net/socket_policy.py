#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A socket with a policy of its own (IP_XFRM_POLICY), as IKE daemons' have.

Says "set", and ends when its input does."""
import socket
import struct
import sys

IP_XFRM_POLICY = 17
POLICY_OUT = 1

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
# struct xfrm_userpolicy_info: any addresses, no limits, to be let pass.
selector = struct.pack("=40xH14x", socket.AF_INET)
limits = struct.pack("=96x")
sock.setsockopt(
    socket.IPPROTO_IP,
    IP_XFRM_POLICY,
    selector + limits + struct.pack("=IIBBBB4x", 0, 0, POLICY_OUT, 0, 0, 0),
)
print("set", flush=True)
sys.stdin.read()

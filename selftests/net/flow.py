#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Traffic that counts what is lost: UDP packets with a number, at a steady
# rate, each of which is sent back.
#
#   flow.py echo                     answer, on both families
#   flow.py send RATE ADDRESS...     RATE packets a second to each
#
# A sender that is interrupted waits for a second for what is still missing,
# then prints how many it sent, how many of them were not answered, and the
# longest time, in milliseconds, during which nothing that was sent to an
# address was answered.
import select
import signal
import socket
import sys
import time

PORT = 7
PATIENCE = 1.0


def echo():
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    s.bind(("::", PORT))
    print("ready", flush=True)
    while True:
        data, peer = s.recvfrom(2048)
        try:
            s.sendto(data, peer)
        except OSError:
            pass


class Flow:
    """One address: what was sent to it, and what came back."""

    def __init__(self, address):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.connect((address, PORT))
        self.sent = []
        self.answered = set()

    def send(self):
        number = len(self.sent)
        self.sent.append(time.monotonic())
        try:
            self.socket.send(number.to_bytes(8, "big") + bytes(56))
        except OSError:
            pass  # refused on the way: it is lost, like any other

    def receive(self):
        while True:
            try:
                data = self.socket.recv(2048)
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP error
            self.answered.add(int.from_bytes(data[:8], "big"))

    def gap(self):
        longest = 0.0
        since = None
        for number, at in enumerate(self.sent):
            if number in self.answered:
                if since is not None:
                    longest = max(longest, at - since)
                since = None
            elif since is None:
                since = at
        if since is not None:
            longest = max(longest, self.sent[-1] - since)
        return longest


def send(rate, addresses):
    flows = [Flow(a) for a in addresses]
    sockets = {f.socket: f for f in flows}
    stop = []
    signal.signal(signal.SIGINT, lambda *_: stop.append(True))
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))

    def receive_until(due):
        while not stop:
            left = due - time.monotonic()
            ready = select.select(list(sockets), [], [], max(left, 0))[0]
            for s in ready:
                sockets[s].receive()
            if left <= 0:
                return

    due = time.monotonic()
    print("sending", flush=True)
    while not stop:
        for f in flows:
            f.send()
        due += 1.0 / rate
        receive_until(due)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for f in flows:
            f.receive()
        if all(len(f.answered) == len(f.sent) for f in flows):
            break
        select.select(list(sockets), [], [], 0.05)
    sent = sum(len(f.sent) for f in flows)
    lost = sent - sum(len(f.answered) for f in flows)
    print(sent, lost, round(1000 * max(f.gap() for f in flows)))


if __name__ == "__main__":
    if sys.argv[1:] == ["echo"]:
        echo()
    else:
        send(int(sys.argv[2]), sys.argv[3:])

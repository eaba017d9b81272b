// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * UDP without a checksum: nobody on the way looks at it, and IPv6's receiver,
 * who would, is not there.
 */
#include "path_frames.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include "path_send.h"

static const uint8_t mac[ETH_ALEN] = FRAMES_MAC;

static uint32_t draw(uint64_t *seed, uint32_t below)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (uint32_t)((*seed >> 32) * below >> 32);
}

static uint16_t checksum(const struct iphdr *ip)
{
	uint8_t b[sizeof(*ip)];
	uint32_t sum = 0;
	size_t i;

	memcpy(b, ip, sizeof(b));
	for (i = 0; i < sizeof(b); i += 2)
		sum += b[i] << 8 | b[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	return htons(~sum & 0xffff);
}

static uint32_t addr4(uint8_t first, uint32_t network, uint32_t host)
{
	return htonl(((uint32_t)first << 24) + (network << 8) + 1 + host % 254);
}

static struct in6_addr addr6(uint32_t first, uint32_t network, uint32_t host)
{
	const uint32_t word[4] = { htonl(first), htonl(network), 0,
				   htonl(1 + host) };
	struct in6_addr a;

	memcpy(&a, word, sizeof(a));
	return a;
}

struct flow {
	uint32_t source, subnet, host;
};

/* Subnet i's network: no neighbours, as a BGP table's are none. */
static uint32_t scatter(uint32_t i, bool v6)
{
	return v6 ? i * 2654435761U : (i * 648053U) % (1U << 20);
}

static size_t put4(uint8_t *b, const struct traffic *t, const struct flow *f)
{
	uint32_t local = addr4(10, f->source, f->host);
	uint32_t remote =
		addr4(t->miss ? 48 : 16, scatter(f->subnet, false), f->host);
	struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.tot_len = htons((uint16_t)t->bytes),
		.ttl = 64,
		.protocol = IPPROTO_UDP,
		.saddr = t->back ? remote : local,
		.daddr = t->back ? local : remote,
	};

	ip.check = checksum(&ip);
	memcpy(b, &ip, sizeof(ip));
	return sizeof(ip);
}

static size_t put6(uint8_t *b, const struct traffic *t, const struct flow *f)
{
	struct in6_addr local = addr6(0xfd000000, f->source, f->host);
	struct in6_addr remote = addr6(t->miss ? 0x20010db9 : 0x20010db8,
				       scatter(f->subnet, true), f->host);
	struct ip6_hdr ip = {
		.ip6_flow = htonl(6U << 28),
		.ip6_plen = htons((uint16_t)(t->bytes - sizeof(ip))),
		.ip6_nxt = IPPROTO_UDP,
		.ip6_hlim = 64,
		.ip6_src = t->back ? remote : local,
		.ip6_dst = t->back ? local : remote,
	};

	memcpy(b, &ip, sizeof(ip));
	return sizeof(ip);
}

static void sender_clear(int fd)
{
	if (ioctl(fd, PATH_SEND_CLEAR))
		err(1, "path_send");
}

static void sender_add(int fd, const void *frame, size_t len)
{
	if (write(fd, frame, len) != (ssize_t)len)
		err(1, "path_send: a frame of %zu", len);
}

unsigned int frames_make(int fd, const struct traffic *t)
{
	uint64_t seed = 0x9e3779b97f4a7c15;
	struct ethhdr eth = {
		.h_source = { 2, 0, 0, 0, 0, 2 },
		.h_proto = htons(t->v6 ? ETH_P_IPV6 : ETH_P_IP),
	};
	struct udphdr udp = { .dest = htons(9) };
	uint8_t frame[FRAMES_ETH + sizeof(struct ip6_hdr) + sizeof(udp)];
	unsigned int i;
	size_t ip = 0;

	sender_clear(fd);
	memcpy(eth.h_dest, mac, sizeof(mac));
	memcpy(frame, &eth, FRAMES_ETH);
	for (i = 0; i < t->flows; i++) {
		struct flow f = {
			draw(&seed, t->sources),
			draw(&seed, t->subnets),
			draw(&seed, 1U << 16),
		};
		uint8_t *b = frame + FRAMES_ETH;

		ip = t->v6 ? put6(b, t, &f) : put4(b, t, &f);
		udp.source = htons((uint16_t)i);
		udp.len = htons((uint16_t)(t->bytes - ip));
		memcpy(b + ip, &udp, sizeof(udp));
		sender_add(fd, frame, FRAMES_ETH + ip + sizeof(udp));
	}
	return t->bytes - (unsigned int)(ip + sizeof(udp));
}

static int tap_open(const char *dev)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(dev),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || !sll.sll_ifindex ||
	    bind(fd, (struct sockaddr *)&sll, sizeof(sll)))
		err(1, "listening on %s", dev);
	return fd;
}

void frames_capture(int from, unsigned int pad, const char *in, const char *out,
		    int to, unsigned int n)
{
	struct path_send_run r = {
		.ifindex = if_nametoindex(in),
		.count = 16, /* fits any socket's buffer */
		.batch = 16,
		.pad = pad,
	};
	uint8_t frame[PATH_SEND_FRAME_MAX];
	int tap = tap_open(out);
	unsigned int got = 0, before;
	ssize_t len;

	sender_clear(to);
	while (got < n) {
		before = got;
		if (ioctl(from, PATH_SEND_RUN, &r))
			err(1, "path_send: %s", in);
		while ((len = recv(tap, frame, sizeof(frame), 0)) > 0) {
			memcpy(frame, mac, sizeof(mac));
			sender_add(to, frame, (size_t)len);
			got++;
		}
		if (got == before)
			errx(1, "nothing leaves by %s", out);
	}
	close(tap);
}

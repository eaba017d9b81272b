// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation on a packet's way through the hooks and XFRM fails once:
 * what should be protected leaves as ESP or not at all, and clear text that
 * should have been ESP is not let in. Packets go in and out by two tun devices,
 * so that all of it happens in this process's system calls:
 *
 *	10.1.0.0/24 --- "in" [this namespace] "out" --- 10.3.0.0/24, gateway 1
 */
#include "../netlink/contract.h"
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include "kselftest_harness.h"

#define PORT 4242

/* The gateway is that of add_gateway(1). SAs only where a test adds them. */
#define NETWORK "selftests/uml/path_net.sh "

FIXTURE(path) {
	struct sock s, listener;
	int in, out;
};

static int tun_open(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	strcpy(ifr.ifr_name, name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr))
		return -1;
	return fd;
}

FIXTURE_SETUP(path) {
	struct sock *s = &self->s;
	const char *why;

	if (!contract_begin(&why) || !fault_begin(&why))
		SKIP(return, "%s", why);
	self->in = tun_open("in");
	self->out = tun_open("out");
	ASSERT_LE(0, self->in);
	ASSERT_LE(0, self->out);
	ASSERT_EQ(0, system(NETWORK "links"));
	ASSERT_TRUE(sock_open(s));
	ASSERT_TRUE(sock_open(&self->listener));
	ASSERT_EQ(0, sock_listen(&self->listener));
	ASSERT_EQ(0, add_vpn(s, 0));
	ASSERT_EQ(0, add_gateway(s, 1));
	EXPECT_DONE(change(s, CESTEER_CMD_SOURCE_NEW, 0, false,
			   "10.1.0.0/24 203.0.113.1/32", 0, 0));
	EXPECT_DONE(change(s, CESTEER_CMD_SOURCE_NEW, 0, false,
			   "2001:db8:1::/64 2001:db8:ff::1/128", 0, 0));
	EXPECT_DONE(change(s, CESTEER_CMD_ROUTE_NEW, 0, false, "10.3.0.0/24",
			   CESTEER_ACTION_PROTECT, 1));
	EXPECT_DONE(change(s, CESTEER_CMD_ROUTE_NEW, 0, false,
			   "2001:db8:3::/64", CESTEER_ACTION_PROTECT, 1));
}

FIXTURE_TEARDOWN(path) {
	close(self->in);
	close(self->out);
	sock_close(&self->listener);
	sock_close(&self->s);
}

/* ---- packets ------------------------------------------------------------- */

struct packet {
	size_t len;
	uint8_t b[256];
};

static void udp_fill(struct udphdr *udp, size_t len)
{
	udp->source = htons(PORT);
	udp->dest = htons(PORT);
	udp->len = htons((uint16_t)len);
}

static uint16_t checksum(const void *data, size_t len)
{
	const uint16_t *w = data;
	uint32_t sum = 0;

	for (; len > 1; len -= 2)
		sum += *w++;
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	return ~sum & 0xffff;
}

static struct packet udp4(const char *src, const char *dst)
{
	struct packet p = { .len = 100 };
	struct iphdr *ip = (struct iphdr *)p.b;

	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons((uint16_t)p.len);
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	inet_pton(AF_INET, src, &ip->saddr);
	inet_pton(AF_INET, dst, &ip->daddr);
	ip->check = checksum(ip, sizeof(*ip));
	udp_fill((struct udphdr *)(ip + 1), p.len - sizeof(*ip));
	return p;
}

static struct packet udp6(const char *src, const char *dst)
{
	struct packet p = { .len = 100 };
	struct ip6_hdr *ip = (struct ip6_hdr *)p.b;

	ip->ip6_vfc = 0x60;
	ip->ip6_plen = htons((uint16_t)(p.len - sizeof(*ip)));
	ip->ip6_nxt = IPPROTO_UDP;
	ip->ip6_hlim = 64;
	inet_pton(AF_INET6, src, &ip->ip6_src);
	inet_pton(AF_INET6, dst, &ip->ip6_dst);
	udp_fill((struct udphdr *)(ip + 1), p.len - sizeof(*ip));
	return p;
}

/* What a device gave out: ours in clear, ESP; the link's own is left out. */
struct seen {
	unsigned int clear, esp;
};

static struct seen look(int fd)
{
	struct seen seen = { 0, 0 };
	uint8_t b[2048];
	ssize_t len;

	while ((len = read(fd, b, sizeof(b))) > 0) {
		uint8_t proto = b[0] >> 4 == 4 ? b[9] : b[6];

		seen.esp += proto == IPPROTO_ESP;
		seen.clear += proto == IPPROTO_UDP;
	}
	return seen;
}

static void drain(struct sock *s)
{
	static char buf[65536];

	while (recv(s->fd, buf, sizeof(buf), MSG_DONTWAIT) > 0 ||
	       errno != EAGAIN)
		;
}

/* How a packet comes into the world: 0, or -1 with errno. */
struct source {
	int fd; /* a tun's, or a socket's */
	const struct packet *packet; /* NULL: sent by a socket */
};

static int emit(const struct source *src)
{
	if (src->packet)
		return write(src->fd, src->packet->b, src->packet->len) < 0;
	return send(src->fd, "hello", 5, 0) < 0;
}

static int udp_socket(int family, const char *src, const char *dst)
{
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(PORT) };
	struct sockaddr_in a4 = { .sin_family = AF_INET,
				  .sin_port = htons(PORT) };
	void *sa = family == AF_INET ? (void *)&a4 : (void *)&a6;
	void *addr = family == AF_INET ? (void *)&a4.sin_addr :
					 (void *)&a6.sin6_addr;
	socklen_t len = family == AF_INET ? sizeof(a4) : sizeof(a6);
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	inet_pton(family, src, addr);
	if (bind(fd, sa, len))
		return -1;
	inet_pton(family, dst, addr);
	return connect(fd, sa, len) ? -1 : fd;
}

/*
 * Emit a packet with each allocation on its way failing, and with none. At
 * the device to, clear text never shows, and ESP does where wanted.
 */
static void fail_each(struct __test_metadata *_metadata,
		      FIXTURE_DATA(path) * self, const struct source *src,
		      int to, bool esp)
{
	unsigned int nth, lost = 0;
	struct seen seen;
	bool fired;

	/* Allocations that only the first packet makes, and caches, are over. */
	emit(src);
	look(to);
	for (nth = 1; nth < FAULT_MAX; nth++) {
		fault_arm(nth);
		emit(src);
		fired = fault_disarm();
		seen = look(to);
		drain(&self->listener);
		EXPECT_EQ(0, seen.clear)
		{
			TH_LOG("%u: in clear text", nth);
		}
		if (!fired)
			break;
		lost += !seen.esp;
	}
	TH_LOG("%u allocations failed, %u packets were lost by that", nth - 1,
	       esp ? lost : 0);
	ASSERT_GT(FAULT_MAX, nth);
	EXPECT_LT(1, nth);
	EXPECT_EQ(esp, seen.esp);
}

/* ---- out ----------------------------------------------------------------- */

TEST_F_TIMEOUT(path, forwarded_without_an_sa_ipv4, 120)
{
	const struct packet p = udp4("10.1.0.5", "10.3.0.5");
	const struct source src = { self->in, &p };

	fail_each(_metadata, self, &src, self->out, false);
}

TEST_F_TIMEOUT(path, forwarded_without_an_sa_ipv6, 120)
{
	const struct packet p = udp6("2001:db8:1::5", "2001:db8:3::5");
	const struct source src = { self->in, &p };

	fail_each(_metadata, self, &src, self->out, false);
}

TEST_F_TIMEOUT(path, forwarded_ipv4, 120)
{
	const struct packet p = udp4("10.1.0.5", "10.3.0.5");
	const struct source src = { self->in, &p };

	ASSERT_EQ(0, system(NETWORK "sa"));
	fail_each(_metadata, self, &src, self->out, true);
}

TEST_F_TIMEOUT(path, forwarded_ipv6, 120)
{
	const struct packet p = udp6("2001:db8:1::5", "2001:db8:3::5");
	const struct source src = { self->in, &p };

	ASSERT_EQ(0, system(NETWORK "sa"));
	fail_each(_metadata, self, &src, self->out, true);
}

TEST_F_TIMEOUT(path, sent_ipv4, 120)
{
	const struct source src = {
		udp_socket(AF_INET, "203.0.113.1", "10.3.0.5"), NULL
	};

	ASSERT_LE(0, src.fd);
	ASSERT_EQ(0, system(NETWORK "sa"));
	fail_each(_metadata, self, &src, self->out, true);
	close(src.fd);
}

TEST_F_TIMEOUT(path, sent_ipv6, 120)
{
	const struct source src = {
		udp_socket(AF_INET6, "2001:db8:ff::1", "2001:db8:3::5"), NULL
	};

	ASSERT_LE(0, src.fd);
	ASSERT_EQ(0, system(NETWORK "sa"));
	fail_each(_metadata, self, &src, self->out, true);
	close(src.fd);
}

/* ---- in ------------------------------------------------------------------ */

TEST_F_TIMEOUT(path, let_in_ipv4, 120)
{
	const struct packet p = udp4("10.3.0.5", "10.1.0.5");
	const struct source src = { self->out, &p };

	fail_each(_metadata, self, &src, self->in, false);
}

TEST_F_TIMEOUT(path, let_in_ipv6, 120)
{
	const struct packet p = udp6("2001:db8:3::5", "2001:db8:1::5");
	const struct source src = { self->out, &p };

	fail_each(_metadata, self, &src, self->in, false);
}

TEST_HARNESS_MAIN

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
#define PACKET_LEN 100

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
	uint8_t b[PACKET_LEN];
};

/* RFC 1071, over an even number of octets; network byte order. */
static uint16_t checksum(const uint8_t *b, size_t len)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < len; i += 2)
		sum += b[i] << 8 | b[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	return htons(~sum & 0xffff);
}

static struct packet packet(const void *ip, size_t header)
{
	const struct udphdr udp = {
		.source = htons(PORT),
		.dest = htons(PORT),
		.len = htons((uint16_t)(PACKET_LEN - header)),
	};
	struct packet p = { .b = { 0 } };

	memcpy(p.b, ip, header);
	memcpy(p.b + header, &udp, sizeof(udp));
	return p;
}

static struct packet udp4(const char *src, const char *dst)
{
	struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.tot_len = htons(PACKET_LEN),
		.ttl = 64,
		.protocol = IPPROTO_UDP,
	};

	inet_pton(AF_INET, src, &ip.saddr);
	inet_pton(AF_INET, dst, &ip.daddr);
	ip.check = checksum((const uint8_t *)&ip, sizeof(ip));
	return packet(&ip, sizeof(ip));
}

static struct packet udp6(const char *src, const char *dst)
{
	struct ip6_hdr ip = {
		.ip6_flow = htonl(6U << 28),
		.ip6_plen = htons(PACKET_LEN - sizeof(ip)),
		.ip6_nxt = IPPROTO_UDP,
		.ip6_hlim = 64,
	};

	inet_pton(AF_INET6, src, &ip.ip6_src);
	inet_pton(AF_INET6, dst, &ip.ip6_dst);
	return packet(&ip, sizeof(ip));
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
		return write(src->fd, src->packet->b, PACKET_LEN) < 0;
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

struct counter {
	uint32_t reason;
	uint64_t packets;
};

static void keep_counter(void *arg, struct nlmsghdr *nlh)
{
	struct nlattr *tb[CESTEER_A_COUNTER_MAX + 1];
	struct counter *c = arg;

	if (!genlmsg_parse(nlh, 0, tb, CESTEER_A_COUNTER_MAX, NULL) &&
	    nla_get_u32(tb[CESTEER_A_COUNTER_REASON]) == c->reason)
		c->packets = nla_get_u64(tb[CESTEER_A_COUNTER_PACKETS]);
}

/* How many packets the module has looked at and put down to that reason. */
static uint64_t counted(struct sock *s, enum cesteer_reason reason)
{
	struct counter c = { .reason = reason };

	ask(s, request(s, CESTEER_CMD_COUNTERS_GET, NLM_F_DUMP), keep_counter,
	    &c);
	return c.packets;
}

/*
 * Emit a packet with each allocation on its way failing, and with none: that
 * one must have come as far as the reason says. At the device to, clear text
 * never shows, and ESP does where it is protected.
 */
static void fail_each(struct __test_metadata *_metadata,
		      FIXTURE_DATA(path) * self, const struct source *src,
		      int to, enum cesteer_reason reason)
{
	bool esp = reason == CESTEER_REASON_PROTECTED;
	unsigned int nth, lost = 0;
	uint64_t before;
	struct seen seen;
	bool fired;

	/* Allocations that only the first packet makes, and caches, are over. */
	emit(src);
	look(to);
	for (nth = 1; nth < FAULT_MAX; nth++) {
		before = counted(&self->s, reason);
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
	EXPECT_EQ(before + 1, counted(&self->s, reason));
}

/* ---- out ----------------------------------------------------------------- */

TEST_F_TIMEOUT(path, forwarded_without_an_sa_ipv4, 120)
{
	const struct packet p = udp4("10.1.0.5", "10.3.0.5");
	const struct source src = { self->in, &p };

	fail_each(_metadata, self, &src, self->out, CESTEER_REASON_NO_SA);
}

TEST_F_TIMEOUT(path, forwarded_without_an_sa_ipv6, 120)
{
	const struct packet p = udp6("2001:db8:1::5", "2001:db8:3::5");
	const struct source src = { self->in, &p };

	fail_each(_metadata, self, &src, self->out, CESTEER_REASON_NO_SA);
}

TEST_F_TIMEOUT(path, forwarded_ipv4, 120)
{
	const struct packet p = udp4("10.1.0.5", "10.3.0.5");
	const struct source src = { self->in, &p };

	ASSERT_EQ(0, system(NETWORK "sa"));
	fail_each(_metadata, self, &src, self->out, CESTEER_REASON_PROTECTED);
}

TEST_F_TIMEOUT(path, forwarded_ipv6, 120)
{
	const struct packet p = udp6("2001:db8:1::5", "2001:db8:3::5");
	const struct source src = { self->in, &p };

	ASSERT_EQ(0, system(NETWORK "sa"));
	fail_each(_metadata, self, &src, self->out, CESTEER_REASON_PROTECTED);
}

TEST_F_TIMEOUT(path, sent_ipv4, 120)
{
	const struct source src = {
		udp_socket(AF_INET, "203.0.113.1", "10.3.0.5"), NULL
	};

	ASSERT_LE(0, src.fd);
	ASSERT_EQ(0, system(NETWORK "sa"));
	fail_each(_metadata, self, &src, self->out, CESTEER_REASON_PROTECTED);
	close(src.fd);
}

TEST_F_TIMEOUT(path, sent_ipv6, 120)
{
	const struct source src = {
		udp_socket(AF_INET6, "2001:db8:ff::1", "2001:db8:3::5"), NULL
	};

	ASSERT_LE(0, src.fd);
	ASSERT_EQ(0, system(NETWORK "sa"));
	fail_each(_metadata, self, &src, self->out, CESTEER_REASON_PROTECTED);
	close(src.fd);
}

/* ---- in ------------------------------------------------------------------ */

TEST_F_TIMEOUT(path, let_in_ipv4, 120)
{
	const struct packet p = udp4("10.3.0.5", "10.1.0.5");
	const struct source src = { self->out, &p };

	fail_each(_metadata, self, &src, self->in, CESTEER_REASON_IN_CLEAR);
}

TEST_F_TIMEOUT(path, let_in_ipv6, 120)
{
	const struct packet p = udp6("2001:db8:3::5", "2001:db8:1::5");
	const struct source src = { self->out, &p };

	fail_each(_metadata, self, &src, self->in, CESTEER_REASON_IN_CLEAR);
}

TEST_HARNESS_MAIN

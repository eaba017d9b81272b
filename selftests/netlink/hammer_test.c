// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lookup table under change: a process a CPU sends packets while batches,
 * replacements and transactions alter the table beneath them. Two things never
 * change: a prefix that covers everything says discard, and entries below it
 * say bypass. All that comes and goes, above, below and beside these, drops
 * packets too. So whatever a packet meets halfway through a change, to a
 * bypass entry it leaves, and to anywhere else it does not.
 */
#include "contract.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include "kselftest_harness.h"

#define READERS 2
#define KEPT 64
#define POOL 1500 /* prefixes that come and go, of each family */
#define SLICE 300 /* of these at most in a batch */
#define CHANGES 400
#define PACKETS 20000 /* that each reader sends, at the very least */

struct net_prefix {
	uint8_t b[16];
	uint8_t len;
	bool there;
};

/* 10.0.0.0/8 or 2001:db8::/32, and what is below it. */
struct family {
	int af;
	size_t octets;
	uint8_t first[4];
	uint8_t cover_len, kept_len;
	struct net_prefix pool[POOL];
};

static struct family families[2] = {
	{ AF_INET, 4, { 10 }, 8, 24, {} },
	{ AF_INET6, 16, { 0x20, 0x01, 0x0d, 0xb8 }, 32, 64, {} },
};

/* Shared with the readers. */
struct reader {
	uint64_t sent, wrong;
	char first[128]; /* what was wrong first */
	bool stop;
};

static struct reader *readers;

FIXTURE(hammer) {
	struct sock s;
};

static uint32_t draw(uint64_t *seed, uint32_t below)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (uint32_t)((*seed >> 32) * below >> 32);
}

/* ---- prefixes ------------------------------------------------------------ */

/* Kept entry k: 10.(4k).0.0/24, 2001:db8:k::/64. */
static void kept(const struct family *f, unsigned int k, uint8_t *b)
{
	memset(b, 0, f->octets);
	memcpy(b, f->first, f->cover_len / 8);
	if (f->af == AF_INET)
		b[1] = (uint8_t)(4 * k);
	else
		b[5] = (uint8_t)k;
}

static bool is_kept(const struct family *f, const uint8_t *b)
{
	uint8_t own[16];
	unsigned int k;

	for (k = 0; k < KEPT; k++) {
		kept(f, k, own);
		if (!memcmp(own, b, f->kept_len / 8))
			return true;
	}
	return false;
}

/* An address below the cover. */
static void scatter(const struct family *f, uint64_t *seed, uint8_t *b)
{
	size_t i;

	memcpy(b, f->first, f->cover_len / 8);
	for (i = f->cover_len / 8; i < f->octets; i++)
		b[i] = (uint8_t)draw(seed, 256);
	/* The kept entries' neighbourhood is where it matters. */
	if (draw(seed, 2)) {
		uint8_t own[16];
		uint32_t n = draw(seed, f->kept_len / 8U);

		kept(f, draw(seed, KEPT), own);
		memcpy(b, own, n > f->cover_len / 8U ? n : f->cover_len / 8U);
	}
}

static void mask(uint8_t *b, size_t octets, uint8_t len)
{
	size_t i;

	for (i = 0; i < octets; i++)
		if (len <= 8 * i)
			b[i] = 0;
		else if (len < 8 * (i + 1))
			b[i] &= (uint8_t)(0xff00 >> (len - 8 * i));
}

static bool is_new(const struct family *f, unsigned int n)
{
	const struct net_prefix *p = &f->pool[n];
	unsigned int i;

	for (i = 0; i < n; i++)
		if (f->pool[i].len == p->len &&
		    !memcmp(f->pool[i].b, p->b, f->octets))
			return false;
	return true;
}

static void pool_fill(struct family *f, uint64_t *seed)
{
	unsigned int n = 0;

	while (n < POOL) {
		struct net_prefix *p = &f->pool[n];
		uint32_t lens = (uint32_t)f->octets * 8 - f->cover_len;

		scatter(f, seed, p->b);
		p->len = (uint8_t)(f->cover_len + 1 + draw(seed, lens));
		mask(p->b, f->octets, p->len);
		p->there = false;
		if (is_new(f, n) && (p->len < f->kept_len || !is_kept(f, p->b)))
			n++;
	}
}

/* ---- readers ------------------------------------------------------------- */

static void note(struct reader *r, const struct family *f, const uint8_t *b,
		 const char *how)
{
	char text[INET6_ADDRSTRLEN];

	if (!r->wrong++)
		snprintf(r->first, sizeof(r->first), "%s: %s",
			 inet_ntop(f->af, b, text, sizeof(text)), how);
}

/* One packet; 0 or the error that its sender got. */
static int send_one(int fd, const struct family *f, const uint8_t *dst)
{
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(9) };
	struct sockaddr_in a4 = { .sin_family = AF_INET, .sin_port = htons(9) };
	ssize_t rc;

	if (f->af == AF_INET) {
		memcpy(&a4.sin_addr, dst, 4);
		rc = sendto(fd, "x", 1, 0, (struct sockaddr *)&a4, sizeof(a4));
	} else {
		memcpy(&a6.sin6_addr, dst, 16);
		rc = sendto(fd, "x", 1, 0, (struct sockaddr *)&a6, sizeof(a6));
	}
	return rc < 0 ? errno : 0;
}

static void read_one(struct reader *r, int fd, const struct family *f,
		     uint64_t *seed)
{
	uint8_t dst[16];
	int error;

	if (draw(seed, 2)) {
		kept(f, draw(seed, KEPT), dst);
		dst[f->octets - 1] = (uint8_t)(1 + draw(seed, 250));
		error = send_one(fd, f, dst);
		if (error)
			note(r, f, dst, strerror(error));
	} else {
		do
			scatter(f, seed, dst);
		while (is_kept(f, dst));
		error = send_one(fd, f, dst);
		if (error != EPERM)
			note(r, f, dst, error ? strerror(error) : "let pass");
	}
	__atomic_fetch_add(&r->sent, 1, __ATOMIC_RELAXED);
}

static void reader(unsigned int n)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t seed = 0x9e3779b97f4a7c15 + n;
	struct reader *r = &readers[n];
	cpu_set_t set;
	int fd[2];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	CPU_ZERO(&set);
	CPU_SET((unsigned int)(n % cpus), &set);
	sched_setaffinity(0, sizeof(set), &set);
	fd[0] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	fd[1] = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	while (!__atomic_load_n(&r->stop, __ATOMIC_RELAXED)) {
		uint32_t i = draw(&seed, 2);

		read_one(r, fd[i], &families[i], &seed);
	}
	_exit(0);
}

/* ---- the writer ---------------------------------------------------------- */

static struct nl_msg *batch(struct sock *s, uint8_t cmd, bool transaction)
{
	struct nl_msg *msg = request(s, cmd, 0);

	nla_put_u32(msg, CESTEER_A_TABLE_VPN, 0);
	if (transaction)
		nla_put_flag(msg, CESTEER_A_TABLE_TRANSACTION);
	return msg;
}

static size_t write_prefix(char *to, const struct family *f, const uint8_t *b,
			   uint8_t len)
{
	char text[INET6_ADDRSTRLEN];

	return (size_t)sprintf(to, " %s/%u",
			       inet_ntop(f->af, b, text, sizeof(text)), len);
}

/* Something that drops packets; three that differ. */
static void some_target(struct nl_msg *msg, uint64_t *seed)
{
	static const uint32_t gateways[] = { 1, 2 };
	uint32_t n = draw(seed, 3);

	group_target(msg, n ? CESTEER_ACTION_PROTECT : CESTEER_ACTION_DISCARD,
		     gateways, n);
}

static char text[SLICE * 64];

/* A slice of the pool: put there, said otherwise, or taken away. */
static struct answer change_some(struct sock *s, struct family *f,
				 uint64_t *seed, bool del, bool transaction)
{
	unsigned int at = draw(seed, POOL), n = 1 + draw(seed, SLICE), i;
	struct nl_msg *msg;
	struct nlattr *group;
	size_t len = 0;

	for (i = 0; i < n; i++) {
		struct net_prefix *p = &f->pool[(at + i) % POOL];

		if (del && !p->there)
			continue;
		p->there = !del;
		len += write_prefix(text + len, f, p->b, p->len);
	}
	if (!len)
		return (struct answer){ .error = 0 };
	msg = batch(s, del ? CESTEER_CMD_ROUTE_DEL : CESTEER_CMD_ROUTE_NEW,
		    transaction);
	group = group_begin(msg);
	if (!del)
		some_target(msg, seed);
	group_prefixes(msg, text + 1);
	nla_nest_end(msg, group);
	return ask(s, msg, NULL, NULL);
}

/* What never changes. */
static struct answer put_fixed(struct sock *s, const struct family *f,
			       bool transaction)
{
	struct nl_msg *msg = batch(s, CESTEER_CMD_ROUTE_NEW, transaction);
	struct nlattr *group = group_begin(msg);
	uint8_t b[16] = { 0 };
	unsigned int k;
	size_t len;

	memcpy(b, f->first, f->cover_len / 8);
	group_target(msg, CESTEER_ACTION_DISCARD, NULL, 0);
	write_prefix(text, f, b, f->cover_len);
	group_prefixes(msg, text + 1);
	nla_nest_end(msg, group);
	group = group_begin(msg);
	group_target(msg, CESTEER_ACTION_BYPASS, NULL, 0);
	for (k = 0, len = 0; k < KEPT; k++) {
		kept(f, k, b);
		len += write_prefix(text + len, f, b, f->kept_len);
	}
	group_prefixes(msg, text + 1);
	nla_nest_end(msg, group);
	return ask(s, msg, NULL, NULL);
}

static struct answer put_sources(struct sock *s, bool transaction)
{
	struct answer a = change(s, CESTEER_CMD_SOURCE_NEW, 0, transaction,
				 "192.0.2.0/24 192.0.2.77/32", 0, 0);

	if (a.error)
		return a;
	return change(s, CESTEER_CMD_SOURCE_NEW, 0, transaction, "fd00:77::/64",
		      0, 0);
}

static struct answer table(struct sock *s, uint8_t cmd)
{
	return ask(s, batch(s, cmd, false), NULL, NULL);
}

/* All of it anew. */
static void replace(struct __test_metadata *_metadata, struct sock *s,
		    uint64_t *seed)
{
	unsigned int i, n;

	ASSERT_EQ(0, table(s, CESTEER_CMD_TABLE_BEGIN).error);
	ASSERT_EQ(0, put_sources(s, true).error);
	for (i = 0; i < 2; i++) {
		struct family *f = &families[i];

		ASSERT_EQ(0, put_fixed(s, f, true).error);
		for (n = 0; n < POOL; n++)
			f->pool[n].there = false;
		for (n = 0; n < 4; n++)
			ASSERT_EQ(0,
				  change_some(s, f, seed, false, true).error);
	}
	ASSERT_EQ(0, table(s, CESTEER_CMD_TABLE_COMMIT).error);
}

/* A source that nothing is sent from, and the one that is covered twice. */
static void churn_sources(struct __test_metadata *_metadata, struct sock *s,
			  unsigned int n)
{
	uint8_t cmd = n % 2 ? CESTEER_CMD_SOURCE_NEW : CESTEER_CMD_SOURCE_DEL;

	EXPECT_EQ(0, change(s, cmd, 0, false, "192.0.2.77/32", 0, 0).error);
	change(s, CESTEER_CMD_SOURCE_NEW, 0, false, "192.0.2.128/25", 0, 0);
	change(s, CESTEER_CMD_SOURCE_DEL, 0, false, "192.0.2.128/25", 0, 0);
}

FIXTURE_SETUP(hammer) {
	struct sock *s = &self->s;
	const char *why;
	unsigned int i;

	if (!contract_begin(&why))
		SKIP(return, "%s", why);
	ASSERT_EQ(0, system("ip -batch - <<-END\n"
			    "link add hammer type dummy\n"
			    "link set hammer up\n"
			    "addr add 192.0.2.77/24 dev hammer\n"
			    "addr add fd00:77::77/64 dev hammer nodad\n"
			    "route add default via 192.0.2.1\n"
			    "route add default via fd00:77::1\n"
			    "END"));
	ASSERT_TRUE(sock_open(s));
	ASSERT_EQ(0, add_vpn(s, 0));
	ASSERT_EQ(0, add_gateway(s, 1));
	ASSERT_EQ(0, add_gateway(s, 2));
	EXPECT_DONE(put_sources(s, false));
	for (i = 0; i < 2; i++)
		EXPECT_DONE(put_fixed(s, &families[i], false));
	readers = mmap(NULL, READERS * sizeof(*readers), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)readers);
}

FIXTURE_TEARDOWN(hammer) {
	sock_close(&self->s);
}

TEST_F_TIMEOUT(hammer, what_never_changes_is_always_found, 200)
{
	uint64_t seed = 0x243f6a8885a308d3;
	struct sock *s = &self->s;
	pid_t pids[READERS];
	unsigned int i;

	for (i = 0; i < 2; i++)
		pool_fill(&families[i], &seed);
	for (i = 0; i < READERS; i++) {
		pids[i] = fork();
		ASSERT_LE(0, pids[i]);
		if (!pids[i])
			reader(i);
	}
	for (i = 0; i < CHANGES; i++) {
		struct family *f = &families[draw(&seed, 2)];

		if (draw(&seed, 16) == 0)
			replace(_metadata, s, &seed);
		EXPECT_EQ(
			0,
			change_some(s, f, &seed, draw(&seed, 2), false).error);
		churn_sources(_metadata, s, i);
	}
	for (i = 0; i < READERS; i++) {
		struct reader *r = &readers[i];

		/* The readers go on alone until they have sent enough. */
		while (__atomic_load_n(&r->sent, __ATOMIC_RELAXED) < PACKETS)
			usleep(10000);
		__atomic_store_n(&r->stop, true, __ATOMIC_RELAXED);
		ASSERT_EQ(pids[i], waitpid(pids[i], NULL, 0));
		TH_LOG("reader %u: %llu packets", i,
		       (unsigned long long)r->sent);
		EXPECT_EQ(0, r->wrong)
		{
			TH_LOG("reader %u: %s", i, r->first);
		}
	}
}

TEST_HARNESS_MAIN

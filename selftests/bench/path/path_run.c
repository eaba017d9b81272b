// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs the same packets through contenders in turn, each a CE in a network
 * namespace of its own, and prints what each takes a packet: the median over
 * the rounds, less what making and freeing a packet takes. Every run is checked:
 * as many packets must have left as went in, in ESP or in clear as they should.
 *
 *	path_run [OPTION...] NAME:NAMESPACE:ROLE...
 *	  -4 or -6	the family
 *	  -n, -s	subnets and sources, which the namespaces were set up with
 *	  -b BYTES	of a packet, from the IP header on
 *	  -w FLOWS	different packets
 *	  -r, -c	rounds, and packets in each
 *	  -i NAMESPACE	in: contenders decapsulate what this one encapsulates
 *	  -t TITLE	what figures begin with
 *
 * ROLE: esp, clear (a subnet's, but it leaves as it is), miss (no subnet's), in
 */
#include <err.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>
#include "path_frames.h"
#include "path_send.h"

#define CONTENDERS_MAX 16
#define ROUNDS_MAX 101
/* What a driver's poll hands over at once: the kernel's gro_normal_batch. */
#define BATCH 8
#define CAPTURED 1024
/* Octets that a tunnel adds at the very least: outer IPv4, ESP's header. */
#define TUNNEL_MIN (20 + 8)

enum role { ESP, CLEAR, MISS, IN, ROLES };

static const char *const role_names[ROLES] = { "esp", "clear", "miss", "in" };

static const char *const in_dev[ROLES] = { "lan", "lan", "lan", "wan" };
static const char *const out_dev[ROLES] = { "wan", "wan", "wan", "lan" };

struct contender {
	char name[32], netns[64];
	enum role role;
	double ns[ROUNDS_MAX];
	double median;
};

static struct contender contenders[CONTENDERS_MAX];
static unsigned int n_contenders;

static struct traffic traffic = { .subnets = 1, .sources = 1, .flows = 1 };
static unsigned int rounds = 5, count = 100000;
static const char *title = "path", *peer;

/* Of each kind of traffic, its sender and what is to be added to a frame. */
static struct {
	int fd;
	unsigned int pad;
} senders[ROLES];

static void enter(const char *netns)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(1, "%s", path);
	close(fd);
}

static struct rtnl_link_stats sent_by(const char *dev)
{
	struct rtnl_link_stats st = { 0 };
	struct ifaddrs *all, *i;

	if (getifaddrs(&all))
		err(1, "getifaddrs");
	for (i = all; i; i = i->ifa_next)
		if (!strcmp(i->ifa_name, dev) && i->ifa_data && i->ifa_addr &&
		    i->ifa_addr->sa_family == AF_PACKET)
			st = *(struct rtnl_link_stats *)i->ifa_data;
	freeifaddrs(all);
	return st;
}

static double go(enum role role, unsigned int ifindex, unsigned int n)
{
	struct path_send_run r = {
		.ifindex = ifindex,
		.count = n,
		.batch = BATCH,
		.pad = senders[role].pad,
	};

	if (ioctl(senders[role].fd, PATH_SEND_RUN, &r))
		err(1, "path_send");
	return (double)r.ns / n;
}

/* What left must be what should have. */
static void check(const struct contender *c, uint32_t packets, uint32_t bytes,
		  unsigned int n)
{
	uint32_t each = FRAMES_ETH + traffic.bytes;

	if (packets != n)
		errx(1, "%s: %u packets came in, %u left", c->name, n, packets);
	if (c->role == ESP ? bytes / n < each + TUNNEL_MIN : bytes / n != each)
		errx(1, "%s: packets of %u left as %u octets", c->name, each,
		     bytes / n);
}

/* What making and freeing a packet takes. */
static double floor_ns;

/*
 * Packets that are not timed come first: the one before, and the calls between
 * the two, leave caches behind that are not this one's.
 */
static double measure(const struct contender *c, unsigned int n)
{
	unsigned int ifindex, warm = n / 4;
	struct rtnl_link_stats before, after;
	double ns;

	enter(c->netns);
	ifindex = if_nametoindex(in_dev[c->role]);
	before = sent_by(out_dev[c->role]);
	go(c->role, ifindex, warm);
	ns = go(c->role, ifindex, n);
	after = sent_by(out_dev[c->role]);
	check(c, after.tx_packets - before.tx_packets,
	      after.tx_bytes - before.tx_bytes, warm + n);
	return ns;
}

static int sender_open(void)
{
	int fd = open("/dev/path_send", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		err(1, "/dev/path_send");
	return fd;
}

static void senders_open(void)
{
	struct traffic t = traffic;
	unsigned int pad;
	int fd;

	if (peer) {
		fd = sender_open();
		t.back = true;
		pad = frames_make(fd, &t);
		senders[IN].fd = sender_open();
		enter(peer);
		frames_capture(fd, pad, "lan", "wan", senders[IN].fd, CAPTURED);
		close(fd);
		return;
	}
	senders[ESP].fd = sender_open();
	senders[ESP].pad = frames_make(senders[ESP].fd, &t);
	senders[CLEAR] = senders[ESP];
	t.miss = true;
	senders[MISS].fd = sender_open();
	senders[MISS].pad = frames_make(senders[MISS].fd, &t);
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double median(double *ns)
{
	qsort(ns, rounds, sizeof(*ns), compare);
	return ns[rounds / 2];
}

/*
 * All in turn, a round, each time beginning with the next one; the first,
 * shorter round only warms up.
 */
static void run(void)
{
	static double floors[ROUNDS_MAX];
	enum role any = contenders[0].role;
	struct contender *c;
	unsigned int r, i;

	for (i = 0; i < n_contenders; i++)
		measure(&contenders[i], count / 4 + 1);
	for (r = 0; r < rounds; r++) {
		go(any, 0, count / 4);
		floors[r] = go(any, 0, count);
		for (i = 0; i < n_contenders; i++) {
			c = &contenders[(r + i) % n_contenders];
			c->ns[r] = measure(c, count);
		}
	}
	floor_ns = median(floors);
	for (i = 0; i < n_contenders; i++)
		contenders[i].median = median(contenders[i].ns) - floor_ns;
}

static double of(const char *name)
{
	unsigned int i;

	for (i = 0; i < n_contenders; i++)
		if (!strcmp(contenders[i].name, name))
			return contenders[i].median;
	return 0;
}

static void print_ratio(double ns, double other)
{
	if (other > 0)
		printf("  %8.3f", ns / other);
	else
		printf("  %8s", "-");
}

static void print(void)
{
	double plain = of("plain"), stock = of("stock"), best = stock;
	unsigned int i;

	if (of("stock-tuned") > 0 && (!best || of("stock-tuned") < best))
		best = of("stock-tuned");
	printf("\n%s: %u octets, %u flow%s, %u source%s; beyond the %.0f ns of a packet's own\n",
	       title, traffic.bytes, traffic.flows,
	       traffic.flows > 1 ? "s" : "", traffic.sources,
	       traffic.sources > 1 ? "s" : "", floor_ns);
	printf("%-16s  %8s  %8s  %8s  %8s\n", "", "ns", "/plain", "/stock",
	       "/best");
	for (i = 0; i < n_contenders; i++) {
		printf("%-16s  %8.1f", contenders[i].name,
		       contenders[i].median);
		print_ratio(contenders[i].median, plain);
		print_ratio(contenders[i].median, stock);
		print_ratio(contenders[i].median, best);
		printf("\n");
	}
	for (i = 0; i < n_contenders; i++)
		printf("figure %s/%s-ns %.1f\n", title, contenders[i].name,
		       contenders[i].median);
}

static void add_contender(const char *text)
{
	struct contender *c = &contenders[n_contenders];
	char role[16];

	if (n_contenders == CONTENDERS_MAX)
		errx(2, "more than %d contenders", CONTENDERS_MAX);
	if (sscanf(text, "%31[^:]:%63[^:]:%15s", c->name, c->netns, role) != 3)
		errx(2, "not NAME:NAMESPACE:ROLE: %s", text);
	while (c->role < ROLES && strcmp(role, role_names[c->role]))
		c->role++;
	if (c->role == ROLES || (peer ? c->role != IN : c->role == IN))
		errx(2, "cannot do that here: %s", text);
	n_contenders++;
}

static unsigned int number(const char *text, unsigned int min, unsigned int max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || n < min || n > max)
		errx(2, "not between %u and %u: %s", min, max, text);
	return (unsigned int)n;
}

int main(int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "46n:s:b:w:r:c:i:t:")) != -1) {
		switch (opt) {
		case '4':
		case '6':
			traffic.v6 = opt == '6';
			break;
		case 'n':
			traffic.subnets = number(optarg, 1, 1U << 20);
			break;
		case 's':
			traffic.sources = number(optarg, 1, 1U << 16);
			break;
		case 'b':
			traffic.bytes = number(optarg, 48, 1400);
			break;
		case 'w':
			traffic.flows = number(optarg, 1, 1U << 16);
			break;
		case 'r':
			rounds = number(optarg, 1, ROUNDS_MAX);
			break;
		case 'c':
			count = number(optarg, 1000, 10000000);
			break;
		case 'i':
			peer = optarg;
			break;
		case 't':
			title = optarg;
			break;
		default:
			return 2;
		}
	}
	if (optind == argc || !traffic.bytes)
		errx(2, "see the head of path_run.c");
	while (optind < argc)
		add_contender(argv[optind++]);
	senders_open();
	run();
	print();
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The IKE driver with many gateways and a real strongSwan: what it takes to
 * load them, to find them loaded, and to bring an SA up on demand beside them,
 * again and again. Run by selftests/bench/ike, in a namespace with a strongSwan;
 * without a number, it is the other side of that SA.
 *
 *   ike SOCKET OWN PEER [GATEWAYS ATTEMPTS]
 */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/log.h"
#include "ike/ike.h"

#define IF_ID 0 /* the peer's: every packet that no other policy wants */
#define PATIENCE_S 1200

struct bench {
	struct event_base *base;
	struct ike_conf conf;
	struct ike *ike;
	struct ike_gateway *peer;
	unsigned int n, waiting;
	bool peer_waits, up;
	const char *failed;
	bool (*done)(const struct bench *b);
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void on_state(void *arg, struct ike_gateway *gw, enum ike_state state,
		     const char *why)
{
	struct bench *b = arg;

	if (state == IKE_WAITING)
		b->waiting++;
	if (gw == b->peer && state == IKE_WAITING)
		b->peer_waits = true;
	if (gw == b->peer && state == IKE_UP)
		b->up = true;
	if (state == IKE_FAILED)
		b->failed = why;
	if (b->failed || b->done(b))
		event_base_loopbreak(b->base);
}

static void on_link(void *arg, bool up, const char *why)
{
}

static const struct ike_events events = { on_state, on_state, on_link };

static bool all_wait(const struct bench *b)
{
	return b->waiting >= b->n;
}

static bool peer_waits(const struct bench *b)
{
	return b->peer_waits;
}

static bool peer_up(const struct bench *b)
{
	return b->up;
}

static bool never(const struct bench *b)
{
	return false;
}

/* Until done; ends the process when that does not come about. */
static void await(struct bench *b, bool (*done)(const struct bench *b),
		  const char *what)
{
	struct timeval tv = { .tv_sec = PATIENCE_S };
	double from = now();

	b->done = done;
	event_base_loopexit(b->base, &tv);
	event_base_dispatch(b->base);
	if (!done(b)) {
		fprintf(stderr, "ike: %s: not after %.0f s: %u of %u: %s\n",
			what, now() - from, b->waiting, b->n,
			b->failed ? b->failed : "no failure");
		exit(1);
	}
}

static void add(struct bench *b, const char *address, uint32_t if_id)
{
	struct ike_gateway_conf conf = { .if_id = if_id };
	struct ike_gateway *gw;

	addr_parse(address, &conf.address);
	gw = ike_gateway_add(b->ike, &conf, b);
	if (if_id == IF_ID)
		b->peer = gw;
}

static void start(struct bench *b)
{
	char text[32];
	unsigned int i;

	b->waiting = 0;
	b->ike = ike_create(b->base, &b->conf, &events, b);
	for (i = 0; i < b->n; i++) {
		snprintf(text, sizeof(text), "100.%u.%u.%u", 64 + i / 62500,
			 i / 250 % 250, i % 250 + 1);
		add(b, text, 1000 + i);
	}
	ike_sweep(b->ike);
}

static double resident_mib(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%*u %lu", &pages) != 1)
		exit(1);
	fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1048576;
}

/* One packet for the peer's policy: it calls for the SA. */
static void send_packet(void)
{
	struct addr to;
	struct sockaddr_storage sa;
	socklen_t len;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	addr_parse("10.2.0.2", &to);
	len = addr_to_sockaddr(&to, 9, &sa);
	/* It may be dropped for want of an SA: that is the point. */
	sendto(fd, "x", 1, 0, (struct sockaddr *)&sa, len);
	close(fd);
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* From the first packet to the SA, of a gateway that is new each time. */
static void set_up(struct bench *b, const char *peer, const char *scale,
		   size_t attempts)
{
	double *ms = calloc(attempts, sizeof(*ms)), from;
	size_t i;

	for (i = 0; i < attempts; i++) {
		b->peer_waits = false;
		b->up = false;
		add(b, peer, IF_ID);
		await(b, peer_waits, "loading the peer");
		from = now();
		send_packet();
		await(b, peer_up, "setting an SA up");
		ms[i] = (now() - from) * 1000;
		ike_gateway_del(b->peer);
	}
	qsort(ms, attempts, sizeof(*ms), by_size);
	printf("figure ike/%s/setup-ms %.1f\n", scale, ms[attempts / 2]);
	printf("# setup-ms of %zu: %.1f to %.1f, nine of ten below %.1f\n",
	       attempts, ms[0], ms[attempts - 1], ms[attempts * 9 / 10]);
	free(ms);
}

static void measure(struct bench *b, const char *peer, int attempts)
{
	char scale[16];
	double from;

	snprintf(scale, sizeof(scale), b->n % 1000 ? "%u" : "%uk",
		 b->n % 1000 ? b->n : b->n / 1000);
	from = now();
	start(b);
	await(b, all_wait, "loading");
	printf("figure ike/%s/load-per-s %.0f\n", scale, b->n / (now() - from));
	printf("figure ike/%s/MiB %.1f\n", scale, resident_mib());
	ike_destroy(b->ike, false);

	from = now();
	start(b);
	await(b, all_wait, "reconciling");
	printf("figure ike/%s/reconcile-s %.2f\n", scale, now() - from);

	if (attempts > 0)
		set_up(b, peer, scale, (size_t)attempts);
	ike_destroy(b->ike, false);
}

int main(int argc, char **argv)
{
	struct ike_psk psk = { .key = { (uint8_t *)"bench", 5 } };
	struct bench b = { .done = never };

	if (argc < 4) {
		fprintf(stderr,
			"usage: ike SOCKET OWN PEER [GATEWAYS ATTEMPTS]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	log_set_level(LOG_LEVEL_ERROR);
	b.base = event_base_new();
	b.conf.socket = argv[1];
	b.conf.psk = &psk;
	b.conf.n_psk = 1;
	addr_parse(argv[2], &b.conf.id4);
	if (argc > 5) {
		b.n = (unsigned int)atoi(argv[4]);
		measure(&b, argv[3], atoi(argv[5]));
	} else {
		start(&b);
		add(&b, argv[3], IF_ID);
		event_base_dispatch(b.base);
	}
	event_base_free(b.base);
	return 0;
}

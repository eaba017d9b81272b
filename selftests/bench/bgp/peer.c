// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The BGP bench's peer: it is connected to, says a table that it made before,
 * and looks when all of it is in the kernel. Then, of the module, it flaps a
 * tenth, loses its session and says all again, ends the daemon, which somebody
 * starts again, says all once more, loses its session, and says nothing.
 *
 *	peer [-c CONTROL] [-p PID]... -n N4 -m N6 -g GATEWAYS -w NETNS -l A4 -L A6
 *
 * Runs where the table is, and speaks from the namespace NETNS, where A4 and
 * A6 are. -c: the table is the module's, and the daemon at that socket fills
 * it. -p: whose memory is asked for. Prints "load-s", "MiB", and of the module
 * "flap-s", "back-s", "restart-s", "gone-s" and "stall-max-ms", each with its
 * value.
 */
#include "feed.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "bgp/msg.h"
#include "bgp/wire.h"

#define HOLD_TIME 90 /* seconds */
#define PATIENCE 3600 /* seconds until the table is given up */
#define PIDS_MAX 4

struct peer {
	int fd;
	uint8_t in[2 * BGP_MSG_MAX];
	size_t have;
	uint32_t router_id;
	double heard, silence; /* seconds: when, and the longest time without */
	double said; /* when our last keepalive was */
	size_t out; /* octets of the keepalive that are still to go */
	bool up;
};

static void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("peer: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static int listen_at(const struct addr *a)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(a, 179, &ss);
	const int on = 1;
	int fd = socket(a->family, SOCK_STREAM, 0);

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&ss, len) || listen(fd, 4))
		die("listening: %s", strerror(errno));
	return fd;
}

static void send_all(struct peer *p, const void *data, size_t len)
{
	const char *at = data;

	while (len) {
		ssize_t n = send(p->fd, at, len, MSG_NOSIGNAL);

		if (n < 0)
			die("sending: %s", strerror(errno));
		at += n;
		len -= (size_t)n;
	}
}

static void send_open(struct peer *p)
{
	const struct bgp_open o = { .as = 65000,
				    .router_id = p->router_id,
				    .hold_time = HOLD_TIME,
				    .families = BGP_IPV4 | BGP_IPV6,
				    .multiprotocol = true,
				    .as4 = true,
				    .refresh = true };
	uint8_t message[BGP_MSG_MAX];
	struct wr w = wr_init(message, sizeof(message));

	bgp_open_encode(&w, &o);
	send_all(p, message, (size_t)(w.p - message));
}

static void send_keepalive(struct peer *p)
{
	uint8_t message[BGP_HEADER_LEN];
	struct wr w = wr_init(message, sizeof(message));

	bgp_keepalive_encode(&w);
	send_all(p, message, sizeof(message));
	p->said = now_s();
}

static void take(struct peer *p, const struct bgp_header *h)
{
	double now = now_s();

	if (p->up && now - p->heard > p->silence)
		p->silence = now - p->heard;
	p->heard = now;
	switch (h->type) {
	case BGP_MSG_OPEN:
		send_open(p);
		send_keepalive(p);
		break;
	case BGP_MSG_KEEPALIVE:
		p->up = true;
		break;
	case BGP_MSG_NOTIFICATION:
		die("refused: error %u, %u", p->in[BGP_HEADER_LEN],
		    p->in[BGP_HEADER_LEN + 1]);
	}
}

/* Read what there is, without waiting. */
static void hear(struct peer *p)
{
	struct bgp_header h;
	struct bgp_error e;
	ssize_t n = recv(p->fd, p->in + p->have, sizeof(p->in) - p->have,
			 MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		die("the session ended: %s", n ? strerror(errno) : "closed");
	p->have += (size_t)n;
	while (bgp_header_decode(p->in, p->have, BGP_MSG_MAX, &h, &e) > 0 &&
	       p->have >= h.len) {
		take(p, &h);
		p->have -= h.len;
		memmove(p->in, p->in + h.len, p->have);
	}
	if (now_s() - p->heard > HOLD_TIME)
		die("the hold timer expired");
}

/* Somebody may connect twice: the last connection is the one that stays. */
static void establish(struct peer *p, int l4)
{
	struct pollfd fds[2] = { { .fd = l4, .events = POLLIN },
				 { .fd = -1, .events = POLLIN } };
	double end = now_s() + 60;

	p->heard = now_s();
	while (!p->up) {
		if (now_s() > end)
			die("no session");
		poll(fds, 2, 1000);
		if (fds[0].revents) {
			if (p->fd >= 0)
				close(p->fd);
			p->fd = accept(l4, NULL, NULL);
			p->have = 0;
			fds[1].fd = p->fd;
		} else if (fds[1].revents) {
			hear(p);
		}
	}
}

/*
 * Say a feed while listening and looking. Returns the seconds until every
 * sample was seen and there were so many entries.
 */
static double say(struct peer *p, const struct feed *f, struct installed *t,
		  size_t count)
{
	double start = now_s(), looked = 0, now = start;
	size_t at = 0, seen = 0;

	fcntl(p->fd, F_SETFL, O_NONBLOCK);
	for (;;) {
		struct pollfd fd = { .fd = p->fd,
				     .events = at < f->len ? POLLIN | POLLOUT :
							     POLLIN };

		poll(&fd, 1, 10);
		if (fd.revents & POLLOUT) {
			ssize_t n = send(p->fd, f->p + at, f->len - at,
					 MSG_NOSIGNAL);

			if (n > 0)
				at += (size_t)n;
			else if (errno != EAGAIN)
				die("sending: %s", strerror(errno));
		}
		if (fd.revents & ~POLLOUT)
			hear(p);
		now = now_s();
		if (at == f->len && now - p->said > HOLD_TIME / 4.0)
			send_keepalive(p);
		if (now - looked < 0.01)
			continue;
		looked = now;
		while (seen < f->n_samples &&
		       installed_has(t, &f->samples[seen]))
			seen++;
		if (at == f->len && seen == f->n_samples &&
		    installed_count(t) == count)
			break;
		if (now - start > PATIENCE)
			die("%zu of %zu samples after %d s", seen, f->n_samples,
			    PATIENCE);
	}
	fcntl(p->fd, F_SETFL, 0);
	return now - start;
}

/* The most memory that a process ever had, in MiB. */
static double peak(int pid)
{
	char path[64], line[256];
	double kib = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "r");
	if (!f)
		die("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), f))
		sscanf(line, "VmHWM: %lf", &kib);
	fclose(f);
	return kib / 1024;
}

static void lose(struct peer *p)
{
	close(p->fd);
	p->fd = -1;
	p->have = 0;
	p->up = false;
}

/* Once everything that follows from a feed is done. */
static void rest(struct peer *p, const char *control, size_t routes)
{
	double start = now_s();

	while (!ask_at_rest(control, routes)) {
		if (now_s() - start > PATIENCE)
			die("not at rest after %d s", PATIENCE);
		if (now_s() - p->said > HOLD_TIME / 4.0)
			send_keepalive(p);
		hear(p);
		usleep(100 * 1000);
	}
}

/* A session again, and what it says. Returns the seconds until all is done. */
static double again(struct peer *p, int l4, const struct feed *f,
		    struct installed *t, const char *control, size_t routes)
{
	double start;

	establish(p, l4);
	start = now_s();
	say(p, f, t, routes);
	rest(p, control, routes);
	return now_s() - start;
}

/* Have the daemon end, and another one come. */
static void restart(const char *control, int pid)
{
	double start = now_s(), ended;
	int now;

	kill(pid, SIGTERM);
	while (!kill(pid, 0))
		usleep(10 * 1000);
	ended = now_s();
	do {
		usleep(10 * 1000);
		now = ask_pid(control);
		if (now_s() - start > PATIENCE)
			die("the daemon does not come back");
	} while (!now || now == pid);
	printf("# ended in %.2f s, there again after %.2f s\n", ended - start,
	       now_s() - start);
}

static void keep_max(double *max, double value)
{
	if (value > *max)
		*max = value;
}

/* What only the module's daemon is asked to do; the most memory, in MiB. */
static double live(struct peer *p, int l4, const struct feeds *f,
		   struct installed *t, const char *control)
{
	size_t n = f->n4 + f->n6;
	double stall = 0, mib;
	int pid;

	printf("flap-s %.2f\n", say(p, &f->flap, t, n));
	keep_max(&stall, ask_longest(control));
	pid = ask_pid(control);
	mib = peak(pid);
	lose(p);
	printf("back-s %.2f\n", again(p, l4, &f->load, t, control, n));
	keep_max(&stall, ask_longest(control));
	keep_max(&mib, peak(pid));
	restart(control, pid);
	lose(p);
	printf("restart-s %.2f\n", again(p, l4, &f->load, t, control, n));
	keep_max(&stall, ask_longest(control));
	keep_max(&mib, peak(ask_pid(control)));
	lose(p);
	printf("gone-s %.2f\n", again(p, l4, &f->none, t, control, 0));
	keep_max(&stall, ask_longest(control));
	printf("stall-max-ms %.1f\n", stall);
	return mib;
}

int main(int argc, char **argv)
{
	struct peer p = { .fd = -1, .router_id = 0xc0000201 };
	const char *control = NULL, *netns = "";
	struct addr a4 = { 0 }, a6 = { 0 };
	int opt, fd, l4, pids[PIDS_MAX];
	struct feeds f = { 0 };
	struct installed *t;
	size_t n_pids = 0;
	double mib = 0;

	while ((opt = getopt(argc, argv, "c:p:n:m:g:w:l:L:")) != -1) {
		switch (opt) {
		case 'c':
			control = optarg;
			break;
		case 'p':
			if (n_pids < PIDS_MAX)
				pids[n_pids++] = atoi(optarg);
			break;
		case 'n':
			f.n4 = strtoul(optarg, NULL, 10);
			break;
		case 'm':
			f.n6 = strtoul(optarg, NULL, 10);
			break;
		case 'g':
			f.gateways = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'w':
			netns = optarg;
			break;
		case 'l':
			addr_parse(optarg, &a4);
			break;
		case 'L':
			addr_parse(optarg, &a6);
			break;
		default:
			return 2;
		}
	}
	if (!f.n4 || !f.gateways || !a4.family || !a6.family)
		die("see peer.c for its arguments");
	setlinebuf(stdout);
	feeds_make(&f, &a4, &a6);
	printf("# %zu octets of messages, %zu samples; then %zu and %zu\n",
	       f.load.len, f.load.n_samples, f.flap.len, f.flap.n_samples);
	t = installed_open(control);
	fd = open(netns, O_RDONLY);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die("%s: %s", netns, strerror(errno));
	l4 = listen_at(&a4);
	establish(&p, l4);
	printf("load-s %.2f\n", say(&p, &f.load, t, f.n4 + f.n6));
	if (control)
		mib = live(&p, l4, &f, t, control);
	while (n_pids)
		mib += peak(pids[--n_pids]);
	printf("MiB %.1f\n", mib);
	printf("# nothing was heard for %.1f s at most\n", p.silence);
	return 0;
}

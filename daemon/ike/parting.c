// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unloading everything of ours when the daemon ends: its event loop has ended
 * by then, so this talks to the IKE daemon over a blocking connection of its
 * own, some commands ahead of their replies. It goes on for as long as these
 * come, within bounds. What it leaves it says, and a later daemon sweeps.
 *
 * A reply that is no success says that there was nothing of that name.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/log.h"
#include "ike/driver.h"

#define SILENCE_MS 3000
#define WHOLE_S 60 /* within the 90 that systemd waits for */
#define WINDOW 32 /* commands ahead of their replies */

struct parting {
	struct ike *ike;
	int fd;
	struct timespec deadline;
	int err; /* it is over */
	unsigned int owed; /* replies */
	unsigned int left; /* of one kind: not known to be unloaded */
	bool clean;
};

static int left_ms(const struct parting *p)
{
	struct timespec ts;
	long long ms;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	ms = (p->deadline.tv_sec - ts.tv_sec) * 1000LL +
	     (p->deadline.tv_nsec - ts.tv_nsec) / 1000000;
	if (ms > SILENCE_MS)
		return SILENCE_MS;
	return ms > 0 ? ms : 0;
}

static int await(const struct parting *p, short events)
{
	struct pollfd pfd = { .fd = p->fd, .events = events };

	for (;;) {
		int n = poll(&pfd, 1, left_ms(p));

		if (n > 0)
			return 0;
		if (!n)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

static int write_all(const struct parting *p, const uint8_t *buf, size_t len)
{
	ssize_t n;
	int err;

	while (len) {
		err = await(p, POLLOUT);
		if (err)
			return err;
		n = send(p->fd, buf, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n > 0) {
			buf += n;
			len -= n;
		}
	}
	return 0;
}

static int read_all(const struct parting *p, uint8_t *buf, size_t len)
{
	ssize_t n;
	int err;

	while (len) {
		err = await(p, POLLIN);
		if (err)
			return err;
		n = recv(p->fd, buf, len, MSG_DONTWAIT);
		if (!n)
			return -ECONNRESET;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n > 0) {
			buf += n;
			len -= n;
		}
	}
	return 0;
}

/* Whatever it says. */
static int read_reply(const struct parting *p)
{
	uint8_t *reply;
	uint32_t len;
	int err;

	err = read_all(p, (uint8_t *)&len, sizeof(len));
	if (err)
		return err;
	len = ntohl(len);
	if (!len || len > VICI_SEGMENT_MAX)
		return -EPROTO;
	reply = malloc(len);
	if (!reply)
		return -ENOMEM;
	err = read_all(p, reply, len);
	free(reply);
	return err;
}

static void await_replies(struct parting *p, unsigned int but)
{
	while (!p->err && p->owed > but) {
		p->err = read_reply(p);
		if (p->err)
			return;
		p->owed--;
		p->left--;
	}
}

/* One thing of a kind. */
static void command(struct parting *p, struct vici_wr *w)
{
	enum vici_error error = vici_wr_finish(w);

	p->left++;
	await_replies(p, WINDOW - 1);
	if (!p->err && error)
		p->err = -ENOMEM;
	if (!p->err)
		p->err = write_all(p, w->buf, w->len);
	if (!p->err)
		p->owed++;
	vici_wr_free(w);
}

/* That was all of that kind. */
static void conclude(struct parting *p, const char *what)
{
	await_replies(p, 0);
	if (p->left)
		log_warn("ike", "%u %s may stay in the IKE daemon: %s", p->left,
			 what, strerror(-p->err));
	p->clean = p->clean && !p->left;
	p->left = 0;
}

static void unload(struct parting *p, const char *cmd, const char *key,
		   const char *name)
{
	struct vici_wr w;

	vici_wr_init(&w, VICI_CMD_REQUEST, cmd);
	vici_wr_str(&w, key, name);
	command(p, &w);
}

static void unload_conn(struct parting *p, const struct ike_gateway *gw)
{
	unload(p, "unload-conn", "name", gw->name);
}

static void end_sas(struct parting *p, const struct ike_gateway *gw)
{
	struct vici_wr w;

	vici_wr_init(&w, VICI_CMD_REQUEST, "terminate");
	vici_wr_str(&w, "ike", gw->name);
	vici_wr_str(&w, "force", "yes");
	vici_wr_str(&w, "timeout", "-1");
	command(p, &w);
}

static void unload_psk(struct parting *p, const struct ike_gateway *gw)
{
	if (gw->has_psk ||
	    (gw->proof.auth == IKE_AUTH_PSK && !gw->proof.shared))
		unload(p, "unload-shared", "id", gw->name);
}

/* All that were loaded, as what is there is not known without a link. */
static void each(struct parting *p,
		 void (*fn)(struct parting *p, const struct ike_gateway *gw))
{
	struct ike_gateway *gw;
	size_t i;

	for (i = 0; i < IKE_BUCKETS; i++)
		LIST_FOREACH(gw, &p->ike->bucket[i], hash)
	if (gw->ever_loaded || gw->may_have_sas)
		fn(p, gw);
}

static void connect_vici(struct parting *p)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	const char *path = p->ike->conf.socket;

	if (strlen(path) >= sizeof(sun.sun_path)) {
		p->err = -ENAMETOOLONG;
		return;
	}
	memcpy(sun.sun_path, path, strlen(path));
	p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->fd < 0 || connect(p->fd, (struct sockaddr *)&sun, sizeof(sun)))
		p->err = -errno;
}

bool ike_parting_unload(struct ike *ike)
{
	struct parting p = { .ike = ike, .fd = -1, .clean = true };
	const struct ike_ring *at = NULL;
	char name[CONN_NAME_LEN];

	clock_gettime(CLOCK_MONOTONIC, &p.deadline);
	p.deadline.tv_sec += WHOLE_S;
	connect_vici(&p);
	each(&p, unload_conn);
	conclude(&p, "connections");
	each(&p, end_sas);
	conclude(&p, "gateways' SAs");
	each(&p, unload_psk);
	while (ike_ring_next(ike, &at, name))
		unload(&p, "unload-shared", "id", name);
	if (*ike->own.id)
		unload(&p, "unload-key", "id", ike->own.id);
	conclude(&p, "secrets");
	if (p.fd >= 0)
		close(p.fd);
	return p.clean;
}

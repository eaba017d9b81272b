// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unloading everything of ours when the daemon ends: its event loop has ended
 * by then, so this talks to the IKE daemon over a blocking connection of its
 * own, against a deadline. Best effort: what it leaves, a later daemon sweeps.
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

struct parting {
	int fd;
	struct timespec deadline;
};

static int left_ms(const struct parting *p)
{
	struct timespec ts;
	long long ms;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	ms = (p->deadline.tv_sec - ts.tv_sec) * 1000LL +
	     (p->deadline.tv_nsec - ts.tv_nsec) / 1000000;
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

/* Send one command and read its reply, whatever that says. */
static int call(const struct parting *p, struct vici_wr *w)
{
	uint8_t *reply;
	uint32_t len;
	int err;

	if (vici_wr_finish(w)) {
		vici_wr_free(w);
		return -ENOMEM;
	}
	err = write_all(p, w->buf, w->len);
	vici_wr_free(w);
	if (!err)
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

static int unload(const struct parting *p, const char *command, const char *id)
{
	struct vici_wr w;

	vici_wr_init(&w, VICI_CMD_REQUEST, command);
	vici_wr_str(&w, "id", id);
	return call(p, &w);
}

static int unload_gateway(const struct parting *p, const struct ike_gateway *gw)
{
	struct vici_wr w;
	int err;

	vici_wr_init(&w, VICI_CMD_REQUEST, "unload-conn");
	vici_wr_str(&w, "name", gw->name);
	err = call(p, &w);
	if (err)
		return err;
	vici_wr_init(&w, VICI_CMD_REQUEST, "terminate");
	vici_wr_str(&w, "ike", gw->name);
	vici_wr_str(&w, "force", "yes");
	vici_wr_str(&w, "timeout", "-1");
	err = call(p, &w);
	if (err)
		return err;
	return gw->has_psk ? unload(p, "unload-shared", gw->name) : 0;
}

static int connect_vici(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(sun.sun_path))
		return -1;
	memcpy(sun.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&sun, sizeof(sun))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

unsigned int ike_parting_unload(struct ike *ike, unsigned int ms)
{
	struct parting p = { .fd = connect_vici(ike->conf.socket) };
	char name[CONN_NAME_LEN];
	const struct ike_ring *at = NULL;
	struct ike_gateway *gw;
	unsigned int left = 0;
	int err = p.fd < 0 ? -ENOTCONN : 0;
	size_t i;

	clock_gettime(CLOCK_MONOTONIC, &p.deadline);
	p.deadline.tv_sec += ms / 1000;
	p.deadline.tv_nsec += ms % 1000 * 1000000L;
	for (i = 0; i < IKE_BUCKETS; i++) {
		LIST_FOREACH(gw, &ike->bucket[i], hash)
		{
			if (!gw->has_conn && !gw->may_have_sas)
				continue;
			if (!err)
				err = unload_gateway(&p, gw);
			left += err != 0;
		}
	}
	while (!err && ike_ring_next(ike, &at, name))
		err = unload(&p, "unload-shared", name);
	if (*ike->own.id && !err)
		unload(&p, "unload-key", ike->own.id);
	if (p.fd >= 0)
		close(p.fd);
	return left;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The control socket's server: lines in, lines out.
 *
 * A client's next request is not read before its last answer is gone, so one
 * that asks without reading costs one answer, not memory without end.
 */
#include "ctl/server.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include "base/accept.h"
#include "base/log.h"
#include "ctl/address.h"

struct client {
	LIST_ENTRY(client) link;
	struct ctl_server *server;
	struct bufferevent *bev;
	bool closing; /* when what is to be written has been */
};

struct ctl_server {
	struct event_base *base;
	struct accept_listener *listener;
	const struct ctl_command *commands;
	size_t n_commands;
	void *arg;
	struct timeval patience;
	LIST_HEAD(client_list, client) clients;
	unsigned int n_clients;
	char *path;
	dev_t dev; /* of the socket file that we made */
	ino_t ino;
};

static void client_free(struct client *c)
{
	LIST_REMOVE(c, link);
	c->server->n_clients--;
	bufferevent_free(c->bev);
	free(c);
}

/* answer is consumed. False: memory is short, nothing was sent. */
static bool client_answer(struct client *c, json_t *answer)
{
	char *text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;
	bool sent;

	json_decref(answer);
	sent = text && !bufferevent_write(c->bev, text, strlen(text)) &&
	       !bufferevent_write(c->bev, "\n", 1);
	free(text);
	return sent;
}

static json_t *refusal(const char *why)
{
	json_t *answer = json_pack("{s:b, s:s}", "ok", 0, "error", why);

	/* A sentence may quote a name of something, in any encoding. */
	return answer ? answer :
			json_pack("{s:b, s:s}", "ok", 0, "error",
				  "refused, in words that are not UTF-8");
}

static const struct ctl_command *find_command(const struct ctl_server *s,
					      const char *name)
{
	size_t i;

	for (i = 0; i < s->n_commands; i++)
		if (!strcmp(s->commands[i].name, name))
			return &s->commands[i];
	return NULL;
}

/* A new answer to one line. */
static json_t *answer_line(struct ctl_server *s, const char *line, size_t len)
{
	const struct ctl_command *command;
	char why[512] = "the command failed";
	json_error_t error;
	json_t *request, *result;
	const char *name;

	request = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
	if (!request) {
		snprintf(why, sizeof(why), "not a JSON object: %s", error.text);
		return refusal(why);
	}
	name = json_string_value(json_object_get(request, "command"));
	if (!name) {
		json_decref(request);
		return refusal("expected {\"command\": NAME, ...}");
	}
	command = find_command(s, name);
	if (!command) {
		json_decref(request);
		return refusal("no such command");
	}
	result = command->run(s->arg, request, why, sizeof(why));
	json_decref(request);
	if (!result)
		return refusal(why);
	return json_pack("{s:b, s:o}", "ok", 1, "result", result);
}

/* Say one last thing, and hang up once it is written. May free c. */
static void client_dismiss(struct client *c, const char *why)
{
	bufferevent_disable(c->bev, EV_READ);
	c->closing = true;
	if (!client_answer(c, refusal(why)))
		client_free(c);
}

/* Answer what is there, one request at a time. May free c. */
static void client_serve(struct client *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	size_t len;
	char *line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF);
	bool sent;

	if (!line && evbuffer_get_length(in) <= CTL_REQUEST_MAX) {
		bufferevent_enable(c->bev, EV_READ);
		return;
	}
	if (!line || len > CTL_REQUEST_MAX) {
		free(line);
		client_dismiss(c, "the request is too long");
		return;
	}
	/* on_written() goes on from here. */
	bufferevent_disable(c->bev, EV_READ);
	sent = client_answer(c, answer_line(c->server, line, len));
	free(line);
	if (!sent)
		client_free(c);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct client *c = arg;

	if (!c->closing && !evbuffer_get_length(bufferevent_get_output(bev)))
		client_serve(c);
}

static void on_written(struct bufferevent *bev, void *arg)
{
	struct client *c = arg;

	(void)bev;
	if (c->closing)
		client_free(c);
	else
		client_serve(c);
}

/* The other side is gone, or has closed, or has slept. */
static void on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)what;
	client_free(arg);
}

static void on_accept(void *arg, int fd, const struct sockaddr *from)
{
	struct ctl_server *s = arg;
	struct client *c = NULL;

	(void)from;
	if (s->n_clients < CTL_CLIENTS_MAX)
		c = calloc(1, sizeof(*c));
	if (c)
		c->bev = bufferevent_socket_new(s->base, fd,
						BEV_OPT_CLOSE_ON_FREE);
	if (!c || !c->bev) {
		log_warn("ctl", "%s: no room for another client", s->path);
		free(c);
		evutil_closesocket(fd);
		return;
	}
	c->server = s;
	LIST_INSERT_HEAD(&s->clients, c, link);
	s->n_clients++;
	bufferevent_setcb(c->bev, on_read, on_written, on_event, c);
	bufferevent_set_timeouts(c->bev, &s->patience, &s->patience);
	/* One octet more than is allowed, or a long line would not be seen. */
	bufferevent_setwatermark(c->bev, EV_READ, 0, CTL_REQUEST_MAX + 1);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

/* Remove what a daemon that died left behind, and nothing else. */
static bool remove_stale(const struct sockaddr_un *un, char *why,
			 size_t why_len)
{
	struct stat st;
	bool alive;
	int fd;

	if (lstat(un->sun_path, &st)) {
		if (errno == ENOENT)
			return true;
		snprintf(why, why_len, "%s: %s", un->sun_path, strerror(errno));
		return false;
	}
	if (!S_ISSOCK(st.st_mode)) {
		snprintf(why, why_len, "%s: is there, and is no socket",
			 un->sun_path);
		return false;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		snprintf(why, why_len, "socket: %s", strerror(errno));
		return false;
	}
	alive = !connect(fd, (const struct sockaddr *)un, sizeof(*un)) ||
		errno != ECONNREFUSED;
	close(fd);
	if (alive) {
		snprintf(why, why_len, "%s: another daemon listens there",
			 un->sun_path);
		return false;
	}
	if (unlink(un->sun_path)) {
		snprintf(why, why_len, "%s: %s", un->sun_path, strerror(errno));
		return false;
	}
	return true;
}

/* A bound socket of mode 0660 from its first moment on; -1: why says it. */
static int bind_path(const char *path, char *why, size_t why_len)
{
	struct sockaddr_un un;
	mode_t mask;
	int fd, err;

	if (!ctl_address(path, &un, why, why_len) ||
	    !remove_stale(&un, why, why_len))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		snprintf(why, why_len, "socket: %s", strerror(errno));
		return -1;
	}
	mask = umask(0117);
	err = bind(fd, (struct sockaddr *)&un, sizeof(un)) ? errno : 0;
	umask(mask);
	if (err) {
		snprintf(why, why_len, "%s: %s", path, strerror(err));
		close(fd);
		return -1;
	}
	return fd;
}

struct ctl_server *ctl_server_create(struct event_base *base, const char *path,
				     const struct ctl_command *commands,
				     size_t n, void *arg, unsigned int timeout,
				     char *why, size_t why_len)
{
	struct ctl_server *s = calloc(1, sizeof(*s));
	struct stat st;
	int fd;

	snprintf(why, why_len, "out of memory");
	if (!s)
		return NULL;
	s->base = base;
	s->commands = commands;
	s->n_commands = n;
	s->arg = arg;
	s->patience.tv_sec = timeout;
	LIST_INIT(&s->clients);
	s->path = strdup(path);
	if (!s->path)
		goto fail;
	fd = bind_path(path, why, why_len);
	if (fd < 0)
		goto fail;
	if (!lstat(path, &st)) {
		s->dev = st.st_dev;
		s->ino = st.st_ino;
	}
	s->listener = accept_start(base, fd, 16, "ctl", path, on_accept, s);
	if (!s->listener) {
		snprintf(why, why_len, "%s: cannot listen", path);
		close(fd);
		goto fail;
	}
	return s;
fail:
	ctl_server_destroy(s);
	return NULL;
}

void ctl_server_destroy(struct ctl_server *s)
{
	struct client *c, *next;
	struct stat st;

	if (!s)
		return;
	for (c = LIST_FIRST(&s->clients); c; c = next) {
		next = LIST_NEXT(c, link);
		client_free(c);
	}
	accept_stop(s->listener);
	if (s->ino && !lstat(s->path, &st) && st.st_dev == s->dev &&
	    st.st_ino == s->ino)
		unlink(s->path);
	free(s->path);
	free(s);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VICI server for tests. Owns its sockets and the model; asserts nothing.
 */
#include "fake/vici_peer.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct vici_peer_conn {
	struct vici_peer *peer;
	struct bufferevent *bev;
	struct evbuffer *out; /* what is to be written, in chunks */
	struct event *pump;
	bool closing;
	bool owing; /* an "initiate" that was not answered */
	struct vici_peer_name events[VICI_PEER_MAX]; /* that it registered for */
};

static void conn_free(struct vici_peer_conn *c)
{
	size_t i;

	for (i = 0; i < VICI_PEER_MAX; i++)
		if (c->peer->conn[i] == c)
			c->peer->conn[i] = NULL;
	event_free(c->pump);
	evbuffer_free(c->out);
	bufferevent_free(c->bev);
	free(c);
}

static void on_pump(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval soon = { 0, 0 };
	struct vici_peer_conn *c = arg;
	size_t n = c->peer->chunk;

	evbuffer_remove_buffer(c->out, bufferevent_get_output(c->bev),
			       n ? n : evbuffer_get_length(c->out));
	if (evbuffer_get_length(c->out))
		event_add(c->pump, &soon);
}

void vici_peer_raw(struct vici_peer_conn *c, const void *data, size_t len)
{
	evbuffer_add(c->out, data, len);
	if (!c->peer->chunk)
		on_pump(-1, 0, c);
	else
		event_active(c->pump, EV_TIMEOUT, 0);
}

void vici_peer_send(struct vici_peer_conn *c, struct vici_wr *w)
{
	if (vici_wr_finish(w))
		abort();
	vici_peer_raw(c, w->buf, w->len);
	vici_wr_free(w);
}

void vici_peer_event(struct vici_peer *p, struct vici_wr *w)
{
	struct vici_packet pkt;
	char name[64];
	size_t i;

	if (vici_wr_finish(w) ||
	    vici_packet_parse(w->buf + VICI_HEADER_LEN,
			      w->len - VICI_HEADER_LEN, &pkt))
		abort();
	vici_copy(pkt.name, name, sizeof(name));
	for (i = 0; i < VICI_PEER_MAX; i++)
		if (p->conn[i] && vici_peer_has(p->conn[i]->events, name))
			vici_peer_raw(p->conn[i], w->buf, w->len);
	vici_wr_free(w);
}

void vici_peer_reply(struct vici_peer_conn *c, const char *errmsg)
{
	struct vici_wr w;

	vici_wr_init(&w, VICI_CMD_RESPONSE, NULL);
	vici_wr_str(&w, "success", errmsg ? "no" : "yes");
	if (errmsg)
		vici_wr_str(&w, "errmsg", errmsg);
	vici_peer_send(c, &w);
}

void vici_peer_answer_all(struct vici_peer *p, const char *errmsg)
{
	size_t i;

	for (i = 0; i < VICI_PEER_MAX; i++) {
		if (!p->conn[i] || !p->conn[i]->owing)
			continue;
		p->conn[i]->owing = false;
		p->unanswered--;
		vici_peer_reply(p->conn[i], errmsg);
	}
}

bool vici_peer_has(struct vici_peer_name *names, const char *name)
{
	size_t i;

	for (i = 0; i < VICI_PEER_MAX; i++)
		if (!strcmp(names[i].s, name))
			return true;
	return false;
}

void vici_peer_put(struct vici_peer_name *names, const char *name)
{
	size_t i;

	for (i = 0; i < VICI_PEER_MAX && !vici_peer_has(names, name); i++)
		if (!*names[i].s)
			snprintf(names[i].s, sizeof(names[i].s), "%s", name);
}

void vici_peer_drop(struct vici_peer_name *names, const char *name)
{
	size_t i;

	for (i = 0; i < VICI_PEER_MAX; i++)
		if (!strcmp(names[i].s, name))
			*names[i].s = 0;
}

unsigned int vici_peer_spi_in(const struct vici_peer_sa *sa)
{
	return sa->spi_in ?: 0xc0000001;
}

static void put_sa(struct vici_wr *w, const struct vici_peer_sa *sa)
{
	unsigned int spi = vici_peer_spi_in(sa);
	char if_id[9], in[9], out[9], child[80];

	snprintf(if_id, sizeof(if_id), "%08x", sa->if_id);
	snprintf(child, sizeof(child), "%s-%u", sa->name, sa->id);
	snprintf(in, sizeof(in), "%08x", spi);
	snprintf(out, sizeof(out), "%08x", spi + 1);
	vici_wr_section(w, sa->name);
	vici_wr_num(w, "uniqueid", sa->id);
	vici_wr_str(w, "state", sa->ike_state);
	vici_wr_str(w, "local-host", "192.0.2.1");
	vici_wr_section(w, "child-sas");
	if (*sa->child_state) {
		vici_wr_section(w, child);
		vici_wr_num(w, "uniqueid", sa->id);
		vici_wr_str(w, "state", sa->child_state);
		vici_wr_str(w, "spi-in", in);
		vici_wr_str(w, "spi-out", out);
		vici_wr_str(w, "if-id-out", if_id);
		vici_wr_str(w, "bytes-in", "84");
		vici_wr_num(w, "install-time", sa->age ?: 3);
		vici_wr_section_end(w);
	}
	vici_wr_section_end(w);
	vici_wr_section_end(w);
}

struct vici_peer_sa *vici_peer_sa_add(struct vici_peer *p, const char *name,
				      unsigned int if_id)
{
	struct vici_peer_sa *sa = p->sas;

	while (*sa->name)
		sa++;
	snprintf(sa->name, sizeof(sa->name), "%s", name);
	sa->id = ++p->next_id;
	sa->if_id = if_id;
	strcpy(sa->ike_state, "ESTABLISHED");
	strcpy(sa->child_state, "INSTALLED");
	return sa;
}

void vici_peer_sa_told(struct vici_peer *p, const struct vici_peer_sa *sa,
		       bool up)
{
	struct vici_wr w;

	vici_wr_init(&w, VICI_EVENT, "child-updown");
	if (up)
		vici_wr_str(&w, "up", "yes");
	put_sa(&w, sa);
	vici_peer_event(p, &w);
}

static void list_sas(struct vici_peer_conn *c)
{
	struct vici_wr w;
	size_t i;

	for (i = 0; i < VICI_PEER_MAX; i++) {
		if (!*c->peer->sas[i].name)
			continue;
		vici_wr_init(&w, VICI_EVENT, "list-sa");
		put_sa(&w, &c->peer->sas[i]);
		vici_peer_send(c, &w);
	}
	vici_wr_init(&w, VICI_CMD_RESPONSE, NULL);
	vici_peer_send(c, &w);
}

static void list_names(struct vici_peer_conn *c, const char *list,
		       struct vici_peer_name *names)
{
	struct vici_wr w;
	size_t i;

	vici_wr_init(&w, VICI_CMD_RESPONSE, NULL);
	vici_wr_list(&w, list);
	for (i = 0; i < VICI_PEER_MAX; i++)
		if (*names[i].s)
			vici_wr_item(&w, names[i].s, strlen(names[i].s));
	vici_wr_list_end(&w);
	/* As strongSwan does with a reply that exceeds a message: none comes. */
	if (c->peer->fits && w.len > c->peer->fits)
		vici_wr_free(&w);
	else
		vici_peer_send(c, &w);
}

static void load_conn(struct vici_peer_conn *c, struct vici_view msg,
		      const char *name)
{
	struct vici_view conn = { NULL, 0 }, children, child, local;
	struct vici_peer *p = c->peer;
	char mark[64] = "";
	uint64_t if_id = 0;
	size_t i;

	if (p->refuse_load) {
		vici_peer_reply(c, p->refuse_load);
		return;
	}
	if (vici_find(msg, VICI_SECTION_START, name, &conn) &&
	    vici_find(conn, VICI_SECTION_START, "children", &children) &&
	    vici_find(children, VICI_SECTION_START, name, &child))
		vici_get_u64(child, "if_id_out", 10, &if_id);
	if (vici_find(conn, VICI_SECTION_START, "local", &local))
		vici_get_str(local, "aaa_id", mark, sizeof(mark));
	vici_peer_put(p->conns, name);
	for (i = 0; i < VICI_PEER_MAX; i++) {
		if (strcmp(p->conns[i].s, name))
			continue;
		p->if_ids[i] = if_id;
		strcpy(p->marks[i], mark);
	}
	vici_peer_reply(c, NULL);
}

static void list_conns(struct vici_peer_conn *c)
{
	struct vici_peer *p = c->peer;
	struct vici_wr w;
	size_t i;

	for (i = 0; i < VICI_PEER_MAX; i++) {
		if (!*p->conns[i].s)
			continue;
		vici_wr_init(&w, VICI_EVENT, "list-conn");
		vici_wr_section(&w, p->conns[i].s);
		vici_wr_section(&w, "local-1");
		vici_wr_str(&w, "class", "pre-shared key");
		if (*p->marks[i])
			vici_wr_str(&w, "aaa_id", p->marks[i]);
		vici_wr_section_end(&w);
		vici_wr_section_end(&w);
		vici_peer_send(c, &w);
	}
	vici_wr_init(&w, VICI_CMD_RESPONSE, NULL);
	vici_peer_send(c, &w);
}

static void load_shared(struct vici_peer_conn *c, struct vici_view msg,
			const char *name)
{
	struct vici_peer *p = c->peer;
	struct vici_view owners;
	struct vici_elem e;
	char *to;
	size_t i, n;

	vici_peer_reply(c, p->refuse_shared);
	if (p->refuse_shared)
		return;
	vici_peer_put(p->keys, name);
	for (i = 0; i < VICI_PEER_MAX - 1 && strcmp(p->keys[i].s, name); i++)
		;
	to = p->owners[i];
	*to = 0;
	if (!vici_find(msg, VICI_LIST_START, "owners", &owners))
		return;
	while (vici_next(&owners, &e)) {
		n = strlen(to);
		if (n + e.value.len + 2 > sizeof(p->owners[i]))
			break;
		to[n] = ' ';
		vici_copy(e.value, to + n + 1, sizeof(p->owners[i]) - n - 1);
	}
}

static void initiate(struct vici_peer_conn *c, const char *name)
{
	const struct vici_peer_sa *sa;
	struct vici_peer *p = c->peer;
	struct vici_wr w;
	size_t i;

	if (p->never_answer && strstr(name, p->never_answer)) {
		c->owing = true;
		p->unanswered++;
		return;
	}
	if (p->refuse_initiate) {
		vici_wr_init(&w, VICI_EVENT, "control-log");
		vici_wr_str(&w, "group", "IKE");
		vici_wr_str(&w, "msg", "received NO_GOOD notify error");
		vici_peer_send(c, &w);
		vici_peer_reply(c, p->refuse_initiate);
		return;
	}
	for (i = 0; i < VICI_PEER_MAX; i++) {
		if (strcmp(p->conns[i].s, name))
			continue;
		sa = vici_peer_sa_add(p, name, p->if_ids[i]);
		vici_peer_sa_told(p, sa, true);
	}
	vici_peer_reply(c, NULL);
}

static void terminate(struct vici_peer_conn *c, struct vici_view msg,
		      const char *name)
{
	struct vici_peer *p = c->peer;
	uint64_t id = 0;
	size_t i;

	if (!vici_get_u64(msg, "child-id", 10, &id))
		vici_get_u64(msg, "ike-id", 10, &id);
	for (i = 0; i < VICI_PEER_MAX; i++) {
		if (!*p->sas[i].name ||
		    (id ? p->sas[i].id != id : strcmp(p->sas[i].name, name)))
			continue;
		vici_peer_sa_told(p, &p->sas[i], false);
		*p->sas[i].name = 0;
	}
	vici_peer_reply(c, NULL);
}

/* What the command is about: a name in one of several places. */
static void subject(struct vici_view msg, char *name, size_t size)
{
	struct vici_elem e;

	*name = 0;
	while (vici_next(&msg, &e)) {
		if (e.type == VICI_SECTION_START)
			vici_copy(e.name, name, size);
		else if (*name && vici_is(e.name, "data"))
			continue; /* a secret that has a name */
		else if (vici_is(e.name, "name") || vici_is(e.name, "id") ||
			 vici_is(e.name, "ike") ||
			 vici_is(e.name, "child-id") ||
			 vici_is(e.name, "ike-id") || vici_is(e.name, "data"))
			vici_copy(e.value, name, size);
	}
}

/* The key's text is its name. */
static void load_key(struct vici_peer_conn *c, const char *name)
{
	struct vici_wr w;

	if (c->peer->refuse_key) {
		vici_peer_reply(c, c->peer->refuse_key);
		return;
	}
	vici_peer_put(c->peer->private, name);
	vici_wr_init(&w, VICI_CMD_RESPONSE, NULL);
	vici_wr_str(&w, "success", "yes");
	vici_wr_str(&w, "id", name);
	vici_peer_send(c, &w);
}

static void command(struct vici_peer_conn *c, const struct vici_packet *pkt)
{
	struct vici_peer *p = c->peer;
	size_t used = strlen(p->log);
	char cmd[32], name[64];
	struct vici_wr w;

	vici_copy(pkt->name, cmd, sizeof(cmd));
	subject(pkt->msg, name, sizeof(name));
	if (strncmp(cmd, "get-", 4) && strncmp(cmd, "list-", 5))
		snprintf(p->log + used, sizeof(p->log) - used, " %s %s", cmd,
			 name);
	if (!strcmp(cmd, "get-conns")) {
		list_names(c, "conns", p->conns);
	} else if (!strcmp(cmd, "get-shared")) {
		list_names(c, "keys", p->keys);
	} else if (!strcmp(cmd, "get-keys")) {
		list_names(c, "keys", p->private);
	} else if (!strcmp(cmd, "load-key")) {
		load_key(c, name);
	} else if (!strcmp(cmd, "unload-key")) {
		vici_peer_drop(p->private, name);
		vici_peer_reply(c, NULL);
	} else if (!strcmp(cmd, "load-cert")) {
		vici_peer_reply(c, NULL);
	} else if (!strcmp(cmd, "list-conns")) {
		list_conns(c);
	} else if (!strcmp(cmd, "list-sas")) {
		list_sas(c);
	} else if (!strcmp(cmd, "load-conn")) {
		load_conn(c, pkt->msg, name);
	} else if (!strcmp(cmd, "load-shared")) {
		load_shared(c, pkt->msg, name);
	} else if (!strcmp(cmd, "unload-conn")) {
		vici_peer_drop(p->conns, name);
		vici_peer_reply(c, NULL);
	} else if (!strcmp(cmd, "unload-shared")) {
		vici_peer_drop(p->keys, name);
		vici_peer_reply(c, NULL);
	} else if (!strcmp(cmd, "initiate")) {
		initiate(c, name);
	} else if (!strcmp(cmd, "terminate")) {
		terminate(c, pkt->msg, name);
	} else {
		vici_wr_init(&w, VICI_CMD_UNKNOWN, NULL);
		vici_peer_send(c, &w);
	}
}

static void on_packet(struct vici_peer_conn *c, const struct vici_packet *pkt)
{
	struct vici_peer *p = c->peer;
	struct vici_wr w;
	char name[64];

	if (p->hook && p->hook(p->arg, p, c, pkt))
		return;
	if (pkt->type == VICI_CMD_REQUEST) {
		command(c, pkt);
		return;
	}
	vici_copy(pkt->name, name, sizeof(name));
	vici_peer_put(c->events, name);
	vici_wr_init(&w, VICI_EVENT_CONFIRM, NULL);
	vici_peer_send(c, &w);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct vici_peer_conn *c = arg;
	struct vici_packet pkt;
	uint32_t len;
	uint8_t *p;

	while (!c->closing && evbuffer_copyout(in, &len, 4) == 4) {
		len = ntohl(len);
		if (evbuffer_get_length(in) < 4 + len)
			return;
		p = evbuffer_pullup(in, 4 + len);
		if (vici_packet_parse(p + 4, len, &pkt))
			abort(); /* the client is at fault */
		on_packet(c, &pkt);
		evbuffer_drain(in, 4 + len);
	}
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	conn_free(arg);
}

static void on_written(struct bufferevent *bev, void *arg)
{
	struct vici_peer_conn *c = arg;

	if (c->closing && !evbuffer_get_length(c->out))
		conn_free(c);
}

void vici_peer_close(struct vici_peer_conn *c)
{
	c->closing = true;
}

void vici_peer_hang_up(struct vici_peer *p)
{
	size_t i;

	for (i = 0; i < VICI_PEER_MAX; i++)
		if (p->conn[i])
			conn_free(p->conn[i]);
}

static void on_accept(struct evconnlistener *l, evutil_socket_t fd,
		      struct sockaddr *sa, int len, void *arg)
{
	struct vici_peer_conn *c = calloc(1, sizeof(*c));
	struct vici_peer *p = arg;
	size_t i = 0;

	while (p->conn[i])
		i++;
	p->conn[i] = c;
	c->peer = p;
	c->out = evbuffer_new();
	c->pump = event_new(p->base, -1, 0, on_pump, c);
	c->bev = bufferevent_socket_new(p->base, fd, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(c->bev, on_read, on_written, on_event, c);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

struct vici_peer *vici_peer_create(struct event_base *base, const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct vici_peer *p = mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		abort();
	p->base = base;
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	unlink(path);
	p->listener = evconnlistener_new_bind(base, on_accept, p,
					      LEV_OPT_CLOSE_ON_FREE, 8,
					      (struct sockaddr *)&sun,
					      sizeof(sun));
	if (!p->listener)
		abort();
	return p;
}

void vici_peer_destroy(struct vici_peer *p)
{
	vici_peer_hang_up(p);
	evconnlistener_free(p->listener);
	munmap(p, sizeof(*p));
}

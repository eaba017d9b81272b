// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file, read in slices of a few milliseconds: once to see that all of it can
 * be read, once to tell what it says. Keeps peers, but no routes. RFC 6396.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "bgp/msg.h"
#include "mrt/mrt.h"
#include "mrt/record.h"

#define ROOM "mrt"

enum {
	SLICE = 5, /* milliseconds */
	CHUNK = 64 * 1024, /* octets that are read at once */
	ESTABLISHED = 6,
	FAULTS_LOGGED = 10, /* of a file, while it is read */
};

/* What is done next. */
enum phase { IDLE, CHECK, BEGIN, REPLAY, END };

struct peer {
	struct peer *next;
	struct mrt_peer who;
	char name[64 + ADDR_STRLEN + 8];
	struct bgp_feed feed;
	bool met; /* in this reading */
};

/* One that the check has met. */
struct met {
	struct met *next;
	struct mrt_peer who;
};

struct mrt_file {
	struct mrt_conf conf;
	struct mrt_events events;
	void *user;
	struct event *turn;
	enum phase phase;
	enum mrt_state state;
	time_t since; /* CLOCK_MONOTONIC, of the state */
	int fd;
	uint8_t *in; /* a record and what was read on behind it */
	size_t have, at;
	uint64_t octet; /* in the file, of in[at] */
	uint8_t *update; /* MRT_UPDATE_MAX */
	struct bgp_scratch scratch;
	struct peer *peers; /* the one that was last asked for first */
	unsigned int n_peers; /* met, from the replay's begin on */
	struct met *met; /* likewise, of the check */
	unsigned int n_met;
	struct mrt_peer *index; /* of the table that is being read */
	bool *index_met; /* whose paths the check has met */
	size_t n_index;
	uint64_t records, skipped, unreadable;
	char *last_error;
};

enum { IN_SIZE = MRT_HEADER_LEN + MRT_RECORD_MAX + CHUNK };

static time_t now(void)
{
	return clock_s();
}

static void set_state(struct mrt_file *f, enum mrt_state state)
{
	f->state = state;
	f->since = now();
}

static void forget_met(struct mrt_file *f)
{
	while (f->met) {
		struct met *m = f->met;

		f->met = m->next;
		free(m);
	}
	f->n_met = 0;
}

/* Give back what only reading needs. */
static void close_file(struct mrt_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	free(f->in);
	f->in = NULL;
	free(f->update);
	f->update = NULL;
	free(f->index);
	f->index = NULL;
	free(f->index_met);
	f->index_met = NULL;
	f->n_index = 0;
	forget_met(f);
	free(f->scratch.prefixes);
	free(f->scratch.as_path);
	f->scratch = (struct bgp_scratch){ 0 };
	f->phase = IDLE;
}

static void fail(struct mrt_file *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static void fail(struct mrt_file *f, const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	free(f->last_error);
	f->last_error = xasprintf("%s: %s", f->conf.path, why);
	log_error(ROOM, "%s; what it said before stays", f->last_error);
	close_file(f);
	set_state(f, MRT_FAILED);
}

/* Wrong at this very place of the file. */
static bool fail_at(struct mrt_file *f, const char *why)
{
	fail(f, "octet %llu: %s", (unsigned long long)f->octet, why);
	return false;
}

/* One path or message that says nothing, in a file that is well otherwise. */
static void unreadable(struct mrt_file *f, const char *why)
{
	if (f->unreadable++ < FAULTS_LOGGED)
		log_warn(ROOM, "%s: octet %llu: %s: ignored", f->conf.path,
			 (unsigned long long)f->octet, why);
}

static struct peer *peer_new(struct mrt_file *f, const struct mrt_peer *who,
			     uint32_t local_as)
{
	struct bgp_feed_peer told = {
		.address = who->address,
		.as = who->as,
		.router_id = who->router_id,
		.ebgp = who->as != (local_as ? local_as : f->conf.as),
		.families = BGP_FEED_FAMILIES,
	};
	struct peer *p = xcalloc(1, sizeof(*p));
	char address[ADDR_STRLEN];

	p->who = *who;
	snprintf(p->name, sizeof(p->name), "%s: %s", f->conf.name,
		 addr_format(&who->address, address));
	p->feed.room = ROOM;
	p->feed.name = p->name;
	p->feed.own_as = local_as;
	p->feed.events = &f->events.feed;
	p->feed.arg = f->events.peer(f->user, &told);
	p->feed.ctx = (struct bgp_update_ctx){
		.families = BGP_FEED_FAMILIES | BGP_RTC,
		.sgi_subtype = f->conf.sgi_subtype,
		.ibgp = !told.ebgp,
		.feed = true,
	};
	p->next = f->peers;
	f->peers = p;
	return p;
}

static bool same_peer(const struct mrt_peer *a, const struct mrt_peer *b)
{
	return a->as == b->as && !addr_cmp(&a->address, &b->address);
}

static bool too_many(struct mrt_file *f)
{
	return fail_at(f, "there are more peers than are looked at");
}

/* The check meets a peer: it fails at the one that the replay could not take. */
static bool meet(struct mrt_file *f, const struct mrt_peer *who)
{
	struct met **at = &f->met, *m;

	while (*at && !same_peer(&(*at)->who, who))
		at = &(*at)->next;
	m = *at;
	if (m) {
		*at = m->next;
	} else {
		if (f->n_met == MRT_PEERS_MAX)
			return too_many(f);
		f->n_met++;
		m = xcalloc(1, sizeof(*m));
		m->who = *who;
	}
	m->next = f->met;
	f->met = m;
	return true;
}

static bool meet_path(struct mrt_file *f, uint16_t number)
{
	if (f->index_met[number])
		return true;
	f->index_met[number] = true;
	return meet(f, &f->index[number]);
}

/* local_as: 0 when the file does not say it. NULL: there are too many. */
static struct peer *peer_get(struct mrt_file *f, const struct mrt_peer *who,
			     uint32_t local_as)
{
	struct peer **at = &f->peers, *p;

	for (; *at; at = &(*at)->next) {
		p = *at;
		if (!same_peer(&p->who, who))
			continue;
		*at = p->next;
		p->next = f->peers;
		f->peers = p;
		break;
	}
	p = f->peers;
	if (p && p->met && same_peer(&p->who, who))
		return p;
	/* The check has counted: the file is another one since. */
	if (f->n_peers == MRT_PEERS_MAX)
		return NULL;
	if (!p || !same_peer(&p->who, who))
		p = peer_new(f, who, local_as);
	p->met = true;
	f->n_peers++;
	return p;
}

static void begin(struct mrt_file *f)
{
	struct peer *p;

	for (p = f->peers; p; p = p->next)
		p->met = false;
	f->n_peers = 0;
	forget_met(f);
	f->events.begin(f->user);
}

/* Peers that are no longer in the file have no routes left. */
static void end(struct mrt_file *f)
{
	struct peer **at = &f->peers, *p;

	f->events.end(f->user);
	while ((p = *at)) {
		if (p->met) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		if (p->feed.arg)
			f->events.peer_gone(p->feed.arg);
		free(p);
	}
}

/* The peers of a table, from its first record. */
static bool take_index(struct mrt_file *f, struct rd body)
{
	const char *why;
	uint16_t n;
	size_t i;

	if (!mrt_index_begin(&body, &n, &why))
		return fail_at(f, why);
	free(f->index);
	f->index = xcalloc(n + 1, sizeof(*f->index));
	free(f->index_met);
	f->index_met = xcalloc(n + 1, sizeof(*f->index_met));
	f->n_index = n;
	for (i = 0; i < n; i++) {
		if (!mrt_index_next(&body, &f->index[i], &why))
			return fail_at(f, why);
	}
	return true;
}

static bool replay_path(struct mrt_file *f, const struct mrt_rib *rib,
			const struct mrt_path *path)
{
	struct peer *p = peer_get(f, &f->index[path->peer], 0);
	char text[BGP_ERROR_TEXT];
	struct bgp_error e;
	const char *why;
	size_t len;

	if (!p)
		return too_many(f);
	if (!p->feed.arg)
		return true;
	len = mrt_path_update(rib, path, f->update, &why);
	if (!len) {
		unreadable(f, why);
		return true;
	}
	/* A table has what its owner made of it. */
	p->feed.ctx.as4 = true;
	p->feed.ctx.ibgp = true;
	p->feed.ctx.add_path = rib->add_path ? rib->family : 0;
	if (!bgp_feed_update(&p->feed, &f->scratch, f->update, len, &e))
		unreadable(f, bgp_error_text(&e, text));
	return true;
}

static bool take_rib(struct mrt_file *f, const struct mrt_header *h,
		     struct rd body)
{
	struct mrt_path path;
	struct mrt_rib rib;
	const char *why;
	unsigned int i;

	if (!mrt_rib_begin(&body, h, &rib, &why))
		return fail_at(f, why);
	for (i = 0; i < rib.n; i++) {
		if (!mrt_rib_next(&body, &rib, &path, &why))
			return fail_at(f, why);
		if (path.peer >= f->n_index)
			return fail_at(
				f, "a path of a peer that is not in the index");
		if (!rib.family)
			continue;
		if (f->phase == REPLAY ? !replay_path(f, &rib, &path) :
					 !meet_path(f, path.peer))
			return false;
	}
	f->skipped += !rib.family;
	return true;
}

static void lost(struct mrt_file *f, struct peer *p)
{
	if (p->feed.arg)
		f->events.peer_lost(p->feed.arg);
}

static void replay_message(struct mrt_file *f, struct peer *p,
			   const struct mrt_session *s)
{
	char text[BGP_ERROR_TEXT];
	struct bgp_header h;
	struct bgp_error e;

	if (bgp_header_decode(s->message.p, rd_left(&s->message),
			      BGP_MSG_EXT_MAX, &h, &e) < 1 ||
	    h.len != rd_left(&s->message)) {
		unreadable(f, "no BGP message where one should be");
		return;
	}
	if (h.type == BGP_MSG_NOTIFICATION)
		lost(f, p);
	if (h.type != BGP_MSG_UPDATE)
		return;
	p->feed.ctx.as4 = s->as4;
	p->feed.ctx.ibgp = s->peer.as == s->local_as;
	p->feed.ctx.add_path = s->add_path ? BGP_FEED_FAMILIES : 0;
	if (bgp_feed_update(&p->feed, &f->scratch,
			    s->message.p + BGP_HEADER_LEN,
			    h.len - BGP_HEADER_LEN, &e))
		return;
	/* As it has been for the router: the session is over. */
	unreadable(f, bgp_error_text(&e, text));
	lost(f, p);
}

static bool take_session(struct mrt_file *f, const struct mrt_header *h,
			 struct rd body)
{
	struct mrt_session s;
	const char *why;
	struct peer *p;

	if (!mrt_session_decode(body, h, &s, &why))
		return fail_at(f, why);
	if (s.local)
		return true;
	if (f->phase != REPLAY)
		return meet(f, &s.peer);
	p = peer_get(f, &s.peer, s.local_as);
	if (!p)
		return too_many(f);
	if (!p->feed.arg)
		return true;
	if (h->kind == MRT_MESSAGE)
		replay_message(f, p, &s);
	else if (s.from == ESTABLISHED && s.to != ESTABLISHED)
		lost(f, p);
	return true;
}

static bool take_record(struct mrt_file *f, const struct mrt_header *h,
			struct rd body)
{
	f->records++;
	switch (h->kind) {
	case MRT_INDEX:
		return take_index(f, body);
	case MRT_RIB:
		return take_rib(f, h, body);
	case MRT_MESSAGE:
	case MRT_STATE:
		return take_session(f, h, body);
	case MRT_OTHER:
		f->skipped++;
	}
	return true;
}

/* Read on; 1: there is more, 0: the file is at its end, -1: it failed. */
static int fill(struct mrt_file *f)
{
	ssize_t n;

	memmove(f->in, f->in + f->at, f->have - f->at);
	f->have -= f->at;
	f->at = 0;
	n = read(f->fd, f->in + f->have, CHUNK);
	if (n < 0) {
		fail(f, "reading failed: %s", strerror(errno));
		return -1;
	}
	f->have += n;
	return n > 0;
}

/* One record: 1: it is done, 0: there was none, -1: it failed. */
static int next_record(struct mrt_file *f)
{
	struct mrt_header h;
	const char *why;
	int rc;

	for (;;) {
		size_t here = f->have - f->at;

		rc = mrt_header_decode(f->in + f->at, here, &h, &why);
		if (rc < 0) {
			fail_at(f, why);
			return -1;
		}
		if (rc && here >= MRT_HEADER_LEN + h.len)
			break;
		rc = fill(f);
		if (rc > 0)
			continue;
		if (!rc && f->have) {
			fail_at(f, "the file ends within a record");
			return -1;
		}
		return rc;
	}
	if (!take_record(f, &h, rd_init(f->in + f->at + MRT_HEADER_LEN, h.len)))
		return -1;
	f->at += MRT_HEADER_LEN + h.len;
	f->octet += MRT_HEADER_LEN + h.len;
	return 1;
}

static bool rewind_file(struct mrt_file *f)
{
	f->have = 0;
	f->at = 0;
	f->octet = 0;
	f->n_index = 0;
	f->records = 0;
	f->skipped = 0;
	f->unreadable = 0;
	if (!lseek(f->fd, 0, SEEK_SET))
		return true;
	fail(f, "reading failed: %s", strerror(errno));
	return false;
}

static void open_file(struct mrt_file *f)
{
	struct stat st;

	close_file(f);
	/* A FIFO would make everything wait. */
	f->fd = open(f->conf.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (f->fd < 0 || fstat(f->fd, &st)) {
		fail(f, "%s", strerror(errno));
		return;
	}
	if (!S_ISREG(st.st_mode)) {
		fail(f, "it is no regular file");
		return;
	}
	f->in = malloc(IN_SIZE);
	f->update = malloc(MRT_UPDATE_MAX);
	if (!f->in || !f->update) {
		fail(f, "out of memory");
		return;
	}
	bgp_scratch_init(&f->scratch);
	set_state(f, MRT_READING);
	f->phase = CHECK;
	rewind_file(f);
}

/* End-of-RIB is not said in files. */
static void done(struct mrt_file *f)
{
	uint64_t octets = f->octet;

	close_file(f);
	f->octet = octets;
	free(f->last_error);
	f->last_error = NULL;
	set_state(f, MRT_LOADED);
	log_info(ROOM, "%s: read: %llu records of %u peers", f->conf.path,
		 (unsigned long long)f->records, f->n_peers);
}

/* Go on where reading has come to the file's end. */
static void at_end(struct mrt_file *f)
{
	if (f->phase == REPLAY)
		f->phase = END;
	else if (!f->records)
		fail(f, "it is empty");
	else if (rewind_file(f))
		f->phase = BEGIN;
}

/* One step; false when this slice is over whatever time is left. */
static bool step(struct mrt_file *f)
{
	switch (f->phase) {
	case CHECK:
	case REPLAY:
		if (!next_record(f))
			at_end(f);
		return true;
	case BEGIN:
		begin(f);
		f->phase = REPLAY;
		return true;
	case END:
		end(f);
		done(f);
		return false;
	case IDLE:
		break;
	}
	return false;
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval soon = { 0 };
	struct mrt_file *f = arg;
	uint64_t until = clock_ms() + SLICE;

	(void)fd;
	(void)what;
	while (step(f) && clock_ms() < until)
		;
	if (f->phase != IDLE)
		evtimer_add(f->turn, &soon);
}

static void read_all(struct mrt_file *f)
{
	static const struct timeval soon = { 0 };

	open_file(f);
	if (f->phase != IDLE)
		evtimer_add(f->turn, &soon);
}

struct mrt_file *mrt_file_create(struct event_base *base,
				 const struct mrt_conf *conf,
				 const struct mrt_events *ev, void *user)
{
	struct mrt_file *f = xcalloc(1, sizeof(*f));

	f->conf = *conf;
	f->conf.path = xstrdup(conf->path);
	f->events = *ev;
	f->user = user;
	f->fd = -1;
	f->turn = evtimer_new(base, on_turn, f);
	if (!f->turn) {
		log_error(ROOM, "out of memory");
		abort();
	}
	read_all(f);
	return f;
}

void mrt_file_reconfigure(struct mrt_file *f, const char *path, uint32_t as,
			  uint8_t sgi_subtype)
{
	struct peer *p;

	free(f->conf.path);
	f->conf.path = xstrdup(path);
	f->conf.as = as;
	f->conf.sgi_subtype = sgi_subtype;
	for (p = f->peers; p; p = p->next)
		p->feed.ctx.sgi_subtype = sgi_subtype;
	read_all(f);
}

void mrt_file_destroy(struct mrt_file *f)
{
	close_file(f);
	while (f->peers) {
		struct peer *p = f->peers;

		f->peers = p->next;
		free(p);
	}
	event_free(f->turn);
	free(f->last_error);
	free(f->conf.path);
	free(f);
}

enum mrt_state mrt_file_state(const struct mrt_file *f)
{
	return f->state;
}

json_t *mrt_file_json(const struct mrt_file *f)
{
	static const char *const states[] = {
		[MRT_READING] = "reading",
		[MRT_LOADED] = "loaded",
		[MRT_FAILED] = "failed",
	};
	uint64_t told = 0, faults = f->unreadable;
	const struct peer *p;

	for (p = f->peers; p; p = p->next) {
		told += p->feed.reached;
		faults += p->feed.treated_as_withdrawn;
	}
	return json_pack(
		"{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s?}",
		"name", f->conf.name, "file", f->conf.path, "state",
		states[f->state], "since", (json_int_t)(now() - f->since),
		"octets", (json_int_t)f->octet, "records",
		(json_int_t)f->records, "skipped", (json_int_t)f->skipped,
		"peers", (json_int_t)f->n_peers, "announced", (json_int_t)told,
		"faults", (json_int_t)faults, "last-error", f->last_error);
}

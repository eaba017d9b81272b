// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who changes what is told apart by the port of the netlink socket that asked
 * for it. The requests of this daemon are synchronous: whenever this is run,
 * what the kernel holds is what we know of, or somebody else's.
 */
#include "core/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/inspection.h"
#include "kern/events.h"

#define ROOM "audit"
/* Changes that come together are looked at together. */
#define SOON_MS 2

struct audit {
	struct daemon *d;
	struct kern_events *events; /* NULL: the kernel does not tell */
	struct event *readable, *due;
	bool changed; /* by somebody else, since the last time */
	unsigned int took_ms; /* the last time */
	char who[96]; /* the last one who did, and what */
};

/* Somebody who never stops does not keep us from everything else. */
void audit_soon(struct audit *a, unsigned int took_ms)
{
	unsigned int ms = SOON_MS + took_ms;
	const struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	a->changed = true;
	if (!evtimer_pending(a->due, NULL))
		evtimer_add(a->due, &tv);
}

static void on_event(void *arg, const struct kern_event *e)
{
	const struct kern_change *c = &e->change;
	struct audit *a = arg;

	if (e->type == KERN_EVENT_LOST) {
		snprintf(a->who, sizeof(a->who), "nobody knows who");
		audit_soon(a, a->took_ms);
	} else if (e->type == KERN_EVENT_CHANGE &&
		   c->port != kern_port(a->d->kern)) {
		snprintf(a->who, sizeof(a->who), "%s (process %u, %s)", c->comm,
			 c->pid, kern_command_name(c->cmd));
		audit_soon(a, a->took_ms);
	}
}

static void readable(evutil_socket_t fd, short what, void *arg)
{
	struct audit *a = arg;

	if (kern_events_read(a->events, on_event, a) >= 0)
		return;
	log_error(
		ROOM,
		"the kernel's events cannot be read any more: changes by others are seen late");
	event_free(a->readable);
	a->readable = NULL;
	kern_events_close(a->events);
	a->events = NULL;
}

static void due(evutil_socket_t fd, short what, void *arg)
{
	audit_run(arg);
}

struct audit *audit_create(struct daemon *d, char *why, size_t why_len)
{
	struct audit *a = xcalloc(1, sizeof(*a));

	a->d = d;
	if (kern_events_open(&a->events, why, why_len) < 0) {
		free(a);
		return NULL;
	}
	a->due = evtimer_new(d->base, due, a);
	a->readable = event_new(d->base, kern_events_fd(a->events),
				EV_READ | EV_PERSIST, readable, a);
	if (a->due && a->readable && !event_add(a->readable, NULL))
		return a;
	snprintf(why, why_len, "out of memory");
	audit_free(a);
	return NULL;
}

void audit_free(struct audit *a)
{
	if (!a)
		return;
	if (a->readable)
		event_free(a->readable);
	if (a->due)
		event_free(a->due);
	kern_events_close(a->events);
	free(a);
}

static int vpn_seen(void *arg, const struct kern_vpn *k)
{
	struct audit_vpns *l = arg;

	l->list = xrealloc(l->list, (l->n + 1) * sizeof(*l->list));
	l->list[l->n++] = *k;
	return 0;
}

static void vpns_again(void *arg)
{
	((struct audit_vpns *)arg)->n = 0;
}

int audit_vpns(struct kern *kern, struct audit_vpns *l)
{
	memset(l, 0, sizeof(*l));
	return kern_vpns(kern, vpn_seen, vpns_again, l);
}

bool audit_queue(struct daemon *d)
{
	const struct conf_queue *c = &d->conf->queue;
	const struct kern_queue q = {
		.packets = c->packets,
		.bytes = c->bytes,
		.age = c->age * 1000,
		.total = c->total,
	};
	struct kern_info info;

	if (kern_info(d->kern, &info) < 0)
		goto fail;
	if (!memcmp(&info.queue, &q, sizeof(q)))
		return false;
	if (kern_queue_set(d->kern, &q) < 0)
		goto fail;
	log_info(
		ROOM,
		"packets may wait for SAs: %u a gateway, %u octets, %u s; %u octets of all",
		q.packets, q.bytes, c->age, q.total);
	return true;
fail:
	log_error(ROOM, "the limits of what waits are not set: %s",
		  kern_error(d->kern));
	return false;
}

static const struct kern_vpn *find(const struct audit_vpns *l, uint32_t table)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (l->list[i].id == table)
			return &l->list[i];
	}
	return NULL;
}

/*
 * Return: how much was not as it should be, entries of VPNs aside, or a
 * negative errno.
 */
static int compare(struct audit *a, bool whole, const char *who)
{
	struct daemon *d = a->d;
	struct audit_vpns l;
	size_t i, n = 0;
	int err;

	n = audit_queue(d);
	err = gateways_audit(&d->gateways, whole, who);
	if (err < 0)
		return err;
	n += (size_t)err;
	err = audit_vpns(d->kern, &l);
	for (i = 0; err >= 0 && i < d->n_vpns; i++)
		inspection_begin(d->vpns[i], find(&l, d->vpns[i]->table), whole,
				 who);
	free(l.list);
	return err < 0 ? err : (int)n;
}

void audit_run(struct audit *a)
{
	uint64_t start = clock_ms();
	bool changed = a->changed;
	int n;

	a->changed = false;
	n = compare(a, changed || !a->events,
		    changed ? a->who : "nobody knows who");
	if (n < 0) {
		a->changed = changed;
		log_error(ROOM, "the kernel's table cannot be looked at: %s",
			  kern_error(a->d->kern));
	} else if (n) {
		core_schedule(a->d);
	}
	a->took_ms = (unsigned int)(clock_ms() - start);
}

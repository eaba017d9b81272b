/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The room's second face: what the kernel tells unasked, on a socket of its
 * own that never blocks.
 */
#ifndef CESTEER_KERN_EVENTS_H
#define CESTEER_KERN_EVENTS_H

#include <stddef.h>
#include "kern/kern.h"

enum kern_event_type {
	KERN_EVENT_CHANGE,
	KERN_EVENT_GATEWAY,
	KERN_EVENT_DROP,
	KERN_EVENT_LOST, /* the socket overflowed: some events are missing */
};

struct kern_change {
	uint32_t vpn; /* 0 also where it was about none */
	uint8_t cmd; /* enum cesteer_cmd */
	uint32_t added, replaced, deleted;
	uint32_t port; /* of the socket that asked for it */
	uint32_t pid; /* of that process */
	char comm[16];
};

struct kern_drop {
	uint32_t vpn, reason;
	char reason_name[32];
	struct addr src, dst;
	uint8_t proto;
	uint32_t gateway; /* id; 0: none */
};

struct kern_event {
	enum kern_event_type type;
	union {
		struct kern_change change;
		struct kern_gateway gateway;
		struct kern_drop drop;
	};
};

struct kern_events;

/* As kern_open(). */
int kern_events_open(struct kern_events **ep, char *why, size_t why_len);
void kern_events_close(struct kern_events *e);
/* To poll for reading. */
int kern_events_fd(const struct kern_events *e);
/*
 * Read what is there. 0, or a negative errno: the socket is of no more use.
 * Events of a kind that this program does not know are left out.
 */
int kern_events_read(struct kern_events *e,
		     void (*cb)(void *arg, const struct kern_event *event),
		     void *arg);

/* "route-new", ... */
const char *kern_command_name(uint8_t cmd);

#endif /* CESTEER_KERN_EVENTS_H */

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A ring. Numbers begin with the time of the start, so that they grow also
 * across restarts of the daemon and who follows them misses nothing.
 */
#include "core/journal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "base/mem.h"

#define ROOM "event"
#define KEPT 512

struct entry {
	time_t at; /* CLOCK_REALTIME */
	const char *event; /* static */
	char vpn[33];
	char subject[PREFIX_STRLEN];
	char text[200];
};

struct journal {
	uint64_t first, n; /* first: the number of the one before the first */
	struct entry ring[KEPT];
};

struct journal *journal_create(void)
{
	struct journal *j = xcalloc(1, sizeof(*j));

	j->first = (uint64_t)time(NULL) << 20;
	return j;
}

void journal_free(struct journal *j)
{
	free(j);
}

void journal_add(struct journal *j, enum log_level level, const char *event,
		 const char *vpn, const char *subject, const char *fmt, ...)
{
	struct entry *e = &j->ring[j->n++ % KEPT];
	va_list ap;

	e->at = time(NULL);
	e->event = event;
	snprintf(e->vpn, sizeof(e->vpn), "%s", vpn ? vpn : "");
	snprintf(e->subject, sizeof(e->subject), "%s", subject);
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	log_write(level, ROOM, "%s%s%s: %s: %s", e->vpn, vpn ? ": " : "",
		  e->subject, event, e->text);
}

json_t *journal_json(const struct journal *j, uint64_t after)
{
	uint64_t i = j->n > KEPT ? j->n - KEPT : 0;
	json_t *list = json_array();

	if (after > j->first + i)
		i = after - j->first;
	for (; i < j->n; i++) {
		const struct entry *e = &j->ring[i % KEPT];

		json_array_append_new(
			list,
			json_pack("{s:I, s:I, s:s, s:s, s:s, s:s}", "number",
				  (json_int_t)(j->first + i + 1), "time",
				  (json_int_t)e->at, "event", e->event, "vpn",
				  e->vpn, "subject", e->subject, "text",
				  e->text));
	}
	return list;
}

uint64_t journal_last(const struct journal *j)
{
	return j->first + j->n;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an operator should hear of: protection that was taken away, claims that
 * policy rejects, traffic that moved. Each is logged, and the last ones are
 * kept for who asks later.
 */
#ifndef CESTEER_CORE_JOURNAL_H
#define CESTEER_CORE_JOURNAL_H

#include <jansson.h>
#include "base/addr.h"
#include "base/log.h"

struct journal;

struct journal *journal_create(void);
void journal_free(struct journal *j);
/*
 * event: one of the words of daemon.h; vpn may be NULL; subject: a prefix or
 * an address. The log has "SUBJECT: TEXT", with the VPN's name before it.
 */
void journal_add(struct journal *j, enum log_level level, const char *event,
		 const char *vpn, const char *subject, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
/* A new array of the events whose number is above after, in order. */
json_t *journal_json(const struct journal *j, uint64_t after);
/* The number of the last event, or what the next one will be above. */
uint64_t journal_last(const struct journal *j);

#endif /* CESTEER_CORE_JOURNAL_H */

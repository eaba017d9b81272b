// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Three parts: mark what is ours, read what the kernel has, look what is left.
 */
#include "core/inspection.h"

#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/audit.h"
#include "core/journal.h"
#include "core/vpn.h"
#include "kern/reading.h"

#define ROOM "vpn"

struct inspection {
	struct kern_reading *reading; /* NULL: not the second part */
	bool whole; /* somebody was heard */
	bool vpn; /* the VPN itself was not as it should be */
	bool again; /* somebody was heard since */
	bool gone; /* the kernel had nothing of it */
	bool failed; /* to read what the kernel has */
	size_t sources, others; /* entries that nobody here has made */
	uint64_t began_ms;
	char who[96];
};

/*
 * Ours, which then is not missing unless it was changed, or one to be removed.
 */
static int seen(void *arg, const struct kern_route *k)
{
	static const struct hold_state nobody = { JOIN_NO_PATH, 0 };
	struct vpn *v = arg;
	struct rib_entry *e = rib_find(v->rib, &k->prefix);
	const struct target *was =
		e ? targets_at(&v->d->targets, rib_entry_number(e)) : NULL;
	int err;

	if (was) {
		if (kern_target_equal(&was->kern, &k->target))
			rib_entry_mark(e, ENTRY_MISSING, false);
		return 0;
	}
	v->inspection->others++;
	err = vpn_take_over(v, k, &nobody, &e);
	if (!err)
		rib_dirty(v->rib, e);
	return err;
}

static bool check(struct vpn *v, struct rib_entry *e)
{
	bool missing = rib_entry_marked(e, ENTRY_MISSING);

	if (v->inspection->failed) {
		rib_entry_mark(e, ENTRY_MISSING, false);
		return false;
	}
	if (missing)
		rib_dirty(v->rib, e);
	return missing;
}

static void checked(struct vpn *v, size_t entries)
{
	struct inspection *s = v->inspection;

	if (s->vpn || s->sources || entries || s->others)
		journal_add(
			v->d->journal, LOG_LEVEL_WARN, "changed", v->name, "-",
			"somebody else changed the kernel's table, it is put right: %zu entries and %zu source prefixes, %zu entries of others%s: %s",
			entries, s->sources, s->others,
			s->vpn ? ", the VPN itself" : "", s->who);
	else if (s->whole && !s->failed)
		log_info(ROOM, "%s: changed beside us, to no effect: %s",
			 v->name, s->who);
	v->inspection = NULL;
	if (s->again)
		audit_soon(v->d->audit,
			   (unsigned int)(clock_ms() - s->began_ms));
	free(s);
	core_schedule(v->d);
}

/* The next audit looks again; which are missing may be known all the same. */
static void fail(struct vpn *v, const char *why)
{
	log_error(ROOM, "%s: entries not read, they are looked at again: %s",
		  v->name, why);
	v->inspection->failed = !v->inspection->gone;
	v->unread = true;
}

static void read_on(struct vpn *v, uint64_t until_us)
{
	struct inspection *s = v->inspection;
	int err = kern_reading_next(s->reading, until_us, seen, v);

	if (err == 1)
		return;
	if (err < 0)
		fail(v, kern_reading_error(s->reading));
	kern_reading_close(s->reading);
	s->reading = NULL;
	pass_start(v, PASS_INSPECTION, check, checked);
}

static bool mark(struct vpn *v, struct rib_entry *e)
{
	bool installed = rib_entry_number(e);

	rib_entry_mark(e, ENTRY_MISSING, installed);
	return installed;
}

static void marked(struct vpn *v, size_t n)
{
	char why[256];

	if (!kern_reading_open(&v->inspection->reading, v->table, why,
			       sizeof(why)))
		return;
	fail(v, why);
	pass_start(v, PASS_INSPECTION, check, checked);
}

void inspection_begin(struct vpn *v, const struct kern_vpn *k, bool whole,
		      const char *who)
{
	bool vpn = !k || k->default_action != v->conf->default_action;
	struct inspection *s = v->inspection;
	size_t sources, devices;

	v->unread |= whole;
	if (s) {
		s->again |= whole;
		return;
	}
	if (v->unset ||
	    (!v->unread && !vpn && k->routes == v->installed &&
	     (v->sources.refused || k->sources == v->conf->n_sources)))
		return;
	sources = vpn_install(v, &devices);
	v->unread = v->unset;
	s = xcalloc(1, sizeof(*s));
	s->began_ms = clock_ms();
	s->whole = whole;
	s->vpn = vpn || devices;
	s->gone = !k;
	s->sources = sources;
	snprintf(s->who, sizeof(s->who), "%s", who);
	v->inspection = s;
	if (v->unset)
		checked(v, 0);
	else
		pass_start(v, PASS_INSPECTION, mark, marked);
}

void inspection_run(struct vpn *v, uint64_t until_us)
{
	if (v->inspection && v->inspection->reading)
		read_on(v, until_us);
}

void inspection_stop(struct vpn *v)
{
	if (!v->inspection)
		return;
	kern_reading_close(v->inspection->reading);
	free(v->inspection);
	v->inspection = NULL;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each entry that the kernel tells, held until it is confirmed.
 */
#include "core/adoption.h"

#include <errno.h>
#include <stdlib.h>
#include "base/log.h"
#include "base/mem.h"
#include "core/vpn.h"
#include "kern/reading.h"

#define ROOM "vpn"

/* All since the same second, whatever it takes: they share their targets. */
struct adoption {
	struct kern_reading *reading;
	struct hold_state why;
};

bool adoption_begin(struct vpn *v)
{
	struct adoption *a;
	char why[256];

	if (v->adoption)
		return true;
	a = xcalloc(1, sizeof(*a));
	a->why = (struct hold_state){ JOIN_ADOPTED, (uint32_t)core_now() };
	if (kern_reading_open(&a->reading, v->table, why, sizeof(why)) < 0) {
		log_error(ROOM, "%s: entries not read: %s", v->name, why);
		free(a);
		return false;
	}
	v->adoption = a;
	return true;
}

static int adopt(void *arg, const struct kern_route *k)
{
	struct vpn *v = arg;
	struct rib_entry *e;
	int err = vpn_take_over(v, k, &v->adoption->why, &e);

	if (!err)
		rib_entry_mark(e, ENTRY_ADOPTED, true);
	return err;
}

bool adoption_run(struct vpn *v, uint64_t until_us)
{
	int err = kern_reading_next(v->adoption->reading, until_us, adopt, v);

	if (err == 1)
		return true;
	/* It is tried again, as all that the kernel refuses. */
	if (err < 0)
		log_error(ROOM, "%s: entries not read: %s", v->name,
			  kern_reading_error(v->adoption->reading));
	adoption_stop(v);
	if (err < 0)
		return false;
	if (v->installed)
		log_info(ROOM, "%s: %zu entries taken over from the kernel",
			 v->name, v->installed);
	v->adopted = true;
	v->unset = false;
	return false;
}

void adoption_stop(struct vpn *v)
{
	if (!v->adoption)
		return;
	kern_reading_close(v->adoption->reading);
	free(v->adoption);
	v->adoption = NULL;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A cursor a pass.
 */
#include "core/pass.h"

#include "base/clock.h"
#include "core/core.h"

/* Entries between two looks at the clock: some microseconds. */
#define STEP 128

void pass_start(struct vpn *v, enum pass_kind kind,
		bool (*visit)(struct vpn *v, struct rib_entry *e),
		void (*end)(struct vpn *v, size_t n))
{
	v->passes[kind] = (struct pass){ .visit = visit, .end = end };
	core_schedule(v->d);
}

void pass_again(struct vpn *v, enum pass_kind kind,
		bool (*visit)(struct vpn *v, struct rib_entry *e))
{
	struct pass *p = &v->passes[kind];

	if (!p->visit)
		pass_start(v, kind, visit, NULL);
	else if (p->cursor)
		p->again = true;
}

bool pass_under_way(const struct vpn *v, enum pass_kind kind)
{
	return v->passes[kind].visit;
}

bool pass_ahead(const struct vpn *v, enum pass_kind kind,
		const struct rib_entry *e)
{
	const struct pass *p = &v->passes[kind];

	return p->visit && !rib_walked(e, p->cursor);
}

/* True: it goes on. */
static bool step(struct vpn *v, struct pass *p, size_t n)
{
	struct rib_entry *e = NULL;
	struct pass was;

	if (!p->visit)
		return false;
	while (n && (e = rib_walk(v->rib, &p->cursor))) {
		p->n += p->visit(v, e);
		n--;
	}
	if (!n)
		return true;
	if (p->again) {
		*p = (struct pass){ .visit = p->visit };
		return true;
	}
	/* The end may start it again. */
	was = *p;
	p->visit = NULL;
	if (was.end)
		was.end(v, was.n);
	return p->visit;
}

void pass_finish(struct vpn *v, enum pass_kind kind)
{
	while (step(v, &v->passes[kind], SIZE_MAX))
		;
}

bool pass_all(struct vpn *v, uint64_t until_us)
{
	size_t i;
	bool more;

	do {
		more = rib_tidy(v->rib, STEP);
		for (i = 0; i < PASS_KINDS; i++)
			more |= step(v, &v->passes[i], STEP);
	} while (more && clock_us() < until_us);
	return more;
}

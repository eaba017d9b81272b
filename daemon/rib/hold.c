// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The states of a hold: withdrawn and downgraded, each with its time, and
 * back.
 */
#include "rib/hold.h"

bool hold_is_held(enum join_reason reason)
{
	return reason == JOIN_WITHDRAWN || reason == JOIN_DOWNGRADED ||
	       reason == JOIN_ADOPTED;
}

uint32_t hold_end(const struct hold_policy *p, const struct hold_state *s)
{
	uint32_t time = s->reason == JOIN_WITHDRAWN  ? p->withdrawn :
			s->reason == JOIN_DOWNGRADED ? p->downgraded :
						       HOLD_FOREVER;

	if (!time)
		return s->since;
	/*
	 * The clock's seconds: it may be the next one at once. Forever also for
	 * what it does not reach.
	 */
	return time >= HOLD_FOREVER - s->since - 1 ? HOLD_FOREVER :
						     s->since + time + 1;
}

/* What the loss is called; JOIN_LEARNED: it is none. */
static enum join_reason loss(enum join_reason said)
{
	switch (said) {
	case JOIN_NO_PATH:
		return JOIN_WITHDRAWN;
	case JOIN_NO_IDENTITY:
	case JOIN_OWN_IDENTITY:
	case JOIN_REJECTED:
	case JOIN_LIMITED:
		return JOIN_DOWNGRADED;
	case JOIN_ORIGINATED:
	case JOIN_LEARNED:
	case JOIN_STATIC:
	case JOIN_WITHDRAWN:
	case JOIN_DOWNGRADED:
	case JOIN_ADOPTED:
		break;
	}
	return JOIN_LEARNED;
}

bool hold_decide(const struct hold_policy *p, const struct hold_state *was,
		 enum join_reason said, uint32_t now, struct hold_state *held)
{
	enum join_reason reason = loss(said);

	if (reason == JOIN_LEARNED ||
	    (was->reason != JOIN_LEARNED && !hold_is_held(was->reason)))
		return false;
	held->reason = reason;
	held->since = was->reason == reason ? was->since : now;
	return now < hold_end(p, held);
}

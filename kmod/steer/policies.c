// SPDX-License-Identifier: GPL-2.0-only
/*
 * XFRM says when a policy comes, before the request that brought it is answered:
 * from then on no packet is spared (spare.c). When some have gone, all that are
 * left are looked at, later and in a work item. Owns no policy.
 */
#include "policies.h"
#include "xfrm.h"

/*
 * Policies that go mostly go together. What comes or goes behind a look's
 * beginning voids it, and has the next one follow.
 */
#define LATER (HZ / 10)

static void look(struct work_struct *work)
{
	struct cs_policies *p =
		container_of(to_delayed_work(work), struct cs_policies, work);
	bool found;
	u32 events;

	spin_lock_bh(&p->lock);
	events = p->events;
	spin_unlock_bh(&p->lock);
	found = cs_xfrm_has_foreign_policy(p->net);
	spin_lock_bh(&p->lock);
	if (p->open && p->events == events)
		WRITE_ONCE(p->foreign, found);
	spin_unlock_bh(&p->lock);
}

void cs_policies_init(struct cs_policies *p, struct net *net)
{
	p->net = net;
	p->foreign = true;
	p->open = false;
	p->events = 0;
	spin_lock_init(&p->lock);
	INIT_DELAYED_WORK(&p->work, look);
}

void cs_policies_open(struct cs_policies *p)
{
	spin_lock_bh(&p->lock);
	p->open = true;
	schedule_delayed_work(&p->work, 0);
	spin_unlock_bh(&p->lock);
}

void cs_policies_close(struct cs_policies *p)
{
	spin_lock_bh(&p->lock);
	p->open = false;
	WRITE_ONCE(p->foreign, true);
	spin_unlock_bh(&p->lock);
	cancel_delayed_work_sync(&p->work);
}

void cs_policies_changed(struct cs_policies *p, bool came)
{
	spin_lock_bh(&p->lock);
	p->events++;
	if (came)
		WRITE_ONCE(p->foreign, true);
	if (p->open && p->foreign)
		schedule_delayed_work(&p->work, LATER);
	spin_unlock_bh(&p->lock);
}

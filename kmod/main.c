// SPDX-License-Identifier: GPL-2.0-only
/*
 * cesteer: steers a customer-edge gateway's traffic into IPsec. This file is
 * the ladder that brings the rooms up, and down in reverse; README.md in this
 * folder says what each of them owns.
 */
#include <linux/init.h>
#include <linux/module.h>

#include "hooks/release.h"
#include "netlink/family.h"
#include "netlink/notify.h"
#include "netns/netns.h"
#include "queue/queue.h"
#include "steer/xfrm.h"

static int __init cesteer_init(void)
{
	int err;

	err = cs_queue_start();
	if (err)
		return err;
	err = cs_netns_init();
	if (err)
		goto err_queue;
	cs_xfrm_watch(cs_release_changed, cs_netns_policy_changed);
	err = cs_netlink_init();
	if (err)
		goto err_netns;
	return 0;

err_netns:
	cs_xfrm_unwatch();
	cs_netns_fini();
err_queue:
	cs_queue_stop();
	return err;
}

static void __exit cesteer_exit(void)
{
	cs_netlink_fini();
	cs_xfrm_unwatch();
	cs_netns_fini();
	cs_queue_stop();
}

module_init(cesteer_init);
module_exit(cesteer_exit);

MODULE_DESCRIPTION("Steers traffic to trusted subnets into IPsec");
MODULE_AUTHOR("The cesteer authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(CESTEER_VERSION);
MODULE_ALIAS_GENL_FAMILY(CESTEER_GENL_NAME);

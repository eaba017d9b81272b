/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the room: the keys under "gateways[].manual".
 */
#ifndef CESTEER_CONF_MANUAL_H
#define CESTEER_CONF_MANUAL_H

#include "conf/doc.h"
#include "ike/ike.h"

/*
 * Read the SAs of one gateway (m->gateway is left alone); m is zeroed, and to
 * be wiped whatever the result.
 */
bool manual_read(struct doc *d, yaml_node_t *node, struct ike_manual *m);
void manual_wipe(struct ike_manual *m);
/* Take over m, unless it is in the way of another. */
bool manual_take(struct doc *d, yaml_node_t *node, struct ike_conf *conf,
		 const struct ike_manual *m);

#endif /* CESTEER_CONF_MANUAL_H */

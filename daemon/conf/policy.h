/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the room: what a VPN does when protection is taken away, and
 * which identities it takes.
 */
#ifndef CESTEER_CONF_POLICY_H
#define CESTEER_CONF_POLICY_H

#include "conf/conf.h"
#include "conf/doc.h"

void policy_defaults(struct conf_vpn *v);
/* Field readers: dst is a struct conf_vpn. */
bool policy_read_hold(struct doc *d, yaml_node_t *node, void *dst,
		      const struct doc_field *f);
bool policy_read_identities(struct doc *d, yaml_node_t *node, void *dst,
			    const struct doc_field *f);
void policy_free(struct conf_vpn *v);

#endif /* CESTEER_CONF_POLICY_H */

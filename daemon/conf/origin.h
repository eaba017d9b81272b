/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the room: what is announced, and with which identities.
 */
#ifndef CESTEER_CONF_ORIGIN_H
#define CESTEER_CONF_ORIGIN_H

#include "conf/conf.h"
#include "conf/doc.h"

/* Field reader: struct bgp_gateways, a list of at least one. */
bool origin_read_gateways(struct doc *d, yaml_node_t *node, void *dst,
			  const struct doc_field *f);
/* Field reader, "trusted-subnets": dst is a struct conf_vpn. */
bool origin_read_list(struct doc *d, yaml_node_t *node, void *dst,
		      const struct doc_field *f);
/* Field readers, "distinguisher", "export-targets" and "label": the same dst. */
bool origin_read_rd(struct doc *d, yaml_node_t *node, void *dst,
		    const struct doc_field *f);
bool origin_read_targets(struct doc *d, yaml_node_t *node, void *dst,
			 const struct doc_field *f);
bool origin_read_label(struct doc *d, yaml_node_t *node, void *dst,
		       const struct doc_field *f);
/* Once an item of "vpns" was read, the last of c's: what goes with what. */
bool origin_check(struct doc *d, yaml_node_t *item, const struct conf *c);
/* Once the file was read: the identities of those that name none; in order. */
void origin_settle(const struct conf *c, struct conf_vpn *v);
/* Then: what all VPNs together announce to the neighbors that carry them. */
void origin_export(struct conf *c);

#endif /* CESTEER_CONF_ORIGIN_H */

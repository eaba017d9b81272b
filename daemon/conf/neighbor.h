/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the room: the keys of one neighbor.
 */
#ifndef CESTEER_CONF_NEIGHBOR_H
#define CESTEER_CONF_NEIGHBOR_H

#include "bgp/bgp.h"
#include "conf/doc.h"

/*
 * Read an item of a list of neighbors into p, which is zeroed. families: what
 * it may offer, and does unless the item says otherwise.
 */
bool neighbor_read(struct doc *d, yaml_node_t *item, struct bgp_peer_conf *p,
		   uint8_t families);
/* Field reader: char[NEIGHBOR_MD5_MAX + 1], a password from a file. */
#define NEIGHBOR_MD5_MAX 80
bool neighbor_read_md5(struct doc *d, yaml_node_t *node, void *dst,
		       const struct doc_field *f);
/* Forget its secret. */
void neighbor_wipe(struct bgp_peer_conf *p);

#endif /* CESTEER_CONF_NEIGHBOR_H */

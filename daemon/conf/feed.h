/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the room: the keys under "bmp" and "mrt", routes that come by
 * other ways than sessions of ours.
 */
#ifndef CESTEER_CONF_FEED_H
#define CESTEER_CONF_FEED_H

#include "conf/conf.h"
#include "conf/doc.h"

void feed_defaults(struct conf *c);
/* Field readers: dst is a struct conf. */
bool feed_read_bmp(struct doc *d, yaml_node_t *node, void *dst,
		   const struct doc_field *f);
bool feed_read_mrt(struct doc *d, yaml_node_t *node, void *dst,
		   const struct doc_field *f);
/* What can only be checked once the whole file was read. */
bool feed_check(struct doc *d, yaml_node_t *root, struct conf *c);
void feed_free(struct conf *c);

#endif /* CESTEER_CONF_FEED_H */

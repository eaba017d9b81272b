/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the room: the keys under "ike".
 */
#ifndef CESTEER_CONF_IKE_H
#define CESTEER_CONF_IKE_H

#include "conf/conf.h"
#include "conf/doc.h"

/* Field reader: dst is a struct conf. */
bool conf_read_ike(struct doc *d, yaml_node_t *node, void *dst,
		   const struct doc_field *f);
/* Field reader: char *, how one peer names itself; nothing that names many. */
bool conf_read_identity(struct doc *d, yaml_node_t *node, void *dst,
			const struct doc_field *f);
/* What can only be checked, or filled in, once the whole file was read. */
bool conf_check_ike(struct doc *d, yaml_node_t *root, struct conf *c);

#endif /* CESTEER_CONF_IKE_H */

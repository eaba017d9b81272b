/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the room: the keys under "gateways".
 */
#ifndef CESTEER_CONF_GATEWAY_H
#define CESTEER_CONF_GATEWAY_H

#include "conf/conf.h"
#include "conf/doc.h"

/* Field reader: dst is a struct conf. */
bool conf_read_gateways(struct doc *d, yaml_node_t *node, void *dst,
			const struct doc_field *f);
/* Field reader: uint8_t, enum cesteer_mode. */
bool conf_read_mode(struct doc *d, yaml_node_t *node, void *dst,
		    const struct doc_field *f);

#endif /* CESTEER_CONF_GATEWAY_H */

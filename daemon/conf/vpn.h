/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the room: the keys under "vpns".
 */
#ifndef CESTEER_CONF_VPN_H
#define CESTEER_CONF_VPN_H

#include "conf/conf.h"
#include "conf/doc.h"

/* Field reader: dst is a struct conf. */
bool vpn_read_list(struct doc *d, yaml_node_t *node, void *dst,
		   const struct doc_field *f);
/* What can only be checked once the whole file was read. */
bool vpn_check(struct doc *d, struct conf *c);
/* An item of a list in a VPN, for what is checked before lists are sorted. */
yaml_node_t *vpn_item(struct doc *d, size_t vpn, const char *list, size_t i);
void vpn_free(struct conf_vpn *v);
/* Two addresses to listen on, as struct bgp_speaker_conf has them. */
struct conf_listen {
	struct addr a4, a6; /* family 0: none */
};

/* Field reader: struct conf_listen. */
bool conf_read_listen(struct doc *d, yaml_node_t *node, void *dst,
		      const struct doc_field *f);
/* The path in a value: relative ones are relative to the file's folder. */
char *conf_path(const struct doc *d, const char *path);
/* Field reader: char *, a path. */
bool conf_read_path(struct doc *d, yaml_node_t *node, void *dst,
		    const struct doc_field *f);
/* The same, of a socket. */
bool conf_read_socket(struct doc *d, yaml_node_t *node, void *dst,
		      const struct doc_field *f);

#endif /* CESTEER_CONF_VPN_H */

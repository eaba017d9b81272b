// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The keys of routers that speak BMP, and of MRT files.
 */
#include "conf/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/text.h"
#include "bgp/target.h"
#include "conf/neighbor.h"
#include "conf/vpn.h"

#define FIELD(type, name, member, reader, ...)                                 \
	{                                                                      \
		.key = name, .read = reader, .offset = offsetof(type, member), \
		##__VA_ARGS__                                                  \
	}
#define CONF(...) FIELD(struct conf, __VA_ARGS__)
#define ROUTER(...) FIELD(struct conf_router, __VA_ARGS__)
#define VRF(...) FIELD(struct conf_vrf, __VA_ARGS__)
#define MRT(...) FIELD(struct conf_file, __VA_ARGS__)

static bool read_rd(struct doc *d, yaml_node_t *node, void *dst,
		    const struct doc_field *f)
{
	const char *text = doc_text(d, node, "a route distinguisher"), *why;
	struct conf_vrf *v = dst;

	(void)f;
	if (!text)
		return false;
	return bgp_rd_parse(text, &v->rd, &why) ||
	       doc_fail(d, node, "\"%s\": %s", text, why);
}

static bool vrf_each(struct doc *d, yaml_node_t *item, void *dst)
{
	static const struct doc_field fields[] = {
		{ .key = "distinguisher", .read = read_rd, .required = true },
		VRF("vpn", vpn, doc_read_string, .max = 32, .required = true),
	};
	struct conf_router *r = dst;
	struct conf_vrf *v;
	size_t i;

	r->vrfs = doc_grow(r->vrfs, &r->n_vrfs, sizeof(*v));
	v = &r->vrfs[r->n_vrfs - 1];
	if (!doc_map(d, item, fields, ARRAY_SIZE(fields), v))
		return false;
	for (i = 0; i + 1 < r->n_vrfs; i++) {
		if (r->vrfs[i].rd == v->rd)
			return doc_fail(d, item, "is listed twice");
	}
	return true;
}

static bool read_vrfs(struct doc *d, yaml_node_t *node, void *dst,
		      const struct doc_field *f)
{
	(void)f;
	return doc_list(d, node, dst, vrf_each);
}

static bool read_rib(struct doc *d, yaml_node_t *node, void *dst,
		     const struct doc_field *f)
{
	static const struct doc_word words[] = {
		{ "pre-policy", BMP_PRE_POLICY },
		{ "post-policy", BMP_POST_POLICY },
		{ "loc-rib", BMP_LOC_RIB },
	};
	struct conf_router *r = dst;
	int v;

	(void)f;
	if (!doc_choice(d, node, words, ARRAY_SIZE(words), &v))
		return false;
	r->bmp.rib = (enum bmp_rib)v;
	return true;
}

static bool router_each(struct doc *d, yaml_node_t *item, void *dst)
{
	static const struct doc_field fields[] = {
		ROUTER("name", bmp.name, doc_read_chars,
		       .max = sizeof(((struct bmp_router_conf *)0)->name) - 1),
		ROUTER("address", bmp.address, doc_read_addr, .required = true),
		{ .key = "rib", .read = read_rib },
		ROUTER("md5-file", bmp.md5, neighbor_read_md5),
		ROUTER("max-prefixes", max_prefixes, doc_read_u32,
		       .max = UINT32_MAX),
		ROUTER("vpn", vpn, doc_read_string, .max = 32),
		{ .key = "vrfs", .read = read_vrfs },
	};
	struct conf_router *r;
	struct conf *c = dst;
	size_t i;

	c->routers = doc_grow(c->routers, &c->n_routers, sizeof(*r));
	r = &c->routers[c->n_routers - 1];
	r->bmp.rib = BMP_POST_POLICY;
	if (!doc_map(d, item, fields, ARRAY_SIZE(fields), r))
		return false;
	if (!*r->bmp.name)
		addr_format(&r->bmp.address, r->bmp.name);
	for (i = 0; i + 1 < c->n_routers; i++) {
		const struct bmp_router_conf *o = &c->routers[i].bmp;

		if (!strcmp(o->name, r->bmp.name) ||
		    !addr_cmp(&o->address, &r->bmp.address))
			return doc_fail(d, item,
					"name or address is that of \"%s\"",
					o->name);
	}
	return true;
}

static bool read_routers(struct doc *d, yaml_node_t *node, void *dst,
			 const struct doc_field *f)
{
	(void)f;
	return doc_list(d, node, dst, router_each);
}

bool feed_read_bmp(struct doc *d, yaml_node_t *node, void *dst,
		   const struct doc_field *f)
{
	static const struct doc_field fields[] = {
		CONF("listen", bmp.listen4, conf_read_listen),
		CONF("port", bmp.port, doc_read_u16, .min = 1,
		     .max = UINT16_MAX),
		{ .key = "routers", .read = read_routers },
	};

	(void)f;
	return doc_map(d, node, fields, ARRAY_SIZE(fields), dst);
}

static bool file_each(struct doc *d, yaml_node_t *item, void *dst)
{
	static const struct doc_field fields[] = {
		MRT("name", name, doc_read_chars,
		    .max = sizeof(((struct conf_file *)0)->name) - 1),
		MRT("file", path, conf_read_path, .required = true),
		MRT("vpn", vpn, doc_read_string, .max = 32),
	};
	struct conf_file *m;
	struct conf *c = dst;
	const char *base;
	size_t i;

	c->files = doc_grow(c->files, &c->n_files, sizeof(*m));
	m = &c->files[c->n_files - 1];
	if (!doc_map(d, item, fields, ARRAY_SIZE(fields), m))
		return false;
	base = strrchr(m->path, '/');
	if (!*m->name)
		snprintf(m->name, sizeof(m->name), "%s",
			 base ? base + 1 : m->path);
	if (text_has_control(m->name))
		return doc_fail(
			d, item,
			"the file's name has control characters (give it a \"name\")");
	for (i = 0; i + 1 < c->n_files; i++) {
		if (!strcmp(c->files[i].name, m->name))
			return doc_fail(
				d, item,
				"\"%s\" is listed twice (give each a \"name\")",
				m->name);
	}
	return true;
}

bool feed_read_mrt(struct doc *d, yaml_node_t *node, void *dst,
		   const struct doc_field *f)
{
	(void)f;
	return doc_list(d, node, dst, file_each);
}

void feed_defaults(struct conf *c)
{
	c->bmp.listen4.family = AF_INET;
	c->bmp.listen6.family = AF_INET6;
	c->bmp.port = 11019;
}

/* map has the key "vpn"; NULL is no VPN, and in order. */
static bool vpn_exists(struct doc *d, const yaml_node_t *map,
		       const struct conf *c, const char *where,
		       const char *name, const char *vpn)
{
	size_t i;

	for (i = 0; vpn && i < c->n_vpns; i++) {
		if (!strcmp(c->vpns[i].name, vpn))
			return true;
	}
	return !vpn ||
	       doc_fail(d, doc_find(d, map, "vpn"),
			"%s \"%s\": there is no VPN \"%s\"", where, name, vpn);
}

static bool router_check(struct doc *d, const yaml_node_t *item,
			 const struct conf *c, const struct conf_router *r)
{
	const yaml_node_t *vrfs;
	size_t i;

	if (!vpn_exists(d, item, c, "bmp: router", r->bmp.name, r->vpn))
		return false;
	vrfs = r->n_vrfs ? doc_find(d, item, "vrfs") : NULL;
	for (i = 0; i < r->n_vrfs; i++) {
		if (!vpn_exists(d, doc_at(d, vrfs, i), c, "bmp: router",
				r->bmp.name, r->vrfs[i].vpn))
			return false;
	}
	return true;
}

bool feed_check(struct doc *d, yaml_node_t *root, struct conf *c)
{
	const yaml_node_t *list;
	size_t i;

	c->bmp.as = c->bgp.as;
	c->bmp.sgi_subtype = c->bgp.sgi_subtype;
	list = c->n_routers ? doc_find(d, doc_find(d, root, "bmp"), "routers") :
			      NULL;
	for (i = 0; i < c->n_routers; i++) {
		if (!router_check(d, doc_at(d, list, i), c, &c->routers[i]))
			return false;
	}
	list = c->n_files ? doc_find(d, root, "mrt") : NULL;
	for (i = 0; i < c->n_files; i++) {
		if (!vpn_exists(d, doc_at(d, list, i), c, "mrt: file",
				c->files[i].name, c->files[i].vpn))
			return false;
	}
	return true;
}

void feed_free(struct conf *c)
{
	size_t i, k;

	for (i = 0; i < c->n_routers; i++) {
		struct conf_router *r = &c->routers[i];

		for (k = 0; k < r->n_vrfs; k++)
			free(r->vrfs[k].vpn);
		free(r->vrfs);
		free(r->vpn);
		explicit_bzero(r->bmp.md5, sizeof(r->bmp.md5));
	}
	for (i = 0; i < c->n_files; i++) {
		free(c->files[i].path);
		free(c->files[i].vpn);
	}
	free(c->routers);
	free(c->files);
}

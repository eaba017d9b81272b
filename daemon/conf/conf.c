// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The top of the configuration file, its defaults, and what can only be
 * checked once all of it was read.
 */
#include "conf/conf.h"

#include <arpa/inet.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include "base/array.h"
#include "base/mem.h"
#include "conf/doc.h"
#include "conf/feed.h"
#include "conf/gateway.h"
#include "conf/ike.h"
#include "conf/neighbor.h"
#include "conf/origin.h"
#include "conf/vpn.h"
#include "conf/warn.h"
#include "ctl/ctl.h"

/* Where strongSwan listens; make vici=PATH has another one. */
#ifndef DEFAULT_VICI
#define DEFAULT_VICI "/run/charon.vici"
#endif

#define FIELD(name, member, reader, ...)                               \
	{                                                              \
		.key = name, .read = reader,                           \
		.offset = offsetof(struct conf, member), ##__VA_ARGS__ \
	}

char *conf_path(const struct doc *d, const char *path)
{
	char *file, *full;

	if (*path == '/')
		return xstrdup(path);
	file = xstrdup(d->file);
	full = xasprintf("%s/%s", dirname(file), path);
	free(file);
	return full;
}

bool conf_read_path(struct doc *d, yaml_node_t *node, void *dst,
		    const struct doc_field *f)
{
	char **s = (char **)(void *)((char *)dst + f->offset);
	const char *text = doc_text(d, node, "a path");

	if (!text)
		return false;
	free(*s);
	*s = conf_path(d, text);
	return true;
}

static bool read_router_id(struct doc *d, yaml_node_t *node, void *dst,
			   const struct doc_field *f)
{
	struct conf *c = dst;
	struct addr a = { 0 };
	uint32_t id;

	if (!doc_addr(d, node, &a))
		return false;
	memcpy(&id, a.b, sizeof(id));
	/* RFC 6286, section 2.1: any number but zero. */
	if (a.family != AF_INET || !id)
		return doc_fail(
			d, node,
			"expected a router identifier such as 192.0.2.5");
	c->bgp.router_id = ntohl(id);
	return true;
}

static bool read_identity(struct doc *d, yaml_node_t *node, void *dst,
			  const struct doc_field *f)
{
	static const struct doc_word encodings[] = {
		{ "community", BGP_ENCODE_COMMUNITY },
		{ "tunnel", BGP_ENCODE_TUNNEL },
		{ "both", BGP_ENCODE_COMMUNITY | BGP_ENCODE_TUNNEL },
	};
	static const struct doc_field fields[] = {
		FIELD("address", identity4, doc_read_gateway4),
		FIELD("address6", identity6, doc_read_gateway6),
		FIELD("announce", announce, origin_read_gateways),
		FIELD("sub-type", bgp.sgi_subtype, doc_read_u8, .max = 255),
		FIELD("transitive", bgp.sgi_transitive, doc_read_bool),
		FIELD("vpn-encoding", bgp.vpn_encoding, doc_read_word,
		      .words = encodings, .n_words = ARRAY_SIZE(encodings)),
	};
	struct conf *c = dst;

	if (!doc_map(d, node, fields, ARRAY_SIZE(fields), dst))
		return false;
	if (!c->identity4.family && !c->identity6.family)
		return doc_fail(
			d, node,
			"key \"address\" or \"address6\" is missing: where tunnels end here");
	return true;
}

static bool read_log(struct doc *d, yaml_node_t *node, void *dst,
		     const struct doc_field *f)
{
	static const struct doc_word words[] = {
		{ "error", LOG_LEVEL_ERROR },
		{ "warning", LOG_LEVEL_WARN },
		{ "info", LOG_LEVEL_INFO },
		{ "debug", LOG_LEVEL_DEBUG },
	};
	struct conf *c = dst;
	int v;

	if (!doc_choice(d, node, words, ARRAY_SIZE(words), &v))
		return false;
	c->log = (enum log_level)v;
	return true;
}

static bool listen_each(struct doc *d, yaml_node_t *item, void *dst)
{
	struct conf_listen *l = dst;
	struct addr a, *to;

	if (!doc_addr(d, item, &a))
		return false;
	to = a.family == AF_INET ? &l->a4 : &l->a6;
	if (to->family)
		return doc_fail(d, item,
				"expected at most one address of a family");
	*to = a;
	return true;
}

bool conf_read_listen(struct doc *d, yaml_node_t *node, void *dst,
		      const struct doc_field *f)
{
	struct conf_listen l = { 0 };

	if (!doc_list(d, node, &l, listen_each))
		return false;
	memcpy((char *)dst + f->offset, &l, sizeof(l));
	return true;
}

static bool read_bgp(struct doc *d, yaml_node_t *node, void *dst,
		     const struct doc_field *f)
{
	static const struct doc_field fields[] = {
		FIELD("listen", bgp.listen4, conf_read_listen),
		FIELD("port", bgp.listen_port, doc_read_u16, .min = 1,
		      .max = UINT16_MAX),
		FIELD("restart-time", bgp.restart_time, doc_read_time16,
		      .max = 4095),
	};

	return doc_map(d, node, fields, ARRAY_SIZE(fields), dst);
}

static bool shared_each(struct doc *d, yaml_node_t *item, void *dst)
{
	struct bgp_peer_conf *p;
	struct conf *c = dst;
	size_t i;

	c->neighbors = doc_grow(c->neighbors, &c->n_neighbors, sizeof(*p));
	p = &c->neighbors[c->n_neighbors - 1];
	if (!neighbor_read(d, item, p, BGP_VPNV4 | BGP_VPNV6))
		return false;
	/* Who can, sends only what is asked for (RFC 4684). */
	p->families |= BGP_RTC;
	for (i = 0; i + 1 < c->n_neighbors; i++) {
		if (!strcmp(c->neighbors[i].name, p->name))
			return doc_fail(
				d, item,
				"\"%s\" is listed twice (give each a \"name\")",
				p->name);
	}
	return true;
}

static bool read_shared(struct doc *d, yaml_node_t *node, void *dst,
			const struct doc_field *f)
{
	return doc_list(d, node, dst, shared_each);
}

/* No longer than the address of a socket has room for. */
bool conf_read_socket(struct doc *d, yaml_node_t *node, void *dst,
		      const struct doc_field *f)
{
	const size_t max = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;
	const char *path;

	if (!conf_read_path(d, node, dst, f))
		return false;
	path = *(char **)(void *)((char *)dst + f->offset);
	return strlen(path) <= max ||
	       doc_fail(
		       d, node,
		       "expected a socket's path, at most %zu characters, not %zu: %s",
		       max, strlen(path), path);
}

static bool read_control(struct doc *d, yaml_node_t *node, void *dst,
			 const struct doc_field *f)
{
	static const struct doc_field fields[] = {
		FIELD("socket", control, conf_read_socket),
	};

	return doc_map(d, node, fields, ARRAY_SIZE(fields), dst);
}

static bool read_timers(struct doc *d, yaml_node_t *node, void *dst,
			const struct doc_field *f)
{
	static const struct doc_field fields[] = {
		FIELD("settle", settle_time, doc_read_time32, .max = 24 * 3600),
		FIELD("stale", stale_time, doc_read_time32, .max = 24 * 3600),
		FIELD("idle", idle_time, doc_read_time32, .max = 24 * 3600),
		FIELD("hold-up", hold_up_time, doc_read_time32,
		      .max = 24 * 3600),
	};

	return doc_map(d, node, fields, ARRAY_SIZE(fields), dst);
}

static bool read_queue(struct doc *d, yaml_node_t *node, void *dst,
		       const struct doc_field *f)
{
	static const struct doc_field fields[] = {
		FIELD("packets", queue.packets, doc_read_u32, .max = 65536),
		FIELD("bytes", queue.bytes, doc_read_u32, .max = 1 << 30),
		FIELD("age", queue.age, doc_read_time32, .min = 1, .max = 3600),
		FIELD("total", queue.total, doc_read_u32, .max = 1 << 30),
	};

	return doc_map(d, node, fields, ARRAY_SIZE(fields), dst);
}

static const struct doc_field top_fields[] = {
	{ .key = "router-id", .read = read_router_id },
	FIELD("as", bgp.as, doc_read_u32, .min = 1, .max = UINT32_MAX),
	{ .key = "identity", .read = read_identity, .required = true },
	FIELD("mode", mode, conf_read_mode),
	{ .key = "vpns", .read = vpn_read_list, .required = true },
	{ .key = "neighbors", .read = read_shared },
	{ .key = "gateways", .read = conf_read_gateways },
	{ .key = "ike", .read = conf_read_ike },
	{ .key = "bgp", .read = read_bgp },
	{ .key = "queue", .read = read_queue },
	{ .key = "bmp", .read = feed_read_bmp },
	{ .key = "mrt", .read = feed_read_mrt },
	{ .key = "control", .read = read_control },
	{ .key = "timers", .read = read_timers },
	{ .key = "log", .read = read_log },
};

static void set_defaults(struct conf *c)
{
	c->bgp.sgi_subtype = 0x80;
	c->bgp.sgi_transitive = true;
	c->bgp.vpn_encoding = BGP_ENCODE_COMMUNITY;
	c->bgp.listen4.family = AF_INET;
	c->bgp.listen6.family = AF_INET6;
	c->bgp.listen_port = BGP_PORT;
	c->bgp.restart_time = 120;
	feed_defaults(c);
	c->ike.socket = xstrdup(DEFAULT_VICI);
	c->ike.dpd_delay = 30;
	c->ike.setup_rate = 100;
	c->mode = CESTEER_MODE_ON_DEMAND;
	c->queue.packets = 256;
	c->queue.bytes = 1 << 20;
	c->queue.age = 5;
	c->queue.total = 16 << 20;
	c->control = xstrdup(CTL_SOCKET);
	c->log = LOG_LEVEL_INFO;
	c->settle_time = 120;
	c->stale_time = 300;
	c->idle_time = 30;
	c->hold_up_time = 30;
}

const struct bgp_peer_conf **conf_neighbors(const struct conf *c, size_t *n)
{
	const struct bgp_peer_conf **all;
	size_t i, k, at = 0;

	*n = c->n_neighbors;
	for (i = 0; i < c->n_vpns; i++)
		*n += c->vpns[i].n_neighbors;
	all = xcalloc(*n + 1, sizeof(*all));
	for (i = 0; i < c->n_neighbors; i++)
		all[at++] = &c->neighbors[i];
	for (i = 0; i < c->n_vpns; i++)
		for (k = 0; k < c->vpns[i].n_neighbors; k++)
			all[at++] = &c->vpns[i].neighbors[k];
	return all;
}

/* Where the neighbor is that conf_neighbors() has at i. */
static const yaml_node_t *neighbor_at(struct doc *d, const struct conf *c,
				      size_t i)
{
	const yaml_node_t *root = doc_root(d);
	size_t v;

	if (i < c->n_neighbors)
		return doc_at(d, doc_find(d, root, "neighbors"), i);
	i -= c->n_neighbors;
	for (v = 0; i >= c->vpns[v].n_neighbors; v++)
		i -= c->vpns[v].n_neighbors;
	return vpn_item(d, v, "neighbors", i);
}

/* A session that comes in must be one neighbor's. */
static bool are_twins(const struct bgp_peer_conf *a,
		      const struct bgp_peer_conf *b)
{
	return !addr_cmp(&a->address, &b->address) && !strcmp(a->vrf, b->vrf) &&
	       !strcmp(a->interface, b->interface) &&
	       !addr_cmp(&a->local, &b->local);
}

/* ike/ names that of a session after the neighbor's address, not our end's. */
static bool share_connection(const struct bgp_peer_conf *a,
			     const struct bgp_peer_conf *b)
{
	return a->ipsec && b->ipsec && !addr_cmp(&a->address, &b->address) &&
	       addr_cmp(&a->local, &b->local);
}

/* b is what conf_neighbors() has at i. */
static bool check_pair(struct doc *d, const struct conf *c, size_t i,
		       const struct bgp_peer_conf *a,
		       const struct bgp_peer_conf *b)
{
	const char *expected = NULL;

	if (bgp_keys_clash(a, b))
		expected = "the same \"md5-file\" or \"ao\" of both";
	else if (are_twins(a, b))
		expected = "another \"local\" of each";
	else if (share_connection(a, b))
		expected = "\"ipsec\" of only one of them";
	return !expected ||
	       doc_fail(
		       d, neighbor_at(d, c, i),
		       "neighbors \"%s\" and \"%s\" have one address: expected %s",
		       a->name, b->name, expected);
}

static bool check_pairs(struct doc *d, const struct conf *c)
{
	const struct bgp_peer_conf **all;
	bool ok = true;
	size_t n, i, k;

	all = conf_neighbors(c, &n);
	for (i = 0; i < n && ok; i++)
		for (k = 0; k < i && ok; k++)
			ok = check_pair(d, c, i, all[k], all[i]);
	free(all);
	return ok;
}

static bool check(struct doc *d, struct conf *c)
{
	yaml_node_t *root = doc_root(d);
	size_t i, neighbors = c->n_neighbors;

	for (i = 0; i < c->n_vpns; i++)
		neighbors += c->vpns[i].n_neighbors;
	if (neighbors && !c->bgp.as)
		return doc_fail(d, neighbor_at(d, c, 0),
				"key \"as\" is missing: there are neighbors");
	if (neighbors && !c->bgp.router_id)
		return doc_fail(
			d, neighbor_at(d, c, 0),
			"key \"router-id\" is missing: there are neighbors");
	return conf_check_ike(d, root, c) && vpn_check(d, c) &&
	       check_pairs(d, c) && feed_check(d, root, c);
}

struct conf *conf_load(const char *file, char *why, size_t why_len)
{
	struct conf *c;
	struct doc d;
	bool ok;

	if (!doc_open(&d, file, why, why_len))
		return NULL;
	c = xcalloc(1, sizeof(*c));
	c->file = xstrdup(file);
	set_defaults(c);
	ok = doc_map(&d, doc_root(&d), top_fields, ARRAY_SIZE(top_fields), c) &&
	     check(&d, c);
	if (ok) {
		warn_all(&d, c);
		c->warnings = d.warnings;
		c->n_warnings = d.n_warnings;
		d.warnings = NULL;
		d.n_warnings = 0;
	}
	doc_close(&d);
	if (!ok) {
		conf_free(c);
		return NULL;
	}
	return c;
}

void conf_free(struct conf *c)
{
	size_t i;

	if (!c)
		return;
	for (i = 0; i < c->n_warnings; i++)
		free(c->warnings[i]);
	free(c->warnings);
	for (i = 0; i < c->n_vpns; i++)
		vpn_free(&c->vpns[i]);
	ike_conf_free(&c->ike);
	for (i = 0; i < c->n_neighbors; i++)
		neighbor_wipe(&c->neighbors[i]);
	free(c->neighbors);
	free(c->exports);
	feed_free(c);
	free(c->vpns);
	free(c->gateways);
	free(c->control);
	free(c->file);
	free(c);
}

const struct bgp_peer_conf *conf_neighbor_find(const struct conf *c,
					       const char *name)
{
	size_t i;

	for (i = 0; i < c->n_neighbors; i++) {
		if (!strcmp(c->neighbors[i].name, name))
			return &c->neighbors[i];
	}
	return NULL;
}

bool conf_is_own(const struct conf *c, const struct addr *a)
{
	return a->family &&
	       (!addr_cmp(a, &c->identity4) || !addr_cmp(a, &c->identity6));
}

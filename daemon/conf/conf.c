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
#include "base/array.h"
#include "base/mem.h"
#include "conf/doc.h"
#include "conf/secret.h"
#include "conf/vpn.h"

#define DEFAULT_VICI "/run/charon.vici"
#define DEFAULT_CONTROL "/run/cesteer/control"

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
	static const struct doc_field fields[] = {
		FIELD("address", identity4, doc_read_addr4),
		FIELD("address6", identity6, doc_read_addr6),
		FIELD("sub-type", bgp.sgi_subtype, doc_read_u8, .max = 255),
		FIELD("transitive", bgp.sgi_transitive, doc_read_bool),
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

static bool read_mode(struct doc *d, yaml_node_t *node, void *dst,
		      const struct doc_field *f)
{
	static const struct doc_word words[] = {
		{ "on-demand", CESTEER_MODE_ON_DEMAND },
		{ "pre-established", CESTEER_MODE_PRE_ESTABLISHED },
	};
	int v;

	if (!doc_choice(d, node, words, ARRAY_SIZE(words), &v))
		return false;
	*((uint8_t *)dst + f->offset) = (uint8_t)v;
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

static bool gateway_each(struct doc *d, yaml_node_t *item, void *dst)
{
	static const struct doc_field fields[] = {
		{ .key = "address",
		  .read = doc_read_addr,
		  .offset = offsetof(struct conf_gateway, address),
		  .required = true },
		{ .key = "mode",
		  .read = read_mode,
		  .offset = offsetof(struct conf_gateway, mode),
		  .required = true },
	};
	struct conf *c = dst;
	struct conf_gateway g = { 0 };
	size_t i;

	if (!doc_map(d, item, fields, ARRAY_SIZE(fields), &g))
		return false;
	for (i = 0; i < c->n_gateways; i++) {
		if (!addr_cmp(&c->gateways[i].address, &g.address))
			return doc_fail(d, item, "is listed twice");
	}
	c->gateways = doc_grow(c->gateways, &c->n_gateways, sizeof(g));
	c->gateways[c->n_gateways - 1] = g;
	return true;
}

static bool read_gateways(struct doc *d, yaml_node_t *node, void *dst,
			  const struct doc_field *f)
{
	return doc_list(d, node, dst, gateway_each);
}

static bool psk_each(struct doc *d, yaml_node_t *item, void *dst)
{
	static const struct doc_field fields[] = {
		{ .key = "gateway",
		  .read = doc_read_addr,
		  .offset = offsetof(struct ike_psk, gateway) },
		{ .key = "file",
		  .read = conf_read_path,
		  .offset = offsetof(struct ike_psk, file),
		  .required = true },
	};
	uint8_t key[SECRET_MAX];
	struct conf *c = dst;
	struct ike_psk *p;
	char why[256];
	size_t i;

	c->ike.psk = doc_grow(c->ike.psk, &c->ike.n_psk, sizeof(*p));
	p = &c->ike.psk[c->ike.n_psk - 1];
	if (!doc_map(d, item, fields, ARRAY_SIZE(fields), p))
		return false;
	for (i = 0; i + 1 < c->ike.n_psk; i++) {
		if (!addr_cmp(&c->ike.psk[i].gateway, &p->gateway))
			return doc_fail(
				d, item,
				p->gateway.family ?
					"is listed twice" :
					"a key for all other gateways is listed twice");
	}
	if (!secret_read(p->file, sizeof(key), key, &p->key_len, why,
			 sizeof(why)))
		return doc_fail(d, item, "%s", why);
	p->key = xmalloc(p->key_len);
	memcpy(p->key, key, p->key_len);
	secret_wipe(key, sizeof(key));
	return true;
}

static bool read_psk(struct doc *d, yaml_node_t *node, void *dst,
		     const struct doc_field *f)
{
	return doc_list(d, node, dst, psk_each);
}

static bool read_ike(struct doc *d, yaml_node_t *node, void *dst,
		     const struct doc_field *f)
{
	static const struct doc_field fields[] = {
		FIELD("socket", ike.socket, conf_read_path),
		FIELD("psk", ike.psk, read_psk),
		FIELD("ike-proposals", ike.ike_proposals, doc_read_string,
		      .max = 512),
		FIELD("esp-proposals", ike.esp_proposals, doc_read_string,
		      .max = 512),
		FIELD("rekey-time", ike.rekey_time, doc_read_time32,
		      .max = 7 * 24 * 3600),
		FIELD("dpd-delay", ike.dpd_delay, doc_read_time32,
		      .max = 24 * 3600),
	};

	return doc_map(d, node, fields, ARRAY_SIZE(fields), dst);
}

struct listen {
	struct addr a4, a6;
};

static bool listen_each(struct doc *d, yaml_node_t *item, void *dst)
{
	struct listen *l = dst;
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

static bool read_listen(struct doc *d, yaml_node_t *node, void *dst,
			const struct doc_field *f)
{
	struct listen l = { 0 };
	struct conf *c = dst;

	if (!doc_list(d, node, &l, listen_each))
		return false;
	c->bgp.listen4 = l.a4;
	c->bgp.listen6 = l.a6;
	return true;
}

static bool read_bgp(struct doc *d, yaml_node_t *node, void *dst,
		     const struct doc_field *f)
{
	static const struct doc_field fields[] = {
		{ .key = "listen", .read = read_listen },
		FIELD("port", bgp.listen_port, doc_read_u16, .min = 1,
		      .max = UINT16_MAX),
		FIELD("restart-time", bgp.restart_time, doc_read_time16,
		      .max = 4095),
	};

	return doc_map(d, node, fields, ARRAY_SIZE(fields), dst);
}

static bool read_control(struct doc *d, yaml_node_t *node, void *dst,
			 const struct doc_field *f)
{
	static const struct doc_field fields[] = {
		FIELD("socket", control, conf_read_path),
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
	};

	return doc_map(d, node, fields, ARRAY_SIZE(fields), dst);
}

static const struct doc_field top_fields[] = {
	{ .key = "router-id", .read = read_router_id },
	FIELD("as", bgp.as, doc_read_u32, .min = 1, .max = UINT32_MAX),
	{ .key = "identity", .read = read_identity, .required = true },
	FIELD("mode", mode, read_mode),
	{ .key = "vpns", .read = vpn_read_list, .required = true },
	{ .key = "gateways", .read = read_gateways },
	{ .key = "ike", .read = read_ike },
	{ .key = "bgp", .read = read_bgp },
	{ .key = "control", .read = read_control },
	{ .key = "timers", .read = read_timers },
	{ .key = "log", .read = read_log },
};

static void set_defaults(struct conf *c)
{
	c->bgp.sgi_subtype = 0x80;
	c->bgp.sgi_transitive = true;
	c->bgp.listen4.family = AF_INET;
	c->bgp.listen6.family = AF_INET6;
	c->bgp.listen_port = 179;
	c->bgp.restart_time = 120;
	c->ike.socket = xstrdup(DEFAULT_VICI);
	c->ike.dpd_delay = 30;
	c->mode = CESTEER_MODE_ON_DEMAND;
	c->control = xstrdup(DEFAULT_CONTROL);
	c->log = LOG_LEVEL_INFO;
	c->settle_time = 120;
	c->stale_time = 300;
	c->idle_time = 30;
}

static bool check(struct doc *d, struct conf *c)
{
	yaml_node_t *root = doc_root(d);
	size_t i;

	for (i = 0; i < c->n_vpns; i++) {
		if (!c->vpns[i].n_neighbors)
			continue;
		if (!c->bgp.as)
			return doc_fail(
				d, root,
				"key \"as\" is missing: there are neighbors");
		if (!c->bgp.router_id)
			return doc_fail(
				d, root,
				"key \"router-id\" is missing: there are neighbors");
	}
	c->ike.local4 = c->identity4;
	c->ike.local6 = c->identity6;
	return vpn_check(d, root, c);
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
	for (i = 0; i < c->n_vpns; i++)
		vpn_free(&c->vpns[i]);
	for (i = 0; i < c->ike.n_psk; i++) {
		if (c->ike.psk[i].key)
			secret_wipe(c->ike.psk[i].key, c->ike.psk[i].key_len);
		free(c->ike.psk[i].key);
		free(c->ike.psk[i].file);
	}
	free(c->ike.psk);
	free(c->ike.socket);
	free(c->ike.ike_proposals);
	free(c->ike.esp_proposals);
	free(c->vpns);
	free(c->gateways);
	free(c->control);
	free(c->file);
	free(c);
}

uint8_t conf_gateway_mode(const struct conf *c, const struct addr *a)
{
	size_t i;

	for (i = 0; i < c->n_gateways; i++) {
		if (!addr_cmp(&c->gateways[i].address, a))
			return c->gateways[i].mode;
	}
	return c->mode;
}

bool conf_is_own(const struct conf *c, const struct addr *a)
{
	return a->family &&
	       (!addr_cmp(a, &c->identity4) || !addr_cmp(a, &c->identity6));
}

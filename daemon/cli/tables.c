// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Dumps into arrays: what is printed is one state of the table, whatever
 * interrupted the dump.
 */
#include "cli/tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cli/parse.h"

struct list {
	char *items;
	size_t n, room, size;
};

static int append(void *arg, const void *item)
{
	struct list *l = arg;

	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		char *items = reallocarray(l->items, room, l->size);

		if (!items)
			return -ENOMEM;
		l->items = items;
		l->room = room;
	}
	memcpy(l->items + l->n * l->size, item, l->size);
	l->n++;
	return 0;
}

static int append_vpn(void *arg, const struct kern_vpn *v)
{
	return append(arg, v);
}

static int append_device(void *arg, const struct kern_device *dev)
{
	return append(arg, dev);
}

static int append_gateway(void *arg, const struct kern_gateway *g)
{
	return append(arg, g);
}

static int append_source(void *arg, const struct prefix *p)
{
	return append(arg, p);
}

static int append_route(void *arg, const struct kern_route *r)
{
	return append(arg, r);
}

static void restart(void *arg)
{
	struct list *l = arg;

	l->n = 0;
}

/* The array, or NULL. An empty table is an array too. */
static void *finish(struct cli *c, struct list *l, int err, size_t *n)
{
	*n = l->n;
	if (!err && !l->items) {
		l->items = calloc(1, l->size);
		err = l->items ? 0 : -ENOMEM;
	}
	if (!err)
		return l->items;
	if (err == -ENOMEM)
		cli_refused("out of memory");
	else
		cli_kern_refused(c);
	free(l->items);
	return NULL;
}

static int by_gateway(const void *a, const void *b)
{
	const struct kern_gateway *ga = a, *gb = b;

	return (ga->id > gb->id) - (ga->id < gb->id);
}

struct kern_gateway *cli_gateways(struct cli *c, size_t *n)
{
	struct list l = { .size = sizeof(struct kern_gateway) };
	struct kern_gateway *g;

	if (!cli_kern(c))
		return NULL;
	g = finish(c, &l, kern_gateways(c->kern, append_gateway, restart, &l),
		   n);
	if (g)
		qsort(g, *n, sizeof(*g), by_gateway);
	return g;
}

const struct kern_gateway *cli_gateway_by_id(const struct kern_gateway *g,
					     size_t n, uint32_t id)
{
	const struct kern_gateway key = { .id = id };

	return bsearch(&key, g, n, sizeof(key), by_gateway);
}

static int by_id(const void *a, const void *b)
{
	const struct kern_vpn *va = a, *vb = b;

	return (va->id > vb->id) - (va->id < vb->id);
}

struct kern_vpn *cli_vpns(struct cli *c, size_t *n, int *code)
{
	struct list l = { .size = sizeof(struct kern_vpn) };
	struct kern_vpn *v;
	uint32_t vpn;
	size_t i;

	*code = CLI_USAGE;
	if (!cli_vpn(c, &vpn))
		return NULL;
	*code = CLI_REFUSED;
	if (!cli_kern(c))
		return NULL;
	v = finish(c, &l, kern_vpns(c->kern, append_vpn, restart, &l), n);
	if (!v)
		return NULL;
	qsort(v, *n, sizeof(*v), by_id);
	if (!cli_option(c, "vpn"))
		return v;
	for (i = 0; i < *n; i++) {
		if (v[i].id != vpn)
			continue;
		v[0] = v[i];
		*n = 1;
		return v;
	}
	cli_refused("the kernel has no VPN %u", vpn);
	free(v);
	return NULL;
}

static int by_name(const void *a, const void *b)
{
	const struct kern_device *da = a, *db = b;

	if (da->vpn != db->vpn)
		return da->vpn < db->vpn ? -1 : 1;
	return strcmp(da->name, db->name);
}

struct kern_device *cli_devices(struct cli *c, size_t *n)
{
	struct list l = { .size = sizeof(struct kern_device) };
	struct kern_device *d;

	if (!cli_kern(c))
		return NULL;
	d = finish(c, &l, kern_devices(c->kern, append_device, restart, &l), n);
	if (d)
		qsort(d, *n, sizeof(*d), by_name);
	return d;
}

struct prefix *cli_sources(struct cli *c, uint32_t vpn, size_t *n)
{
	struct list l = { .size = sizeof(struct prefix) };

	if (!cli_kern(c))
		return NULL;
	return finish(c, &l,
		      kern_sources(c->kern, vpn, append_source, restart, &l),
		      n);
}

struct kern_route *cli_routes(struct cli *c, uint32_t vpn, size_t *n)
{
	struct list l = { .size = sizeof(struct kern_route) };

	if (!cli_kern(c))
		return NULL;
	return finish(c, &l,
		      kern_routes(c->kern, vpn, append_route, restart, &l), n);
}

int cli_batch(struct cli *c, char **args, unsigned int n, cli_batch_fn ask)
{
	struct prefix *p;
	uint32_t vpn;
	size_t done;
	int code;

	if (!cli_vpn(c, &vpn))
		return CLI_USAGE;
	p = cli_prefixes(c, args, n);
	if (!p)
		return CLI_USAGE;
	if (!cli_kern(c))
		code = CLI_REFUSED;
	else if (ask(c->kern, vpn, p, n, &done))
		code = cli_kern_refused(c);
	else
		code = CLI_OK;
	free(p);
	return code;
}

json_t *cli_address_json(const struct addr *a)
{
	char buf[ADDR_STRLEN];

	return a->family ? json_string(addr_format(a, buf)) : json_null();
}

json_t *cli_prefix_json(const struct prefix *p)
{
	char buf[PREFIX_STRLEN];

	return p->family ? json_string(prefix_format(p, buf)) : json_null();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table's bench through netlink: the prefixes of the lookup bench, handed
 * to the module as the daemon does it, or said in words for "ip -batch", in
 * the same order. Runs in the guest (netlink.sh).
 *
 *	netlink load N			adds N trusted subnets, replaces, deletes
 *					them; prints what each took, in seconds
 *	netlink say N TEMPLATE		a line for each; PREFIX stands for it
 */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "kern/kern.h"

#define GATEWAYS 1000

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void check(struct kern *k, int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "netlink: %s: %s\n", what, kern_error(k));
	exit(1);
}

static int by_prefix(const void *a, const void *b)
{
	return prefix_cmp(a, b);
}

/* As the daemon sorts them. */
static struct prefix *prefixes(size_t n)
{
	struct set *set = set_create(32, n, 42);
	struct prefix *p = calloc(n, sizeof(*p));
	size_t i;

	if (!p)
		abort();
	for (i = 0; i < n; i++) {
		p[i].family = AF_INET;
		p[i].len = set->prefix[i].len;
		memcpy(p[i].b, set->prefix[i].addr, 4);
	}
	set_free(set);
	qsort(p, n, sizeof(*p), by_prefix);
	return p;
}

static void add_gateways(struct kern *k)
{
	struct kern_gateway gw = { .mode = CESTEER_MODE_ON_DEMAND,
				   .state = CESTEER_GATEWAY_USABLE };
	unsigned int i;

	gw.address.family = AF_INET;
	for (i = 1; i <= GATEWAYS; i++) {
		gw.id = i;
		gw.if_id = i;
		gw.address.b[0] = 198;
		gw.address.b[1] = 18;
		gw.address.b[2] = i >> 8;
		gw.address.b[3] = i;
		check(k, kern_gateway_add(k, &gw), "gateway");
	}
}

/* A gateway drawn for each. */
static void draw(struct kern_route *route, size_t n, uint64_t seed)
{
	size_t i;

	for (i = 0; i < n; i++)
		route[i].target.gateways[0] = 1 + set_random(&seed) % GATEWAYS;
}

static int load(size_t n)
{
	struct kern_route *route = calloc(n, sizeof(*route));
	struct prefix *p = prefixes(n);
	double start, add, replace, del;
	struct kern_info info;
	struct kern *k;
	char why[512];
	size_t i, done;

	if (!route)
		abort();
	if (kern_open(&k, why, sizeof(why))) {
		fprintf(stderr, "netlink: %s\n", why);
		return 1;
	}
	check(k, kern_vpn_set(k, 0, CESTEER_ACTION_BYPASS), "VPN");
	add_gateways(k);
	for (i = 0; i < n; i++) {
		route[i].prefix = p[i];
		route[i].target.action = CESTEER_ACTION_PROTECT;
		route[i].target.n_gateways = 1;
	}
	draw(route, n, 1);
	start = now_s();
	check(k, kern_routes_add(k, 0, route, n, &done), "add");
	add = now_s() - start;
	check(k, kern_info(k, &info), "info");
	if (info.routes != n) {
		fprintf(stderr, "netlink: %u of %zu\n", info.routes, n);
		return 1;
	}
	draw(route, n, 2);
	start = now_s();
	check(k, kern_routes_add(k, 0, route, n, &done), "replace");
	replace = now_s() - start;
	start = now_s();
	check(k, kern_routes_del(k, 0, p, n, &done), "delete");
	del = now_s() - start;
	check(k, kern_info(k, &info), "info");
	printf("%.3f %.3f %.3f\n", add, replace, del);
	kern_close(k);
	return info.routes ? 1 : 0;
}

static int say(size_t n, const char *template)
{
	const char *at = strstr(template, "PREFIX");
	struct prefix *p = prefixes(n);
	char text[PREFIX_STRLEN];
	size_t i;

	for (i = 0; at && i < n; i++)
		printf("%.*s%s%s\n", (int)(at - template), template,
		       prefix_format(&p[i], text), at + strlen("PREFIX"));
	return !at;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "load"))
		return load(strtoul(argv[2], NULL, 10));
	if (argc == 4 && !strcmp(argv[1], "say"))
		return say(strtoul(argv[2], NULL, 10), argv[3]);
	fprintf(stderr, "usage: netlink load N | say N TEMPLATE\n");
	return 2;
}

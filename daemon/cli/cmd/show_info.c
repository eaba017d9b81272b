// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module, its limits and what it holds; the daemon, when it runs.
 */
#include <stdio.h>
#include "cli/cli.h"
#include "cli/out.h"
#include "daemon.h"
#include "kern/kern.h"

static json_t *held_json(uint32_t held, uint32_t limit)
{
	return json_pack("{s:I, s:I}", "held", (json_int_t)held, "limit",
			 (json_int_t)limit);
}

#define FEATURES_MAX 64

static bool has(const struct kern_info *info, unsigned int feature)
{
	return info->features & 1ull << feature;
}

/* A newer module may have some that this program does not know: "unknown". */
static json_t *features_json(uint64_t features)
{
	json_t *words = json_array();
	uint8_t i;

	for (i = 0; i < FEATURES_MAX; i++) {
		if (features & 1ull << i)
			json_array_append_new(
				words, json_string(kern_feature_name(i)));
	}
	return words;
}

static json_t *queue_json(const struct kern_info *info)
{
	const struct kern_queue *q = &info->queue;

	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "packets",
			 (json_int_t)q->packets, "bytes", (json_int_t)q->bytes,
			 "age", (json_int_t)q->age, "total",
			 (json_int_t)q->total, "held",
			 (json_int_t)info->queue_held);
}

static json_t *owner_json(const struct kern_info *info)
{
	if (!info->owner_pid)
		return json_null();
	return json_pack("{s:s, s:I}", "name", info->owner, "pid",
			 (json_int_t)info->owner_pid);
}

static json_t *module_json(const struct kern_info *info)
{
	json_t *gateways = held_json(info->gateways, info->max_gateways);
	json_t *sources = held_json(info->sources, info->max_sources);
	json_t *routes = held_json(info->routes, info->max_routes);

	return json_pack("{s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:I, s:o}",
			 "version", info->module, "contract",
			 (json_int_t)info->version, "features",
			 features_json(info->features), "owner",
			 owner_json(info), "gateways", gateways, "sources",
			 sources, "routes", routes, "bytes",
			 (json_int_t)info->bytes, "queue",
			 has(info, CESTEER_FEATURE_WAITING) ? queue_json(info) :
							      json_null());
}

static void print_daemon(const json_t *status)
{
	const json_t *ike = json_object_get(status, "ike");
	const char *version =
		json_string_value(json_object_get(status, "version"));

	printf("daemon    version %s, pid %" JSON_INTEGER_FORMAT
	       ", up %" JSON_INTEGER_FORMAT " s\n",
	       version ? version : "-",
	       json_integer_value(json_object_get(status, "pid")),
	       json_integer_value(json_object_get(status, "uptime")));
	printf("IKE       %s\n",
	       json_is_true(json_object_get(ike, "connected")) ?
		       "connected" :
		       "not connected");
}

/* What the kernel does not take: the events say why, and what it means. */
static void print_refused(const json_t *status)
{
	const json_t *vpns = json_object_get(status, "vpns"), *vpn;
	size_t i;

	json_array_foreach(vpns, i, vpn) {
		const char *name =
			json_string_value(json_object_get(vpn, "name"));
		json_int_t n =
			json_integer_value(json_object_get(vpn, "refused"));

		if (name && n)
			printf("refused   %" JSON_INTEGER_FORMAT
			       " entries of VPN %s: see \"show events\"\n",
			       n, name);
	}
}

static void print_features(uint64_t features)
{
	uint8_t i;

	printf("features ");
	for (i = 0; i < FEATURES_MAX; i++) {
		if (features & 1ull << i)
			printf(" %s", kern_feature_name(i));
	}
	puts(features ? "" : " none");
}

static void print_waiting(const struct kern_info *info)
{
	if (!has(info, CESTEER_FEATURE_WAITING)) {
		puts("waiting   none: this module drops what has no SA yet");
		return;
	}
	printf("waiting   %u of at most %u octets\n", info->queue_held,
	       info->queue.total);
	printf("          a gateway: %u packets, %u octets, %u ms\n",
	       info->queue.packets, info->queue.bytes, info->queue.age);
}

static void print_info(const struct kern_info *info, const json_t *status,
		       const char *why)
{
	printf("cesteer   version " DAEMON_VERSION "\n");
	printf("module    version %s, contract %u\n", info->module,
	       info->version);
	print_features(info->features);
	if (info->owner_pid)
		printf("owner     %s (process %u)\n", info->owner,
		       info->owner_pid);
	printf("gateways  %u of at most %u\n", info->gateways,
	       info->max_gateways);
	printf("sources   %u of at most %u\n", info->sources,
	       info->max_sources);
	printf("routes    %u of at most %u\n", info->routes, info->max_routes);
	printf("memory    %llu octets\n", (unsigned long long)info->bytes);
	print_waiting(info);
	if (status) {
		print_daemon(status);
		print_refused(status);
	} else {
		printf("daemon    %s\n", why);
	}
}

static int show(struct cli *c, char **args, unsigned int n)
{
	struct kern_info info;
	json_t *status, *value;
	char why[512];
	bool absent;

	(void)args;
	(void)n;
	if (!cli_kern(c))
		return CLI_REFUSED;
	if (kern_info(c->kern, &info))
		return cli_kern_refused(c);
	status = cli_ask(c, "status", NULL, &absent, why, sizeof(why));
	if (!c->json) {
		print_info(&info, status, why);
		json_decref(status);
		return CLI_OK;
	}
	value = json_pack("{s:s, s:o, s:o}", "version", DAEMON_VERSION,
			  "module", module_json(&info), "daemon",
			  status ? status : json_null());
	return out_value(value) ? CLI_OK : cli_refused("out of memory");
}

static struct cli_command show_info = {
	.name = "show info",
	.args = "",
	.help = "versions, limits, and what is held",
	.run = show,
};

CLI_COMMAND(show_info)

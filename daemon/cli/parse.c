// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Words to values. Nothing is guessed: a word is exactly what it is to be, or
 * refused with what was expected.
 */
#include "cli/parse.h"

#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

bool cli_number(const struct cli *c, const char *name, const char *text,
		uint32_t min, uint32_t max, uint32_t *value)
{
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 0);
	if (!isdigit((unsigned char)*text) || *end || errno || number < min ||
	    number > max) {
		cli_usage(c, "\"%s\": expected %s, a number from %u to %u",
			  text, name, min, max);
		return false;
	}
	*value = (uint32_t)number;
	return true;
}

bool cli_address(const struct cli *c, const char *text, struct addr *a)
{
	if (addr_parse(text, a))
		return true;
	cli_usage(c, "\"%s\": expected an IPv4 or IPv6 address", text);
	return false;
}

bool cli_prefix(const struct cli *c, const char *text, struct prefix *p)
{
	const char *why;

	if (prefix_parse(text, p, &why))
		return true;
	cli_usage(c, "\"%s\": expected a prefix: %s", text, why);
	return false;
}

struct prefix *cli_prefixes(const struct cli *c, char **args, unsigned int n)
{
	struct prefix *p = calloc(n, sizeof(*p));
	unsigned int i;

	if (!p) {
		cli_refused("out of memory");
		return NULL;
	}
	for (i = 0; i < n; i++) {
		if (!cli_prefix(c, args[i], &p[i])) {
			free(p);
			return NULL;
		}
	}
	return p;
}

/* Which of n words, by their names, text is. */
static bool word(const struct cli *c, const char *text, uint8_t first,
		 uint8_t end, const char *(*name)(uint8_t i), uint8_t *value)
{
	for (*value = first; *value < end; ++*value)
		if (!strcmp(text, name(*value)))
			return true;
	cli_usage(c, "\"%s\": expected \"%s\" or \"%s\"", text, name(first),
		  name(end - 1));
	return false;
}

bool cli_mode(const struct cli *c, const char *text, uint8_t *mode)
{
	return word(c, text, CESTEER_MODE_ON_DEMAND, __CESTEER_MODE_MAX,
		    kern_mode_name, mode);
}

bool cli_state(const struct cli *c, const char *text, uint8_t *state)
{
	return word(c, text, CESTEER_GATEWAY_USABLE,
		    __CESTEER_GATEWAY_STATE_MAX, kern_gateway_state_name,
		    state);
}

bool cli_default(const struct cli *c, const char *text, uint8_t *action)
{
	return word(c, text, CESTEER_ACTION_BYPASS, __CESTEER_ACTION_MAX,
		    kern_action_name, action);
}

bool cli_gateway_ids(const struct cli *c, const char *text,
		     struct kern_target *t)
{
	char *copy = strdup(text), *rest = copy, *id;
	bool ok = copy;

	t->n_gateways = 0;
	while (ok && (id = strsep(&rest, ","))) {
		if (t->n_gateways == CESTEER_GATEWAYS_MAX) {
			cli_usage(c, "\"%s\": expected at most %d gateways",
				  text, CESTEER_GATEWAYS_MAX);
			ok = false;
			break;
		}
		ok = cli_number(c, "a gateway's id", id, 1, UINT32_MAX,
				&t->gateways[t->n_gateways]);
		t->n_gateways += ok;
	}
	free(copy);
	return ok;
}

/* By its name, which only the daemon knows. */
static bool vpn_by_name(const struct cli *c, const char *name, uint32_t *vpn)
{
	json_t *status, *v;
	bool absent, found = false;
	char why[512];
	size_t i;

	status = cli_ask(c, "status", NULL, &absent, why, sizeof(why));
	if (!status) {
		cli_usage(
			c,
			"\"%s\": expected a VPN's table; of names only cesteerd knows: %s",
			name, why);
		return false;
	}
	json_array_foreach(json_object_get(status, "vpns"), i, v) {
		const char *one = json_string_value(json_object_get(v, "name"));

		if (one && !strcmp(one, name)) {
			*vpn = (uint32_t)json_integer_value(
				json_object_get(v, "table"));
			found = true;
		}
	}
	json_decref(status);
	if (!found)
		cli_usage(c, "\"%s\": there is no VPN of that name", name);
	return found;
}

bool cli_vpn(const struct cli *c, uint32_t *vpn)
{
	const char *text = cli_option(c, "vpn");

	*vpn = 0;
	if (text && *text && (*text < '0' || *text > '9'))
		return vpn_by_name(c, text, vpn);
	return !text ||
	       cli_number(c, "a VPN's table", text, 0, UINT32_MAX, vpn);
}

bool cli_protocol(const struct cli *c, const char *text, uint8_t *proto)
{
	const struct protoent *known = getprotobyname(text);
	uint32_t number;

	if (known) {
		*proto = (uint8_t)known->p_proto;
		return true;
	}
	if (!cli_number(c, "an IP protocol", text, 1, UINT8_MAX, &number))
		return false;
	*proto = (uint8_t)number;
	return true;
}

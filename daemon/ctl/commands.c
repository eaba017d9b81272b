// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What can be asked over the control socket. Each command is a call of
 * daemon.h's; how the question came is server.c's business.
 */
#include "ctl/ctl.h"

#include <stdio.h>
#include "base/array.h"
#include "ctl/server.h"
#include "daemon.h"

static json_t *show(void *arg, const json_t *request, char *why, size_t why_len)
{
	const json_t *args = json_object_get(request, "args");
	const char *what = json_string_value(json_object_get(request, "what"));

	if (!what) {
		snprintf(why, why_len, "expected {\"what\": NAME}");
		return NULL;
	}
	if (args && !json_is_object(args)) {
		snprintf(why, why_len, "expected {\"args\": {...}}");
		return NULL;
	}
	return daemon_show(arg, what, args, why, why_len);
}

static json_t *reload(void *arg, const json_t *request, char *why,
		      size_t why_len)
{
	(void)request;
	return daemon_reload(arg, why, why_len) ? json_object() : NULL;
}

static json_t *release(void *arg, const json_t *request, char *why,
		       size_t why_len)
{
	const char *vpn = json_string_value(json_object_get(request, "vpn"));
	const char *prefix =
		json_string_value(json_object_get(request, "prefix"));

	if (!vpn || !prefix) {
		snprintf(why, why_len,
			 "expected {\"vpn\": NAME, \"prefix\": PREFIX}");
		return NULL;
	}
	return daemon_release(arg, vpn, prefix, why, why_len) ? json_object() :
								NULL;
}

static json_t *neighbor(void *arg, const json_t *request, char *why,
			size_t why_len)
{
	const char *what = json_string_value(json_object_get(request, "what"));
	const char *name = json_string_value(json_object_get(request, "name"));
	const char *text = json_string_value(json_object_get(request, "text"));
	bool ok;

	if (!what || !name || !text) {
		snprintf(
			why, why_len,
			"expected {\"what\": WORD, \"name\": NAME, \"text\": TEXT}");
		return NULL;
	}
	ok = daemon_neighbor(arg, what, name, text, why, why_len);
	return ok ? json_object() : NULL;
}

static json_t *gateway(void *arg, const json_t *request, char *why,
		       size_t why_len)
{
	const char *what = json_string_value(json_object_get(request, "what"));
	const char *address =
		json_string_value(json_object_get(request, "address"));

	if (!what || !address) {
		snprintf(why, why_len,
			 "expected {\"what\": WORD, \"address\": ADDRESS}");
		return NULL;
	}
	return daemon_gateway(arg, what, address, why, why_len) ?
		       json_object() :
		       NULL;
}

static const struct ctl_command commands[] = {
	{ "show", show },	{ "reload", reload },
	{ "release", release }, { "neighbor", neighbor },
	{ "gateway", gateway },
};

struct ctl_server *ctl_create(struct event_base *base, const char *path,
			      struct daemon *d, char *why, size_t why_len)
{
	return ctl_server_create(base, path, commands, ARRAY_SIZE(commands), d,
				 CTL_TIMEOUT, why, why_len);
}

void ctl_destroy(struct ctl_server *s)
{
	ctl_server_destroy(s);
}

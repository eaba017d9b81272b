// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's events as they come, one a line.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "cli/cli.h"
#include "cli/parse.h"
#include "cli/reasons.h"
#include "cli/tables.h"
#include "kern/events.h"

struct monitoring {
	const struct cli *c;
	uint32_t left; /* 0: no end */
	bool done;
};

static json_t *change_json(const struct kern_change *e)
{
	return json_pack("{s:s, s:I, s:s, s:I, s:I, s:I}", "event", "change",
			 "vpn", (json_int_t)e->vpn, "command",
			 kern_command_name(e->cmd), "added",
			 (json_int_t)e->added, "replaced",
			 (json_int_t)e->replaced, "deleted",
			 (json_int_t)e->deleted);
}

static json_t *gateway_json(const struct kern_gateway *e)
{
	return json_pack("{s:s, s:I, s:o, s:I, s:s, s:s}", "event", "gateway",
			 "id", (json_int_t)e->id, "address",
			 cli_address_json(&e->address), "if-id",
			 (json_int_t)e->if_id, "mode", kern_mode_name(e->mode),
			 "state", kern_gateway_state_name(e->state));
}

static json_t *drop_json(const struct kern_drop *e)
{
	return json_pack("{s:s, s:I, s:s, s:o, s:o, s:I, s:I}", "event", "drop",
			 "vpn", (json_int_t)e->vpn, "reason", e->reason_name,
			 "src", cli_address_json(&e->src), "dst",
			 cli_address_json(&e->dst), "proto",
			 (json_int_t)e->proto, "gateway",
			 (json_int_t)e->gateway);
}

static json_t *event_json(const struct kern_event *e)
{
	switch (e->type) {
	case KERN_EVENT_CHANGE:
		return change_json(&e->change);
	case KERN_EVENT_GATEWAY:
		return gateway_json(&e->gateway);
	case KERN_EVENT_DROP:
		return drop_json(&e->drop);
	case KERN_EVENT_LOST:
		break;
	}
	return json_pack("{s:s}", "event", "lost");
}

static void print_text(const struct kern_event *e)
{
	char a[ADDR_STRLEN], b[ADDR_STRLEN];

	switch (e->type) {
	case KERN_EVENT_CHANGE:
		printf("change   vpn %u: %s, %u added, %u replaced, %u deleted",
		       e->change.vpn, kern_command_name(e->change.cmd),
		       e->change.added, e->change.replaced, e->change.deleted);
		break;
	case KERN_EVENT_GATEWAY:
		printf("gateway  %u: %s, if_id %u, %s, %s", e->gateway.id,
		       addr_format(&e->gateway.address, a), e->gateway.if_id,
		       kern_mode_name(e->gateway.mode),
		       kern_gateway_state_name(e->gateway.state));
		break;
	case KERN_EVENT_DROP:
		printf("drop     vpn %u: %s > %s proto %u: %s (%s)",
		       e->drop.vpn, addr_format(&e->drop.src, a),
		       addr_format(&e->drop.dst, b), e->drop.proto,
		       cli_reason(e->drop.reason), e->drop.reason_name);
		break;
	case KERN_EVENT_LOST:
		printf("lost     some events: this program is too slow");
		break;
	}
}

static void on_event(void *arg, const struct kern_event *e)
{
	struct monitoring *m = arg;
	char stamp[32];
	struct tm tm;
	time_t now;

	if (m->done)
		return;
	now = time(NULL);
	gmtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (m->c->json) {
		json_t *value = event_json(e);

		json_object_set_new(value, "time", json_string(stamp));
		json_dumpf(value, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
		json_decref(value);
	} else {
		printf("%s ", stamp);
		print_text(e);
	}
	putchar('\n');
	fflush(stdout);
	m->done = ferror(stdout) || (m->left && !--m->left);
}

static int monitor(struct cli *c, char **args, unsigned int n)
{
	const char *count = cli_option(c, "count");
	struct monitoring m = { .c = c };
	struct kern_events *e;
	struct pollfd p;
	char why[256];
	int err = 0;

	(void)args;
	(void)n;
	if (count &&
	    !cli_number(c, "how many events", count, 1, UINT32_MAX, &m.left))
		return CLI_USAGE;
	if (kern_events_open(&e, why, sizeof(why)))
		return cli_refused("%s", why);
	p = (struct pollfd){ .fd = kern_events_fd(e), .events = POLLIN };
	while (!m.done && !err) {
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			err = -errno;
		else
			err = kern_events_read(e, on_event, &m);
	}
	kern_events_close(e);
	return err ? cli_refused("events: %s", strerror(-err)) : CLI_OK;
}

static struct cli_command monitor_command = {
	.name = "monitor",
	.args = "[--count N]",
	.help = "print events as they come: changes, gateways, drops",
	.options = { { "count", "N" } },
	.run = monitor,
};

CLI_COMMAND(monitor_command)

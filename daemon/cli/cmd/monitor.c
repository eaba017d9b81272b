// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's events as they come, one a line, and between them the daemon's,
 * which is asked each second while it runs.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/out.h"
#include "cli/parse.h"
#include "cli/reasons.h"
#include "cli/tables.h"
#include "kern/events.h"

#define DAEMON_EVERY_MS 1000

struct monitoring {
	const struct cli *c;
	uint32_t left; /* 0: no end */
	bool done;
	json_int_t seen; /* the daemon's last event that was printed */
};

static json_t *change_json(const struct kern_change *e)
{
	return json_pack("{s:s, s:I, s:s, s:I, s:I, s:I, s:I, s:s}", "event",
			 "change", "vpn", (json_int_t)e->vpn, "command",
			 kern_command_name(e->cmd), "added",
			 (json_int_t)e->added, "replaced",
			 (json_int_t)e->replaced, "deleted",
			 (json_int_t)e->deleted, "pid", (json_int_t)e->pid,
			 "process", e->comm);
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
		out_say(stdout,
			"change   vpn %u: %s, %u added, %u replaced, %u deleted, by %s (%u)",
			e->change.vpn, kern_command_name(e->change.cmd),
			e->change.added, e->change.replaced, e->change.deleted,
			e->change.comm, e->change.pid);
		break;
	case KERN_EVENT_GATEWAY:
		printf("gateway  %u: %s, if_id 0x%x, %s, %s", e->gateway.id,
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

/* The time as ISO 8601 has it, before a line or in its object (consumed). */
static void print_head(const struct monitoring *m, time_t at, json_t *value)
{
	char stamp[32];
	struct tm tm;

	gmtime_r(&at, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (m->c->json) {
		json_object_set_new(value, "time", json_string(stamp));
		json_dumpf(value, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
	} else {
		printf("%s ", stamp);
	}
	json_decref(value);
}

static void print_end(struct monitoring *m)
{
	putchar('\n');
	fflush(stdout);
	m->done = ferror(stdout) || (m->left && !--m->left);
}

static void on_event(void *arg, const struct kern_event *e)
{
	struct monitoring *m = arg;

	if (m->done)
		return;
	print_head(m, time(NULL), m->c->json ? event_json(e) : NULL);
	if (!m->c->json)
		print_text(e);
	print_end(m);
}

/* What happened in the daemon since the last time. */
static void ask_daemon(struct monitoring *m)
{
	const struct cli *c = m->c;
	json_t *args = json_pack("{s:I}", "after", m->seen);
	json_t *answer, *e;
	char why[512];
	bool absent;
	size_t i;

	answer = cli_ask(c, "events", args, &absent, why, sizeof(why));
	json_array_foreach(json_object_get(answer, "events"), i, e) {
		const char *vpn = json_string_value(json_object_get(e, "vpn"));

		if (m->done)
			break;
		print_head(m, json_integer_value(json_object_get(e, "time")),
			   c->json ? json_incref(e) : NULL);
		if (!c->json)
			out_say(stdout, "event    %s%s%s: %s: %s",
				vpn && *vpn ? vpn : "", vpn && *vpn ? ": " : "",
				json_string_value(
					json_object_get(e, "subject")),
				json_string_value(json_object_get(e, "event")),
				json_string_value(json_object_get(e, "text")));
		print_end(m);
	}
	if (answer)
		m->seen = json_integer_value(json_object_get(answer, "last"));
	json_decref(answer);
}

/* Only what happens from now on; all of it where the daemon starts later. */
static void skip_past(struct monitoring *m)
{
	json_t *args = json_pack("{s:I}", "after", (json_int_t)INT64_MAX);
	char why[512];
	bool absent;
	json_t *answer =
		cli_ask(m->c, "events", args, &absent, why, sizeof(why));

	m->seen = json_integer_value(json_object_get(answer, "last"));
	json_decref(answer);
}

static int monitor(struct cli *c, char **args, unsigned int n)
{
	const char *count = cli_option(c, "count");
	struct monitoring m = { .c = c };
	struct kern_events *e;
	uint64_t now, ask_at;
	struct pollfd p;
	char why[256];
	int err = 0;

	(void)args;
	(void)n;
	if (count &&
	    !cli_number(c, "how many events", count, 1, UINT32_MAX, &m.left))
		return CLI_USAGE;
	skip_past(&m);
	if (kern_events_open(&e, why, sizeof(why)))
		return cli_refused("%s", why);
	p = (struct pollfd){ .fd = kern_events_fd(e), .events = POLLIN };
	ask_at = clock_ms() + DAEMON_EVERY_MS;
	while (!m.done && !err) {
		now = clock_ms();
		if (now >= ask_at) {
			ask_daemon(&m);
			ask_at = now + DAEMON_EVERY_MS;
			continue;
		}
		if (poll(&p, 1, (int)(ask_at - now)) < 0 && errno != EINTR)
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
	.help = "print events as they come: changes, gateways, drops, alarms",
	.options = { { "count", "N" } },
	.run = monitor,
};

CLI_COMMAND(monitor_command)

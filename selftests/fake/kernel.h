/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel and an IKE daemon that are arrays: the faces of kern/ and ike/ for
 * tests of what joins them. It keeps the rules that
 * the real ones keep (a route may only name gateways that exist, a gateway
 * that is named cannot be deleted, a message is applied whole or not) and
 * writes down what it was asked, in order. Included by one program only.
 */
#ifndef CESTEER_FAKE_KERNEL_H
#define CESTEER_FAKE_KERNEL_H

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "ike/ike.h"
#include "kern/events.h"
#include "kern/kern.h"
#include "kern/reading.h"

#define FAKE_MAX 512
#define FAKE_MESSAGE 4 /* entries */

/* ---- what was asked ------------------------------------------------------ */

static char fake_log[65536];

static void fake_say(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
static void fake_say(const char *fmt, ...)
{
	size_t n = strlen(fake_log);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(fake_log + n, sizeof(fake_log) - n, fmt, ap);
	va_end(ap);
}

/* ---- the kernel ---------------------------------------------------------- */

struct kern {
	int opened;
};

static struct {
	struct kern handle;
	bool gone; /* the module is not loaded */
	bool no_gateways; /* every new one is refused */
	bool no_settings; /* none of a gateway is taken */
	bool no_vpns; /* none can be set */
	bool no_sources; /* no more are taken */
	bool no_reading; /* nobody can begin to read entries */
	bool bad_reading; /* nor come to the end of it */
	struct prefix refuse; /* a route that is refused */
	size_t max_routes; /* 0: FAKE_MAX */
	struct kern_vpn vpns[8];
	size_t n_vpns;
	struct kern_device devices[8];
	size_t n_devices;
	struct kern_gateway gateways[FAKE_MAX];
	size_t n_gateways;
	struct {
		uint32_t vpn;
		struct kern_route r;
	} routes[FAKE_MAX];
	size_t n_routes;
	struct {
		uint32_t vpn;
		struct prefix p;
	} sources[FAKE_MAX];
	size_t n_sources;
	struct kern_queue queue;
} fake;

int kern_open(struct kern **kp, char *why, size_t why_len)
{
	if (fake.gone) {
		snprintf(why, why_len, "no module");
		return -ENOENT;
	}
	fake.handle.opened++;
	*kp = &fake.handle;
	return 0;
}

void kern_close(struct kern *k)
{
	k->opened--;
}

uint32_t kern_port(const struct kern *k)
{
	return 1;
}

/* Events are octets in a pipe, each the port of who changed something. */
struct kern_events {
	int fd[2];
};

static struct kern_events fake_events = { { -1, -1 } };

int kern_events_open(struct kern_events **ep, char *why, size_t why_len)
{
	*ep = &fake_events;
	return pipe2(fake_events.fd, O_NONBLOCK);
}

void kern_events_close(struct kern_events *e)
{
	if (!e)
		return;
	close(e->fd[0]);
	close(e->fd[1]);
}

int kern_events_fd(const struct kern_events *e)
{
	return e->fd[0];
}

int kern_events_read(struct kern_events *e,
		     void (*cb)(void *arg, const struct kern_event *event),
		     void *arg)
{
	struct kern_event event = {
		.type = KERN_EVENT_CHANGE,
		.change = { .cmd = CESTEER_CMD_ROUTE_DEL,
			    .pid = 4711,
			    .comm = "operator" },
	};
	uint8_t port;

	while (read(e->fd[0], &port, 1) == 1) {
		event.change.port = port;
		cb(arg, &event);
	}
	return 0;
}

/* Somebody changed something; port 1 is the daemon itself. */
static inline void fake_changed(uint8_t port)
{
	if (write(fake_events.fd[1], &port, 1) != 1)
		abort();
}

const char *kern_error(const struct kern *k)
{
	return "refused by the fake";
}

int kern_info(struct kern *k, struct kern_info *info)
{
	size_t i;

	*info = (struct kern_info){ .queue = fake.queue,
				    .gateways = (uint32_t)fake.n_gateways };
	info->routes = (uint32_t)fake.n_routes;
	for (i = 0; i < fake.n_gateways; i++)
		info->queue_held += fake.gateways[i].waiting;
	return 0;
}

int kern_own(struct kern *k)
{
	return 0;
}

int kern_queue_set(struct kern *k, const struct kern_queue *q)
{
	fake.queue = *q;
	return 0;
}

int kern_vpn_set(struct kern *k, uint32_t id, uint8_t default_action)
{
	size_t i;

	if (fake.no_vpns)
		return -ENOMEM;
	for (i = 0; i < fake.n_vpns && fake.vpns[i].id != id; i++)
		;
	if (i == fake.n_vpns)
		fake.n_vpns++;
	fake.vpns[i].id = id;
	fake.vpns[i].default_action = default_action;
	return 0;
}

int kern_vpn_del(struct kern *k, uint32_t id)
{
	size_t i, n;

	for (i = 0; i < fake.n_vpns && fake.vpns[i].id != id; i++)
		;
	if (i == fake.n_vpns)
		return -ENOENT;
	fake.vpns[i] = fake.vpns[--fake.n_vpns];
	for (i = 0, n = 0; i < fake.n_routes; i++)
		if (fake.routes[i].vpn != id)
			fake.routes[n++] = fake.routes[i];
	fake.n_routes = n;
	for (i = 0, n = 0; i < fake.n_sources; i++)
		if (fake.sources[i].vpn != id)
			fake.sources[n++] = fake.sources[i];
	fake.n_sources = n;
	fake_say("-vpn %u\n", id);
	return 0;
}

static size_t fake_device(uint32_t vpn, const char *name)
{
	size_t i;

	for (i = 0; i < fake.n_devices; i++)
		if (fake.devices[i].vpn == vpn &&
		    !strcmp(fake.devices[i].name, name))
			break;
	return i;
}

int kern_device_add(struct kern *k, uint32_t vpn, const char *name)
{
	size_t i = fake_device(vpn, name);

	if (i < fake.n_devices || i == 8)
		return -EEXIST;
	fake.devices[i] = (struct kern_device){ .vpn = vpn };
	strcpy(fake.devices[i].name, name);
	fake.n_devices++;
	fake_say("+device %s\n", name);
	return 0;
}

int kern_device_del(struct kern *k, uint32_t vpn, const char *name)
{
	size_t i = fake_device(vpn, name);

	if (i == fake.n_devices)
		return -ENOENT;
	fake.devices[i] = fake.devices[--fake.n_devices];
	fake_say("-device %s\n", name);
	return 0;
}

int kern_devices(struct kern *k,
		 int (*cb)(void *arg, const struct kern_device *dev),
		 void (*restart)(void *arg), void *arg)
{
	struct kern_device list[8];
	size_t i, n = fake.n_devices;

	memcpy(list, fake.devices, sizeof(list));
	for (i = 0; i < n; i++)
		cb(arg, &list[i]);
	return 0;
}

static struct kern_gateway *fake_gateway(uint32_t id)
{
	size_t i;

	for (i = 0; i < fake.n_gateways; i++)
		if (fake.gateways[i].id == id)
			return &fake.gateways[i];
	return NULL;
}

int kern_gateway_add(struct kern *k, const struct kern_gateway *gw)
{
	char buf[ADDR_STRLEN];
	size_t i;

	if (fake.no_gateways || !gw->id || !gw->if_id)
		return -ENOSPC;
	for (i = 0; i < fake.n_gateways; i++)
		if (fake.gateways[i].id == gw->id ||
		    fake.gateways[i].if_id == gw->if_id ||
		    !addr_cmp(&fake.gateways[i].address, &gw->address))
			return -EEXIST;
	fake.gateways[fake.n_gateways++] = *gw;
	fake_say("+gateway %s\n", addr_format(&gw->address, buf));
	return 0;
}

int kern_gateway_set(struct kern *k, uint32_t id, uint8_t mode, uint8_t state)
{
	struct kern_gateway *gw = fake_gateway(id);
	char buf[ADDR_STRLEN];

	if (!gw)
		return -ENOENT;
	if (fake.no_settings)
		return -ENOMEM;
	gw->mode = mode;
	gw->state = state;
	fake_say("gateway %s %s %s\n", addr_format(&gw->address, buf),
		 kern_mode_name(mode), kern_gateway_state_name(state));
	return 0;
}

static bool fake_named(uint32_t id)
{
	size_t i;
	int k;

	for (i = 0; i < fake.n_routes; i++)
		for (k = 0; k < fake.routes[i].r.target.n_gateways; k++)
			if (fake.routes[i].r.target.gateways[k] == id)
				return true;
	return false;
}

int kern_gateway_del(struct kern *k, uint32_t id)
{
	struct kern_gateway *gw = fake_gateway(id);
	char buf[ADDR_STRLEN];

	if (!gw)
		return -ENOENT;
	if (fake_named(id))
		return -EBUSY;
	fake_say("-gateway %s\n", addr_format(&gw->address, buf));
	*gw = fake.gateways[--fake.n_gateways];
	return 0;
}

static size_t fake_source(uint32_t vpn, const struct prefix *p)
{
	size_t i;

	for (i = 0; i < fake.n_sources; i++)
		if (fake.sources[i].vpn == vpn &&
		    !prefix_cmp(&fake.sources[i].p, p))
			break;
	return i;
}

int kern_sources_add(struct kern *k, uint32_t vpn, const struct prefix *p,
		     size_t n, size_t *done)
{
	char buf[PREFIX_STRLEN];

	*done = 0;
	if (fake.no_sources)
		return -ENOSPC;
	for (; *done < n; ++*done) {
		if (fake_source(vpn, &p[*done]) < fake.n_sources)
			continue;
		fake.sources[fake.n_sources].vpn = vpn;
		fake.sources[fake.n_sources++].p = p[*done];
		fake_say("+source %s\n", prefix_format(&p[*done], buf));
	}
	return 0;
}

int kern_sources_del(struct kern *k, uint32_t vpn, const struct prefix *p,
		     size_t n, size_t *done)
{
	char buf[PREFIX_STRLEN];

	for (*done = 0; *done < n; ++*done) {
		size_t i = fake_source(vpn, &p[*done]);

		if (i == fake.n_sources)
			return -ENOENT;
		fake.sources[i] = fake.sources[--fake.n_sources];
		fake_say("-source %s\n", prefix_format(&p[*done], buf));
	}
	return 0;
}

static size_t fake_route(uint32_t vpn, const struct prefix *p)
{
	size_t i;

	for (i = 0; i < fake.n_routes; i++)
		if (fake.routes[i].vpn == vpn &&
		    !prefix_cmp(&fake.routes[i].r.prefix, p))
			break;
	return i;
}

static int fake_route_check(const struct kern_route *r)
{
	int k;

	if (fake.refuse.family && !prefix_cmp(&fake.refuse, &r->prefix))
		return -EINVAL;
	for (k = 0; k < r->target.n_gateways; k++)
		if (!fake_gateway(r->target.gateways[k]))
			return -ENOENT;
	if (r->target.action == CESTEER_ACTION_PROTECT)
		return r->target.n_gateways ? 0 : -EINVAL;
	return r->target.n_gateways ? -EINVAL : 0;
}

int kern_routes_add(struct kern *k, uint32_t vpn, const struct kern_route *r,
		    size_t n, size_t *done)
{
	char buf[PREFIX_STRLEN];
	size_t i, at, m, all;
	int err;

	for (*done = 0; *done < n; *done += m) {
		m = n - *done < FAKE_MESSAGE ? n - *done : FAKE_MESSAGE;
		all = fake.n_routes;
		for (i = *done; i < *done + m; i++) {
			err = fake_route_check(&r[i]);
			if (err)
				return err;
			all += fake_route(vpn, &r[i].prefix) == fake.n_routes;
			if (fake.max_routes && all > fake.n_routes &&
			    all > fake.max_routes)
				return -ENOSPC;
		}
		for (i = *done; i < *done + m; i++) {
			at = fake_route(vpn, &r[i].prefix);
			fake.n_routes += at == fake.n_routes;
			fake.routes[at].vpn = vpn;
			fake.routes[at].r = r[i];
			fake_say("+route %s %s %u\n",
				 prefix_format(&r[i].prefix, buf),
				 kern_action_name(r[i].target.action),
				 r[i].target.n_gateways);
		}
	}
	return 0;
}

int kern_routes_del(struct kern *k, uint32_t vpn, const struct prefix *p,
		    size_t n, size_t *done)
{
	char buf[PREFIX_STRLEN];
	size_t i, at, m;

	for (*done = 0; *done < n; *done += m) {
		m = n - *done < FAKE_MESSAGE ? n - *done : FAKE_MESSAGE;
		for (i = *done; i < *done + m; i++)
			if (fake_route(vpn, &p[i]) == fake.n_routes)
				return -ENOENT;
		for (i = *done; i < *done + m; i++) {
			at = fake_route(vpn, &p[i]);
			fake.routes[at] = fake.routes[--fake.n_routes];
			fake_say("-route %s\n", prefix_format(&p[i], buf));
		}
	}
	return 0;
}

int kern_vpns(struct kern *k, int (*cb)(void *arg, const struct kern_vpn *v),
	      void (*restart)(void *arg), void *arg)
{
	size_t i, n;

	for (i = 0; i < fake.n_vpns; i++) {
		struct kern_vpn v = fake.vpns[i];

		for (n = 0; n < fake.n_routes; n++)
			v.routes += fake.routes[n].vpn == v.id;
		for (n = 0; n < fake.n_sources; n++)
			v.sources += fake.sources[n].vpn == v.id;
		cb(arg, &v);
	}
	return 0;
}

/* Packets of gateways are dropped for one reason. */
int kern_counters(struct kern *k,
		  int (*cb)(void *arg, const struct kern_counter *c), void *arg)
{
	struct kern_counter c = { .reason = CESTEER_REASON_NO_SA,
				  .verdict = CESTEER_VERDICT_DROP };
	size_t i;

	for (i = 0; i < fake.n_gateways; i++)
		c.packets += fake.gateways[i].drops;
	return cb(arg, &c);
}

/* Each dump is interrupted once, half-way. */
int kern_gateways(struct kern *k,
		  int (*cb)(void *arg, const struct kern_gateway *g),
		  void (*restart)(void *arg), void *arg)
{
	size_t i;

	for (i = 0; i < fake.n_gateways / 2; i++)
		cb(arg, &fake.gateways[i]);
	if (restart)
		restart(arg);
	for (i = 0; i < fake.n_gateways; i++)
		cb(arg, &fake.gateways[i]);
	return 0;
}

static int fake_source_cmp(const void *a, const void *b)
{
	const struct prefix *pa = a, *pb = b;

	return prefix_cmp(pa, pb);
}

int kern_sources(struct kern *k, uint32_t vpn,
		 int (*cb)(void *arg, const struct prefix *p),
		 void (*restart)(void *arg), void *arg)
{
	struct prefix list[FAKE_MAX];
	size_t i, n = 0;

	for (i = 0; i < fake.n_sources; i++)
		if (fake.sources[i].vpn == vpn)
			list[n++] = fake.sources[i].p;
	if (n)
		qsort(list, n, sizeof(list[0]), fake_source_cmp);
	for (i = 0; i < n; i++)
		cb(arg, &list[i]);
	return 0;
}

/* Two a time. */
struct kern_reading {
	uint32_t vpn;
	size_t at;
};

int kern_reading_open(struct kern_reading **rp, uint32_t vpn, char *why,
		      size_t why_len)
{
	*rp = NULL;
	if (fake.no_reading) {
		snprintf(why, why_len, "too many open files");
		return -EMFILE;
	}
	*rp = calloc(1, sizeof(**rp));
	(*rp)->vpn = vpn;
	fake.handle.opened++;
	return 0;
}

void kern_reading_close(struct kern_reading *r)
{
	if (!r)
		return;
	fake.handle.opened--;
	free(r);
}

int kern_reading_next(struct kern_reading *r, uint64_t until_us,
		      int (*cb)(void *arg, const struct kern_route *route),
		      void *arg)
{
	size_t end = r->at + 2;

	for (; r->at < end && r->at < fake.n_routes; r->at++) {
		if (fake.routes[r->at].vpn == r->vpn)
			cb(arg, &fake.routes[r->at].r);
	}
	return fake.bad_reading ? -EIO : r->at < fake.n_routes;
}

const char *kern_reading_error(const struct kern_reading *r)
{
	return "";
}

/* ---- the IKE daemon ------------------------------------------------------ */

struct ike {
	struct ike_events ev;
	void *arg;
};

struct ike_gateway {
	struct addr address;
	bool session;
	void *user;
};

static struct ike fake_ike;
static enum ike_state fake_ike_state; /* of every gateway */
static struct ike_gateway *fake_ike_last;
static struct ike_gateway *fake_ikes[FAKE_MAX]; /* up to NULL */
static bool fake_ike_stays; /* it does not unload all */

struct ike *ike_create(struct event_base *base, const struct ike_conf *conf,
		       const struct ike_events *ev, void *arg)
{
	fake_ike.ev = *ev;
	fake_ike.arg = arg;
	return &fake_ike;
}

bool ike_destroy(struct ike *ike, bool unload)
{
	if (unload)
		fake_say("-ike all\n");
	return !unload || !fake_ike_stays;
}

void ike_reconfigure(struct ike *ike, const struct ike_conf *conf)
{
}

struct ike_gateway *ike_gateway_add(struct ike *ike,
				    const struct ike_gateway_conf *conf,
				    void *user)
{
	struct ike_gateway *gw = calloc(1, sizeof(*gw));
	char buf[ADDR_STRLEN];
	size_t i = 0;

	gw->address = conf->address;
	gw->session = conf->session;
	gw->user = user;
	fake_ike_last = gw;
	while (fake_ikes[i])
		i++;
	fake_ikes[i] = gw;
	fake_say("+ike %s%s\n", conf->session ? "session " : "",
		 addr_format(&gw->address, buf));
	return gw;
}

void ike_gateway_set_mode(struct ike_gateway *gw, enum ike_mode mode)
{
	char buf[ADDR_STRLEN];

	fake_say("ike %s %d\n", addr_format(&gw->address, buf), mode);
}

void ike_gateway_initiate(struct ike_gateway *gw)
{
	char buf[ADDR_STRLEN];

	fake_say("initiate %s\n", addr_format(&gw->address, buf));
}

enum ike_state ike_gateway_state(const struct ike_gateway *gw)
{
	return fake_ike_state;
}

void ike_gateway_del(struct ike_gateway *gw)
{
	char buf[ADDR_STRLEN];
	size_t i = 0, n = 0;

	fake_say("-ike %s\n", addr_format(&gw->address, buf));
	while (fake_ikes[i] != gw)
		i++;
	while (fake_ikes[n])
		n++;
	fake_ikes[i] = fake_ikes[n - 1];
	fake_ikes[n - 1] = NULL;
	free(gw);
}

void *ike_gateway_user(const struct ike_gateway *gw)
{
	return gw->user;
}

json_t *ike_gateway_json(const struct ike_gateway *gw)
{
	return json_object();
}

bool ike_link_up(const struct ike *ike)
{
	return true;
}

static bool fake_protected; /* what the kernel's policies say of sessions */

bool ike_session_protected(struct ike *ike, const struct addr *local,
			   const struct addr *remote)
{
	return fake_protected;
}

/* Connections of the run before that nothing wants were ended. */
static bool fake_swept;

void ike_sweep(struct ike *ike)
{
	fake_swept = true;
}

#endif /* CESTEER_FAKE_KERNEL_H */

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names, in the configuration and in the kernel. There are few.
 */
#include "core/device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/mem.h"

#define ROOM "vpn"

/* Names that the kernel has for one VPN. */
struct names {
	uint32_t table;
	struct kern_device *list;
	size_t n;
};

static int seen(void *arg, const struct kern_device *dev)
{
	struct names *l = arg;

	if (dev->vpn != l->table)
		return 0;
	l->list = xrealloc(l->list, (l->n + 1) * sizeof(*l->list));
	l->list[l->n++] = *dev;
	return 0;
}

static void again(void *arg)
{
	((struct names *)arg)->n = 0;
}

static bool is_wanted(const struct conf_vpn *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->n_devices; i++) {
		if (!strcmp(c->devices[i], name))
			return true;
	}
	return false;
}

static bool is_there(const struct names *l, const char *name)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (!strcmp(l->list[i].name, name))
			return true;
	}
	return false;
}

static void refused(const struct vpn *v, const char *name, int err)
{
	log_error(ROOM, "%s: device %s: the fast way is not set: %s", v->name,
		  name,
		  err == -EOPNOTSUPP ? "the module has none" :
				       kern_error(v->d->kern));
}

static size_t add(const struct vpn *v, const struct names *l)
{
	const struct conf_vpn *c = v->conf;
	size_t i, n = 0;
	int err;

	for (i = 0; i < c->n_devices; i++) {
		if (is_there(l, c->devices[i]))
			continue;
		err = kern_device_add(v->d->kern, v->table, c->devices[i]);
		if (err < 0) {
			refused(v, c->devices[i], err);
			continue;
		}
		log_info(ROOM, "%s: the fast way from device %s", v->name,
			 c->devices[i]);
		n++;
	}
	return n;
}

static size_t del(const struct vpn *v, const struct names *l)
{
	size_t i, n = 0;
	int err;

	for (i = 0; i < l->n; i++) {
		if (is_wanted(v->conf, l->list[i].name))
			continue;
		err = kern_device_del(v->d->kern, v->table, l->list[i].name);
		if (err < 0 && err != -ENOENT) {
			refused(v, l->list[i].name, err);
			continue;
		}
		log_info(ROOM, "%s: not the fast way from device %s any more",
			 v->name, l->list[i].name);
		n++;
	}
	return n;
}

size_t devices_install(struct vpn *v)
{
	struct names l = { .table = v->table };
	size_t n = 0;
	int err;

	err = kern_devices(v->d->kern, seen, again, &l);
	if (err >= 0)
		n = del(v, &l) + add(v, &l);
	else if (err != -EOPNOTSUPP || v->conf->n_devices)
		log_error(ROOM, "%s: devices not read: %s", v->name,
			  err == -EOPNOTSUPP ? "the module has no fast way" :
					       kern_error(v->d->kern));
	free(l.list);
	return n;
}

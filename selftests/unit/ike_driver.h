/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IKE driver with a model of strongSwan and of the kernel's part in it, for
 * tests.
 */
#ifndef CESTEER_UNIT_IKE_DRIVER_H
#define CESTEER_UNIT_IKE_DRIVER_H

#include <errno.h>
#include <event2/event.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "fake/vici_peer.h"
#include "ike/driver.h"
#include "ike/ike.h"
#include "ike/xfrm.h"
#include "kselftest_harness.h"

#define GW "cesteer-192.0.2.2"

FIXTURE(driver) {
	struct event_base *base;
	struct vici_peer *peer;
	struct ike *ike;
	struct ike_conf conf;
	struct ike_psk psk[2]; /* GW's own, and the one for all others */
	char dir[32], path[64];
	enum ike_state state;
	char why[200];
	char states[512]; /* " loading waiting ..." */
};

static void on_state(void *arg, struct ike_gateway *gw, enum ike_state state,
		     const char *why)
{
	struct _test_data_driver *t = arg;
	size_t used = strlen(t->states);

	if (ike_gateway_user(gw) != t)
		return;
	t->state = state;
	snprintf(t->why, sizeof(t->why), "%s", why);
	snprintf(t->states + used, sizeof(t->states) - used, " %s",
		 ike_state_name(state));
}

static void on_link(void *arg, bool up, const char *why)
{
}

static const struct ike_events events = { on_state, on_state, on_link };

static void run(struct _test_data_driver *t, unsigned int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	event_base_loopexit(t->base, &tv);
	event_base_dispatch(t->base);
}

/* What the kernel holds: all that strongSwan put there, less what was taken. */
static struct {
	struct vici_peer *peer;
	bool no_policies; /* until a connection is loaded */
	unsigned int no_spi; /* nor ever again */
	unsigned int looks, cost_ms; /* of one */
	bool takes_tcp;
} kernel;

struct ike_xfrm *ike_xfrm_open(void)
{
	return (struct ike_xfrm *)&kernel;
}

void ike_xfrm_close(struct ike_xfrm *x)
{
}

int ike_xfrm_all_policies(struct ike_xfrm *x,
			  void (*each)(void *arg, uint32_t if_id,
				       uint32_t family),
			  void (*tcp)(void *arg, const struct addr *src,
				      const struct addr *dst),
			  void *arg)
{
	size_t i;

	kernel.looks++;
	usleep(kernel.cost_ms * 1000);
	for (i = 0; !kernel.no_policies && i < VICI_PEER_MAX; i++) {
		if (!*kernel.peer->conns[i].s)
			continue;
		each(arg, kernel.peer->if_ids[i], AF_INET);
		each(arg, kernel.peer->if_ids[i], AF_INET6);
	}
	return 0;
}

int ike_xfrm_all_sas(struct ike_xfrm *x,
		     void (*each)(void *arg, uint32_t if_id, uint32_t spi),
		     void *arg)
{
	const struct vici_peer_sa *sa = kernel.peer->sas;
	unsigned int spi;

	for (; sa < kernel.peer->sas + VICI_PEER_MAX; sa++) {
		spi = vici_peer_spi_in(sa);
		if (*sa->name && *sa->child_state && spi != kernel.no_spi)
			each(arg, sa->if_id, spi);
		if (*sa->name && *sa->child_state && ++spi != kernel.no_spi)
			each(arg, sa->if_id, spi);
	}
	return 0;
}

/* Stands for the kernel's message: the if_id alone. */
void ike_xfrm_deleted_policy(struct nlmsghdr *nlh,
			     void (*each)(void *arg, uint32_t if_id,
					  uint32_t family),
			     void (*tcp)(void *arg, const struct addr *src,
					 const struct addr *dst),
			     void *arg)
{
	uint32_t if_id;

	memcpy(&if_id, NLMSG_DATA(nlh), sizeof(if_id));
	each(arg, if_id, AF_INET);
}

bool ike_xfrm_takes_tcp(struct ike_xfrm *x, const struct addr *src,
			const struct addr *dst)
{
	return kernel.takes_tcp;
}

/* Stands for the kernel's message: the SPI alone. */
bool ike_xfrm_deleted_sa(struct nlmsghdr *nlh, struct addr *src,
			 struct addr *dst, uint32_t *spi)
{
	addr_parse("192.0.2.1", src);
	addr_parse("192.0.2.2", dst);
	memcpy(spi, NLMSG_DATA(nlh), sizeof(*spi));
	return true;
}

/* Manual SAs are not for this test. */
int ike_xfrm_sas(struct ike_xfrm *x,
		 void (*each)(void *arg, const struct ike_xfrm_sa *sa),
		 void *arg)
{
	return 0;
}

int ike_xfrm_policies(struct ike_xfrm *x,
		      void (*each)(void *arg, const struct ike_xfrm_policy *p),
		      void *arg)
{
	return 0;
}

int ike_xfrm_sa_add(struct ike_xfrm *x, const struct ike_xfrm_sa *sa)
{
	return -EPERM;
}

int ike_xfrm_sa_del(struct ike_xfrm *x, const struct ike_xfrm_sa *sa)
{
	return -EPERM;
}

int ike_xfrm_policy_add(struct ike_xfrm *x, const struct ike_xfrm_policy *p)
{
	return -EPERM;
}

int ike_xfrm_policy_del(struct ike_xfrm *x, const struct ike_xfrm_policy *p)
{
	return -EPERM;
}

static bool wait_state(struct _test_data_driver *t, enum ike_state state,
		       unsigned int ms)
{
	for (; t->state != state && ms; ms--)
		run(t, 1);
	return t->state == state;
}

static inline bool wait_log(struct _test_data_driver *t, const char *text,
			    unsigned int ms)
{
	for (; !strstr(t->peer->log, text) && ms; ms--)
		run(t, 1);
	return strstr(t->peer->log, text);
}

static struct ike_gateway *add(struct _test_data_driver *t, const char *address,
			       uint32_t if_id, enum ike_mode mode)
{
	struct ike_gateway_conf conf = { .if_id = if_id, .mode = mode };

	addr_parse(address, &conf.address);
	return ike_gateway_add(t->ike, &conf, t);
}

FIXTURE_SETUP(driver) {
	const char *why;

	signal(SIGPIPE, SIG_IGN);
	log_set_level(LOG_LEVEL_ERROR);
	memset(self, 0, sizeof(*self));
	strcpy(self->dir, "/tmp/ike-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	snprintf(self->path, sizeof(self->path), "%s/s", self->dir);
	self->base = event_base_new();
	self->peer = vici_peer_create(self->base, self->path);
	memset(&kernel, 0, sizeof(kernel));
	kernel.peer = self->peer;
	prefix_parse("192.0.2.2", &self->psk[0].gateways, &why);
	self->psk[0].key.data = (uint8_t *)"secret";
	self->psk[0].key.len = 6;
	self->psk[1].key.data = (uint8_t *)"common";
	self->psk[1].key.len = 6;
	self->conf.psk = self->psk;
	self->conf.n_psk = 2;
	self->conf.socket = self->path;
	addr_parse("192.0.2.1", &self->conf.id4);
	self->ike = ike_create(self->base, &self->conf, &events, self);
}

FIXTURE_TEARDOWN(driver) {
	ike_destroy(self->ike, false);
	vici_peer_destroy(self->peer);
	event_base_free(self->base);
	unlink(self->path);
	rmdir(self->dir);
}

#endif /* CESTEER_UNIT_IKE_DRIVER_H */

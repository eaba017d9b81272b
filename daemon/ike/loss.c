// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What somebody else takes out of the kernel behind the IKE daemon's back, as
 * "ip xfrm policy flush" does: strongSwan does not notice, and goes on as if
 * its policies and SAs were there. The kernel tells of it; what is missing then
 * is had from strongSwan anew. Owns the socket that listens; what is to be done
 * about a gateway is gateway.c's.
 *
 * strongSwan itself deletes SAs, with each rekeying: one that is deleted is lost
 * if strongSwan lists it afterwards. What is missing may also be strongSwan's
 * doing, and there again in a moment: a gateway is first suspected, and looked
 * at once more. A look is at all that the kernel holds: there is none while
 * nobody is suspected whom it could clear, nor soon after one that took long.
 */
#include <errno.h>
#include <event2/event.h>
#include <linux/xfrm.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "ike/driver.h"
#include "ike/xfrm.h"

#define SOON_MS 100 /* what strongSwan itself removes is soon known */
#define AGAIN_MS 1000 /* what was missing then is looked for once more */
#define PAUSE_FACTOR 10 /* looks may cost a tenth of the time */
#define GONE_MAX 65536 /* more: whoever's they are, all are looked at */

/*
 * If_ids in the upper half, families or SPIs in the lower; addr_pair_number()
 * in the lower, of what is for a BGP session.
 */
static void add(void *arg, uint32_t if_id, uint32_t what)
{
	struct ike_found *f = arg;

	if (f->n == f->room) {
		f->room = f->room ? 2 * f->room : 64;
		f->list = xrealloc(f->list, f->room * sizeof(*f->list));
	}
	f->list[f->n++] = (uint64_t)if_id << 32 | what;
}

static void add_tcp(void *arg, const struct addr *src, const struct addr *dst)
{
	add(arg, 0, addr_pair_number(dst, src));
}

static int cmp(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void sort(struct ike_found *f)
{
	if (f->n)
		qsort(f->list, f->n, sizeof(*f->list), cmp);
}

static bool has(const struct ike_found *f, uint32_t if_id, uint32_t what)
{
	uint64_t key = (uint64_t)if_id << 32 | what;

	return f->n && bsearch(&key, f->list, f->n, sizeof(key), cmp);
}

/* Surely: each that is lost is marked as such. */
static bool lost_sa(struct ike_gateway *gw, const struct ike_found *sas,
		    bool surely)
{
	struct ike_sa_child *c;
	bool any = false, lost;
	size_t i;

	for (i = 0; i < gw->sas.n; i++) {
		c = &gw->sas.child[i];
		lost = c->phase == SA_THERE && !c->ended &&
		       (!has(sas, c->if_id, c->spi_out) ||
			!has(sas, c->if_id, c->spi_in));
		c->lost |= lost && surely;
		any |= lost;
	}
	return any;
}

static bool lost_policy(const struct ike_gateway *gw, const struct ike_found *p)
{
	const struct ike_gateway_conf *c = &gw->conf;

	if (c->session)
		return !has(p, 0, addr_pair_number(&c->local, &c->address));
	return !has(p, c->if_id, AF_INET) || !has(p, c->if_id, AF_INET6);
}

static bool is_among(const struct ike_gateway *gw, const struct ike_found *p)
{
	const struct ike_gateway_conf *c = &gw->conf;

	if (c->session)
		return has(p, 0, addr_pair_number(&c->local, &c->address));
	return has(p, c->if_id, AF_INET) || has(p, c->if_id, AF_INET6);
}

/* Whether it is to be looked at again. */
static bool compare(struct ike_gateway *gw, const struct ike_found *policies,
		    const struct ike_found *sas)
{
	bool policy, sa, surely = gw->suspicion == SUSPICION_LOSS;

	if (ike_gw_busy(gw))
		return gw->suspicion;
	if (!ike_gw_settled(gw)) {
		gw->suspicion = SUSPICION_NONE;
		return false;
	}
	policy = lost_policy(gw, policies);
	sa = lost_sa(gw, sas, surely);
	if (surely && (policy || sa)) {
		gw->suspicion = SUSPICION_NONE;
		ike_gw_robbed(gw, policy);
		return false;
	}
	gw->suspicion = policy || sa ? SUSPICION_LOSS : SUSPICION_NONE;
	return gw->suspicion;
}

static bool compare_all(struct ike *ike, const struct ike_found *policies,
			const struct ike_found *sas)
{
	struct ike_gateway *gw;
	bool again = false;
	size_t i;

	for (i = 0; i < IKE_BUCKETS; i++)
		LIST_FOREACH(gw, &ike->bucket[i], hash)
	again |= compare(gw, policies, sas);
	return again;
}

static void suspect(struct ike_gateway *gw)
{
	gw->suspicion = SUSPICION_LOSS;
}

static void unseen(struct ike_gateway *gw)
{
	if (gw->suspicion == SUSPICION_NONE)
		gw->suspicion = SUSPICION_UNSEEN;
}

static void schedule(struct ike *ike, unsigned int ms)
{
	uint64_t now = clock_us(), us = ms * UINT64_C(1000);
	struct timeval tv;

	if (now + us < ike->loss.next)
		us = ike->loss.next - now;
	tv = (struct timeval){ (time_t)(us / 1000000),
			       (suseconds_t)(us % 1000000) };
	event_add(ike->loss.timer, &tv);
}

/*
 * What the kernel told of is strongSwan's own doing, unless a listing that
 * began later has it still.
 */
static void confirm(struct ike_gateway *gw)
{
	struct ike *ike = gw->ike;
	struct ike_sa_child *c;
	size_t i;

	for (i = 0; i < gw->sas.n; i++) {
		c = &gw->sas.child[i];
		if (!c->missed || c->phase != SA_THERE || c->rekeying)
			continue;
		if (c->listing < c->missed) {
			ike_survey_soon(ike, 0);
			ike->loss.again = true;
			continue;
		}
		c->missed = 0;
		suspect(gw);
	}
}

/* A settled gateway's policies are nobody's to delete. */
static void take_gone(struct ike *ike)
{
	struct ike_found *gone = &ike->loss.gone;
	struct ike_gateway *gw;
	size_t i;

	sort(gone);
	for (i = 0; gone->n && i < IKE_BUCKETS; i++) {
		LIST_FOREACH(gw, &ike->bucket[i], hash)
		{
			if (ike_gw_settled(gw) && is_among(gw, gone))
				unseen(gw);
		}
	}
	gone->n = 0;
}

/* Those that there is something to be learned of, now or later. */
static void sift(struct ike *ike, bool *now, bool *later)
{
	struct ike_gateway *gw;
	size_t i;

	*now = false;
	*later = false;
	for (i = 0; i < IKE_BUCKETS; i++) {
		LIST_FOREACH(gw, &ike->bucket[i], hash)
		{
			if (gw->suspicion == SUSPICION_NONE)
				continue;
			if (ike_gw_busy(gw))
				*later = true;
			else if (ike_gw_settled(gw))
				*now = true;
			else
				gw->suspicion = SUSPICION_NONE;
		}
	}
}

/* Whether to look again. */
static bool look(struct ike *ike)
{
	uint64_t began = clock_us(), ended;
	struct ike_found policies = { 0 }, sas = { 0 };
	bool again = false;
	int err;

	if (!ike->loss.xfrm)
		ike->loss.xfrm = ike_xfrm_open();
	err = ike->loss.xfrm ? 0 : -errno;
	if (!err)
		err = ike_xfrm_all_policies(ike->loss.xfrm, add, add_tcp,
					    &policies);
	if (!err)
		err = ike_xfrm_all_sas(ike->loss.xfrm, add, &sas);
	if (!err) {
		sort(&policies);
		sort(&sas);
		again = compare_all(ike, &policies, &sas);
	}
	free(policies.list);
	free(sas.list);
	if (err && err != -EAGAIN)
		log_error("ike", "the kernel's policies cannot be read: %s",
			  strerror(-err));
	ended = clock_us();
	ike->loss.next = ended + PAUSE_FACTOR * (ended - began);
	return again || err == -EAGAIN;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct ike *ike = arg;
	bool now, later;

	/* ike_loss_look() follows: until then nothing is known. */
	if (!vici_up(ike->v)) {
		ike->loss.gone.n = 0;
		return;
	}
	ike->loss.again = false;
	ike_each(ike, confirm);
	take_gone(ike);
	sift(ike, &now, &later);
	if (now)
		later |= look(ike);
	if (later || ike->loss.again)
		schedule(ike, AGAIN_MS);
}

void ike_loss_look(struct ike *ike)
{
	ike_each(ike, unseen);
	schedule(ike, AGAIN_MS);
}

static bool miss(struct ike *ike, struct addr remote, bool session,
		 uint32_t spi)
{
	struct ike_gateway_conf conf = { .address = remote,
					 .session = session };
	struct addr key = ike_conn_key(&conf);
	struct ike_gateway *gw = ike_gw_find(ike, &key);
	struct ike_sa_child *c;
	size_t i;

	for (i = 0; gw && i < gw->sas.n; i++) {
		c = &gw->sas.child[i];
		if (c->spi_out != spi && c->spi_in != spi)
			continue;
		c->missed = ike->listings + 1;
		return true;
	}
	return false;
}

/* False: it is none of ours, as far as we know. */
static bool missed(struct ike *ike, struct nlmsghdr *nlh)
{
	struct addr src, dst;
	uint32_t spi;

	return ike_xfrm_deleted_sa(nlh, &src, &dst, &spi) &&
	       (miss(ike, dst, false, spi) || miss(ike, src, false, spi) ||
		miss(ike, dst, true, spi) || miss(ike, src, true, spi));
}

/* True: there are some. Whose they are is seen later, of all at once. */
static bool gone(struct ike *ike, struct nlmsghdr *nlh)
{
	ike_xfrm_deleted_policy(nlh, add, add_tcp, &ike->loss.gone);
	if (ike->loss.gone.n >= GONE_MAX) {
		ike->loss.gone.n = 0;
		ike_each(ike, unseen);
		return true;
	}
	return ike->loss.gone.n;
}

/* Whether there is something to do about it. */
static bool matters(struct ike *ike, struct nlmsghdr *nlh, bool *flushed)
{
	switch (nlh->nlmsg_type) {
	case XFRM_MSG_FLUSHPOLICY:
	case XFRM_MSG_FLUSHSA:
		*flushed = true;
		return true;
	case XFRM_MSG_DELPOLICY:
		return gone(ike, nlh);
	case XFRM_MSG_DELSA:
		return missed(ike, nlh);
	default:
		return false;
	}
}

static void readable(evutil_socket_t fd, short what, void *arg)
{
	bool todo = false, flushed = false;
	struct ike *ike = arg;
	union {
		struct nlmsghdr nlh;
		uint8_t b[8192];
	} u;
	ssize_t n;

	while ((n = recv(fd, &u, sizeof(u), MSG_DONTWAIT)) >= 0 ||
	       errno == ENOBUFS || errno == EINTR) {
		struct nlmsghdr *nlh = &u.nlh;
		int left = (int)n;

		/* Some went unheard. */
		if (n < 0) {
			ike_each(ike, unseen);
			todo = true;
		}
		for (; n > 0 && nlmsg_ok(nlh, left);
		     nlh = nlmsg_next(nlh, &left))
			todo |= matters(ike, nlh, &flushed);
	}
	explicit_bzero(&u, sizeof(u)); /* keys are told of, too */
	/* A flush is nothing that passes by itself. */
	if (flushed) {
		ike_each(ike, suspect);
		ike_manual_soon(ike);
	}
	if (todo && !event_pending(ike->loss.timer, EV_TIMEOUT, NULL))
		schedule(ike, SOON_MS);
}

static int listen_to_xfrm(void)
{
	static const int groups[] = { XFRMNLGRP_POLICY, XFRMNLGRP_SA };
	struct sockaddr_nl a = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_XFRM);
	size_t i;

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)))
		goto fail;
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
			       &groups[i], sizeof(groups[i])))
			goto fail;
	return fd;
fail:
	i = (size_t)errno;
	close(fd);
	return -(int)i;
}

int ike_loss_init(struct ike *ike)
{
	int fd = listen_to_xfrm();

	ike->loss.timer = evtimer_new(ike->base, on_timer, ike);
	if (!ike->loss.timer)
		goto fail;
	if (fd < 0) {
		log_warn(
			"ike",
			"what others take out of the kernel's IPsec is not seen: %s",
			strerror(-fd));
		return 0;
	}
	ike->loss.readable =
		event_new(ike->base, fd, EV_READ | EV_PERSIST, readable, ike);
	if (ike->loss.readable && !event_add(ike->loss.readable, NULL))
		return 0;
fail:
	if (fd >= 0 && !ike->loss.readable)
		close(fd);
	return -ENOMEM;
}

void ike_loss_fini(struct ike *ike)
{
	if (ike->loss.readable) {
		close(event_get_fd(ike->loss.readable));
		event_free(ike->loss.readable);
	}
	if (ike->loss.timer)
		event_free(ike->loss.timer);
	ike_xfrm_close(ike->loss.xfrm);
	free(ike->loss.gone.list);
}

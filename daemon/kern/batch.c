// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Batches of sources and routes as messages: as many entries a message as
 * fit, of one address family, entries with equal targets in one group, groups
 * cut where a netlink attribute's 16-bit length would overflow. What the
 * kernel answers is for genl.c.
 */
#include "kern/batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <netlink/attr.h>
#include "kern/genl.h"

/* A group, its nest included, stays well below 64 KiB. */
#define GROUP_LEN (60 * 1024)

static size_t record_len(const struct prefix *p)
{
	return p->family == AF_INET ? sizeof(struct cesteer_prefix4) :
				      sizeof(struct cesteer_prefix6);
}

/* A group without its records: nest, action, gateways, records' header. */
static size_t group_head_len(const struct kern_target *t)
{
	size_t len = 2 * (size_t)nla_total_size(0);

	if (t)
		len += nla_total_size(1) +
		       nla_total_size((int)(t->n_gateways * sizeof(uint32_t)));
	return len;
}

/* Not 0 when two entries cannot be in one group. */
static int group_cmp(const struct kern_entry *a, const struct kern_entry *b)
{
	return a->target ? kern_target_cmp(a->target, b->target) : 0;
}

/* The prefixes' addresses break ties: the callers' arrays are in order. */
static int entry_cmp(const void *va, const void *vb)
{
	const struct kern_entry *a = va, *b = vb;
	int order = group_cmp(a, b);

	if (order)
		return order;
	return (a->prefix > b->prefix) - (a->prefix < b->prefix);
}

size_t kern_batch_fit(const struct kern_entry *e, size_t n, size_t *octets)
{
	size_t len = 0, group = 0, i;

	*octets = 0;
	for (i = 0; i < n; i++) {
		size_t rec = record_len(e[i].prefix);

		if (e[i].prefix->family != e[0].prefix->family)
			break;
		/* Sorting merges groups, so this is never too little. */
		if (!i || group_cmp(&e[i - 1], &e[i]) ||
		    group + rec > GROUP_LEN) {
			group = group_head_len(e[i].target);
			len += group;
		}
		group += rec;
		len += rec;
		if (len > KERN_BATCH_LEN)
			break;
		*octets = len;
	}
	return i ? i : 1;
}

static void write_record(void *rec, const struct prefix *p)
{
	size_t octets = addr_bits(p->family) / 8;
	uint8_t *b = rec;

	memset(b, 0, record_len(p));
	memcpy(b, p->b, octets);
	b[octets] = p->len;
}

static bool put_records(struct nl_msg *msg, const struct kern_entry *e,
			size_t n)
{
	size_t rec = record_len(e->prefix), i;
	int type = e->prefix->family == AF_INET ? CESTEER_A_GROUP_PREFIXES4 :
						  CESTEER_A_GROUP_PREFIXES6;
	struct nlattr *a = nla_reserve(msg, type, (int)(n * rec));

	if (!a)
		return false;
	for (i = 0; i < n; i++)
		write_record((char *)nla_data(a) + i * rec, e[i].prefix);
	return true;
}

static bool put_group(struct nl_msg *msg, const struct kern_entry *e, size_t n)
{
	const struct kern_target *t = e->target;
	struct nlattr *nest =
		nla_nest_start(msg, NLA_F_NESTED | CESTEER_A_TABLE_GROUP);

	if (!nest)
		return false;
	if (t && nla_put_u8(msg, CESTEER_A_GROUP_ACTION, t->action))
		return false;
	if (t && t->n_gateways &&
	    nla_put(msg, CESTEER_A_GROUP_GATEWAYS,
		    (int)(t->n_gateways * sizeof(uint32_t)), t->gateways))
		return false;
	if (!put_records(msg, e, n))
		return false;
	nla_nest_end(msg, nest);
	return true;
}

bool kern_batch_put(struct nl_msg *msg, struct kern_entry *e, size_t n)
{
	size_t first = 0, len = 0, i;

	qsort(e, n, sizeof(*e), entry_cmp);
	for (i = 0; i < n; i++) {
		size_t rec = record_len(e[i].prefix);

		if (i > first &&
		    (group_cmp(&e[first], &e[i]) || len + rec > GROUP_LEN)) {
			if (!put_group(msg, &e[first], i - first))
				return false;
			first = i;
		}
		if (i == first)
			len = group_head_len(e[i].target);
		len += rec;
	}
	return !n || put_group(msg, &e[first], n - first);
}

/*
 * What is asked of the kernel for entries [0, n), in as many messages as it
 * takes.
 */
static int send_batch(struct kern *k, uint8_t cmd, uint32_t vpn,
		      struct kern_entry *e, size_t n, size_t *done)
{
	*done = 0;
	while (*done < n) {
		size_t len, fit = kern_batch_fit(e + *done, n - *done, &len);
		struct nl_msg *msg =
			kern_msg(k, cmd, 0, len + nla_total_size(4));
		int err;

		if (!msg)
			return -ENOMEM;
		if (nla_put_u32(msg, CESTEER_A_TABLE_VPN, vpn) ||
		    !kern_batch_put(msg, e + *done, fit)) {
			nlmsg_free(msg);
			return kern_fail(k, -EMSGSIZE,
					 "a batch does not fit its message");
		}
		err = kern_request(k, msg, NULL, NULL);
		if (err)
			return err;
		*done += fit;
	}
	return 0;
}

static int prefix_batch(struct kern *k, uint8_t cmd, uint32_t vpn,
			const struct prefix *p, size_t n, size_t *done)
{
	struct kern_entry *e = calloc(n ? n : 1, sizeof(*e));
	size_t i;
	int err;

	*done = 0;
	if (!e)
		return kern_fail_memory(k);
	for (i = 0; i < n; i++)
		e[i].prefix = &p[i];
	err = send_batch(k, cmd, vpn, e, n, done);
	free(e);
	return err;
}

int kern_sources_add(struct kern *k, uint32_t vpn, const struct prefix *p,
		     size_t n, size_t *done)
{
	return prefix_batch(k, CESTEER_CMD_SOURCE_NEW, vpn, p, n, done);
}

int kern_sources_del(struct kern *k, uint32_t vpn, const struct prefix *p,
		     size_t n, size_t *done)
{
	return prefix_batch(k, CESTEER_CMD_SOURCE_DEL, vpn, p, n, done);
}

int kern_routes_del(struct kern *k, uint32_t vpn, const struct prefix *p,
		    size_t n, size_t *done)
{
	return prefix_batch(k, CESTEER_CMD_ROUTE_DEL, vpn, p, n, done);
}

int kern_routes_add(struct kern *k, uint32_t vpn, const struct kern_route *r,
		    size_t n, size_t *done)
{
	struct kern_entry *e = calloc(n ? n : 1, sizeof(*e));
	size_t i;
	int err;

	*done = 0;
	if (!e)
		return kern_fail_memory(k);
	for (i = 0; i < n; i++) {
		e[i].prefix = &r[i].prefix;
		e[i].target = &r[i].target;
	}
	err = send_batch(k, CESTEER_CMD_ROUTE_NEW, vpn, e, n, done);
	free(e);
	return err;
}

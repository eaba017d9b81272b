// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a refusal was about. The kernel points at an octet of the request
 * (NLMSGERR_ATTR_OFFS): at an attribute's header, or, in a batch, at the very
 * record. Here that becomes the prefix as the user wrote it, or the
 * attribute's name. The kernel's sentence is never changed.
 */
#include "kern/refusal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <linux/cesteer.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include "base/array.h"

static const char *const vpn_names[] = {
	[CESTEER_A_VPN_ID] = "id",
	[CESTEER_A_VPN_DEFAULT] = "default",
};

static const char *const gateway_names[] = {
	[CESTEER_A_GATEWAY_ID] = "id",
	[CESTEER_A_GATEWAY_ADDR4] = "addr4",
	[CESTEER_A_GATEWAY_ADDR6] = "addr6",
	[CESTEER_A_GATEWAY_IF_ID] = "if-id",
	[CESTEER_A_GATEWAY_MODE] = "mode",
	[CESTEER_A_GATEWAY_STATE] = "state",
};

static const char *const table_names[] = {
	[CESTEER_A_TABLE_VPN] = "vpn",
	[CESTEER_A_TABLE_TRANSACTION] = "transaction",
	[CESTEER_A_TABLE_GROUP] = "group",
};

static const char *const explain_names[] = {
	[CESTEER_A_EXPLAIN_VPN] = "vpn",
	[CESTEER_A_EXPLAIN_DIRECTION] = "direction",
	[CESTEER_A_EXPLAIN_SRC4] = "src4",
	[CESTEER_A_EXPLAIN_DST4] = "dst4",
	[CESTEER_A_EXPLAIN_SRC6] = "src6",
	[CESTEER_A_EXPLAIN_DST6] = "dst6",
	[CESTEER_A_EXPLAIN_PROTO] = "proto",
	[CESTEER_A_EXPLAIN_SPORT] = "sport",
	[CESTEER_A_EXPLAIN_DPORT] = "dport",
	[CESTEER_A_EXPLAIN_IF_ID] = "if-id",
};

struct name_set {
	const char *const *names;
	size_t n;
};

static const struct name_set no_names = { NULL, 0 };
static const struct name_set vpn_set = { vpn_names, ARRAY_SIZE(vpn_names) };
static const struct name_set gateway_set = { gateway_names,
					     ARRAY_SIZE(gateway_names) };
static const struct name_set table_set = { table_names,
					   ARRAY_SIZE(table_names) };
static const struct name_set explain_set = { explain_names,
					     ARRAY_SIZE(explain_names) };

static const struct name_set *command_names(uint8_t cmd)
{
	switch (cmd) {
	case CESTEER_CMD_VPN_NEW:
	case CESTEER_CMD_VPN_DEL:
	case CESTEER_CMD_VPN_GET:
		return &vpn_set;
	case CESTEER_CMD_GATEWAY_NEW:
	case CESTEER_CMD_GATEWAY_SET:
	case CESTEER_CMD_GATEWAY_DEL:
	case CESTEER_CMD_GATEWAY_GET:
		return &gateway_set;
	case CESTEER_CMD_SOURCE_NEW:
	case CESTEER_CMD_SOURCE_DEL:
	case CESTEER_CMD_SOURCE_GET:
	case CESTEER_CMD_ROUTE_NEW:
	case CESTEER_CMD_ROUTE_DEL:
	case CESTEER_CMD_ROUTE_GET:
	case CESTEER_CMD_TABLE_BEGIN:
	case CESTEER_CMD_TABLE_COMMIT:
	case CESTEER_CMD_TABLE_ABORT:
		return &table_set;
	case CESTEER_CMD_EXPLAIN:
		return &explain_set;
	default:
		return &no_names;
	}
}

static const char *attr_name(const struct nlmsghdr *request, uint16_t type)
{
	const struct genlmsghdr *hdr = NLMSG_DATA(request);
	const struct name_set *set = command_names(hdr->cmd);

	return type < set->n ? set->names[type] : NULL;
}

/*
 * The attribute among [p, p + len) that holds the octet at, which is inside
 * that range or before it; NULL: none does.
 */
static const struct nlattr *attr_at(const void *p, size_t len, const void *at)
{
	const char *octet = at;
	const struct nlattr *a = p;
	int rem = (int)len;

	for (; nla_ok(a, rem); a = nla_next(a, &rem)) {
		const char *start = (const char *)a;

		if (octet >= start && octet < start + a->nla_len)
			return a;
	}
	return NULL;
}

static void read_record(struct prefix *p, uint8_t family, const uint8_t *rec)
{
	size_t octets = addr_bits(family) / 8;

	memset(p, 0, sizeof(*p));
	p->family = family;
	memcpy(p->b, rec, octets);
	p->len = rec[octets];
}

/* Of a group: how large its records are, and of which family. */
static size_t record_size(const struct nlattr *a, uint8_t *family)
{
	switch (nla_type(a)) {
	case CESTEER_A_GROUP_PREFIXES4:
		*family = AF_INET;
		return sizeof(struct cesteer_prefix4);
	case CESTEER_A_GROUP_PREFIXES6:
		*family = AF_INET6;
		return sizeof(struct cesteer_prefix6);
	default:
		return 0;
	}
}

static bool group_first(const struct nlattr *group, struct prefix *p,
			size_t *more)
{
	const struct nlattr *a;
	size_t n = 0;
	int rem;

	nla_for_each_nested(a, group, rem) {
		uint8_t family;
		size_t size = record_size(a, &family);

		if (!size || (size_t)nla_len(a) < size)
			continue;
		if (!n)
			read_record(p, family, nla_data(a));
		n += (size_t)nla_len(a) / size;
	}
	*more = n ? n - 1 : 0;
	return n;
}

static const struct nlattr *top_attr_at(const struct nlmsghdr *request,
					uint32_t offset)
{
	const char *start = (const char *)request;
	size_t head = NLMSG_HDRLEN + GENL_HDRLEN;

	if (request->nlmsg_len < head || offset < head ||
	    offset >= request->nlmsg_len)
		return NULL;
	return attr_at(start + head, request->nlmsg_len - head, start + offset);
}

bool kern_refusal_prefix(const struct nlmsghdr *request, uint32_t offset,
			 struct prefix *p, size_t *more)
{
	const char *octet = (const char *)request + offset;
	const struct nlattr *group = top_attr_at(request, offset);
	const struct genlmsghdr *hdr = NLMSG_DATA(request);
	const struct nlattr *a;
	uint8_t family;
	size_t size, index;

	*more = 0;
	if (!group || command_names(hdr->cmd) != &table_set ||
	    nla_type(group) != CESTEER_A_TABLE_GROUP)
		return false;
	a = attr_at(nla_data(group), nla_len(group), octet);
	size = a ? record_size(a, &family) : 0;
	if (!size || octet < (const char *)nla_data(a))
		return group_first(group, p, more);
	index = (size_t)(octet - (const char *)nla_data(a)) / size;
	if ((index + 1) * size > (size_t)nla_len(a))
		return false;
	read_record(p, family, (const uint8_t *)nla_data(a) + index * size);
	return true;
}

void kern_refusal_parse(struct kern_refusal *r, const void *tlvs, size_t len)
{
	const struct nlattr *a = tlvs;
	int rem = (int)len;

	for (; nla_ok(a, rem); a = nla_next(a, &rem)) {
		switch (nla_type(a)) {
		case NLMSGERR_ATTR_MSG:
			if (nla_len(a) > 0 &&
			    memchr(nla_data(a), 0, nla_len(a)))
				r->sentence = nla_data(a);
			break;
		case NLMSGERR_ATTR_OFFS:
			if (nla_len(a) == sizeof(uint32_t))
				r->offset = nla_get_u32(a);
			break;
		case NLMSGERR_ATTR_MISS_TYPE:
			if (nla_len(a) == sizeof(uint32_t))
				r->missing = (uint16_t)nla_get_u32(a);
			break;
		}
	}
}

/* What is said of an errno that came without a sentence. */
static const char *plain_sentence(int error)
{
	if (error == -EPERM)
		return "not permitted: this needs CAP_NET_ADMIN";
	/* Generic netlink's own answer to a command that a family lacks. */
	if (error == -EOPNOTSUPP)
		return "cesteer.ko does not know this request: it is older than this program";
	return strerror(-error);
}

void kern_refusal_format(const struct kern_refusal *r,
			 const struct nlmsghdr *request, char *buf, size_t len)
{
	const char *sentence = r->sentence ? r->sentence :
					     plain_sentence(r->error);
	const char *name = NULL;
	const struct nlattr *a;
	struct prefix p;
	size_t more;

	if (r->offset && kern_refusal_prefix(request, r->offset, &p, &more)) {
		char text[PREFIX_STRLEN];

		prefix_format(&p, text);
		if (more)
			snprintf(buf, len, "%s and %zu more: %s", text, more,
				 sentence);
		else
			snprintf(buf, len, "%s: %s", text, sentence);
		return;
	}
	if (r->missing) {
		name = attr_name(request, r->missing);
	} else if (r->offset) {
		a = top_attr_at(request, r->offset);
		name = a ? attr_name(request, (uint16_t)nla_type(a)) : NULL;
	}
	if (name)
		snprintf(buf, len, "%s (attribute %s%s)", sentence, name,
			 r->missing ? " is missing" : "");
	else
		snprintf(buf, len, "%s", sentence);
}

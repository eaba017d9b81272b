// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BMP messages from octets. Never touches a socket, never logs. RFC 7854,
 * section 4.
 */
#include "bmp/msg.h"

#include <ctype.h>
#include <stdio.h>

enum {
	FLAG_V = 0x80, /* the address is IPv6 */
	FLAG_L = 0x40, /* post-policy */
	FLAG_A = 0x20, /* AS_PATH of two-octet ASes */
	FLAG_O = 0x10, /* Adj-RIB-Out: RFC 8671 */
};

enum {
	DOWN_LOCAL_NOTIFICATION = 1,
	DOWN_LOCAL_EVENT = 2,
	DOWN_REMOTE_NOTIFICATION = 3,
	DOWN_REMOTE = 4,
	DOWN_DECONFIGURED = 5,
	DOWN_LOC_RIB = 6, /* RFC 9069 */
};

int bmp_header_decode(const uint8_t *p, size_t n, struct bmp_header *h,
		      const char **why)
{
	struct rd r = rd_init(p, n);

	if (n && *p != BMP_VERSION) {
		*why = "it does not begin with BMP's version 3";
		return -1;
	}
	rd_u8(&r);
	h->len = rd_u32(&r);
	h->type = rd_u8(&r);
	if (r.failed)
		return 0;
	if (h->len < BMP_HEADER_LEN || h->len > BMP_MSG_MAX) {
		*why = "no message is that long";
		return -1;
	}
	return 1;
}

static enum bmp_rib rib_of(uint8_t type, uint8_t flags)
{
	if (type == BMP_PEER_LOC_RIB)
		return BMP_LOC_RIB;
	if (flags & FLAG_O)
		return BMP_RIB_OUT;
	return flags & FLAG_L ? BMP_POST_POLICY : BMP_PRE_POLICY;
}

/* 16 octets, of which IPv4 uses the last four. */
static void take_address(const uint8_t *p, bool ipv6, struct addr *a)
{
	memset(a, 0, sizeof(*a));
	a->family = ipv6 ? AF_INET6 : AF_INET;
	memcpy(a->b, ipv6 ? p : p + 12, ipv6 ? 16 : 4);
}

bool bmp_peer_header_decode(struct rd *r, struct bmp_peer_header *h,
			    const char **why)
{
	const uint8_t *address;
	uint8_t flags;

	memset(h, 0, sizeof(*h));
	h->type = rd_u8(r);
	flags = rd_u8(r);
	h->distinguisher = (uint64_t)rd_u32(r) << 32;
	h->distinguisher |= rd_u32(r);
	address = rd_bytes(r, 16);
	h->as = rd_u32(r);
	h->router_id = rd_u32(r);
	rd_bytes(r, 8); /* the time */
	if (r->failed) {
		*why = "its per-peer header is cut short";
		return false;
	}
	if (h->type > BMP_PEER_LOC_RIB) {
		*why = "its peer's type is unknown";
		return false;
	}
	h->rib = rib_of(h->type, flags);
	/* Of a Loc-RIB the flags mean something else (RFC 9069, 4.2). */
	if (h->rib == BMP_LOC_RIB)
		return true;
	h->as2 = flags & FLAG_A;
	take_address(address, flags & FLAG_V, &h->address);
	return true;
}

/*
 * One OPEN of a Peer Up. Routers that do not remember it send a header without
 * a body (FRR).
 */
static bool take_open(struct rd *r, struct bgp_open *o, bool *has,
		      const char **why)
{
	struct rd header = *r, body;
	struct bgp_error e = { 0 };
	uint16_t len;

	*has = false;
	rd_bytes(&header, 16);
	len = rd_u16(&header);
	if (rd_u8(&header) != BGP_MSG_OPEN || len < BGP_HEADER_LEN) {
		*why = "there is no OPEN where one should be";
		return false;
	}
	body = rd_sub(r, len);
	rd_bytes(&body, BGP_HEADER_LEN);
	if (header.failed || body.failed) {
		*why = "an OPEN is cut short";
		return false;
	}
	if (!rd_left(&body))
		return true;
	*has = true;
	if (bgp_open_decode(body.p, rd_left(&body), o, &e))
		return true;
	/* One that is made up for a Loc-RIB may lack it: all else was read. */
	if (e.code == BGP_ERR_OPEN && e.subcode == BGP_OPEN_IDENTIFIER)
		return true;
	*why = e.why ? e.why : "an OPEN cannot be read";
	return false;
}

bool bmp_peer_up_decode(struct rd r, struct bmp_peer_up *up, const char **why)
{
	memset(up, 0, sizeof(*up));
	rd_bytes(&r, 16); /* our end's address */
	rd_u16(&r); /* and ports */
	rd_u16(&r);
	if (r.failed) {
		*why = "it is cut short";
		return false;
	}
	return take_open(&r, &up->sent, &up->has_sent, why) &&
	       take_open(&r, &up->received, &up->has_received, why);
}

uint8_t bmp_peer_up_families(const struct bmp_peer_up *up, uint8_t *add_path)
{
	uint8_t families = BGP_FEED_FAMILIES;

	if (up->has_sent)
		families &= up->sent.families;
	if (up->has_received)
		families &= up->received.families;
	*add_path = 0;
	if (up->has_sent && up->has_received)
		*add_path = up->sent.add_path_receive &
			    up->received.add_path_send & families;
	return families;
}

static void down_notification(struct rd *r, const char *who, char *buf)
{
	char text[BGP_ERROR_TEXT];
	struct bgp_error e;

	/* The PDU, header and all. */
	rd_bytes(r, BGP_HEADER_LEN);
	if (r->failed || !bgp_notification_decode(r->p, rd_left(r), &e))
		snprintf(buf, BMP_TEXT, "%s NOTIFICATION that cannot be read",
			 who);
	else
		snprintf(buf, BMP_TEXT, "%s NOTIFICATION: %s", who,
			 bgp_error_text(&e, text));
}

bool bmp_peer_down_decode(struct rd r, char *buf, const char **why)
{
	uint8_t reason = rd_u8(&r);

	if (r.failed) {
		*why = "it is cut short";
		return false;
	}
	switch (reason) {
	case DOWN_LOCAL_NOTIFICATION:
		down_notification(&r, "the router sent a", buf);
		break;
	case DOWN_LOCAL_EVENT:
		snprintf(buf, BMP_TEXT, "the router ended it, event %u",
			 rd_u16(&r));
		break;
	case DOWN_REMOTE_NOTIFICATION:
		down_notification(&r, "the peer sent a", buf);
		break;
	case DOWN_REMOTE:
		snprintf(buf, BMP_TEXT, "the peer closed the session");
		break;
	case DOWN_DECONFIGURED:
		snprintf(buf, BMP_TEXT, "it is no longer monitored");
		break;
	case DOWN_LOC_RIB:
		snprintf(buf, BMP_TEXT, "the table is gone");
		break;
	default:
		snprintf(buf, BMP_TEXT, "reason %u", reason);
	}
	return true;
}

/* What others send is not to steer a terminal. */
static void take_text(struct rd value, char *buf, size_t size)
{
	size_t n = 0;

	while (rd_left(&value) && n + 1 < size) {
		uint8_t c = rd_u8(&value);

		buf[n++] = isprint(c) ? (char)c : '?';
	}
	buf[n] = '\0';
}

bool bmp_text_decode(struct rd r, uint16_t type, char *buf, size_t size,
		     const char **why)
{
	*buf = '\0';
	while (rd_left(&r)) {
		uint16_t its = rd_u16(&r);
		uint16_t len = rd_u16(&r);
		struct rd value = rd_sub(&r, len);

		if (r.failed) {
			*why = "its information is cut short";
			return false;
		}
		if (its == type && !*buf)
			take_text(value, buf, size);
	}
	return true;
}

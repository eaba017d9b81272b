// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BGP messages but for UPDATE, to and from octets. Never touches a socket.
 * RFC 4271, sections 4 and 6.1 to 6.2; RFC 5492; RFC 9072.
 */
#include "bgp/msg.h"

#include <string.h>

/* Bounds of a whole message's length, by type; max bounds them all. */
static bool length_fits(uint8_t type, size_t len, size_t max)
{
	switch (type) {
	case BGP_MSG_OPEN:
		return len >= BGP_HEADER_LEN + 10 && len <= BGP_MSG_MAX;
	case BGP_MSG_UPDATE:
		return len >= BGP_HEADER_LEN + 4 && len <= max;
	case BGP_MSG_NOTIFICATION:
		return len >= BGP_HEADER_LEN + 2 && len <= max;
	case BGP_MSG_KEEPALIVE:
		return len == BGP_HEADER_LEN;
	case BGP_MSG_REFRESH:
		return len <= max; /* it has an error of its own */
	}
	return false;
}

int bgp_header_decode(const uint8_t *p, size_t n, size_t max,
		      struct bgp_header *h, struct bgp_error *e)
{
	size_t i;

	for (i = 0; i < n && i < 16; i++) {
		if (p[i] != 0xff) {
			bgp_error_set(e, BGP_ERR_HEADER, BGP_HEADER_SYNC,
				      "marker is not all ones", NULL, 0);
			return -1;
		}
	}
	if (n < BGP_HEADER_LEN)
		return 0;
	h->len = p[16] << 8 | p[17];
	h->type = p[18];
	if (h->len < BGP_HEADER_LEN || h->len > max) {
		bgp_error_set(e, BGP_ERR_HEADER, BGP_HEADER_LENGTH,
			      "no message is that long", p + 16, 2);
		return -1;
	}
	if (!h->type || h->type >= BGP_MSG_TYPES) {
		bgp_error_set(e, BGP_ERR_HEADER, BGP_HEADER_TYPE,
			      "unknown type", p + 18, 1);
		return -1;
	}
	if (!length_fits(h->type, h->len, max)) {
		bgp_error_set(e, BGP_ERR_HEADER, BGP_HEADER_LENGTH,
			      "not a length of its type", p + 16, 2);
		return -1;
	}
	return 1;
}

/* AFI and SAFI, in this order, with one octet more after or between. */
static uint8_t take_family(struct rd *r, bool reserved)
{
	uint16_t afi = rd_u16(r);

	if (reserved)
		rd_u8(r);
	return bgp_family(afi, rd_u8(r));
}

static void take_restart(struct bgp_open *o, struct rd r)
{
	uint16_t bits = rd_u16(&r);

	if (r.failed)
		return;
	o->graceful_restart = true;
	o->restarted = bits & BGP_GR_RESTARTED;
	o->restart_time = bits & BGP_GR_TIME;
	/* Said again it replaces what was said (RFC 4724, section 3). */
	o->restart_families = 0;
	o->forwarding = 0;
	while (rd_left(&r) >= 4) {
		uint8_t family = take_family(&r, false);

		o->restart_families |= family;
		if (rd_u8(&r) & BGP_GR_FORWARDING)
			o->forwarding |= family;
	}
}

static void take_add_path(struct bgp_open *o, struct rd r)
{
	while (rd_left(&r) >= 4) {
		uint8_t family = take_family(&r, false), how = rd_u8(&r);

		if (how > (BGP_ADD_PATH_RECEIVE | BGP_ADD_PATH_SEND))
			continue;
		if (how & BGP_ADD_PATH_SEND)
			o->add_path_send |= family;
		if (how & BGP_ADD_PATH_RECEIVE)
			o->add_path_receive |= family;
	}
}

/* RFC 5492: unknown capabilities, and odd lengths of known ones, are passed. */
static void capability(struct bgp_open *o, uint8_t code, struct rd r)
{
	size_t len = rd_left(&r);

	switch (code) {
	case BGP_CAP_MULTIPROTOCOL:
		if (len != 4)
			return;
		o->multiprotocol = true;
		o->families |= take_family(&r, true);
		return;
	case BGP_CAP_REFRESH:
		o->refresh = true;
		return;
	case BGP_CAP_ENHANCED_REFRESH:
		o->enhanced_refresh = true;
		return;
	case BGP_CAP_EXTENDED_MESSAGE:
		o->extended_message = true;
		return;
	case BGP_CAP_GRACEFUL_RESTART:
		take_restart(o, r);
		return;
	case BGP_CAP_ADD_PATH:
		take_add_path(o, r);
		return;
	case BGP_CAP_AS4:
		if (len != 4)
			return;
		o->as4 = true;
		o->as = rd_u32(&r);
		return;
	}
}

static bool parameters(struct rd r, bool extended, struct bgp_open *o,
		       struct bgp_error *e)
{
	while (rd_left(&r)) {
		uint8_t type = rd_u8(&r);
		size_t len = extended ? rd_u16(&r) : rd_u8(&r);
		struct rd p = rd_sub(&r, len);

		if (r.failed) {
			bgp_error_set(e, BGP_ERR_OPEN, 0,
				      "a parameter is cut short", NULL, 0);
			return false;
		}
		if (type != BGP_PARAM_CAPABILITIES) {
			bgp_error_set(e, BGP_ERR_OPEN, BGP_OPEN_PARAMETER,
				      "not a known parameter", &type, 1);
			return false;
		}
		while (rd_left(&p)) {
			uint8_t code = rd_u8(&p);
			uint8_t n = rd_u8(&p);
			struct rd c = rd_sub(&p, n);

			if (p.failed) {
				bgp_error_set(e, BGP_ERR_OPEN, 0,
					      "a capability is cut short", NULL,
					      0);
				return false;
			}
			capability(o, code, c);
		}
	}
	return true;
}

/* The optional parameters, whose length has two forms (RFC 9072). */
static bool optional(struct rd *r, struct bgp_open *o, struct bgp_error *e)
{
	size_t len = rd_u8(r);
	bool extended = len && rd_left(r) && r->p[0] == BGP_PARAM_EXTENDED;

	if (extended) {
		rd_u8(r);
		len = rd_u16(r);
	}
	if (r->failed || rd_left(r) != len) {
		bgp_error_set(e, BGP_ERR_OPEN, 0,
			      "length of the parameters is wrong", NULL, 0);
		return false;
	}
	return parameters(*r, extended, o, e);
}

bool bgp_open_decode(const uint8_t *body, size_t len, struct bgp_open *o,
		     struct bgp_error *e)
{
	static const uint8_t version[2] = { 0, BGP_VERSION };
	struct rd r = rd_init(body, len);

	memset(o, 0, sizeof(*o));
	if (rd_u8(&r) != BGP_VERSION) {
		bgp_error_set(e, BGP_ERR_OPEN, BGP_OPEN_VERSION,
			      "only version 4 is spoken", version, 2);
		return false;
	}
	o->as = rd_u16(&r);
	o->hold_time = rd_u16(&r);
	o->router_id = rd_u32(&r);
	if (!optional(&r, o, e))
		return false;
	if (!o->multiprotocol)
		o->families = BGP_IPV4;
	if (!o->as) {
		bgp_error_set(e, BGP_ERR_OPEN, BGP_OPEN_PEER_AS,
			      "AS 0 is nobody's", NULL, 0);
		return false;
	}
	if (!o->router_id) {
		bgp_error_set(e, BGP_ERR_OPEN, BGP_OPEN_IDENTIFIER,
			      "identifier is zero", NULL, 0);
		return false;
	}
	if (o->hold_time == 1 || o->hold_time == 2) {
		uint8_t hold[] = { 0, o->hold_time };

		bgp_error_set(e, BGP_ERR_OPEN, BGP_OPEN_HOLD_TIME,
			      "neither 0 nor at least 3 seconds", hold,
			      sizeof(hold));
		return false;
	}
	return true;
}

uint8_t *bgp_msg_begin(struct wr *w, enum bgp_msg_type type)
{
	uint8_t *p = wr_room(w, BGP_HEADER_LEN);

	if (p) {
		memset(p, 0xff, 16);
		p[16] = 0;
		p[17] = 0;
		p[18] = type;
	}
	return p;
}

void bgp_msg_end(struct wr *w, uint8_t *start)
{
	if (w->failed)
		return;
	start[16] = (w->p - start) >> 8 & 0xff;
	start[17] = (w->p - start) & 0xff;
}

static void put_empty(struct wr *w, uint8_t code)
{
	wr_u8(w, code);
	wr_u8(w, 0);
}

static unsigned int count(uint8_t set)
{
	return __builtin_popcount(set);
}

static void put_multiprotocol(struct wr *w, const struct bgp_family *f)
{
	wr_u8(w, BGP_CAP_MULTIPROTOCOL);
	wr_u8(w, 4);
	wr_u16(w, f->afi);
	wr_u8(w, 0);
	wr_u8(w, f->safi);
}

static void put_restart(struct wr *w, const struct bgp_open *o)
{
	unsigned int i;

	wr_u8(w, BGP_CAP_GRACEFUL_RESTART);
	wr_u8(w, 2 + 4 * count(o->restart_families));
	wr_u16(w, (o->restarted ? BGP_GR_RESTARTED : 0) | o->restart_time);
	for (i = 0; i < BGP_FAMILIES; i++) {
		const struct bgp_family *f = &bgp_families[i];

		if (!(o->restart_families & f->bit))
			continue;
		wr_u16(w, f->afi);
		wr_u8(w, f->safi);
		wr_u8(w, o->forwarding & f->bit ? BGP_GR_FORWARDING : 0);
	}
}

static void put_add_path(struct wr *w, const struct bgp_open *o)
{
	uint8_t families = o->add_path_send | o->add_path_receive;
	unsigned int i;

	if (!families)
		return;
	wr_u8(w, BGP_CAP_ADD_PATH);
	wr_u8(w, 4 * count(families));
	for (i = 0; i < BGP_FAMILIES; i++) {
		const struct bgp_family *f = &bgp_families[i];

		if (!(families & f->bit))
			continue;
		wr_u16(w, f->afi);
		wr_u8(w, f->safi);
		wr_u8(w, (o->add_path_send & f->bit ? BGP_ADD_PATH_SEND : 0) |
				 (o->add_path_receive & f->bit ?
					  BGP_ADD_PATH_RECEIVE :
					  0));
	}
}

static void put_capabilities(struct wr *w, const struct bgp_open *o)
{
	unsigned int i;

	for (i = 0; i < BGP_FAMILIES; i++)
		if (o->families & bgp_families[i].bit)
			put_multiprotocol(w, &bgp_families[i]);
	if (o->refresh)
		put_empty(w, BGP_CAP_REFRESH);
	if (o->enhanced_refresh)
		put_empty(w, BGP_CAP_ENHANCED_REFRESH);
	if (o->extended_message)
		put_empty(w, BGP_CAP_EXTENDED_MESSAGE);
	if (o->graceful_restart)
		put_restart(w, o);
	put_add_path(w, o);
	if (o->as4) {
		wr_u8(w, BGP_CAP_AS4);
		wr_u8(w, 4);
		wr_u32(w, o->as);
	}
}

void bgp_open_encode(struct wr *w, const struct bgp_open *o)
{
	uint8_t *start = bgp_msg_begin(w, BGP_MSG_OPEN);
	uint8_t *lengths;

	wr_u8(w, BGP_VERSION);
	wr_u16(w, o->as > UINT16_MAX ? BGP_AS_TRANS : o->as);
	wr_u16(w, o->hold_time);
	wr_u32(w, o->router_id);
	lengths = wr_room(w, 3);
	put_capabilities(w, o);
	if (!w->failed) {
		size_t n = w->p - lengths - 3;

		lengths[0] = n + 2;
		lengths[1] = BGP_PARAM_CAPABILITIES;
		lengths[2] = n;
	}
	bgp_msg_end(w, start);
}

void bgp_notification_encode(struct wr *w, const struct bgp_error *e)
{
	uint8_t *start = bgp_msg_begin(w, BGP_MSG_NOTIFICATION);

	wr_u8(w, e->code);
	wr_u8(w, e->subcode);
	wr_bytes(w, e->data, e->data_len);
	bgp_msg_end(w, start);
}

void bgp_keepalive_encode(struct wr *w)
{
	bgp_msg_end(w, bgp_msg_begin(w, BGP_MSG_KEEPALIVE));
}

/* RFC 7313, section 5: all of the message is quoted. */
static void refresh_length(const uint8_t *body, size_t len, struct bgp_error *e)
{
	uint8_t whole[BGP_ERROR_DATA_MAX];
	struct wr w = wr_init(whole, sizeof(whole));
	uint8_t *start = bgp_msg_begin(&w, BGP_MSG_REFRESH);
	size_t room = sizeof(whole) - BGP_HEADER_LEN;

	wr_bytes(&w, body, len < room ? len : room);
	start[16] = (BGP_HEADER_LEN + len) >> 8 & 0xff;
	start[17] = (BGP_HEADER_LEN + len) & 0xff;
	bgp_error_set(e, BGP_ERR_REFRESH, BGP_REFRESH_LENGTH,
		      "four octets are expected", whole, w.p - whole);
}

/* An unknown subtype is the caller's to ignore (RFC 7313, section 5). */
bool bgp_refresh_decode(const uint8_t *body, size_t len, struct bgp_refresh *r,
			struct bgp_error *e)
{
	struct rd rd = rd_init(body, len);
	uint16_t afi = rd_u16(&rd);

	r->subtype = rd_u8(&rd);
	r->family = bgp_family(afi, rd_u8(&rd));
	if (!rd.failed && !rd_left(&rd))
		return true;
	refresh_length(body, len, e);
	return false;
}

void bgp_refresh_encode(struct wr *w, const struct bgp_refresh *r)
{
	const struct bgp_family *f = bgp_family_of(r->family);
	uint8_t *start = bgp_msg_begin(w, BGP_MSG_REFRESH);

	wr_u16(w, f->afi);
	wr_u8(w, r->subtype);
	wr_u8(w, f->safi);
	bgp_msg_end(w, start);
}

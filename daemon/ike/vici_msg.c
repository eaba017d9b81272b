// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The VICI protocol's messages as octets. Owns the element grammar and its
 * bounds; knows no command. A message is checked once, as a whole, and then
 * walked in place: nothing is copied out of it and nothing is allocated.
 */
#include "ike/vici_msg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"

static const char *const error_names[VICI_ERRORS] = {
	[VICI_OK] = "no error",
	[VICI_E_SHORT] = "message ends within an element",
	[VICI_E_PACKET_TYPE] = "unknown packet type",
	[VICI_E_ELEMENT_TYPE] = "unknown element type",
	[VICI_E_UNBALANCED] = "sections or lists are not balanced",
	[VICI_E_IN_LIST] = "a list holds something else than items",
	[VICI_E_NOT_IN_LIST] = "an item is in no list",
	[VICI_E_TOO_DEEP] = "sections are nested too deeply",
	[VICI_E_TOO_LONG] = "a name, a value or the message is too long",
	[VICI_E_MEMORY] = "out of memory",
};

const char *vici_error_name(enum vici_error error)
{
	return error < VICI_ERRORS ? error_names[error] : "unknown error";
}

static bool named(enum vici_packet_type type)
{
	return type == VICI_CMD_REQUEST || type == VICI_EVENT_REGISTER ||
	       type == VICI_EVENT_UNREGISTER || type == VICI_EVENT;
}

/* One element as it is on the wire: ends included, bodies not. */
static enum vici_error token(struct rd *r, struct vici_elem *e)
{
	uint8_t type = rd_u8(r);

	memset(e, 0, sizeof(*e));
	if (type < VICI_SECTION_START || type > VICI_LIST_END)
		return VICI_E_ELEMENT_TYPE;
	e->type = type;
	if (type == VICI_SECTION_START || type == VICI_KEY_VALUE ||
	    type == VICI_LIST_START) {
		e->name.len = rd_u8(r);
		e->name.p = rd_bytes(r, e->name.len);
	}
	if (type == VICI_KEY_VALUE || type == VICI_LIST_ITEM) {
		e->value.len = rd_u16(r);
		e->value.p = rd_bytes(r, e->value.len);
	}
	return r->failed ? VICI_E_SHORT : VICI_OK;
}

enum vici_error vici_msg_check(struct vici_view msg)
{
	struct rd r = rd_init(msg.p, msg.len);
	enum vici_error error;
	unsigned int depth = 0;
	bool in_list = false;
	struct vici_elem e;

	while (rd_left(&r)) {
		error = token(&r, &e);
		if (error)
			return error;
		if (in_list && e.type != VICI_LIST_ITEM &&
		    e.type != VICI_LIST_END)
			return VICI_E_IN_LIST;
		switch (e.type) {
		case VICI_SECTION_START:
			if (++depth > VICI_DEPTH_MAX)
				return VICI_E_TOO_DEEP;
			break;
		case VICI_SECTION_END:
			if (!depth--)
				return VICI_E_UNBALANCED;
			break;
		case VICI_LIST_START:
			in_list = true;
			break;
		case VICI_LIST_ITEM:
			if (!in_list)
				return VICI_E_NOT_IN_LIST;
			break;
		case VICI_LIST_END:
			if (!in_list)
				return VICI_E_UNBALANCED;
			in_list = false;
			break;
		case VICI_KEY_VALUE:
			break;
		}
	}
	return depth || in_list ? VICI_E_UNBALANCED : VICI_OK;
}

enum vici_error vici_packet_parse(const void *data, size_t len,
				  struct vici_packet *pkt)
{
	struct rd r = rd_init(data, len);
	uint8_t type;

	memset(pkt, 0, sizeof(*pkt));
	if (len > VICI_SEGMENT_MAX)
		return VICI_E_TOO_LONG;
	type = rd_u8(&r);
	if (r.failed)
		return VICI_E_SHORT;
	if (type >= VICI_PACKET_TYPES)
		return VICI_E_PACKET_TYPE;
	pkt->type = type;
	if (named(type)) {
		pkt->name.len = rd_u8(&r);
		pkt->name.p = rd_bytes(&r, pkt->name.len);
		if (r.failed)
			return VICI_E_SHORT;
	}
	pkt->msg.p = r.p;
	pkt->msg.len = rd_left(&r);
	return vici_msg_check(pkt->msg);
}

bool vici_next(struct vici_view *rest, struct vici_elem *e)
{
	const uint8_t *body, *end;
	unsigned int depth = 1;
	struct vici_elem in;
	struct rd r;

	if (!rest->len) /* an absent section is a view of NULL */
		return false;
	r = rd_init(rest->p, rest->len);
	if (token(&r, e))
		return false;
	if (e->type == VICI_SECTION_START || e->type == VICI_LIST_START) {
		body = r.p;
		do {
			end = r.p;
			if (token(&r, &in))
				return false;
			if (in.type == VICI_SECTION_START ||
			    in.type == VICI_LIST_START)
				depth++;
			else if (in.type == VICI_SECTION_END ||
				 in.type == VICI_LIST_END)
				depth--;
		} while (depth);
		e->value.p = body;
		e->value.len = end - body;
	}
	rest->p = r.p;
	rest->len = rd_left(&r);
	return true;
}

bool vici_is(struct vici_view v, const char *text)
{
	size_t len = strlen(text);

	return v.len == len && (!len || !memcmp(v.p, text, len));
}

bool vici_find(struct vici_view msg, enum vici_elem_type type, const char *name,
	       struct vici_view *value)
{
	struct vici_elem e;

	while (vici_next(&msg, &e)) {
		if (e.type == type && vici_is(e.name, name)) {
			*value = e.value;
			return true;
		}
	}
	return false;
}

void vici_copy(struct vici_view v, char *buf, size_t size)
{
	size_t i, len = v.len < size ? v.len : size - 1;

	for (i = 0; i < len; i++)
		buf[i] = v.p[i] < ' ' || v.p[i] == 0x7f ? '?' : v.p[i];
	buf[len] = 0;
}

bool vici_get_str(struct vici_view msg, const char *key, char *buf, size_t size)
{
	struct vici_view v = { NULL, 0 };
	bool found = vici_find(msg, VICI_KEY_VALUE, key, &v);

	vici_copy(v, buf, size);
	return found;
}

bool vici_get_u64(struct vici_view msg, const char *key, int radix, uint64_t *n)
{
	uint64_t value = 0, digit;
	struct vici_view v;
	size_t i;

	if (!vici_find(msg, VICI_KEY_VALUE, key, &v) || !v.len)
		return false;
	for (i = 0; i < v.len; i++) {
		if (v.p[i] >= '0' && v.p[i] <= '9')
			digit = v.p[i] - '0';
		else if (v.p[i] >= 'a' && v.p[i] <= 'f')
			digit = v.p[i] - 'a' + 10;
		else
			return false;
		if (digit >= (uint64_t)radix ||
		    value > (UINT64_MAX - digit) / radix)
			return false;
		value = value * radix + digit;
	}
	*n = value;
	return true;
}

void vici_wipe(uint8_t *buf, size_t len)
{
	if (buf)
		explicit_bzero(buf, len);
	free(buf);
}

void vici_wr_free(struct vici_wr *w)
{
	vici_wipe(w->buf, w->len);
	w->buf = NULL;
	w->len = 0;
	w->cap = 0;
}

/* Not realloc(3), which would leave a copy of a secret behind. */
static void grow(struct vici_wr *w, size_t need)
{
	size_t cap = w->cap ? w->cap : 512;
	uint8_t *buf;

	while (cap < need)
		cap *= 2;
	buf = malloc(cap);
	if (!buf) {
		w->error = VICI_E_MEMORY;
		return;
	}
	if (w->len)
		memcpy(buf, w->buf, w->len);
	vici_wipe(w->buf, w->len);
	w->buf = buf;
	w->cap = cap;
}

static void put(struct vici_wr *w, const void *data, size_t len)
{
	if (w->error)
		return;
	if (len > VICI_HEADER_LEN + VICI_SEGMENT_MAX - w->len) {
		w->error = VICI_E_TOO_LONG;
		return;
	}
	if (w->len + len > w->cap)
		grow(w, w->len + len);
	if (w->error || !len)
		return;
	memcpy(w->buf + w->len, data, len);
	w->len += len;
}

static void put_type(struct vici_wr *w, uint8_t type)
{
	put(w, &type, 1);
}

static void put_name(struct vici_wr *w, const char *name)
{
	size_t len = strlen(name);
	uint8_t octet = len;

	if (len > VICI_NAME_MAX && !w->error)
		w->error = VICI_E_TOO_LONG;
	put(w, &octet, 1);
	put(w, name, len);
}

static void put_value(struct vici_wr *w, const void *value, size_t len)
{
	uint8_t octets[2] = { len >> 8 & 0xff, len & 0xff };

	if (len > VICI_VALUE_MAX && !w->error)
		w->error = VICI_E_TOO_LONG;
	put(w, octets, sizeof(octets));
	put(w, value, len);
}

/* What is not an item or the end of a list may not be inside one. */
static void outside_list(struct vici_wr *w)
{
	if (w->in_list && !w->error)
		w->error = VICI_E_IN_LIST;
}

void vici_wr_init(struct vici_wr *w, enum vici_packet_type type,
		  const char *name)
{
	memset(w, 0, sizeof(*w));
	put(w, "\0\0\0", VICI_HEADER_LEN); /* the length, in the end */
	put_type(w, type);
	if (name)
		put_name(w, name);
}

void vici_wr_section(struct vici_wr *w, const char *name)
{
	outside_list(w);
	if (++w->depth > VICI_DEPTH_MAX && !w->error)
		w->error = VICI_E_TOO_DEEP;
	put_type(w, VICI_SECTION_START);
	put_name(w, name);
}

void vici_wr_section_end(struct vici_wr *w)
{
	outside_list(w);
	if (!w->depth && !w->error)
		w->error = VICI_E_UNBALANCED;
	w->depth--;
	put_type(w, VICI_SECTION_END);
}

void vici_wr_kv(struct vici_wr *w, const char *key, const void *value,
		size_t len)
{
	outside_list(w);
	put_type(w, VICI_KEY_VALUE);
	put_name(w, key);
	put_value(w, value, len);
}

void vici_wr_str(struct vici_wr *w, const char *key, const char *value)
{
	vici_wr_kv(w, key, value, strlen(value));
}

void vici_wr_num(struct vici_wr *w, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	vici_wr_str(w, key, text);
}

void vici_wr_list(struct vici_wr *w, const char *name)
{
	outside_list(w);
	w->in_list = true;
	put_type(w, VICI_LIST_START);
	put_name(w, name);
}

void vici_wr_item(struct vici_wr *w, const char *value, size_t len)
{
	if (!w->in_list && !w->error)
		w->error = VICI_E_NOT_IN_LIST;
	put_type(w, VICI_LIST_ITEM);
	put_value(w, value, len);
}

void vici_wr_list_end(struct vici_wr *w)
{
	if (!w->in_list && !w->error)
		w->error = VICI_E_UNBALANCED;
	w->in_list = false;
	put_type(w, VICI_LIST_END);
}

void vici_wr_list1(struct vici_wr *w, const char *name, const char *value)
{
	vici_wr_list(w, name);
	vici_wr_item(w, value, strlen(value));
	vici_wr_list_end(w);
}

enum vici_error vici_wr_finish(struct vici_wr *w)
{
	struct wr head;

	if (!w->error && (w->depth || w->in_list))
		w->error = VICI_E_UNBALANCED;
	if (w->error)
		return w->error;
	head = wr_init(w->buf, VICI_HEADER_LEN);
	wr_u32(&head, w->len - VICI_HEADER_LEN);
	return VICI_OK;
}

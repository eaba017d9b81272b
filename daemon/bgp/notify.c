// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NOTIFICATION messages in words, and their decoding. Never sends or logs.
 * RFC 4271, section 4.5; RFC 9003 for the shutdown communication.
 */
#include "bgp/notify.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/array.h"
#include "bgp/wire.h"

static const char *const codes[] = {
	[BGP_ERR_HEADER] = "Message Header Error",
	[BGP_ERR_OPEN] = "OPEN Message Error",
	[BGP_ERR_UPDATE] = "UPDATE Message Error",
	[BGP_ERR_HOLD_TIMER] = "Hold Timer Expired",
	[BGP_ERR_FSM] = "Finite State Machine Error",
	[BGP_ERR_CEASE] = "Cease",
	[BGP_ERR_REFRESH] = "ROUTE-REFRESH Message Error",
	[BGP_ERR_SEND_HOLD_TIMER] = "Send Hold Timer Expired",
};

static const char *const header_subs[] = {
	[BGP_HEADER_SYNC] = "Connection Not Synchronized",
	[BGP_HEADER_LENGTH] = "Bad Message Length",
	[BGP_HEADER_TYPE] = "Bad Message Type",
};

static const char *const open_subs[] = {
	[BGP_OPEN_VERSION] = "Unsupported Version Number",
	[BGP_OPEN_PEER_AS] = "Bad Peer AS",
	[BGP_OPEN_IDENTIFIER] = "Bad BGP Identifier",
	[BGP_OPEN_PARAMETER] = "Unsupported Optional Parameter",
	[BGP_OPEN_HOLD_TIME] = "Unacceptable Hold Time",
	[BGP_OPEN_CAPABILITY] = "Unsupported Capability",
	[11] = "Role Mismatch", /* RFC 9234 */
};

static const char *const update_subs[] = {
	[BGP_UPDATE_ATTR_LIST] = "Malformed Attribute List",
	[BGP_UPDATE_WELL_KNOWN] = "Unrecognized Well-known Attribute",
	[BGP_UPDATE_MISSING] = "Missing Well-known Attribute",
	[BGP_UPDATE_FLAGS] = "Attribute Flags Error",
	[BGP_UPDATE_LENGTH] = "Attribute Length Error",
	[BGP_UPDATE_ORIGIN] = "Invalid ORIGIN Attribute",
	[BGP_UPDATE_NEXT_HOP] = "Invalid NEXT_HOP Attribute",
	[BGP_UPDATE_OPTIONAL] = "Optional Attribute Error",
	[BGP_UPDATE_NETWORK] = "Invalid Network Field",
	[BGP_UPDATE_AS_PATH] = "Malformed AS_PATH",
};

static const char *const fsm_subs[] = {
	[BGP_FSM_OPENSENT] = "Unexpected Message in OpenSent",
	[BGP_FSM_OPENCONFIRM] = "Unexpected Message in OpenConfirm",
	[BGP_FSM_ESTABLISHED] = "Unexpected Message in Established",
};

static const char *const cease_subs[] = {
	[BGP_CEASE_MAX_PREFIXES] = "Maximum Number of Prefixes Reached",
	[BGP_CEASE_SHUTDOWN] = "Administrative Shutdown",
	[BGP_CEASE_DECONFIGURED] = "Peer De-configured",
	[BGP_CEASE_RESET] = "Administrative Reset",
	[BGP_CEASE_REJECTED] = "Connection Rejected",
	[BGP_CEASE_CONFIGURATION] = "Other Configuration Change",
	[BGP_CEASE_COLLISION] = "Connection Collision Resolution",
	[BGP_CEASE_RESOURCES] = "Out of Resources",
	[9] = "Hard Reset", /* RFC 8538 */
	[10] = "BFD Down", /* RFC 9384 */
};

static const char *const refresh_subs[] = {
	[BGP_REFRESH_LENGTH] = "Invalid Message Length",
};

static const struct {
	const char *const *names;
	size_t n;
} subs[] = {
	[BGP_ERR_HEADER] = { header_subs, ARRAY_SIZE(header_subs) },
	[BGP_ERR_OPEN] = { open_subs, ARRAY_SIZE(open_subs) },
	[BGP_ERR_UPDATE] = { update_subs, ARRAY_SIZE(update_subs) },
	[BGP_ERR_FSM] = { fsm_subs, ARRAY_SIZE(fsm_subs) },
	[BGP_ERR_CEASE] = { cease_subs, ARRAY_SIZE(cease_subs) },
	[BGP_ERR_REFRESH] = { refresh_subs, ARRAY_SIZE(refresh_subs) },
};

void bgp_error_set(struct bgp_error *e, uint8_t code, uint8_t subcode,
		   const char *why, const void *data, size_t len)
{
	if (len > sizeof(e->data))
		len = sizeof(e->data);
	e->code = code;
	e->subcode = subcode;
	e->why = why;
	e->data_len = len;
	if (len)
		memcpy(e->data, data, len);
}

void bgp_error_set_cease(struct bgp_error *e, uint8_t subcode, const char *text)
{
	uint8_t data[256];
	size_t n = strlen(text);

	if (n > 255)
		n = 255;
	/* Not in the middle of a character. */
	while (n && ((uint8_t)text[n] & 0xc0) == 0x80)
		n--;
	data[0] = n;
	memcpy(data + 1, text, n);
	bgp_error_set(e, BGP_ERR_CEASE, subcode, NULL, data, n + 1);
}

static const char *sub_name(uint8_t code, uint8_t subcode)
{
	if (code >= ARRAY_SIZE(subs) || subcode >= subs[code].n)
		return NULL;
	return subs[code].names[subcode];
}

static bool is_shutdown_text(const struct bgp_error *e)
{
	return e->code == BGP_ERR_CEASE && (e->subcode == BGP_CEASE_SHUTDOWN ||
					    e->subcode == BGP_CEASE_RESET);
}

/* Text that is cut, never overrun, when it does not fit. */
struct text {
	char *buf;
	size_t n, size;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *t,
						      const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->n, t->size - t->n, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->n += n;
	if (t->n >= t->size)
		t->n = t->size - 1;
}

/* Octets of the character at p, of n, and what it is; 0: no UTF-8. */
static size_t utf8_next(const uint8_t *p, size_t n, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = *p < 0x80		 ? 1 :
		     (*p & 0xe0) == 0xc0 ? 2 :
		     (*p & 0xf0) == 0xe0 ? 3 :
		     (*p & 0xf8) == 0xf0 ? 4 :
					   0;
	size_t i;

	if (!len || len > n)
		return 0;
	*c = len == 1 ? *p : *p & (0x7f >> len);
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (p[i] & 0x3f);
	}
	/* RFC 3629: not longer than need be, no surrogates. */
	if (*c < least[len] || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000))
		return 0;
	return len;
}

/* What a terminal might obey, 8-bit controls among it. */
static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

static bool is_utf8(const uint8_t *p, size_t n)
{
	uint32_t c;
	size_t len;

	for (; n; p += len, n -= len) {
		len = utf8_next(p, n, &c);
		if (!len)
			return false;
	}
	return true;
}

static void add_data(struct text *t, const struct bgp_error *e)
{
	char hex[64];

	add(t, " (data %s)", bgp_hex(e->data, e->data_len, hex, sizeof(hex)));
}

/* RFC 9003, section 2: a length octet, then UTF-8. */
static void add_quoted(struct text *t, const struct bgp_error *e)
{
	const uint8_t *p = e->data + 1;
	size_t left = e->data_len ? e->data[0] : 0, len;
	uint32_t c;

	if (left + 1 > e->data_len || !is_utf8(p, left)) {
		add(t, ": malformed text");
		add_data(t, e);
		return;
	}
	add(t, ": \"");
	for (; left; p += len, left -= len) {
		len = utf8_next(p, left, &c);
		if (is_control(c))
			add(t, "?");
		else
			add(t, "%.*s", (int)len, (const char *)p);
	}
	add(t, "\"");
}

const char *bgp_hex(const uint8_t *p, size_t n, char *buf, size_t size)
{
	size_t at = 0, i;

	buf[0] = '\0';
	for (i = 0; i < n; i++) {
		if (at + 8 > size) {
			snprintf(buf + at, size - at, "...");
			break;
		}
		at += snprintf(buf + at, size - at, "%s%02x", i ? " " : "",
			       p[i]);
	}
	return buf;
}

const char *bgp_error_text(const struct bgp_error *e, char *buf)
{
	const char *code = e->code < ARRAY_SIZE(codes) ? codes[e->code] : NULL;
	const char *sub = sub_name(e->code, e->subcode);
	struct text t = { buf, 0, BGP_ERROR_TEXT };

	if (code)
		add(&t, "%s", code);
	else
		add(&t, "error code %u", e->code);
	if (sub)
		add(&t, " / %s", sub);
	else if (e->subcode)
		add(&t, " / subcode %u", e->subcode);
	if (e->why)
		add(&t, ": %s", e->why);
	if (is_shutdown_text(e) && e->data_len && e->data[0])
		add_quoted(&t, e);
	else if (e->data_len && !is_shutdown_text(e))
		add_data(&t, e);
	return buf;
}

bool bgp_notification_decode(const uint8_t *body, size_t len,
			     struct bgp_error *e)
{
	if (len < 2)
		return false;
	bgp_error_set(e, body[0], body[1], NULL, body + 2, len - 2);
	return true;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A stream of BGP messages, as a peer may send it, through every decoder. The
 * first octet chooses what the session has agreed on.
 */
#include <stdlib.h>
#include "bgp/intern.h"
#include "bgp/msg.h"
#include "bgp/update.h"

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void take(const struct bgp_nlri *list, struct prefix *to)
{
	struct bgp_nlri rest = *list;
	uint64_t id;
	size_t n, i;

	if (list->family == BGP_RTC)
		return;
	while ((n = bgp_nlri_take(&rest, &id, to))) {
		check(n <= list->len);
		for (i = 0; i < n; i++) {
			struct prefix masked = to[i];

			prefix_mask(&masked);
			check(!prefix_cmp(&masked, &to[i]));
			check(to[i].len <= addr_bits(to[i].family));
		}
	}
	check(!rest.len);
}

static void update(const uint8_t *body, size_t len, uint8_t mode)
{
	static struct prefix prefixes[BGP_NLRI_MAX];
	static uint8_t as_path[BGP_AS_PATH_MAX];
	const struct bgp_update_ctx ctx = { .as4 = mode & 1,
					    .ibgp = mode & 2,
					    .families = mode >> 2 & 31,
					    .add_path = mode & 128 ? 3 : 0,
					    .sgi_subtype = 0x80 };
	struct bgp_update u = { .path.as_path = { .p = as_path,
						  .size = sizeof(as_path) } };
	struct bgp_error e;
	struct bgp_attrs *a;
	unsigned int i;

	bgp_update_decode(&u, body, len, &ctx, &e);
	check(!u.faults.verdict == !u.faults.n);
	for (i = 0; i < u.faults.n; i++) {
		const struct bgp_fault *f = &u.faults.list[i];
		char hex[64], name[BGP_ATTR_NAME];

		check(f->why && f->verdict <= u.faults.verdict);
		bgp_hex(f->p, f->len, hex, sizeof(hex));
		bgp_attr_name(f->type, name);
	}
	if (u.faults.verdict == BGP_SESSION_RESET) {
		char text[BGP_ERROR_TEXT];

		check(e.code == BGP_ERR_UPDATE && e.subcode);
		bgp_error_text(&e, text);
		return;
	}
	take(&u.withdrawn, prefixes);
	take(&u.path.unreach, prefixes);
	take(&u.reach, prefixes);
	take(&u.path.reach, prefixes);
	a = bgp_attrs_intern(&u.path, &u.path.next_hop);
	check(a && a->n_sgi <= BGP_SGI_MAX);
	for (i = 1; i < a->n_sgi; i++)
		check(addr_cmp(&a->sgi[i - 1].gateway, &a->sgi[i].gateway) < 0);
	/* Interned is equal to what it was made of. */
	check(bgp_attrs_intern(&u.path, &u.path.next_hop) == a);
	bgp_attrs_put(a);
	bgp_attrs_put(a);
	check(!bgp_attrs_count());
}

static void open_message(const uint8_t *body, size_t len)
{
	struct bgp_open o, again;
	uint8_t m[BGP_MSG_MAX];
	struct wr w = wr_init(m, sizeof(m));
	struct bgp_error e;

	if (!bgp_open_decode(body, len, &o, &e)) {
		check(e.code == BGP_ERR_OPEN);
		return;
	}
	/* What was understood can be said, and is understood the same. */
	bgp_open_encode(&w, &o);
	check(!w.failed);
	check(bgp_open_decode(m + BGP_HEADER_LEN, w.p - m - BGP_HEADER_LEN,
			      &again, &e));
	check(again.as == o.as || !o.as4);
	check(again.router_id == o.router_id);
	check(again.hold_time == o.hold_time);
	check(again.add_path_send == o.add_path_send);
	check(again.restart_families == o.restart_families);
	check(again.forwarding == o.forwarding);
}

static void notification(const uint8_t *body, size_t len)
{
	char text[BGP_ERROR_TEXT];
	struct bgp_error e;

	check(bgp_notification_decode(body, len, &e));
	bgp_error_text(&e, text);
	check(strlen(text) < sizeof(text));
}

static void message(uint8_t type, const uint8_t *body, size_t len, uint8_t mode)
{
	struct bgp_error e;
	struct bgp_refresh r;

	switch (type) {
	case BGP_MSG_OPEN:
		open_message(body, len);
		return;
	case BGP_MSG_UPDATE:
		update(body, len, mode);
		return;
	case BGP_MSG_NOTIFICATION:
		notification(body, len);
		return;
	case BGP_MSG_REFRESH:
		check(bgp_refresh_decode(body, len, &r, &e) ||
		      e.code == BGP_ERR_REFRESH);
		return;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t mode;

	if (!size)
		return 0;
	mode = *data++;
	size--;
	while (size) {
		struct bgp_header h;
		struct bgp_error e;
		uint8_t *body;
		size_t len;

		if (bgp_header_decode(data, size, BGP_MSG_EXT_MAX, &h, &e) <
			    1 ||
		    size < h.len)
			break;
		/* In memory of its own, so that a read beyond it is seen. */
		len = h.len - BGP_HEADER_LEN;
		body = malloc(len ? len : 1);
		check(body);
		memcpy(body, data + BGP_HEADER_LEN, len);
		message(h.type, body, len, mode);
		free(body);
		data += h.len;
		size -= h.len;
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ike/vici_msg and ike/sa: whatever the octets, parsing stays within them; a
 * message that passes the check, walked and written again, is the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "ike/sa.h"
#include "ike/vici_msg.h"

static void text_of(struct vici_view v, char text[VICI_NAME_MAX + 1])
{
	if (v.len)
		memcpy(text, v.p, v.len);
	text[v.len] = 0;
}

/* vici_wr takes names as strings: those with a NUL are not for it. */
static bool writable(struct vici_view v)
{
	return !v.len || !memchr(v.p, 0, v.len);
}

static bool again(struct vici_wr *w, struct vici_view msg)
{
	char name[VICI_NAME_MAX + 1];
	struct vici_elem e;

	while (vici_next(&msg, &e)) {
		if (!writable(e.name))
			return false;
		text_of(e.name, name);
		switch (e.type) {
		case VICI_SECTION_START:
			vici_wr_section(w, name);
			if (!again(w, e.value))
				return false;
			vici_wr_section_end(w);
			break;
		case VICI_LIST_START:
			vici_wr_list(w, name);
			if (!again(w, e.value))
				return false;
			vici_wr_list_end(w);
			break;
		case VICI_LIST_ITEM:
			vici_wr_item(w, (const char *)e.value.p, e.value.len);
			break;
		default:
			vici_wr_kv(w, name, e.value.p, e.value.len);
			break;
		}
	}
	return true;
}

static void use(struct vici_view msg)
{
	struct ike_sa_child child, old, new;
	struct ike_sa_set set = { 0 };
	struct vici_view rest;
	char text[32];
	struct ike_sa sa;

	vici_get_str(msg, "errmsg", text, sizeof(text));
	if (!ike_sa_read_ike(msg, &sa))
		return;
	ike_sa_read_rekey(&sa, 0, &old, &new);
	rest = sa.children;
	while (ike_sa_next_child(&rest, &sa, 0, &child))
		ike_sa_set_put(&set, &child);
	json_decref(ike_sa_set_json(&set, 0));
	ike_sa_set_free(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[VICI_NAME_MAX + 1];
	struct vici_packet pkt;
	struct vici_wr w;

	if (!size)
		return 0;
	/* What is unchecked may be walked, if not trusted. */
	use((struct vici_view){ data, size });
	if (vici_packet_parse(data, size, &pkt) || !writable(pkt.name))
		return 0;
	use(pkt.msg);
	text_of(pkt.name, name);
	vici_wr_init(&w, pkt.type, pkt.name.p ? name : NULL);
	if (again(&w, pkt.msg) &&
	    (vici_wr_finish(&w) || w.len != VICI_HEADER_LEN + size ||
	     memcmp(w.buf + VICI_HEADER_LEN, data, size)))
		abort();
	vici_wr_free(&w);
	return 0;
}

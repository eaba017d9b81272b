// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An MRT file, record by record: every decoder, and the UPDATEs that it holds
 * or that are made of its tables' paths.
 */
#include <stdlib.h>
#include "bgp/intern.h"
#include "bgp/msg.h"
#include "feed_check.h"
#include "mrt/record.h"

static struct bgp_feed feed;
static struct bgp_scratch scratch;
static uint8_t update[MRT_UPDATE_MAX];

static void index_table(struct rd r)
{
	struct mrt_peer peer;
	const char *why = NULL;
	uint16_t n;

	if (!mrt_index_begin(&r, &n, &why)) {
		check(why);
		return;
	}
	while (n-- && mrt_index_next(&r, &peer, &why))
		check(addr_bits(peer.address.family));
}

static void table(struct rd r, const struct mrt_header *h)
{
	struct mrt_path path;
	struct mrt_rib rib;
	const char *why = NULL;
	unsigned int i;
	size_t len;

	if (!mrt_rib_begin(&r, h, &rib, &why)) {
		check(why);
		return;
	}
	for (i = 0; i < rib.n; i++) {
		if (!mrt_rib_next(&r, &rib, &path, &why))
			return;
		if (!rib.family)
			continue;
		len = mrt_path_update(&rib, &path, update, &why);
		check(len <= sizeof(update) && !len == !!why);
		if (!len)
			continue;
		feed.ctx.as4 = true;
		feed.ctx.ibgp = true;
		feed.ctx.add_path = rib.add_path ? rib.family : 0;
		feed_take(&feed, &scratch, update, len);
	}
}

static void session(struct rd r, const struct mrt_header *h)
{
	struct mrt_session s;
	struct bgp_header header;
	struct bgp_error e;
	const char *why = NULL;

	if (!mrt_session_decode(r, h, &s, &why)) {
		check(why);
		return;
	}
	if (h->kind != MRT_MESSAGE ||
	    bgp_header_decode(s.message.p, rd_left(&s.message), BGP_MSG_EXT_MAX,
			      &header, &e) < 1 ||
	    header.type != BGP_MSG_UPDATE || header.len != rd_left(&s.message))
		return;
	feed.ctx.as4 = s.as4;
	feed.ctx.ibgp = s.peer.as == s.local_as;
	feed.ctx.add_path = s.add_path ? BGP_FEED_FAMILIES : 0;
	feed_take(&feed, &scratch, s.message.p + BGP_HEADER_LEN,
		  header.len - BGP_HEADER_LEN);
}

static void record(struct rd body, const struct mrt_header *h)
{
	switch (h->kind) {
	case MRT_INDEX:
		index_table(body);
		break;
	case MRT_RIB:
		table(body, h);
		break;
	case MRT_MESSAGE:
	case MRT_STATE:
		session(body, h);
		break;
	case MRT_OTHER:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!scratch.prefixes)
		bgp_scratch_init(&scratch);
	feed_init(&feed);
	while (size) {
		struct mrt_header h;
		const char *why;
		uint8_t *body;

		if (mrt_header_decode(data, size, &h, &why) < 1 ||
		    size - MRT_HEADER_LEN < h.len)
			break;
		/* In memory of its own, so that a read beyond it is seen. */
		body = malloc(h.len ? h.len : 1);
		check(body);
		memcpy(body, data + MRT_HEADER_LEN, h.len);
		record(rd_init(body, h.len), &h);
		free(body);
		data += MRT_HEADER_LEN + h.len;
		size -= MRT_HEADER_LEN + h.len;
	}
	check(!bgp_attrs_count());
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A stream of BMP messages, as a router may send it: every decoder, and the
 * UPDATEs with what the last Peer Up has agreed on.
 */
#include <stdlib.h>
#include "bgp/intern.h"
#include "bmp/msg.h"
#include "feed_check.h"

static struct bgp_feed feed;
static struct bgp_scratch scratch;

static void peer_up(struct rd body)
{
	struct bmp_peer_up up;
	const char *why;
	uint8_t families;

	if (!bmp_peer_up_decode(body, &up, &why)) {
		check(why);
		return;
	}
	families = bmp_peer_up_families(&up, &feed.ctx.add_path);
	check(!(families & ~BGP_FEED_FAMILIES));
	check(!(feed.ctx.add_path & ~families));
	feed.own_as = up.has_sent ? up.sent.as : 0;
}

static void monitoring(const struct bmp_peer_header *h, struct rd body)
{
	struct bgp_header header;
	struct bgp_error e;

	if (bgp_header_decode(body.p, rd_left(&body), BGP_MSG_EXT_MAX, &header,
			      &e) < 1 ||
	    header.type != BGP_MSG_UPDATE || header.len != rd_left(&body))
		return;
	feed.ctx.as4 = !h->as2;
	feed.ctx.ibgp = h->rib != BMP_PRE_POLICY;
	feed_take(&feed, &scratch, body.p + BGP_HEADER_LEN,
		  header.len - BGP_HEADER_LEN);
}

static void message(uint8_t type, struct rd body)
{
	struct bmp_peer_header h;
	char text[BMP_TEXT];
	const char *why;

	if (type == BMP_INITIATION || type == BMP_TERMINATION) {
		why = NULL;
		check(bmp_text_decode(body, BMP_INFO_NAME, text, sizeof(text),
				      &why) ||
		      why);
		check(strlen(text) < sizeof(text));
		return;
	}
	why = NULL;
	if (!bmp_peer_header_decode(&body, &h, &why)) {
		check(why);
		return;
	}
	check(!h.address.family == (h.type == BMP_PEER_LOC_RIB));
	if (type == BMP_PEER_UP)
		peer_up(body);
	else if (type == BMP_ROUTE_MONITORING)
		monitoring(&h, body);
	else if (type == BMP_PEER_DOWN &&
		 bmp_peer_down_decode(body, text, &why))
		check(strlen(text) < sizeof(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!scratch.prefixes)
		bgp_scratch_init(&scratch);
	feed_init(&feed);
	while (size) {
		struct bmp_header h;
		const char *why;
		uint8_t *body;
		size_t len;

		if (bmp_header_decode(data, size, &h, &why) < 1 || size < h.len)
			break;
		/* In memory of its own, so that a read beyond it is seen. */
		len = h.len - BMP_HEADER_LEN;
		body = malloc(len ? len : 1);
		check(body);
		memcpy(body, data + BMP_HEADER_LEN, len);
		message(h.type, rd_init(body, len));
		free(body);
		data += h.len;
		size -= h.len;
	}
	check(!bgp_attrs_count());
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A feed that only checks what it is told. Included by one program only.
 */
#ifndef CESTEER_FUZZ_FEED_CHECK_H
#define CESTEER_FUZZ_FEED_CHECK_H

#include <stdlib.h>
#include "base/log.h"
#include "bgp/family.h"
#include "bgp/feed.h"
#include "bgp/wire.h"

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void feed_prefixes(uint8_t family, const struct prefix *p, size_t n)
{
	size_t i;

	check(n && n <= BGP_NLRI_MAX);
	for (i = 0; i < n; i++) {
		struct prefix masked = p[i];

		prefix_mask(&masked);
		check(!prefix_cmp(&masked, &p[i]));
		check(p[i].family == bgp_family_of(family)->af);
	}
}

static void feed_reach(void *arg, uint8_t family, struct bgp_attrs *attrs,
		       uint64_t id, const struct prefix *p, size_t n)
{
	(void)arg;
	(void)id;
	check(attrs->refs && attrs->n_sgi <= BGP_SGI_MAX);
	/* Only of these its targets say whose it is. */
	check(attrs->vpn == !!(family & (BGP_VPNV4 | BGP_VPNV6)));
	feed_prefixes(family, p, n);
}

static void feed_withdraw(void *arg, uint8_t family, uint64_t id,
			  const struct prefix *p, size_t n)
{
	(void)arg;
	(void)id;
	feed_prefixes(family, p, n);
}

static void feed_end_of_rib(void *arg, uint8_t family)
{
	(void)arg;
	check(family && !(family & ~BGP_FEED_FAMILIES));
}

static const struct bgp_feed_events feed_events = {
	.reach = feed_reach,
	.withdraw = feed_withdraw,
	.end_of_rib = feed_end_of_rib,
};

static void feed_init(struct bgp_feed *f)
{
	log_set_level(LOG_LEVEL_ERROR);
	*f = (struct bgp_feed){
		.room = "fuzz",
		.name = "feed",
		.ctx = { .as4 = true,
			 .families = BGP_FEED_FAMILIES | BGP_RTC,
			 .sgi_subtype = 0x80 },
		.events = &feed_events,
	};
}

static void feed_take(struct bgp_feed *f, const struct bgp_scratch *scratch,
		      const uint8_t *body, size_t len)
{
	char text[BGP_ERROR_TEXT];
	struct bgp_error e;

	if (bgp_feed_update(f, scratch, body, len, &e))
		return;
	check(e.code == BGP_ERR_UPDATE && e.subcode);
	bgp_error_text(&e, text);
}

#endif /* CESTEER_FUZZ_FEED_CHECK_H */

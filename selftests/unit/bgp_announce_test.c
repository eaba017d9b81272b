// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bgp/announce: what we send is what we can read, and packs well.
 */
#include "bgp/announce.h"

#include <stdlib.h>
#include "bgp/msg.h"
#include "bgp/target.h"
#include "bgp/update.h"
#include "kselftest_harness.h"

static uint8_t m[BGP_MSG_EXT_MAX], path[BGP_AS_PATH_MAX];
static struct prefix got[BGP_NLRI_MAX];
static struct bgp_update u;

static struct bgp_origin origin(const char *prefix, const char *gateway)
{
	struct bgp_origin o = { 0 };
	const char *why;

	if (!prefix_parse(prefix, &o.prefix, &why))
		abort();
	o.gateways.n = gateway && addr_parse(gateway, &o.gateways.a[0]);
	return o;
}

/* Decode a whole list into out. */
static size_t nlri_all(const struct bgp_nlri *list, struct prefix *out)
{
	struct bgp_nlri rest = *list;
	uint64_t id;
	size_t n = 0, k;

	while ((k = bgp_nlri_take(&rest, &id, out + n)))
		n += k;
	return n;
}

static struct bgp_announce_ctx ctx_of(uint32_t as, bool as4, bool ibgp)
{
	struct bgp_announce_ctx ctx = { .as = as,
					.as4 = as4,
					.ibgp = ibgp,
					.sgi_subtype = 0x80,
					.sgi_transitive = true,
					.vpn_encoding = BGP_ENCODE_COMMUNITY };

	addr_parse("192.0.2.1", &ctx.next_hop4);
	addr_parse("2001:db8::1", &ctx.next_hop6);
	return ctx;
}

/* Read a message back as a peer of the same session would. */
static bool read_back(const struct wr *w, const struct bgp_announce_ctx *ctx)
{
	const struct bgp_update_ctx in = { .as4 = ctx->as4,
					   .ibgp = ctx->ibgp,
					   .families = BGP_IPV4 | BGP_IPV6 |
						       BGP_VPNV4 | BGP_VPNV6,
					   .sgi_subtype = ctx->sgi_subtype };
	struct bgp_header h;
	struct bgp_error e;

	if (w->failed ||
	    bgp_header_decode(m, w->p - m, BGP_MSG_EXT_MAX, &h, &e) < 1)
		return false;
	if (h.type != BGP_MSG_UPDATE || h.len != w->p - m)
		return false;
	u.path.as_path = (struct bgp_as_path){ path, 0, sizeof(path) };
	bgp_update_decode(&u, m + BGP_HEADER_LEN, h.len - BGP_HEADER_LEN, &in,
			  &e);
	return u.faults.verdict == BGP_ACCEPT && !u.faults.n;
}

TEST(ipv4_external) {
	struct bgp_announce_ctx ctx = ctx_of(65001, true, false);
	struct bgp_origin o = origin("10.1.0.0/16", "192.0.2.9");
	struct wr w = wr_init(m, sizeof(m));

	EXPECT_EQ(bgp_announce_encode(&w, &ctx, &o, 1), 1);
	ASSERT_TRUE(read_back(&w, &ctx));
	ASSERT_EQ(nlri_all(&u.reach, got), 1);
	EXPECT_EQ(prefix_cmp(&got[0], &o.prefix), 0);
	EXPECT_EQ(addr_cmp(&u.path.next_hop, &ctx.next_hop4), 0);
	EXPECT_EQ(bgp_as_path_hops(path, u.path.as_path.len), 1);
	EXPECT_EQ(bgp_as_path_first(path, u.path.as_path.len), 65001);
	EXPECT_FALSE(bgp_path_has(&u.path, BGP_ATTR_LOCAL_PREF));
	ASSERT_EQ(u.path.sgi.n, 1);
	EXPECT_EQ(addr_cmp(&u.path.sgi.sgi[0].gateway, &o.gateways.a[0]), 0);
}

TEST(ipv6_internal) {
	struct bgp_announce_ctx ctx = ctx_of(65001, true, true);
	struct bgp_origin o = origin("2001:db8:4::/48", "2001:db8:99::1");
	struct wr w = wr_init(m, sizeof(m));

	EXPECT_EQ(bgp_announce_encode(&w, &ctx, &o, 1), 1);
	ASSERT_TRUE(read_back(&w, &ctx));
	ASSERT_EQ(nlri_all(&u.path.reach, got), 1);
	EXPECT_EQ(prefix_cmp(&got[0], &o.prefix), 0);
	EXPECT_EQ(addr_cmp(&u.path.mp_next_hop, &ctx.next_hop6), 0);
	EXPECT_EQ(u.path.as_path.len, 0);
	EXPECT_EQ(u.path.local_pref, 100);
	EXPECT_TRUE(bgp_path_has(&u.path, BGP_ATTR_EXT_COMMUNITIES));
	EXPECT_TRUE(bgp_path_has(&u.path, BGP_ATTR_EXT_COMMUNITIES6));
	ASSERT_EQ(u.path.sgi.n, 1);
	EXPECT_EQ(addr_cmp(&u.path.sgi.sgi[0].gateway, &o.gateways.a[0]), 0);
}

TEST(without_identity) {
	struct bgp_announce_ctx ctx = ctx_of(65001, true, false);
	struct bgp_origin o = origin("10.1.0.0/16", NULL);
	struct wr w = wr_init(m, sizeof(m));

	bgp_announce_encode(&w, &ctx, &o, 1);
	ASSERT_TRUE(read_back(&w, &ctx));
	EXPECT_EQ(u.path.sgi.n, 0);
	EXPECT_FALSE(bgp_path_has(&u.path, BGP_ATTR_EXT_COMMUNITIES));
}

TEST(large_as_to_an_old_speaker) {
	struct bgp_announce_ctx ctx = ctx_of(4200000001, false, false);
	struct bgp_origin o = origin("10.1.0.0/16", NULL);
	struct wr w = wr_init(m, sizeof(m));

	bgp_announce_encode(&w, &ctx, &o, 1);
	ASSERT_TRUE(read_back(&w, &ctx));
	EXPECT_TRUE(bgp_path_has(&u.path, BGP_ATTR_AS4_PATH));
	EXPECT_EQ(bgp_as_path_first(path, u.path.as_path.len), 4200000001);
	EXPECT_EQ(bgp_as_path_hops(path, u.path.as_path.len), 1);
	/* A small one needs no help. */
	ctx = ctx_of(65001, false, false);
	w = wr_init(m, sizeof(m));
	bgp_announce_encode(&w, &ctx, &o, 1);
	ASSERT_TRUE(read_back(&w, &ctx));
	EXPECT_FALSE(bgp_path_has(&u.path, BGP_ATTR_AS4_PATH));
}

/* Two gateways of a site, in one attribute, or two. */
TEST(several_identities) {
	struct bgp_announce_ctx ctx = ctx_of(65001, true, false);
	struct bgp_origin o = origin("10.1.0.0/16", "192.0.2.8"), other = o;
	struct wr w = wr_init(m, sizeof(m));
	unsigned int i;

	o.gateways.n = BGP_SGI_MAX;
	for (i = 0; i < BGP_SGI_MAX; i++) {
		char text[] = "2001:db8::0";

		text[10] += i;
		addr_parse(i ? text : "192.0.2.9", &o.gateways.a[i]);
	}
	EXPECT_LT(bgp_origin_cmp(&other, &o), 0);
	ctx.sgi_transitive = false;
	ctx.sgi_subtype = 0x42;
	EXPECT_EQ(bgp_announce_encode(&w, &ctx, &o, 1), 1);
	ASSERT_TRUE(read_back(&w, &ctx));
	/* As octets: type, sub-type, version and flags, address. */
	EXPECT_NE(memmem(m, w.p - m, "\x43\x42\x00\x00\xc0\x00\x02\x09", 8),
		  NULL);
	EXPECT_NE(memmem(m, w.p - m, "\x40\x42\x20\x01\x0d\xb8", 6), NULL);
	ASSERT_EQ(u.path.sgi.n, BGP_SGI_MAX);
	for (i = 0; i < BGP_SGI_MAX; i++) {
		EXPECT_EQ(addr_cmp(&u.path.sgi.sgi[i].gateway,
				   &o.gateways.a[i]),
			  0);
		EXPECT_FALSE(u.path.sgi.sgi[i].transitive);
	}
	/* The same but for the last one: another group. */
	other = o;
	addr_parse("2001:db8::ff", &other.gateways.a[BGP_SGI_MAX - 1]);
	EXPECT_NE(bgp_origin_cmp(&other, &o), 0);
}

static struct bgp_origin vpn_origin(const char *prefix, const char *gateway,
				    uint64_t rd, uint32_t label)
{
	struct bgp_origin o = origin(prefix, gateway);
	const char *why;

	o.rd = rd;
	o.label = label;
	o.n_targets = 2;
	if (!bgp_target_parse("64500:1", &o.targets[0], &why) ||
	    !bgp_target_parse("192.0.2.9:1", &o.targets[1], &why))
		abort();
	return o;
}

/* On VPN sessions, external and internal; and withdrawn. */
TEST(vpn) {
	static const char *const prefixes[] = { "10.1.0.0/16",
						"2001:db8:4::/47" };
	static const char *const gateways[] = { "192.0.2.9", "2001:db8::9" };
	const uint64_t rd = 0x0000fbf400000007;
	unsigned int f;

	for (f = 0; f < 4; f++) {
		struct bgp_announce_ctx ctx = ctx_of(65001, true, f & 2);
		struct bgp_origin o = vpn_origin(prefixes[f & 1],
						 gateways[f & 1], rd, 0xabcde);
		uint8_t family = f & 1 ? BGP_VPNV6 : BGP_VPNV4;
		struct wr w = wr_init(m, sizeof(m));
		struct bgp_nlri list;
		uint64_t id;

		EXPECT_EQ(bgp_announce_encode(&w, &ctx, &o, 1), 1);
		ASSERT_TRUE(read_back(&w, &ctx));
		EXPECT_EQ(u.reach.len, 0);
		EXPECT_FALSE(bgp_path_has(&u.path, BGP_ATTR_NEXT_HOP));
		EXPECT_EQ(addr_cmp(&u.path.mp_next_hop,
				   f & 1 ? &ctx.next_hop6 : &ctx.next_hop4),
			  0);
		EXPECT_TRUE(u.path.vpn);
		ASSERT_EQ(u.path.n_targets, 2);
		EXPECT_EQ(memcmp(u.path.targets, o.targets,
				 2 * sizeof(*o.targets)),
			  0);
		ASSERT_EQ(u.path.sgi.n, 1);
		EXPECT_EQ(addr_cmp(&u.path.sgi.sgi[0].gateway,
				   &o.gateways.a[0]),
			  0);
		list = u.path.reach;
		EXPECT_EQ(list.family, family);
		/* The label, and the bit that ends the stack. */
		EXPECT_EQ(memcmp(list.p + 1, "\xab\xcd\xe1", 3), 0);
		ASSERT_EQ(bgp_nlri_take(&list, &id, got), 1);
		EXPECT_EQ(id, rd);
		EXPECT_EQ(prefix_cmp(&got[0], &o.prefix), 0);

		w = wr_init(m, sizeof(m));
		EXPECT_EQ(bgp_withdraw_encode(&w, &o, 1), 1);
		ASSERT_TRUE(read_back(&w, &ctx));
		list = u.path.unreach;
		EXPECT_EQ(list.family, family);
		EXPECT_EQ(memcmp(list.p + 1, "\x80\x00\x00", 3), 0);
		ASSERT_EQ(bgp_nlri_take(&list, &id, got), 1);
		EXPECT_EQ(id, rd);
		EXPECT_EQ(prefix_cmp(&got[0], &o.prefix), 0);
	}
}

/* Identities as tunnels' endpoints, on VPN sessions and on no others. */
TEST(vpn_tunnels) {
	struct bgp_announce_ctx ctx = ctx_of(65001, true, true);
	struct bgp_origin o = vpn_origin("10.1.0.0/16", "192.0.2.9", 1, 3);
	struct bgp_origin plain = origin("10.1.0.0/16", "192.0.2.9");
	uint8_t how;

	addr_parse("2001:db8::9", &o.gateways.a[1]);
	o.gateways.n = 2;
	for (how = 1; how < 4; how++) {
		struct wr w = wr_init(m, sizeof(m));

		ctx.vpn_encoding = how;
		bgp_announce_encode(&w, &ctx, &o, 1);
		ASSERT_TRUE(read_back(&w, &ctx));
		EXPECT_EQ(u.path.sgi.n, 2);
		EXPECT_EQ(addr_cmp(&u.path.sgi.sgi[1].gateway,
				   &o.gateways.a[1]),
			  0);
		EXPECT_EQ(u.path.n_targets, 2);
		EXPECT_EQ(bgp_path_has(&u.path, BGP_ATTR_TUNNEL_ENCAPS),
			  !!(how & BGP_ENCODE_TUNNEL));
		EXPECT_EQ(bgp_path_has(&u.path, BGP_ATTR_EXT_COMMUNITIES6),
			  how & BGP_ENCODE_COMMUNITY);
		w = wr_init(m, sizeof(m));
		bgp_announce_encode(&w, &ctx, &plain, 1);
		ASSERT_TRUE(read_back(&w, &ctx));
		EXPECT_EQ(u.path.sgi.n, 1);
		EXPECT_FALSE(bgp_path_has(&u.path, BGP_ATTR_TUNNEL_ENCAPS));
	}
}

/* A label or RD may differ in a message; families and targets may not. */
TEST(vpn_groups) {
	struct bgp_announce_ctx ctx = ctx_of(65001, true, true);
	struct bgp_origin o[] = {
		origin("10.1.0.0/16", "192.0.2.1"),
		vpn_origin("10.1.0.0/16", "192.0.2.1", 1, 3),
		vpn_origin("10.1.0.0/16", "192.0.2.1", 2, 4),
		vpn_origin("10.1.0.0/16", "192.0.2.1", 3, 3),
	};
	static const size_t sizes[] = { 1, 2, 1 };
	size_t at = 0, i;

	o[3].targets[1].b[7]++;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct wr w = wr_init(m, sizeof(m));

		EXPECT_EQ(bgp_announce_encode(&w, &ctx, o + at,
					      ARRAY_SIZE(o) - at),
			  sizes[i]);
		EXPECT_TRUE(read_back(&w, &ctx));
		at += sizes[i];
	}
	/* Another label is another announcement of the same route. */
	o[2] = o[1];
	o[2].label = 5;
	EXPECT_EQ(bgp_origin_route_cmp(&o[1], &o[2]), 0);
	EXPECT_LT(bgp_origin_cmp(&o[1], &o[2]), 0);
	EXPECT_LT(bgp_origin_route_cmp(&o[0], &o[1]), 0);
}

TEST(groups_are_not_mixed) {
	struct bgp_announce_ctx ctx = ctx_of(65001, true, false);
	const struct bgp_origin o[] = {
		origin("10.1.0.0/16", NULL),
		origin("10.2.0.0/16", "192.0.2.1"),
		origin("10.3.0.0/16", "192.0.2.1"),
		origin("10.4.0.0/16", "192.0.2.2"),
		origin("2001:db8::/32", "192.0.2.2"),
	};
	static const size_t sizes[] = { 1, 2, 1, 1 };
	size_t at = 0, i;

	for (i = 1; i < ARRAY_SIZE(o); i++)
		EXPECT_LT(bgp_origin_cmp(&o[i - 1], &o[i]), 0);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct wr w = wr_init(m, sizeof(m));
		size_t n = bgp_announce_encode(&w, &ctx, o + at,
					       ARRAY_SIZE(o) - at);

		EXPECT_EQ(n, sizes[i]);
		EXPECT_TRUE(read_back(&w, &ctx));
		at += n;
	}
	EXPECT_EQ(at, ARRAY_SIZE(o));
}

/* Host prefixes, the longest, in messages as full as they can be. */
static struct bgp_origin *many(size_t n, uint8_t family)
{
	struct bgp_origin *o = calloc(n, sizeof(*o));
	size_t i;

	for (i = 0; i < n; i++) {
		o[i].prefix.family = family;
		o[i].prefix.len = addr_bits(family);
		o[i].prefix.b[0] = 0x20;
		o[i].prefix.b[1] = i >> 16;
		o[i].prefix.b[2] = i >> 8;
		o[i].prefix.b[3] = i;
		o[i].gateways.n = 1;
		addr_parse("2001:db8:99::1", &o[i].gateways.a[0]);
	}
	return o;
}

/* Messages as long as the peer takes them, of all but the last no shorter. */
TEST(packed_to_the_brim) {
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	static const size_t sizes[] = { BGP_MSG_MAX, BGP_MSG_EXT_MAX };
	enum { N = 10000, AS = 4200001 };
	unsigned int f;

	for (f = 0; f < 32; f++) {
		struct bgp_announce_ctx ctx = ctx_of(AS, f & 2, f & 4);
		struct bgp_origin *o = many(N, families[f & 1]);
		size_t at = 0, size = sizes[f >> 3 & 1], i;

		for (i = 0; f & 16 && i < N; i++)
			o[i].n_targets = 1;
		while (at < N) {
			struct wr w = wr_init(m, size);

			at += bgp_announce_encode(&w, &ctx, o + at, N - at);
			ASSERT_TRUE(read_back(&w, &ctx));
			if (at < N)
				EXPECT_GT(w.p - m, size - 64);
		}
		free(o);
	}
}

TEST(withdraw) {
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	struct bgp_announce_ctx ctx = ctx_of(65001, true, false);
	enum { N = 3000 };
	unsigned int f;

	for (f = 0; f < 4; f++) {
		struct bgp_origin *o = many(N, families[f & 1]);
		size_t at = 0, k;

		for (k = 0; f & 2 && k < N; k++)
			o[k].n_targets = 1;
		while (at < N) {
			struct wr w = wr_init(m, BGP_MSG_MAX);
			size_t n = bgp_withdraw_encode(&w, o + at, N - at);
			const struct bgp_nlri *list;
			size_t i;

			ASSERT_TRUE(read_back(&w, &ctx));
			list = f ? &u.path.unreach : &u.withdrawn;
			EXPECT_GT(w.p - m, at + n < N ? BGP_MSG_MAX - 64 : 0);
			ASSERT_EQ(nlri_all(list, got), n);
			for (i = 0; i < n; i++)
				EXPECT_EQ(prefix_cmp(&got[i],
						     &o[at + i].prefix),
					  0);
			EXPECT_EQ(u.reach.len + u.path.reach.len, 0);
			at += n;
		}
		free(o);
	}
}

TEST(end_of_rib) {
	struct bgp_announce_ctx ctx = ctx_of(65001, true, false);
	struct wr w = wr_init(m, sizeof(m));

	bgp_end_of_rib_encode(&w, BGP_IPV4);
	ASSERT_TRUE(read_back(&w, &ctx));
	EXPECT_EQ(u.end_of_rib, BGP_IPV4);
	EXPECT_EQ(w.p - m, 23);
	w = wr_init(m, sizeof(m));
	bgp_end_of_rib_encode(&w, BGP_IPV6);
	ASSERT_TRUE(read_back(&w, &ctx));
	EXPECT_EQ(u.end_of_rib, BGP_IPV6);
}

TEST_HARNESS_MAIN

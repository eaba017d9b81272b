// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conf/origin: what is announced, with which identities, on which sessions.
 */
#include "conf_file.h"

#define HEAD "as: 1\nrouter-id: 1.1.1.1\nidentity: { address: 192.0.2.5 }\n"
#define ID "identity: {address: 192.0.2.5, "
/* A VPN, whose keys follow: they are on line 6. */
#define VPN HEAD "vpns:\n  - name: a\n"
/* The neighbor that carries all VPNs. */
#define SHARED "neighbors: [{address: 192.0.2.100, as: 1}]\n"

/* "192.0.2.5,192.0.2.6": with what a prefix is announced. */
static const char *announced(const struct conf_vpn *v, const char *prefix)
{
	static char text[256];
	const struct bgp_origin *o;
	char buf[ADDR_STRLEN];
	const char *why;
	struct prefix p;
	size_t n = 0;
	uint8_t i;

	*text = '\0';
	prefix_parse(prefix, &p, &why);
	o = conf_origin_find(v, &p);
	for (i = 0; o && i < o->gateways.n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
				      i ? "," : "",
				      addr_format(&o->gateways.a[i], buf));
	return o ? text : "(not announced)";
}

/* What is said of the prefix counts before the VPN's, that before the rest. */
TEST_F(conf, identities) {
	ASSERT_TRUE(load(self,
			 "identity: { address: 192.0.2.5,\n"
			 "            announce: [192.0.2.6, 192.0.2.5] }\n"
			 "vpns:\n"
			 "  - name: a\n"
			 "    trusted-subnets: [10.5.0.0/16]\n"
			 "  - name: b\n"
			 "    table: 2\n"
			 "    announce: [\"2001:db8::7\", 192.0.2.7]\n"
			 "    trusted-subnets:\n"
			 "      - 10.6.0.0/16\n"
			 "      - {prefix: 10.7.0.0/16, gateway: 10.7.0.1}\n"
			 "      - {prefix: 10.8.0.0/16,\n"
			 "         gateways: [192.0.2.9, 192.0.2.8]}\n"
			 "      - {prefix: 10.9.0.0/16, identity: false}\n"))
	{
		TH_LOG("%s", self->why);
	}
	EXPECT_STREQ("192.0.2.5,192.0.2.6",
		     announced(&self->c->vpns[0], "10.5.0.0/16"));
	EXPECT_STREQ("192.0.2.7,2001:db8::7",
		     announced(&self->c->vpns[1], "10.6.0.0/16"));
	EXPECT_STREQ("10.7.0.1", announced(&self->c->vpns[1], "10.7.0.0/16"));
	EXPECT_STREQ("192.0.2.8,192.0.2.9",
		     announced(&self->c->vpns[1], "10.8.0.0/16"));
	EXPECT_STREQ("", announced(&self->c->vpns[1], "10.9.0.0/16"));
	EXPECT_EQ(BGP_ENCODE_COMMUNITY, self->c->bgp.vpn_encoding);
}

/* Only VPNs that say so are announced to who carries all of them. */
TEST_F(conf, exports) {
	const struct bgp_origin *o;

	ASSERT_TRUE(
		load(self,
		     "as: 1\n"
		     "router-id: 1.1.1.1\n"
		     "identity: { address: 192.0.2.5, vpn-encoding: both }\n"
		     "vpns:\n"
		     "  - name: a\n"
		     "    trusted-subnets: [10.5.0.0/16]\n"
		     "  - name: b\n"
		     "    table: 2\n"
		     "    trusted-subnets: [10.6.0.0/16]\n"
		     "    distinguisher: \"192.0.2.5:7\"\n"
		     "    export-targets: [\"64500:3\", \"64500:2\"]\n"
		     "    label: 1000\n"
		     "  - name: c\n"
		     "    table: 3\n"
		     "    trusted-subnets: [10.7.0.0/16]\n"
		     "    distinguisher: \"64500:8\"\n"
		     "    export-targets: [\"64500:1\"]\n"
		     "    neighbors: [{address: 192.0.2.101, as: 1}]\n" SHARED))
	{
		TH_LOG("%s", self->why);
	}
	EXPECT_EQ(BGP_ENCODE_COMMUNITY | BGP_ENCODE_TUNNEL,
		  self->c->bgp.vpn_encoding);
	ASSERT_EQ(2, self->c->neighbors[0].n_origins);
	o = self->c->neighbors[0].origins;
	EXPECT_EQ(6, o[0].prefix.b[1]);
	EXPECT_EQ(0x0001c00002050007, o[0].rd);
	EXPECT_EQ(1000, o[0].label);
	ASSERT_EQ(2, o[0].n_targets);
	EXPECT_EQ(2, o[0].targets[0].b[7]);
	EXPECT_EQ(3, o[0].targets[1].b[7]);
	EXPECT_EQ(1, o[0].gateways.n);
	EXPECT_EQ(7, o[1].prefix.b[1]);
	EXPECT_EQ(3, o[1].label);
	/* On the VPN's own session it is a plain one. */
	ASSERT_EQ(1, self->c->vpns[2].neighbors[0].n_origins);
	EXPECT_EQ(0, self->c->vpns[2].neighbors[0].origins[0].n_targets);
}

TEST_F(conf, errors) {
	static const struct {
		const char *text, *why;
	} t[] = {
		{ VPN
		  "    trusted-subnets: [{prefix: 10.5.0.0/16, gateway: 192.0.2.1, gateways: [192.0.2.2]}]\n",
		  "6:23: vpns[0].trusted-subnets[0]: expected \"gateway\" or \"gateways\", not both" },
		{ VPN
		  "    trusted-subnets: [{prefix: 10.5.0.0/16, gateways: [192.0.2.1], identity: false}]\n",
		  "6:23: vpns[0].trusted-subnets[0]: expected a gateway or \"identity: false\", not both" },
		{ VPN
		  "    trusted-subnets: [{prefix: 10.5.0.0/16, gateways: []}]\n",
		  "6:55: vpns[0].trusted-subnets[0].gateways: expected at least one gateway" },
		{ VPN "    announce: [192.0.2.1, 192.0.2.1]\n",
		  "6:27: vpns[0].announce[1]: is listed twice" },
		{ VPN "    announce: [0.0.0.0]\n",
		  "6:16: vpns[0].announce[0]: expected a host's address, not \"0.0.0.0\"" },
		{ ID
		  "announce: [192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4, 192.0.2.5, 192.0.2.6, 192.0.2.7, 192.0.2.8, 192.0.2.9]}\n",
		  "1:131: identity.announce[8]: expected at most 8 gateways" },
		{ ID "vpn-encoding: none}\n",
		  "1:46: identity.vpn-encoding: expected \"community\", \"tunnel\" or \"both\", not \"none\"" },
		{ VPN "    export-targets: [\"64500:1\"]\n",
		  "5:5: vpns[0]: key \"distinguisher\" is missing: there are export targets" },
		{ VPN "    distinguisher: \"64500:1\"\n",
		  "5:5: vpns[0]: key \"distinguisher\" needs \"export-targets\"" },
		{ VPN "    label: 16\n",
		  "5:5: vpns[0]: key \"label\" needs \"export-targets\"" },
		{ VPN "    label: 15\n",
		  "6:12: vpns[0].label: expected a label from 16 to 1048575, or 3 (implicit null)" },
		{ VPN "    label: 1048576\n",
		  "6:12: vpns[0].label: expected a number from 0 to 1048575, not \"1048576\"" },
		{ VPN "    distinguisher: 64500\n",
		  "6:20: vpns[0].distinguisher: \"64500\": expected AS:NUMBER or ADDRESS:NUMBER" },
		{ VPN "    export-targets: [\"1:1\", \"1:1\"]\n",
		  "6:29: vpns[0].export-targets[1]: is listed twice" },
		{ VPN
		  "    export-targets: [\"1:1\", \"1:2\", \"1:3\", \"1:4\", \"1:5\", \"1:6\", \"1:7\", \"1:8\", \"1:9\"]\n",
		  "6:78: vpns[0].export-targets[8]: expected at most 8 route targets" },
		{ VPN
		  "    distinguisher: \"1:1\"\n    export-targets: [\"1:1\"]\n"
		  "  - {name: b, table: 2, distinguisher: \"1:1\", export-targets: [\"1:2\"]}\n",
		  "8:5: vpns[1]: its distinguisher is VPN \"a\"'s too" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		EXPECT_FALSE(load(self, t[i].text));
		EXPECT_STREQ(t[i].why, self->why + strlen(self->file) + 1);
	}
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conf/: what is checked once a list, or all of the file, was read: where the
 * culprit is; and lists that are long.
 */
#include "conf_file.h"

#define AS "router-id: 192.0.2.5\nas: 65005\n"
#define ID "identity: { address: 192.0.2.5 }\n"
/* VPNs, whose first one's keys follow: they are on line 6. */
#define VPN AS ID "vpns:\n  - name: a\n"

static void expect(struct __test_metadata *_metadata, FIXTURE_DATA(conf) * self,
		   const char *const (*t)[2], size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		EXPECT_STREQ(t[i][1], refused(self, t[i][0]))
		{
			TH_LOG("case %zu", i);
		}
}

/* Of all that is listed twice, what comes first; the second time. */
TEST_F(conf, listed_twice) {
	static const char *const t[][2] = {
		{ VPN
		  "    source-prefixes:\n"
		  "    - 10.9.0.0/16\n    - 10.8.0.0/16\n    - 10.9.0.0/16\n"
		  "    - 10.1.0.0/16\n    - 10.8.0.0/16\n    - 10.1.0.0/16\n",
		  "f.yaml:9:7: vpns[0].source-prefixes[2]: is listed twice" },
		{ VPN "    static:\n"
		      "    - {prefix: 10.9.0.0/16, action: bypass}\n"
		      "    - {prefix: 10.8.0.0/16, action: bypass}\n"
		      "    - {prefix: 10.7.0.0/16, action: bypass}\n"
		      "    - {prefix: 10.8.0.0/16, action: discard}\n"
		      "    - {prefix: 10.9.0.0/16, action: bypass}\n",
		  "f.yaml:10:7: vpns[0].static[3]: is listed twice" },
		{ VPN "    trusted-subnets:\n"
		      "    - 10.9.0.0/16\n    - 10.8.0.0/16\n"
		      "    - {prefix: 10.9.0.0/16, identity: false}\n",
		  "f.yaml:9:7: vpns[0].trusted-subnets[2]: is listed twice" },
		{ VPN "gateways:\n- {address: 192.0.2.9, mode: on-demand}\n"
		      "- {address: 192.0.2.0/24, mode: on-demand}\n"
		      "- {address: 192.0.2.9/32, mode: on-demand}\n",
		  "f.yaml:9:3: gateways[2]: is listed twice" },
	};

	expect(_metadata, self, t, ARRAY_SIZE(t));
}

TEST_F(conf, where_the_culprit_is) {
	static const char *const t[][2] = {
		{ VPN "bmp:\n  routers:\n"
		      "  - {address: 192.0.2.1}\n"
		      "  - {name: x, address: 192.0.2.2, vpn: b}\n",
		  "f.yaml:9:40: bmp: router \"x\": there is no VPN \"b\"" },
		{ VPN "bmp:\n  routers:\n"
		      "  - name: x\n    address: 192.0.2.1\n    vrfs:\n"
		      "    - {distinguisher: \"1:1\", vpn: a}\n"
		      "    - {distinguisher: \"1:2\", vpn: b}\n",
		  "f.yaml:12:35: bmp: router \"x\": there is no VPN \"b\"" },
		{ VPN
		  "mrt:\n- {file: a.mrt, vpn: a}\n- {file: b.mrt, vpn: b}\n",
		  "f.yaml:8:22: mrt: file \"b.mrt\": there is no VPN \"b\"" },
		{ "router-id: 192.0.2.5\n" ID "vpns:\n- name: a\n- name: b\n"
		  "  table: 2\n  neighbors:\n  - {address: 192.0.2.1, as: 1}\n",
		  "f.yaml:8:5: key \"as\" is missing: there are neighbors" },
		{ "as: 1\n" ID "vpns:\n- name: a\n"
		  "neighbors:\n- {address: 192.0.2.1, as: 1}\n",
		  "f.yaml:6:3: key \"router-id\" is missing: there are neighbors" },
		{ VPN
		  "    vrf: red\n    table: 7\n    neighbors:\n    - address: 198.51.100.1\n"
		  "      as: 1\n      local: 198.51.100.2\n      ipsec: trap\n",
		  "f.yaml:12:14: vpn \"a\": neighbor \"198.51.100.1\": \"ipsec\" does not work in a VRF" },
		{ VPN
		  "neighbors:\n- {name: x, address: \"fe80::1\", as: 2, interface: eth0}\n"
		  "- {name: y, address: \"fe80::1\", as: 2, interface: eth1, md5-file: secret}\n",
		  "f.yaml:8:3: neighbors \"x\" and \"y\" have one address: expected the same \"md5-file\" or \"ao\" of both" },
		{ VPN
		  "    neighbors:\n    - {name: x, address: \"fe80::1\", as: 2, interface: eth0}\n"
		  "  - name: b\n    table: 2\n    neighbors:\n"
		  "    - {name: z, address: \"fe80::2\", as: 2, interface: eth1}\n"
		  "    - {name: y, address: \"fe80::1\", as: 2, interface: eth1, md5-file: secret}\n",
		  "f.yaml:12:7: neighbors \"x\" and \"y\" have one address: expected the same \"md5-file\" or \"ao\" of both" },
	};

	put(self->secret, "k", 1, 0600);
	expect(_metadata, self, t, ARRAY_SIZE(t));
}

/* To the kernel "main" is a table like others, and no packet is in it. */
TEST_F(conf, tables_of_the_system) {
#define REFUSED(table)                                                        \
	"f.yaml:6:12: vpns[0].table: expected the table of a VRF, not " table \
	", which is the system's own: 0 is the table outside any VRF"
	static const char *const t[][2] = {
		{ VPN "    table: 253\n", REFUSED("253") },
		{ VPN "    table: 254\n", REFUSED("254") },
		{ VPN "    table: 255\n", REFUSED("255") },
	};

	expect(_metadata, self, t, ARRAY_SIZE(t));
	EXPECT_TRUE(load(self, VPN "    table: 252\n"));
	EXPECT_TRUE(load(self, VPN "    table: 256\n"));
	EXPECT_TRUE(load(self, VPN "    table: 0\n"));
}

TEST_F(conf, control_characters) {
#define CONTROL ": expected text without control characters"
	static const char *const t[][2] = {
		{ AS ID "vpns:\n  - name: \"a\\nb\"\n",
		  "f.yaml:5:11: vpns[0].name" CONTROL },
		{ AS ID "vpns:\n  - name: \"a\\x9b31mb\"\n",
		  "f.yaml:5:11: vpns[0].name" CONTROL },
		{ AS ID "vpns:\n  - name: \"a\\x7f\"\n",
		  "f.yaml:5:11: vpns[0].name" CONTROL },
		{ VPN
		  "    neighbors: [{address: 192.0.2.1, as: 1, name: \"\\e[2J\"}]\n",
		  "f.yaml:6:51: vpns[0].neighbors[0].name" CONTROL },
		{ VPN
		  "bmp: {routers: [{address: 192.0.2.1, name: \"a\\tb\"}]}\n",
		  "f.yaml:6:44: bmp.routers[0].name" CONTROL },
		{ VPN "mrt: [{file: a, name: \"a\\rb\"}]\n",
		  "f.yaml:6:23: mrt[0].name" CONTROL },
		{ VPN "mrt: [{file: \"x/a\\rb\"}]\n",
		  "f.yaml:6:7: mrt[0]: the file's name has control characters (give it a \"name\")" },
	};

	expect(_metadata, self, t, ARRAY_SIZE(t));
	EXPECT_TRUE(load(self, AS ID "vpns:\n  - name: Z\u00fcrich\n"));
	EXPECT_TRUE(load(self, VPN "mrt: [{file: \"a\\rb\", name: ab}]\n"));
}

static uint8_t mode_of(const struct conf *c, const char *address)
{
	struct addr a;

	addr_parse(address, &a);
	return conf_gateway_mode(c, &a, 99);
}

/* The longest that has a mode, in whatever order they are listed. */
TEST_F(conf, modes) {
	ASSERT_TRUE(
		load(self, VPN
		     "gateways:\n"
		     "- {address: 192.0.2.7, identity: ce7}\n"
		     "- {address: \"2001:db8::/32\", mode: pre-established}\n"
		     "- {address: 192.0.2.8, mode: pre-established}\n"
		     "- {address: 192.0.2.0/24, mode: on-demand}\n"
		     "- {address: 192.0.2.4/30, mode: pre-established}\n"
		     "- {address: \"2001:db8::1\", mode: on-demand}\n"))
	{
		TH_LOG("%s", self->why);
	}
	EXPECT_EQ(CESTEER_MODE_PRE_ESTABLISHED, mode_of(self->c, "192.0.2.7"));
	EXPECT_EQ(CESTEER_MODE_PRE_ESTABLISHED, mode_of(self->c, "192.0.2.8"));
	EXPECT_EQ(CESTEER_MODE_ON_DEMAND, mode_of(self->c, "192.0.2.9"));
	EXPECT_EQ(CESTEER_MODE_ON_DEMAND, mode_of(self->c, "2001:db8::1"));
	EXPECT_EQ(CESTEER_MODE_PRE_ESTABLISHED,
		  mode_of(self->c, "2001:db8::2"));
	EXPECT_EQ(99, mode_of(self->c, "198.51.100.1"));
	EXPECT_EQ(99, mode_of(self->c, "2001:db9::1"));
}

TEST_HARNESS_MAIN

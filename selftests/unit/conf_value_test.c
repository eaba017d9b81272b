// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conf/value: what reads like something else than it says is refused.
 */
#include "conf_file.h"

#define HEAD "as: 1\nrouter-id: 1.1.1.1\nidentity: { address: 192.0.2.5 }\n"
/* A VPN, whose keys follow: they are on line 6. */
#define VPN HEAD "vpns:\n  - name: a\n"

/* The error, without the file's name. */
static const char *said(FIXTURE_DATA(conf) * self, const char *text)
{
	const char *why = refused(self, text);
	size_t len = strlen("f.yaml:");

	return strncmp(why, "f.yaml:", len) ? why : why + len;
}

#define LENGTH(text, one)                                                     \
	"expected a prefix with its length, such as 10.5.0.0/16, not \"" text \
	"\": for this one address alone write \"" one "\""

TEST_F(conf, length) {
	static const struct {
		const char *text, *why;
	} t[] = {
		{ VPN "    source-prefixes: [10.5.0.0]\n",
		  "6:23: vpns[0].source-prefixes[0]: " LENGTH("10.5.0.0",
							      "10.5.0.0/32") },
		{ VPN "    trusted-subnets: ['2001:DB8::']\n",
		  "6:23: vpns[0].trusted-subnets[0]: " LENGTH(
			  "2001:DB8::", "2001:db8::/128") },
		{ VPN "    trusted-subnets: [{prefix: 10.5.0.0}]\n",
		  "6:32: vpns[0].trusted-subnets[0].prefix: " LENGTH(
			  "10.5.0.0", "10.5.0.0/32") },
		{ VPN "    static: [{prefix: 10.5.0.0, action: discard}]\n",
		  "6:23: vpns[0].static[0].prefix: " LENGTH("10.5.0.0",
							    "10.5.0.0/32") },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(t); i++)
		EXPECT_STREQ(t[i].why, said(self, t[i].text));
	/* A group of gateways may be one of them. */
	EXPECT_STREQ(
		"(taken)",
		said(self, VPN
		     "    identities: { claims: [{gateway: 192.0.2.1, prefixes: [10.1.0.0/16]}] }\n"
		     "gateways: [{address: 192.0.2.1, mode: on-demand}]\n"));
}

TEST_F(conf, gateways) {
	static const struct {
		const char *text, *why;
	} t[] = {
		{ "identity: {address: 127.0.0.1}\n",
		  "1:21: identity.address: expected an address that other gateways reach, not the loopback's \"127.0.0.1\"" },
		{ "identity: {address6: '::1'}\n",
		  "1:22: identity.address6: expected an address that other gateways reach, not the loopback's \"::1\"" },
		{ "identity: {address6: 'fe80::1'}\n",
		  "1:22: identity.address6: expected an address that other gateways reach, not the link-local \"fe80::1\"" },
		{ "identity: {address6: '::ffff:192.0.2.1'}\n",
		  "1:22: identity.address6: expected IPv4 written as IPv4 (192.0.2.1), not \"::ffff:192.0.2.1\"" },
		{ VPN "    announce: [127.0.0.2]\n",
		  "6:16: vpns[0].announce[0]: expected an address that other gateways reach, not the loopback's \"127.0.0.2\"" },
		{ VPN
		  "    static: [{prefix: 10.0.0.0/8, action: protect, gateways: ['fe80::1']}]\n",
		  "6:63: vpns[0].static[0].gateways[0]: expected an address that other gateways reach, not the link-local \"fe80::1\"" },
		{ VPN
		  "    trusted-subnets: [{prefix: 10.0.0.0/8, gateway: 127.0.0.1}]\n",
		  "6:53: vpns[0].trusted-subnets[0].gateway: expected an address that other gateways reach, not the loopback's \"127.0.0.1\"" },
		{ VPN "    neighbors: [{address: '::ffff:192.0.2.1', as: 1}]\n",
		  "6:27: vpns[0].neighbors[0].address: expected IPv4 written as IPv4 (192.0.2.1), not \"::ffff:192.0.2.1\"" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(t); i++)
		EXPECT_STREQ(t[i].why, said(self, t[i].text));
	/* A neighbor may be on this machine, or on the link. */
	EXPECT_STREQ(
		"(taken)",
		said(self, VPN
		     "    neighbors:\n"
		     "      - {address: 127.0.0.1, as: 1}\n"
		     "      - {address: 'fe80::1', interface: eth0, as: 1}\n"));
}

/* 0177 is 127 to who thinks of C, or of YAML 1.1. */
TEST_F(conf, zeros) {
	EXPECT_STREQ(
		"1:5: as: expected a number from 1 to 4294967295, not \"0177\"",
		said(self, "as: 0177\n"));
	EXPECT_STREQ(
		"6:19: timers.settle: expected seconds from 0 to 86400 (90, 90s, 5m, 1h), not \"010s\"",
		said(self, VPN "timers: { settle: 010s }\n"));
	EXPECT_STREQ("(taken)", said(self, VPN "timers: { settle: 0 }\n"));
	EXPECT_STREQ("(taken)", said(self, VPN "timers: { settle: 0s }\n"));
	EXPECT_STREQ("(taken)", said(self, VPN "timers: { settle: 0x10 }\n"));
}

/* "/" and 106 more: what a socket's address has room for. */
#define SEVEN \
	"/" A5 A5 A5 A5 A5 A5 A5 A5 A5 A5 A5 A5 A5 A5 A5 A5 A5 A5 A5 A5 A5 "a"
#define A5 "aaaaa"

TEST_F(conf, sockets) {
	EXPECT_STREQ("(taken)",
		     said(self, VPN "control: { socket: " SEVEN " }\n"));
	EXPECT_STREQ(
		"6:20: control.socket: expected a socket's path, at most 107 characters, not 108: " SEVEN
		"a",
		said(self, VPN "control: { socket: " SEVEN "a }\n"));
	EXPECT_STREQ(
		"6:16: ike.socket: expected a socket's path, at most 107 characters, not 108: " SEVEN
		"a",
		said(self, VPN "ike: { socket: " SEVEN "a }\n"));
}

TEST_F(conf, rekeying) {
	EXPECT_STREQ(
		"6:20: ike.rekey-time: expected 0 or at least 60 seconds, not 59",
		said(self, VPN "ike: { rekey-time: 59 }\n"));
	EXPECT_STREQ(
		"6:24: ike.ike-rekey-time: expected 0 or at least 60 seconds, not 1",
		said(self, VPN "ike: { ike-rekey-time: 1s }\n"));
	EXPECT_STREQ("(taken)", said(self, VPN "ike: { rekey-time: 0 }\n"));
	EXPECT_STREQ("(taken)", said(self, VPN "ike: { rekey-time: 1m }\n"));
}

#define SAME(first, second)                                     \
	"as: 1\nrouter-id: 1.1.1.1\n"                           \
	"identity: { address: 192.0.2.5 }\n"                    \
	"vpns:\n  - name: a\n    neighbors:\n"                  \
	"    - {name: x, address: 192.0.2.1, as: 2" first "}\n" \
	"  - name: b\n    table: 2\n    neighbors:\n"           \
	"    - {name: y, address: 192.0.2.1, as: 2" second "}\n"

/* A session that comes in must be one neighbor's. */
TEST_F(conf, one_address) {
	static const char *const same[] = {
		SAME("", ""),
		SAME(", local: 192.0.2.5", ", local: 192.0.2.5"),
		SAME("", ", port: 1179"),
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(same); i++) {
		said(self, same[i]);
		EXPECT_EQ(NULL, self->c);
		EXPECT_NE(
			NULL,
			strstr(self->why,
			       "neighbors \"x\" and \"y\" have one address: expected another \"local\" of each"))
		{
			TH_LOG("%zu: %s", i, self->why);
		}
	}
	EXPECT_STREQ("(taken)", said(self, SAME("", ", local: 192.0.2.5")));
	EXPECT_STREQ("(taken)", said(self, SAME(", local: 192.0.2.6",
						", local: 192.0.2.5")));
}

/* The IKE daemon's connection of a session is named after the neighbor alone. */
TEST_F(conf, one_address_with_ipsec) {
#define IPSEC ", ipsec: hold, local: 192.0.2."
	said(self, SAME(IPSEC "6", IPSEC "5"));
	EXPECT_EQ(NULL, self->c);
	EXPECT_NE(
		NULL,
		strstr(self->why,
		       "neighbors \"x\" and \"y\" have one address: expected \"ipsec\" of only one of them"));
	EXPECT_STREQ("(taken)",
		     said(self, SAME(IPSEC "6", ", local: 192.0.2.5")));
}

TEST_HARNESS_MAIN

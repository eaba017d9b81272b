// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conf/ike: what strongSwan would take, and must not be given.
 */
#include "base/array.h"
#include "conf_file.h"

#define HEAD                                                            \
	"as: 1\nrouter-id: 1.1.1.1\nidentity: { address: 192.0.2.5 }\n" \
	"vpns: [ { name: a } ]\n"

/* What strongSwan takes for more than one peer. */
TEST_F(conf, identity_of_one) {
#define EXPECTED "expected the identity of one gateway"
	static const struct {
		const char *id, *why;
	} bad[] = {
		{ "0.0.0.0",
		  EXPECTED ": strongSwan takes \"0.0.0.0\" for any" },
		{ "::", EXPECTED ": strongSwan takes \"::\" for any" },
		{ "0::0", EXPECTED ": strongSwan takes \"0::0\" for any" },
		{ "0:0:0:0:0:0:0:0", EXPECTED ": strongSwan takes" },
		{ "192.0.2.0/24", EXPECTED ", not a subnet or a range" },
		{ "0.0.0.0/0", EXPECTED ", not a subnet or a range" },
		{ "2001:db8::/32", EXPECTED ", not a subnet or a range" },
		{ "192.0.2.1-192.0.2.9", EXPECTED ", not a subnet or a range" },
		{ "2001:db8::1-2001:db8::9",
		  EXPECTED ", not a subnet or a range" },
		{ "ipv4net:192.0.2.0/24", "without \"ipv4net:\" before it" },
		{ "ipv6net:2001:db8::/32", "without \"ipv6net:\" before it" },
		{ "ipv4range:1.1.1.1-1.1.1.9", "without \"ipv4range:\"" },
		{ "ipv6range:::1-::9", "without \"ipv6range:\" before it" },
		{ "IPv4:0.0.0.0", "without \"ipv4:\" before it" },
		{ "ipv6:::", "without \"ipv6:\" before it" },
		{ "{0}:a", EXPECTED ", not a pattern" },
		{ "^.*$", EXPECTED ", not a pattern" },
		{ "dns:^.+$", EXPECTED ", not a pattern" },
		{ "@^.+$", EXPECTED ", not a pattern" },
		{ "fqdn:#2a", EXPECTED ", not a pattern" },
		{ "EMAIL:#2a40612e62", EXPECTED ", not a pattern" },
		{ "asn1dn:#300e310c300a06035504030c012a",
		  EXPECTED ", not a pattern" },
		{ "CN=*", EXPECTED ", not a pattern" },
	};
	static const char *const good[] = {
		"192.0.2.9",	    "2001:db8::1",     "ce-1.example.com",
		"10-1.example.com", "ce1@example.com", "C=CH, O=A/B, CN=ce-1",
		"/C=CH/CN=ce1",	    "keyid:#2a",       "dns:ce1.example.com",
	};
	char text[512];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(text, sizeof(text),
			 HEAD "gateways:\n"
			      "- { address: 192.0.2.1, identity: \"%s\" }\n",
			 bad[i].id);
		EXPECT_NE(NULL,
			  strstr(load(self, text) ? "" : self->why, bad[i].why))
		{
			TH_LOG("%s: \"%s\"", bad[i].id, self->why);
		}
	}
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		snprintf(text, sizeof(text),
			 HEAD "gateways:\n"
			      "- { address: 192.0.2.1, identity: \"%s\" }\n",
			 good[i]);
		ASSERT_TRUE(load(self, text))
		{
			TH_LOG("%s", self->why);
		}
		EXPECT_STREQ(good[i], self->c->ike.peer_id[0].identity);
	}
}

/* Not "packet", and nothing that leads to it. */
TEST_F(conf, offload) {
#define OFFLOAD "f.yaml:5:19: ike.hw-offload: expected \"none\" or \"crypto\": "
	ASSERT_TRUE(load(self, HEAD "ike: {hw-offload: none}\n"));
	EXPECT_STREQ("no", self->c->ike.hw_offload);
	ASSERT_TRUE(load(self, HEAD "ike: {hw-offload: crypto}\n"));
	EXPECT_STREQ("yes", self->c->ike.hw_offload);
	ASSERT_FALSE(load(self, HEAD "ike: {hw-offload: packet}\n"));
	EXPECT_NE(NULL, strstr(self->why,
			       OFFLOAD "the packets of an SA with packet"));
	ASSERT_FALSE(load(self, HEAD "ike: {hw-offload: auto}\n"));
	EXPECT_NE(NULL, strstr(self->why, OFFLOAD "strongSwan takes \"auto\""));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conf/neighbor: the keys that sign a session's segments.
 */
#include "conf_file.h"

/* A neighbor, whose last keys follow: they are on line 7. */
#define NEIGHBOR                                                        \
	"as: 1\nrouter-id: 1.1.1.1\nidentity: { address: 192.0.2.5 }\n" \
	"vpns:\n  - name: a\n    neighbors:\n"                          \
	"    - {address: 192.0.2.1, as: 2, "

TEST_F(conf, ao) {
	const struct bgp_ao *ao;

	put(self->secret, "a secret\n", 9, 0600);
	ASSERT_TRUE(load(self, NEIGHBOR "ao: { file: secret }}\n"))
	{
		TH_LOG("%s", self->why);
	}
	ao = &self->c->vpns[0].neighbors[0].ao;
	EXPECT_EQ(BGP_AO_SHA1, ao->mac);
	EXPECT_EQ(0, ao->send_id);
	EXPECT_EQ(0, ao->receive_id);
	ASSERT_EQ(8, ao->len);
	EXPECT_EQ(0, memcmp("a secret", ao->key, 8));
	ASSERT_TRUE(load(
		self, NEIGHBOR
		"ao: { file: secret, algorithm: aes128-cmac, send-id: 1, receive-id: 255 }}\n"));
	ao = &self->c->vpns[0].neighbors[0].ao;
	EXPECT_EQ(BGP_AO_AES128, ao->mac);
	EXPECT_EQ(1, ao->send_id);
	EXPECT_EQ(255, ao->receive_id);
}

TEST_F(conf, errors) {
	static const struct {
		const char *text, *why;
	} t[] = {
		{ NEIGHBOR "ao: { send-id: 1 }}\n",
		  "vpns[0].neighbors[0].ao: key \"file\" is missing" },
		{ NEIGHBOR "ao: { file: secret, send-id: 256 }}\n",
		  "ao.send-id: expected a number from 0 to 255, not \"256\"" },
		{ NEIGHBOR "ao: { file: secret, algorithm: md5 }}\n",
		  "ao.algorithm: expected \"hmac-sha1\" or \"aes128-cmac\", not \"md5\"" },
		{ NEIGHBOR "ao: { file: none }}\n",
		  "none: No such file or directory" },
		{ NEIGHBOR "md5-file: secret, ao: { file: secret }}\n",
		  "7:7: vpns[0].neighbors[0]: expected \"md5-file\" or \"ao\", not both" },
	};
	char text[96];
	size_t i;

	put(self->secret, "a secret\n", 9, 0600);
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		EXPECT_FALSE(load(self, t[i].text));
		EXPECT_NE(NULL, strstr(self->why, t[i].why))
		{
			TH_LOG("%s: %s", t[i].why, self->why);
		}
	}
	memset(text, 'x', 81);
	text[81] = '\0';
	put(self->secret, text, strlen(text), 0600);
	EXPECT_FALSE(load(self, NEIGHBOR "ao: { file: secret }}\n"));
	EXPECT_NE(NULL, strstr(self->why, "expected at most 80 octets"));
	put(self->secret, "", 0, 0600);
	EXPECT_FALSE(load(self, NEIGHBOR "ao: { file: secret }}\n"));
	EXPECT_NE(NULL, strstr(self->why, "is empty"));
	put(self->secret, "a secret", 8, 0640);
	EXPECT_FALSE(load(self, NEIGHBOR "ao: { file: secret }}\n"));
	EXPECT_NE(NULL, strstr(self->why, "expected 0600"));
}

#define TWO(first, second)                            \
	"as: 1\nrouter-id: 1.1.1.1\n"                 \
	"identity: { address: 192.0.2.5 }\n"          \
	"vpns:\n  - name: a\n    neighbors:\n"        \
	"    - {name: x, address: 'fe80::1', as: 2, " \
	"interface: eth0" first "}\n"                 \
	"    - {name: y, address: 'fe80::1', as: 2, " \
	"interface: eth1" second "}\n"

/* One address on two interfaces: the kernel has one key for both. */
TEST_F(conf, keys_that_clash) {
	static const char *const clash[] = {
		TWO(", md5-file: secret", ""),
		TWO("", ", ao: { file: secret }"),
		TWO(", md5-file: secret", ", ao: { file: secret }"),
		TWO(", ao: { file: secret }",
		    ", ao: { file: secret, send-id: 1 }"),
	};
	size_t i;

	put(self->secret, "a secret\n", 9, 0600);
	for (i = 0; i < ARRAY_SIZE(clash); i++) {
		EXPECT_FALSE(load(self, clash[i]));
		EXPECT_NE(NULL,
			  strstr(self->why,
				 "neighbors \"x\" and \"y\" have one address"))
		{
			TH_LOG("%zu: %s", i, self->why);
		}
	}
	EXPECT_TRUE(load(self, TWO("", "")));
	EXPECT_TRUE(
		load(self, TWO(", md5-file: secret", ", md5-file: secret")));
	EXPECT_TRUE(load(self, TWO(", ao: { file: secret }",
				   ", ao: { file: secret }")));
}

TEST_HARNESS_MAIN

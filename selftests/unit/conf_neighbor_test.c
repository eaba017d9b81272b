// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conf/neighbor: the keys that sign a session's segments.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "conf/conf.h"
#include "kselftest_harness.h"

/* A neighbor, whose last keys follow: they are on line 7. */
#define NEIGHBOR                                                        \
	"as: 1\nrouter-id: 1.1.1.1\nidentity: { address: 192.0.2.5 }\n" \
	"vpns:\n  - name: a\n    neighbors:\n"                          \
	"    - {address: 192.0.2.1, as: 2, "

FIXTURE(neighbor) {
	char dir[32];
	char file[64], key[64];
	char why[1024];
	struct conf *c;
};

static void put(const char *file, const char *text, mode_t mode)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	size_t len = strlen(text);

	if (fd < 0 || write(fd, text, len) != (ssize_t)len || fchmod(fd, mode))
		abort();
	close(fd);
}

FIXTURE_SETUP(neighbor) {
	strcpy(self->dir, "/tmp/cesteer-conf-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	snprintf(self->file, sizeof(self->file), "%s/f.yaml", self->dir);
	snprintf(self->key, sizeof(self->key), "%s/key", self->dir);
	put(self->key, "a secret\n", 0600);
	self->c = NULL;
}

FIXTURE_TEARDOWN(neighbor) {
	conf_free(self->c);
	unlink(self->file);
	unlink(self->key);
	rmdir(self->dir);
}

static bool load(FIXTURE_DATA(neighbor) * self, const char *text)
{
	put(self->file, text, 0644);
	conf_free(self->c);
	self->c = conf_load(self->file, self->why, sizeof(self->why));
	return self->c;
}

TEST_F(neighbor, ao) {
	const struct bgp_ao *ao;

	ASSERT_TRUE(load(self, NEIGHBOR "ao: { file: key }}\n"))
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
		"ao: { file: key, algorithm: aes128-cmac, send-id: 1, receive-id: 255 }}\n"));
	ao = &self->c->vpns[0].neighbors[0].ao;
	EXPECT_EQ(BGP_AO_AES128, ao->mac);
	EXPECT_EQ(1, ao->send_id);
	EXPECT_EQ(255, ao->receive_id);
}

TEST_F(neighbor, errors) {
	static const struct {
		const char *text, *why;
	} t[] = {
		{ NEIGHBOR "ao: { send-id: 1 }}\n",
		  "vpns[0].neighbors[0].ao: key \"file\" is missing" },
		{ NEIGHBOR "ao: { file: key, send-id: 256 }}\n",
		  "ao.send-id: expected a number from 0 to 255, not \"256\"" },
		{ NEIGHBOR "ao: { file: key, algorithm: md5 }}\n",
		  "ao.algorithm: expected \"hmac-sha1\" or \"aes128-cmac\", not \"md5\"" },
		{ NEIGHBOR "ao: { file: none }}\n",
		  "none: No such file or directory" },
		{ NEIGHBOR "md5-file: key, ao: { file: key }}\n",
		  "7:7: vpns[0].neighbors[0]: expected \"md5-file\" or \"ao\", not both" },
	};
	char text[96];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		EXPECT_FALSE(load(self, t[i].text));
		EXPECT_NE(NULL, strstr(self->why, t[i].why))
		{
			TH_LOG("%s: %s", t[i].why, self->why);
		}
	}
	memset(text, 'x', 81);
	text[81] = '\0';
	put(self->key, text, 0600);
	EXPECT_FALSE(load(self, NEIGHBOR "ao: { file: key }}\n"));
	EXPECT_NE(NULL, strstr(self->why, "expected at most 80 octets"));
	put(self->key, "", 0600);
	EXPECT_FALSE(load(self, NEIGHBOR "ao: { file: key }}\n"));
	EXPECT_NE(NULL, strstr(self->why, "is empty"));
	put(self->key, "a secret", 0640);
	EXPECT_FALSE(load(self, NEIGHBOR "ao: { file: key }}\n"));
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
TEST_F(neighbor, keys_that_clash) {
	static const char *const clash[] = {
		TWO(", md5-file: key", ""),
		TWO("", ", ao: { file: key }"),
		TWO(", md5-file: key", ", ao: { file: key }"),
		TWO(", ao: { file: key }", ", ao: { file: key, send-id: 1 }"),
	};
	size_t i;

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
	EXPECT_TRUE(load(self, TWO(", md5-file: key", ", md5-file: key")));
	EXPECT_TRUE(
		load(self, TWO(", ao: { file: key }", ", ao: { file: key }")));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conf/: what is valid, but warned of; and who may write the file and what is
 * in the files of secrets.
 */
#include "conf_file.h"

#define HEAD "as: 1\nrouter-id: 1.1.1.1\nidentity: { address: 192.0.2.5 }\n"
/* A VPN, whose keys follow: they are on line 6. */
#define VPN HEAD "vpns:\n  - name: a\n"
#define SOURCES "    source-prefixes: [10.5.0.0/16]\n"
#define PEER "    neighbors: [{address: 192.0.2.1, as: 1}]\n"
#define PSK "ike: {psk: [{file: secret}]}\n"
#define KEY "0123456789abcdef\n"

static void put_key(FIXTURE_DATA(conf) * self)
{
	put(self->secret, KEY, strlen(KEY), 0600);
}

static const char *read_again(FIXTURE_DATA(conf) * self)
{
	size_t i;

	conf_free(self->c);
	self->c = conf_load(self->file, self->why, sizeof(self->why));
	if (!self->c)
		return self->why + strlen(self->dir) + 1;
	*self->why = '\0';
	for (i = 0; i < self->c->n_warnings; i++) {
		if (i)
			strcat(self->why, "\n");
		strcat(self->why, self->c->warnings[i] + strlen(self->dir) + 1);
	}
	return self->why;
}

/* The warnings, one a line, or the error; without the folder. */
static const char *said(FIXTURE_DATA(conf) * self, const char *text)
{
	put(self->file, text, strlen(text), 0644);
	return read_again(self);
}

TEST_F(conf, nothing) {
	put_key(self);
	EXPECT_STREQ("", said(self, VPN SOURCES PEER PSK));
	EXPECT_EQ(0, self->c->n_warnings);
	/* Nor of one that has nothing to protect. */
	EXPECT_STREQ("", said(self, VPN));
}

TEST_F(conf, each) {
	static const struct {
		const char *text, *why;
	} t[] = {
		{ VPN PEER PSK,
		  "f.yaml:5:5: warning: vpn \"a\" has no \"source-prefixes\": nothing that it sends is protected" },
		{ VPN "    import-targets: ['1:1']\n" PSK,
		  "f.yaml:5:5: warning: vpn \"a\" has no \"source-prefixes\": nothing that it sends is protected" },
		{ VPN
		  "    static: [{prefix: 10.0.0.0/8, action: protect, gateways: [192.0.2.1]}]\n" PSK,
		  "f.yaml:5:5: warning: vpn \"a\" has no \"source-prefixes\": nothing that it sends is protected" },
		{ VPN PSK "bmp: {routers: [{address: 127.0.0.1, vpn: a}]}\n",
		  "f.yaml:5:5: warning: vpn \"a\" has no \"source-prefixes\": nothing that it sends is protected" },
		{ VPN SOURCES PEER,
		  "f.yaml:1:1: warning: ike: there is neither \"psk\" nor \"certificate\": no tunnel comes up, and what is to be protected is dropped" },
		{ VPN "neighbors: [{address: 192.0.2.100, as: 1}]\n",
		  "f.yaml:6:12: warning: neighbors: no VPN has \"import-targets\" or \"export-targets\": nothing is taken of these neighbors, nor announced to them" },
		{ VPN SOURCES
		  "    static: [{prefix: '::/0', action: protect, gateways: ['2001:db8::1']}]\n" PSK,
		  "f.yaml:5:5: warning: gateway 2001:db8::1: \"identity\" has no \"address6\": no tunnel to it comes up" },
		{ VPN
		  "gateways: [{address: 192.0.2.1, mode: on-demand}, {address: '2001:db8::/32', mode: on-demand}]\n",
		  "f.yaml:6:11: warning: gateway 2001:db8::/32: \"identity\" has no \"address6\": no tunnel to it comes up" },
		{ VPN "    announce: [192.0.2.6]\n",
		  "f.yaml:6:15: warning: \"announce\" lists no address of \"identity\": nobody sends anything to this gateway" },
		{ "identity: {address: 192.0.2.5, announce: [192.0.2.6]}\n"
		  "vpns: [{name: a}]\n",
		  "f.yaml:1:42: warning: \"announce\" lists no address of \"identity\": nobody sends anything to this gateway" },
		{ VPN SOURCES
		  "    neighbors: [{address: 192.0.2.5, as: 23456}]\n" PSK,
		  "f.yaml:7:17: warning: neighbor \"192.0.2.5\": 192.0.2.5 is our own \"identity\"\n"
		  "f.yaml:7:17: warning: neighbor \"192.0.2.5\": AS 23456 stands for any that has four octets (RFC 6793): expected the neighbor's own" },
		{ "as: 23456\nidentity: {address: 192.0.2.5}\nvpns: [{name: a}]\n",
		  "f.yaml:1:5: warning: as: AS 23456 stands for any that has four octets (RFC 6793): expected our own" },
		{ VPN
		  "ike: {esp-proposals: 'aes256gcm16-ecp384,null-sha256'}\n",
		  "f.yaml:6:22: warning: ike.esp-proposals: \"null\" encrypts nothing" },
		{ VPN "mrt: [{file: /nonexistent/a.mrt}]\n",
		  "f.yaml:6:7: warning: /nonexistent/a.mrt: No such file or directory" },
	};
	size_t i;

	put_key(self);
	for (i = 0; i < ARRAY_SIZE(t); i++)
		EXPECT_STREQ(t[i].why, said(self, t[i].text));
}

/* Who writes the file switches protection off. */
TEST_F(conf, permissions) {
	put(self->file, VPN, strlen(VPN), 0664);
	EXPECT_STREQ(
		"f.yaml: warning: has mode 0664: its group can switch protection off too",
		read_again(self));
	EXPECT_TRUE(self->c);
	chmod(self->file, 0646);
	EXPECT_STREQ(
		"f.yaml has mode 0646, expected 0644 or less: who writes it can switch protection off",
		read_again(self));
	if (!geteuid()) {
		chmod(self->file, 0644);
		ASSERT_EQ(0, chown(self->file, 65534, 65534));
		EXPECT_STREQ(
			"f.yaml is owned by uid 65534, expected root or the daemon's own user: who writes it can switch protection off",
			read_again(self));
	}
	/* It must not be waited for. */
	unlink(self->file);
	ASSERT_EQ(0, mkfifo(self->file, 0600));
	EXPECT_STREQ("f.yaml is not a regular file", read_again(self));
}

#define LINE \
	": expected one line of text, with no more than a newline (LF) after it"

TEST_F(conf, secrets) {
	static const char text
		[] = VPN PSK,
	    md5[] = VPN SOURCES
	    "    neighbors: [{address: 192.0.2.1, as: 1, md5-file: secret}]\n";
	static const struct {
		const char *key;
		size_t len;
		const char *what;
	} t[] = {
		{ "secret\r\n", 8, "a carriage return (CR) at octet 7" },
		{ "\xef\xbb\xbfsecret\n", 10,
		  "a byte order mark (UTF-8 BOM) at octet 1" },
		{ "secret\nmore\n", 12, "the end of a first line at octet 7" },
		{ "secret\n\n", 8, "the end of a first line at octet 7" },
		{ "se\0cret", 7, "a NUL at octet 3" },
	};
	char want[256];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		put(self->secret, t[i].key, t[i].len, 0600);
		snprintf(want, sizeof(want),
			 "f.yaml:6:13: ike.psk[0]: %s has %s" LINE,
			 self->secret, t[i].what);
		EXPECT_STREQ(want, said(self, text));
		snprintf(
			want, sizeof(want),
			"f.yaml:7:55: vpns[0].neighbors[0].md5-file: %s has %s" LINE,
			self->secret, t[i].what);
		EXPECT_STREQ(want, said(self, md5));
	}
	put(self->secret, "secret words\n", 13, 0600);
	snprintf(
		want, sizeof(want),
		"f.yaml:6:13: warning: ike.psk[0]: %s: a key of 12 octets can be guessed: expected at least 16, at random",
		self->secret);
	EXPECT_STREQ(want, said(self, text));
	put_key(self);
	EXPECT_STREQ("", said(self, text));
	EXPECT_EQ(16, self->c->ike.psk[0].key.len);
}

/* Where all gateways have SAs of their own, IKE needs no secret. */
TEST_F(conf, manual) {
	char text[192], key[2][80];
	int i;

	for (i = 0; i < 2; i++) {
		memset(text, '1' + i, 128);
		snprintf(key[i], sizeof(key[i]), "%s/%d.key", self->dir, i);
		put(key[i], text, 128, 0600);
	}
	EXPECT_STREQ(
		"",
		said(self, VPN SOURCES PEER
		     "gateways: [{address: 192.0.2.1, manual: {spi-in: 256, spi-out: 512,\n"
		     "  algorithm: aes256-sha256, key-in: 0.key, key-out: 1.key}}]\n"));
	for (i = 0; i < 2; i++)
		unlink(key[i]);
}

TEST_HARNESS_MAIN

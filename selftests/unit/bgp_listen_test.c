// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bgp/listen: the sockets that neighbors connect to, what they are bound to, and
 * the keys that they have.
 */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include "base/log.h"
#include "bgp/peer.h"
#include "bgp/sock.h"
#include "unit/bgp_ends.h"

FIXTURE(listening) {
	struct event_base *base;
	struct end a;
	uint16_t port;
	unsigned int ticks;
};

FIXTURE_SETUP(listening) {
	log_set_level(LOG_LEVEL_ERROR);
	memset(self, 0, sizeof(*self));
	self->base = event_base_new();
	self->port = free_port();
}

FIXTURE_TEARDOWN(listening) {
	end_close(&self->a);
	event_base_free(self->base);
}

/* Whether a neighbor is refused with a sentence that says why. */
static bool turns_down(struct end *e, const struct bgp_peer_conf *conf,
		       const char *text)
{
	char why[256] = "";

	if (!bgp_peer_add(e->speaker, conf, NULL, why, sizeof(why)) &&
	    strstr(why, text))
		return true;
	printf("# accepted, or not for \"%s\": %s\n", text, why);
	return false;
}

/* The socket of ours that listens on the port. */
static int socket_at(uint16_t port)
{
	int fd;

	for (fd = 3; fd < 256; fd++) {
		struct sockaddr_storage ss = { 0 };
		socklen_t len = sizeof(ss), flag_len = sizeof(int);
		int flag = 0;

		getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &flag, &flag_len);
		if (flag && !getsockname(fd, (struct sockaddr *)&ss, &len) &&
		    ntohs(((struct sockaddr_in6 *)&ss)->sin6_port) == port)
			return fd;
	}
	return -1;
}

/* The kernel tells keys apart by address, and not by interface. */
TEST_F(listening, one_address_has_one_key) {
	struct bgp_speaker_conf sa = speaker_conf(65001, 1, "::1", self->port);
	struct bgp_peer_conf p = peer_conf("::1", "fe80::1", self->port, 65002);
	struct bgp_peer_conf q;
	struct bgp_peer *second;
	char why[256] = "";
	int fd;

	p.local.family = 0;
	strcpy(p.interface, "lo");
	p.passive = true;
	strcpy(p.md5, "a secret");
	if (!end_open(self->base, &self->a, &sa, &p))
		SKIP(return, "%s", self->a.why);
	q = p;
	strcpy(q.name, "other");
	strcpy(q.interface, "lo2");
	strcpy(q.md5, "another");
	EXPECT_TRUE(turns_down(
		&self->a, &q,
		"neighbor other: its key is not that of neighbor peer"));
	q.md5[0] = '\0';
	EXPECT_TRUE(turns_down(&self->a, &q, "its key is not that of"));
	q.ao = (struct bgp_ao){ .mac = BGP_AO_SHA1, .len = 1, .key = "a" };
	EXPECT_TRUE(turns_down(&self->a, &q, "its key is not that of"));
	q = p;
	strcpy(q.name, "other");
	strcpy(q.interface, "lo2");
	second = bgp_peer_add(self->a.speaker, &q, NULL, why, sizeof(why));
	ASSERT_NE(second, NULL);
	/* It goes, and the key stays until the last of them does. */
	bgp_peer_del(second, BGP_GONE);
	fd = socket_at(self->port);
	ASSERT_GE(fd, 0);
	EXPECT_EQ(bgp_sock_md5(fd, &p.address, ""), 0);
	EXPECT_EQ(bgp_sock_md5(fd, &p.address, p.md5), 0);
	bgp_peer_del(self->a.peer, BGP_GONE);
	EXPECT_EQ(bgp_sock_md5(fd, &p.address, ""), -ENOENT);
}

static unsigned int device_of(int fd)
{
	socklen_t len = sizeof(int);
	int device = 0;

	if (fd >= 0)
		getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &device, &len);
	return device;
}

/* A VRF is removed and made again: its socket is of the new one, keys and all. */
TEST_F(listening, a_vrf_made_again) {
	static const char make[] = "ip link add red type veth peer name blue";
	struct bgp_speaker_conf sa =
		speaker_conf(65001, 1, "0.0.0.0", self->port);
	struct bgp_peer_conf p =
		peer_conf("127.0.0.1", "192.0.2.1", self->port, 65002);
	struct bgp_peer_conf q;
	char why[256] = "";
	unsigned int before;
	int fd;

	if (unshare(CLONE_NEWNET) || system(make))
		SKIP(return, "no network namespace, or no device in it");
	p.local.family = 0;
	p.passive = true;
	strcpy(p.vrf, "red");
	strcpy(p.md5, "a secret");
	if (!end_open(self->base, &self->a, &sa, &p))
		SKIP(return, "%s", self->a.why);
	q = p;
	strcpy(q.name, "other");
	q.address = ad("192.0.2.2");
	ASSERT_NE(bgp_peer_add(self->a.speaker, &q, NULL, why, sizeof(why)),
		  NULL);
	before = if_nametoindex("red");
	EXPECT_EQ(device_of(socket_at(self->port)), before);
	ASSERT_EQ(system("ip link del red"), 0);
	run_for(self->base, 2500);
	EXPECT_EQ(device_of(socket_at(self->port)), before);
	ASSERT_EQ(system(make), 0);
	ASSERT_NE(if_nametoindex("red"), before);
	RUN_UNTIL(device_of(socket_at(self->port)) == if_nametoindex("red"));
	fd = socket_at(self->port);
	EXPECT_EQ(bgp_sock_md5(fd, &p.address, ""), 0);
	EXPECT_EQ(bgp_sock_md5(fd, &q.address, ""), 0);
	/* It stays as long as the VRF does. */
	run_for(self->base, 2500);
	EXPECT_EQ(socket_at(self->port), fd);
}

/* From 127.0.0.1 to one of our addresses; a descriptor. */
static int knock(const char *to, uint16_t port)
{
	struct addr from = ad("127.0.0.1"), a = ad(to);
	struct sockaddr_storage ss;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = addr_to_sockaddr(&from, 0, &ss);

	if (bind(fd, (struct sockaddr *)&ss, len))
		abort();
	addr_to_sockaddr(&a, port, &ss);
	if (connect(fd, (struct sockaddr *)&ss, len))
		abort();
	return fd;
}

/* Neighbors that have one address are told apart by our end. */
TEST_F(listening, one_address_and_two_ends) {
	struct bgp_speaker_conf sa =
		speaker_conf(65001, 1, "0.0.0.0", self->port);
	struct bgp_peer_conf p =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65002);
	struct bgp_peer *second, *any;
	char why[256] = "";
	int fd[3];
	size_t i;

	p.passive = true;
	if (!end_open(self->base, &self->a, &sa, &p))
		SKIP(return, "%s", self->a.why);
	strcpy(p.name, "any");
	p.local.family = 0;
	any = bgp_peer_add(self->a.speaker, &p, NULL, why, sizeof(why));
	ASSERT_NE(any, NULL);
	strcpy(p.name, "second");
	p.local = ad("127.0.0.3");
	second = bgp_peer_add(self->a.speaker, &p, NULL, why, sizeof(why));
	ASSERT_NE(second, NULL);
	fd[0] = knock("127.0.0.3", self->port);
	RUN_UNTIL(second->sessions);
	EXPECT_EQ(self->a.peer->sessions, NULL);
	EXPECT_EQ(any->sessions, NULL);
	fd[1] = knock("127.0.0.2", self->port);
	RUN_UNTIL(self->a.peer->sessions);
	EXPECT_EQ(any->sessions, NULL);
	fd[2] = knock("127.0.0.4", self->port);
	RUN_UNTIL(any->sessions);
	for (i = 0; i < 3; i++)
		close(fd[i]);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A reload that changes what is in force: VPNs that get another name or table,
 * neighbors that move, trust that is taken away, where we listen. Time is real;
 * the timers are short.
 */
#include "unit/daemon_life.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/wait.h>
#include "base/log.h"
#include "ctl/client.h"

/* "protect withdrawn invalid alarm" of one prefix. */
static const char *route(FIXTURE_DATA(life) * self, const char *prefix)
{
	json_t *args = json_pack("{s:s}", "prefix", prefix);
	json_t *o = daemon_show(self->d, "routes", args, self->why,
				sizeof(self->why));
	const json_t *r = json_array_get(json_object_get(o, "routes"), 0);
	const char *state = json_string_value(json_object_get(r, "state"));
	static char text[128];

	strcpy(text, "no route");
	if (r)
		snprintf(text, sizeof(text), "%s %s %s%s",
			 json_string_value(json_object_get(r, "action")),
			 json_string_value(json_object_get(r, "reason")),
			 state ? state : "-",
			 json_is_true(json_object_get(r, "alarm")) ? " alarm" :
								     "");
	json_decref(args);
	json_decref(o);
	return text;
}

static int uptime(FIXTURE_DATA(life) * self)
{
	json_t *o = daemon_show(self->d, "status", NULL, self->why,
				sizeof(self->why));
	int s = (int)json_integer_value(json_object_get(o, "uptime"));

	json_decref(o);
	return s;
}

/* A VPN that comes waits for who may confirm its entries; the daemon is old. */
TEST_F(life, a_renamed_vpn_is_no_new_daemon) {
	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD));
	run(self, 2200);
	EXPECT_TRUE(self->d->settled);
	EXPECT_LE(1, uptime(self));
	self->d->started -= 3600;
	ASSERT_TRUE(reload(self,
			   CONF TIMERS "vpns:\n"
				       "  - name: blue\n"
				       "    source-prefixes: [10.5.0.0/16]\n"
				       "    trusted-subnets: [10.5.0.0/16]\n"));
	run(self, 50);
	EXPECT_FALSE(self->d->settled);
	EXPECT_LE(3601, uptime(self));
}

/* "cesteer reload", by another process: what it is told, "" when it is done. */
static const char *asked_by_cli(FIXTURE_DATA(life) * self)
{
	static char why[512];
	int end[2], status;
	char path[64];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/ctl", self->dir);
	if (pipe(end))
		abort();
	pid = fork();
	if (!pid) {
		json_t *o = json_pack("{s:s}", "command", "reload");

		*why = '\0';
		ctl_request(path, o, NULL, why, sizeof(why));
		_exit(write(end[1], why, sizeof(why)) != sizeof(why));
	}
	while (!waitpid(pid, &status, WNOHANG))
		run(self, 10);
	if (status || read(end[0], why, sizeof(why)) != sizeof(why))
		abort();
	close(end[0]);
	close(end[1]);
	return why;
}

/* Who asks hears what is wrong; the operator's "-v" stands. */
TEST_F(life, asked_by_the_command) {
	ASSERT_TRUE(begin(self, CONF VPN PEER));
	asked(self);
	log_set_floor(LOG_LEVEL_WARN);
	put(self, CONF VPN "    default: discard\n" PEER);
	EXPECT_STREQ("", asked_by_cli(self));
	EXPECT_EQ(CESTEER_ACTION_DISCARD, fake.vpns[0].default_action);
	EXPECT_TRUE(log_has_level(LOG_LEVEL_WARN));
	put(self, CONF VPN "    default: perhaps\n" PEER);
	EXPECT_NE(NULL, strstr(asked_by_cli(self), "f.yaml:10:14: "));
	EXPECT_EQ(CESTEER_ACTION_DISCARD, fake.vpns[0].default_action);
}

#define HOLD "    hold: { withdrawn: 2, downgraded: forever }\n"
#define ONLY(prefix)        \
	"    identities:\n" \
	"      claims: [{ gateway: 192.0.2.1, prefixes: [" prefix "] }]\n"

/* Trust that is taken away of what is held is no reason for clear text. */
TEST_F(life, held_by_who_may_no_more) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN HOLD PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.2.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.3.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.9.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.9.7.0/24", "192.0.2.1");
	fake_end_of_rib(pe);
	run(self, 1200);
	fake_reach(pe, "10.1.0.0/16", NULL);
	fake_withdraw(pe, "10.2.0.0/16");
	fake_reach(pe, "10.9.7.0/24", NULL);
	asked(self);
	EXPECT_STREQ("protect downgraded unknown alarm",
		     route(self, "10.1.0.0/16"));
	EXPECT_STREQ("protect withdrawn unknown alarm",
		     route(self, "10.2.0.0/16"));
	ASSERT_TRUE(reload(self, CONF TIMERS VPN HOLD ONLY("10.9.0.0/16") PEER))
	{
		TH_LOG("%s", self->why);
	}
	EXPECT_STREQ("peer pe originates 1\n"
		     "+route 10.1.0.0/16 discard 0\n"
		     "+route 10.2.0.0/16 discard 0\n"
		     "+route 10.3.0.0/16 discard 0\n"
		     "-route 10.9.7.0/24\n",
		     asked(self));
	/* The same again, as it was decided. */
	EXPECT_STREQ("discard downgraded unknown alarm",
		     route(self, "10.1.0.0/16"));
	EXPECT_STREQ("discard rejected invalid alarm",
		     route(self, "10.3.0.0/16"));
	EXPECT_STREQ("none pierced - alarm", route(self, "10.9.7.0/24"));
	/* It is held for as long as before, and no longer. */
	run(self, 4500);
	EXPECT_STREQ("-route 10.2.0.0/16\n", asked(self));
	EXPECT_STREQ("discard downgraded unknown alarm",
		     route(self, "10.1.0.0/16"));
	ASSERT_TRUE(daemon_release(self->d, "default", "10.1.0.0/16", self->why,
				   sizeof(self->why)));
	EXPECT_STREQ("-route 10.1.0.0/16\n", asked(self));
}

/* The same of what a run before has left, before anybody has said a word. */
TEST_F(life, adopted_from_who_may_no_more) {
	ASSERT_TRUE(begin(self, CONF TIMERS VPN HOLD PEER));
	fake_up(fake_peer("pe"));
	fake_reach(fake_peer("pe"), "10.1.0.0/16", "192.0.2.1");
	asked(self);
	end(self, false);
	ASSERT_TRUE(begin(self, CONF TIMERS VPN HOLD ONLY("10.9.0.0/16") PEER));
	ASSERT_NE(NULL, strstr(asked(self), "+route 10.1.0.0/16 discard 0\n"));
	EXPECT_STREQ("discard adopted unknown", route(self, "10.1.0.0/16"));
	/* An identity of ours is behind us. */
	end(self, false);
	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	fake_up(fake_peer("pe"));
	fake_reach(fake_peer("pe"), "10.1.0.0/16", "192.0.2.1");
	asked(self);
}

/* A VPN that needs no neighbors of its own comes first, and is never alone. */
#define VPNS(more)                             \
	"vpns:\n"                              \
	"  - name: aaa\n"                      \
	"    source-prefixes: [10.5.0.0/16]\n" \
	"    import-targets: [\"64500:9\"]\n"  \
	"  - name: red\n"                      \
	"    source-prefixes: [10.6.0.0/16]\n" \
	"    hold: { withdrawn: 0 }\n" more
#define TAKES "    import-targets: [\"64500:1\"]\n"
#define ALL "neighbors: [{address: 198.51.100.1, as: 64500, name: pe}]\n"

/* In another table it is another VPN: what was told before is told again. */
TEST_F(life, a_vpn_gets_another_table) {
	ASSERT_TRUE(
		begin(self, CONF TIMERS VPNS("    table: 100\n" TAKES) ALL));
	fake_up(fake_peer("pe"));
	fake_reach_vpn(fake_peer("pe"), "10.1.0.0/16", "192.0.2.1", 1);
	fake_end_of_rib(fake_peer("pe"));
	run(self, 1200);
	asked(self);
	ASSERT_TRUE(
		reload(self, CONF TIMERS VPNS("    table: 200\n" TAKES) ALL));
	EXPECT_STREQ("-vpn 100\npeer pe originates 0\n+source 10.6.0.0/16\n"
		     "peer pe imports 2\npeer pe refreshes\n",
		     asked(self));
	fake_reach_vpn(fake_peer("pe"), "10.1.0.0/16", "192.0.2.1", 1);
	EXPECT_STREQ("+route 10.1.0.0/16 protect 1\n", asked(self));
	EXPECT_EQ(200, fake.routes[0].vpn);
}

/* From a VPN's own list to that of all VPNs, and back: another session. */
TEST_F(life, a_neighbor_moves) {
	ASSERT_TRUE(begin(self, CONF TIMERS VPNS("    table: 100\n" PEER)));
	fake_up(fake_peer("pe"));
	fake_reach(fake_peer("pe"), "10.1.0.0/16", "192.0.2.1");
	fake_end_of_rib(fake_peer("pe"));
	asked(self);
	ASSERT_TRUE(
		reload(self, CONF TIMERS VPNS("    table: 100\n" TAKES) ALL));
	EXPECT_STREQ("-peer pe\n+peer pe\npeer pe imports 2\n"
		     "peer pe imports 2\n-route 10.1.0.0/16\n",
		     asked(self));
	EXPECT_EQ(BGP_VPNV4 | BGP_VPNV6,
		  fake_peer("pe")->conf.families & (BGP_VPNV4 | BGP_VPNV6));
	fake_up(fake_peer("pe"));
	fake_reach_vpn(fake_peer("pe"), "10.2.0.0/16", "192.0.2.1", 1);
	EXPECT_STREQ("+route 10.2.0.0/16 protect 1\n", asked(self));
	ASSERT_TRUE(reload(self, CONF TIMERS VPNS("    table: 100\n" PEER)));
	EXPECT_STREQ("-peer pe\n+peer pe\n-route 10.2.0.0/16\n", asked(self));
	EXPECT_EQ(0, fake_peer("pe")->conf.families & BGP_VPNV4);
	fake_up(fake_peer("pe"));
	fake_reach(fake_peer("pe"), "10.1.0.0/16", "192.0.2.1");
	EXPECT_STREQ("+route 10.1.0.0/16 protect 1\n", asked(self));
}

static void put_key(FIXTURE_DATA(life) * self, const char *key)
{
	char path[80];
	int fd;

	snprintf(path, sizeof(path), "%s/key", self->dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (write(fd, key, strlen(key)) < 0)
		abort();
	close(fd);
}

/* Two neighbors of one address have one key; it changes for both at once. */
TEST_F(life, a_common_key_changes) {
#define LINK "      - { address: \"fe80::1\", as: 64500, md5-file: key, "
#define LINKS                                                          \
	"    neighbors:\n" LINK "interface: eth0, name: eth0 }\n" LINK \
	"interface: eth1, name: eth1 }\n"
	char path[80];

	put_key(self, "one");
	ASSERT_TRUE(begin(self, CONF VPN LINKS))
	{
		TH_LOG("%s", self->why);
	}
	asked(self);
	put_key(self, "another");
	ASSERT_TRUE(reload(self, CONF VPN LINKS));
	EXPECT_STREQ("-peer eth0\n-peer eth1\n+peer eth0\n+peer eth1\n",
		     asked(self));
	snprintf(path, sizeof(path), "%s/key", self->dir);
	unlink(path);
}

/* An address of this process's own: others run beside it. */
static struct sockaddr_in bmp_address(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(port) };

	a.sin_addr.s_addr = htonl(0x7f400000u | (getpid() & 0x3fffff));
	return a;
}

static char *bmp_of(const char *more, uint16_t port)
{
	struct sockaddr_in a = bmp_address(port);
	static char text[512];

	snprintf(text, sizeof(text),
		 CONF VPN "%sbmp:\n"
			  "  listen: [%s]\n"
			  "  port: %u\n"
			  "  routers: [{ address: 127.0.0.1, vpn: default }]\n",
		 more, inet_ntoa(a.sin_addr), port);
	return text;
}

static char *bmp(uint16_t port)
{
	return bmp_of("", port);
}

static char *with(const char *text, const char *more)
{
	static char both[600];

	snprintf(both, sizeof(both), "%s%s", text, more);
	return both;
}

/* A connected socket, or -1. */
static int dial(uint16_t port)
{
	struct sockaddr_in to = bmp_address(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (!connect(fd, (const void *)&to, sizeof(to)))
		return fd;
	close(fd);
	return -1;
}

/* Whether the daemon's end of a connection is open. */
static bool is_open(FIXTURE_DATA(life) * self, int fd)
{
	char c;

	run(self, 50);
	return recv(fd, &c, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

/* What is refused has moved nothing, whatever of it is refused. */
TEST_F(life, a_refused_reload_leaves_routers_alone) {
	struct sockaddr_in taken = bmp_address(21021);
	int other = socket(AF_INET, SOCK_STREAM, 0), fd;
	char *text;

	ASSERT_TRUE(begin(self, bmp(21019)))
	{
		TH_LOG("%s", self->why);
	}
	fd = dial(21019);
	ASSERT_LE(0, fd);
	EXPECT_TRUE(is_open(self, fd));
	/* BGP cannot listen. */
	EXPECT_FALSE(reload(self, with(bmp(21020), "bgp: { port: 1 }\n")));
	EXPECT_STREQ("listening failed", self->why);
	EXPECT_FALSE(reload(self, with(bmp(21019), "bgp: { port: 1 }\n")));
	EXPECT_EQ(-1, dial(21020));
	EXPECT_TRUE(is_open(self, fd));
	/* BMP cannot. */
	ASSERT_EQ(0, bind(other, (const void *)&taken, sizeof(taken)));
	ASSERT_EQ(0, listen(other, 1));
	EXPECT_FALSE(reload(self, bmp(21021)));
	EXPECT_NE(NULL, strstr(self->why, "port 21021 failed"));
	EXPECT_TRUE(is_open(self, fd));
	/* Somebody may still come, as to the one that has been there all along. */
	close(dial(21019));
	EXPECT_TRUE(reload(self, bmp(21019)));
	/* What can be had moves. */
	close(fd);
	fd = dial(21019);
	EXPECT_TRUE(is_open(self, fd));
	EXPECT_TRUE(reload(self, bmp(21020)));
	EXPECT_FALSE(is_open(self, fd));
	EXPECT_EQ(-1, dial(21019));
	close(fd);
	fd = dial(21020);
	EXPECT_TRUE(is_open(self, fd));
	/* The same place, but another speaker's word for what is not said. */
	text = bmp(21020);
	*strstr(text, "65005") = '5';
	EXPECT_TRUE(reload(self, text));
	EXPECT_FALSE(is_open(self, fd));
	close(fd);
	fd = dial(21020);
	EXPECT_TRUE(is_open(self, fd));
	close(fd);
	close(other);
}

/* What a router told the VPN that was there it has to tell the one that is. */
TEST_F(life, a_routers_vpn_gets_another_table) {
	int fd;

	ASSERT_TRUE(begin(self, bmp(21019)));
	fd = dial(21019);
	EXPECT_TRUE(is_open(self, fd));
	EXPECT_TRUE(reload(self, bmp_of("    table: 5\n", 21019)));
	EXPECT_FALSE(is_open(self, fd));
	close(fd);
}

TEST_HARNESS_MAIN

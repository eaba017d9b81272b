// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bmp/station: what it listens on where the kernel has no IPv6
 * (ipv6.disable=1).
 */
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/log.h"
#include "bmp/bmp.h"
#include "kselftest_harness.h"

/* The kernel's own, but for IPv6. */
int socket(int domain, int type, int protocol)
{
	if (domain == AF_INET6) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	return (int)syscall(SYS_socket, domain, type, protocol);
}

FIXTURE(station) {
	struct event_base *base;
	struct bmp_station_conf conf;
	struct bmp_station *s;
	char why[256];
};

FIXTURE_SETUP(station) {
	log_set_level(LOG_LEVEL_ERROR);
	memset(self, 0, sizeof(*self));
	self->base = event_base_new();
	self->conf.port = (uint16_t)(20000 + getpid() % 12000);
}

FIXTURE_TEARDOWN(station) {
	if (self->s)
		bmp_station_destroy(self->s);
	event_base_free(self->base);
}

static bool create(FIXTURE_DATA(station) * self, const char *on4,
		   const char *on6)
{
	static const struct bmp_events none;

	if (on4)
		addr_parse(on4, &self->conf.listen4);
	if (on6)
		addr_parse(on6, &self->conf.listen6);
	self->s = bmp_station_create(self->base, &self->conf, &none, self->why,
				     sizeof(self->why));
	return self->s;
}

static bool connects(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool ok = !connect(fd, (const void *)&to, sizeof(to));

	close(fd);
	return ok;
}

/* As by itself: on both. */
TEST_F(station, without_ipv6) {
	ASSERT_TRUE(create(self, "0.0.0.0", "::"))
	{
		TH_LOG("%s", self->why);
	}
	EXPECT_TRUE(connects(self->conf.port));
}

/* What was asked for by name is an error, and so is to listen on nothing. */
TEST_F(station, needs_ipv6) {
	EXPECT_FALSE(create(self, "0.0.0.0", "2001:db8::1"));
	EXPECT_NE(NULL, strstr(self->why, "listening on 2001:db8::1"));
	memset(&self->conf.listen4, 0, sizeof(self->conf.listen4));
	EXPECT_FALSE(create(self, NULL, "::"));
	EXPECT_NE(NULL, strstr(self->why, "listening on :: port"));
}

TEST_HARNESS_MAIN

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A daemon over fake faces, for tests of its life: begun, run for a while,
 * asked what it asked for. Included by one program only.
 */
#ifndef CESTEER_UNIT_DAEMON_LIFE_H
#define CESTEER_UNIT_DAEMON_LIFE_H

#include "daemon.h"

#include <event2/event.h>
#include <fcntl.h>
#include <unistd.h>
#include "conf/conf.h"
#include "core/core.h"
#include "fake/kernel.h"
#include "fake/neighbors.h"
#include "kselftest_harness.h"

#define CONF                                 \
	"router-id: 192.0.2.5\n"             \
	"as: 65005\n"                        \
	"identity: { address: 192.0.2.5 }\n" \
	"control: { socket: ctl }\n"         \
	"log: error\n"
#define TIMERS "timers: { settle: 2, stale: 2, idle: 2 }\n"
#define VPN                                    \
	"vpns:\n"                              \
	"  - name: default\n"                  \
	"    source-prefixes: [10.5.0.0/16]\n" \
	"    trusted-subnets: [10.5.0.0/16]\n"
#define NO_HOLD "    hold: { withdrawn: 0, downgraded: 0 }\n"
#define PEER "    neighbors: [{address: 198.51.100.1, as: 64500, name: pe}]\n"

FIXTURE(life) {
	char dir[32], file[64];
	char why[1024];
	struct event_base *base;
	struct daemon *d;
};

FIXTURE_SETUP(life) {
	memset(&fake, 0, sizeof(fake));
	memset(fake_ikes, 0, sizeof(fake_ikes));
	*fake_log = '\0';
	strcpy(self->dir, "/tmp/cesteer-daemon-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	snprintf(self->file, sizeof(self->file), "%s/f.yaml", self->dir);
	self->base = event_base_new();
	self->d = NULL;
}

FIXTURE_TEARDOWN(life) {
	char path[80];

	if (self->d)
		daemon_destroy(self->d, false);
	event_base_free(self->base);
	EXPECT_EQ(0, fake.handle.opened);
	snprintf(path, sizeof(path), "%s/ctl", self->dir);
	EXPECT_NE(0, access(path, F_OK));
	unlink(self->file);
	rmdir(self->dir);
}

static void put(FIXTURE_DATA(life) * self, const char *text)
{
	int fd = open(self->file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (write(fd, text, strlen(text)) < 0)
		abort();
	close(fd);
}

static bool begin(FIXTURE_DATA(life) * self, const char *text)
{
	struct conf *c;

	put(self, text);
	c = conf_load(self->file, self->why, sizeof(self->why));
	if (!c)
		return false;
	self->d = daemon_create(self->base, c, self->why, sizeof(self->why));
	return self->d;
}

static inline bool reload(FIXTURE_DATA(life) * self, const char *text)
{
	put(self, text);
	return daemon_reload(self->d, self->why, sizeof(self->why));
}

static inline bool end(FIXTURE_DATA(life) * self, bool flush)
{
	struct daemon *d = self->d;

	self->d = NULL;
	return daemon_destroy(d, flush);
}

static void run(FIXTURE_DATA(life) * self, int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	event_base_loopexit(self->base, &tv);
	event_base_dispatch(self->base);
}

/* What was asked since the last time, after what is queued was applied. */
static const char *asked(FIXTURE_DATA(life) * self)
{
	static char text[sizeof(fake_log)];

	run(self, 50);
	while (self->d && evtimer_pending(self->d->flush, NULL))
		event_base_loop(self->base, EVLOOP_ONCE);
	strcpy(text, fake_log);
	*fake_log = '\0';
	return text;
}

#endif /* CESTEER_UNIT_DAEMON_LIFE_H */

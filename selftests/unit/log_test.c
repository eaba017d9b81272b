// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * base/log: what reaches stderr, and what cannot be forged through it.
 */
#include "base/log.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "kselftest_harness.h"

FIXTURE(log) {
	int saved, pipe[2];
	char got[8192];
};

FIXTURE_SETUP(log) {
	ASSERT_EQ(0, pipe2(self->pipe, O_NONBLOCK));
	self->saved = dup(STDERR_FILENO);
	ASSERT_GE(self->saved, 0);
	ASSERT_EQ(STDERR_FILENO, dup2(self->pipe[1], STDERR_FILENO));
	memset(self->got, 0, sizeof(self->got));
}

FIXTURE_TEARDOWN(log) {
	dup2(self->saved, STDERR_FILENO);
}

/* Give stderr back to the harness, then look at what was logged. */
static ssize_t done(FIXTURE_DATA(log) * self)
{
	dup2(self->saved, STDERR_FILENO);
	return read(self->pipe[0], self->got, sizeof(self->got) - 1);
}

TEST_F(log, levels) {
	log_set_level(LOG_LEVEL_WARN);
	log_info("room", "not this");
	log_warn("room", "this %d", 7);
	log_set_level(LOG_LEVEL_INFO);
	ASSERT_GT(done(self), 0);
	EXPECT_EQ(NULL, strstr(self->got, "not this"));
	EXPECT_NE(NULL, strstr(self->got, "Z warning: room: this 7\n"));
}

TEST_F(log, floor) {
	log_set_level(LOG_LEVEL_ERROR);
	log_set_floor(LOG_LEVEL_INFO);
	log_info("room", "this");
	log_set_level(LOG_LEVEL_ERROR);
	log_info("room", "that");
	EXPECT_FALSE(log_has_level(LOG_LEVEL_DEBUG));
	log_set_level(LOG_LEVEL_DEBUG);
	EXPECT_TRUE(log_has_level(LOG_LEVEL_DEBUG));
	ASSERT_GT(done(self), 0);
	EXPECT_NE(NULL, strstr(self->got, "room: this\n"));
	EXPECT_NE(NULL, strstr(self->got, "room: that\n"));
}

TEST_F(log, control_characters) {
	log_info("bgp", "peer said \"a\nb\033[2J\x7f\"");
	ASSERT_GT(done(self), 0);
	EXPECT_NE(NULL, strstr(self->got, "bgp: peer said \"a?b?[2J?\"\n"));
}

TEST_F(log, long_lines_are_cut) {
	char text[5000];
	ssize_t n;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_info("bgp", "%s", text);
	n = done(self);
	ASSERT_GT(n, 1000);
	EXPECT_LE(n, 2048);
	EXPECT_STREQ("x...\n", self->got + n - 5);
}

TEST_HARNESS_MAIN

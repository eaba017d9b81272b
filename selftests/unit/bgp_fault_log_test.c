// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bgp/fault_log: what the log says of faulty attributes, and how often.
 */
#include "bgp/fault_log.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "bgp/wire.h"
#include "kselftest_harness.h"

FIXTURE(faults) {
	int saved, pipe[2];
	struct bgp_fault_log log;
	char got[65536];
};

FIXTURE_SETUP(faults) {
	memset(self, 0, sizeof(*self));
	ASSERT_EQ(0, pipe2(self->pipe, O_NONBLOCK));
	self->saved = dup(STDERR_FILENO);
	ASSERT_EQ(STDERR_FILENO, dup2(self->pipe[1], STDERR_FILENO));
	log_set_level(LOG_LEVEL_INFO);
}

FIXTURE_TEARDOWN(faults) {
	dup2(self->saved, STDERR_FILENO);
	close(self->saved);
	close(self->pipe[0]);
	close(self->pipe[1]);
}

/* Lines logged since the last time, which are in got. */
static unsigned int lines(FIXTURE_DATA(faults) * self)
{
	ssize_t n = read(self->pipe[0], self->got, sizeof(self->got) - 1);
	unsigned int count = 0;
	const char *p;

	self->got[n > 0 ? n : 0] = '\0';
	for (p = self->got; (p = strchr(p, '\n')); p++)
		count++;
	return count;
}

/* An UPDATE with that fault happens so many times. */
static void happens(FIXTURE_DATA(faults) * self, unsigned int times,
		    enum bgp_verdict verdict, uint8_t type)
{
	const uint8_t octets[] = { 0xc0, type, 0x02, 0xab, 0xcd };
	struct bgp_update u = { 0 };
	const struct bgp_fault f = { .verdict = verdict,
				     .type = type,
				     .why = "its length is wrong",
				     .p = octets,
				     .len = sizeof(octets) };

	bgp_faults_add(&u.faults, &f);
	while (times--)
		bgp_fault_log(&self->log, "bgp", "pe1", &u);
}

/* RFC 7606, section 8: the attribute, what became of it, and its octets. */
TEST_F(faults, lines) {
	happens(self, 1, BGP_DISCARD, BGP_ATTR_AGGREGATOR);
	EXPECT_EQ(1, lines(self));
	EXPECT_NE(
		NULL,
		strstr(self->got,
		       "bgp: pe1: UPDATE: AGGREGATOR: its length is wrong, attribute discarded: c0 07 02 ab cd\n"));
	happens(self, 1, BGP_TREAT_AS_WITHDRAW, BGP_ATTR_ORIGIN);
	EXPECT_EQ(1, lines(self));
	EXPECT_NE(
		NULL,
		strstr(self->got,
		       "bgp: pe1: UPDATE: ORIGIN: its length is wrong, treated as withdrawn: c0 01 02 ab cd\n"));
	happens(self, 1, BGP_SESSION_RESET, 99);
	EXPECT_EQ(1, lines(self));
	EXPECT_NE(
		NULL,
		strstr(self->got,
		       "bgp: pe1: UPDATE: attribute 99: its length is wrong, session reset: c0 63 02 ab cd\n"));
}

TEST_F(faults, limit) {
	happens(self, 25, BGP_DISCARD, BGP_ATTR_AGGREGATOR);
	EXPECT_EQ(10, lines(self));
	happens(self, 1, BGP_TREAT_AS_WITHDRAW, BGP_ATTR_ORIGIN);
	EXPECT_EQ(0, lines(self));
	/* The next minute says how many there were. */
	self->log.since -= 60;
	happens(self, 1, BGP_DISCARD, BGP_ATTR_AGGREGATOR);
	EXPECT_EQ(2, lines(self));
	EXPECT_NE(NULL, strstr(self->got, "pe1: 16 more faulty attributes\n"));
}

/* What ends the session is never swallowed by what did not. */
TEST_F(faults, reset_after_many) {
	happens(self, 25, BGP_DISCARD, BGP_ATTR_AGGREGATOR);
	EXPECT_EQ(10, lines(self));
	happens(self, 1, BGP_SESSION_RESET, BGP_ATTR_MP_REACH);
	EXPECT_EQ(1, lines(self));
	EXPECT_NE(NULL,
		  strstr(self->got,
			 "MP_REACH_NLRI: its length is wrong, session reset"));
	EXPECT_NE(NULL, strstr(self->got, ": c0 0e 02 ab cd\n"));
	/* In a file there may be any number. */
	happens(self, 1000, BGP_SESSION_RESET, BGP_ATTR_MP_REACH);
	EXPECT_EQ(9, lines(self));
}

TEST_HARNESS_MAIN

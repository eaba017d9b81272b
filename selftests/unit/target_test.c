// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which gateways are used again, and when: of entries that name several.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "core/target.h"
#include "kselftest_harness.h"

#define HOLD_UP 30

/* The kernel takes all but this one. */
static const struct gateway *refused;
static size_t tried;

void gateway_use(struct gateway *gw)
{
	gw->users++;
}

void gateway_unuse(struct gateway *gw, time_t now)
{
	gw->users--;
}

void gateway_recovered(struct gateways *g, struct gateway *gw)
{
	tried++;
	if (gw == refused)
		return;
	gw->state = CESTEER_GATEWAY_USABLE;
	gw->good_since = 0;
}

FIXTURE(target) {
	struct conf conf;
	struct targets t;
	struct gateways g;
	struct gateway *gw; /* down, all of them */
};

static void make(FIXTURE_DATA(target) * self, size_t n)
{
	size_t i;

	self->gw = calloc(n, sizeof(*self->gw));
	self->g.list = calloc(n, sizeof(struct gateway *));
	self->g.n = n;
	for (i = 0; i < n; i++) {
		self->gw[i].id = (uint32_t)i + 1;
		self->gw[i].state = CESTEER_GATEWAY_DOWN;
		self->g.list[i] = &self->gw[i];
	}
}

FIXTURE_SETUP(target) {
	memset(self, 0, sizeof(*self));
	self->conf.hold_up_time = HOLD_UP;
	self->g.conf = &self->conf;
	refused = NULL;
	tried = 0;
}

FIXTURE_TEARDOWN(target) {
	targets_free(&self->t);
	free(self->g.list);
	free(self->gw);
}

/* An entry that names gateways a and b, in this order. */
static void entry(FIXTURE_DATA(target) * self, size_t a, size_t b)
{
	static const struct hold_state none;
	struct gateway *gws[] = { &self->gw[a], &self->gw[b] };

	if (!targets_get(&self->t, 1, gws, 2, &none))
		abort();
}

static void well(FIXTURE_DATA(target) * self, time_t since)
{
	size_t i;

	for (i = 0; i < self->g.n; i++)
		self->gw[i].good_since = since;
}

/* "1.1": the first and the third are usable. */
static const char *usable(FIXTURE_DATA(target) * self)
{
	static char text[16];
	size_t i;

	for (i = 0; i < self->g.n; i++)
		text[i] = self->gw[i].state == CESTEER_GATEWAY_USABLE ? '1' :
									'.';
	text[i] = 0;
	return text;
}

TEST_F(target, first_of_an_entry) {
	make(self, 4);
	entry(self, 1, 0);
	entry(self, 3, 2);
	well(self, 100);
	self->gw[3].good_since = 0;
	targets_recover(&self->t, &self->g, 100);
	EXPECT_STREQ(".11.", usable(self));
	/* Others wait, as somebody serves. */
	self->gw[3].good_since = 101;
	targets_recover(&self->t, &self->g, 100 + HOLD_UP - 1);
	EXPECT_STREQ(".11.", usable(self));
	targets_recover(&self->t, &self->g, 100 + HOLD_UP);
	EXPECT_STREQ("111.", usable(self));
	targets_recover(&self->t, &self->g, 101 + HOLD_UP);
	EXPECT_STREQ("1111", usable(self));
}

/* One that serves another entry is not used again for this one. */
TEST_F(target, served_elsewhere) {
	make(self, 4);
	entry(self, 0, 1);
	entry(self, 1, 2);
	well(self, 100);
	self->gw[0].state = CESTEER_GATEWAY_USABLE;
	self->gw[0].good_since = 0;
	targets_recover(&self->t, &self->g, 100);
	/* Nobody names the last one. */
	EXPECT_STREQ("1.11", usable(self));
}

TEST_F(target, refused_by_the_kernel) {
	make(self, 3);
	entry(self, 0, 1);
	entry(self, 0, 2);
	well(self, 100);
	refused = &self->gw[0];
	targets_recover(&self->t, &self->g, 100);
	EXPECT_STREQ(".11", usable(self));
	EXPECT_EQ(3, tried);
}

/* The IKE daemon returns, and with it all gateways. */
TEST_F(target, all_at_once) {
#define MANY 10000
	uint64_t began;
	size_t i, n = 0;

	make(self, MANY);
	for (i = 0; i < MANY; i++)
		entry(self, i, (i + 1) % MANY);
	well(self, 100);
	began = clock_us();
	targets_recover(&self->t, &self->g, 100);
	EXPECT_GT(200000, clock_us() - began);
	for (i = 0; i < MANY; i++)
		n += self->gw[i].state == CESTEER_GATEWAY_USABLE;
	EXPECT_LE(MANY / 2, n);
	EXPECT_EQ(n, tried);
}

TEST_HARNESS_MAIN

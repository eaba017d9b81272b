// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The example that is installed: valid as it is, once the keys that it names
 * are there. Run from the top of the tree, as scripts/ktap does.
 */
#include "conf_file.h"

#define EXAMPLE "daemon/dist/cesteerd.yaml"
#define SECRET "0123456789abcdef0123456789abcdef\n"

static const char *const keys[] = { "192.0.2.1.psk", "partners.psk",
				    "default.psk" };

static char *path_of(FIXTURE_DATA(conf) * self, const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", self->dir, name);
	return path;
}

static const char *text_of(const char *file)
{
	static char text[65536];
	FILE *f = fopen(file, "re");

	if (!f)
		abort();
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	return text;
}

TEST_F(conf, the_example) {
	const char *example = text_of(EXAMPLE);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		put(path_of(self, keys[i]), SECRET, strlen(SECRET), 0600);
	EXPECT_TRUE(load(self, example))
	{
		TH_LOG("%s", self->why);
	}
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		unlink(path_of(self, keys[i]));
	ASSERT_NE(NULL, self->c);
	/* What is commented out shows its default. */
	EXPECT_EQ(120, self->c->bgp.restart_time);
	EXPECT_EQ(256, self->c->queue.packets);
	EXPECT_EQ(30, self->c->hold_up_time);
	EXPECT_EQ(0, self->c->n_warnings);
	for (i = 0; i < self->c->n_warnings; i++)
		TH_LOG("%s", self->c->warnings[i]);
}

TEST_F(conf, empty_sections) {
	EXPECT_TRUE(load(self, "identity: { address: 192.0.2.5 }\n"
			       "vpns:\n"
			       "  - name: a\n"
			       "    hold:\n"
			       "    identities:\n"
			       "ike:\n"
			       "bgp:\n"
			       "queue:\n"
			       "bmp:\n"
			       "control:\n"
			       "timers:\n"
			       "  # settle: 120\n"))
	{
		TH_LOG("%s", self->why);
	}
}

TEST_HARNESS_MAIN

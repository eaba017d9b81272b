// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cli/cmd/queue: a wrong word is told, also where there is no kernel to ask.
 */
#include <stdarg.h>
#include <string.h>
#include "kselftest_harness.h"

#include "cli/cmd/queue.c"

static const struct cli_command *command;
static unsigned int asked; /* for the kernel */
static char said[256];

void cli_register(struct cli_command *c)
{
	command = c;
}

int cli_usage(const struct cli *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
	return CLI_USAGE;
}

int cli_refused(const char *fmt, ...)
{
	return CLI_REFUSED;
}

const char *cli_option(const struct cli *c, const char *name)
{
	return NULL;
}

json_t *cli_ask(const struct cli *c, const char *what, json_t *args,
		bool *absent, char *why, size_t why_len)
{
	json_decref(args);
	return NULL;
}

/* There is no module. */
struct kern *cli_kern(struct cli *c)
{
	asked++;
	return NULL;
}

int cli_kern_refused(const struct cli *c)
{
	return CLI_REFUSED;
}

static int run(char **args, unsigned int n)
{
	struct cli c = { .command = command };

	asked = 0;
	*said = '\0';
	return command->run(&c, args, n);
}

TEST(words_before_the_kernel) {
	char *wrong[] = { "packets", "5", "age", "5s" };
	char *unknown[] = { "pakets", "5" };
	char *odd[] = { "packets", "5", "age" };
	char *right[] = { "packets", "5", "age", "5000" };

	EXPECT_EQ(CLI_USAGE, run(wrong, 4));
	EXPECT_STREQ("\"5s\": expected age, a number from 0 to 4294967295",
		     said);
	EXPECT_EQ(0, asked);
	EXPECT_EQ(CLI_USAGE, run(unknown, 2));
	EXPECT_STREQ("expected packets, bytes, age or total N", said);
	EXPECT_EQ(CLI_USAGE, run(odd, 3));
	EXPECT_EQ(0, asked);
	EXPECT_EQ(CLI_REFUSED, run(right, 4));
	EXPECT_EQ(1, asked);
}

TEST_HARNESS_MAIN

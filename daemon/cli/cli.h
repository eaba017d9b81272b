/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the commands share: who they are, what they were asked, and how they
 * refuse. A command is one file in cmd/, and registers itself.
 */
#ifndef CESTEER_CLI_CLI_H
#define CESTEER_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>
#include "base/array.h"

struct kern;

/* Exit codes. */
enum {
	CLI_OK,
	CLI_REFUSED, /* by the kernel, by the daemon, or for want of them */
	CLI_USAGE,
};

#define CLI_OPTIONS_MAX 8

/* One "--name" or "--name ARG"; arg NULL: it has none. */
struct cli_option {
	const char *name, *arg;
};

struct cli;

struct cli_command {
	const char *name; /* its words: "show routes" */
	const char *args; /* for usage: "PREFIX... [--vpn N]" */
	const char *help; /* one line */
	struct cli_option options[CLI_OPTIONS_MAX]; /* own ones, up to NULL */
	unsigned int args_min, args_max;
	bool in_full; /* its name is not abbreviated: it destroys */
	bool changes; /* the kernel's table: it takes "--force" */
	/* Returns the exit code. args holds n words that are no options. */
	int (*run)(struct cli *c, char **args, unsigned int n);
	struct cli_command *next; /* in order of name */
};

#define CLI_ARGS_ANY 0xffffffffu

/* All commands, in order of name. */
extern struct cli_command *cli_commands;

void cli_register(struct cli_command *command);

/* Registers a command before main() runs. */
#define CLI_COMMAND(command)                                              \
	static void __attribute__((constructor)) register_##command(void) \
	{                                                                 \
		cli_register(&(command));                                 \
	}

struct cli {
	const struct cli_command *command;
	bool json;
	bool force; /* whoever owns the namespace */
	const char *socket; /* of the daemon */
	const char *values[CLI_OPTIONS_MAX]; /* of the command's options */
	struct kern *kern; /* opened when it is first needed */
};

/* Value of an option of the command's, "" for a flag, NULL: not given. */
const char *cli_option(const struct cli *c, const char *name);

/* Print a sentence to stderr; return CLI_REFUSED or CLI_USAGE. */
int cli_refused(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int cli_usage(const struct cli *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The kernel; NULL when it is not to be had, which has then been said. */
struct kern *cli_kern(struct cli *c);
/* What the kernel said last; returns CLI_REFUSED. */
int cli_kern_refused(const struct cli *c);

/*
 * Ask the daemon anything (ctl/ctl.h); request is consumed. As cli_ask().
 */
json_t *cli_request(const struct cli *c, json_t *request, bool *absent,
		    char *why, size_t why_len);
/*
 * Ask the daemon to show something. args (may be NULL) is consumed. NULL when
 * it does not run, or refuses: then a sentence is in why, and *absent says
 * which.
 */
json_t *cli_ask(const struct cli *c, const char *what, json_t *args,
		bool *absent, char *why, size_t why_len);

#endif /* CESTEER_CLI_CLI_H */

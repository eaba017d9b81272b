// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cesteer, the operator's command: finds the command that is meant, parses
 * its options, runs it. Knows no command by name.
 */
#include "cli/cli.h"
#include "cli/out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ctl/client.h"
#include "ctl/ctl.h"
#include "kern/kern.h"

#define WORDS_MAX 2

/* Of every command. */
static const struct cli_option common[] = {
	{ "json", NULL },
	{ "socket", "PATH" },
};

/* Of every command that makes changes. */
static const struct cli_option force = { "force", NULL };

struct cli_command *cli_commands;

void cli_register(struct cli_command *command)
{
	struct cli_command **at = &cli_commands;

	while (*at && strcmp((*at)->name, command->name) < 0)
		at = &(*at)->next;
	command->next = *at;
	*at = command;
}

int cli_refused(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("cesteer: ", stderr);
	va_start(ap, fmt);
	out_say_list(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return CLI_REFUSED;
}

int cli_usage(const struct cli *c, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("cesteer: ", stderr);
	va_start(ap, fmt);
	out_say_list(stderr, fmt, ap);
	va_end(ap);
	if (c->command)
		fprintf(stderr, "\nusage: cesteer %s%s%s%s\n", c->command->name,
			*c->command->args ? " " : "", c->command->args,
			c->command->changes ? " [--force]" : "");
	else
		fputs("\n\"cesteer help\" lists the commands\n", stderr);
	return CLI_USAGE;
}

const char *cli_option(const struct cli *c, const char *name)
{
	unsigned int i;

	for (i = 0; i < CLI_OPTIONS_MAX && c->command->options[i].name; i++)
		if (!strcmp(c->command->options[i].name, name))
			return c->values[i];
	return NULL;
}

struct kern *cli_kern(struct cli *c)
{
	char why[256];

	if (!c->kern && kern_open(&c->kern, why, sizeof(why)))
		cli_refused("%s", why);
	else if (c->force)
		kern_force(c->kern);
	return c->kern;
}

int cli_kern_refused(const struct cli *c)
{
	return cli_refused("%s", kern_error(c->kern));
}

json_t *cli_request(const struct cli *c, json_t *request, bool *absent,
		    char *why, size_t why_len)
{
	json_t *answer = ctl_request(c->socket, request, absent, why, why_len);

	json_decref(request);
	return answer;
}

json_t *cli_ask(const struct cli *c, const char *what, json_t *args,
		bool *absent, char *why, size_t why_len)
{
	json_t *request =
		json_pack("{s:s, s:s}", "command", "show", "what", what);

	if (args)
		json_object_set_new(request, "args", args);
	return cli_request(c, request, absent, why, why_len);
}

/*
 * How well words name a command: 0 not at all, 1 abbreviated, 2 in full.
 * *used: how many of them.
 */
static int matches(const struct cli_command *command, char **words,
		   unsigned int n, unsigned int *used)
{
	const char *name = command->name;
	int quality = 2;

	for (*used = 0; *name; ++*used) {
		size_t len = strcspn(name, " "), given;

		if (*used == n)
			return 0;
		given = strlen(words[*used]);
		if (!given || given > len || memcmp(name, words[*used], given))
			return 0;
		if (given < len)
			quality = 1;
		name += len;
		name += strspn(name, " ");
	}
	return quality;
}

/* What could stand behind a first word that is right. */
static void no_such_command(const struct cli *c, char **words, unsigned int n)
{
	const struct cli_command *i;
	size_t len = strlen(words[0]);
	bool known = false;

	for (i = cli_commands; i; i = i->next) {
		if (strncmp(i->name, words[0], len) || i->name[len] != ' ')
			continue;
		if (!known)
			fprintf(stderr, "cesteer: expected one of:");
		fprintf(stderr, "%s \"%s\"", known ? "," : "", i->name);
		known = true;
	}
	if (known)
		fputc('\n', stderr);
	else
		cli_usage(c, "no such command: \"%s%s%s\"", words[0],
			  n > 1 ? " " : "", n > 1 ? words[1] : "");
}

/* How many of the words name a command, or begin one's name: the most. */
static unsigned int name_words(char **words, unsigned int n)
{
	const struct cli_command *i;
	unsigned int most = 0, used;

	for (i = cli_commands; i; i = i->next)
		if (matches(i, words, n, &used) && used > most)
			most = used;
	return most ? most : n;
}

/* NULL: none, or more than one, which has then been said. */
static const struct cli_command *find_command(const struct cli *c, char **words,
					      unsigned int n,
					      unsigned int *used)
{
	const struct cli_command *i, *found = NULL;

	for (i = cli_commands; i; i = i->next) {
		unsigned int len;
		int quality = matches(i, words, n, &len);

		if (!quality || (quality == 1 && i->in_full))
			continue;
		if (quality == 1 && found) {
			cli_usage(c, "\"%s\" or \"%s\"?", found->name, i->name);
			return NULL;
		}
		found = i;
		*used = len;
		if (quality == 2)
			return found;
	}
	if (!found)
		no_such_command(c, words, n);
	return found;
}

static bool has_arg(const struct cli_option *o, const char *text, char **argv,
		    const char **value, unsigned int *i)
{
	size_t len = strlen(o->name);

	if (!o->arg) {
		*value = "";
		return true;
	}
	*value = text[len] == '=' ? text + len + 1 : argv[++*i];
	return *value;
}

static bool is_option(const struct cli_option *o, const char *text)
{
	size_t len = strlen(o->name);

	return !strncmp(text, o->name, len) &&
	       (!text[len] || (o->arg && text[len] == '='));
}

/*
 * Take one option, argv[*i] and perhaps the next word, once the command is
 * known.
 */
static int take_option(struct cli *c, char **argv, unsigned int *i)
{
	const struct cli_option *own = c->command->options;
	const char *text = argv[*i] + 2, *value;
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(common); k++) {
		if (!is_option(&common[k], text))
			continue;
		if (!has_arg(&common[k], text, argv, &value, i))
			return cli_usage(c, "--%s: expected %s", common[k].name,
					 common[k].arg);
		if (common[k].arg)
			c->socket = value;
		else
			c->json = true;
		return CLI_OK;
	}
	if (c->command->changes && is_option(&force, text)) {
		c->force = true;
		return CLI_OK;
	}
	for (k = 0; k < CLI_OPTIONS_MAX && own[k].name; k++) {
		if (!is_option(&own[k], text))
			continue;
		if (!has_arg(&own[k], text, argv, &c->values[k], i))
			return cli_usage(c, "--%s: expected %s", own[k].name,
					 own[k].arg);
		return CLI_OK;
	}
	return cli_usage(c, "no such option: --%s", text);
}

/* Whether the word behind this one belongs to it, by any command. */
static bool takes_word(const char *text)
{
	const struct cli_command *i;
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(common); k++)
		if (common[k].arg && !strcmp(text, common[k].name))
			return true;
	for (i = cli_commands; i; i = i->next)
		for (k = 0; k < CLI_OPTIONS_MAX && i->options[k].name; k++)
			if (i->options[k].arg &&
			    !strcmp(text, i->options[k].name))
				return true;
	return false;
}

/*
 * The command's words, wherever options stand among them. *instead: the
 * command that one of these asks for, or NULL.
 */
static unsigned int find_words(char **argv, unsigned int argc, char **words,
			       const char **instead)
{
	unsigned int n = 0, i;

	*instead = NULL;
	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			*instead = "help";
		else if (!strcmp(argv[i], "--version") ||
			 !strcmp(argv[i], "-V"))
			*instead = "version";
		else if (!strncmp(argv[i], "--", 2))
			i += takes_word(argv[i] + 2);
		else if (n < WORDS_MAX)
			words[n++] = argv[i];
	}
	return n;
}

/* "COMMAND --help" is "help COMMAND"; whatever stands before --version goes. */
static int run_instead(struct cli *c, const char *name, char **words,
		       unsigned int n)
{
	unsigned int used;

	if (strcmp(name, "help"))
		n = 0;
	if (n)
		n = name_words(words, n);
	c->command = find_command(c, (char *[]){ (char *)name }, 1, &used);
	return c->command->run(c, words, n);
}

/* argv holds argc words, all behind the program's name. */
static int run(struct cli *c, char **argv, unsigned int argc)
{
	unsigned int used = 0, n, i;
	char *words[WORDS_MAX];
	const char *instead;
	int err;

	n = find_words(argv, argc, words, &instead);
	if (instead)
		return run_instead(c, instead, words, n);
	if (!n)
		return cli_usage(c, "expected a command");
	c->command = find_command(c, words, n, &used);
	if (!c->command)
		return CLI_USAGE;
	for (i = 0, n = 0; i < argc; i++) {
		if (!strncmp(argv[i], "--", 2)) {
			err = take_option(c, argv, &i);
			if (err)
				return err;
		} else if (used) {
			used--;
		} else {
			argv[n++] = argv[i];
		}
	}
	if (n < c->command->args_min)
		return cli_usage(c, "too few arguments");
	if (n > c->command->args_max)
		return cli_usage(c, "not expected: \"%s\"",
				 argv[c->command->args_max]);
	argv[n] = NULL;
	return c->command->run(c, argv, n);
}

int main(int argc, char **argv)
{
	struct cli c = { .socket = CTL_SOCKET };
	int code = run(&c, argv + 1, argc > 1 ? (unsigned int)argc - 1 : 0);

	kern_close(c.kern);
	if (fflush(stdout) || ferror(stdout)) {
		if (errno != EPIPE)
			return cli_refused("output: %s", strerror(errno));
		return CLI_REFUSED;
	}
	return code;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Output of lists: rows are JSON objects, whatever the form. As text they are
 * lines of aligned columns; as JSON, an array with one object a line.
 */
#ifndef CESTEER_CLI_OUT_H
#define CESTEER_CLI_OUT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <jansson.h>

/* A column of text. key may be a path: "ike.state". */
struct out_column {
	const char *title, *key;
	bool right;
	bool hex; /* an integer, as ip(8) prints it: if_ids */
};

struct out;

/* How a form begins, writes a row (not consumed), ends. */
struct out_form {
	bool (*begin)(struct out *o);
	bool (*row)(struct out *o, const json_t *row);
	bool (*end)(struct out *o);
};

struct out {
	const struct out_form *form;
	const struct out_column *columns; /* up to a NULL title */
	unsigned int rows;
	struct out_page *page; /* of the text form */
	FILE *to;
};

extern const struct out_form out_text, out_json;

/* columns end with a NULL title. False: memory is short. */
bool out_begin(struct out *o, bool json, const struct out_column *columns);
/* row is consumed; NULL is memory that was short. */
bool out_row(struct out *o, json_t *row);
bool out_end(struct out *o);

/*
 * printf(3) of what others named: control characters become '?', but for the
 * end of the line that fmt ends with.
 */
void out_say(FILE *to, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void out_say_list(FILE *to, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* One value as JSON, for what is no list. It is consumed. */
bool out_value(json_t *value);

#endif /* CESTEER_CLI_OUT_H */

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists as JSON: rows go out as they come, so a table of any size costs one
 * row of memory. And how a list is begun in either form.
 */
#include "cli/out.h"

static bool begin(struct out *o)
{
	return fputc('[', o->to) != EOF;
}

static bool row(struct out *o, const json_t *value)
{
	fputs(o->rows ? ",\n " : "\n ", o->to);
	return !json_dumpf(value, o->to, JSON_ENSURE_ASCII);
}

static bool end(struct out *o)
{
	return fputs(o->rows ? "\n]\n" : "]\n", o->to) != EOF;
}

const struct out_form out_json = {
	.begin = begin,
	.row = row,
	.end = end,
};

bool out_begin(struct out *o, bool json, const struct out_column *columns)
{
	*o = (struct out){
		.form = json ? &out_json : &out_text,
		.columns = columns,
		.to = stdout,
	};
	return o->form->begin(o);
}

bool out_row(struct out *o, json_t *value)
{
	bool done = value && o->form->row(o, value);

	json_decref(value);
	o->rows += done;
	return done;
}

bool out_end(struct out *o)
{
	return o->form->end(o);
}

bool out_value(json_t *value)
{
	bool done = value &&
		    !json_dumpf(value, stdout,
				JSON_ENSURE_ASCII | JSON_INDENT(1)) &&
		    fputc('\n', stdout) != EOF;

	json_decref(value);
	return done;
}

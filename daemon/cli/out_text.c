// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists as text: columns as wide as their widest cell. A page of rows is held
 * back to learn the widths; a longer list goes on with the widths so far,
 * which only grow.
 */
#include "cli/out.h"

#include <stdlib.h>
#include <string.h>
#include "base/text.h"

#define PAGE_ROWS 4096
#define COLUMNS_MAX 16
#define GAP 2

struct out_page {
	unsigned int n_columns, n_rows;
	size_t width[COLUMNS_MAX];
	bool titled;
	char *cells[PAGE_ROWS][COLUMNS_MAX];
};

void out_say_list(FILE *to, const char *fmt, va_list ap)
{
	size_t n = strlen(fmt);
	bool ends = n && fmt[n - 1] == '\n';
	char *text;
	int len = vasprintf(&text, fmt, ap);

	if (len < 0)
		return;
	fputs(text_clean(text, (size_t)len - ends), to);
	free(text);
}

void out_say(FILE *to, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	out_say_list(to, fmt, ap);
	va_end(ap);
}

/* A new string; NULL: memory is short. */
static char *cell_text(const json_t *value, bool hex)
{
	char buf[32];
	size_t i, len = 1;
	char *text;

	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_STRING:
		text = strdup(json_string_value(value));
		return text ? text_clean(text, strlen(text)) : NULL;
	case JSON_INTEGER:
		snprintf(buf, sizeof(buf), hex ? "0x%llx" : "%lld",
			 (long long)json_integer_value(value));
		return strdup(buf);
	case JSON_REAL:
		snprintf(buf, sizeof(buf), "%.1f", json_real_value(value));
		return strdup(buf);
	case JSON_TRUE:
		return strdup("yes");
	case JSON_FALSE:
		return strdup("no");
	case JSON_ARRAY:
		break;
	default:
		return strdup("-");
	}
	if (!json_array_size(value))
		return strdup("-");
	text = calloc(1, 1);
	for (i = 0; text && i < json_array_size(value); i++) {
		char *item = cell_text(json_array_get(value, i), hex), *longer;

		len += item ? strlen(item) + 1 : 0;
		longer = item ? realloc(text, len) : NULL;
		if (!longer) {
			free(text);
			free(item);
			return NULL;
		}
		text = longer;
		if (i)
			strcat(text, ",");
		strcat(text, item);
		free(item);
	}
	return text;
}

/* "ike.state" of a row. */
static const json_t *at_path(const json_t *row, const char *path)
{
	char key[64];

	while (row && *path) {
		size_t len = strcspn(path, ".");

		if (len >= sizeof(key))
			return NULL;
		memcpy(key, path, len);
		key[len] = 0;
		row = json_object_get(row, key);
		path += len;
		path += *path == '.';
	}
	return row;
}

static void write_line(struct out *o, const char *const *cells)
{
	const struct out_page *page = o->page;
	unsigned int i;

	for (i = 0; i < page->n_columns; i++) {
		int width = (int)page->width[i];
		bool last = i + 1 == page->n_columns;

		if (o->columns[i].right)
			fprintf(o->to, "%*s", width, cells[i]);
		else
			fprintf(o->to, "%-*s", last ? 0 : width, cells[i]);
		if (!last)
			fprintf(o->to, "%*s", GAP, "");
	}
	fputc('\n', o->to);
}

static void flush_page(struct out *o)
{
	struct out_page *page = o->page;
	const char *titles[COLUMNS_MAX];
	unsigned int r, i;

	for (i = 0; i < page->n_columns; i++)
		titles[i] = o->columns[i].title;
	if (!page->titled && page->n_rows)
		write_line(o, titles);
	page->titled |= page->n_rows;
	for (r = 0; r < page->n_rows; r++) {
		write_line(o, (const char *const *)page->cells[r]);
		for (i = 0; i < page->n_columns; i++) {
			free(page->cells[r][i]);
			page->cells[r][i] = NULL;
		}
	}
	page->n_rows = 0;
}

static bool begin(struct out *o)
{
	struct out_page *page = calloc(1, sizeof(*page));

	o->page = page;
	if (!page)
		return false;
	while (page->n_columns < COLUMNS_MAX &&
	       o->columns[page->n_columns].title) {
		page->width[page->n_columns] =
			strlen(o->columns[page->n_columns].title);
		page->n_columns++;
	}
	return true;
}

static bool row(struct out *o, const json_t *value)
{
	struct out_page *page = o->page;
	unsigned int i;

	for (i = 0; i < page->n_columns; i++) {
		char *text = cell_text(at_path(value, o->columns[i].key),
				       o->columns[i].hex);

		if (!text) {
			while (i--) {
				free(page->cells[page->n_rows][i]);
				page->cells[page->n_rows][i] = NULL;
			}
			return false;
		}
		page->cells[page->n_rows][i] = text;
		if (strlen(text) > page->width[i])
			page->width[i] = strlen(text);
	}
	if (++page->n_rows == PAGE_ROWS)
		flush_page(o);
	return true;
}

static bool end(struct out *o)
{
	flush_page(o);
	free(o->page);
	o->page = NULL;
	return true;
}

const struct out_form out_text = {
	.begin = begin,
	.row = row,
	.end = end,
};

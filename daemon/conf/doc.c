// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * YAML (libyaml's document tree) and the walk over it. The walk follows the
 * tables of fields, whose depth is fixed, so that a document whose aliases
 * form a cycle still ends.
 */
#include "conf/doc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/array.h"
#include "base/mem.h"

/* Text that is no UTF-8, or no text: libyaml knows the octet only. */
static void reader_failed(struct doc *d, const yaml_parser_t *p)
{
	FILE *f = fopen(d->file, "re");
	size_t i, line = 1, column = 1;
	int c;

	for (i = 0; f && i < p->problem_offset && (c = getc(f)) != EOF; i++) {
		column = c == '\n' ? 1 : column + 1;
		line += c == '\n';
	}
	if (f)
		fclose(f);
	snprintf(d->why, d->why_len,
		 "%s:%zu:%zu: expected text in UTF-8: %s (0x%02x)", d->file,
		 line, column, p->problem, (unsigned int)p->problem_value);
}

static void yaml_failed(struct doc *d, const yaml_parser_t *p)
{
	if (p->error == YAML_READER_ERROR)
		reader_failed(d, p);
	else
		snprintf(d->why, d->why_len, "%s:%zu:%zu: not YAML: %s%s%s",
			 d->file, p->problem_mark.line + 1,
			 p->problem_mark.column + 1,
			 p->problem ? p->problem : "out of memory",
			 p->context ? " " : "", p->context ? p->context : "");
}

/* A second document would be left out without a word. */
static bool only_one(struct doc *d, yaml_parser_t *parser)
{
	yaml_document_t next;
	yaml_node_t *root;

	if (!yaml_parser_load(parser, &next)) {
		yaml_failed(d, parser);
		return false;
	}
	root = yaml_document_get_root_node(&next);
	if (root)
		snprintf(
			d->why, d->why_len,
			"%s:%zu:%zu: expected the end of the file: one document only",
			d->file, next.start_mark.line + 1,
			next.start_mark.column + 1);
	yaml_document_delete(&next);
	return !root;
}

/* Who writes the file decides what goes in clear text. */
static bool permissions(struct doc *d, int fd)
{
	struct stat st;

	if (fstat(fd, &st)) {
		snprintf(d->why, d->why_len, "%s: %s", d->file,
			 strerror(errno));
		return false;
	}
	if (!S_ISREG(st.st_mode)) {
		snprintf(d->why, d->why_len, "%s is not a regular file",
			 d->file);
		return false;
	}
	if (st.st_uid && st.st_uid != geteuid()) {
		snprintf(
			d->why, d->why_len,
			"%s is owned by uid %u, expected root or the daemon's own user: who writes it can switch protection off",
			d->file, st.st_uid);
		return false;
	}
	if (st.st_mode & 0002) {
		snprintf(
			d->why, d->why_len,
			"%s has mode %04o, expected 0644 or less: who writes it can switch protection off",
			d->file, st.st_mode & 07777);
		return false;
	}
	if (st.st_mode & 0020)
		doc_warn(
			d, NULL,
			"has mode %04o: its group can switch protection off too",
			st.st_mode & 07777);
	return true;
}

/* For reading; NULL after saying why not. */
static FILE *open_file(struct doc *d)
{
	/* Not blocking: a pipe by that name must not hold the daemon up. */
	int fd = open(d->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	FILE *f;

	if (fd >= 0 && !permissions(d, fd)) {
		close(fd);
		return NULL;
	}
	f = fd >= 0 ? fdopen(fd, "r") : NULL;
	if (f)
		return f;
	snprintf(d->why, d->why_len, "%s: %s", d->file, strerror(errno));
	if (fd >= 0)
		close(fd);
	return NULL;
}

static void warnings_free(struct doc *d)
{
	while (d->n_warnings)
		free(d->warnings[--d->n_warnings]);
	free(d->warnings);
	d->warnings = NULL;
}

bool doc_open(struct doc *d, const char *file, char *why, size_t why_len)
{
	yaml_parser_t parser;
	FILE *f;
	bool ok;

	memset(d, 0, sizeof(*d));
	d->file = file;
	d->why = why;
	d->why_len = why_len;
	f = open_file(d);
	if (!f) {
		warnings_free(d);
		return false;
	}
	if (!yaml_parser_initialize(&parser)) {
		snprintf(why, why_len, "%s: out of memory", file);
		warnings_free(d);
		fclose(f);
		return false;
	}
	yaml_parser_set_input_file(&parser, f);
	ok = yaml_parser_load(&parser, &d->yaml);
	if (!ok) {
		yaml_failed(d, &parser);
	} else if (!doc_root(d)) {
		snprintf(why, why_len, "%s:1:1: the file is empty", file);
		yaml_document_delete(&d->yaml);
		ok = false;
	} else if (!only_one(d, &parser)) {
		yaml_document_delete(&d->yaml);
		ok = false;
	}
	yaml_parser_delete(&parser);
	fclose(f);
	if (!ok)
		warnings_free(d);
	return ok;
}

void doc_close(struct doc *d)
{
	yaml_document_delete(&d->yaml);
	warnings_free(d);
}

yaml_node_t *doc_root(struct doc *d)
{
	return yaml_document_get_root_node(&d->yaml);
}

yaml_node_t *doc_find(struct doc *d, const yaml_node_t *map, const char *key)
{
	yaml_node_pair_t *p;

	for (p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
	     p++) {
		const yaml_node_t *k = yaml_document_get_node(&d->yaml, p->key);

		if (!strcmp((const char *)k->data.scalar.value, key))
			break;
	}
	return yaml_document_get_node(&d->yaml, p->value);
}

yaml_node_t *doc_at(struct doc *d, const yaml_node_t *list, size_t i)
{
	return yaml_document_get_node(&d->yaml,
				      list->data.sequence.items.start[i]);
}

bool doc_fail(struct doc *d, const yaml_node_t *node, const char *fmt, ...)
{
	va_list ap;
	int n;

	n = snprintf(d->why, d->why_len, "%s:%zu:%zu: %s%s", d->file,
		     node->start_mark.line + 1, node->start_mark.column + 1,
		     d->where, *d->where ? ": " : "");
	if (n < 0 || (size_t)n >= d->why_len)
		return false;
	va_start(ap, fmt);
	vsnprintf(d->why + n, d->why_len - (size_t)n, fmt, ap);
	va_end(ap);
	return false;
}

void doc_warn(struct doc *d, const yaml_node_t *node, const char *fmt, ...)
{
	char place[48] = "";
	char text[512];
	va_list ap;

	if (node)
		snprintf(place, sizeof(place), ":%zu:%zu",
			 node->start_mark.line + 1,
			 node->start_mark.column + 1);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	d->warnings = doc_grow(d->warnings, &d->n_warnings, sizeof(char *));
	d->warnings[d->n_warnings - 1] = xasprintf("%s%s: warning: %s%s%s",
						   d->file, place, d->where,
						   *d->where ? ": " : "", text);
}

/* What a node is, for "expected ..., not ...". */
static const char *node_words(const yaml_node_t *node, char *buf, size_t len)
{
	if (node->type == YAML_SEQUENCE_NODE)
		return "a list";
	if (node->type == YAML_MAPPING_NODE)
		return "a mapping";
	if (!node->data.scalar.length)
		return "nothing";
	snprintf(buf, len, "\"%s\"", (const char *)node->data.scalar.value);
	return buf;
}

static bool expected(struct doc *d, const yaml_node_t *node, const char *what)
{
	char buf[64];

	return doc_fail(d, node, "expected %s, not %s", what,
			node_words(node, buf, sizeof(buf)));
}

/* Append to the name of the key being read; returns what to cut back to. */
static size_t enter(struct doc *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static size_t enter(struct doc *d, const char *fmt, ...)
{
	size_t n = strlen(d->where);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(d->where + n, sizeof(d->where) - n, fmt, ap);
	va_end(ap);
	return n;
}

/* Levenshtein's distance; words longer than a key can be are far away. */
static size_t distance(const char *a, const char *b)
{
	size_t row[32], i, j, na = strlen(a), nb = strlen(b);

	if (nb >= ARRAY_SIZE(row))
		return SIZE_MAX;
	for (j = 0; j <= nb; j++)
		row[j] = j;
	for (i = 1; i <= na; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (j = 1; j <= nb; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[nb];
}

static bool unknown_key(struct doc *d, const yaml_node_t *node, const char *key,
			const struct doc_field *f, size_t n)
{
	size_t i, best = SIZE_MAX, len = 0;
	const char *nearest = NULL;
	char known[256] = "";

	for (i = 0; i < n; i++) {
		size_t dist = distance(key, f[i].key);

		if (dist < best) {
			best = dist;
			nearest = f[i].key;
		}
		if (len < sizeof(known))
			len += (size_t)snprintf(known + len,
						sizeof(known) - len, "%s%s",
						i ? ", " : "", f[i].key);
	}
	/* Further away than that it is another word, not a slip. */
	if (nearest && best <= 1 + strlen(nearest) / 3)
		return doc_fail(d, node,
				"unknown key \"%s\", did you mean \"%s\"?", key,
				nearest);
	return doc_fail(d, node, "unknown key \"%s\", expected one of: %s", key,
			known);
}

static bool read_field(struct doc *d, yaml_node_t *value,
		       const struct doc_field *f, void *dst)
{
	size_t back = enter(d, "%s%s", *d->where ? "." : "", f->key);
	bool ok = f->read(d, value, dst, f);

	if (ok)
		d->where[back] = '\0';
	return ok;
}

/* A key with nothing behind it, or with comments alone. */
static bool is_nothing(const yaml_node_t *node)
{
	return node->type == YAML_SCALAR_NODE && !node->data.scalar.length &&
	       node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

bool doc_map(struct doc *d, yaml_node_t *node, const struct doc_field *f,
	     size_t n, void *dst)
{
	yaml_node_pair_t *p = NULL, *end = NULL;
	uint64_t seen = 0;
	size_t i;

	if (node->type == YAML_MAPPING_NODE) {
		p = node->data.mapping.pairs.start;
		end = node->data.mapping.pairs.top;
	} else if (!is_nothing(node)) {
		return expected(d, node, "a mapping of keys to values");
	}
	for (; p < end; p++) {
		yaml_node_t *kn = yaml_document_get_node(&d->yaml, p->key);
		const char *key = doc_text(d, kn, "a key");

		if (!key)
			return false;
		for (i = 0; i < n && strcmp(f[i].key, key); i++)
			;
		if (i == n)
			return unknown_key(d, kn, key, f, n);
		if (seen & (UINT64_C(1) << i))
			return doc_fail(d, kn, "key \"%s\" is given twice",
					key);
		seen |= UINT64_C(1) << i;
		if (!read_field(d, yaml_document_get_node(&d->yaml, p->value),
				&f[i], dst))
			return false;
	}
	for (i = 0; i < n; i++) {
		if (f[i].required && !(seen & (UINT64_C(1) << i)))
			return doc_fail(d, node, "key \"%s\" is missing",
					f[i].key);
	}
	return true;
}

bool doc_list(struct doc *d, yaml_node_t *node, void *dst,
	      bool (*each)(struct doc *d, yaml_node_t *item, void *dst))
{
	yaml_node_item_t *i;

	if (node->type != YAML_SEQUENCE_NODE)
		return expected(d, node, "a list");
	for (i = node->data.sequence.items.start;
	     i < node->data.sequence.items.top; i++) {
		size_t back =
			enter(d, "[%td]", i - node->data.sequence.items.start);

		if (!each(d, yaml_document_get_node(&d->yaml, *i), dst))
			return false;
		d->where[back] = '\0';
	}
	return true;
}

/* Of equal ones, what is first in the list. */
static int item_cmp(const void *a, const void *b, void *arg)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	const doc_cmp_fn *cmp = arg;
	int c = (*cmp)(x, y);

	return c ? c : (x > y) - (x < y);
}

bool doc_unique(struct doc *d, const yaml_node_t *node, const void *items,
		size_t n, size_t size, doc_cmp_fn cmp)
{
	const char **at = xcalloc(n + 1, sizeof(*at)), *twice = NULL;
	size_t i;

	for (i = 0; i < n; i++)
		at[i] = (const char *)items + i * size;
	qsort_r(at, n, sizeof(*at), item_cmp, &cmp);
	for (i = 1; i < n; i++)
		if (!cmp(at[i - 1], at[i]) && (!twice || at[i] < twice))
			twice = at[i];
	free(at);
	if (!twice)
		return true;
	i = (size_t)(twice - (const char *)items) / size;
	enter(d, "[%zu]", i);
	return doc_fail(d, doc_at(d, node, i), "is listed twice");
}

void *doc_grow(void *items, size_t *n, size_t size)
{
	/* Doubled at each power of two. */
	if (!(*n & (*n - 1)))
		items = xrealloc(items, (*n ? *n * 2 : 1) * size);
	memset((char *)items + *n * size, 0, size);
	(*n)++;
	return items;
}

const char *doc_text(struct doc *d, yaml_node_t *node, const char *what)
{
	const char *text = (const char *)node->data.scalar.value;

	if (node->type != YAML_SCALAR_NODE || !node->data.scalar.length ||
	    strlen(text) != node->data.scalar.length) {
		expected(d, node, what);
		return NULL;
	}
	return text;
}

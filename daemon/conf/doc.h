/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the room: a YAML file as nodes that know their line and column,
 * and the reading of typed values from them, driven by tables of fields. It
 * knows nothing of what the keys mean. Every reader returns false after it
 * has said what was expected.
 */
#ifndef CESTEER_CONF_DOC_H
#define CESTEER_CONF_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <yaml.h>
#include "base/addr.h"

struct doc {
	const char *file;
	yaml_document_t yaml;
	char where[256]; /* the key being read: "vpns[0].neighbors[1].as" */
	char *why; /* the error, once there is one */
	size_t why_len;
	char **warnings; /* whole lines */
	size_t n_warnings;
};

struct doc_word {
	const char *word;
	int value;
};

struct doc_field;
/* Read node into dst, the struct that the field table is about. */
typedef bool (*doc_read_fn)(struct doc *d, yaml_node_t *node, void *dst,
			    const struct doc_field *f);

struct doc_field {
	const char *key;
	doc_read_fn read;
	size_t offset; /* of the value in dst, for the readers below */
	int64_t min, max; /* of numbers, and of the length of strings */
	const struct doc_word *words; /* of doc_read_word() */
	size_t n_words;
	bool required;
};

/*
 * Parse a file; false and a sentence in why when it is not YAML, or may be
 * written by who is not to decide what is protected.
 */
bool doc_open(struct doc *d, const char *file, char *why, size_t why_len);
void doc_close(struct doc *d);

/* Say what is wrong at node. Always false. */
bool doc_fail(struct doc *d, const yaml_node_t *node, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Say what is allowed, but hardly meant. node may be NULL: the file itself. */
void doc_warn(struct doc *d, const yaml_node_t *node, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
yaml_node_t *doc_root(struct doc *d);
/*
 * What was read before, for what can only be checked later: the value of a key
 * that a mapping is known to have, an item that a list is known to have.
 */
yaml_node_t *doc_find(struct doc *d, const yaml_node_t *map, const char *key);
yaml_node_t *doc_at(struct doc *d, const yaml_node_t *list, size_t i);

/*
 * A mapping, or nothing, which is an empty one: unknown, repeated and missing
 * keys are errors.
 */
bool doc_map(struct doc *d, yaml_node_t *node, const struct doc_field *f,
	     size_t n, void *dst);
/* A list: each is called for every item, in order. */
bool doc_list(struct doc *d, yaml_node_t *node, void *dst,
	      bool (*each)(struct doc *d, yaml_node_t *item, void *dst));
typedef int (*doc_cmp_fn)(const void *a, const void *b);
/*
 * What a list was read into, an item each, in its order: no two are equal, or
 * the later one "is listed twice".
 */
bool doc_unique(struct doc *d, const yaml_node_t *node, const void *items,
		size_t n, size_t size, doc_cmp_fn cmp);
/*
 * Room for one more item of size octets, zeroed: *items has *n of them, which
 * is one more afterwards.
 */
void *doc_grow(void *items, size_t *n, size_t size);

/* A scalar's text, or NULL after saying that `expected` was expected. */
const char *doc_text(struct doc *d, yaml_node_t *node, const char *expected);
/* One of the words; its value in *value. */
bool doc_choice(struct doc *d, yaml_node_t *node, const struct doc_word *w,
		size_t n, int *value);
bool doc_number(struct doc *d, yaml_node_t *node, int64_t min, int64_t max,
		int64_t *value);
bool doc_addr(struct doc *d, yaml_node_t *node, struct addr *a);
/* The same, of a host: to an IKE daemon 0.0.0.0 means anybody. */
bool doc_host(struct doc *d, yaml_node_t *node, struct addr *a);
/* The same, of a gateway: no loopback and no link-local one. */
bool doc_gateway(struct doc *d, yaml_node_t *node, struct addr *a);
/* A prefix, with its length: "10.5.0.0" is rarely meant to be 10.5.0.0/32. */
bool doc_prefix(struct doc *d, yaml_node_t *node, struct prefix *p);
/* One host, by its address alone, or a prefix of them. */
bool doc_group(struct doc *d, yaml_node_t *node, struct prefix *p);

/* Field readers, by the type at f->offset. */
/* One of f->words, as uint8_t or bool. */
bool doc_read_word(struct doc *d, yaml_node_t *node, void *dst,
		   const struct doc_field *f);
bool doc_read_bool(struct doc *d, yaml_node_t *node, void *dst,
		   const struct doc_field *f);
bool doc_read_u8(struct doc *d, yaml_node_t *node, void *dst,
		 const struct doc_field *f);
bool doc_read_u16(struct doc *d, yaml_node_t *node, void *dst,
		  const struct doc_field *f);
bool doc_read_u32(struct doc *d, yaml_node_t *node, void *dst,
		  const struct doc_field *f);
/* "90", "90s", "5m", "1h" as seconds: uint16_t and uint32_t. */
bool doc_read_time16(struct doc *d, yaml_node_t *node, void *dst,
		     const struct doc_field *f);
bool doc_read_time32(struct doc *d, yaml_node_t *node, void *dst,
		     const struct doc_field *f);
/* These two hold no control characters. */
/* char *, replaced by a new string. */
bool doc_read_string(struct doc *d, yaml_node_t *node, void *dst,
		     const struct doc_field *f);
/* char[f->max + 1]. */
bool doc_read_chars(struct doc *d, yaml_node_t *node, void *dst,
		    const struct doc_field *f);
bool doc_read_addr(struct doc *d, yaml_node_t *node, void *dst,
		   const struct doc_field *f);
bool doc_read_addr4(struct doc *d, yaml_node_t *node, void *dst,
		    const struct doc_field *f);
bool doc_read_addr6(struct doc *d, yaml_node_t *node, void *dst,
		    const struct doc_field *f);
bool doc_read_gateway(struct doc *d, yaml_node_t *node, void *dst,
		      const struct doc_field *f);
bool doc_read_gateway4(struct doc *d, yaml_node_t *node, void *dst,
		       const struct doc_field *f);
bool doc_read_gateway6(struct doc *d, yaml_node_t *node, void *dst,
		       const struct doc_field *f);
bool doc_read_prefix(struct doc *d, yaml_node_t *node, void *dst,
		     const struct doc_field *f);
bool doc_read_group(struct doc *d, yaml_node_t *node, void *dst,
		    const struct doc_field *f);

#endif /* CESTEER_CONF_DOC_H */

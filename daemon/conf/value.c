// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Typed values from YAML's scalars.
 */
#include "conf/doc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/text.h"

bool doc_choice(struct doc *d, yaml_node_t *node, const struct doc_word *w,
		size_t n, int *value)
{
	char words[160] = "";
	const char *text;
	size_t i, len = 0;

	for (i = 0; i < n && len < sizeof(words); i++)
		len += (size_t)snprintf(words + len, sizeof(words) - len,
					"%s\"%s\"",
					!i	   ? "" :
					i + 1 == n ? " or " :
						     ", ",
					w[i].word);
	text = doc_text(d, node, words);
	if (!text)
		return false;
	for (i = 0; i < n; i++) {
		if (!strcmp(w[i].word, text)) {
			*value = w[i].value;
			return true;
		}
	}
	return doc_fail(d, node, "expected %s, not \"%s\"", words, text);
}

static bool read_bool(struct doc *d, yaml_node_t *node, bool *value)
{
	static const struct doc_word words[] = { { "true", 1 },
						 { "false", 0 } };
	int v;

	if (!doc_choice(d, node, words, 2, &v))
		return false;
	*value = v;
	return true;
}

/*
 * Decimal, or hexadecimal after 0x; *end is what follows. No zeros in front: to
 * some they say octal.
 */
static bool parse_number(const char *text, const char **end, int64_t *v)
{
	char *e;

	if (*text < '0' || *text > '9' ||
	    (text[0] == '0' && text[1] >= '0' && text[1] <= '9'))
		return false;
	errno = 0;
	*v = strtoll(text, &e, text[0] == '0' && text[1] == 'x' ? 16 : 10);
	*end = e;
	return !errno && e != text;
}

bool doc_number(struct doc *d, yaml_node_t *node, int64_t min, int64_t max,
		int64_t *value)
{
	const char *text, *end;
	char what[64];

	snprintf(what, sizeof(what), "a number from %lld to %lld",
		 (long long)min, (long long)max);
	text = doc_text(d, node, what);
	if (!text)
		return false;
	if (!parse_number(text, &end, value) || *end || *value < min ||
	    *value > max)
		return doc_fail(d, node, "expected %s, not \"%s\"", what, text);
	return true;
}

static bool read_time(struct doc *d, yaml_node_t *node, int64_t min,
		      int64_t max, int64_t *value)
{
	const char *text, *end;
	int64_t unit = 1;
	char what[80];

	snprintf(what, sizeof(what),
		 "seconds from %lld to %lld (90, 90s, 5m, 1h)", (long long)min,
		 (long long)max);
	text = doc_text(d, node, what);
	if (!text)
		return false;
	if (!parse_number(text, &end, value) || *value > INT64_MAX / 3600)
		goto bad;
	if (*end && end[1])
		goto bad;
	switch (*end) {
	case '\0':
	case 's':
		break;
	case 'm':
		unit = 60;
		break;
	case 'h':
		unit = 3600;
		break;
	default:
		goto bad;
	}
	*value *= unit;
	if (*value >= min && *value <= max)
		return true;
bad:
	return doc_fail(d, node, "expected %s, not \"%s\"", what, text);
}

bool doc_addr(struct doc *d, yaml_node_t *node, struct addr *a)
{
	const char *text = doc_text(d, node, "an IPv4 or IPv6 address");

	if (!text)
		return false;
	if (!addr_parse(text, a))
		return doc_fail(d, node,
				"expected an IPv4 or IPv6 address, not \"%s\"",
				text);
	return true;
}

bool doc_host(struct doc *d, yaml_node_t *node, struct addr *a)
{
	char buf[ADDR_STRLEN];

	if (!doc_addr(d, node, a))
		return false;
	if (!addr_is_host(a))
		return doc_fail(d, node,
				"expected a host's address, not \"%s\"",
				addr_format(a, buf));
	if (addr_is_mapped(a))
		return doc_fail(
			d, node,
			"expected IPv4 written as IPv4 (192.0.2.1), not \"%s\"",
			addr_format(a, buf));
	return true;
}

/* Nobody else reaches it by such an address. */
static bool reachable(struct doc *d, yaml_node_t *node, const struct addr *a)
{
	char buf[ADDR_STRLEN];

	if (addr_is_loopback(a))
		return doc_fail(
			d, node,
			"expected an address that other gateways reach, not the loopback's \"%s\"",
			addr_format(a, buf));
	if (addr_is_link_local(a))
		return doc_fail(
			d, node,
			"expected an address that other gateways reach, not the link-local \"%s\"",
			addr_format(a, buf));
	return true;
}

bool doc_gateway(struct doc *d, yaml_node_t *node, struct addr *a)
{
	return doc_host(d, node, a) && reachable(d, node, a);
}

bool doc_group(struct doc *d, yaml_node_t *node, struct prefix *p)
{
	const char *text = doc_text(d, node, "a prefix"), *why;

	if (!text)
		return false;
	if (!prefix_parse(text, p, &why))
		return doc_fail(
			d, node,
			"expected a prefix such as 10.5.0.0/16 or 2001:db8::/32, not \"%s\": %s",
			text, why);
	return true;
}

bool doc_prefix(struct doc *d, yaml_node_t *node, struct prefix *p)
{
	char buf[PREFIX_STRLEN];

	if (!doc_group(d, node, p))
		return false;
	if (!strchr((const char *)node->data.scalar.value, '/'))
		return doc_fail(
			d, node,
			"expected a prefix with its length, such as 10.5.0.0/16, not \"%s\": for this one address alone write \"%s\"",
			(const char *)node->data.scalar.value,
			prefix_format(p, buf));
	return true;
}

bool doc_read_word(struct doc *d, yaml_node_t *node, void *dst,
		   const struct doc_field *f)
{
	int v;

	if (!doc_choice(d, node, f->words, f->n_words, &v))
		return false;
	*((uint8_t *)dst + f->offset) = (uint8_t)v;
	return true;
}

bool doc_read_bool(struct doc *d, yaml_node_t *node, void *dst,
		   const struct doc_field *f)
{
	return read_bool(d, node, (bool *)((char *)dst + f->offset));
}

bool doc_read_u8(struct doc *d, yaml_node_t *node, void *dst,
		 const struct doc_field *f)
{
	uint8_t *to = (void *)((char *)dst + f->offset);
	int64_t v;

	if (!doc_number(d, node, f->min, f->max, &v))
		return false;
	*to = (uint8_t)v;
	return true;
}

bool doc_read_u16(struct doc *d, yaml_node_t *node, void *dst,
		  const struct doc_field *f)
{
	uint16_t *to = (void *)((char *)dst + f->offset);
	int64_t v;

	if (!doc_number(d, node, f->min, f->max, &v))
		return false;
	*to = (uint16_t)v;
	return true;
}

bool doc_read_u32(struct doc *d, yaml_node_t *node, void *dst,
		  const struct doc_field *f)
{
	uint32_t *to = (void *)((char *)dst + f->offset);
	int64_t v;

	if (!doc_number(d, node, f->min, f->max, &v))
		return false;
	*to = (uint32_t)v;
	return true;
}

bool doc_read_time16(struct doc *d, yaml_node_t *node, void *dst,
		     const struct doc_field *f)
{
	uint16_t *to = (void *)((char *)dst + f->offset);
	int64_t v;

	if (!read_time(d, node, f->min, f->max, &v))
		return false;
	*to = (uint16_t)v;
	return true;
}

bool doc_read_time32(struct doc *d, yaml_node_t *node, void *dst,
		     const struct doc_field *f)
{
	uint32_t *to = (void *)((char *)dst + f->offset);
	int64_t v;

	if (!read_time(d, node, f->min, f->max, &v))
		return false;
	*to = (uint32_t)v;
	return true;
}

/* Text that is printed again: a name, a word of another program's. */
static const char *read_text(struct doc *d, yaml_node_t *node,
			     const struct doc_field *f)
{
	const char *text = doc_text(d, node, "text");

	if (!text)
		return NULL;
	if (f->max && strlen(text) > (size_t)f->max)
		doc_fail(d, node, "expected at most %lld characters",
			 (long long)f->max);
	else if (text_has_control(text))
		doc_fail(d, node, "expected text without control characters");
	else
		return text;
	return NULL;
}

bool doc_read_string(struct doc *d, yaml_node_t *node, void *dst,
		     const struct doc_field *f)
{
	char **s = (char **)(void *)((char *)dst + f->offset);
	const char *text = read_text(d, node, f);

	if (!text)
		return false;
	free(*s);
	*s = xstrdup(text);
	return true;
}

bool doc_read_chars(struct doc *d, yaml_node_t *node, void *dst,
		    const struct doc_field *f)
{
	const char *text = read_text(d, node, f);

	if (!text)
		return false;
	strcpy((char *)dst + f->offset, text);
	return true;
}

bool doc_read_addr(struct doc *d, yaml_node_t *node, void *dst,
		   const struct doc_field *f)
{
	return doc_host(d, node, (void *)((char *)dst + f->offset));
}

bool doc_read_gateway(struct doc *d, yaml_node_t *node, void *dst,
		      const struct doc_field *f)
{
	return doc_gateway(d, node, (void *)((char *)dst + f->offset));
}

static bool read_family(struct doc *d, yaml_node_t *node, uint8_t family,
			struct addr *a)
{
	char buf[ADDR_STRLEN];

	if (!doc_host(d, node, a))
		return false;
	if (a->family != family)
		return doc_fail(d, node,
				"expected an IPv%d address, not \"%s\"",
				family == AF_INET ? 4 : 6, addr_format(a, buf));
	return true;
}

bool doc_read_addr4(struct doc *d, yaml_node_t *node, void *dst,
		    const struct doc_field *f)
{
	return read_family(d, node, AF_INET, (void *)((char *)dst + f->offset));
}

bool doc_read_addr6(struct doc *d, yaml_node_t *node, void *dst,
		    const struct doc_field *f)
{
	return read_family(d, node, AF_INET6,
			   (void *)((char *)dst + f->offset));
}

bool doc_read_prefix(struct doc *d, yaml_node_t *node, void *dst,
		     const struct doc_field *f)
{
	return doc_prefix(d, node, (void *)((char *)dst + f->offset));
}

bool doc_read_gateway4(struct doc *d, yaml_node_t *node, void *dst,
		       const struct doc_field *f)
{
	return doc_read_addr4(d, node, dst, f) &&
	       reachable(d, node, (void *)((char *)dst + f->offset));
}

bool doc_read_gateway6(struct doc *d, yaml_node_t *node, void *dst,
		       const struct doc_field *f)
{
	return doc_read_addr6(d, node, dst, f) &&
	       reachable(d, node, (void *)((char *)dst + f->offset));
}

bool doc_read_group(struct doc *d, yaml_node_t *node, void *dst,
		    const struct doc_field *f)
{
	return doc_group(d, node, (void *)((char *)dst + f->offset));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AS paths: segments of a type octet, a count octet and so many AS numbers,
 * of two octets on the wire of an old speaker, of four everywhere in here.
 * RFC 4271, sections 4.3 and 9.1.2.2; RFC 6793; RFC 5065 (confederations);
 * RFC 7607 (AS 0); RFC 9774 (sets). Pure.
 */
#ifndef CESTEER_BGP_AS_PATH_H
#define CESTEER_BGP_AS_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A path in the four-octet form. */
struct bgp_as_path {
	uint8_t *p;
	size_t len, size; /* octets used, and there are */
};

/*
 * What is wrong with a path of AS numbers of as_size octets (RFC 7606, 7.2),
 * or NULL. confed: segments of a confederation are in order here.
 */
const char *bgp_as_path_error(const uint8_t *p, size_t len, size_t as_size,
			      bool confed);
/*
 * Whether a valid path has an AS_SET or AS_CONFED_SET, which nobody may send
 * (RFC 9774).
 */
bool bgp_as_path_has_set(const uint8_t *p, size_t len, size_t as_size);
/* Whether a valid path has a segment of a confederation (RFC 5065). */
bool bgp_as_path_has_confed(const uint8_t *p, size_t len, size_t as_size);
/* Copy a valid path to its four-octet form; false when it does not fit. */
bool bgp_as_path_expand(struct bgp_as_path *to, const uint8_t *p, size_t len,
			size_t as_size);
/*
 * RFC 6793, 4.2.3: replace the tail of path, which an old speaker shortened,
 * by as4, a valid AS4_PATH, without its confederation segments (section 6).
 * Leaves path alone when as4 is the longer one.
 */
void bgp_as_path_merge(struct bgp_as_path *path, const uint8_t *as4,
		       size_t len);
/* Length as the decision process counts: a set is one, a confederation 0. */
unsigned int bgp_as_path_hops(const uint8_t *p, size_t len);
/* Leftmost AS when the path starts with a sequence, else 0. */
uint32_t bgp_as_path_first(const uint8_t *p, size_t len);
bool bgp_as_path_contains(const uint8_t *p, size_t len, uint32_t as);

#endif /* CESTEER_BGP_AS_PATH_H */

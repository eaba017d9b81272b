/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Route targets and route distinguishers as text: "64500:1", "192.0.2.1:1",
 * "4200000001:1". RFC 4360, sections 3 and 4; RFC 5668; RFC 4364, section
 * 4.2. Pure.
 */
#ifndef CESTEER_BGP_TARGET_H
#define CESTEER_BGP_TARGET_H

#include "bgp/bgp.h"

#define BGP_TARGET_TEXT 24

/*
 * Parse "AS:NUMBER" or "ADDRESS:NUMBER". An AS below 65536 is encoded in two
 * octets, as routers do. On failure false, and *why is a static sentence.
 */
bool bgp_target_parse(const char *text, struct bgp_target *t, const char **why);
/* Into buf (BGP_TARGET_TEXT octets), return buf. */
const char *bgp_target_format(const struct bgp_target *t, char *buf);
/* The same for a route distinguisher, which is 8 octets as a number. */
bool bgp_rd_parse(const char *text, uint64_t *rd, const char **why);
const char *bgp_rd_format(uint64_t rd, char *buf);
/* Order of the octets. */
int bgp_target_cmp(const void *a, const void *b);

#endif /* CESTEER_BGP_TARGET_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One copy of each set of path attributes, counted and shared: a million
 * routes have few different ones. One table for the process, as bgp_attrs_put
 * must find it; it is empty again when the last reference is gone.
 */
#ifndef CESTEER_BGP_INTERN_H
#define CESTEER_BGP_INTERN_H

#include "bgp/attr.h"

/*
 * The shared attributes equal to path's, with next_hop; a reference for the
 * caller. NULL when memory is short.
 */
struct bgp_attrs *bgp_attrs_intern(const struct bgp_path *path,
				   const struct addr *next_hop);
/* How many different ones there are. */
size_t bgp_attrs_count(void);

#endif /* CESTEER_BGP_INTERN_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocation of small, bounded things: a configuration, a peer, a gateway.
 * Ends the process with a log line when memory is short. What a peer or the
 * network can make large is allocated with malloc(3) and checked.
 */
#ifndef CESTEER_BASE_MEM_H
#define CESTEER_BASE_MEM_H

#include <stddef.h>

#define MEM_RETURNS __attribute__((returns_nonnull, malloc, warn_unused_result))

void *xmalloc(size_t size) MEM_RETURNS;
/* Zeroed; n * size is checked for overflow. */
void *xcalloc(size_t n, size_t size) MEM_RETURNS;
void *xrealloc(void *p, size_t size)
	__attribute__((returns_nonnull, warn_unused_result));
char *xstrdup(const char *s) MEM_RETURNS;
/* printf(3) into a new string. */
char *xasprintf(const char *fmt, ...) MEM_RETURNS
	__attribute__((format(printf, 1, 2)));

#endif /* CESTEER_BASE_MEM_H */

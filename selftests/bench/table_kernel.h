/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lookups that a program in the kernel makes and times (table_bpf.bpf.c), for
 * the contenders that live there. Owns the program and the maps by which it is
 * given a trace.
 */
#ifndef BENCH_TABLE_KERNEL_H
#define BENCH_TABLE_KERNEL_H

#include "table.h"

/* @program: by its name. %NULL: *@why says why not */
void *kernel_open(const char *program, const char **why);
void kernel_close(void *table);
/* The descriptor of a map of the program's. */
int kernel_map(void *table, const char *name);
/* The device that packets come in by, by its index. */
void kernel_set_device(void *table, int device);
/* As struct peer has it. */
uint64_t kernel_walk(void *table, const struct set *set, int trace, size_t from,
		     bool chain, double *ns);

#endif /* BENCH_TABLE_KERNEL_H */

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The running kernel's BPF_MAP_TYPE_LPM_TRIE in the bench: the real map, its
 * lookups made and timed by a program in the kernel. What its memory is, the
 * kernel does not tell: none is shown.
 */
#include "table.h"
#include "table_kernel.h"

#include <string.h>

#include <bpf/bpf.h>

static void *bpf_load(const struct set *set, const char **why)
{
	bool v4 = set->bits == 32;
	void *table = kernel_open(v4 ? "walk4" : "walk6", why);
	uint32_t key[5], value;
	int fd, err = 0;
	size_t i;

	if (!table)
		return NULL;
	fd = kernel_map(table, v4 ? "table4" : "table6");
	for (i = 0; i < set->n && !err; i++) {
		key[0] = set->prefix[i].len;
		memcpy(key + 1, set->prefix[i].addr, 16);
		value = set->prefix[i].value;
		err = bpf_map_update_elem(fd, key, &value, BPF_ANY);
	}
	if (!err)
		return table;
	*why = "bpf_map_update_elem() failed";
	kernel_close(table);
	return NULL;
}

const struct peer peer_bpf = {
	.name = "bpf",
	.load = bpf_load,
	.walk = kernel_walk,
	.free = kernel_close,
};

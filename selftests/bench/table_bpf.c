// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The running kernel's BPF_MAP_TYPE_LPM_TRIE in the bench: the real map, its
 * lookups made and timed by a program in the kernel (table_bpf.bpf.c). What
 * its memory is, the kernel does not tell: none is shown.
 */
#include "table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

struct bpf {
	struct bpf_object *object;
	uint64_t (*slice)[2];
	int run, program;
};

/* As in table_bpf.bpf.c. */
struct run {
	uint64_t sum;
	uint64_t nanoseconds;
	uint32_t mask;
	uint32_t last;
};

static int quiet(enum libbpf_print_level level, const char *format,
		 va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static void bpf_free(void *table)
{
	struct bpf *b = table;

	if (b->slice)
		munmap(b->slice, SLICE_LEN * sizeof(*b->slice));
	bpf_object__close(b->object);
	free(b);
}

static int map_fd(struct bpf *b, const char *name)
{
	return bpf_object__find_map_fd_by_name(b->object, name);
}

static void *bpf_load(const struct set *set, const char **why)
{
	struct bpf *b = calloc(1, sizeof(*b));
	uint32_t key[5], value;
	char path[4096];
	void *slice;
	ssize_t n;
	int fd, err = 0;
	size_t i;

	if (!b)
		abort();
	libbpf_set_print(quiet);
	/* It lies beside the program. */
	n = readlink("/proc/self/exe", path, sizeof(path) - 32);
	path[n < 0 ? 0 : n] = '\0';
	strcpy(strrchr(path, '/') + 1, "table_bpf.bpf.o");
	b->object = bpf_object__open(path);
	if (!b->object || bpf_object__load(b->object)) {
		*why = "the kernel refuses the program (not root?)";
		goto fail;
	}
	fd = map_fd(b, set->bits == 32 ? "table4" : "table6");
	b->run = map_fd(b, "run");
	b->program = bpf_program__fd(bpf_object__find_program_by_name(
		b->object, set->bits == 32 ? "walk4" : "walk6"));
	for (i = 0; i < set->n && !err; i++) {
		key[0] = set->prefix[i].len;
		memcpy(key + 1, set->prefix[i].addr, 16);
		value = set->prefix[i].value;
		err = bpf_map_update_elem(fd, key, &value, BPF_ANY);
	}
	if (err) {
		*why = "bpf_map_update_elem() failed";
		goto fail;
	}
	slice = mmap(NULL, SLICE_LEN * sizeof(*b->slice),
		     PROT_READ | PROT_WRITE, MAP_SHARED, map_fd(b, "slice"), 0);
	if (slice == MAP_FAILED) {
		*why = "cannot map the trace";
		goto fail;
	}
	b->slice = slice;
	return b;
fail:
	bpf_free(b);
	return NULL;
}

static uint64_t bpf_walk(void *table, const struct set *set, int trace,
			 size_t from, bool chain, double *ns)
{
	unsigned int octets = set->bits / 8;
	const uint8_t *addr = set->trace[trace] + from * octets;
	struct bpf *b = table;
	struct run run = { .mask = chain ? 1U << 31 : 0 };
	char packet[64] = { 0 };
	uint32_t zero = 0;
	size_t i;

	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet,
		    .data_size_in = sizeof(packet), .repeat = 1);

	for (i = 0; i < SLICE_LEN; i++)
		memcpy(b->slice[i], addr + i * octets, octets);
	if (bpf_map_update_elem(b->run, &zero, &run, BPF_ANY) ||
	    bpf_prog_test_run_opts(b->program, &opts) ||
	    bpf_map_lookup_elem(b->run, &zero, &run))
		abort();
	*ns = run.nanoseconds;
	return run.sum;
}

const struct peer peer_bpf = {
	.name = "bpf",
	.load = bpf_load,
	.walk = bpf_walk,
	.free = bpf_free,
};

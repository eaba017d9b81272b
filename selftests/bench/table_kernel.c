// SPDX-License-Identifier: GPL-2.0-or-later
#include "table_kernel.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

struct kernel {
	struct bpf_object *object;
	uint64_t (*slice)[2];
	int run, program, device;
};

/* As in table_bpf.bpf.c. */
struct run {
	uint64_t sum;
	uint64_t nanoseconds;
	uint32_t mask;
	uint32_t last;
	uint32_t device;
	uint32_t unused;
};

static int quiet(enum libbpf_print_level level, const char *format,
		 va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

void kernel_close(void *table)
{
	struct kernel *k = table;

	if (k->slice)
		munmap(k->slice, SLICE_LEN * sizeof(*k->slice));
	bpf_object__close(k->object);
	free(k);
}

int kernel_map(void *table, const char *name)
{
	struct kernel *k = table;

	return bpf_object__find_map_fd_by_name(k->object, name);
}

void kernel_set_device(void *table, int device)
{
	struct kernel *k = table;

	k->device = device;
}

void *kernel_open(const char *program, const char **why)
{
	struct kernel *k = calloc(1, sizeof(*k));
	char path[4096];
	void *slice;
	ssize_t n;

	if (!k)
		abort();
	libbpf_set_print(quiet);
	/* It lies beside the program. */
	n = readlink("/proc/self/exe", path, sizeof(path) - 32);
	path[n < 0 ? 0 : n] = '\0';
	strcpy(strrchr(path, '/') + 1, "table_bpf.bpf.o");
	k->object = bpf_object__open(path);
	if (!k->object || bpf_object__load(k->object)) {
		*why = "the kernel refuses the program (not root?)";
		goto fail;
	}
	k->run = kernel_map(k, "run");
	k->program = bpf_program__fd(
		bpf_object__find_program_by_name(k->object, program));
	slice = mmap(NULL, SLICE_LEN * sizeof(*k->slice),
		     PROT_READ | PROT_WRITE, MAP_SHARED, kernel_map(k, "slice"),
		     0);
	if (slice == MAP_FAILED) {
		*why = "cannot map the trace";
		goto fail;
	}
	k->slice = slice;
	return k;
fail:
	kernel_close(k);
	return NULL;
}

uint64_t kernel_walk(void *table, const struct set *set, int trace, size_t from,
		     bool chain, double *ns)
{
	unsigned int octets = set->bits / 8;
	const uint8_t *addr = set->trace[trace] + from * octets;
	struct kernel *k = table;
	struct run run = { .mask = chain ? 1U << 31 : 0, .device = k->device };
	char packet[64] = { 0 };
	uint32_t zero = 0;
	size_t i;

	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet,
		    .data_size_in = sizeof(packet), .repeat = 1);

	for (i = 0; i < SLICE_LEN; i++)
		memcpy(k->slice[i], addr + i * octets, octets);
	if (bpf_map_update_elem(k->run, &zero, &run, BPF_ANY) ||
	    bpf_prog_test_run_opts(k->program, &opts) ||
	    bpf_map_lookup_elem(k->run, &zero, &run))
		abort();
	*ns = run.nanoseconds;
	return run.sum;
}

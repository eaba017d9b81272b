// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cesteer's own table in the bench, on memory that is laid out as the
 * kernel's: slabs of one size class each, in a mapping of huge pages, which
 * is how kmalloc() and the direct map have it.
 */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "table/lpm.h"

#define ARENA (4UL << 30)
#define PAGE 4096UL
/* Pages of a slab, as SLUB chooses for small objects. */
#define SLAB 4

struct object {
	struct object *next;
};

static char *arena;
static size_t arena_used;
static uint16_t *page_size; /* of the objects in each page, in octets */
static struct object *idle[8193];
static struct rcu_head *later;

static void arena_init(void)
{
	char *p = mmap(NULL, ARENA + (2UL << 20), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		abort();
	arena = (char *)(((uintptr_t)p + (2UL << 20) - 1) & -(2UL << 20));
	madvise(arena, ARENA, MADV_HUGEPAGE);
	page_size = calloc(ARENA / PAGE, sizeof(*page_size));
	if (!page_size)
		abort();
}

static void *slab_alloc(size_t size)
{
	struct object *o;
	size_t i, room;
	char *slab;

	size = env_rounded(size);
	if (size > 8192)
		abort();
	if (!idle[size]) {
		room = SLAB * PAGE;
		slab = arena + arena_used;
		if (arena_used + room > ARENA)
			abort();
		for (i = 0; i < SLAB; i++)
			page_size[(arena_used / PAGE) + i] = size;
		arena_used += room;
		for (i = room / size; i-- > 0;) {
			o = (struct object *)(slab + i * size);
			o->next = idle[size];
			idle[size] = o;
		}
	}
	o = idle[size];
	idle[size] = o->next;
	return o;
}

static void slab_free(void *p)
{
	struct object *o = p;
	size_t size;

	if (!p)
		return;
	size = page_size[((char *)p - arena) / PAGE];

	o->next = idle[size];
	idle[size] = o;
}

static void call_later(struct rcu_head *head,
		       void (*func)(struct rcu_head *head))
{
	head->func = func;
	head->next = later;
	later = head;
}

static void settle(void)
{
	struct rcu_head *head;

	while (later) {
		head = later;
		later = head->next;
		head->func(head);
	}
}

struct cs_env cs_env = {
	.alloc = slab_alloc,
	.free = slab_free,
	.call_rcu = call_later,
};

/* As a daemon sends them: in messages of a thousand. */
#define BATCH 1000

static int apply_all(struct cs_lpm *t, const struct set *set, size_t batch)
{
	struct cs_lpm_op *ops = calloc(batch, sizeof(*ops));
	size_t i, k, n;
	int err = 0;

	if (!ops)
		return -1;
	for (i = 0; i < set->n && !err; i += n) {
		n = set->n - i < batch ? set->n - i : batch;
		for (k = 0; k < n; k++) {
			ops[k].addr = set->prefix[i + k].addr;
			ops[k].len = set->prefix[i + k].len;
			ops[k].value = set->prefix[i + k].value;
		}
		err = cs_lpm_apply(t, ops, n);
		settle();
	}
	free(ops);
	return err;
}

static void *cesteer_load(const struct set *set, const char **why)
{
	struct cs_lpm *t;

	if (!arena)
		arena_init();
	t = cs_lpm_create(set->bits);
	if (!t || apply_all(t, set, BATCH)) {
		*why = "no memory";
		return NULL;
	}
	return t;
}

static size_t cesteer_bytes(void *table)
{
	return cs_lpm_bytes(table);
}

static uint64_t cesteer_walk(void *table, const struct set *set, int trace,
			     size_t from, bool chain, double *ns)
{
	const uint8_t *addr = set->trace[trace] + from * set->bits / 8;
	const struct cs_lpm *t = table;
	uint64_t sum = 0, key[2];
	uint32_t key4, mask = chain ? 1U << 31 : 0;
	double start = now_ns();
	uint16_t v = 0;
	size_t i;

	/* A value never has bit 31, which the compiler cannot know. */
	__asm__("" : "+r"(mask));
	if (set->bits == 32 && !chain) {
		for (i = 0; i < SLICE_LEN; i++)
			sum += cs_lpm_lookup4(t, addr + 4 * i);
	} else if (!chain) {
		for (i = 0; i < SLICE_LEN; i++)
			sum += cs_lpm_lookup6(t, addr + 16 * i);
	} else if (set->bits == 32) {
		for (i = 0; i < SLICE_LEN; i++) {
			memcpy(&key4, addr + 4 * i, 4);
			key4 ^= v & mask;
			v = cs_lpm_lookup4(t, &key4);
			sum += v;
		}
	} else {
		for (i = 0; i < SLICE_LEN; i++) {
			memcpy(key, addr + 16 * i, 16);
			key[0] ^= v & mask;
			v = cs_lpm_lookup6(t, key);
			sum += v;
		}
	}
	*ns = now_ns() - start;
	return sum;
}

static void cesteer_free(void *table)
{
	cs_lpm_destroy(table);
	settle();
}

const struct peer peer_cesteer = {
	.name = "cesteer",
	.load = cesteer_load,
	.bytes = cesteer_bytes,
	.walk = cesteer_walk,
	.free = cesteer_free,
};

static double change(void *table, const struct entry *p, uint16_t value)
{
	struct cs_lpm_op op = { .addr = p->addr,
				.len = p->len,
				.value = value };
	double start = now_ns();

	if (cs_lpm_apply(table, &op, 1))
		abort();
	return (now_ns() - start) / 1000;
}

static void count(struct changes *c, double us)
{
	unsigned int i;

	if (us > c->max_us)
		c->max_us = us;
	for (i = 0; i + 1 < CHANGE_CLASSES && us >= 0.2; i++)
		us /= 2;
	c->histogram[i]++;
}

/* Take a prefix out and put it in again, twice: the faster try counts. */
static void change_twice(void *table, const struct entry *p, struct changes *c)
{
	double del[2], add[2];
	int i;

	for (i = 0; i < 2; i++) {
		del[i] = change(table, p, 0);
		add[i] = change(table, p, p->value);
	}
	count(c, del[0] < del[1] ? del[0] : del[1]);
	count(c, add[0] < add[1] ? add[0] : add[1]);
}

static double cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

void cesteer_changes(void *table, const struct set *set, struct changes *c)
{
	size_t i, n = set->n < 200000 ? set->n : 200000;
	struct set other = *set;
	const char *why;
	double start;
	void *again;

	start = cpu_s();
	for (i = 0; i < 2 * n; i++) {
		const struct entry *p = &set->prefix[i % n];

		change(table, p, i < n ? 0 : p->value);
		/* Grace periods come and go: a few milliseconds each. */
		if (i % 2048 == 0)
			settle();
	}
	settle();
	c->per_s = 2 * n / (cpu_s() - start);
	for (i = 0; i < n; i++) {
		change_twice(table, &set->prefix[i], c);
		settle();
	}

	start = cpu_s();
	again = cesteer_load(set, &why);
	c->load_s = cpu_s() - start;
	cesteer_free(again);

	/* Every prefix gets another value, in one batch. */
	other.prefix = calloc(set->n, sizeof(*other.prefix));
	if (!other.prefix)
		abort();
	memcpy(other.prefix, set->prefix, set->n * sizeof(*other.prefix));
	for (i = 0; i < set->n; i++)
		other.prefix[i].value ^= other.prefix[i].value == 1 ? 2 : 1;
	start = cpu_s();
	if (apply_all(table, &other, set->n))
		abort();
	c->swap_s = cpu_s() - start;
	free(other.prefix);
}

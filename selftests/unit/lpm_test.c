// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lookup table, held against a linear scan: random batches in crowded
 * and in wide address spaces, the walk, and every allocation failing in turn.
 */
#include "kselftest_harness.h"

#include <stdlib.h>

#include "unit/lpm_env.h"

/* What the table allocates, counted; the allocation to fail, or -1. */
static long live, fail_at = -1;
/* Sizes that are no powers of two are put at odd places, as kernels may. */
static bool oddly;

static void *count_alloc(size_t size)
{
	size_t odd = oddly && size & (size - 1) ? 8 : 0;
	char *p;

	if (fail_at >= 0 && fail_at-- == 0)
		return NULL;
	p = malloc(odd + size);
	if (!p)
		return NULL;
	live++;
	return p + odd;
}

static void count_free(void *p)
{
	if (p)
		live--;
	free((char *)p - ((uintptr_t)p & 8));
}

struct cs_env cs_env = {
	.alloc = count_alloc,
	.free = count_free,
	.call_rcu = call_later,
};

/* Where a check returns NULL, or what is wrong. */
#define EXPECT_FINE(check)                   \
	do {                                 \
		const char *wrong = check;   \
		EXPECT_EQ(NULL, wrong)       \
		{                            \
			TH_LOG("%s", wrong); \
		}                            \
	} while (0)

/* @spread masks octet @k, and the one eight further, by its octet @k. */
static u8 octet(u64 *seed, u64 spread, unsigned int k)
{
	return rnd(seed) & (spread >> k % 8 * 8);
}

/* The model: an unordered list, and a scan. */
#define MODEL_MAX 4096

struct entry {
	u8 addr[16];
	u8 len;
	u16 value;
};

struct model {
	unsigned int bits;
	size_t n;
	struct entry e[MODEL_MAX];
};

static bool covers(const struct entry *e, const u8 *addr, unsigned int bits)
{
	u8 a[16];

	memcpy(a, addr, bits / 8);
	mask(a, e->len, bits);
	return !memcmp(a, e->addr, bits / 8);
}

static struct entry *model_get(struct model *m, const u8 *addr, u8 len)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (m->e[i].len == len &&
		    !memcmp(m->e[i].addr, addr, m->bits / 8))
			return &m->e[i];
	return NULL;
}

static u16 model_set(struct model *m, const u8 *addr, u8 len, u16 value)
{
	struct entry *e = model_get(m, addr, len);
	u16 old = e ? e->value : 0;

	if (!value) {
		if (e)
			*e = m->e[--m->n];
		return old;
	}
	if (!e) {
		if (m->n == MODEL_MAX)
			abort();
		e = &m->e[m->n++];
		memcpy(e->addr, addr, m->bits / 8);
		e->len = len;
	}
	e->value = value;
	return old;
}

static u16 model_match(struct model *m, const u8 *addr, u8 *len)
{
	struct entry *best = NULL;
	size_t i;

	for (i = 0; i < m->n; i++)
		if (covers(&m->e[i], addr, m->bits) &&
		    (!best || m->e[i].len > best->len))
			best = &m->e[i];
	if (!best)
		return 0;
	*len = best->len;
	return best->value;
}

static unsigned int model_bits;

static int model_order(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int d = memcmp(x->addr, y->addr, model_bits / 8);

	return d ?: x->len - y->len;
}

static bool bit(const u8 *addr, unsigned int i)
{
	return addr[i / 8] & 0x80 >> i % 8;
}

/* What a lookup reads first: how many bits all prefixes begin with, and which. */
static bool common_differs(const struct cs_lpm *t, const struct model *m)
{
#if BITS_PER_LONG == 64
	unsigned int n = m->n ? CS_LPM_COMMON_MAX : 0, k;
	u64 common = t->common;
	size_t i;

	for (i = 0; i < m->n; i++) {
		n = m->e[i].len < n ? m->e[i].len : n;
		for (k = 0; k < n; k++)
			if (bit(m->e[i].addr, k) != bit(m->e[0].addr, k))
				n = k;
	}
	if ((common & 63) != 63 - n)
		return true;
	for (k = 0; k < n; k++)
		if (bit(m->e[0].addr, k) != (common >> (63 - k) & 1))
			return true;
	return cs_lpm_only(common) !=
	       (m->n == 1 && m->e[0].len == n ? m->e[0].value : 0);
#else
	return false;
#endif
}

/* NULL, or where table and model differ. @probes: random addresses to try. */
static const char *differ(const struct cs_lpm *t, struct model *m,
			  unsigned int probes, u64 *seed, u64 spread)
{
	u8 addr[16] = { 0 }, len, want;
	unsigned int i, k, b, bit;
	int walk = -1;
	u16 v;

	if (cs_lpm_count(t) != m->n)
		return "count";
	if (common_differs(t, m))
		return "common";
	model_bits = m->bits;
	qsort(m->e, m->n, sizeof(m->e[0]), model_order);
	for (i = 0; i < m->n; i++) {
		v = cs_lpm_next(t, addr, &walk);
		if (v != m->e[i].value || walk != m->e[i].len ||
		    memcmp(addr, m->e[i].addr, m->bits / 8))
			return "walk";
		if (cs_lpm_get(t, addr, walk) != v)
			return "get";
	}
	if (cs_lpm_next(t, addr, &walk))
		return "walk's end";
	for (i = 0; i < probes + 4 * m->n; i++) {
		if (i < 4 * m->n) {
			/* First, last, one before the first, one behind. */
			memcpy(addr, m->e[i / 4].addr, m->bits / 8);
			k = i % 4;
			for (b = m->e[i / 4].len; b < m->bits && k % 2; b++)
				addr[b / 8] |= 0x80 >> b % 8;
			for (b = m->bits; b-- > 0 && k >= 2;) {
				bit = 0x80 >> b % 8;
				addr[b / 8] ^= bit;
				if (!!(addr[b / 8] & bit) == k % 2)
					break;
			}
		} else {
			for (k = 0; k < 16; k++)
				addr[k] = octet(seed, spread, k);
		}
		len = 255;
		want = 255;
		v = model_match(m, addr, &want);
		if (look(t, m->bits, addr) != v)
			return "lookup";
		if (cs_lpm_match(t, addr, &len) != v || len != want)
			return "match";
	}
	return NULL;
}

/* A batch, to both. */
static const char *apply(struct cs_lpm *t, struct model *m,
			 struct cs_lpm_op *ops, unsigned int n)
{
	const char *bad = NULL;
	unsigned int i;

	if (cs_lpm_apply(t, ops, n))
		return "apply";
	for (i = 0; i < n && !bad; i++)
		if (model_set(m, ops[i].addr, ops[i].len, ops[i].value) !=
		    ops[i].old)
			bad = "old";
	settle();
	return bad;
}

static const char *end(struct cs_lpm *t, struct model *m, const char *bad)
{
	cs_lpm_destroy(t);
	settle();
	free(m);
	return bad ?: live ? "leak" : NULL;
}

/*
 * A random prefix. @spread masks each octet, first one in the low bits: a
 * narrow one makes prefixes meet, nest and go.
 */
static void draw(u64 *seed, unsigned int bits, u64 spread, u8 *addr, u8 *len)
{
	unsigned int k;

	for (k = 0; k < 16; k++)
		addr[k] = octet(seed, spread, k);
	*len = rnd(seed) % (bits + 1);
	mask(addr, *len, bits);
}

/* The last ones crowd below one octet or two, and fill the next one. */
static const u64 spreads[] = { ~0ULL,
			       0x0303030303030303ULL,
			       0x81818181c0010001ULL,
			       0xffffffffff00c080ULL,
			       0xc0ffc0c0c0c0ff01ULL,
			       0xffc0c0c0c0c0ff00ULL };
#define SPREADS (sizeof(spreads) / sizeof(spreads[0]))

static const char *churn(unsigned int bits, u64 spread, u64 seed,
			 unsigned int rounds, size_t most)
{
	struct model *m = calloc(1, sizeof(*m));
	struct cs_lpm *t = cs_lpm_create(bits);
	struct cs_lpm_op ops[32];
	const char *bad = NULL;
	unsigned int r, i, n;
	u8 addr[32][16];
	struct entry *e;

	if (!m || !t)
		abort();
	m->bits = bits;
	for (r = 0; r < rounds && !bad; r++) {
		n = rnd(&seed) % 3 ? 1 : rnd(&seed) % 33;
		for (i = 0; i < n; i++) {
			draw(&seed, bits, spread, addr[i], &ops[i].len);
			ops[i].addr = addr[i];
			ops[i].value = 1 + rnd(&seed) % CS_LPM_VALUE_MAX;
			/* By turns it grows, and shrinks to little. */
			if (m->n &&
			    rnd(&seed) % (r / 500 % 2 ? 8 : most) < m->n) {
				/* Of what is there, replace or delete. */
				e = &m->e[rnd(&seed) % m->n];
				memcpy(addr[i], e->addr, 16);
				ops[i].len = e->len;
				if (rnd(&seed) % 4)
					ops[i].value = CS_LPM_NONE;
			}
		}
		bad = apply(t, m, ops, n);
		if (!bad && (r % 16 == 0 || r + 1 == rounds))
			bad = differ(t, m, 64, &seed, spread);
	}
	return end(t, m, bad);
}

TEST(random_v4) {
	unsigned int i;

	for (i = 0; i < SPREADS; i++) {
		EXPECT_FINE(churn(32, spreads[i], i, 3000, 40));
		EXPECT_FINE(churn(32, spreads[i], i + 4, 1000, 120));
		EXPECT_FINE(churn(32, spreads[i], i + 9, 1000, 600));
	}
}

TEST(random_v6) {
	unsigned int i;

	for (i = 0; i < SPREADS; i++) {
		EXPECT_FINE(churn(128, spreads[i], i, 2000, 40));
		EXPECT_FINE(churn(128, spreads[i], i + 4, 1000, 120));
		EXPECT_FINE(churn(128, spreads[i], i + 9, 500, 300));
	}
}

/*
 * An octet below which many prefixes are, of so many values, and some are longer:
 * by turns it fills up, and is left to few. Others cover all of it, or half.
 */
static const char *crowd(unsigned int bits, unsigned int at, u64 seed,
			 unsigned int values)
{
	struct model *m = calloc(1, sizeof(*m));
	struct cs_lpm *t = cs_lpm_create(bits);
	u8 addr[16][16] = { { 0 } };
	struct cs_lpm_op ops[16];
	const char *bad = NULL;
	unsigned int r, i, n;

	if (!m || !t)
		abort();
	m->bits = bits;
	for (r = 0; r < 2000 && !bad; r++) {
		n = rnd(&seed) % 2 ? 1 : rnd(&seed) % 17;
		for (i = 0; i < n; i++) {
			memset(addr[i], 7, at);
			memset(addr[i] + at, 0, 16 - at);
			addr[i][at] = rnd(&seed);
			ops[i].addr = addr[i];
			ops[i].len = 8 * at + 8;
			if (rnd(&seed) % 16 == 0) {
				addr[i][at + 1] = rnd(&seed);
				ops[i].len += rnd(&seed) % 8;
			} else if (rnd(&seed) % 32 == 0) {
				ops[i].len -= rnd(&seed) % 10;
			}
			mask(addr[i], ops[i].len, bits);
			ops[i].value = CS_LPM_NONE;
			if (rnd(&seed) % 8 < (r / 250 % 2 ? 1 : 7))
				ops[i].value = 1 + rnd(&seed) % values;
		}
		bad = apply(t, m, ops, n);
		if (!bad && (r % 100 == 0 || r + 1 == 2000))
			bad = differ(t, m, 64, &seed, ~0ULL);
	}
	return end(t, m, bad);
}

TEST(crowded_octet) {
	EXPECT_FINE(crowd(32, 1, 1, 1000));
	EXPECT_FINE(crowd(32, 2, 2, 1000));
	EXPECT_FINE(crowd(128, 2, 3, 1000));
	EXPECT_FINE(crowd(128, 7, 4, 1000));
	EXPECT_FINE(crowd(128, 14, 5, 1000));
}

TEST(crowded_octet_of_few_values) {
	EXPECT_FINE(crowd(32, 2, 6, 2));
	EXPECT_FINE(crowd(32, 2, 7, 9));
	EXPECT_FINE(crowd(32, 1, 8, 14));
	EXPECT_FINE(crowd(128, 5, 9, 3));
}

static int set(struct cs_lpm *t, const char *addr, u8 len, u16 value)
{
	struct cs_lpm_op op = { .addr = (const u8 *)addr,
				.len = len,
				.value = value };

	return cs_lpm_apply(t, &op, 1);
}

TEST(edges) {
	struct cs_lpm *t = cs_lpm_create(32);
	u8 len = 77;

	ASSERT_NE(NULL, t);
	EXPECT_EQ(CS_LPM_NONE, cs_lpm_lookup4(t, "\1\2\3\4"));
	EXPECT_EQ(CS_LPM_NONE, cs_lpm_match(t, "\1\2\3\4", &len));
	EXPECT_EQ(77, len);
	EXPECT_EQ(0, set(t, "\0\0\0\0", 0, CS_LPM_VALUE_MAX));
	EXPECT_EQ(0, set(t, "\xff\xff\xff\xff", 32, 2));
	EXPECT_EQ(0, set(t, "\x80\0\0\0", 1, 3));
	EXPECT_EQ(CS_LPM_VALUE_MAX, cs_lpm_lookup4(t, "\x7f\xff\xff\xff"));
	EXPECT_EQ(3, cs_lpm_lookup4(t, "\x80\0\0\0"));
	EXPECT_EQ(3, cs_lpm_lookup4(t, "\xff\xff\xff\xfe"));
	EXPECT_EQ(2, cs_lpm_lookup4(t, "\xff\xff\xff\xff"));
	EXPECT_EQ(0, set(t, "\xff\xff\xff\xff", 32, 0));
	EXPECT_EQ(3, cs_lpm_lookup4(t, "\xff\xff\xff\xff"));
	EXPECT_EQ(0, set(t, "\1\0\0\0", 8, 0));
	EXPECT_EQ(2, cs_lpm_count(t));
	cs_lpm_destroy(t);
	cs_lpm_destroy(NULL);
	settle();
	EXPECT_EQ(0, live);
}

TEST(same_prefix_twice_in_a_batch) {
	struct cs_lpm *t = cs_lpm_create(32);
	struct cs_lpm_op ops[] = {
		{ .addr = (const u8 *)"\12\0\0\0", .len = 8, .value = 1 },
		{ .addr = (const u8 *)"\12\0\0\0", .len = 8, .value = 2 },
		{ .addr = (const u8 *)"\12\1\0\0", .len = 16, .value = 3 },
		{ .addr = (const u8 *)"\12\1\0\0", .len = 16, .value = 0 },
		{ .addr = (const u8 *)"\12\1\0\0", .len = 16, .value = 0 },
	};

	ASSERT_NE(NULL, t);
	EXPECT_EQ(0, cs_lpm_apply(t, ops, 5));
	EXPECT_EQ(0, ops[0].old);
	EXPECT_EQ(1, ops[1].old);
	EXPECT_EQ(0, ops[2].old);
	EXPECT_EQ(3, ops[3].old);
	EXPECT_EQ(0, ops[4].old);
	EXPECT_EQ(1, cs_lpm_count(t));
	EXPECT_EQ(2, cs_lpm_lookup4(t, "\12\1\1\1"));
	cs_lpm_destroy(t);
	settle();
	EXPECT_EQ(0, live);
}

TEST(walk_goes_on_behind_what_was_deleted) {
	struct cs_lpm *t = cs_lpm_create(32);
	u8 addr[4];
	int len = -1;

	ASSERT_NE(NULL, t);
	EXPECT_EQ(0, set(t, "\12\0\0\0", 8, 1));
	EXPECT_EQ(0, set(t, "\12\1\0\0", 16, 2));
	EXPECT_EQ(0, set(t, "\12\1\1\0", 24, 3));
	EXPECT_EQ(0, set(t, "\13\0\0\0", 8, 4));
	EXPECT_EQ(1, cs_lpm_next(t, addr, &len));
	EXPECT_EQ(2, cs_lpm_next(t, addr, &len));
	EXPECT_EQ(0, set(t, "\12\1\0\0", 16, 0));
	EXPECT_EQ(0, set(t, "\12\1\0\0", 17, 5));
	EXPECT_EQ(5, cs_lpm_next(t, addr, &len));
	EXPECT_EQ(0, set(t, "\12\1\0\0", 17, 0));
	EXPECT_EQ(3, cs_lpm_next(t, addr, &len));
	EXPECT_EQ(4, cs_lpm_next(t, addr, &len));
	EXPECT_EQ(0, cs_lpm_next(t, addr, &len));
	cs_lpm_destroy(t);
	settle();
}

TEST(memory_at_odd_places) {
	oddly = true;
	EXPECT_FINE(churn(32, spreads[5], 3, 500, 600));
	EXPECT_FINE(churn(128, spreads[4], 4, 500, 300));
	EXPECT_FINE(crowd(32, 2, 7, 9));
	oddly = false;
}

/* What is told before the rest is looked at has room for so many bits. */
static const char *lone(unsigned int bits, unsigned int len)
{
	static const u8 addr[16] = { 10, 255, 1, 128, 255, 160 };
	struct model *m = calloc(1, sizeof(*m));
	struct cs_lpm *t = cs_lpm_create(bits);
	struct cs_lpm_op op = { .len = len, .value = CS_LPM_VALUE_MAX };
	const char *bad;
	u8 prefix[16];
	u64 seed = 1;

	if (!m || !t)
		abort();
	m->bits = bits;
	memcpy(prefix, addr, sizeof(prefix));
	mask(prefix, len, bits);
	op.addr = prefix;
	bad = apply(t, m, &op, 1) ?: differ(t, m, 64, &seed, ~0ULL);
	op.value = CS_LPM_NONE;
	bad = bad ?: apply(t, m, &op, 1) ?: differ(t, m, 64, &seed, ~0ULL);
	return end(t, m, bad);
}

TEST(one_prefix) {
	unsigned int len;

	for (len = 0; len <= 32; len++)
		EXPECT_FINE(lone(32, len));
	for (len = 0; len <= 128; len++)
		EXPECT_FINE(lone(128, len));
}

/* 256 subnets of so many values. */
static size_t bytes_of_octet(unsigned int values)
{
	struct cs_lpm *t = cs_lpm_create(32);
	u8 addr[4] = { 10, 1 };
	unsigned int i;
	size_t bytes;

	for (i = 0; i < 256; i++) {
		addr[2] = i;
		if (set(t, (char *)addr, 24, 1 + i % values))
			abort();
	}
	bytes = cs_lpm_bytes(t);
	cs_lpm_destroy(t);
	settle();
	return bytes;
}

TEST(few_values_are_small) {
	EXPECT_LE(bytes_of_octet(2) + 800, bytes_of_octet(256));
	EXPECT_EQ(bytes_of_octet(2), bytes_of_octet(16));
	EXPECT_EQ(bytes_of_octet(17), bytes_of_octet(256));
}

TEST(small_table_is_small) {
	struct cs_lpm *t4 = cs_lpm_create(32), *t6 = cs_lpm_create(128);
	u8 addr[16] = { 0 };
	unsigned int i;

	ASSERT_NE(NULL, t4);
	ASSERT_NE(NULL, t6);
	for (i = 0; i < 10; i++) {
		addr[0] = i * 25;
		addr[1] = i;
		EXPECT_EQ(0, set(t4, (char *)addr, 16 + i % 9, i + 1));
		EXPECT_EQ(0, set(t6, (char *)addr, 32 + i % 17, i + 1));
	}
	EXPECT_LE(cs_lpm_bytes(t4), 1024);
	EXPECT_LE(cs_lpm_bytes(t6), 1024);
	cs_lpm_destroy(t4);
	cs_lpm_destroy(t6);
	settle();
}

/*
 * The nth allocation of a batch fails, for each n that there is; the table
 * must be as it was, and hold what it held.
 */
static const char *failures(unsigned int bits, u64 spread, u64 seed)
{
	struct model *m = calloc(1, sizeof(*m));
	struct cs_lpm *t = cs_lpm_create(bits);
	unsigned int r, i, n, failed = 0;
	struct cs_lpm_op ops[16];
	const char *bad = NULL;
	u8 addr[16][16];
	long was;
	int err;

	if (!m || !t)
		abort();
	m->bits = bits;
	for (r = 0; r < 60 && !bad; r++) {
		n = rnd(&seed) % 2 ? 1 : 1 + rnd(&seed) % 16;
		for (i = 0; i < n; i++) {
			draw(&seed, bits, spread, addr[i], &ops[i].len);
			ops[i].addr = addr[i];
			ops[i].value = rnd(&seed) % 3;
			if (m->n && rnd(&seed) % 2) {
				memcpy(addr[i], m->e[i % m->n].addr, 16);
				ops[i].len = m->e[i % m->n].len;
			}
		}
		was = live;
		for (i = 0; !bad; i++) {
			fail_at = i;
			err = cs_lpm_apply(t, ops, n);
			fail_at = -1;
			settle();
			if (!err)
				break;
			failed++;
			if (err != -ENOMEM)
				bad = "error number";
			else if (live != was)
				bad = "leak on failure";
			else
				bad = differ(t, m, 16, &seed, spread);
		}
		for (i = 0; i < n; i++)
			model_set(m, ops[i].addr, ops[i].len, ops[i].value);
		if (!bad)
			bad = differ(t, m, 16, &seed, spread);
	}
	cs_lpm_destroy(t);
	settle();
	free(m);
	if (!bad && failed < 60)
		bad = "allocated too seldom";
	return bad ?: live ? "leak" : NULL;
}

TEST(every_allocation_fails_once) {
	fail_at = 0;
	EXPECT_EQ(NULL, cs_lpm_create(32));
	fail_at = -1;
	EXPECT_FINE(failures(32, spreads[1], 1));
	EXPECT_FINE(failures(32, spreads[2], 2));
	EXPECT_FINE(failures(32, spreads[0], 3));
	EXPECT_FINE(failures(32, spreads[5], 6));
	EXPECT_FINE(failures(128, spreads[5], 7));
	EXPECT_FINE(failures(128, spreads[1], 4));
	EXPECT_FINE(failures(128, spreads[2], 5));
}

TEST_HARNESS_MAIN

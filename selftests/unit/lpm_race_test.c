// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lookup table under readers that run while a writer changes what they
 * look up. Run with ASan, which sees what was freed too early, and with TSan,
 * which sees what was published too early.
 */
#include "kselftest_harness.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "unit/lpm_env.h"

static pthread_rwlock_t readers =
	PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;

/* In the midst of a change, where the kernel may let others run too. */
static void call_late(struct rcu_head *head,
		      void (*func)(struct rcu_head *head))
{
	static unsigned int n;

	call_later(head, func);
	if (n++ % 8 == 0)
		sched_yield();
}

struct cs_env cs_env = {
	.alloc = malloc,
	.free = free,
	.call_rcu = call_late,
};

/* A grace period: readers hold the lock while they look. */
static void wait_and_settle(void)
{
	pthread_rwlock_wrlock(&readers);
	settle();
	pthread_rwlock_unlock(&readers);
}

/*
 * Readers beside a writer. The writer numbers its batches; each batch sets
 * SLOTS prefixes to the batch's number, some longer ones under an even
 * batch and their cover under an odd one, so that they come and go. A reader
 * looks up one address of each slot in turn, and may see the number rise but
 * never fall, or go below what the table held when it began to look.
 */
#define SLOTS 128

/* Where the machine is busy, not all batches need be applied. */
#define RACE_S 6

struct race {
	struct cs_lpm *t;
	unsigned int bits;
	time_t until;
	u16 done; /* the last batch that was applied */
	bool stop;
	const char *bad;
	u64 looks;
};

static void slot_addr(u8 *addr, unsigned int slot)
{
	memset(addr, 0, 16);
	/* Lists at several depths, and more below one octet than a list takes. */
	addr[0] = 10 + slot % 8 / 7 * 80;
	addr[1] = slot / 3;
	addr[2] = slot * 37;
	addr[3] = slot * 101;
	addr[8] = slot;
}

static const char *bad(const struct race *r)
{
	return __atomic_load_n(&r->bad, __ATOMIC_RELAXED);
}

static bool goes_on(const struct race *r)
{
	return !bad(r) && time(NULL) < r->until;
}

static void *race_reader(void *arg)
{
	unsigned int slot = 0, i;
	struct race *r = arg;
	u16 seen, v;
	u8 addr[16];
	u64 n = 0;

	while (!__atomic_load_n(&r->stop, __ATOMIC_RELAXED)) {
		pthread_rwlock_rdlock(&readers);
		seen = __atomic_load_n(&r->done, __ATOMIC_ACQUIRE);
		for (i = 0; i < 4 * SLOTS; i++, n++) {
			slot = (slot + 7) % SLOTS;
			slot_addr(addr, slot);
			v = look(r->t, r->bits, addr);
			if (v < seen)
				__atomic_store_n(&r->bad,
						 v ? "part of a batch" :
						     "a gap",
						 __ATOMIC_RELAXED);
			seen = v;
		}
		pthread_rwlock_unlock(&readers);
	}
	__atomic_fetch_add(&r->looks, n, __ATOMIC_RELAXED);
	return NULL;
}

static const char *race(unsigned int bits)
{
	struct race r = { .bits = bits,
			  .until = time(NULL) + RACE_S,
			  .t = cs_lpm_create(bits) };
	struct cs_lpm_op ops[2 * SLOTS];
	u8 addr[2 * SLOTS][16];
	pthread_t thread[2];
	unsigned int b, i;
	u64 seed = 5;

	if (!r.t)
		abort();
	for (b = 1; b <= 500 && goes_on(&r); b++) {
		for (i = 0; i < 2 * SLOTS; i++) {
			slot_addr(addr[i], i / 2);
			ops[i].addr = addr[i];
			ops[i].value = b;
			/* Even: comes and goes. Odd: its cover, stays. */
			ops[i].len = i % 2 ? 14 : i % 4 ? bits - 11 : bits;
			if (i % 2 == 0 && (i / 2 + b) % 3 == 0)
				ops[i].value = CS_LPM_NONE;
			mask(addr[i], ops[i].len, bits);
		}
		for (i = 0; i < 2 * SLOTS; i++) {
			struct cs_lpm_op op = ops[i];
			unsigned int j = i + rnd(&seed) % (2 * SLOTS - i);

			ops[i] = ops[j];
			ops[j] = op;
		}
		if (cs_lpm_apply(r.t, ops, 2 * SLOTS))
			abort();
		__atomic_store_n(&r.done, b, __ATOMIC_RELEASE);
		if (b == 1)
			for (i = 0; i < 2; i++)
				pthread_create(&thread[i], NULL, race_reader,
					       &r);
		wait_and_settle();
	}
	__atomic_store_n(&r.stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	cs_lpm_destroy(r.t);
	settle();
	return bad(&r) ?: r.looks < 1000 ? "hardly looked" : NULL;
}

/*
 * What all prefixes begin with is told first, and differs from batch to batch:
 * one prefix, or another one below it; and after each of these, one that begins
 * otherwise. All have the batch's number. A reader that saw one number before and
 * after it looked at that other one saw the same batch's.
 */
#define BATCHES 20000

static const u8 first[16] = { 10, 1 }, other[16] = { 192, 1 },
		below[16] = { 10, 1, 1 };

static void *common_reader(void *arg)
{
	struct race *r = arg;
	u16 v, o;
	u64 n = 0;

	while (!__atomic_load_n(&r->stop, __ATOMIC_RELAXED)) {
		pthread_rwlock_rdlock(&readers);
		for (unsigned int i = 0; i < 64; i++, n++) {
			v = look(r->t, r->bits, n % 2 ? first : below);
			o = look(r->t, r->bits, other);
			if (look(r->t, r->bits, first) == v &&
			    o != (v % 2 ? v : CS_LPM_NONE))
				__atomic_store_n(&r->bad, "another batch's",
						 __ATOMIC_RELAXED);
		}
		pthread_rwlock_unlock(&readers);
	}
	__atomic_fetch_add(&r->looks, n, __ATOMIC_RELAXED);
	return NULL;
}

static const char *race_common(unsigned int bits)
{
	struct race r = { .bits = bits,
			  .until = time(NULL) + RACE_S,
			  .t = cs_lpm_create(bits) };
	struct cs_lpm_op ops[] = {
		{ .addr = first, .len = 16, .value = 2 },
		{ .addr = other, .len = 16 },
		{ .addr = below, .len = 24 },
	};
	pthread_t thread;
	unsigned int b;

	if (!r.t || cs_lpm_apply(r.t, ops, 1))
		abort();
	pthread_create(&thread, NULL, common_reader, &r);
	for (b = 3; b < BATCHES && goes_on(&r); b++) {
		ops[0].value = b;
		ops[1].value = b % 2 ? b : CS_LPM_NONE;
		ops[2].value = b % 4 == 2 ? b : CS_LPM_NONE;
		if (cs_lpm_apply(r.t, ops, 3))
			abort();
		wait_and_settle();
	}
	__atomic_store_n(&r.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	cs_lpm_destroy(r.t);
	settle();
	return bad(&r) ?: r.looks < 1000 ? "hardly looked" : NULL;
}

static void of_both(struct __test_metadata *_metadata,
		    const char *(*fn)(unsigned int bits))
{
	const char *wrong;
	unsigned int bits;

	for (bits = 32; bits <= 128; bits += 96) {
		wrong = fn(bits);
		EXPECT_EQ(NULL, wrong)
		{
			TH_LOG("%u bits: %s", bits, wrong);
		}
	}
}

TEST(what_is_common_is_the_batchs) {
	of_both(_metadata, race_common);
}

TEST(readers_see_whole_batches) {
	of_both(_metadata, race);
}

TEST_HARNESS_MAIN

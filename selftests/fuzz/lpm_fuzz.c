// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lookup table under libFuzzer: the input is a list of changes, grouped
 * into batches, some of which meet a failing allocation; what the table says
 * must be what a linear scan says.
 *
 * The first octet: bit 0, the family. Then each change: an octet of flags
 * (0x80: the batch ends here; 0x40: delete; 0x3f: which allocation fails, if
 * it is below 32), the length, and six octets that fill the address where
 * tables branch.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "unit/lpm_env.h"

#define PREFIXES 512
#define BATCH 64

static long fail_at = -1, live;

static void *fuzz_alloc(size_t size)
{
	if (fail_at >= 0 && fail_at-- == 0)
		return NULL;
	live++;
	return malloc(size);
}

static void fuzz_free(void *p)
{
	live -= !!p;
	free(p);
}

struct cs_env cs_env = {
	.alloc = fuzz_alloc,
	.free = fuzz_free,
	.call_rcu = call_later,
};

struct entry {
	uint8_t addr[16];
	uint8_t len;
	uint16_t value;
};

static struct entry model[PREFIXES];
static size_t held;

static bool covers(const struct entry *e, const uint8_t *addr)
{
	unsigned int i;

	for (i = 0; i < e->len; i++)
		if ((e->addr[i / 8] ^ addr[i / 8]) & 0x80 >> i % 8)
			return false;
	return true;
}

static void model_set(const struct cs_lpm_op *op, unsigned int octets)
{
	struct entry *e;
	size_t i;

	for (i = 0; i < held; i++)
		if (model[i].len == op->len &&
		    !memcmp(model[i].addr, op->addr, octets))
			break;
	e = &model[i];
	if ((i < held ? e->value : 0) != op->old)
		abort();
	if (!op->value) {
		if (i < held)
			*e = model[--held];
		return;
	}
	if (i == held)
		held++;
	memset(e, 0, sizeof(*e));
	memcpy(e->addr, op->addr, octets);
	e->len = op->len;
	e->value = op->value;
}

static void check(const struct cs_lpm *t, const uint8_t *addr, bool v4)
{
	const struct entry *best = NULL;
	uint16_t want, got;
	uint8_t len = 0;
	size_t i;

	for (i = 0; i < held; i++)
		if (covers(&model[i], addr) &&
		    (!best || model[i].len > best->len))
			best = &model[i];
	want = best ? best->value : 0;
	got = look(t, v4 ? 32 : 128, addr);
	if (got != want || cs_lpm_match(t, addr, &len) != want ||
	    (best && len != best->len))
		abort();
}

static void check_all(const struct cs_lpm *t, bool v4)
{
	uint8_t addr[16] = { 0 };
	int len = -1;
	size_t i;

	if (cs_lpm_count(t) != held)
		abort();
	for (i = 0; i < held; i++) {
		if (!cs_lpm_next(t, addr, &len) ||
		    cs_lpm_get(t, model[i].addr, model[i].len) !=
			    model[i].value)
			abort();
		check(t, model[i].addr, v4);
	}
	if (cs_lpm_next(t, addr, &len))
		abort();
}

static void read_prefix(const uint8_t *in, unsigned int octets, uint8_t *addr,
			uint8_t *len)
{
	/* Where routes branch: the whole of IPv4; three places of IPv6. */
	static const uint8_t where[] = { 0, 1, 2, 3, 5, 15 };
	unsigned int i;

	memset(addr, 0, 16);
	*len = in[0] % (octets * 8 + 1);
	for (i = 0; i < sizeof(where); i++)
		if (where[i] < octets)
			addr[where[i]] = in[1 + i];
	mask(addr, *len, octets * 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t size)
{
	bool v4 = size && in[0] & 1;
	unsigned int octets = v4 ? 4 : 16, n = 0, i;
	struct cs_lpm_op ops[BATCH];
	uint8_t addr[BATCH][16];
	struct cs_lpm *t;
	int err;

	t = cs_lpm_create(octets * 8);
	held = 0;
	for (in++; size > 8; size -= 8, in += 8) {
		read_prefix(in + 1, octets, addr[n], &ops[n].len);
		ops[n].addr = addr[n];
		ops[n].value = in[0] & 0x40 ? CS_LPM_NONE : 1 + in[7] % 100;
		n++;
		if (!(in[0] & 0x80) && n < BATCH && size > 16)
			continue;
		if (held + n > PREFIXES)
			break;
		fail_at = (in[0] & 0x3f) < 32 ? in[0] & 0x3f : -1;
		err = cs_lpm_apply(t, ops, n);
		fail_at = -1;
		for (i = 0; !err && i < n; i++)
			model_set(&ops[i], octets);
		settle();
		for (i = 0; i < n; i++)
			check(t, addr[i], v4);
		n = 0;
	}
	check_all(t, v4);
	cs_lpm_destroy(t);
	settle();
	if (live)
		abort();
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the table takes from its surroundings: integer types, allocation, and
 * the read side of RCU. In the kernel that is the kernel; in user space, a
 * few lines over C11 that mean the same, so that the table's sources are
 * tested, fuzzed and measured there as they are. Nothing else of the kernel
 * may be used in kmod/table/.
 *
 * In user space memory comes from, and goes back through, cs_env, which a
 * test may set: to fail the nth allocation, or to keep what readers may
 * still see until its own grace period has passed.
 */
#ifndef CS_TABLE_ENV_H
#define CS_TABLE_ENV_H

#ifdef __KERNEL__

#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/prefetch.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/barrier.h>

#include "compat/unaligned.h"

static inline void *env_alloc(size_t size)
{
	return kmalloc(size, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
}

static inline void env_free(const void *p)
{
	kfree(p);
}

/* What the allocator takes for @size octets. */
static inline size_t env_rounded(size_t size)
{
	return kmalloc_size_roundup(size);
}

#define env_call_rcu(head, func) call_rcu(head, func)
#define env_resched() cond_resched()
#define env_prefetch(p) prefetch(p)

#else /* user space */

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
};

/**
 * struct cs_env - what the program gives to the table in user space
 * @alloc: as malloc()
 * @free: as free()
 * @call_rcu: call @func once every reader of now has ended
 */
struct cs_env {
	void *(*alloc)(size_t size);
	void (*free)(void *p);
	void (*call_rcu)(struct rcu_head *head,
			 void (*func)(struct rcu_head *head));
};

/* Defined by the program. */
extern struct cs_env cs_env;

#define BITS_PER_LONG (8 * __SIZEOF_LONG__)
#define __rcu
#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define smp_load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), v, __ATOMIC_RELAXED)
#define rcu_dereference(p) __atomic_load_n(&(p), __ATOMIC_ACQUIRE)
#define rcu_dereference_protected(p, c) ((void)(c), (p))
#define rcu_assign_pointer(p, v) __atomic_store_n(&(p), v, __ATOMIC_RELEASE)
#define RCU_INIT_POINTER(p, v) __atomic_store_n(&(p), v, __ATOMIC_RELAXED)
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr)-offsetof(type, member)))
#define min_t(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))

/* What the kernel has, and C11 has not. */
#define __force
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#ifndef noinline
#define noinline __attribute__((noinline))
#endif
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define OPTIMIZER_HIDE_VAR(v) __asm__("" : "+r"(v))
#define fls64(x) ((x) ? 64 - __builtin_clzll(x) : 0)
#define hweight64(x) ((unsigned int)__builtin_popcountll(x))

#define get_unaligned(p)                                                       \
	(((const struct { __typeof__(*(p)) v; } __attribute__((packed)) *)(p)) \
		 ->v)
#define put_unaligned(x, p)                                                   \
	(((struct { __typeof__(*(p)) v; } __attribute__((packed)) *)(p))->v = \
		 (x))

static inline u32 get_unaligned_be32(const void *p)
{
	u32 v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

static inline u64 get_unaligned_be64(const void *p)
{
	u64 v;

	memcpy(&v, p, sizeof(v));
	return be64toh(v);
}

static inline u16 get_unaligned_le16(const void *p)
{
	u16 v;

	memcpy(&v, p, sizeof(v));
	return le16toh(v);
}

static inline void put_unaligned_le16(u16 v, void *p)
{
	v = htole16(v);
	memcpy(p, &v, sizeof(v));
}

static inline u64 get_unaligned_le64(const void *p)
{
	u64 v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static inline void *env_alloc(size_t size)
{
	return cs_env.alloc(size);
}

static inline void env_free(const void *p)
{
	cs_env.free((void *)p);
}

/* As the kernel's slabs round it. */
static inline size_t env_rounded(size_t size)
{
	size_t room = 8;

	if (size > 64 && size <= 96)
		return 96;
	if (size > 128 && size <= 192)
		return 192;
	while (room < size)
		room *= 2;
	return room;
}

#define env_call_rcu(head, func) cs_env.call_rcu(head, func)
/* As x86 has it in the kernel: to the first level, past the second. */
#define env_prefetch(p) __builtin_prefetch(p, 0, 0)
#define env_resched() ((void)0)

#endif /* __KERNEL__ */

#endif /* CS_TABLE_ENV_H */

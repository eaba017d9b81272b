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
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/unaligned.h>

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

#define env_free_rcu(p, field) kfree_rcu(p, field)
#define env_resched() cond_resched()

#else /* user space */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

/**
 * struct cs_env - the memory of user space
 * @alloc: as malloc()
 * @free: as free(), of what no reader has seen
 * @defer: free once every reader of now has ended
 */
struct cs_env {
	void *(*alloc)(size_t size);
	void (*free)(void *p);
	void (*defer)(void *p);
};

/* Defined by the program. */
extern struct cs_env cs_env;

#define __rcu
#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), v, __ATOMIC_RELAXED)
#define rcu_dereference(p) __atomic_load_n(&(p), __ATOMIC_ACQUIRE)
#define rcu_dereference_protected(p, c) ((void)(c), (p))
#define rcu_assign_pointer(p, v) __atomic_store_n(&(p), v, __ATOMIC_RELEASE)
#define RCU_INIT_POINTER(p, v) __atomic_store_n(&(p), v, __ATOMIC_RELAXED)
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr)-offsetof(type, member)))
#define min_t(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))

struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
};

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

#define env_free_rcu(p, field) cs_env.defer(p)
#define env_resched() ((void)0)

#endif /* __KERNEL__ */

#endif /* CS_TABLE_ENV_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * WireGuard's allowedips in the bench: the kernel's own source, taken from
 * Debian's package when the bench is built, over as much of the kernel as it
 * uses. Taking a reference to the peer, which the kernel also does, is left
 * out; nodes lie in huge pages, one behind the other.
 */
#include "table.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define __rcu
#define __init
#define __aligned(x) __attribute__((aligned(x)))
#define __alignof(x) __alignof__(x)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr)-offsetof(type, member)))
#define WARN_ON(x) (x)
#define IS_ENABLED(x) 0
#define DIV_ROUND_UP(n, d) (((n) + (d)-1) / (d))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define GFP_KERNEL 0
#define SLAB_HWCACHE_ALIGN 0
#define BITS_PER_LONG 64
#define be32_to_cpu(x) be32toh(x)
#define cpu_to_be64(x) htobe64(x)
#define fls(x) ((x) ? 32 - __builtin_clz(x) : 0)
#define fls64(x) ((x) ? 64 - __builtin_clzll(x) : 0)
#define rcu_access_pointer(p) (p)
#define rcu_dereference_raw(p) __atomic_load_n(&(p), __ATOMIC_RELAXED)
#define rcu_dereference_bh(p) __atomic_load_n(&(p), __ATOMIC_RELAXED)
#define rcu_dereference_protected(p, c) (p)
#define rcu_assign_pointer(p, v) __atomic_store_n(&(p), v, __ATOMIC_RELEASE)
#define RCU_INIT_POINTER(p, v) ((p) = (v))
#define lockdep_is_held(lock) 1
#define rcu_read_lock_bh() ((void)0)
#define rcu_read_unlock_bh() ((void)0)
#define rcu_barrier() ((void)0)
#define call_rcu(head, func) (func)(head)

struct mutex {
	int unused;
};

struct rcu_head {
	void *unused[2];
};

struct list_head {
	struct list_head *next, *prev;
};

static void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

static void list_del(struct list_head *entry)
{
	entry->next->prev = entry->prev;
	entry->prev->next = entry->next;
}

static void list_del_init(struct list_head *entry)
{
	list_del(entry);
	INIT_LIST_HEAD(entry);
}

static void list_add_tail(struct list_head *entry, struct list_head *head)
{
	entry->next = head;
	entry->prev = head->prev;
	head->prev->next = entry;
	head->prev = entry;
}

static void list_move_tail(struct list_head *entry, struct list_head *head)
{
	list_del(entry);
	list_add_tail(entry, head);
}

static bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

#define list_entry(ptr, type, member) container_of(ptr, type, member)
#define list_for_each_entry_safe(pos, n, head, member)                  \
	for (pos = list_entry((head)->next, __typeof__(*pos), member),  \
	    n = list_entry(pos->member.next, __typeof__(*pos), member); \
	     &pos->member != (head);                                    \
	     pos = n, n = list_entry(n->member.next, __typeof__(*n), member))

struct wg_peer {
	struct list_head allowedips_list;
	u16 value;
};

#define wg_peer_get_maybe_zero(peer) (peer)

struct sk_buff {
	u16 protocol;
	struct iphdr *v4;
	struct ipv6hdr *v6;
};

#define ip_hdr(skb) ((skb)->v4)
#define ipv6_hdr(skb) ((skb)->v6)

static u64 get_unaligned_be64(const void *p)
{
	u64 v;

	memcpy(&v, p, sizeof(v));
	return be64toh(v);
}

/* Nodes one behind the other; they go all at once. */
#define ARENA (256UL << 20)

struct kmem_cache {
	char *arena;
	size_t size, used;
};

static struct kmem_cache *cache_create(size_t size)
{
	struct kmem_cache *cache = calloc(1, sizeof(*cache));

	cache->size = size;
	cache->arena = aligned_alloc(2UL << 20, ARENA);
	madvise(cache->arena, ARENA, MADV_HUGEPAGE);
	return cache;
}

static void *kmem_cache_zalloc(struct kmem_cache *cache, int flags)
{
	void *p = cache->arena + cache->used;

	(void)flags;
	if (cache->used + cache->size > ARENA)
		return NULL;
	cache->used += cache->size;
	return memset(p, 0, cache->size);
}

static void kmem_cache_free(struct kmem_cache *cache, void *p)
{
	(void)cache;
	(void)p;
}

static void kmem_cache_destroy(struct kmem_cache *cache)
{
	free(cache->arena);
	free(cache);
}

#define KMEM_CACHE(name, flags) cache_create(sizeof(struct name))

#include "allowedips.c"

#define VALUES 32768

struct wg {
	struct allowedips table;
	struct mutex lock;
	unsigned int bits;
	struct wg_peer peer[VALUES];
};

static void wg_free(void *table)
{
	wg_allowedips_slab_uninit();
	free(table);
}

static void *wg_load(const struct set *set, const char **why)
{
	struct wg *wg = aligned_alloc(64, (sizeof(*wg) + 63) & ~63UL);
	const struct entry *p;
	size_t i;
	int err = 0;

	if (!wg || wg_allowedips_slab_init())
		abort();
	memset(wg, 0, sizeof(*wg));
	wg_allowedips_init(&wg->table);
	for (i = 0; i < VALUES; i++) {
		INIT_LIST_HEAD(&wg->peer[i].allowedips_list);
		wg->peer[i].value = i;
	}
	for (i = 0; i < set->n && !err; i++) {
		p = &set->prefix[i];
		if (set->bits == 32)
			err = wg_allowedips_insert_v4(
				&wg->table, (const void *)p->addr, p->len,
				&wg->peer[p->value], &wg->lock);
		else
			err = wg_allowedips_insert_v6(
				&wg->table, (const void *)p->addr, p->len,
				&wg->peer[p->value], &wg->lock);
	}
	if (err) {
		*why = "no memory";
		wg_free(wg);
		return NULL;
	}
	return wg;
}

static size_t wg_bytes(void *table)
{
	(void)table;
	return node_cache->used;
}

static uint64_t wg_walk(void *table, const struct set *set, int trace,
			size_t from, bool chain, double *ns)
{
	unsigned int octets = set->bits / 8;
	const uint8_t *addr = set->trace[trace] + from * octets;
	u64 key[2] = { 0 }, mask = chain ? 1U << 31 : 0, sum = 0;
	struct wg *wg = table;
	struct wg_peer *peer;
	double start = now_ns();
	u64 v = 0;
	size_t i;

	/* A value never has bit 31, which the compiler cannot know. */
	__asm__("" : "+r"(mask));
	for (i = 0; i < SLICE_LEN; i++) {
		memcpy(key, addr + i * octets, octets);
		key[0] ^= v & mask;
		peer = lookup(octets == 4 ? wg->table.root4 : wg->table.root6,
			      set->bits, key);
		v = peer ? peer->value : 0;
		sum += v;
	}
	*ns = now_ns() - start;
	return sum;
}

const struct peer peer_allowedips = {
	.name = "allowedips",
	.load = wg_load,
	.bytes = wg_bytes,
	.walk = wg_walk,
	.free = wg_free,
};

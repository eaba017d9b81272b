// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF_MAP_TYPE_LPM_TRIE, and the kernel's routing table, in the bench, as a
 * packet's program uses them: lookups by the helpers, timed inside the kernel.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define SLICE_LEN (1U << 13)

struct key {
	__u32 len;
	__u8 addr[16];
};

struct key4 {
	__u32 len;
	__u32 addr;
};

struct run {
	__u64 sum;
	__u64 nanoseconds;
	__u32 mask;
	__u32 last;
	__u32 device;
	__u32 unused;
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1000001);
	__type(key, struct key4);
	__type(value, __u32);
} table4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1000001);
	__type(key, struct key);
	__type(value, __u32);
} table6 SEC(".maps");

/* Addresses of a slice. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SLICE_LEN);
	__type(key, __u32);
	__type(value, __u64[2]);
} slice SEC(".maps");

/* Set before a run: what the next key takes of the last value. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct run);
} run SEC(".maps");

static long look4(__u32 i, struct run *s)
{
	struct key4 key = { .len = 32 };
	__u64 *addr;
	__u32 *v;

	addr = bpf_map_lookup_elem(&slice, &i);
	if (!addr)
		return 1;
	key.addr = *addr ^ (s->last & s->mask);
	v = bpf_map_lookup_elem(&table4, &key);
	s->last = v ? *v : 0;
	s->sum += s->last;
	return 0;
}

static long look6(__u32 i, struct run *s)
{
	struct key key = { .len = 128 };
	__u64 *addr, first;
	__u32 *v;

	addr = bpf_map_lookup_elem(&slice, &i);
	if (!addr)
		return 1;
	first = addr[0] ^ (s->last & s->mask);
	__builtin_memcpy(key.addr, &first, 8);
	__builtin_memcpy(key.addr + 8, &addr[1], 8);
	v = bpf_map_lookup_elem(&table6, &key);
	s->last = v ? *v : 0;
	s->sum += s->last;
	return 0;
}

/* Without rules and neighbours, and as if a packet had come in by a device. */
#define FLAGS (BPF_FIB_LOOKUP_DIRECT | BPF_FIB_LOOKUP_SKIP_NEIGH)

struct fib {
	struct run *run;
	struct xdp_md *ctx;
};

static long look_fib4(__u32 i, struct fib *f)
{
	struct bpf_fib_lookup p = { .family = 2, .ifindex = f->run->device };
	struct run *s = f->run;
	__u64 *addr;

	addr = bpf_map_lookup_elem(&slice, &i);
	if (!addr)
		return 1;
	p.ipv4_dst = *addr ^ (s->last & s->mask);
	s->last = 0;
	if (!bpf_fib_lookup(f->ctx, &p, sizeof(p), FLAGS))
		s->last = p.ipv4_dst >> 24 | (p.ipv4_dst >> 8 & 0xff00);
	s->sum += s->last;
	return 0;
}

static long look_fib6(__u32 i, struct fib *f)
{
	struct bpf_fib_lookup p = { .family = 10, .ifindex = f->run->device };
	struct run *s = f->run;
	__u64 *addr, first;

	addr = bpf_map_lookup_elem(&slice, &i);
	if (!addr)
		return 1;
	first = addr[0] ^ (s->last & s->mask);
	__builtin_memcpy(p.ipv6_dst, &first, 8);
	__builtin_memcpy(p.ipv6_dst + 2, &addr[1], 8);
	s->last = 0;
	if (!bpf_fib_lookup(f->ctx, &p, sizeof(p), FLAGS))
		s->last = p.ipv6_dst[3] >> 24 | (p.ipv6_dst[3] >> 8 & 0xff00);
	s->sum += s->last;
	return 0;
}

/* Run @look for each address of the slice, by way of the routing table. */
static __always_inline int fib(struct xdp_md *ctx, void *look)
{
	__u32 zero = 0;
	struct fib f = { .run = bpf_map_lookup_elem(&run, &zero), .ctx = ctx };
	__u64 start;

	if (!f.run)
		return XDP_DROP;
	start = bpf_ktime_get_ns();
	bpf_loop(SLICE_LEN, look, &f, 0);
	f.run->nanoseconds = bpf_ktime_get_ns() - start;
	return XDP_PASS;
}

SEC("xdp")
int fib4(struct xdp_md *ctx)
{
	return fib(ctx, look_fib4);
}

SEC("xdp")
int fib6(struct xdp_md *ctx)
{
	return fib(ctx, look_fib6);
}

/* As fib(), by way of an LPM trie. */
static __always_inline int walk(void *look)
{
	__u32 zero = 0;
	struct run *r = bpf_map_lookup_elem(&run, &zero), s = { 0 };
	__u64 start;

	if (!r)
		return XDP_DROP;
	s.mask = r->mask;
	start = bpf_ktime_get_ns();
	bpf_loop(SLICE_LEN, look, &s, 0);
	r->nanoseconds = bpf_ktime_get_ns() - start;
	r->sum = s.sum;
	return XDP_PASS;
}

SEC("xdp")
int walk4(struct xdp_md *ctx)
{
	(void)ctx;
	return walk(look4);
}

SEC("xdp")
int walk6(struct xdp_md *ctx)
{
	(void)ctx;
	return walk(look6);
}

char _license[] SEC("license") = "GPL";

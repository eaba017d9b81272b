/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets that wait for a gateway's SA: a first-in first-out queue a gateway,
 * bounded in packets, octets and age, and by what all the queues of its
 * namespace may hold together. Knows nothing of gateways, nor what becomes of
 * a packet: a function of its owner's is run when there is something to do.
 *
 * A packet that waits pins nothing: no route, no interface. It keeps its
 * socket, whose write memory it is charged to, and its conntrack entry, so a
 * queue must be emptied before its namespace's other parts go.
 */
#ifndef CS_QUEUE_QUEUE_H
#define CS_QUEUE_QUEUE_H

#include <linux/sizes.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>

/* Limits when nobody says otherwise. */
#define CS_QUEUE_PACKETS 256
#define CS_QUEUE_BYTES SZ_1M
/* Outlives one lost message of IKE, which strongSwan repeats after 4 s. */
#define CS_QUEUE_AGE_MS 5000
#define CS_QUEUE_TOTAL_BYTES SZ_16M

/**
 * struct cs_queue_pool - what the queues of a namespace share
 * @packets: limit a queue; 0: nothing waits
 * @bytes: limit a queue, in octets of memory (skb->truesize)
 * @age: limit, in milliseconds
 * @total_bytes: limit of all queues together
 * @held: octets held now
 * The limits are read without a lock, and may change at any time.
 */
struct cs_queue_pool {
	u32 packets;
	u32 bytes;
	u32 age;
	u32 total_bytes;
	atomic_t held;
};

/**
 * struct cs_queue - the packets that wait for one gateway
 * @waiting: packets must line up; READ_ONCE where a packet comes by, so that
 *           no lock is taken while nothing waits
 * @closed: takes no more packets; under list.lock
 * @pool: limits
 * @list: the packets, oldest first; its lock protects this structure, is
 *        innermost, and is taken with BH disabled
 * @bytes: octets held; under list.lock
 * @queued: packets that ever waited; under list.lock
 * @work: runs the owner's function
 */
struct cs_queue {
	bool waiting;
	bool closed;
	struct cs_queue_pool *pool;
	struct sk_buff_head list ____cacheline_aligned_in_smp;
	u32 bytes;
	u64 queued;
	struct delayed_work work;
};

/**
 * struct cs_queue_cb - what a packet keeps of its way while it waits
 * @okfn: how it goes on
 * @since: jiffies, when it began to wait
 * @in: index of the interface it came by, 0 when it was sent by this host
 * @out: of the one it would have left by
 * @family: enum cs_family
 * Behind the IP layer's own part of skb->cb, which is kept.
 */
struct cs_queue_cb {
	int (*okfn)(struct net *net, struct sock *sk, struct sk_buff *skb);
	u32 since;
	int in;
	int out;
	u8 family;
};

/**
 * cs_queue_cb() - what a packet keeps
 * @skb: a packet that waits, or is about to
 */
struct cs_queue_cb *cs_queue_cb(const struct sk_buff *skb);

/**
 * cs_queue_pool_init() - the default limits, nothing held
 * @pool: filled in
 */
void cs_queue_pool_init(struct cs_queue_pool *pool);

/**
 * cs_queue_init() - make an empty queue
 * @q: queue in place
 * @pool: limits; outlives the queue
 * @fn: run in process context when packets may go, or are too old
 */
void cs_queue_init(struct cs_queue *q, struct cs_queue_pool *pool,
		   work_func_t fn);

/**
 * cs_queue_close() - take no more packets, and let go of those that wait
 * @q: queue
 * @left: gets the packets
 * Context: may sleep; waits for the owner's function. Harmless when repeated.
 */
void cs_queue_close(struct cs_queue *q, struct sk_buff_head *left);

/**
 * cs_queue_is_waiting() - must a packet line up
 * @q: queue
 * Context: any.
 */
static inline bool cs_queue_is_waiting(const struct cs_queue *q)
{
	return READ_ONCE(q->waiting);
}

/**
 * cs_queue_put() - let a packet wait
 * @q: queue
 * @skb: packet with its cs_queue_cb() filled in; loses its route. Its device
 *       is cleared, and must be set again when it goes on.
 * @over: gets what had to make room, oldest first
 * Context: any but hard interrupts.
 * Return: false when it cannot: the queue is closed, or there is no room even
 * when everything older is gone. The packet is the caller's then.
 */
bool cs_queue_put(struct cs_queue *q, struct sk_buff *skb,
		  struct sk_buff_head *over);

/**
 * cs_queue_take() - the oldest packet
 * @q: queue
 * Context: any but hard interrupts; one taker at a time.
 * Return: the packet; NULL when there is none, and then packets need not line
 * up any more.
 */
struct sk_buff *cs_queue_take(struct cs_queue *q);

/**
 * cs_queue_put_back() - it cannot go yet
 * @q: queue
 * @skb: what cs_queue_take() gave, without a route
 * Return: false when the queue was closed meanwhile: the packet is the
 * caller's.
 */
bool cs_queue_put_back(struct cs_queue *q, struct sk_buff *skb);

/**
 * cs_queue_overtake() - packets need not line up any more
 * @q: queue
 *
 * For when packets come in faster than they can be let go, one at a time, so
 * that order would cost more than it is worth.
 */
void cs_queue_overtake(struct cs_queue *q);

/**
 * cs_queue_expire() - those that waited too long
 * @q: queue
 * @late: gets them
 */
void cs_queue_expire(struct cs_queue *q, struct sk_buff_head *late);

/**
 * cs_queue_kick() - something changed: run the owner's function soon
 * @q: queue; nothing is done when no packet waits, or when it is closed
 * Context: any but hard interrupts.
 */
void cs_queue_kick(struct cs_queue *q);

/**
 * cs_queue_rearm() - run it again before long, if packets still wait
 * @q: queue
 */
void cs_queue_rearm(struct cs_queue *q);

/**
 * struct cs_queue_state - a queue as it is now
 * @packets: packets that wait
 * @bytes: octets of memory they take
 * @queued: packets that ever waited
 */
struct cs_queue_state {
	u32 packets;
	u32 bytes;
	u64 queued;
};

/**
 * cs_queue_read() - a queue as it is now
 * @q: queue
 * @state: filled in
 */
void cs_queue_read(struct cs_queue *q, struct cs_queue_state *state);

/**
 * cs_queue_start() - what runs the owners' functions
 * Context: module load. Return: 0 or -ENOMEM.
 */
int cs_queue_start(void);

/**
 * cs_queue_stop() - no queue is left
 * Context: module unload.
 */
void cs_queue_stop(void);

#endif /* CS_QUEUE_QUEUE_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The queue proper. When it is full the oldest packet goes, as in the
 * neighbour table's: what waited longest is the likeliest to be sent again, or
 * to be of no use any more.
 */
#include <linux/ipv6.h>
#include <net/ip.h>

#include "queue.h"

/* How often those that wait are looked at when nothing seems to happen. */
#define TICK (HZ / 2)

static struct workqueue_struct *workqueue;

struct cs_queue_cb *cs_queue_cb(const struct sk_buff *skb)
{
	const size_t ip = max(sizeof(struct inet_skb_parm),
			      sizeof(struct inet6_skb_parm));
	const size_t offset = ALIGN(ip, __alignof__(struct cs_queue_cb));

	BUILD_BUG_ON(offset + sizeof(struct cs_queue_cb) > sizeof(skb->cb));
	return (struct cs_queue_cb *)(skb->cb + offset);
}

void cs_queue_pool_init(struct cs_queue_pool *pool)
{
	pool->packets = CS_QUEUE_PACKETS;
	pool->bytes = CS_QUEUE_BYTES;
	pool->age = CS_QUEUE_AGE_MS;
	pool->total_bytes = CS_QUEUE_TOTAL_BYTES;
	atomic_set(&pool->held, 0);
}

void cs_queue_init(struct cs_queue *q, struct cs_queue_pool *pool,
		   work_func_t fn)
{
	q->waiting = false;
	q->closed = false;
	q->pool = pool;
	skb_queue_head_init(&q->list);
	q->bytes = 0;
	q->queued = 0;
	INIT_DELAYED_WORK(&q->work, fn);
}

/* Now, also when it runs just now: then once more. */
static void run(struct cs_queue *q)
{
	lockdep_assert_held(&q->list.lock);
	if (!q->closed)
		mod_delayed_work(workqueue, &q->work, 0);
}

static void account(struct cs_queue *q, int bytes)
{
	q->bytes += bytes;
	atomic_add(bytes, &q->pool->held);
}

static struct sk_buff *unlink_oldest(struct cs_queue *q)
{
	struct sk_buff *skb = __skb_dequeue(&q->list);

	if (skb)
		account(q, -(int)skb->truesize);
	return skb;
}

void cs_queue_close(struct cs_queue *q, struct sk_buff_head *left)
{
	struct sk_buff *skb;

	spin_lock_bh(&q->list.lock);
	q->closed = true;
	WRITE_ONCE(q->waiting, false);
	while ((skb = unlink_oldest(q)))
		__skb_queue_tail(left, skb);
	spin_unlock_bh(&q->list.lock);
	cancel_delayed_work_sync(&q->work);
}

/* With one packet more, would there be too much? */
static bool is_full(const struct cs_queue *q, const struct sk_buff *skb)
{
	const struct cs_queue_pool *pool = q->pool;

	return skb_queue_len(&q->list) >= READ_ONCE(pool->packets) ||
	       q->bytes + skb->truesize > READ_ONCE(pool->bytes) ||
	       (u32)atomic_read(&pool->held) + skb->truesize >
		       READ_ONCE(pool->total_bytes);
}

bool cs_queue_put(struct cs_queue *q, struct sk_buff *skb,
		  struct sk_buff_head *over)
{
	bool taken = false;

	spin_lock_bh(&q->list.lock);
	if (q->closed)
		goto unlock;
	while (is_full(q, skb)) {
		struct sk_buff *oldest = unlink_oldest(q);

		if (!oldest)
			goto unlock;
		__skb_queue_tail(over, oldest);
	}
	taken = true;
	skb_dst_drop(skb);
	skb->dev = NULL;
	__skb_queue_tail(&q->list, skb);
	account(q, skb->truesize);
	q->queued++;
	/*
	 * What the first one waits for may have come since it was looked for,
	 * when nobody waited yet and no kick was of any use: look again.
	 */
	if (!q->waiting) {
		WRITE_ONCE(q->waiting, true);
		run(q);
	}
unlock:
	spin_unlock_bh(&q->list.lock);
	return taken;
}

struct sk_buff *cs_queue_take(struct cs_queue *q)
{
	struct sk_buff *skb;

	spin_lock_bh(&q->list.lock);
	skb = unlink_oldest(q);
	if (!skb)
		WRITE_ONCE(q->waiting, false);
	spin_unlock_bh(&q->list.lock);
	return skb;
}

bool cs_queue_put_back(struct cs_queue *q, struct sk_buff *skb)
{
	bool open;

	spin_lock_bh(&q->list.lock);
	open = !q->closed;
	if (open) {
		WRITE_ONCE(q->waiting, true);
		__skb_queue_head(&q->list, skb);
		account(q, skb->truesize);
		skb->dev = NULL;
	}
	spin_unlock_bh(&q->list.lock);
	return open;
}

void cs_queue_overtake(struct cs_queue *q)
{
	spin_lock_bh(&q->list.lock);
	WRITE_ONCE(q->waiting, false);
	spin_unlock_bh(&q->list.lock);
}

void cs_queue_expire(struct cs_queue *q, struct sk_buff_head *late)
{
	u32 age = msecs_to_jiffies(READ_ONCE(q->pool->age));
	struct sk_buff *skb;

	spin_lock_bh(&q->list.lock);
	while ((skb = skb_peek(&q->list)) &&
	       (u32)jiffies - cs_queue_cb(skb)->since >= age)
		__skb_queue_tail(late, unlink_oldest(q));
	spin_unlock_bh(&q->list.lock);
}

void cs_queue_kick(struct cs_queue *q)
{
	/* Pairs with the lock of cs_queue_put(), between waiting and the work. */
	smp_mb();
	if (!cs_queue_is_waiting(q))
		return;
	spin_lock_bh(&q->list.lock);
	run(q);
	spin_unlock_bh(&q->list.lock);
}

void cs_queue_rearm(struct cs_queue *q)
{
	const struct sk_buff *oldest;
	u32 age, waited, delay = TICK;

	spin_lock_bh(&q->list.lock);
	oldest = skb_peek(&q->list);
	if (oldest && !q->closed) {
		age = msecs_to_jiffies(READ_ONCE(q->pool->age));
		waited = (u32)jiffies - cs_queue_cb(oldest)->since;
		delay = min_t(u32, delay, age > waited ? age - waited : 1);
		/* Does not put off whoever kicked it meanwhile. */
		queue_delayed_work(workqueue, &q->work, delay);
	}
	spin_unlock_bh(&q->list.lock);
}

void cs_queue_read(struct cs_queue *q, struct cs_queue_state *state)
{
	spin_lock_bh(&q->list.lock);
	state->packets = skb_queue_len(&q->list);
	state->bytes = q->bytes;
	state->queued = q->queued;
	spin_unlock_bh(&q->list.lock);
}

int cs_queue_start(void)
{
	workqueue = alloc_workqueue("cesteer", WQ_UNBOUND | WQ_HIGHPRI, 0);
	return workqueue ? 0 : -ENOMEM;
}

void cs_queue_stop(void)
{
	destroy_workqueue(workqueue);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a driver's poll does, without a card: makes linear packets, one owner
 * each, and hands them to the stack in lists. pktgen keeps a reference on what
 * it sends, so that a stack that forwards has to copy. Only for benchmarks.
 */
#include <linux/etherdevice.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "path_send.h"

#define ROOM (16u << 20)
#define BATCH_MAX 64

/**
 * struct sender - one open file
 * @lock: of the writers and the one that runs
 * @len: octets of @room in use
 * @at: where the next frame to be sent is
 * @room: frames, one behind the other, each a struct frame
 */
struct sender {
	struct mutex lock; /* protects all of it */
	u32 len;
	u32 at;
	u8 room[];
};

struct frame {
	u32 len;
	u8 data[];
};

static u32 frame_size(u32 len)
{
	return ALIGN(sizeof(struct frame) + len, sizeof(u64));
}

static int sender_open(struct inode *inode, struct file *file)
{
	struct sender *s = vmalloc(sizeof(*s) + ROOM);

	if (!s)
		return -ENOMEM;
	mutex_init(&s->lock);
	s->len = 0;
	s->at = 0;
	file->private_data = s;
	return 0;
}

static int sender_release(struct inode *inode, struct file *file)
{
	vfree(file->private_data);
	return 0;
}

static ssize_t sender_write(struct file *file, const char __user *data,
			    size_t len, loff_t *pos)
{
	struct sender *s = file->private_data;
	struct frame *frame;
	ssize_t rc = len;

	if (len < ETH_HLEN || len > PATH_SEND_FRAME_MAX)
		return -EINVAL;
	mutex_lock(&s->lock);
	frame = (struct frame *)(s->room + s->len);
	if (s->len + frame_size(len) > ROOM) {
		rc = -ENOSPC;
	} else if (copy_from_user(frame->data, data, len)) {
		rc = -EFAULT;
	} else {
		frame->len = len;
		s->len += frame_size(len);
	}
	mutex_unlock(&s->lock);
	return rc;
}

static struct sk_buff *next_packet(struct sender *s, struct net_device *dev,
				   u32 pad)
{
	const struct frame *frame = (struct frame *)(s->room + s->at);
	struct sk_buff *skb = netdev_alloc_skb_ip_align(dev, frame->len + pad);

	if (!skb)
		return NULL;
	memcpy(skb_put(skb, frame->len), frame->data, frame->len);
	if (pad)
		skb_put_zero(skb, pad);
	s->at += frame_size(frame->len);
	if (s->at == s->len)
		s->at = 0;
	return skb;
}

/* One poll: as many packets as could be made. */
static u32 poll(struct sender *s, struct net_device *dev, u32 n, u32 pad)
{
	struct sk_buff *skb, *next;
	LIST_HEAD(list);
	u32 i;

	for (i = 0; i < n; i++) {
		skb = next_packet(s, dev, pad);
		if (!skb)
			break;
		if (dev)
			skb->protocol = eth_type_trans(skb, dev);
		list_add_tail(&skb->list, &list);
	}
	if (dev) {
		netif_receive_skb_list(&list);
		return i;
	}
	list_for_each_entry_safe(skb, next, &list, list) {
		skb_list_del_init(skb);
		consume_skb(skb);
	}
	return i;
}

static int run(struct sender *s, struct path_send_run *r,
	       struct net_device *dev)
{
	ktime_t began = ktime_get();
	u32 left, n, made;

	for (left = r->count; left; left -= n) {
		n = min(left, r->batch);
		local_bh_disable();
		made = poll(s, dev, n, r->pad);
		local_bh_enable();
		if (made != n)
			return -ENOMEM;
		if (signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	r->ns = ktime_to_ns(ktime_sub(ktime_get(), began));
	return 0;
}

static int run_on(struct sender *s, struct path_send_run *r)
{
	struct net_device *dev = NULL;
	int err;

	if (!r->count || !r->batch || r->batch > BATCH_MAX || !s->len ||
	    r->pad > PATH_SEND_FRAME_MAX)
		return -EINVAL;
	if (r->ifindex) {
		dev = dev_get_by_index(current->nsproxy->net_ns, r->ifindex);
		if (!dev)
			return -ENODEV;
	}
	err = run(s, r, dev);
	dev_put(dev);
	return err;
}

static long sender_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;
	struct sender *s = file->private_data;
	struct path_send_run r;
	int err = 0;

	switch (cmd) {
	case PATH_SEND_CLEAR:
		mutex_lock(&s->lock);
		s->len = 0;
		s->at = 0;
		mutex_unlock(&s->lock);
		return 0;
	case PATH_SEND_RUN:
		if (copy_from_user(&r, user, sizeof(r)))
			return -EFAULT;
		mutex_lock(&s->lock);
		err = run_on(s, &r);
		mutex_unlock(&s->lock);
		if (!err && copy_to_user(user, &r, sizeof(r)))
			err = -EFAULT;
		return err;
	default:
		return -ENOTTY;
	}
}

static const struct file_operations sender_ops = {
	.owner = THIS_MODULE,
	.open = sender_open,
	.release = sender_release,
	.write = sender_write,
	.unlocked_ioctl = sender_ioctl,
};

static struct miscdevice sender_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "path_send",
	.fops = &sender_ops,
	.mode = 0600,
};

module_misc_device(sender_device);
MODULE_DESCRIPTION("receives made-up packets, for benchmarks");
MODULE_LICENSE("GPL");

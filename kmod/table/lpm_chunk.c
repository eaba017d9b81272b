// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fans: the hot side of a tree node with many children. The lists of its
 * buckets lie packed in chunks, so that a lookup among a million
 * prefixes finds little else in the cache than what it needs. A chunk is
 * never changed; a fresh fan shares those that stay the same with the one it
 * was copied from. Owns the chunks' memory.
 */
#include "lpm_node.h"

/* Behind a chunk's lists, where lookups do not come. */
struct tail {
	struct rcu_head rcu;
	u16 refs; /* fans that hold it */
	u16 at; /* its offset */
};

/* The caller holds the writers' mutex, which only it knows. */
#define deref(p) rcu_dereference_protected(p, 1)

static struct cs_hot_fan *fan_of(struct cs_node *node)
{
	return (void *)((char *)node->hot - CS_HOT_FAN);
}

static struct tail *tail_of(struct cs_hot_chunk *chunk)
{
	return (struct tail *)((u8 *)chunk + chunk->tail);
}

static size_t size_of(struct cs_hot_chunk *chunk)
{
	return env_rounded(chunk->tail + sizeof(struct tail));
}

static void free_rcu(struct rcu_head *head)
{
	struct tail *tail = container_of(head, struct tail, rcu);

	env_free((u8 *)tail - tail->at);
}

static void put(struct cs_work *w, struct cs_hot_chunk *chunk, bool seen)
{
	struct tail *tail = tail_of(chunk);

	if (--tail->refs)
		return;
	w->bytes -= size_of(chunk);
	if (seen)
		env_call_rcu(&tail->rcu, free_rcu);
	else
		env_free(chunk);
}

/* Where a pointer to a child that is no bucket lies, at @at or behind. */
static size_t write_pointer(struct cs_hot_chunk *chunk, size_t at,
			    struct cs_hot *hot, u16 *body)
{
	at = (at + 7) & ~7UL;
	RCU_INIT_POINTER(*(struct cs_hot __rcu **)((u8 *)chunk + at), hot);
	*body = CS_HOT_BODY(at, CS_HOT_TREE);
	return at + sizeof(hot);
}

static size_t write_kid(struct cs_hot_chunk *chunk, size_t at,
			struct cs_node *kid, u16 *body)
{
	if (kid->tree)
		return write_pointer(chunk, at, kid->hot, body);
	*body = CS_HOT_BODY(at, cs_hot_list_format(kid->width));
	return at + cs_hot_write_list(kid, (u8 *)chunk + at);
}

/* The child is as it was: its cold side need not come from memory. */
static size_t copy_kid(struct cs_hot_chunk *chunk, size_t at,
		       const struct cs_hot_chunk *old, unsigned int was,
		       u16 *body)
{
	enum cs_hot_format format = was & CS_HOT_FORMAT;
	const void *from = cs_hot_body(old, was);
	const struct cs_hot_list *list = from;
	size_t size;

	if (format == CS_HOT_TREE)
		return write_pointer(chunk, at,
				     deref(*(struct cs_hot __rcu *const *)from),
				     body);
	size = cs_hot_list_size(1U << (format - CS_HOT_LIST1), list->n);
	memcpy((u8 *)chunk + at, list, size);
	*body = CS_HOT_BODY(at, format);
	return at + size;
}

/*
 * A new chunk for the children of @node from @octet on. @value: of these
 * octets; %NULL: as in @old. @other: for the child of octet @where, where
 * all others are as in @old; else @node's children say whether they are
 * fresh.
 */
static struct cs_hot_chunk *build(struct cs_work *w, struct cs_node *node,
				  unsigned int octet, const u16 *value,
				  const struct cs_hot_chunk *old,
				  struct cs_node *other, unsigned int where)
{
	struct cs_node **kids =
		cs_node_kids(node) + cs_node_kid_index(node, octet);
	struct cs_hot_chunk *chunk = cs_work_scratch(w), *copy;
	size_t at = offsetof(struct cs_hot_chunk, data);
	struct cs_node *kid;
	struct tail *tail;
	unsigned int i;
	u16 *body;

	if (!chunk)
		return NULL;
	for (i = 0; i < CS_CHUNK_SLOTS; i++, octet++) {
		body = &chunk->slot[i].body;
		chunk->slot[i].value = value ? value[i] : old->slot[i].value;
		*body = 0;
		if (!cs_node_has_kid(node, octet))
			continue;
		kid = *kids++;
		if (other && octet == where)
			at = write_kid(chunk, at, other, body);
		else if (other || (old && !kid->fresh))
			at = copy_kid(chunk, at, old, old->slot[i].body, body);
		else
			at = write_kid(chunk, at, kid, body);
		at = (at + 1) & ~1UL;
	}
	at = (at + 7) & ~7UL;
	chunk->tail = at;
	copy = env_alloc(at + sizeof(*tail));
	if (!copy)
		return NULL;
	memcpy(copy, chunk, at);
	tail = tail_of(copy);
	tail->refs = 1;
	tail->at = at;
	w->bytes += size_of(copy);
	return copy;
}

static bool same_values(const struct cs_hot_chunk *chunk, const u16 *value)
{
	unsigned int i;

	for (i = 0; i < CS_CHUNK_SLOTS; i++)
		if (chunk->slot[i].value != value[i])
			return false;
	return true;
}

int cs_fan_build(struct cs_work *w, struct cs_node *node)
{
	struct cs_hot_fan *old = node->borrowed ? fan_of(node) : NULL, *fan;
	bool painted = node->repaint || !old;
	struct cs_hot_chunk *chunk;
	unsigned int i;
	u16 value[256], *part;

	fan = env_alloc(sizeof(*fan));
	if (!fan)
		return -ENOMEM;
	if (painted)
		cs_hot_paint(node, value);
	for (i = 0; i < CS_FAN_CHUNKS; i++) {
		chunk = old ? deref(old->chunk[i]) : NULL;
		part = painted ? value + CS_CHUNK_SLOTS * i : NULL;
		if (chunk && !(node->data[4] >> i & 1) &&
		    (!painted || same_values(chunk, part)))
			tail_of(chunk)->refs++;
		else
			chunk = build(w, node, CS_CHUNK_SLOTS * i, part, chunk,
				      NULL, 0);
		if (!chunk)
			goto undo;
		RCU_INIT_POINTER(fan->chunk[i], chunk);
	}
	node->hot = (struct cs_hot *)((char *)fan + CS_HOT_FAN);
	node->borrowed = 0;
	node->repaint = 0;
	node->data[4] = 0;
	w->bytes += cs_hot_size(node->hot);
	return 0;
undo:
	while (i--)
		put(w, deref(fan->chunk[i]), false);
	env_free(fan);
	return -ENOMEM;
}

struct cs_hot_chunk *cs_fan_chunk(struct cs_work *w, struct cs_node *node,
				  unsigned int octet, struct cs_node *kid)
{
	return build(w, node, octet & ~(CS_CHUNK_SLOTS - 1), NULL,
		     deref(fan_of(node)->chunk[octet >> CS_CHUNK_SHIFT]), kid,
		     octet);
}

void cs_fan_show(struct cs_work *w, struct cs_node *node, unsigned int octet,
		 struct cs_hot_chunk *chunk)
{
	struct cs_hot_chunk __rcu **slot =
		&fan_of(node)->chunk[octet >> CS_CHUNK_SHIFT];
	struct cs_hot_chunk *old = deref(*slot);

	rcu_assign_pointer(*slot, chunk);
	put(w, old, true);
}

void cs_fan_release(struct cs_work *w, struct cs_node *node, bool seen)
{
	unsigned int i;

	for (i = 0; i < CS_FAN_CHUNKS; i++)
		put(w, deref(fan_of(node)->chunk[i]), seen);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A change in preparation: prefixes set and deleted beside what readers see.
 * Owns when a list bursts and when a tree folds.
 */
#ifndef CS_TABLE_LPM_EDIT_H
#define CS_TABLE_LPM_EDIT_H

#include "lpm_node.h"

/*
 * struct cs_edit - one change, or a batch of them
 * @w: the nodes that came and went
 * @root: of the table as it will be
 * @batch: the way from the root is made anew for each change, so that the
 *	root shows all of them; without, there is one change, which replaces
 *	one subtree, so that one pointer in its parent shows it:
 * @parent: that parent, or %NULL when it is the root that is new
 * @octet: which of its children
 * @top: the new subtree, or %NULL: none any more
 * @addr: of the prefix at hand; zeros behind it, as wide records read on
 * @len: of the prefix at hand
 * @depth: how many octets above @way's last
 * @way: nodes from the root to where the prefix belongs
 */
struct cs_edit {
	struct cs_work w;
	struct cs_hot *root;
	bool batch;
	struct cs_hot *parent;
	u8 octet;
	struct cs_hot *top;
	u8 addr[2 * CS_DEPTHS];
	u8 len;
	unsigned int depth;
	struct cs_hot *way[CS_DEPTHS];
};

/* Find the prefix, and remember the way. Return: its value, or none. */
u16 cs_edit_find(struct cs_edit *e, const u8 *addr, unsigned int octets,
		 u8 len);

/* Change what was found last. Return: 0 or -ENOMEM; then undo @w. */
int cs_edit_set(struct cs_edit *e, u16 value);
int cs_edit_unset(struct cs_edit *e);

#endif /* CS_TABLE_LPM_EDIT_H */

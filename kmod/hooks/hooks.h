/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The netfilter hooks of a namespace.
 */
#ifndef CS_HOOKS_HOOKS_H
#define CS_HOOKS_HOOKS_H

struct cs_net;

/**
 * cs_hooks_register() - look at a namespace's packets from now on
 * @cn: the namespace; its mutex held
 * Context: may sleep. Return: 0 or a negative errno.
 */
int cs_hooks_register(struct cs_net *cn);

/**
 * cs_hooks_unregister() - look at them no more
 * @cn: the namespace; its mutex held
 * Context: may sleep. A packet may be in a hook until a grace period later.
 */
void cs_hooks_unregister(struct cs_net *cn);

#endif /* CS_HOOKS_HOOKS_H */

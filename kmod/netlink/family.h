/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generic netlink family. Its commands are documented in
 * uapi/cesteer.yaml; each file of this folder holds those of one object.
 */
#ifndef CS_NETLINK_FAMILY_H
#define CS_NETLINK_FAMILY_H

#include <net/genetlink.h>
#include <net/sock.h>
#include "netns/netns.h"

extern struct genl_family cs_netlink_family;

/* Multicast groups. */
enum {
	CS_MCGRP_EVENTS,
};

/**
 * cs_netlink_init() - register the family
 * Context: module load. Return: 0 or a negative errno.
 */
int cs_netlink_init(void);

/**
 * cs_netlink_fini() - unregister it
 * Context: module unload.
 */
void cs_netlink_fini(void);

/**
 * cs_netlink_need() - an attribute that a command cannot do without
 * @info: request
 * @attr: its number
 * @what: sentence for the one who left it out
 * Return: the attribute, or NULL with the sentence said.
 */
struct nlattr *cs_netlink_need(struct genl_info *info, int attr,
			       const char *what);

/**
 * cs_netlink_vpn() - the VPN that a request names
 * @cn: namespace; its mutex held
 * @info: request
 * @attr: number of its VPN attribute; absent means VPN 0
 * Return: the VPN, or NULL with a sentence said.
 */
struct cs_vpn *cs_netlink_vpn(struct cs_net *cn, struct genl_info *info,
			      int attr);

/**
 * cs_netlink_reply() - begin an answer, or one of a dump's messages
 * @info: request
 * @cmd: enum cesteer_cmd
 * @hdr: set to the message's header, for genlmsg_end()
 * Context: may sleep. Return: buffer or NULL.
 */
struct sk_buff *cs_netlink_reply(struct genl_info *info, u8 cmd, void **hdr);

/**
 * cs_netlink_lock() - begin a change of what a namespace holds
 * @cn: namespace
 * @info: request
 * @force: number of its attribute that forces
 * Context: may sleep. Return: 0 with the namespace's mutex held, or -EBUSY with
 * a sentence said: the namespace is another socket's.
 */
int cs_netlink_lock(struct cs_net *cn, struct genl_info *info, int force);
int cs_netlink_own(struct sk_buff *skb, struct genl_info *info);
/* Append whose the namespace is; its mutex held. Return: 0 or -EMSGSIZE. */
int cs_netlink_owner_put(struct sk_buff *skb, const struct cs_owner *owner);

int cs_netlink_info_get(struct sk_buff *skb, struct genl_info *info);

int cs_netlink_queue_set(struct sk_buff *skb, struct genl_info *info);
/* Append the limits of queues, and what they hold. Return: 0 or -EMSGSIZE. */
int cs_netlink_queue_put(struct sk_buff *skb, const struct cs_queue_pool *pool);

int cs_netlink_vpn_new(struct sk_buff *skb, struct genl_info *info);
int cs_netlink_vpn_del(struct sk_buff *skb, struct genl_info *info);
int cs_netlink_vpn_dump(struct sk_buff *skb, struct netlink_callback *cb);

int cs_netlink_gateway_new(struct sk_buff *skb, struct genl_info *info);
int cs_netlink_gateway_set(struct sk_buff *skb, struct genl_info *info);
int cs_netlink_gateway_del(struct sk_buff *skb, struct genl_info *info);
int cs_netlink_gateway_get(struct sk_buff *skb, struct genl_info *info);
int cs_netlink_gateway_dump(struct sk_buff *skb, struct netlink_callback *cb);

int cs_netlink_table_change(struct sk_buff *skb, struct genl_info *info);
int cs_netlink_table_begin(struct sk_buff *skb, struct genl_info *info);
int cs_netlink_table_commit(struct sk_buff *skb, struct genl_info *info);
int cs_netlink_table_abort(struct sk_buff *skb, struct genl_info *info);
/* The sockets that opened transactions: the notifier of their end. */
int cs_netlink_table_init(void);
void cs_netlink_table_fini(void);

int cs_netlink_route_get(struct sk_buff *skb, struct genl_info *info);
int cs_netlink_route_dump(struct sk_buff *skb, struct netlink_callback *cb);
int cs_netlink_source_dump(struct sk_buff *skb, struct netlink_callback *cb);

int cs_netlink_counters_dump(struct sk_buff *skb, struct netlink_callback *cb);
int cs_netlink_device_new(struct sk_buff *skb, struct genl_info *info);
int cs_netlink_device_del(struct sk_buff *skb, struct genl_info *info);
int cs_netlink_device_dump(struct sk_buff *skb, struct netlink_callback *cb);
int cs_netlink_explain(struct sk_buff *skb, struct genl_info *info);

#endif /* CS_NETLINK_FAMILY_H */

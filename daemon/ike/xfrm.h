/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's SAs and policies, over netlink (XFRM): those that bear our mark
 * are manual.c's; those of IKE are the IKE daemon's, and only looked for.
 *
 * They are marked by their reqid, which an IKE daemon numbers from 1.
 * Everything is synchronous: the kernel answers without waiting for anything.
 * libnl's own objects for XFRM do not know of if_ids, so the messages are
 * made here.
 */
#ifndef CESTEER_IKE_XFRM_H
#define CESTEER_IKE_XFRM_H

#include <stddef.h>
#include "base/addr.h"

struct nlmsghdr;

#define IKE_XFRM_REQID 0x63657374u
#define IKE_XFRM_KEY_MAX 128 /* octets */

/* A key as the kernel has it. */
struct ike_xfrm_key {
	char name[64]; /* the kernel's for the algorithm */
	uint8_t octet[IKE_XFRM_KEY_MAX];
	size_t len;
	uint32_t icv_bits; /* of integrity */
};

/* One direction's SA: ESP in tunnel mode, whatever is inside. */
struct ike_xfrm_sa {
	struct addr src, dst; /* of one family */
	uint32_t spi; /* host byte order */
	uint32_t if_id;
	struct ike_xfrm_key enc, auth;
	uint64_t bytes, packets; /* so far */
	uint64_t added; /* UNIX time */
};

/* An outbound policy: all that one family has inside, by if_id. */
struct ike_xfrm_policy {
	struct addr src, dst; /* of the tunnel */
	uint8_t family; /* inside */
	uint32_t if_id;
	uint32_t spi; /* of its SA, host byte order */
	uint32_t index; /* the kernel's */
};

struct ike_xfrm;

/* NULL, and errno, on failure. */
struct ike_xfrm *ike_xfrm_open(void);
void ike_xfrm_close(struct ike_xfrm *x);

/*
 * 0 or a negative errno. -EEXIST: the destination has an SA of that SPI, the
 * if_id has a policy.
 */
int ike_xfrm_sa_add(struct ike_xfrm *x, const struct ike_xfrm_sa *sa);
int ike_xfrm_sa_del(struct ike_xfrm *x, const struct ike_xfrm_sa *sa);
int ike_xfrm_policy_add(struct ike_xfrm *x, const struct ike_xfrm_policy *p);
/* By index. */
int ike_xfrm_policy_del(struct ike_xfrm *x, const struct ike_xfrm_policy *p);

/*
 * Every one of ours. The callbacks must not call this room's other functions:
 * one request at a time. What they are given, keys too, is wiped afterwards.
 */
int ike_xfrm_sas(struct ike_xfrm *x,
		 void (*each)(void *arg, const struct ike_xfrm_sa *sa),
		 void *arg);
int ike_xfrm_policies(struct ike_xfrm *x,
		      void (*each)(void *arg, const struct ike_xfrm_policy *p),
		      void *arg);

/*
 * Everybody's: the inner family of each outbound policy for all that it has,
 * each two hosts whose TCP is taken only from an SA, and the SPI (host byte
 * order) of each SA. A callback for policies may be NULL.
 */
int ike_xfrm_all_policies(struct ike_xfrm *x,
			  void (*each)(void *arg, uint32_t if_id,
				       uint32_t family),
			  void (*tcp)(void *arg, const struct addr *src,
				      const struct addr *dst),
			  void *arg);
int ike_xfrm_all_sas(struct ike_xfrm *x,
		     void (*each)(void *arg, uint32_t if_id, uint32_t spi),
		     void *arg);
/* The same of a policy that was deleted, if the notification is one of that. */
void ike_xfrm_deleted_policy(struct nlmsghdr *nlh,
			     void (*each)(void *arg, uint32_t if_id,
					  uint32_t family),
			     void (*tcp)(void *arg, const struct addr *src,
					 const struct addr *dst),
			     void *arg);
/*
 * Whether TCP between the two hosts is taken only from an SA. Of all policies
 * the kernel is asked for that one: unlike what is above it costs the same
 * however many there are.
 */
bool ike_xfrm_takes_tcp(struct ike_xfrm *x, const struct addr *src,
			const struct addr *dst);
/* False unless the notification is one of an SA that was deleted. */
bool ike_xfrm_deleted_sa(struct nlmsghdr *nlh, struct addr *src,
			 struct addr *dst, uint32_t *spi);

#endif /* CESTEER_IKE_XFRM_H */

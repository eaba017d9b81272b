// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * XFRM's netlink messages, made and read. Owns the socket; decides nothing.
 *
 * SAs for manual keying have no replay window and may wrap their sequence
 * numbers (RFC 4303, sections 3.3.3 and 3.4.3): a sender that was started again
 * begins at 1 with the same key, and its peer cannot know.
 */
#include "ike/xfrm.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/xfrm.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>

struct ike_xfrm {
	struct nl_sock *sk;
};

typedef void (*reply_fn)(void *arg, struct nlmsghdr *nlh);

struct ike_xfrm *ike_xfrm_open(void)
{
	struct ike_xfrm *x = calloc(1, sizeof(*x));
	int err;

	if (!x)
		return NULL;
	x->sk = nl_socket_alloc();
	if (!x->sk) {
		free(x);
		errno = ENOMEM;
		return NULL;
	}
	/* Only for what nl_connect() leaves in errno. */
	errno = EPROTONOSUPPORT;
	if (nl_connect(x->sk, NETLINK_XFRM)) {
		err = errno;
		ike_xfrm_close(x);
		errno = err;
		return NULL;
	}
	return x;
}

void ike_xfrm_close(struct ike_xfrm *x)
{
	if (!x)
		return;
	nl_socket_free(x->sk);
	free(x);
}

/* One datagram of replies: true once the request is answered, *err says how. */
static bool digest(const uint8_t *buf, int len, uint32_t seq, reply_fn cb,
		   void *arg, int *err)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	const struct nlmsgerr *e;

	for (; nlmsg_ok(nlh, len); nlh = nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_seq != seq)
			continue;
		if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
			*err = -EAGAIN;
		if (nlh->nlmsg_type == NLMSG_DONE)
			return true;
		if (nlh->nlmsg_type == NLMSG_ERROR) {
			e = nlmsg_data(nlh);
			*err = nlmsg_datalen(nlh) < (int)sizeof(*e) ? -EBADMSG :
								      e->error;
			return true;
		}
		if (cb)
			cb(arg, nlh);
	}
	return false;
}

/* Takes msg, which may hold keys. */
static int request(struct ike_xfrm *x, struct nl_msg *msg, reply_fn cb,
		   void *arg)
{
	struct sockaddr_nl from;
	struct nlmsghdr *nlh;
	unsigned char *buf;
	bool done = false;
	uint32_t seq;
	int err = 0, n;

	nl_complete_msg(x->sk, msg);
	nlh = nlmsg_hdr(msg);
	seq = nlh->nlmsg_seq;
	n = nl_send(x->sk, msg);
	explicit_bzero(nlmsg_data(nlh), (size_t)nlmsg_datalen(nlh));
	nlmsg_free(msg);
	if (n < 0)
		return -EIO;
	while (!done) {
		buf = NULL;
		n = nl_recv(x->sk, &from, &buf, NULL);
		if (n <= 0)
			return -EIO;
		done = digest(buf, n, seq, cb, arg, &err);
		explicit_bzero(buf, (size_t)n);
		free(buf);
	}
	return err;
}

static void put_addr(xfrm_address_t *to, const struct addr *a)
{
	memcpy(to, a->b, addr_bits(a->family) / 8);
}

static void get_addr(struct addr *to, const xfrm_address_t *a, uint16_t family)
{
	memset(to, 0, sizeof(*to));
	to->family = (uint8_t)family;
	memcpy(to->b, a, family == AF_INET6 ? 16 : 4);
}

static void unlimited(struct xfrm_lifetime_cfg *lft)
{
	lft->soft_byte_limit = XFRM_INF;
	lft->hard_byte_limit = XFRM_INF;
	lft->soft_packet_limit = XFRM_INF;
	lft->hard_packet_limit = XFRM_INF;
}

/* A message with a fixed header; NULL when memory is short. */
static struct nl_msg *message(int type, int flags, const void *head, size_t len)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	if (msg &&
	    nlmsg_append(msg, (void *)(uintptr_t)head, len, NLMSG_ALIGNTO)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

/* Without a body: the kernel takes what is there for attributes. */
static int dump(struct ike_xfrm *x, int type, reply_fn cb, void *arg)
{
	struct nl_msg *msg =
		nlmsg_alloc_simple(type, NLM_F_REQUEST | NLM_F_DUMP);

	return msg ? request(x, msg, cb, arg) : -ENOMEM;
}

static int put_enc(struct nl_msg *msg, const struct ike_xfrm_key *key)
{
	struct xfrm_algo *alg;
	struct nlattr *at = nla_reserve(msg, XFRMA_ALG_CRYPT,
					(int)(sizeof(*alg) + key->len));

	if (!at)
		return -ENOMEM;
	alg = nla_data(at);
	memcpy(alg->alg_name, key->name, sizeof(alg->alg_name));
	alg->alg_key_len = (uint32_t)(8 * key->len);
	memcpy(alg->alg_key, key->octet, key->len);
	return 0;
}

static int put_auth(struct nl_msg *msg, const struct ike_xfrm_key *key)
{
	struct xfrm_algo_auth *alg;
	struct nlattr *at = nla_reserve(msg, XFRMA_ALG_AUTH_TRUNC,
					(int)(sizeof(*alg) + key->len));

	if (!at)
		return -ENOMEM;
	alg = nla_data(at);
	memcpy(alg->alg_name, key->name, sizeof(alg->alg_name));
	alg->alg_key_len = (uint32_t)(8 * key->len);
	alg->alg_trunc_len = key->icv_bits;
	memcpy(alg->alg_key, key->octet, key->len);
	return 0;
}

int ike_xfrm_sa_add(struct ike_xfrm *x, const struct ike_xfrm_sa *sa)
{
	struct xfrm_usersa_info info = {
		.id = { .spi = htonl(sa->spi), .proto = IPPROTO_ESP },
		.family = sa->dst.family,
		.mode = XFRM_MODE_TUNNEL,
		.reqid = IKE_XFRM_REQID,
		.flags = XFRM_STATE_AF_UNSPEC,
	};
	struct nl_msg *msg;

	put_addr(&info.id.daddr, &sa->dst);
	put_addr(&info.saddr, &sa->src);
	unlimited(&info.lft);
	msg = message(XFRM_MSG_NEWSA, NLM_F_REQUEST | NLM_F_ACK, &info,
		      sizeof(info));
	if (!msg)
		return -ENOMEM;
	if (put_enc(msg, &sa->enc) || put_auth(msg, &sa->auth) ||
	    nla_put_u32(msg, XFRMA_IF_ID, sa->if_id) ||
	    nla_put_u32(msg, XFRMA_SA_EXTRA_FLAGS,
			XFRM_SA_XFLAG_OSEQ_MAY_WRAP)) {
		explicit_bzero(nlmsg_data(nlmsg_hdr(msg)),
			       (size_t)nlmsg_datalen(nlmsg_hdr(msg)));
		nlmsg_free(msg);
		return -ENOMEM;
	}
	return request(x, msg, NULL, NULL);
}

int ike_xfrm_sa_del(struct ike_xfrm *x, const struct ike_xfrm_sa *sa)
{
	struct xfrm_usersa_id id = {
		.spi = htonl(sa->spi),
		.family = sa->dst.family,
		.proto = IPPROTO_ESP,
	};
	struct nl_msg *msg;

	put_addr(&id.daddr, &sa->dst);
	msg = message(XFRM_MSG_DELSA, NLM_F_REQUEST | NLM_F_ACK, &id,
		      sizeof(id));
	return msg ? request(x, msg, NULL, NULL) : -ENOMEM;
}

int ike_xfrm_policy_add(struct ike_xfrm *x, const struct ike_xfrm_policy *p)
{
	struct xfrm_userpolicy_info info = {
		.sel.family = p->family,
		.dir = XFRM_POLICY_OUT,
		.action = XFRM_POLICY_ALLOW,
	};
	struct xfrm_user_tmpl tmpl = {
		.id = { .spi = htonl(p->spi), .proto = IPPROTO_ESP },
		.family = p->dst.family,
		.reqid = IKE_XFRM_REQID,
		.mode = XFRM_MODE_TUNNEL,
		.aalgos = UINT32_MAX,
		.ealgos = UINT32_MAX,
		.calgos = UINT32_MAX,
	};
	struct nl_msg *msg;

	put_addr(&tmpl.id.daddr, &p->dst);
	put_addr(&tmpl.saddr, &p->src);
	unlimited(&info.lft);
	msg = message(XFRM_MSG_NEWPOLICY, NLM_F_REQUEST | NLM_F_ACK, &info,
		      sizeof(info));
	if (!msg)
		return -ENOMEM;
	if (nla_put(msg, XFRMA_TMPL, sizeof(tmpl), &tmpl) ||
	    nla_put_u32(msg, XFRMA_IF_ID, p->if_id)) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	return request(x, msg, NULL, NULL);
}

int ike_xfrm_policy_del(struct ike_xfrm *x, const struct ike_xfrm_policy *p)
{
	struct xfrm_userpolicy_id id = {
		.sel.family = p->family,
		.index = p->index,
		.dir = XFRM_POLICY_OUT,
	};
	struct nl_msg *msg = message(
		XFRM_MSG_DELPOLICY, NLM_F_REQUEST | NLM_F_ACK, &id, sizeof(id));

	if (!msg)
		return -ENOMEM;
	if (nla_put_u32(msg, XFRMA_IF_ID, p->if_id)) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	return request(x, msg, NULL, NULL);
}

static bool take_key(struct ike_xfrm_key *key, const char *name,
		     const void *octet, uint32_t bits, size_t room)
{
	key->len = bits / 8;
	if (key->len > room || key->len > sizeof(key->octet))
		return false;
	memcpy(key->name, name, sizeof(key->name) - 1);
	memcpy(key->octet, octet, key->len);
	return true;
}

static bool get_keys(struct nlattr **at, struct ike_xfrm_sa *sa)
{
	const struct xfrm_algo *enc;
	const struct xfrm_algo_auth *auth;
	int enc_len, auth_len;

	if (!at[XFRMA_ALG_CRYPT] || !at[XFRMA_ALG_AUTH_TRUNC])
		return true; /* of an algorithm that is none of ours */
	enc = nla_data(at[XFRMA_ALG_CRYPT]);
	enc_len = nla_len(at[XFRMA_ALG_CRYPT]);
	auth = nla_data(at[XFRMA_ALG_AUTH_TRUNC]);
	auth_len = nla_len(at[XFRMA_ALG_AUTH_TRUNC]);
	if (enc_len < (int)sizeof(*enc) || auth_len < (int)sizeof(*auth))
		return false;
	sa->auth.icv_bits = auth->alg_trunc_len;
	return take_key(&sa->enc, enc->alg_name, enc->alg_key, enc->alg_key_len,
			(size_t)enc_len - sizeof(*enc)) &&
	       take_key(&sa->auth, auth->alg_name, auth->alg_key,
			auth->alg_key_len, (size_t)auth_len - sizeof(*auth));
}

struct each_sa {
	void (*each)(void *arg, const struct ike_xfrm_sa *sa);
	void *arg;
};

static void on_sa(void *arg, struct nlmsghdr *nlh)
{
	const struct xfrm_usersa_info *info = nlmsg_data(nlh);
	struct nlattr *at[XFRMA_MAX + 1];
	struct ike_xfrm_sa sa = { 0 };
	const struct each_sa *e = arg;

	if (nlh->nlmsg_type != XFRM_MSG_NEWSA ||
	    nlmsg_parse(nlh, sizeof(*info), at, XFRMA_MAX, NULL) ||
	    info->reqid != IKE_XFRM_REQID || info->id.proto != IPPROTO_ESP)
		return;
	get_addr(&sa.src, &info->saddr, info->family);
	get_addr(&sa.dst, &info->id.daddr, info->family);
	sa.spi = ntohl(info->id.spi);
	sa.if_id = at[XFRMA_IF_ID] ? nla_get_u32(at[XFRMA_IF_ID]) : 0;
	sa.bytes = info->curlft.bytes;
	sa.packets = info->curlft.packets;
	sa.added = info->curlft.add_time;
	if (get_keys(at, &sa))
		e->each(e->arg, &sa);
	explicit_bzero(&sa, sizeof(sa));
}

int ike_xfrm_sas(struct ike_xfrm *x,
		 void (*each)(void *arg, const struct ike_xfrm_sa *sa),
		 void *arg)
{
	struct each_sa e = { each, arg };

	return dump(x, XFRM_MSG_GETSA, on_sa, &e);
}

struct each_policy {
	void (*each)(void *arg, const struct ike_xfrm_policy *p);
	void *arg;
};

static void on_policy(void *arg, struct nlmsghdr *nlh)
{
	const struct xfrm_userpolicy_info *info = nlmsg_data(nlh);
	struct nlattr *at[XFRMA_MAX + 1];
	const struct xfrm_user_tmpl *tmpl;
	const struct each_policy *e = arg;
	struct ike_xfrm_policy p = { 0 };

	if (nlh->nlmsg_type != XFRM_MSG_NEWPOLICY ||
	    nlmsg_parse(nlh, sizeof(*info), at, XFRMA_MAX, NULL) ||
	    info->dir != XFRM_POLICY_OUT || !at[XFRMA_TMPL] ||
	    nla_len(at[XFRMA_TMPL]) < (int)sizeof(*tmpl))
		return;
	tmpl = nla_data(at[XFRMA_TMPL]);
	if (tmpl->reqid != IKE_XFRM_REQID)
		return;
	get_addr(&p.src, &tmpl->saddr, tmpl->family);
	get_addr(&p.dst, &tmpl->id.daddr, tmpl->family);
	p.family = (uint8_t)info->sel.family;
	p.spi = ntohl(tmpl->id.spi);
	p.if_id = at[XFRMA_IF_ID] ? nla_get_u32(at[XFRMA_IF_ID]) : 0;
	p.index = info->index;
	e->each(e->arg, &p);
}

int ike_xfrm_policies(struct ike_xfrm *x,
		      void (*each)(void *arg, const struct ike_xfrm_policy *p),
		      void *arg)
{
	struct each_policy e = { each, arg };

	return dump(x, XFRM_MSG_GETPOLICY, on_policy, &e);
}

struct each_of_all {
	void (*each)(void *arg, uint32_t if_id, uint32_t what);
	void (*tcp)(void *arg, const struct addr *src, const struct addr *dst);
	void *arg;
};

static uint32_t if_id_of(struct nlmsghdr *nlh, size_t head)
{
	struct nlattr *at = nlmsg_find_attr(nlh, (int)head, XFRMA_IF_ID);

	return at && nla_len(at) >= 4 ? nla_get_u32(at) : 0;
}

/*
 * One that can carry packets. What stands for a request to the IKE daemon
 * (ACQUIRE) has no keys yet, but the SPI of the policy, which strongSwan keeps
 * at that of the SA before.
 */
static bool is_sa(struct nlmsghdr *nlh)
{
	const int head = sizeof(struct xfrm_usersa_info);

	return nlh->nlmsg_type == XFRM_MSG_NEWSA &&
	       nlmsg_datalen(nlh) >= head &&
	       (nlmsg_find_attr(nlh, head, XFRMA_ALG_AEAD) ||
		nlmsg_find_attr(nlh, head, XFRMA_ALG_CRYPT));
}

static void on_any_sa(void *arg, struct nlmsghdr *nlh)
{
	const struct xfrm_usersa_info *info = nlmsg_data(nlh);
	const struct each_of_all *e = arg;

	if (is_sa(nlh))
		e->each(e->arg, if_id_of(nlh, sizeof(*info)),
			ntohl(info->id.spi));
}

/* All TCP between two hosts, required to come by an SA. */
static bool is_tcp(struct nlmsghdr *nlh, size_t head,
		   const struct xfrm_userpolicy_info *info)
{
	const struct xfrm_selector *sel = &info->sel;
	const uint8_t bits = sel->family == AF_INET6 ? 128 : 32;
	const struct nlattr *at;

	if (info->dir != XFRM_POLICY_IN || sel->proto != IPPROTO_TCP ||
	    sel->sport_mask || sel->dport_mask || sel->prefixlen_s != bits ||
	    sel->prefixlen_d != bits)
		return false;
	at = nlmsg_find_attr(nlh, (int)head, XFRMA_TMPL);
	return at && nla_len(at) >= (int)sizeof(struct xfrm_user_tmpl) &&
	       !((const struct xfrm_user_tmpl *)nla_data(at))->optional;
}

static bool is_everything(const struct xfrm_userpolicy_info *info)
{
	return info->dir == XFRM_POLICY_OUT && !info->sel.prefixlen_s &&
	       !info->sel.prefixlen_d && !info->sel.proto;
}

/* Attributes come after head octets. */
static void tell_policy(const struct each_of_all *e, struct nlmsghdr *nlh,
			size_t head, const struct xfrm_userpolicy_info *info)
{
	struct addr src, dst;

	if (is_everything(info) && e->each) {
		e->each(e->arg, if_id_of(nlh, head), info->sel.family);
	} else if (is_tcp(nlh, head, info) && e->tcp) {
		get_addr(&src, &info->sel.saddr, info->sel.family);
		get_addr(&dst, &info->sel.daddr, info->sel.family);
		e->tcp(e->arg, &src, &dst);
	}
}

static void on_any_policy(void *arg, struct nlmsghdr *nlh)
{
	const struct xfrm_userpolicy_info *info = nlmsg_data(nlh);

	if (nlh->nlmsg_type == XFRM_MSG_NEWPOLICY &&
	    nlmsg_datalen(nlh) >= (int)sizeof(*info))
		tell_policy(arg, nlh, sizeof(*info), info);
}

void ike_xfrm_deleted_policy(struct nlmsghdr *nlh,
			     void (*each)(void *arg, uint32_t if_id,
					  uint32_t family),
			     void (*tcp)(void *arg, const struct addr *src,
					 const struct addr *dst),
			     void *arg)
{
	const int head = sizeof(struct xfrm_userpolicy_id);
	struct each_of_all e = { each, tcp, arg };
	struct nlattr *at;

	if (nlh->nlmsg_type != XFRM_MSG_DELPOLICY || nlmsg_datalen(nlh) < head)
		return;
	at = nlmsg_find_attr(nlh, head, XFRMA_POLICY);
	if (at && nla_len(at) >= (int)sizeof(struct xfrm_userpolicy_info))
		tell_policy(&e, nlh, (size_t)head, nla_data(at));
}

static void found_tcp(void *arg, const struct addr *src, const struct addr *dst)
{
	*(bool *)arg = true;
}

bool ike_xfrm_takes_tcp(struct ike_xfrm *x, const struct addr *src,
			const struct addr *dst)
{
	const uint8_t bits = (uint8_t)addr_bits(src->family);
	struct xfrm_userpolicy_id id = {
		.sel = { .family = src->family,
			 .prefixlen_s = bits,
			 .prefixlen_d = bits,
			 .proto = IPPROTO_TCP },
		.dir = XFRM_POLICY_IN,
	};
	bool found = false;
	struct each_of_all e = { NULL, found_tcp, &found };
	struct nl_msg *msg;

	put_addr(&id.sel.saddr, src);
	put_addr(&id.sel.daddr, dst);
	msg = message(XFRM_MSG_GETPOLICY, NLM_F_REQUEST | NLM_F_ACK, &id,
		      sizeof(id));
	return msg && !request(x, msg, on_any_policy, &e) && found;
}

bool ike_xfrm_deleted_sa(struct nlmsghdr *nlh, struct addr *src,
			 struct addr *dst, uint32_t *spi)
{
	const int head = sizeof(struct xfrm_usersa_id);
	const struct xfrm_usersa_info *info;
	struct nlattr *at;

	if (nlh->nlmsg_type != XFRM_MSG_DELSA || nlmsg_datalen(nlh) < head)
		return false;
	at = nlmsg_find_attr(nlh, head, XFRMA_SA);
	if (!at || nla_len(at) < (int)sizeof(*info))
		return false;
	info = nla_data(at);
	get_addr(src, &info->saddr, info->family);
	get_addr(dst, &info->id.daddr, info->family);
	*spi = ntohl(info->id.spi);
	return true;
}

int ike_xfrm_all_sas(struct ike_xfrm *x,
		     void (*each)(void *arg, uint32_t if_id, uint32_t spi),
		     void *arg)
{
	struct each_of_all e = { each, NULL, arg };

	return dump(x, XFRM_MSG_GETSA, on_any_sa, &e);
}

int ike_xfrm_all_policies(struct ike_xfrm *x,
			  void (*each)(void *arg, uint32_t if_id,
				       uint32_t family),
			  void (*tcp)(void *arg, const struct addr *src,
				      const struct addr *dst),
			  void *arg)
{
	struct each_of_all e = { each, tcp, arg };

	return dump(x, XFRM_MSG_GETPOLICY, on_any_policy, &e);
}

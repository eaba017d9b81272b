/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the contract's tests share: a raw socket of the family, requests that
 * may be as wrong as they like, and the kernel's answers as they came. The
 * daemon's own sender is not used: it would not send what is wrong.
 */
#ifndef SELFTESTS_NETLINK_CONTRACT_H
#define SELFTESTS_NETLINK_CONTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <linux/cesteer.h>

struct sock {
	int fd, family;
	unsigned int group; /* the events' */
	uint32_t seq;
};

/* One exchange, to its end. */
struct answer {
	int error; /* 0 or a negative errno */
	char sentence[256]; /* "": none */
	uint32_t offset; /* 0: none */
	char about[64]; /* the prefix that the offset names, "": none */
	unsigned int messages, datagrams; /* replies */
	bool interrupted; /* a dump, by changes */
};

/*
 * A namespace of this process's own, and the module in the kernel. False: not
 * in the guest, or the module is not to be had; why says so.
 */
bool contract_begin(const char **why);
bool sock_open(struct sock *s);
void sock_close(struct sock *s);
/* Join the events' group; 0 or -1 with errno. */
int sock_listen(struct sock *s);

/* A request without attributes yet. NLM_F_ACK is added for all but dumps. */
struct nl_msg *request(const struct sock *s, uint8_t cmd, int flags);
/* Take part in a batch: a group of the prefixes in text, between blanks. */
struct nlattr *group_begin(struct nl_msg *msg);
void group_target(struct nl_msg *msg, uint8_t action, const uint32_t *gateways,
		  unsigned int n);
void group_prefixes(struct nl_msg *msg, const char *prefixes);

typedef void (*reply_fn)(void *arg, struct nlmsghdr *nlh);

/* Send (msg is consumed), read all that comes for it. */
struct answer ask(struct sock *s, struct nl_msg *msg, reply_fn cb, void *arg);
/* The same by halves: for what is to happen in between. */
void send_only(struct sock *s, struct nl_msg *msg);
/* One datagram; false when the exchange is over. */
bool receive_some(struct sock *s, struct answer *a, reply_fn cb, void *arg);

/* Whole requests that tests often make. */
int add_vpn(struct sock *s, uint32_t vpn);
int add_gateway(struct sock *s, uint32_t id);
struct answer change(struct sock *s, uint8_t cmd, uint32_t vpn,
		     bool transaction, const char *prefixes, uint8_t action,
		     uint32_t gateway);
/*
 * A VPN's sources or routes as text, one a line: "10.0.0.0/8 protect 1,2". A
 * static buffer; "error: ..." when the dump failed.
 */
const char *table_text(struct sock *s, uint8_t cmd, uint32_t vpn);

/* For a reply_fn: the attributes of the last reply. */
struct last {
	struct nlattr *tb[32];
	char copy[8192];
	unsigned int n;
};

void keep_last(void *arg, struct nlmsghdr *nlh);

/*
 * Within a test: what a refusal must be like. NULL for about when it is not
 * about one prefix.
 */
#define EXPECT_REFUSED(code, expr)                                       \
	do {                                                             \
		struct answer refused_ = (expr);                         \
		EXPECT_EQ(-(code), refused_.error)                       \
		{                                                        \
			TH_LOG("%s: \"%s\"", #expr, refused_.sentence);  \
		}                                                        \
		EXPECT_NE(0, refused_.sentence[0])                       \
		{                                                        \
			TH_LOG("%s: refused without a sentence", #expr); \
		}                                                        \
	} while (0)

#define EXPECT_DONE(expr)                                            \
	do {                                                         \
		struct answer done_ = (expr);                        \
		EXPECT_EQ(0, done_.error)                            \
		{                                                    \
			TH_LOG("%s: \"%s\"", #expr, done_.sentence); \
		}                                                    \
	} while (0)

#endif /* SELFTESTS_NETLINK_CONTRACT_H */

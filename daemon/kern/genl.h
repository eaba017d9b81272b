/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the room: a socket of the family, and one request with all its
 * replies over it.
 */
#ifndef CESTEER_KERN_GENL_H
#define CESTEER_KERN_GENL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <netlink/netlink.h>

#define KERN_ERROR_LEN 512

struct kern {
	struct nl_sock *sk;
	int family;
	bool can_own; /* the module knows of owners */
	bool force; /* changes are made whoever that is */
	char owner[64]; /* who it was when this was opened, "": nobody */
	char error[KERN_ERROR_LEN];
};

/*
 * A socket bound to generic netlink, with extack and strict checks on.
 * NULL, and a sentence in why.
 */
struct nl_sock *kern_socket(char *why, size_t why_len);
/*
 * The family's number, or a negative errno and a sentence; -ENOENT: there is
 * no such family.
 */
int kern_family(struct nl_sock *sk, char *why, size_t why_len);

/*
 * A new request with room for len octets of attributes. NULL when memory is
 * short; the error is set.
 */
struct nl_msg *kern_msg(struct kern *k, uint8_t cmd, int flags, size_t len);

/* Called for each reply; not 0: the rest is read and thrown away. */
typedef int (*kern_reply_fn)(struct nlmsghdr *nlh, void *arg);

/*
 * Send a request (consumed in any case) and read its replies up to the end or
 * the acknowledgment. 0, what cb returned, or a negative errno with the
 * error set. -EAGAIN: a dump was interrupted by changes.
 */
int kern_request(struct kern *k, struct nl_msg *msg, kern_reply_fn cb,
		 void *arg);

/* Set the error, return err. */
int kern_fail(struct kern *k, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int kern_fail_memory(struct kern *k);
int kern_fail_reply(struct kern *k);

#endif /* CESTEER_KERN_GENL_H */

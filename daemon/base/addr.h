/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPv4 and IPv6 addresses and prefixes, and their text forms. Octets are in
 * network byte order; an IPv4 address uses the first four, the rest are zero.
 * All functions are pure.
 */
#ifndef CESTEER_BASE_ADDR_H
#define CESTEER_BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct addr {
	uint8_t family; /* AF_INET, AF_INET6, or AF_UNSPEC (0): none */
	uint8_t b[16];
};

struct prefix {
	uint8_t family;
	uint8_t len; /* bits; those beyond it are zero */
	uint8_t b[16];
};

#define ADDR_STRLEN 46
#define PREFIX_STRLEN 50

/* Bits of a family's address: 32 or 128. */
unsigned int addr_bits(uint8_t family);
/* Parse; false when text is not exactly one address. */
bool addr_parse(const char *text, struct addr *a);
/* Format into buf (ADDR_STRLEN octets), return buf; "-" for AF_UNSPEC. */
const char *addr_format(const struct addr *a, char *buf);
int addr_cmp(const struct addr *a, const struct addr *b);
/*
 * A number for two addresses, 0x80000000 and up: always the same one, and
 * another for two others as a hash makes it so.
 */
uint32_t addr_pair_number(const struct addr *a, const struct addr *b);
/* True for fe80::/10: it needs an interface beside it. */
bool addr_is_link_local(const struct addr *a);
/* True for 127.0.0.0/8 and ::1: this very machine. */
bool addr_is_loopback(const struct addr *a);
/* True for ::ffff:0:0/96: an IPv4 address, written as IPv6. */
bool addr_is_mapped(const struct addr *a);
/* A host's address: neither zero nor multicast nor beyond. */
bool addr_is_host(const struct addr *a);
/* From and to a socket address; false on another family. */
bool addr_from_sockaddr(const struct sockaddr *sa, struct addr *a);
socklen_t addr_to_sockaddr(const struct addr *a, uint16_t port,
			   struct sockaddr_storage *ss);

/*
 * Parse "10.0.0.0/8" (a bare address is a host prefix). On failure returns
 * false and sets *why to a static sentence ("bits set beyond /8", ...).
 */
bool prefix_parse(const char *text, struct prefix *p, const char **why);
/* Format into buf (PREFIX_STRLEN octets), return buf. */
const char *prefix_format(const struct prefix *p, char *buf);
/* Clear the bits beyond len. */
void prefix_mask(struct prefix *p);
/* Order: family, address, length. */
int prefix_cmp(const struct prefix *a, const struct prefix *b);
/* True when a covers b (or equals it). */
bool prefix_covers(const struct prefix *a, const struct prefix *b);
bool prefix_contains(const struct prefix *p, const struct addr *a);

#endif /* CESTEER_BASE_ADDR_H */

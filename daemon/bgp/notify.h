/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NOTIFICATION messages: an error as code, subcode and data, and in words.
 * RFC 4271, sections 4.5 and 6; RFC 4486 (Cease), RFC 6608 (FSM errors), RFC
 * 9003 (shutdown communication). Pure.
 */
#ifndef CESTEER_BGP_NOTIFY_H
#define CESTEER_BGP_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BGP_ERROR_DATA_MAX 256
#define BGP_ERROR_TEXT 448

struct bgp_error {
	uint8_t code, subcode;
	uint16_t data_len;
	/* What RFC 4271 says to quote; cut when longer than this. */
	uint8_t data[BGP_ERROR_DATA_MAX];
	const char *why; /* static, a few words; NULL when received */
};

/* Set every field; data may be NULL when len is 0. */
void bgp_error_set(struct bgp_error *e, uint8_t code, uint8_t subcode,
		   const char *why, const void *data, size_t len);
/*
 * A Cease with a shutdown communication (RFC 9003): at most 255 octets of
 * UTF-8; what is longer is cut, between characters.
 */
void bgp_error_set_cease(struct bgp_error *e, uint8_t subcode,
			 const char *text);
/*
 * "OPEN Message Error / Bad Peer AS: why" into buf (BGP_ERROR_TEXT octets);
 * a shutdown communication is quoted, without control characters; other data,
 * and one that is no UTF-8 (RFC 9003, section 2), follows in hex. What is in buf
 * is UTF-8. Returns buf.
 */
const char *bgp_error_text(const struct bgp_error *e, char *buf);
/*
 * Octets as "40 01 02 ..." into buf, at most size octets with the final zero;
 * "..." ends what was cut. Returns buf.
 */
const char *bgp_hex(const uint8_t *p, size_t n, char *buf, size_t size);
/* Decode a NOTIFICATION's body; false when it is too short to be one. */
bool bgp_notification_decode(const uint8_t *body, size_t len,
			     struct bgp_error *e);

#endif /* CESTEER_BGP_NOTIFY_H */

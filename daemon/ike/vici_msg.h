/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The VICI protocol's messages as octets: packets, and the tree of sections,
 * lists and key/value pairs that they carry. Pure: no descriptor, no state
 * beyond the structures passed in.
 *
 * A segment on the wire is a 32-bit big-endian length and that many octets:
 * a packet type, for named packets an 8-bit length and a name, then elements.
 * An element is a type, for sections, pairs and lists a name (8-bit length),
 * for pairs and items a value (16-bit length). Described in the README.md of
 * strongSwan's vici plugin.
 */
#ifndef CESTEER_IKE_VICI_MSG_H
#define CESTEER_IKE_VICI_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VICI_SEGMENT_MAX (512 * 1024) /* octets after the length */
#define VICI_HEADER_LEN 4
#define VICI_NAME_MAX 255
#define VICI_VALUE_MAX 65535
#define VICI_DEPTH_MAX 32 /* of sections; strongSwan sends five at most */

enum vici_packet_type {
	VICI_CMD_REQUEST, /* named */
	VICI_CMD_RESPONSE,
	VICI_CMD_UNKNOWN,
	VICI_EVENT_REGISTER, /* named */
	VICI_EVENT_UNREGISTER, /* named */
	VICI_EVENT_CONFIRM,
	VICI_EVENT_UNKNOWN,
	VICI_EVENT, /* named */
	VICI_PACKET_TYPES
};

enum vici_elem_type {
	VICI_SECTION_START = 1,
	VICI_SECTION_END,
	VICI_KEY_VALUE,
	VICI_LIST_START,
	VICI_LIST_ITEM,
	VICI_LIST_END,
};

enum vici_error {
	VICI_OK,
	VICI_E_SHORT, /* ends within an element, a name or a value */
	VICI_E_PACKET_TYPE,
	VICI_E_ELEMENT_TYPE,
	VICI_E_UNBALANCED, /* an end without a start, or the reverse */
	VICI_E_IN_LIST, /* something else than an item in a list */
	VICI_E_NOT_IN_LIST, /* an item outside any list */
	VICI_E_TOO_DEEP,
	VICI_E_TOO_LONG, /* a name, a value or the whole over its bound */
	VICI_E_MEMORY,
	VICI_ERRORS
};

/* A sentence, without a full stop. */
const char *vici_error_name(enum vici_error error);

/* Octets of a message that somebody else owns. */
struct vici_view {
	const uint8_t *p;
	size_t len;
};

/* One element; of a section or a list, value is what is inside it. */
struct vici_elem {
	enum vici_elem_type type; /* never one of the ends */
	struct vici_view name; /* not terminated; empty for an item */
	struct vici_view value;
};

struct vici_packet {
	enum vici_packet_type type;
	struct vici_view name; /* empty for unnamed packets */
	struct vici_view msg;
};

/*
 * Take a segment (without its length) apart and check all of its message, so
 * that walking it needs no further care.
 */
enum vici_error vici_packet_parse(const void *data, size_t len,
				  struct vici_packet *pkt);
enum vici_error vici_msg_check(struct vici_view msg);

/*
 * Next element of a message or of what is inside a section or list; false at
 * its end. rest starts as a copy of the view that is walked.
 */
bool vici_next(struct vici_view *rest, struct vici_elem *e);
/* First element of that type and name; false when there is none. */
bool vici_find(struct vici_view msg, enum vici_elem_type type, const char *name,
	       struct vici_view *value);
bool vici_is(struct vici_view v, const char *text);
/*
 * Copy a value as a string, cut to size, with '?' for control characters, so
 * that it can be logged.
 */
void vici_copy(struct vici_view v, char *buf, size_t size);
/* vici_copy() of a pair's value; false, and "", when there is no such pair. */
bool vici_get_str(struct vici_view msg, const char *key, char *buf,
		  size_t size);
/* A pair's value as a number; false unless it is one, whole. */
bool vici_get_u64(struct vici_view msg, const char *key, int radix,
		  uint64_t *n);

/*
 * A segment that is being written. Errors stick: later calls do nothing, and
 * one check of vici_wr_finish() suffices. The buffer is wiped whenever it is
 * let go, as it may hold a secret.
 */
struct vici_wr {
	uint8_t *buf;
	size_t len, cap;
	unsigned int depth;
	bool in_list;
	enum vici_error error;
};

/* Begin a packet; name is NULL for an unnamed one. */
void vici_wr_init(struct vici_wr *w, enum vici_packet_type type,
		  const char *name);
void vici_wr_section(struct vici_wr *w, const char *name);
void vici_wr_section_end(struct vici_wr *w);
void vici_wr_kv(struct vici_wr *w, const char *key, const void *value,
		size_t len);
void vici_wr_str(struct vici_wr *w, const char *key, const char *value);
void vici_wr_num(struct vici_wr *w, const char *key, uint64_t value);
void vici_wr_list(struct vici_wr *w, const char *name);
void vici_wr_item(struct vici_wr *w, const char *value, size_t len);
void vici_wr_list_end(struct vici_wr *w);
/* A list of one string. */
void vici_wr_list1(struct vici_wr *w, const char *name, const char *value);
/* Check the balance and write the length; then buf and len are the segment. */
enum vici_error vici_wr_finish(struct vici_wr *w);
/* Wipe and free what w holds. */
void vici_wr_free(struct vici_wr *w);
void vici_wipe(uint8_t *buf, size_t len); /* wipe, then free */

#endif /* CESTEER_IKE_VICI_MSG_H */

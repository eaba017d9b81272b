// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The keys under "ike": secrets, certificates, and what strongSwan is asked
 * for.
 */
#include "conf/ike.h"

#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/mem.h"
#include "conf/pem.h"
#include "conf/secret.h"
#include "conf/vpn.h"

#define PSK_MAX 1024 /* octets */
#define PSK_SHORT 16 /* octets; less is guessed by who has heard IKE */
#define REKEY_MIN 60 /* seconds */
#define REPLAY_WINDOW_MAX 4096 /* packets; XFRMA_REPLAY_ESN_MAX */

#define FIELD(name, member, reader, ...)                               \
	{                                                              \
		.key = name, .read = reader,                           \
		.offset = offsetof(struct conf, member), ##__VA_ARGS__ \
	}

/* Types that strongSwan reads before a ':', whatever their case. */
static const char *const address_types[] = {
	"ipv4:", "ipv6:", "ipv4net:", "ipv6net:", "ipv4range:", "ipv6range:",
};

static const char *const name_types[] = {
	"rfc822:", "email:", "userfqdn:", "fqdn:",
	"dns:",	   "uri:",   "asn1dn:",	  "asn1gn:",
};

static const char *has_type(const char *text, const char *const *types,
			    size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strncasecmp(text, types[i], strlen(types[i])))
			return types[i];
	return NULL;
}

/* Whether it may have a wildcard, be it behind hexadecimal digits. */
static bool is_pattern(const char *text)
{
	const char *type = has_type(text, name_types, ARRAY_SIZE(name_types));

	/* "{0}:" is a type by its number. */
	return strpbrk(text, "*%^") || *text == '{' ||
	       (type && text[strlen(type)] == '#');
}

static bool is_any_address(const char *text)
{
	static const struct addr zero;
	struct addr a;

	return addr_parse(text, &a) && !memcmp(a.b, zero.b, sizeof(a.b));
}

/* "192.0.2.0/24", "192.0.2.1-192.0.2.9" */
static bool is_many_addresses(const char *text)
{
	char first[ADDR_STRLEN];
	size_t len = strcspn(text, "/-");
	struct addr a;

	if (!text[len] || len >= sizeof(first))
		return false;
	memcpy(first, text, len);
	first[len] = 0;
	return addr_parse(first, &a);
}

/*
 * What strongSwan's identification_create_from_string() takes for more than one
 * peer would let each of them stand for the other.
 */
static bool check_identity(struct doc *d, yaml_node_t *node, const char *text)
{
	const char *type =
		has_type(text, address_types, ARRAY_SIZE(address_types));

	if (is_pattern(text))
		return doc_fail(
			d, node,
			"expected the identity of one gateway, not a pattern");
	if (is_any_address(text))
		return doc_fail(
			d, node,
			"expected the identity of one gateway: strongSwan takes \"%s\" for any",
			text);
	if (is_many_addresses(text))
		return doc_fail(
			d, node,
			"expected the identity of one gateway, not a subnet or a range");
	if (type)
		return doc_fail(d, node,
				"expected an address without \"%s\" before it",
				type);
	return true;
}

bool conf_read_identity(struct doc *d, yaml_node_t *node, void *dst,
			const struct doc_field *f)
{
	char **s = (char **)(void *)((char *)dst + f->offset);
	const char *text = doc_text(d, node, "an identity");

	if (!text)
		return false;
	if (!*text || strlen(text) > 255)
		return doc_fail(d, node, "expected 1 to 255 characters");
	if (!check_identity(d, node, text))
		return false;
	free(*s);
	*s = xstrdup(text);
	return true;
}

/* One item of "psk": the groups that a key is for. */
struct psk_item {
	struct prefix *groups;
	size_t n_groups;
	char *file;
};

static bool group_each(struct doc *d, yaml_node_t *item, void *dst)
{
	struct psk_item *p = dst;

	p->groups = doc_grow(p->groups, &p->n_groups, sizeof(*p->groups));
	return doc_group(d, item, &p->groups[p->n_groups - 1]);
}

static bool read_group(struct doc *d, yaml_node_t *node, void *dst,
		       const struct doc_field *f)
{
	return group_each(d, node, dst);
}

static bool read_groups(struct doc *d, yaml_node_t *node, void *dst,
			const struct doc_field *f)
{
	return doc_list(d, node, dst, group_each);
}

static bool psk_add(struct doc *d, yaml_node_t *item, struct ike_conf *ike,
		    const struct prefix *group, const uint8_t *key, size_t len)
{
	char buf[PREFIX_STRLEN];
	struct ike_psk *p;
	size_t i;

	for (i = 0; i < ike->n_psk; i++) {
		if (prefix_cmp(&ike->psk[i].gateways, group))
			continue;
		if (!group->family)
			return doc_fail(
				d, item,
				"a key for all other gateways is listed twice");
		return doc_fail(d, item, "%s is listed twice",
				prefix_format(group, buf));
	}
	ike->psk = doc_grow(ike->psk, &ike->n_psk, sizeof(*p));
	p = &ike->psk[ike->n_psk - 1];
	p->gateways = *group;
	p->key.data = xmalloc(len);
	p->key.len = len;
	memcpy(p->key.data, key, len);
	return true;
}

static bool psk_take(struct doc *d, yaml_node_t *item, struct ike_conf *ike,
		     const struct psk_item *p)
{
	static const struct prefix others;
	uint8_t key[PSK_MAX];
	char why[256];
	size_t len, i;
	bool ok;

	if (!secret_read_line(p->file, sizeof(key), key, &len, why,
			      sizeof(why)))
		return doc_fail(d, item, "%s", why);
	if (len < PSK_SHORT)
		doc_warn(
			d, item,
			"%s: a key of %zu octets can be guessed: expected at least %d, at random",
			p->file, len, PSK_SHORT);
	ok = p->n_groups || psk_add(d, item, ike, &others, key, len);
	for (i = 0; ok && i < p->n_groups; i++)
		ok = psk_add(d, item, ike, &p->groups[i], key, len);
	secret_wipe(key, sizeof(key));
	return ok;
}

static bool psk_each(struct doc *d, yaml_node_t *item, void *dst)
{
	static const struct doc_field fields[] = {
		{ .key = "gateway", .read = read_group },
		{ .key = "gateways", .read = read_groups },
		{ .key = "file",
		  .read = conf_read_path,
		  .offset = offsetof(struct psk_item, file),
		  .required = true },
	};
	struct psk_item p = { 0 };
	struct conf *c = dst;
	bool ok;

	ok = doc_map(d, item, fields, ARRAY_SIZE(fields), &p) &&
	     psk_take(d, item, &c->ike, &p);
	free(p.groups);
	free(p.file);
	return ok;
}

static bool read_psk(struct doc *d, yaml_node_t *node, void *dst,
		     const struct doc_field *f)
{
	return doc_list(d, node, dst, psk_each);
}

struct blobs {
	struct ike_blob **list;
	size_t *n;
};

static void cert_add(void *arg, const uint8_t *der, size_t len)
{
	const struct blobs *to = arg;
	struct ike_blob *b;

	*to->list = doc_grow(*to->list, to->n, sizeof(*b));
	b = &(*to->list)[*to->n - 1];
	b->data = xmalloc(len);
	b->len = len;
	memcpy(b->data, der, len);
}

static bool read_certs(struct doc *d, yaml_node_t *node, struct blobs *to)
{
	const char *text = doc_text(d, node, "a path");
	char why[256], *path;
	bool ok;

	if (!text)
		return false;
	path = conf_path(d, text);
	ok = pem_certificates(path, cert_add, to, why, sizeof(why));
	free(path);
	return ok || doc_fail(d, node, "%s", why);
}

static bool ca_each(struct doc *d, yaml_node_t *item, void *dst)
{
	struct ike_conf *ike = &((struct conf *)dst)->ike;
	struct blobs to = { &ike->ca, &ike->n_ca };

	return read_certs(d, item, &to);
}

static bool read_cas(struct doc *d, yaml_node_t *node, void *dst,
		     const struct doc_field *f)
{
	return doc_list(d, node, dst, ca_each);
}

static bool read_chain(struct doc *d, yaml_node_t *node, void *dst,
		       const struct doc_field *f)
{
	struct ike_conf *ike = &((struct conf *)dst)->ike;
	struct blobs to = { &ike->chain, &ike->n_chain };

	return read_certs(d, node, &to);
}

static bool read_key(struct doc *d, yaml_node_t *node, void *dst,
		     const struct doc_field *f)
{
	struct ike_blob *to = &((struct conf *)dst)->ike.key;
	const char *text = doc_text(d, node, "a path"), *flaw;
	char why[256], *path;
	bool ok;

	if (!text)
		return false;
	path = conf_path(d, text);
	to->data = xmalloc(SECRET_MAX);
	ok = secret_read(path, SECRET_MAX, to->data, &to->len, why,
			 sizeof(why));
	flaw = ok ? pem_key_flaw(to->data, to->len) : NULL;
	if (flaw)
		doc_fail(d, node, "%s %s", path, flaw);
	else if (!ok)
		doc_fail(d, node, "%s", why);
	free(path);
	return ok && !flaw;
}

static bool read_certificate(struct doc *d, yaml_node_t *node, void *dst,
			     const struct doc_field *f)
{
	static const struct doc_field fields[] = {
		{ .key = "file", .read = read_chain, .required = true },
		{ .key = "key", .read = read_key, .required = true },
		FIELD("identity", ike.identity, conf_read_identity),
	};

	return doc_map(d, node, fields, ARRAY_SIZE(fields), dst);
}

static bool local_each(struct doc *d, yaml_node_t *item, void *dst)
{
	struct ike_conf *ike = &((struct conf *)dst)->ike;
	struct addr a, *to;

	if (!doc_host(d, item, &a))
		return false;
	to = a.family == AF_INET ? &ike->local4 : &ike->local6;
	if (to->family)
		return doc_fail(d, item,
				"expected at most one address of a family");
	*to = a;
	return true;
}

static bool read_local(struct doc *d, yaml_node_t *node, void *dst,
		       const struct doc_field *f)
{
	return doc_list(d, node, dst, local_each);
}

/* const char *: strongSwan's word for ours. */
static bool read_word(struct doc *d, yaml_node_t *node, void *dst,
		      const struct doc_field *f, const struct doc_word *w,
		      const char *const *theirs, size_t n)
{
	const char **to = (const char **)(void *)((char *)dst + f->offset);
	int v;

	if (!doc_choice(d, node, w, n, &v))
		return false;
	*to = theirs[v];
	return true;
}

static bool read_fragmentation(struct doc *d, yaml_node_t *node, void *dst,
			       const struct doc_field *f)
{
	static const struct doc_word words[] = { { "true", 0 },
						 { "false", 1 },
						 { "force", 2 } };
	static const char *const theirs[] = { "yes", "no", "force" };

	return read_word(d, node, dst, f, words, theirs, ARRAY_SIZE(words));
}

/*
 * strongSwan had only "yes" for "crypto" before 5.9.11, and still takes it. It
 * has no word for "crypto, if there is": "auto" is as much as there is.
 */
static bool read_hw_offload(struct doc *d, yaml_node_t *node, void *dst,
			    const struct doc_field *f)
{
	static const struct doc_word words[] = { { "none", 0 },
						 { "crypto", 1 } };
	static const char *const theirs[] = { "no", "yes" };
	const char *text = doc_text(d, node, "a word");

	if (!text)
		return false;
	if (!strcmp(text, "packet"))
		return doc_fail(
			d, node,
			"expected \"none\" or \"crypto\": the packets of an SA with packet offload would be dropped (late-nat), see cesteer(7)");
	if (!strcmp(text, "auto"))
		return doc_fail(
			d, node,
			"expected \"none\" or \"crypto\": strongSwan takes \"auto\" for packet offload where a device has it, and the packets of such an SA would be dropped (late-nat), see cesteer(7)");
	return read_word(d, node, dst, f, words, theirs, ARRAY_SIZE(words));
}

static bool read_copy_dscp(struct doc *d, yaml_node_t *node, void *dst,
			   const struct doc_field *f)
{
	static const struct doc_word words[] = {
		{ "out", 0 }, { "in", 1 }, { "both", 2 }, { "none", 3 }
	};
	static const char *const theirs[] = { "out", "in", "yes", "no" };

	return read_word(d, node, dst, f, words, theirs, ARRAY_SIZE(words));
}

static bool read_copy_df(struct doc *d, yaml_node_t *node, void *dst,
			 const struct doc_field *f)
{
	static const struct doc_word words[] = { { "true", 0 },
						 { "false", 1 } };
	static const char *const theirs[] = { "yes", "no" };

	return read_word(d, node, dst, f, words, theirs, ARRAY_SIZE(words));
}

static bool read_replay_window(struct doc *d, yaml_node_t *node, void *dst,
			       const struct doc_field *f)
{
	((struct conf *)dst)->ike.has_replay_window = true;
	return doc_read_u32(d, node, dst, f);
}

/* An SA that is replaced all the time is none that can be relied upon. */
static bool read_rekey_time(struct doc *d, yaml_node_t *node, void *dst,
			    const struct doc_field *f)
{
	const uint32_t *v = (void *)((char *)dst + f->offset);

	if (!doc_read_time32(d, node, dst, f))
		return false;
	return !*v || *v >= REKEY_MIN ||
	       doc_fail(d, node, "expected 0 or at least %d seconds, not %u",
			REKEY_MIN, *v);
}

static bool read_rekey_bytes(struct doc *d, yaml_node_t *node, void *dst,
			     const struct doc_field *f)
{
	int64_t v;

	if (!doc_number(d, node, 0, INT64_MAX, &v))
		return false;
	((struct conf *)dst)->ike.rekey_bytes = (uint64_t)v;
	return true;
}

static bool read_encap(struct doc *d, yaml_node_t *node, void *dst,
		       const struct doc_field *f)
{
	static const struct doc_word words[] = { { "auto", 0 },
						 { "force", 1 } };
	int v;

	if (!doc_choice(d, node, words, ARRAY_SIZE(words), &v))
		return false;
	((struct conf *)dst)->ike.force_encap = v;
	return true;
}

bool conf_read_ike(struct doc *d, yaml_node_t *node, void *dst,
		   const struct doc_field *f)
{
	static const struct doc_field fields[] = {
		FIELD("socket", ike.socket, conf_read_socket),
		{ .key = "local", .read = read_local },
		{ .key = "psk", .read = read_psk },
		{ .key = "certificate", .read = read_certificate },
		{ .key = "trusted-cas", .read = read_cas },
		FIELD("ike-proposals", ike.ike_proposals, doc_read_string,
		      .max = 512),
		FIELD("esp-proposals", ike.esp_proposals, doc_read_string,
		      .max = 512),
		FIELD("rekey-time", ike.rekey_time, read_rekey_time,
		      .max = 7 * 24 * 3600),
		{ .key = "rekey-bytes", .read = read_rekey_bytes },
		FIELD("ike-rekey-time", ike.ike_rekey_time, read_rekey_time,
		      .max = 30 * 24 * 3600),
		FIELD("dpd-delay", ike.dpd_delay, doc_read_time32,
		      .max = 24 * 3600),
		FIELD("fragmentation", ike.fragmentation, read_fragmentation),
		{ .key = "nat-traversal", .read = read_encap },
		FIELD("hw-offload", ike.hw_offload, read_hw_offload),
		FIELD("copy-dscp", ike.copy_dscp, read_copy_dscp),
		FIELD("copy-df", ike.copy_df, read_copy_df),
		FIELD("replay-window", ike.replay_window, read_replay_window,
		      .max = REPLAY_WINDOW_MAX),
		FIELD("per-cpu-sas", ike.per_cpu_sas, doc_read_bool),
		FIELD("setup-rate", ike.setup_rate, doc_read_u32,
		      .max = 100000),
	};

	return doc_map(d, node, fields, ARRAY_SIZE(fields), dst);
}

bool conf_check_ike(struct doc *d, yaml_node_t *root, struct conf *c)
{
	struct ike_conf *ike = &c->ike;

	ike->id4 = c->identity4;
	ike->id6 = c->identity6;
	if (ike->n_chain && !ike->n_ca)
		return doc_fail(
			d, doc_find(d, doc_find(d, root, "ike"), "certificate"),
			"ike: key \"trusted-cas\" is missing: who vouches for the certificates of others");
	if (ike->n_ca && !ike->n_chain)
		return doc_fail(
			d, doc_find(d, doc_find(d, root, "ike"), "trusted-cas"),
			"ike: key \"certificate\" is missing: what we prove our own identity with");
	if ((ike->local4.family && !ike->id4.family) ||
	    (ike->local6.family && !ike->id6.family))
		return doc_fail(
			d, doc_find(d, doc_find(d, root, "ike"), "local"),
			"ike.local: expected addresses of families that \"identity\" has one of");
	return true;
}

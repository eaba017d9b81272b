// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A gateway as strongSwan's configuration. Owns what "load-conn" and
 * "load-shared" say (the options are swanctl.conf(5)'s); sends nothing.
 *
 * The message is the same for both modes: a trap policy for everything, keyed
 * by the gateway's if_id. A pre-established SA is initiated by the driver
 * rather than by start_action, as strongSwan closes the SAs of a "start"
 * connection when it is replaced, and would start thousands at once. Then a
 * change of mode needs no message at all.
 *
 * What is loaded as it is wanted is not loaded again. strongSwan does not tell
 * most of a connection's options, so each bears a mark, a hash of all that was
 * said of it, where "list-conns" tells it: as the server's identity in EAP,
 * which nothing but EAP looks at, and no connection of ours has EAP. Whatever
 * has no mark, or another one, is loaded. So are secrets that this life has not
 * loaded as they are: their values are not told, and a hash of one would help to
 * guess it.
 *
 * close_action and dpd_action stay off: the trap is there anyway, and they
 * would install it once more after the connection was unloaded, if the peer's
 * DELETE came before ours.
 */
#include "ike/conn.h"

#include <stdio.h>
#include <string.h>
#include "ike/longest.h"

struct addr ike_conn_key(const struct ike_gateway_conf *gw)
{
	struct addr key = gw->address;

	if (gw->session)
		key.family |= CONN_SESSION_MARK;
	return key;
}

void ike_conn_name(const struct addr *key, char name[CONN_NAME_LEN])
{
	bool session = key->family & CONN_SESSION_MARK;
	struct addr a = *key;
	char text[ADDR_STRLEN];

	a.family &= (uint8_t)~CONN_SESSION_MARK;
	snprintf(name, CONN_NAME_LEN, CONN_PREFIX "%s%s",
		 session ? CONN_SESSION : "", addr_format(&a, text));
}

bool ike_conn_gateway(struct vici_view name, struct addr *key)
{
	char text[CONN_NAME_LEN], again[CONN_NAME_LEN];
	size_t skip = strlen(CONN_PREFIX);
	bool session;

	if (name.len >= sizeof(text) || name.len < skip)
		return false;
	vici_copy(name, text, sizeof(text));
	if (strncmp(text, CONN_PREFIX, skip))
		return false;
	session = !strncmp(text + skip, CONN_SESSION, strlen(CONN_SESSION));
	if (session)
		skip += strlen(CONN_SESSION);
	if (!addr_parse(text + skip, key))
		return false;
	if (session)
		key->family |= CONN_SESSION_MARK;
	/* "cesteer-0::1" is somebody else's. */
	ike_conn_name(key, again);
	return !strcmp(text, again);
}

/* The own Security Gateway Identity that the gateway is answered with. */
static const struct addr *own_id(const struct ike_conf *conf,
				 const struct addr *gateway)
{
	return gateway->family == AF_INET6 ? &conf->id6 : &conf->id4;
}

const struct addr *ike_conn_local(const struct ike_conf *conf,
				  const struct addr *gateway)
{
	const struct addr *local = gateway->family == AF_INET6 ? &conf->local6 :
								 &conf->local4;
	const struct addr *id = own_id(conf, gateway);

	return id->family && local->family ? local : id;
}

const struct ike_psk *ike_conn_psk(const struct ike_conf *conf,
				   const struct addr *gateway)
{
	const struct ike_psk *best = NULL, *psk;
	size_t i;

	if (conf->by_psk)
		return ike_longest_find(conf->by_psk, gateway);
	for (i = 0; i < conf->n_psk; i++) {
		psk = &conf->psk[i];
		if (psk->gateways.family &&
		    !prefix_contains(&psk->gateways, gateway))
			continue;
		/* The key for all others has no family, and length 0. */
		if (!best || !best->gateways.family ||
		    (psk->gateways.family &&
		     psk->gateways.len > best->gateways.len))
			best = psk;
	}
	return best;
}

struct ike_proof ike_conn_proof(const struct ike_conf *conf,
				const struct addr *gateway)
{
	const struct ike_psk *psk = ike_conn_psk(conf, gateway);

	if (conf->n_chain && (!psk || !psk->gateways.family))
		return (struct ike_proof){ .auth = IKE_AUTH_CERTIFICATE };
	if (!psk)
		return (struct ike_proof){ .auth = IKE_AUTH_NONE };
	return (struct ike_proof){
		.auth = IKE_AUTH_PSK,
		.psk = psk,
		.shared = psk->gateways.len < addr_bits(gateway->family),
	};
}

/* What the gateway must prove to be; buf has ADDR_STRLEN octets. */
static const char *peer_id(const struct ike_conf *conf,
			   const struct addr *gateway, char *buf)
{
	const struct ike_peer_id *best = NULL, *id;
	size_t i;

	if (conf->by_peer_id)
		best = ike_longest_find(conf->by_peer_id, gateway);
	for (i = 0; !conf->by_peer_id && i < conf->n_peer_id; i++) {
		id = &conf->peer_id[i];
		if (prefix_contains(&id->gateways, gateway) &&
		    (!best || id->gateways.len > best->gateways.len))
			best = id;
	}
	return best ? best->identity : addr_format(gateway, buf);
}

bool ike_conn_same_secret(const struct ike_conf *a, const struct ike_conf *b,
			  const struct addr *gateway)
{
	const struct ike_proof x = ike_conn_proof(a, gateway);
	const struct ike_proof y = ike_conn_proof(b, gateway);
	char owner[2][ADDR_STRLEN];

	if (x.auth != IKE_AUTH_PSK || y.auth != IKE_AUTH_PSK ||
	    x.shared != y.shared)
		return false;
	/* A shared one bears its number. */
	if (x.shared && x.psk - a->psk != y.psk - b->psk)
		return false;
	return ike_blob_same(&x.psk->key, &y.psk->key) &&
	       !strcmp(peer_id(a, gateway, owner[0]),
		       peer_id(b, gateway, owner[1]));
}

/* A comma-separated list, blanks around its items dropped. */
static void put_proposals(struct vici_wr *w, const char *key, const char *list)
{
	size_t len, skip;

	if (!list || !*list)
		return;
	vici_wr_list(w, key);
	for (;;) {
		skip = strspn(list, " \t");
		list += skip;
		len = strcspn(list, ",");
		for (skip = len; skip && strchr(" \t", list[skip - 1]); skip--)
			;
		if (skip)
			vici_wr_item(w, list, skip);
		if (!list[len])
			break;
		list += len + 1;
	}
	vici_wr_list_end(w);
}

static void put_everything(struct vici_wr *w, const char *key)
{
	vici_wr_list(w, key);
	vici_wr_item(w, "0.0.0.0/0", strlen("0.0.0.0/0"));
	vici_wr_item(w, "::/0", strlen("::/0"));
	vici_wr_list_end(w);
}

static void put_blobs(struct vici_wr *w, const char *key,
		      const struct ike_blob *blob, size_t n)
{
	size_t i;

	vici_wr_list(w, key);
	for (i = 0; i < n; i++)
		vici_wr_item(w, (const char *)blob[i].data, blob[i].len);
	vici_wr_list_end(w);
}

/*
 * Our own CAs are named in each connection, so that whatever else this machine
 * trusts vouches for no gateway.
 */
static void put_auths(struct vici_wr *w, const struct ike_conf *conf,
		      const struct ike_gateway_conf *gw, const char *mark)
{
	const struct addr *gateway = &gw->address;
	const struct addr *id = own_id(conf, gateway);
	bool cert = ike_conn_proof(conf, gateway).auth == IKE_AUTH_CERTIFICATE;
	char own[ADDR_STRLEN], peer[ADDR_STRLEN];

	/* A neighbor knows us by the session's address. */
	if (gw->session && (!cert || !id->family))
		id = &gw->local;
	addr_format(id, own);
	vici_wr_section(w, "local");
	vici_wr_str(w, "auth", cert ? "pubkey" : "psk");
	vici_wr_str(w, "id", cert && conf->identity ? conf->identity : own);
	if (cert)
		put_blobs(w, "certs", conf->chain, 1);
	if (mark)
		vici_wr_str(w, "aaa_id", mark);
	vici_wr_section_end(w);
	vici_wr_section(w, "remote");
	vici_wr_str(w, "auth", cert ? "pubkey" : "psk");
	vici_wr_str(w, "id", peer_id(conf, gateway, peer));
	if (cert)
		put_blobs(w, "cacerts", conf->ca, conf->n_ca);
	vici_wr_section_end(w);
}

static void put_word(struct vici_wr *w, const char *key, const char *word)
{
	if (word)
		vici_wr_str(w, key, word);
}

static void put_count(struct vici_wr *w, const char *key, uint64_t n)
{
	if (n)
		vici_wr_num(w, key, n);
}

/*
 * All of TCP, as either end may connect: the selectors of a child are every
 * pair of what is listed.
 */
static void put_tcp(struct vici_wr *w, const char *key, const struct addr *a)
{
	char text[ADDR_STRLEN + 16], buf[ADDR_STRLEN];

	snprintf(text, sizeof(text), "%s/%u[tcp]", addr_format(a, buf),
		 addr_bits(a->family));
	vici_wr_list1(w, key, text);
}

static void put_selectors(struct vici_wr *w, const struct ike_gateway_conf *gw)
{
	if (gw->session) {
		vici_wr_str(w, "mode", "transport");
		put_tcp(w, "local_ts", &gw->local);
		put_tcp(w, "remote_ts", &gw->address);
		vici_wr_num(w, "reqid", gw->reqid);
		return;
	}
	vici_wr_str(w, "mode", "tunnel");
	put_everything(w, "local_ts");
	put_everything(w, "remote_ts");
	vici_wr_num(w, "if_id_in", gw->if_id);
	vici_wr_num(w, "if_id_out", gw->if_id);
}

static void put_child(struct vici_wr *w, const char *name,
		      const struct ike_conf *conf,
		      const struct ike_gateway_conf *gw)
{
	vici_wr_section(w, name);
	put_selectors(w, gw);
	vici_wr_str(w, "policies", "yes");
	vici_wr_str(w, "start_action", "trap");
	vici_wr_str(w, "close_action", "none");
	vici_wr_str(w, "dpd_action", "clear");
	put_proposals(w, "esp_proposals", conf->esp_proposals);
	put_count(w, "rekey_time", conf->rekey_time);
	put_count(w, "rekey_bytes", conf->rekey_bytes);
	put_word(w, "hw_offload", conf->hw_offload);
	put_word(w, "copy_dscp", conf->copy_dscp);
	put_word(w, "copy_df", conf->copy_df);
	if (conf->has_replay_window)
		vici_wr_num(w, "replay_window", conf->replay_window);
	/* Unknown before strongSwan 6.0.2, and refused as such. */
	if (conf->per_cpu_sas)
		vici_wr_str(w, "per_cpu_sas", "yes");
	vici_wr_section_end(w);
}

void ike_conn_encode(struct vici_wr *w, const struct ike_conf *conf,
		     const struct ike_gateway_conf *gw, const char *mark)
{
	char name[CONN_NAME_LEN], local[ADDR_STRLEN], remote[ADDR_STRLEN];

	struct addr key = ike_conn_key(gw);

	ike_conn_name(&key, name);
	addr_format(gw->session ? &gw->local :
				  ike_conn_local(conf, &gw->address),
		    local);
	addr_format(&gw->address, remote);

	vici_wr_init(w, VICI_CMD_REQUEST, "load-conn");
	vici_wr_section(w, name);
	vici_wr_num(w, "version", 2);
	vici_wr_list1(w, "local_addrs", local);
	vici_wr_list1(w, "remote_addrs", remote);
	put_proposals(w, "proposals", conf->ike_proposals);
	vici_wr_str(w, "mobike", "no");
	vici_wr_str(w, "fragmentation",
		    conf->fragmentation ? conf->fragmentation : "yes");
	if (conf->force_encap)
		vici_wr_str(w, "encap", "yes");
	/* Where both ends initiate at once, one SA remains. */
	vici_wr_str(w, "unique", "replace");
	put_count(w, "dpd_delay", conf->dpd_delay);
	put_count(w, "rekey_time", conf->ike_rekey_time);
	put_auths(w, conf, gw, mark);
	vici_wr_section(w, "children");
	put_child(w, name, conf, gw);
	vici_wr_section_end(w);
	vici_wr_section_end(w);
}

/*
 * FNV-1a: two messages that differ in one octet never have the same hash, and
 * others by mere chance; nobody but the operator writes them.
 */
static uint64_t hash(const uint8_t *p, size_t len)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; len--; p++)
		h = (h ^ *p) * 0x100000001b3;
	return h;
}

void ike_conn_mark(const struct ike_conf *conf,
		   const struct ike_gateway_conf *gw, char mark[CONN_MARK_LEN])
{
	struct vici_wr w;
	uint64_t h;

	ike_conn_encode(&w, conf, gw, NULL);
	h = hash(w.buf, w.len);
	vici_wr_free(&w);
	snprintf(mark, CONN_MARK_LEN, CONN_PREFIX "%016llx",
		 (unsigned long long)h);
}

void ike_conn_read_mark(struct vici_view conn, char mark[CONN_MARK_LEN])
{
	struct vici_view local;

	*mark = 0;
	if (vici_find(conn, VICI_SECTION_START, "local-1", &local))
		vici_get_str(local, "aaa_id", mark, CONN_MARK_LEN);
}

void ike_conn_put_secret(struct vici_wr *w, const struct ike_psk *psk,
			 const char *name)
{
	vici_wr_init(w, VICI_CMD_REQUEST, "load-shared");
	vici_wr_str(w, "id", name);
	vici_wr_str(w, "type", "IKE");
	vici_wr_kv(w, "data", psk->key.data, psk->key.len);
	vici_wr_list(w, "owners");
}

/*
 * Gateways are a secret's only owners: with our own address as another, it
 * would be taken for any peer that has no secret of its own. For the same reason
 * a secret for many has them as owners, not everybody that strongSwan knows.
 */
void ike_conn_put_owner(struct vici_wr *w, const struct ike_conf *conf,
			const struct ike_gateway_conf *gw)
{
	char buf[ADDR_STRLEN];
	const char *owner = peer_id(conf, &gw->address, buf);

	vici_wr_item(w, owner, strlen(owner));
}

void ike_conn_encode_psk(struct vici_wr *w, const struct ike_conf *conf,
			 const struct ike_gateway_conf *gw)
{
	struct addr key = ike_conn_key(gw);
	char name[CONN_NAME_LEN];

	ike_conn_name(&key, name);
	ike_conn_put_secret(w, ike_conn_psk(conf, &gw->address), name);
	ike_conn_put_owner(w, conf, gw);
	vici_wr_list_end(w);
}

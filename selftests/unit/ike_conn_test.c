// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ike/conn and ike/sa: what is asked of strongSwan, and what it tells.
 */
#include <stdlib.h>
#include <string.h>
#include "ike/conn.h"
#include "ike/sa.h"
#include "kselftest_harness.h"

static struct addr ad(const char *text)
{
	struct addr a;

	addr_parse(text, &a);
	return a;
}

static struct vici_view text(const char *s)
{
	return (struct vici_view){ (const uint8_t *)s, strlen(s) };
}

TEST(names) {
	static const char *const foreign[] = { "",
					       "cesteer-",
					       "cesteer-hq",
					       "site",
					       "cesteer-192.0.2.01",
					       "cesteer-0::1",
					       "192.0.2.1",
					       "Cesteer-192.0.2.1",
					       "cesteer-192.0.2.1 ",
					       "cesteer-::A",
					       "cesteer-192.0.2.1/32" };
	char name[CONN_NAME_LEN];
	struct addr a, b = ad("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(foreign); i++) {
		EXPECT_FALSE(ike_conn_gateway(text(foreign[i]), &a))
		{
			TH_LOG("'%s'", foreign[i]);
		}
	}
	ike_conn_name(&b, name);
	ASSERT_TRUE(ike_conn_gateway(text(name), &a));
	EXPECT_EQ(0, addr_cmp(&a, &b));
}

/* What strongSwan gets; the message is w's. */
static struct vici_view finish(struct vici_wr *w)
{
	struct vici_packet pkt;

	if (vici_wr_finish(w) ||
	    vici_packet_parse(w->buf + 4, w->len - 4, &pkt))
		abort();
	return pkt.msg;
}

/* "a,b" of a list of the message. */
static const char *items(struct vici_view msg, const char *list)
{
	static char out[128];
	struct vici_view in;
	struct vici_elem e;

	*out = 0;
	if (!vici_find(msg, VICI_LIST_START, list, &in))
		return "none";
	while (vici_next(&in, &e)) {
		if (*out)
			strcat(out, ",");
		strncat(out, (const char *)e.value.p, e.value.len);
	}
	return out;
}

static const char *value(struct vici_view msg, const char *key)
{
	static char out[64];

	return vici_get_str(msg, key, out, sizeof(out)) ? out : "none";
}

static struct vici_view section(struct vici_view msg, const char *name)
{
	struct vici_view v = { NULL, 0 };

	vici_find(msg, VICI_SECTION_START, name, &v);
	return v;
}

/* A gateway and a neighbor by the same address are told apart. */
TEST(session_names) {
	struct ike_gateway_conf gw = { .address = ad("192.0.2.2"),
				       .session = true };
	struct addr key = ike_conn_key(&gw), again;
	char name[CONN_NAME_LEN];

	EXPECT_NE(0, addr_cmp(&key, &gw.address));
	ike_conn_name(&key, name);
	EXPECT_STREQ("cesteer-bgp-192.0.2.2", name);
	ASSERT_TRUE(ike_conn_gateway(text(name), &again));
	EXPECT_EQ(0, addr_cmp(&key, &again));
	EXPECT_FALSE(ike_conn_gateway(text("cesteer-bgp-"), &again));
	EXPECT_FALSE(ike_conn_gateway(text("cesteer-bgp-bgp-::1"), &again));
}

TEST(session) {
	struct ike_conf conf = { .id4 = ad("192.0.2.1") };
	struct ike_gateway_conf gw = { .address = ad("198.51.100.1"),
				       .local = ad("198.51.100.2"),
				       .session = true,
				       .reqid = 0x80000007 };
	struct vici_view conn, child;
	struct vici_wr w;

	ike_conn_encode(&w, &conf, &gw, NULL);
	conn = section(finish(&w), "cesteer-bgp-198.51.100.1");
	EXPECT_STREQ("198.51.100.2", items(conn, "local_addrs"));
	EXPECT_STREQ("198.51.100.1", items(conn, "remote_addrs"));
	EXPECT_STREQ("198.51.100.2", value(section(conn, "local"), "id"));
	EXPECT_STREQ("198.51.100.1", value(section(conn, "remote"), "id"));
	child = section(section(conn, "children"), "cesteer-bgp-198.51.100.1");
	EXPECT_STREQ("transport", value(child, "mode"));
	EXPECT_STREQ("198.51.100.2/32[tcp]", items(child, "local_ts"));
	EXPECT_STREQ("198.51.100.1/32[tcp]", items(child, "remote_ts"));
	EXPECT_STREQ("none", value(child, "if_id_in"));
	EXPECT_STREQ("2147483655", value(child, "reqid"));
	EXPECT_STREQ("trap", value(child, "start_action"));
	vici_wr_free(&w);
}

TEST(connection) {
	struct ike_conf conf = { .id4 = ad("192.0.2.1"),
				 .id6 = ad("2001:db8::1"),
				 .ike_proposals = "aes256-sha256-x25519 , x" };
	struct ike_gateway_conf gw = { .address = ad("2001:db8::2"),
				       .if_id = 4000000000 };
	struct vici_view conn, child;
	struct vici_wr w;

	ike_conn_encode(&w, &conf, &gw, NULL);
	conn = section(finish(&w), "cesteer-2001:db8::2");
	EXPECT_STREQ("2", value(conn, "version"));
	EXPECT_STREQ("2001:db8::1", items(conn, "local_addrs"));
	EXPECT_STREQ("2001:db8::2", items(conn, "remote_addrs"));
	EXPECT_STREQ("aes256-sha256-x25519,x", items(conn, "proposals"));
	EXPECT_STREQ("replace", value(conn, "unique"));
	EXPECT_STREQ("none", value(conn, "dpd_delay"));
	EXPECT_STREQ("2001:db8::1", value(section(conn, "local"), "id"));
	EXPECT_STREQ("2001:db8::2", value(section(conn, "remote"), "id"));
	EXPECT_STREQ("psk", value(section(conn, "remote"), "auth"));
	child = section(section(conn, "children"), "cesteer-2001:db8::2");
	EXPECT_STREQ("0.0.0.0/0,::/0", items(child, "local_ts"));
	EXPECT_STREQ("0.0.0.0/0,::/0", items(child, "remote_ts"));
	EXPECT_STREQ("4000000000", value(child, "if_id_in"));
	EXPECT_STREQ("4000000000", value(child, "if_id_out"));
	EXPECT_STREQ("trap", value(child, "start_action"));
	EXPECT_STREQ("none", items(child, "esp_proposals"));
	EXPECT_STREQ("none", value(child, "rekey_time"));
	EXPECT_STREQ("none", value(conn, "rekey_time"));
	EXPECT_STREQ("yes", value(conn, "fragmentation"));
	EXPECT_STREQ("none", value(conn, "encap"));
	EXPECT_STREQ("none", value(child, "replay_window"));
	EXPECT_STREQ("none", value(child, "hw_offload"));
	EXPECT_STREQ("none", value(child, "per_cpu_sas"));
	vici_wr_free(&w);

	gw.address = ad("198.51.100.7");
	conf.dpd_delay = 30;
	conf.rekey_time = 3600;
	conf.rekey_bytes = 1ull << 40;
	conf.ike_rekey_time = 7200;
	conf.esp_proposals = "aes128gcm16";
	conf.fragmentation = "force";
	conf.force_encap = true;
	conf.hw_offload = "yes";
	conf.copy_dscp = "in";
	conf.copy_df = "no";
	conf.has_replay_window = true; /* of 0: no check */
	conf.per_cpu_sas = true;
	ike_conn_encode(&w, &conf, &gw, NULL);
	conn = section(finish(&w), "cesteer-198.51.100.7");
	EXPECT_STREQ("192.0.2.1", items(conn, "local_addrs"));
	EXPECT_STREQ("30", value(conn, "dpd_delay"));
	child = section(section(conn, "children"), "cesteer-198.51.100.7");
	EXPECT_STREQ("aes128gcm16", items(child, "esp_proposals"));
	EXPECT_STREQ("3600", value(child, "rekey_time"));
	EXPECT_STREQ("1099511627776", value(child, "rekey_bytes"));
	EXPECT_STREQ("7200", value(conn, "rekey_time"));
	EXPECT_STREQ("force", value(conn, "fragmentation"));
	EXPECT_STREQ("yes", value(conn, "encap"));
	EXPECT_STREQ("yes", value(child, "hw_offload"));
	EXPECT_STREQ("in", value(child, "copy_dscp"));
	EXPECT_STREQ("no", value(child, "copy_df"));
	EXPECT_STREQ("0", value(child, "replay_window"));
	EXPECT_STREQ("yes", value(child, "per_cpu_sas"));
	vici_wr_free(&w);
}

/* Behind a NAT: the address differs, who we are does not. */
/* Whatever is configured is part of a connection's mark. */
TEST(marks) {
	struct ike_psk psk = { .key = { (uint8_t *)"any", 3 } };
	const struct ike_conf base = {
		.id4 = ad("192.0.2.1"),
		.psk = &psk,
		.n_psk = 1,
	};
	const struct ike_gateway_conf gw = {
		.address = ad("192.0.2.2"),
		.if_id = 42,
	};
	char mark[20][CONN_MARK_LEN], again[CONN_MARK_LEN];
	struct vici_view msg, conn, local, told;
	struct ike_gateway_conf other;
	struct ike_conf conf;
	struct vici_wr w;
	size_t i, k, n = 0;

	ike_conn_mark(&base, &gw, mark[n++]);
	other = gw;
	other.if_id = 43;
	ike_conn_mark(&base, &other, mark[n++]);
#define WITH(member, value)                           \
	do {                                          \
		conf = base;                          \
		conf.member = value;                  \
		ike_conn_mark(&conf, &gw, mark[n++]); \
	} while (0)
	WITH(id4, ad("192.0.2.3"));
	WITH(local4, ad("10.0.0.1"));
	WITH(ike_proposals, (char *)"aes128-sha256-x25519");
	WITH(esp_proposals, (char *)"aes128-sha256-x25519");
	WITH(rekey_time, 1800);
	WITH(rekey_bytes, 1800);
	WITH(ike_rekey_time, 1800);
	WITH(dpd_delay, 30);
	WITH(fragmentation, "no");
	WITH(force_encap, true);
	WITH(hw_offload, "yes");
	WITH(copy_dscp, "in");
	WITH(copy_df, "no");
	WITH(has_replay_window, true);
	WITH(per_cpu_sas, true);
#undef WITH
	for (i = 0; i < n; i++)
		for (k = 0; k < i; k++)
			EXPECT_STRNE(mark[i], mark[k]);
	ike_conn_mark(&base, &gw, again);
	EXPECT_STREQ(mark[0], again);

	/* It is sent where "list-conns" tells it. */
	ike_conn_encode(&w, &base, &gw, again);
	msg = finish(&w);
	ASSERT_TRUE(
		vici_find(msg, VICI_SECTION_START, "cesteer-192.0.2.2", &conn));
	ASSERT_TRUE(vici_find(conn, VICI_SECTION_START, "local", &local));
	ASSERT_TRUE(vici_find(local, VICI_KEY_VALUE, "aaa_id", &told));
	EXPECT_TRUE(vici_is(told, again));
	vici_wr_free(&w);
}

TEST(behind_nat) {
	struct ike_conf conf = { .id4 = ad("192.0.2.1"),
				 .local4 = ad("10.0.0.1"),
				 .local6 = ad("fd00::1") };
	struct ike_gateway_conf gw = { .address = ad("192.0.2.2") };
	struct addr six = ad("2001:db8::2");
	struct vici_view conn;
	struct vici_wr w;

	ike_conn_encode(&w, &conf, &gw, NULL);
	conn = section(finish(&w), "cesteer-192.0.2.2");
	EXPECT_STREQ("10.0.0.1", items(conn, "local_addrs"));
	EXPECT_STREQ("192.0.2.1", value(section(conn, "local"), "id"));
	vici_wr_free(&w);
	EXPECT_EQ(0, ike_conn_local(&conf, &six)->family);
}

static struct prefix px(const char *text)
{
	const char *why;
	struct prefix p;

	if (!prefix_parse(text, &p, &why))
		abort();
	return p;
}

static struct ike_blob blob(const char *octets)
{
	return (struct ike_blob){ (uint8_t *)octets, strlen(octets) };
}

TEST(certificates) {
	char ce1[] = "ce1.example.com", ce2[] = "ce2.example.com";
	struct ike_psk psk[] = { { .key = blob("any") },
				 { .gateways = px("192.0.2.8/29"),
				   .key = blob("group") } };
	struct ike_blob chain[] = { blob("own"), blob("between") };
	struct ike_blob ca[] = { blob("ca1"), blob("ca2") };
	struct ike_peer_id id[] = {
		{ px("192.0.2.2/32"), ce2 },
	};
	struct ike_conf conf = { .id4 = ad("192.0.2.1"),
				 .psk = psk,
				 .n_psk = 2,
				 .chain = chain,
				 .n_chain = 2,
				 .ca = ca,
				 .n_ca = 2,
				 .peer_id = id,
				 .n_peer_id = 1 };
	struct ike_gateway_conf gw = { .address = ad("192.0.2.2") };
	struct addr grouped = ad("192.0.2.9"), other = ad("192.0.2.3");
	struct vici_view conn, side;
	struct vici_wr w;

	EXPECT_EQ(IKE_AUTH_CERTIFICATE,
		  ike_conn_proof(&conf, &gw.address).auth);
	EXPECT_EQ(IKE_AUTH_PSK, ike_conn_proof(&conf, &grouped).auth);
	ike_conn_encode(&w, &conf, &gw, NULL);
	conn = section(finish(&w), "cesteer-192.0.2.2");
	side = section(conn, "local");
	EXPECT_STREQ("pubkey", value(side, "auth"));
	EXPECT_STREQ("192.0.2.1", value(side, "id"));
	EXPECT_STREQ("own", items(side, "certs"));
	EXPECT_STREQ("none", items(side, "cacerts"));
	side = section(conn, "remote");
	EXPECT_STREQ("pubkey", value(side, "auth"));
	EXPECT_STREQ("ce2.example.com", value(side, "id"));
	EXPECT_STREQ("ca1,ca2", items(side, "cacerts"));
	vici_wr_free(&w);

	/* Another one must carry its address; we may go by a name. */
	conf.identity = ce1;
	gw.address = other;
	ike_conn_encode(&w, &conf, &gw, NULL);
	conn = section(finish(&w), "cesteer-192.0.2.3");
	EXPECT_STREQ("ce1.example.com", value(section(conn, "local"), "id"));
	EXPECT_STREQ("192.0.2.3", value(section(conn, "remote"), "id"));
	vici_wr_free(&w);

	/* With a key we go by our address, and no certificate is shown. */
	gw.address = grouped;
	ike_conn_encode(&w, &conf, &gw, NULL);
	conn = section(finish(&w), "cesteer-192.0.2.9");
	EXPECT_STREQ("192.0.2.1", value(section(conn, "local"), "id"));
	EXPECT_STREQ("psk", value(section(conn, "remote"), "auth"));
	EXPECT_STREQ("none", items(section(conn, "local"), "certs"));
	vici_wr_free(&w);

	conf.n_chain = 0;
	EXPECT_EQ(IKE_AUTH_PSK, ike_conn_proof(&conf, &other).auth);
	conf.n_psk = 0;
	EXPECT_EQ(IKE_AUTH_NONE, ike_conn_proof(&conf, &other).auth);
}

TEST(secrets) {
	struct ike_psk psk[] = {
		{ .key = blob("any") },
		{ .gateways = px("192.0.2.2/32"),
		  .key = { (uint8_t *)"a\0b", 3 } },
		{ .gateways = px("192.0.2.0/24"), .key = blob("group") },
	};
	struct ike_conf conf = { .psk = psk, .n_psk = 3 };
	struct ike_gateway_conf gw = { .address = ad("192.0.2.2") };
	struct addr own = ad("192.0.2.2"), group = ad("192.0.2.3");
	struct addr other = ad("2001:db8::3");
	struct vici_view msg, data;
	struct vici_wr w;

	EXPECT_EQ(&psk[1], ike_conn_psk(&conf, &own));
	EXPECT_EQ(&psk[2], ike_conn_psk(&conf, &group));
	EXPECT_EQ(&psk[0], ike_conn_psk(&conf, &other));
	conf.psk = &psk[1];
	conf.n_psk = 1;
	EXPECT_EQ(NULL, ike_conn_psk(&conf, &other));

	ike_conn_encode_psk(&w, &conf, &gw);
	msg = finish(&w);
	EXPECT_STREQ("cesteer-192.0.2.2", value(msg, "id"));
	EXPECT_STREQ("192.0.2.2", items(msg, "owners"));
	ASSERT_TRUE(vici_find(msg, VICI_KEY_VALUE, "data", &data));
	ASSERT_EQ(3, data.len);
	EXPECT_EQ(0, memcmp("a\0b", data.p, 3));
	vici_wr_free(&w);
}

/* A copy finds them otherwise, and the same ones. */
TEST(secrets_of_a_copy) {
	static const char *const texts[] = {
		"10.0.0.0/8",	 "10.1.0.0/16",	  "10.1.0.0/24",
		"10.1.0.1/32",	 "10.1.128.0/17", "10.255.255.255/32",
		"2001:db8::/32", "2001:db8::/48", "2001:db8::1/128",
		"0a00::/16",	 "192.0.2.0/24",  "0.0.0.0/1",
	};
	static const char *const gateways[] = {
		"10.0.0.1",    "10.1.0.0",
		"10.1.0.1",    "10.1.0.2",
		"10.1.1.1",    "10.1.129.1",
		"10.2.0.1",    "10.255.255.255",
		"11.0.0.1",    "9.255.255.255",
		"0.0.0.1",     "128.0.0.1",
		"192.0.2.9",   "255.255.255.255",
		"2001:db8::1", "2001:db8::2",
		"2001:db9::1", "2001:db8:1::1",
		"a00::1",      "::1",
	};
	struct ike_psk psk[13] = { 0 };
	struct ike_peer_id id[12] = { 0 };
	struct ike_conf conf = { .psk = psk, .peer_id = id, .n_peer_id = 12 };
	const struct ike_psk *is, *want;
	struct ike_conf copy;
	char name[16] = "id";
	size_t i, n;

	for (i = 0; i < 12; i++) {
		psk[i].gateways = px(texts[i]);
		psk[i].key = (struct ike_blob)blob("k");
		id[i].gateways = px(texts[i]);
		id[i].identity = name;
	}
	psk[12].key = (struct ike_blob)blob("others");
	/* None, some, all, and with one for all others. */
	for (n = 0; n <= 13; n++) {
		conf.n_psk = n;
		ike_conf_copy(&copy, &conf);
		for (i = 0; i < ARRAY_SIZE(gateways); i++) {
			struct addr a = ad(gateways[i]);

			want = ike_conn_psk(&conf, &a);
			is = ike_conn_psk(&copy, &a);
			EXPECT_EQ(want ? want - psk : -1,
				  is ? is - copy.psk : -1)
			{
				TH_LOG("%s of %zu", gateways[i], n);
			}
		}
		ike_conf_free(&copy);
	}
}

static void put_child(struct vici_wr *w, const char *name, const char *id,
		      const char *state)
{
	vici_wr_section(w, name);
	vici_wr_str(w, "uniqueid", id);
	vici_wr_str(w, "state", state);
	vici_wr_str(w, "spi-in", "c0000001");
	vici_wr_str(w, "if-id-out", "0000002a");
	vici_wr_str(w, "bytes-out", "18446744073709551615");
	vici_wr_str(w, "install-time", "60");
	if (strcmp(id, "13"))
		vici_wr_str(w, "rekey-time", "300");
	vici_wr_str(w, "encr-alg", "AES_GCM_16");
	vici_wr_str(w, "encr-keysize", "256");
	if (!strcmp(id, "11"))
		vici_wr_str(w, "encap", "yes");
	vici_wr_section_end(w);
}

static void put_ike(struct vici_wr *w, const char *name)
{
	vici_wr_init(w, VICI_EVENT, "list-sa");
	vici_wr_str(w, "up", "yes");
	vici_wr_section(w, name);
	vici_wr_str(w, "uniqueid", "7");
	vici_wr_str(w, "state", "CONNECTING");
	vici_wr_str(w, "local-host", "192.0.2.1");
	vici_wr_section(w, "child-sas");
}

TEST(told) {
	struct ike_sa_child child;
	struct vici_view rest;
	struct vici_wr w;
	struct ike_sa sa;

	put_ike(&w, "cesteer-192.0.2.2");
	put_child(&w, "c-1", "11", "INSTALLED");
	put_child(&w, "c-2", "12", "REKEYED");
	put_child(&w, "c-3", "13", "CREATED");
	vici_wr_section_end(&w);
	vici_wr_section_end(&w);
	ASSERT_TRUE(ike_sa_read_ike(finish(&w), &sa));
	EXPECT_TRUE(sa.up);
	EXPECT_EQ(7, sa.id);
	EXPECT_EQ(SA_COMING, sa.phase);
	rest = sa.children;
	ASSERT_TRUE(ike_sa_next_child(&rest, &sa, 1000, &child));
	EXPECT_EQ(11, child.id);
	EXPECT_EQ(7, child.ike_id);
	EXPECT_EQ(SA_THERE, child.phase);
	EXPECT_EQ(0xc0000001, child.spi_in);
	EXPECT_EQ(42, child.if_id);
	EXPECT_EQ(UINT64_MAX, child.bytes_out);
	EXPECT_EQ(940, child.installed);
	EXPECT_EQ(1300, child.rekey_at);
	EXPECT_STREQ("AES_GCM_16-256", child.cipher);
	EXPECT_TRUE(child.encap);
	EXPECT_FALSE(child.rekeying);
	ASSERT_TRUE(ike_sa_next_child(&rest, &sa, 1000, &child));
	EXPECT_EQ(SA_GOING, child.phase);
	ASSERT_TRUE(ike_sa_next_child(&rest, &sa, 1000, &child));
	EXPECT_EQ(SA_COMING, child.phase);
	EXPECT_EQ(0, child.rekey_at);
	EXPECT_FALSE(child.encap);
	EXPECT_FALSE(ike_sa_next_child(&rest, &sa, 1000, &child));
	vici_wr_free(&w);

	put_ike(&w, "site-to-site");
	vici_wr_section_end(&w);
	vici_wr_section_end(&w);
	EXPECT_FALSE(ike_sa_read_ike(finish(&w), &sa));
	vici_wr_free(&w);
}

TEST(rekeyed) {
	struct ike_sa_child old, new;
	struct vici_wr w;
	struct ike_sa sa;

	put_ike(&w, "cesteer-192.0.2.2");
	vici_wr_section(&w, "cesteer-192.0.2.2");
	put_child(&w, "old", "11", "REKEYED");
	put_child(&w, "new", "12", "INSTALLED");
	vici_wr_section_end(&w);
	vici_wr_section_end(&w);
	vici_wr_section_end(&w);
	ASSERT_TRUE(ike_sa_read_ike(finish(&w), &sa));
	ASSERT_TRUE(ike_sa_read_rekey(&sa, 0, &old, &new));
	EXPECT_EQ(11, old.id);
	EXPECT_EQ(12, new.id);
	EXPECT_EQ(SA_THERE, new.phase);
	vici_wr_free(&w);
}

TEST(set) {
	struct ike_sa_set set = { 0 };
	struct ike_sa_child c = { .phase = SA_THERE };
	json_t *list;

	for (c.id = 1; c.id <= 5; c.id++) {
		c.listing = c.id % 2;
		ike_sa_set_put(&set, &c);
	}
	c.id = 2;
	c.spi_in = 0xabc;
	ike_sa_set_put(&set, &c); /* replaces; listing 1 */
	EXPECT_EQ(5, set.n);
	ike_sa_set_sweep(&set, 1);
	EXPECT_EQ(4, set.n); /* 1, 2, 3, 5 */
	ike_sa_set_del(&set, 3);
	ike_sa_set_del(&set, 4);
	EXPECT_EQ(3, set.n);
	list = ike_sa_set_json(&set, 10);
	EXPECT_EQ(3, json_array_size(list));
	json_decref(list);
	ike_sa_set_free(&set);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conf/: what a good file becomes, and the exact words about each class of
 * bad one.
 */
#include "conf_file.h"

/* A file that is valid, to which a test adds one mistake. */
#define HEAD                     \
	"router-id: 192.0.2.5\n" \
	"as: 65005\n"            \
	"identity: { address: 192.0.2.5 }\n"
#define VPN       \
	"vpns:\n" \
	"  - name: default\n"

TEST_F(conf, defaults) {
	ASSERT_TRUE(load(self, "identity: {address: 192.0.2.5}\n" VPN))
	{
		TH_LOG("%s", self->why);
	}
	EXPECT_EQ(1, self->c->n_vpns);
	EXPECT_STREQ("default", self->c->vpns[0].name);
	EXPECT_EQ(0, self->c->vpns[0].table);
	EXPECT_EQ(CESTEER_MODE_ON_DEMAND, self->c->vpns[0].mode);
	EXPECT_EQ(CESTEER_ACTION_BYPASS, self->c->vpns[0].default_action);
	EXPECT_EQ(CESTEER_MODE_ON_DEMAND, self->c->mode);
	EXPECT_EQ(0x80, self->c->bgp.sgi_subtype);
	EXPECT_TRUE(self->c->bgp.sgi_transitive);
	EXPECT_EQ(179, self->c->bgp.listen_port);
	EXPECT_EQ(AF_INET, self->c->bgp.listen4.family);
	EXPECT_EQ(AF_INET6, self->c->bgp.listen6.family);
	EXPECT_STREQ("/run/charon.vici", self->c->ike.socket);
	EXPECT_STREQ("/run/cesteer/control", self->c->control);
	EXPECT_EQ(0, addr_cmp(&self->c->ike.id4, &self->c->identity4));
	EXPECT_EQ(0, self->c->ike.id6.family);
	EXPECT_EQ(100, self->c->ike.setup_rate);
	EXPECT_EQ(NULL, self->c->ike.hw_offload);
	EXPECT_FALSE(self->c->ike.has_replay_window);
	EXPECT_EQ(LOG_LEVEL_INFO, self->c->log);
	EXPECT_EQ(120, self->c->settle_time);
	EXPECT_EQ(300, self->c->stale_time);
	EXPECT_EQ(30, self->c->idle_time);
	EXPECT_EQ(256, self->c->queue.packets);
	EXPECT_EQ(1048576, self->c->queue.bytes);
	EXPECT_EQ(5, self->c->queue.age);
	EXPECT_EQ(16777216, self->c->queue.total);
}

TEST_F(conf, not_a_file) {
	EXPECT_EQ(NULL, conf_load("/tmp", self->why, sizeof(self->why)));
	EXPECT_STREQ("/tmp is not a regular file", self->why);
	EXPECT_EQ(NULL, conf_load("/tmp/none", self->why, sizeof(self->why)));
	EXPECT_STREQ("/tmp/none: No such file or directory", self->why);
}

TEST_F(conf, every_key) {
	const struct conf_static *s;
	const struct bgp_origin *o;
	const struct bgp_peer_conf *n;
	const struct conf_vpn *v;
	const char *why;
	struct prefix p;
	struct addr a;

	put(self->secret, "secret words\n", 13, 0600);
	ASSERT_TRUE(load(
		self,
		"router-id: 192.0.2.5\n"
		"as: 4200000001\n"
		"identity: { address: 192.0.2.5, address6: \"2001:db8::5\",\n"
		"            sub-type: 0x42, transitive: false }\n"
		"mode: pre-established\n"
		"vpns:\n"
		"  - name: red\n"
		"    table: 10\n"
		"    vrf: vrf-red\n"
		"    default: discard\n"
		"    mode: on-demand\n"
		"    source-prefixes: [10.6.0.0/16, 10.5.0.0/16]\n"
		"    fast-devices: [eth1, vlan.100]\n"
		"    trusted-subnets:\n"
		"      - {prefix: 10.7.0.9/32, gateway: 10.7.0.9}\n"
		"      - 10.5.0.0/16\n"
		"      - {prefix: 10.6.0.0/16, identity: false}\n"
		"    static:\n"
		"      - {prefix: 10.9.0.0/16, action: protect,\n"
		"         gateways: [192.0.2.9, 192.0.2.8]}\n"
		"      - {prefix: 10.8.0.0/16, action: discard}\n"
		"    neighbors:\n"
		"      - {address: 198.51.100.1, as: 64500, name: pe1,\n"
		"         local: 198.51.100.2, passive: true, port: 1179,\n"
		"         hold-time: 3m, connect-retry: 7, families: [ipv4],\n"
		"         md5-file: secret, next-hop4: 198.51.100.7,\n"
		"         next-hop6: \"2001:db8::7\", add-path: true,\n"
		"         ttl-security: 2, max-prefixes: 1000}\n"
		"      - {address: \"fe80::1\", interface: eth7, as: 64500}\n"
		"    import-targets: [\"64500:2\", \"64500:1\", \"192.0.2.1:1\"]\n"
		"neighbors: [{address: 192.0.2.100, as: 64500, families: [vpnv6]}]\n"
		"gateways: [{address: 192.0.2.1, mode: on-demand},\n"
		"           {address: 192.0.3.0/24, mode: on-demand},\n"
		"           {address: 192.0.3.1, identity: ce3.example.com}]\n"
		"ike:\n"
		"  socket: /tmp/vici\n"
		"  local: [10.0.0.5]\n"
		"  psk: [{gateway: 192.0.2.1, file: secret}, {file: secret},\n"
		"        {gateways: [192.0.2.0/29, 2001:db8::/32], file: secret}]\n"
		"  ike-proposals: aes256\n"
		"  esp-proposals: aes128\n"
		"  rekey-time: 1h\n"
		"  rekey-bytes: 1000000000000\n"
		"  ike-rekey-time: 4h\n"
		"  dpd-delay: 0\n"
		"  fragmentation: force\n"
		"  nat-traversal: force\n"
		"  hw-offload: crypto\n"
		"  copy-dscp: both\n"
		"  copy-df: false\n"
		"  replay-window: 0\n"
		"  per-cpu-sas: true\n"
		"  setup-rate: 7\n"
		"bgp: { listen: [192.0.2.5], port: 1790, restart-time: 77 }\n"
		"control: { socket: sock }\n"
		"queue: { packets: 3, bytes: 4, age: 2m, total: 5 }\n"
		"timers: { settle: 5s, stale: 2m, idle: 0 }\n"
		"log: debug\n"))
	{
		TH_LOG("%s", self->why);
	}
	EXPECT_EQ(4200000001u, self->c->bgp.as);
	EXPECT_EQ(0xc0000205u, self->c->bgp.router_id);
	EXPECT_EQ(0x42, self->c->bgp.sgi_subtype);
	EXPECT_FALSE(self->c->bgp.sgi_transitive);
	EXPECT_EQ(0, self->c->bgp.listen6.family);
	EXPECT_EQ(1790, self->c->bgp.listen_port);
	ASSERT_EQ(4, self->c->ike.n_psk);
	EXPECT_EQ(0, self->c->ike.psk[1].gateways.family);
	EXPECT_EQ(12, self->c->ike.psk[1].key.len);
	EXPECT_EQ(0, memcmp("secret words", self->c->ike.psk[1].key.data, 12));
	EXPECT_EQ(32, self->c->ike.psk[3].gateways.len);
	EXPECT_EQ(3600, self->c->ike.rekey_time);
	EXPECT_EQ(1000000000000, self->c->ike.rekey_bytes);
	EXPECT_EQ(14400, self->c->ike.ike_rekey_time);
	EXPECT_STREQ("force", self->c->ike.fragmentation);
	EXPECT_TRUE(self->c->ike.force_encap);
	EXPECT_STREQ("yes", self->c->ike.hw_offload);
	EXPECT_STREQ("yes", self->c->ike.copy_dscp);
	EXPECT_STREQ("no", self->c->ike.copy_df);
	EXPECT_TRUE(self->c->ike.has_replay_window);
	EXPECT_EQ(0, self->c->ike.replay_window);
	EXPECT_TRUE(self->c->ike.per_cpu_sas);
	EXPECT_EQ(7, self->c->ike.setup_rate);
	EXPECT_EQ(3, self->c->queue.packets);
	EXPECT_EQ(4, self->c->queue.bytes);
	EXPECT_EQ(120, self->c->queue.age);
	EXPECT_EQ(5, self->c->queue.total);
	EXPECT_EQ(10, self->c->ike.local4.b[0]);
	ASSERT_EQ(1, self->c->ike.n_peer_id);
	EXPECT_STREQ("ce3.example.com", self->c->ike.peer_id[0].identity);
	EXPECT_EQ(120, self->c->stale_time);
	EXPECT_EQ(0, strncmp(self->dir, self->c->control, strlen(self->dir)));
	v = &self->c->vpns[0];
	EXPECT_EQ(10, v->table);
	EXPECT_EQ(CESTEER_ACTION_DISCARD, v->default_action);
	ASSERT_EQ(2, v->n_devices);
	EXPECT_STREQ("eth1", v->devices[0]);
	EXPECT_STREQ("vlan.100", v->devices[1]);
	ASSERT_EQ(2, v->n_sources);
	EXPECT_LT(prefix_cmp(&v->sources[0], &v->sources[1]), 0);
	prefix_parse("10.9.0.0/16", &p, &why);
	s = conf_static_find(v, &p);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(2, s->n_gateways);
	EXPECT_EQ(9, s->gateways[0].b[3]);
	prefix_parse("10.5.0.0/16", &p, &why);
	EXPECT_EQ(NULL, conf_static_find(v, &p));
	o = conf_origin_find(v, &p);
	ASSERT_NE(NULL, o);
	ASSERT_EQ(1, o->gateways.n);
	EXPECT_EQ(0, addr_cmp(&o->gateways.a[0], &self->c->identity4));
	prefix_parse("10.6.0.0/16", &p, &why);
	o = conf_origin_find(v, &p);
	ASSERT_NE(NULL, o);
	EXPECT_EQ(0, o->gateways.n);
	n = &v->neighbors[0];
	EXPECT_STREQ("pe1", n->name);
	EXPECT_STREQ("vrf-red", n->vrf);
	EXPECT_STREQ("secret words", n->md5);
	EXPECT_EQ(180, n->hold_time);
	EXPECT_EQ(n->families, BGP_IPV4);
	EXPECT_EQ(3, n->n_origins);
	EXPECT_TRUE(n->add_path);
	EXPECT_EQ(2, n->ttl_security);
	EXPECT_EQ(1000, n->max_prefixes);
	EXPECT_STREQ("eth7", v->neighbors[1].interface);
	ASSERT_EQ(3, v->n_imports);
	EXPECT_EQ(1, v->imports[0].b[7]);
	EXPECT_EQ(192, v->imports[2].b[2]);
	ASSERT_EQ(1, self->c->n_neighbors);
	EXPECT_EQ(BGP_VPNV6 | BGP_RTC, self->c->neighbors[0].families);
	EXPECT_EQ(0, self->c->neighbors[0].n_origins);
	EXPECT_EQ(77, self->c->bgp.restart_time);
	addr_parse("192.0.2.1", &a);
	EXPECT_EQ(CESTEER_MODE_ON_DEMAND,
		  conf_gateway_mode(self->c, &a, CESTEER_MODE_PRE_ESTABLISHED));
	addr_parse("192.0.2.2", &a);
	EXPECT_EQ(CESTEER_MODE_PRE_ESTABLISHED,
		  conf_gateway_mode(self->c, &a, CESTEER_MODE_PRE_ESTABLISHED));
	addr_parse("192.0.3.1", &a);
	EXPECT_EQ(CESTEER_MODE_ON_DEMAND,
		  conf_gateway_mode(self->c, &a, CESTEER_MODE_PRE_ESTABLISHED));
	EXPECT_EQ(CESTEER_MODE_ON_DEMAND, self->c->vpns[0].mode);
	addr_parse("2001:db8::5", &a);
	EXPECT_TRUE(conf_is_own(self->c, &a));
}

/* What is said, and where, for each kind of mistake. */
TEST_F(conf, errors) {
	static const struct {
		const char *text, *why;
	} t[] = {
		{ "", "f.yaml:1:1: the file is empty" },
		{ "- 1\n",
		  "f.yaml:1:1: expected a mapping of keys to values, not a list" },
		{ HEAD VPN "routter-id: 1\n",
		  "f.yaml:6:1: unknown key \"routter-id\", did you mean \"router-id\"?" },
		{ HEAD "vpns:\n  - name: a\n    neighbours: []\n",
		  "f.yaml:6:5: vpns[0]: unknown key \"neighbours\", did you mean \"neighbors\"?" },
		{ HEAD VPN "control: { colour: blue }\n",
		  "f.yaml:6:12: control: unknown key \"colour\", expected one of: socket" },
		{ HEAD VPN "as: 7\n", "f.yaml:6:1: key \"as\" is given twice" },
		{ "as: 1\n" VPN, "f.yaml:1:1: key \"identity\" is missing" },
		{ HEAD, "f.yaml:1:1: key \"vpns\" is missing" },
		{ HEAD "vpns: []\n",
		  "f.yaml:4:7: vpns: expected at least one VPN" },
		{ HEAD "vpns:\n",
		  "f.yaml:4:6: vpns: expected a list, not nothing" },
		{ HEAD VPN "queue: ''\n",
		  "f.yaml:6:8: queue: expected a mapping of keys to values, not nothing" },
		{ HEAD "vpns:\n  -\n",
		  "f.yaml:5:4: vpns[0]: key \"name\" is missing" },
		{ "identity:\n" VPN,
		  "f.yaml:1:10: identity: key \"address\" or \"address6\" is missing: where tunnels end here" },
		{ HEAD "vpns: [ { table: 1 } ]\n",
		  "f.yaml:4:9: vpns[0]: key \"name\" is missing" },
		{ "as: 0\n" VPN,
		  "f.yaml:1:5: as: expected a number from 1 to 4294967295, not \"0\"" },
		{ "as: 4294967296\n" VPN,
		  "f.yaml:1:5: as: expected a number from 1 to 4294967295, not \"4294967296\"" },
		{ "as: -1\n" VPN,
		  "f.yaml:1:5: as: expected a number from 1 to 4294967295, not \"-1\"" },
		{ "as: [1]\n" VPN,
		  "f.yaml:1:5: as: expected a number from 1 to 4294967295, not a list" },
		{ "router-id: 0.0.0.0\n" VPN,
		  "f.yaml:1:12: router-id: expected a router identifier such as 192.0.2.5" },
		{ "identity: {}\n" VPN,
		  "f.yaml:1:11: identity: key \"address\" or \"address6\" is missing: where tunnels end here" },
		{ "identity: {address6: 192.0.2.1}\n" VPN,
		  "f.yaml:1:22: identity.address6: expected an IPv6 address, not \"192.0.2.1\"" },
		{ "identity: {address: here}\n" VPN,
		  "f.yaml:1:21: identity.address: expected an IPv4 or IPv6 address, not \"here\"" },
		{ "identity: {address: 0.0.0.0}\n" VPN,
		  "f.yaml:1:21: identity.address: expected a host's address, not \"0.0.0.0\"" },
		{ "identity: {address6: 'ff02::1'}\n" VPN,
		  "f.yaml:1:22: identity.address6: expected a host's address, not \"ff02::1\"" },
		{ HEAD VPN "mode: always\n",
		  "f.yaml:6:7: mode: expected \"on-demand\" or \"pre-established\", not \"always\"" },
		{ HEAD VPN "log: loud\n",
		  "f.yaml:6:6: log: expected \"error\", \"warning\", \"info\" or \"debug\", not \"loud\"" },
		{ HEAD VPN "    source-prefixes: [10.5.0.1/16]\n",
		  "f.yaml:6:23: vpns[0].source-prefixes[0]: expected a prefix such as 10.5.0.0/16 or 2001:db8::/32, not \"10.5.0.1/16\": bits are set beyond the length" },
		{ HEAD VPN "    source-prefixes: [10.5.0.0/16, 10.5.0.0/16]\n",
		  "f.yaml:6:36: vpns[0].source-prefixes[1]: is listed twice" },
		{ HEAD VPN "    fast-devices: [eth1, a/b]\n",
		  "f.yaml:6:26: vpns[0].fast-devices[1]: no network device can have the name \"a/b\"" },
		{ HEAD VPN "    fast-devices: [eth1, eth1]\n",
		  "f.yaml:6:26: vpns[0].fast-devices[1]: is listed twice" },
		{ HEAD VPN "    vrf: red\n",
		  "f.yaml:5:5: vpns[0]: key \"table\" is missing: the FIB table of VRF red" },
		{ HEAD VPN "    vrf: sixteen-letters-\n    table: 1\n",
		  "f.yaml:6:10: vpns[0].vrf: expected at most 15 characters" },
		{ HEAD VPN "  - name: default\n    table: 2\n",
		  "f.yaml:6:5: vpns[1]: name \"default\" is taken" },
		{ HEAD VPN "  - name: other\n",
		  "f.yaml:6:5: vpns[1]: table 0 is VPN \"default\"'s" },
		{ HEAD VPN
		  "    trusted-subnets: [{prefix: 10.5.0.0/16, gateway: 192.0.2.1, identity: false}]\n",
		  "f.yaml:6:23: vpns[0].trusted-subnets[0]: expected a gateway or \"identity: false\", not both" },
		{ HEAD VPN "    static: [{prefix: 10.5.0.0/16}]\n",
		  "f.yaml:6:14: vpns[0].static[0]: key \"action\" is missing" },
		{ HEAD VPN
		  "    static: [{prefix: 10.5.0.0/16, action: protect}]\n",
		  "f.yaml:6:14: vpns[0].static[0]: key \"gateways\" is missing: \"protect\" needs at least one" },
		{ HEAD VPN
		  "    static: [{prefix: 10.5.0.0/16, action: bypass, gateways: [192.0.2.1]}]\n",
		  "f.yaml:6:14: vpns[0].static[0]: key \"gateways\" belongs to \"protect\" only" },
		{ HEAD VPN
		  "    static: [{prefix: 10.5.0.0/16, action: protect, gateways: [192.0.2.5]}]\n",
		  "f.yaml:6:14: vpn \"default\": static 10.5.0.0/16: the gateway is this one itself" },
		{ HEAD VPN
		  "    static: [{prefix: 10.5.0.0/16, action: protect, gateways: [192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4, 192.0.2.6, 192.0.2.7, 192.0.2.8, 192.0.2.9, 192.0.2.10]}]\n",
		  "f.yaml:6:152: vpns[0].static[0].gateways[8]: expected at most 8 gateways" },
		{ HEAD VPN
		  "    neighbors: [{address: 192.0.2.1, as: 1, hold-time: 2}]\n",
		  "f.yaml:6:56: vpns[0].neighbors[0].hold-time: expected 0 or at least 3 seconds, not 2" },
		{ HEAD VPN
		  "    neighbors: [{address: 192.0.2.1, as: 1, hold-time: 5w}]\n",
		  "f.yaml:6:56: vpns[0].neighbors[0].hold-time: expected seconds from 0 to 65535 (90, 90s, 5m, 1h), not \"5w\"" },
		{ HEAD VPN
		  "    neighbors: [{address: 192.0.2.1, as: 1, hold-time: 9999999999999999h}]\n",
		  "f.yaml:6:56: vpns[0].neighbors[0].hold-time: expected seconds from 0 to 65535 (90, 90s, 5m, 1h), not \"9999999999999999h\"" },
		{ HEAD VPN
		  "    neighbors: [{address: 192.0.2.1, as: 1, passive: maybe}]\n",
		  "f.yaml:6:54: vpns[0].neighbors[0].passive: expected \"true\" or \"false\", not \"maybe\"" },
		{ HEAD VPN
		  "    neighbors: [{address: 192.0.2.1, as: 1, families: []}]\n",
		  "f.yaml:6:55: vpns[0].neighbors[0].families: expected \"ipv4\", \"ipv6\" or both" },
		{ HEAD VPN
		  "    neighbors: [{address: 192.0.2.1, as: 1, local: \"::1\"}]\n",
		  "f.yaml:6:17: vpns[0].neighbors[0]: expected \"local\" and \"address\" of one family" },
		{ HEAD VPN
		  "    neighbors: [{address: 192.0.2.1, as: 1}, {address: 192.0.2.1, as: 2}]\n",
		  "f.yaml:6:46: vpn \"default\": neighbor \"192.0.2.1\" is listed twice (give each a \"name\")" },
		{ HEAD VPN "    neighbors: [{address: \"fe80::1\", as: 1}]\n",
		  "f.yaml:6:17: vpns[0].neighbors[0]: key \"interface\" is missing: the address is link-local" },
		{ HEAD VPN
		  "    neighbors: [{address: 192.0.2.1, as: 1, interface: eth0}]\n",
		  "f.yaml:6:17: vpns[0].neighbors[0]: key \"interface\" belongs to a link-local address" },
		{ HEAD VPN
		  "    neighbors: [{address: 192.0.2.1, as: 1, families: [vpnv4]}]\n",
		  "f.yaml:6:56: vpns[0].neighbors[0].families[0]: expected \"ipv4\" or \"ipv6\", not \"vpnv4\"" },
		{ HEAD VPN
		  "neighbors: [{address: 192.0.2.1, as: 1, families: [ipv4]}]\n",
		  "f.yaml:6:52: neighbors[0].families[0]: expected \"vpnv4\" or \"vpnv6\", not \"ipv4\"" },
		{ HEAD VPN
		  "neighbors: [{address: 192.0.2.1, as: 1}, {address: 192.0.2.1, as: 1}]\n",
		  "f.yaml:6:42: neighbors[1]: \"192.0.2.1\" is listed twice (give each a \"name\")" },
		{ HEAD VPN "    neighbors: [{address: 192.0.2.1, as: 1}]\n"
			   "neighbors: [{address: 192.0.2.1, as: 1}]\n",
		  "f.yaml:6:17: vpn \"default\": neighbor \"192.0.2.1\" is listed under \"neighbors\" too (give each a \"name\")" },
		{ HEAD VPN "    import-targets: [64500]\n",
		  "f.yaml:6:22: vpns[0].import-targets[0]: \"64500\": expected AS:NUMBER or ADDRESS:NUMBER" },
		{ HEAD VPN "    import-targets: [\"65536:65536\"]\n",
		  "f.yaml:6:22: vpns[0].import-targets[0]: \"65536:65536\": the number behind an address or a large AS is not from 0 to 65535" },
		{ HEAD VPN "    import-targets: [\"1:1\", \"1:1\"]\n",
		  "f.yaml:6:29: vpns[0].import-targets[1]: is listed twice" },
		{ "as: 1\nidentity: {address: 192.0.2.5}\n" VPN
		  "    neighbors: [{address: 192.0.2.1, as: 1}]\n",
		  "f.yaml:5:17: key \"router-id\" is missing: there are neighbors" },
		{ HEAD VPN "bgp: { listen: [192.0.2.1, 192.0.2.2] }\n",
		  "f.yaml:6:28: bgp.listen[1]: expected at most one address of a family" },
		{ HEAD VPN "gateways: [{address: 192.0.2.1}]\n",
		  "f.yaml:6:12: gateways[0]: expected key \"mode\", \"identity\" or \"manual\"" },
		{ HEAD VPN
		  "gateways: [{address: 192.0.2.1, identity: \"*.example.com\"}]\n",
		  "f.yaml:6:43: gateways[0].identity: expected the identity of one gateway, not a pattern" },
		{ HEAD VPN
		  "gateways: [{address: 192.0.2.1, identity: \"%any\"}]\n",
		  "f.yaml:6:43: gateways[0].identity: expected the identity of one gateway, not a pattern" },
		{ HEAD VPN
		  "gateways: [{address: 192.0.2.0/24, identity: ce1}]\n",
		  "f.yaml:6:12: gateways[0]: key \"identity\" belongs to one gateway, not to a group" },
		{ HEAD VPN
		  "gateways: [{address: 192.0.2.1, mode: on-demand}, {address: 192.0.2.1/32, identity: a}]\n",
		  "f.yaml:6:51: gateways[1]: is listed twice" },
		{ HEAD VPN "ike: {hw-offload: all}\n",
		  "f.yaml:6:19: ike.hw-offload: expected \"none\" or \"crypto\", not \"all\"" },
		{ HEAD VPN "ike: {replay-window: 4097}\n",
		  "f.yaml:6:22: ike.replay-window: expected a number from 0 to 4096, not \"4097\"" },
		{ HEAD VPN "ike: {local: [10.0.0.1, 10.0.0.2]}\n",
		  "f.yaml:6:25: ike.local[1]: expected at most one address of a family" },
		{ HEAD VPN "ike: {local: [\"fd00::1\"]}\n",
		  "f.yaml:6:14: ike.local: expected addresses of families that \"identity\" has one of" },
		{ HEAD VPN "ike: {psk: [{gateway: 192.0.2.1}]}\n",
		  "f.yaml:6:13: ike.psk[0]: key \"file\" is missing" },
		{ HEAD VPN "queue: { packets: 65537 }\n",
		  "f.yaml:6:19: queue.packets: expected a number from 0 to 65536, not \"65537\"" },
		{ HEAD VPN "queue: { age: 0 }\n",
		  "f.yaml:6:15: queue.age: expected seconds from 1 to 3600 (90, 90s, 5m, 1h), not \"0\"" },
		{ HEAD VPN "log: \xff\n",
		  "f.yaml:6:6: expected text in UTF-8: invalid leading UTF-8 octet (0xff)" },
		{ HEAD VPN "log: a\001\n",
		  "f.yaml:6:7: expected text in UTF-8: control characters are not allowed (0x01)" },
		{ HEAD VPN "---\nmore: 1\n",
		  "f.yaml:6:1: expected the end of the file: one document only" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(t); i++)
		EXPECT_STREQ(t[i].why, refused(self, t[i].text));
}

TEST_F(conf, policy) {
	const struct conf_vpn *v;

	ASSERT_TRUE(load(self, HEAD VPN));
	v = &self->c->vpns[0];
	EXPECT_EQ(600, v->hold.withdrawn);
	EXPECT_EQ(HOLD_FOREVER, v->hold.downgraded);
	EXPECT_FALSE(v->hole);
	EXPECT_EQ(0, v->claims.n);
	EXPECT_EQ(30, self->c->hold_up_time);

	ASSERT_TRUE(load(
		self, HEAD VPN
		"    hold: { withdrawn: forever, downgraded: 1h }\n"
		"    no-identity: bypass\n"
		"    identities:\n"
		"      invalid: accept\n"
		"      unknown: reject\n"
		"      max-length4: 24\n"
		"      max-length6: 64\n"
		"      max-per-gateway: 7\n"
		"      max-per-neighbor: 9\n"
		"      claims:\n"
		"        - gateway: 192.0.2.1\n"
		"          prefixes: [10.1.0.0/16, {prefix: 10.2.0.0/16, max-length: 24}]\n"
		"        - { gateway: '2001:db8::/64', prefixes: ['::/0'] }\n"
		"timers: { hold-up: 1m }\n"))
	{
		TH_LOG("%s", self->why);
	}
	v = &self->c->vpns[0];
	EXPECT_EQ(HOLD_FOREVER, v->hold.withdrawn);
	EXPECT_EQ(3600, v->hold.downgraded);
	EXPECT_TRUE(v->hole);
	EXPECT_TRUE(v->claims.accept_invalid);
	EXPECT_TRUE(v->claims.reject_unknown);
	EXPECT_EQ(24, v->claims.max_len4);
	EXPECT_EQ(64, v->claims.max_len6);
	EXPECT_EQ(7, v->claims.max_gateway);
	EXPECT_EQ(9, v->claims.max_neighbor);
	ASSERT_EQ(3, v->claims.n);
	EXPECT_EQ(32, v->claims.list[0].gateways.len);
	EXPECT_EQ(16, v->claims.list[0].max_len);
	EXPECT_EQ(32, v->claims.list[1].gateways.len);
	EXPECT_EQ(2, v->claims.list[1].prefix.b[1]);
	EXPECT_EQ(24, v->claims.list[1].max_len);
	EXPECT_EQ(64, v->claims.list[2].gateways.len);
	EXPECT_EQ(0, v->claims.list[2].max_len);
	EXPECT_EQ(60, self->c->hold_up_time);
}

#define CLAIM(p) "{ claims: [{ gateway: 192.0.2.1, prefixes: [" p "] }] }"

TEST_F(conf, policy_errors) {
	static const struct {
		const char *text, *why;
	} t[] = {
		{ "hold: { withdrawn: never }",
		  "vpns[0].hold.withdrawn: expected seconds from 0 to 31622400 (90, 90s, 5m, 1h), or \"forever\", not \"never\"" },
		{ "no-identity: protect",
		  "vpns[0].no-identity: expected \"cover\" or \"bypass\", not \"protect\"" },
		{ "identities: { invalid: maybe }",
		  "vpns[0].identities.invalid: expected \"reject\" or \"accept\", not \"maybe\"" },
		{ "identities: { max-length4: 33 }",
		  "vpns[0].identities.max-length4: expected a number from 1 to 32, not \"33\"" },
		{ "identities: { claims: [{ gateway: 192.0.2.1, prefixes: [] }] }",
		  "vpns[0].identities.claims[0]: expected at least one prefix" },
		{ "identities: { claims: [{ gateway: x, prefixes: [10.0.0.0/8] }] }",
		  "vpns[0].identities.claims[0].gateway: expected a prefix such as 10.5.0.0/16 or 2001:db8::/32, not \"x\": not an IPv4 or IPv6 prefix" },
		{ "identities: " CLAIM("{ prefix: 10.0.0.0/8, max-length: 7 }"),
		  "vpns[0].identities.claims[0].prefixes[0]: expected \"max-length\" from 8 to 32" },
	};
	char text[512];
	const char *why;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		snprintf(text, sizeof(text), HEAD VPN "    %s\n", t[i].text);
		why = refused(self, text);
		EXPECT_NE(NULL, strstr(why, t[i].why))
		{
			TH_LOG("%s", why);
		}
	}
}

TEST_F(conf, not_yaml) {
	EXPECT_STREQ(
		"f.yaml:2:2: not YAML: did not find expected ',' or ']' while parsing a flow sequence",
		refused(self, "a: [1, 2\nb: 3\n"));
	EXPECT_EQ(0, strncmp("f.yaml:2:1: not YAML: ",
			     refused(self, "a: 1\n\tb: 2\n"), 20));
	EXPECT_EQ(0, strncmp("f.yaml:1:4: ", refused(self, "a: \xff\n"), 12));
}

/* An alias to what contains it: the walk's depth is that of the schema. */
TEST_F(conf, cycle) {
	EXPECT_STREQ(
		"f.yaml:4:7: vpns[0]: expected a mapping of keys to values, not a list",
		refused(self, HEAD "vpns: &a [*a]\n"));
}

TEST_F(conf, no_file) {
	EXPECT_EQ(NULL, conf_load("/nonexistent/f.yaml", self->why,
				  sizeof(self->why)));
	EXPECT_STREQ("/nonexistent/f.yaml: No such file or directory",
		     self->why);
}

/* A secret's file is what makes it one. */
TEST_F(conf, secrets) {
	static const char text[] = HEAD VPN "ike: {psk: [{file: secret}]}\n";
	char want[256], big[1100];

	memset(big, 'x', sizeof(big));
	snprintf(want, sizeof(want),
		 "f.yaml:6:13: ike.psk[0]: %s: No such file or directory",
		 self->secret);
	EXPECT_STREQ(want, refused(self, text));

	put(self->secret, "k\n", 2, 0640);
	snprintf(
		want, sizeof(want),
		"f.yaml:6:13: ike.psk[0]: %s has mode 0640, expected 0600: a secret must not be open to group or others",
		self->secret);
	EXPECT_STREQ(want, refused(self, text));

	put(self->secret, "\n", 1, 0600);
	snprintf(want, sizeof(want),
		 "f.yaml:6:13: ike.psk[0]: %s is empty, expected a secret",
		 self->secret);
	EXPECT_STREQ(want, refused(self, text));

	put(self->secret, big, sizeof(big), 0600);
	snprintf(
		want, sizeof(want),
		"f.yaml:6:13: ike.psk[0]: %s is too long, expected at most 1024 octets",
		self->secret);
	EXPECT_STREQ(want, refused(self, text));

	put(self->secret, big, 1024, 0600);
	EXPECT_TRUE(load(self, text));
	EXPECT_EQ(1024, self->c->ike.psk[0].key.len);

	/* 80 octets is what TCP-MD5 takes. */
	put(self->secret, big, 81, 0600);
	snprintf(
		want, sizeof(want),
		"f.yaml:6:55: vpns[0].neighbors[0].md5-file: %s is too long, expected at most 80 octets",
		self->secret);
	EXPECT_STREQ(
		want,
		refused(self, HEAD VPN
			"    neighbors: [{address: 192.0.2.1, as: 1, md5-file: secret}]\n"));

	unlink(self->secret);
	ASSERT_EQ(0, mkfifo(self->secret, 0600));
	snprintf(want, sizeof(want),
		 "f.yaml:6:13: ike.psk[0]: %s is not a regular file",
		 self->secret);
	EXPECT_STREQ(want, refused(self, text));
}

#define CERT(body) \
	"-----BEGIN CERTIFICATE-----\n" body "\n-----END CERTIFICATE-----\n"
#define KEY "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
/* Sequences of an integer, 1 and 2. */
#define ONE CERT("MAMCAQE=")
#define TWO "text between\n" CERT("MAMC\nAQI=\r")

static const char *cert_refused(FIXTURE_DATA(conf) * self, const char *cert,
				const char *key, mode_t mode)
{
	static const char text[] = HEAD VPN
		"ike:\n"
		"  certificate: {file: f.pem, key: f.key}\n"
		"  trusted-cas: [f.pem]\n";
	char pem[80], file[80];
	const char *why;

	snprintf(pem, sizeof(pem), "%s/f.pem", self->dir);
	snprintf(file, sizeof(file), "%s/f.key", self->dir);
	put(pem, cert, strlen(cert), 0644);
	put(file, key, strlen(key), mode);
	why = refused(self, text);
	unlink(pem);
	unlink(file);
	if (!strncmp(why, "f.yaml", 6) && strstr(why, self->dir))
		return strstr(why, self->dir) + strlen(self->dir) + 1;
	return why;
}

TEST_F(conf, certificates) {
	struct ike_conf copy;

	ASSERT_STREQ("(taken)", cert_refused(self, ONE TWO, KEY, 0600));
	ASSERT_EQ(2, self->c->ike.n_chain);
	ASSERT_EQ(5, self->c->ike.chain[1].len);
	EXPECT_EQ(0, memcmp("\x30\x03\x02\x01\x02", self->c->ike.chain[1].data,
			    5));
	EXPECT_EQ(2, self->c->ike.n_ca);
	EXPECT_EQ(strlen(KEY) - 1, self->c->ike.key.len);
	ike_conf_copy(&copy, &self->c->ike);
	EXPECT_EQ(2, copy.n_ca);
	EXPECT_EQ(0, memcmp(KEY, copy.key.data, copy.key.len));
	EXPECT_NE(copy.key.data, self->c->ike.key.data);
	ike_conf_free(&copy);

	EXPECT_STREQ(
		"f.pem holds no certificate, expected PEM: \"-----BEGIN CERTIFICATE-----\"",
		cert_refused(self, "hello\n", KEY, 0600));
	EXPECT_STREQ("f.pem:4: the certificate that begins here is not whole",
		     cert_refused(self, ONE CERT("MAMCAQ=="), KEY, 0600));
	EXPECT_STREQ("f.pem:1: the certificate that begins here is not whole",
		     cert_refused(self, CERT("MAM!CAQE="), KEY, 0600));
	EXPECT_STREQ("f.pem:1: the certificate that begins here is not whole",
		     cert_refused(self,
				  "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n",
				  KEY, 0600));
	EXPECT_STREQ(
		"f.key holds no private key, expected PEM: \"-----BEGIN PRIVATE KEY-----\"",
		cert_refused(self, ONE, ONE, 0600));
	EXPECT_STREQ(
		"f.key holds an encrypted private key, expected one that needs no passphrase",
		cert_refused(self, ONE,
			     "-----BEGIN ENCRYPTED PRIVATE KEY-----\n", 0600));
	EXPECT_STREQ(
		"f.key has mode 0644, expected 0600: a secret must not be open to group or others",
		cert_refused(self, ONE, KEY, 0644));
}

TEST_F(conf, certificates_need_both) {
	char pem[80], key[80];

	snprintf(pem, sizeof(pem), "%s/f.pem", self->dir);
	snprintf(key, sizeof(key), "%s/f.key", self->dir);
	put(pem, ONE, strlen(ONE), 0644);
	put(key, KEY, strlen(KEY), 0600);
	EXPECT_STREQ(
		"f.yaml:6:20: ike: key \"trusted-cas\" is missing: who vouches for the certificates of others",
		refused(self, HEAD VPN
			"ike: {certificate: {file: f.pem, key: f.key}}\n"));
	EXPECT_STREQ(
		"f.yaml:6:20: ike: key \"certificate\" is missing: what we prove our own identity with",
		refused(self, HEAD VPN "ike: {trusted-cas: [f.pem]}\n"));
	unlink(pem);
	unlink(key);
}

/* A key's file of n octets, the first of them in hexadecimal digits. */
static void put_key(FIXTURE_DATA(conf) * self, const char *name,
		    const char *first, size_t n)
{
	char path[96], text[512] = "";
	size_t i;

	snprintf(path, sizeof(path), "%s/%s", self->dir, name);
	strcpy(text, first);
	for (i = 1; i < n; i++)
		strcat(text, i % 16 ? " ab" : "\nAB");
	put(path, text, strlen(text), 0600);
}

#define MANUALS HEAD VPN "gateways:\n"
#define ITEM(address, spi, rest)                           \
	"- { address: " address ", manual: { spi-in: " spi \
	", spi-out: 512, " rest " }}\n"
#define KEYS "key-in: in.key, key-out: out.key"
#define AES "algorithm: aes256-sha256, "

TEST_F(conf, ipsec) {
#define NEIGHBOR(more) \
	"    neighbors: [{address: 198.51.100.1, as: 64500, " more "}]\n"
	ASSERT_TRUE(load(
		self, HEAD VPN NEIGHBOR("local: 198.51.100.2, ipsec: hold")));
	EXPECT_EQ(BGP_IPSEC_HOLD, self->c->vpns[0].neighbors[0].ipsec);
	ASSERT_TRUE(load(self, HEAD VPN NEIGHBOR("ipsec: none")));
	EXPECT_EQ(BGP_IPSEC_NONE, self->c->vpns[0].neighbors[0].ipsec);
	EXPECT_NE(NULL, strstr(refused(self, HEAD VPN NEIGHBOR("ipsec: trap")),
			       "\"ipsec\" needs \"local\""));
	EXPECT_NE(NULL, strstr(refused(self, HEAD VPN NEIGHBOR("ipsec: yes")),
			       "expected \"none\", \"trap\" or \"hold\""));
	EXPECT_NE(NULL,
		  strstr(refused(self, HEAD VPN
				 "    vrf: red\n    table: 7\n" NEIGHBOR(
					 "local: 198.51.100.2, ipsec: trap")),
			 "does not work in a VRF"));
}

TEST_F(conf, manual) {
	static const char good[] = MANUALS ITEM("192.0.2.1", "0x100", AES KEYS);
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ MANUALS ITEM("192.0.2.1", "255", AES KEYS),
		  "spi-in: expected a number from 256" },
		{ MANUALS ITEM("192.0.2.1", "256",
			       "algorithm: aes256gcm16, " KEYS),
		  "must not be used with a key that stays" },
		{ MANUALS ITEM("192.0.2.1", "256", "algorithm: des, " KEYS),
		  "not \"des\"" },
		{ MANUALS ITEM("192.0.2.1", "256",
			       "algorithm: aes128-sha256, " KEYS),
		  "\"key-in\": expected 48 octets for aes128-sha256" },
		{ MANUALS ITEM("192.0.2.1", "256", KEYS),
		  "key \"algorithm\" is missing" },
		{ MANUALS ITEM("192.0.2.0/24", "256", AES KEYS),
		  "belongs to one gateway" },
		{ MANUALS ITEM("192.0.2.1, mode: on-demand", "256", AES KEYS),
		  "neither \"mode\" nor \"identity\"" },
		{ MANUALS ITEM("192.0.2.1", "256", AES KEYS)
			  ITEM("192.0.2.2", "256", AES KEYS),
		  "spi-in 0x100 is another gateway's" },
		{ MANUALS ITEM("192.0.2.1", "256",
			       AES "key-in: in.key, key-out: same.key"),
		  "another key for each direction" },
	};
	static const char *const keys[] = { "in.key", "out.key", "same.key" };
	const struct ike_manual *m;
	char path[96];
	size_t i;

	put_key(self, "in.key", "01", 64);
	put_key(self, "out.key", "02", 64);
	put_key(self, "same.key", "01", 64);
	ASSERT_TRUE(load(self, good))
	{
		TH_LOG("%s", self->why);
	}
	ASSERT_EQ(1, self->c->ike.n_manual);
	m = self->c->ike.manual;
	EXPECT_EQ(0x100, m->spi_in);
	EXPECT_EQ(0x200, m->spi_out);
	EXPECT_STREQ("cbc(aes)", m->suite->enc);
	ASSERT_EQ(64, m->key_in.len);
	EXPECT_EQ(0x01, m->key_in.data[0]);
	EXPECT_EQ(0xab, m->key_in.data[63]);
	EXPECT_EQ(0x02, m->key_out.data[0]);

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_NE(NULL, strstr(refused(self, bad[i].text), bad[i].why))
		{
			TH_LOG("%s: %s", bad[i].why, self->why);
		}
	}
	put_key(self, "in.key", "0x", 64);
	EXPECT_NE(NULL, strstr(refused(self, good), "hexadecimal"));
	put_key(self, "in.key", "1", 64);
	EXPECT_NE(NULL, strstr(refused(self, good), "even number"));
	snprintf(path, sizeof(path), "%s/in.key", self->dir);
	chmod(path, 0644);
	EXPECT_NE(NULL, strstr(refused(self, good), "expected 0600"));
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		snprintf(path, sizeof(path), "%s/%s", self->dir, keys[i]);
		unlink(path);
	}
}

TEST_HARNESS_MAIN

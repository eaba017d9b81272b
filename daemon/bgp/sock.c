// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sockets as BGP wants them. Never reads or writes one. RFC 2385 by the
 * kernel's TCP_MD5SIG, RFC 5925 by its TCP_AO_ADD_KEY; IPsec by a policy of
 * the socket's own, which comes before the kernel's table of policies and
 * outlives it.
 */
#include "bgp/sock.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/tcp.h>
#include <linux/xfrm.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

enum {
	BACKLOG = 128,
	TOS_NETWORK_CONTROL = 0xc0, /* RFC 4271, appendix E */
	TTL_MAX = 255,
};

static int open_socket(uint8_t family, const char *vrf)
{
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (*vrf &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, vrf, strlen(vrf) + 1)) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

/* An address in the scope of an interface, where it needs one. */
static socklen_t to_sockaddr(const struct addr *a, uint16_t port,
			     const char *interface, struct sockaddr_storage *ss)
{
	socklen_t len = addr_to_sockaddr(a, port, ss);

	if (*interface && addr_is_link_local(a))
		((struct sockaddr_in6 *)ss)->sin6_scope_id =
			if_nametoindex(interface);
	return len;
}

static int bind_to(int fd, const struct addr *a, uint16_t port,
		   const char *interface)
{
	struct sockaddr_storage ss;
	socklen_t len = to_sockaddr(a, port, interface, &ss);

	return bind(fd, (struct sockaddr *)&ss, len) ? -errno : 0;
}

/* All the way: it costs nothing, and GTSM (RFC 5082) needs it. */
static void set_ttl(int fd, uint8_t family)
{
	int ttl = TTL_MAX;

	if (family == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	else
		setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &ttl,
			   sizeof(ttl));
}

int bgp_sock_gtsm(int fd, uint8_t family, uint8_t hops)
{
	int min = TTL_MAX + 1 - hops, rc;

	if (!hops)
		return 0;
	if (family == AF_INET)
		rc = setsockopt(fd, IPPROTO_IP, IP_MINTTL, &min, sizeof(min));
	else
		rc = setsockopt(fd, IPPROTO_IPV6, IPV6_MINHOPCOUNT, &min,
				sizeof(min));
	return rc ? -errno : 0;
}

/* Of one direction: for the two addresses, by an SA of the neighbor's. */
static int require_sa(int fd, uint8_t dir, const struct addr *src,
		      const struct addr *dst, uint32_t reqid)
{
	bool ip6 = src->family == AF_INET6;
	struct {
		struct xfrm_userpolicy_info info;
		struct xfrm_user_tmpl tmpl;
	} p = {
		.info = {
			.sel = {
				.family = src->family,
				.proto = IPPROTO_TCP,
				.prefixlen_s = (uint8_t)addr_bits(src->family),
				.prefixlen_d = (uint8_t)addr_bits(dst->family),
			},
			.lft = {
				.soft_byte_limit = XFRM_INF,
				.hard_byte_limit = XFRM_INF,
				.soft_packet_limit = XFRM_INF,
				.hard_packet_limit = XFRM_INF,
			},
			.dir = dir,
			.action = XFRM_POLICY_ALLOW,
		},
		.tmpl = {
			.id.proto = IPPROTO_ESP,
			.family = src->family,
			.reqid = reqid,
			.mode = XFRM_MODE_TRANSPORT,
			.aalgos = UINT32_MAX,
			.ealgos = UINT32_MAX,
			.calgos = UINT32_MAX,
		},
	};

	memcpy(&p.info.sel.saddr, src->b, addr_bits(src->family) / 8);
	memcpy(&p.info.sel.daddr, dst->b, addr_bits(dst->family) / 8);
	return setsockopt(fd, ip6 ? IPPROTO_IPV6 : IPPROTO_IP,
			  ip6 ? IPV6_XFRM_POLICY : IP_XFRM_POLICY, &p,
			  sizeof(p)) ?
		       -errno :
		       0;
}

int bgp_sock_ipsec(int fd, const struct bgp_peer_conf *conf)
{
	int err;

	if (!conf->ipsec)
		return 0;
	err = require_sa(fd, XFRM_POLICY_OUT, &conf->local, &conf->address,
			 conf->reqid);
	/* What comes may come by any SA: the selectors see to whose. */
	return err ? err :
		     require_sa(fd, XFRM_POLICY_IN, &conf->address,
				&conf->local, 0);
}

static int listen_on(int fd, const struct addr *address, uint16_t port)
{
	int one = 1, err;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    (address->family == AF_INET6 &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one))))
		return -errno;
	/* A neighbor that checks our TTL sees it in the answer to its SYN. */
	set_ttl(fd, address->family);
	err = bind_to(fd, address, port, "");
	if (err)
		return err;
	return listen(fd, BACKLOG) ? -errno : 0;
}

int bgp_sock_listen(const struct addr *address, uint16_t port, const char *vrf)
{
	int fd = open_socket(address->family, vrf), err;

	if (fd < 0)
		return fd;
	err = listen_on(fd, address, port);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

unsigned int bgp_sock_device(int fd)
{
	socklen_t len = sizeof(int);
	int device = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &device, &len))
		return 0;
	return device;
}

int bgp_sock_md5(int fd, const struct addr *neighbor, const char *password)
{
	struct tcp_md5sig sig = { 0 };

	addr_to_sockaddr(neighbor, 0, (void *)&sig.tcpm_addr);
	sig.tcpm_keylen = strnlen(password, TCP_MD5SIG_MAXKEYLEN);
	memcpy(sig.tcpm_key, password, sig.tcpm_keylen);
	if (setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &sig, sizeof(sig)))
		return -errno;
	return 0;
}

/* linux/tcp.h has these since 6.7: headers may be older than the kernel. */
enum { AO_ADD_KEY = 38, AO_DEL_KEY = 39 };

struct ao_add {
	struct sockaddr_storage addr;
	char algorithm[64];
	int32_t ifindex;
	uint32_t flags; /* AO_CURRENT, AO_RNEXT */
	uint16_t reserved;
	uint8_t prefix, send_id, receive_id, mac_len, key_flags, key_len;
	uint8_t key[80];
} __attribute__((aligned(8)));

struct ao_del {
	struct sockaddr_storage addr;
	int32_t ifindex;
	uint32_t flags;
	uint16_t reserved;
	uint8_t prefix, send_id, receive_id, current, rnext, key_flags;
} __attribute__((aligned(8)));

static int ao_remove(int fd, const struct addr *neighbor,
		     const struct bgp_ao *ao)
{
	struct ao_del del = { .prefix = addr_bits(neighbor->family),
			      .send_id = ao->send_id,
			      .receive_id = ao->receive_id };

	addr_to_sockaddr(neighbor, 0, &del.addr);
	return setsockopt(fd, IPPROTO_TCP, AO_DEL_KEY, &del, sizeof(del)) ?
		       -errno :
		       0;
}

int bgp_sock_ao(int fd, const struct addr *neighbor, const struct bgp_ao *ao)
{
	static const char *const algorithms[] = {
		[BGP_AO_SHA1] = "hmac(sha1)",
		[BGP_AO_AES128] = "cmac(aes128)",
	};
	struct ao_add add = { .prefix = addr_bits(neighbor->family),
			      .send_id = ao->send_id,
			      .receive_id = ao->receive_id,
			      .key_len = ao->len };
	int err;

	if (!ao->len)
		return ao_remove(fd, neighbor, ao);
	addr_to_sockaddr(neighbor, 0, &add.addr);
	strcpy(add.algorithm, algorithms[ao->mac]);
	memcpy(add.key, ao->key, ao->len);
	err = setsockopt(fd, IPPROTO_TCP, AO_ADD_KEY, &add, sizeof(add)) ?
		      -errno :
		      0;
	explicit_bzero(&add, sizeof(add));
	return err;
}

const char *bgp_sock_ao_error(int err)
{
	if (err == -ENOPROTOOPT)
		return "this kernel has none (CONFIG_TCP_AO): use \"md5-file\" or \"ipsec\"";
	return strerror(-err);
}

/* Advice to the network and to TCP: a connection works without it. */
void bgp_sock_tune(int fd)
{
	int one = 1, tos = TOS_NETWORK_CONTROL;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	/* One of IPv6 takes both, and uses the second. */
	setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
}

static int start_connect(int fd, const struct bgp_peer_conf *conf)
{
	struct sockaddr_storage ss;
	socklen_t len =
		to_sockaddr(&conf->address, conf->port, conf->interface, &ss);
	int err;

	bgp_sock_tune(fd);
	set_ttl(fd, conf->address.family);
	err = bgp_sock_gtsm(fd, conf->address.family, conf->ttl_security);
	if (!err && conf->local.family)
		err = bind_to(fd, &conf->local, 0, conf->interface);
	if (!err && *conf->md5)
		err = bgp_sock_md5(fd, &conf->address, conf->md5);
	if (!err && conf->ao.mac)
		err = bgp_sock_ao(fd, &conf->address, &conf->ao);
	if (!err)
		err = bgp_sock_ipsec(fd, conf);
	if (err)
		return err;
	if (connect(fd, (struct sockaddr *)&ss, len) && errno != EINPROGRESS)
		return -errno;
	return 0;
}

int bgp_sock_connect(const struct bgp_peer_conf *conf)
{
	int fd = open_socket(conf->address.family, conf->vrf), err;

	if (fd < 0)
		return fd;
	err = start_connect(fd, conf);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

int bgp_sock_error(int fd)
{
	socklen_t len = sizeof(int);
	int err = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len))
		return -errno;
	return -err;
}

bool bgp_sock_local(int fd, struct addr *local)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	return !getsockname(fd, (struct sockaddr *)&ss, &len) &&
	       addr_from_sockaddr((struct sockaddr *)&ss, local);
}

static const char *interface_of(const struct ifaddrs *all,
				const struct addr *local)
{
	const struct ifaddrs *i;
	struct addr a;

	for (i = all; i; i = i->ifa_next)
		if (i->ifa_addr && addr_from_sockaddr(i->ifa_addr, &a) &&
		    !addr_cmp(&a, local))
			return i->ifa_name;
	return NULL;
}

bool bgp_sock_sibling(const struct addr *local, const char *interface,
		      uint8_t wanted, struct addr *found)
{
	struct ifaddrs *all, *i;
	const char *name;
	bool ok = false;

	if (getifaddrs(&all))
		return false;
	name = *interface ? interface : interface_of(all, local);
	for (i = all; name && i && !ok; i = i->ifa_next)
		ok = i->ifa_addr && i->ifa_addr->sa_family == wanted &&
		     !strcmp(i->ifa_name, name) &&
		     addr_from_sockaddr(i->ifa_addr, found) &&
		     !addr_is_link_local(found);
	freeifaddrs(all);
	return ok;
}

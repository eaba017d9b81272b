/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon as one object: the rooms joined by one event loop. main.c runs
 * it, the control room asks it. Everything is called from the loop's thread.
 */
#ifndef CESTEER_DAEMON_H
#define CESTEER_DAEMON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define DAEMON_VERSION "0.1.0"

struct conf;
struct daemon;
struct event_base;
struct kern;

/*
 * Start everything that conf says; conf is owned by the daemon from here on,
 * whatever the result. NULL on failure, with a sentence in why.
 */
struct daemon *daemon_create(struct event_base *base, struct conf *conf,
			     char *why, size_t why_len);
/*
 * Read the configuration file again and change what differs; the log says
 * whether. False, with the error in why ("FILE:LINE:COL: ..."), when it is not valid: then nothing
 * has changed.
 */
bool daemon_reload(struct daemon *d, char *why, size_t why_len);
/*
 * End in order: sessions with a Cease, the control socket closed. What is in
 * the kernel and in the IKE daemon stays, and keeps protecting, unless flush
 * is set. False: something that was to be removed may be left; what, is logged.
 */
bool daemon_destroy(struct daemon *d, bool flush);

/*
 * End the hold of a prefix that was withdrawn or downgraded, in a VPN by its
 * name: what is said of it now takes effect. False, and a sentence in why:
 * it is not held.
 */
bool daemon_release(struct daemon *d, const char *vpn, const char *prefix,
		    char *why, size_t why_len);

/*
 * To a gateway by its address: "drain" takes it out of service until "undrain",
 * or until this daemon ends. False, and a sentence in why: there is none, or it
 * is so already.
 */
bool daemon_gateway(struct daemon *d, const char *what, const char *address,
		    char *why, size_t why_len);

/*
 * To a neighbor by its name: "refresh" has it announce all again (RFC 2918),
 * "reset" ends its session, with the text for it to read (RFC 9003), and
 * begins again. False, and a sentence in why: there is none, or it cannot.
 */
bool daemon_neighbor(struct daemon *d, const char *what, const char *name,
		     const char *text, char *why, size_t why_len);

/*
 * What the daemon knows, as a new JSON object (the caller's). args may be
 * NULL. NULL on failure, with a sentence in why: an unknown word, or an
 * argument that is not as said here.
 *
 *  "status"    { version, pid, uptime (s), as, router-id, identity: {address,
 *              address6}, configuration: {file, age (s)}, ike: {connected},
 *              settled, vpns: [{name, table, default, sources, routes,
 *              stale, installed, held, refused, pending, ready (the kernel
 *              has the VPN and its sources)}], gateways }
 *  "bgp"       { neighbors: [bgp_peer_json() with name, vpn, address, as,
 *              routes (in the RIB), stale, ipsec added; state "held": its SA
 *              is not up] }; a peer that a feed tells of (its "source" is
 *              "bmp" or "mrt") has no session: state "monitored", "lost" or
 *              "replayed"
 *  "bmp"       { routers: [bmp_router_json() with routes (in the RIB), unused
 *              (prefixes that were announced and are no VPN's) added; state
 *              "refused": it cannot connect, for nothing listens] }
 *  "mrt"       { files: [mrt_file_json() with the same two added] }
 *  "gateways"  { gateways: [{id, if-id, address, mode, state (also "refused":
 *              by the kernel; "deleted": by somebody else), why (it is
 *              refused), recovering (s: well again, but passed over), drained,
 *              ike: ike_gateway_json()}], next } one page, in order of
 *              address; the kernel counts its traffic. args: limit (1000),
 *              after (the "next" of the page before). next is null on the
 *              last page
 *  "sources"   { vpns: [{name, table, default, sources: [prefix]}] }
 *  "routes"    { routes: [...], next } one page of what was learned and of
 *              static entries. args: vpn (name), prefix (that one only),
 *              within (a covering prefix), brief (no paths, the best one's
 *              neighbor instead), limit (1000), after (the "next"
 *              of the page before). next is null on the last page. A page is
 *              in order of prefix; pages are in no order. A route:
 *              { vpn, prefix, action ("none" when there is no entry),
 *              gateways: [address, preferred first], reason, why (a
 *              sentence), installed, held, alarm, refused (the kernel does not
 *              take what protects it), age (s, of the hold or of
 *              the best path), held-for (s that are left; absent: no end),
 *              state ("valid", "invalid" or "unknown", of the gateway's
 *              claim), rejected (a gateway that policy does not take),
 *              paths: [{neighbor, best, stale, age, next-hop, as-path,
 *              identities: [{gateway, state}], transitive, then path-id (RFC
 *              7911), or, of a VPN route, distinguisher and targets}] }
 *  "events"    { events: [{number, time (UNIX), event, vpn, subject (prefix or
 *              address), text}], last } the last ones, in order, of those
 *              above args: after (a number; "last" of an earlier answer).
 *              event: "withdrawn", "downgraded", "adopted" (held),
 *              "restored", "released", "pierced", "rejected", "limited",
 *              "gateway-down", "gateway-usable", "gateway-drained",
 *              "gateway-undrained", "refused" (by the kernel: what becomes of
 *              the traffic), "changed" (the kernel's table, by somebody else),
 *              "more" (than are told)
 */
json_t *daemon_show(struct daemon *d, const char *what, const json_t *args,
		    char *why, size_t why_len);

#endif /* CESTEER_DAEMON_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's tables as arrays. Each function returns an array that the
 * caller frees, or NULL when the kernel refused, which has then been said.
 */
#ifndef CESTEER_CLI_TABLES_H
#define CESTEER_CLI_TABLES_H

#include "cli/cli.h"
#include "kern/kern.h"

/* In order of id. */
struct kern_gateway *cli_gateways(struct cli *c, size_t *n);
const struct kern_gateway *cli_gateway_by_id(const struct kern_gateway *g,
					     size_t n, uint32_t id);
/*
 * All of them, or, with --vpn, that one alone (an error when it is not there).
 * NULL: *code is what the command ends with; it may be the words' fault.
 */
struct kern_vpn *cli_vpns(struct cli *c, size_t *n, int *code);
/* Of all VPNs, in order of VPN and name. */
struct kern_device *cli_devices(struct cli *c, size_t *n);
struct prefix *cli_sources(struct cli *c, uint32_t vpn, size_t *n);
struct kern_route *cli_routes(struct cli *c, uint32_t vpn, size_t *n);

/* A batch of prefixes as the kernel takes it: kern_sources_add(), ... */
typedef int (*cli_batch_fn)(struct kern *k, uint32_t vpn,
			    const struct prefix *p, size_t n, size_t *done);
/* Have it done with the prefixes that the words are; returns the exit code. */
int cli_batch(struct cli *c, char **args, unsigned int n, cli_batch_fn ask);

/* New JSON: the text of an address or a prefix; null for none. */
json_t *cli_address_json(const struct addr *a);
json_t *cli_prefix_json(const struct prefix *p);

#endif /* CESTEER_CLI_TABLES_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words of the command line as values. Each says what was expected, and
 * returns false, when a word is none.
 */
#ifndef CESTEER_CLI_PARSE_H
#define CESTEER_CLI_PARSE_H

#include "base/addr.h"
#include "cli/cli.h"
#include "kern/kern.h"

bool cli_number(const struct cli *c, const char *name, const char *text,
		uint32_t min, uint32_t max, uint32_t *value);
bool cli_address(const struct cli *c, const char *text, struct addr *a);
/* A bare address is a host prefix. */
bool cli_prefix(const struct cli *c, const char *text, struct prefix *p);
/* n words into a new array; NULL: not all are prefixes, which has been said. */
struct prefix *cli_prefixes(const struct cli *c, char **args, unsigned int n);
bool cli_mode(const struct cli *c, const char *text, uint8_t *mode);
bool cli_state(const struct cli *c, const char *text, uint8_t *state);
/* "bypass" or "discard". */
bool cli_default(const struct cli *c, const char *text, uint8_t *action);
/* "1,2,3": gateways of t, preferred first. */
bool cli_gateway_ids(const struct cli *c, const char *text,
		     struct kern_target *t);
/*
 * Option --vpn: a table or, of a VPN that cesteerd has, its name. 0 when it is
 * not given.
 */
bool cli_vpn(const struct cli *c, uint32_t *vpn);
/* A number or a name of getprotobyname(3): "tcp". */
bool cli_protocol(const struct cli *c, const char *text, uint8_t *proto);

#endif /* CESTEER_CLI_PARSE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a packet got its verdict, as a sentence.
 */
#ifndef CESTEER_CLI_REASONS_H
#define CESTEER_CLI_REASONS_H

#include <stdint.h>

/* A sentence without its full stop, for enum cesteer_reason; never NULL. */
const char *cli_reason(uint32_t reason);

#endif /* CESTEER_CLI_REASONS_H */

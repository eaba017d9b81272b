/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the accessors of unaligned words are declared.
 */
#ifndef CS_COMPAT_UNALIGNED_H
#define CS_COMPAT_UNALIGNED_H

#ifdef CS_HAVE_LINUX_UNALIGNED
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

#endif /* CS_COMPAT_UNALIGNED_H */

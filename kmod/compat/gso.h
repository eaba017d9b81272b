/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where segmentation offload is declared.
 */
#ifndef CS_COMPAT_GSO_H
#define CS_COMPAT_GSO_H

#include <linux/skbuff.h>

#ifdef CS_HAVE_NET_GSO
#include <net/gso.h>
#endif

#endif /* CS_COMPAT_GSO_H */

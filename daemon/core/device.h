/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The devices whose packets may go the kernel's fast way.
 */
#ifndef CESTEER_CORE_DEVICE_H
#define CESTEER_CORE_DEVICE_H

#include "core/core.h"

/*
 * Have the kernel's names for a VPN be those of its configuration. What it
 * refuses is logged: packets go the normal way then. Return: how many were not
 * as they should be.
 */
size_t devices_install(struct vpn *v);

#endif /* CESTEER_CORE_DEVICE_H */

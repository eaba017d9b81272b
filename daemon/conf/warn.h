/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the room: what a valid file says that protects nothing, or cannot
 * work.
 */
#ifndef CESTEER_CONF_WARN_H
#define CESTEER_CONF_WARN_H

#include "conf/conf.h"
#include "conf/doc.h"

/* Once the whole file was read, and is valid. */
void warn_all(struct doc *d, const struct conf *c);

#endif /* CESTEER_CONF_WARN_H */

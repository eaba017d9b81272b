/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the room: neighbors that have one address.
 */
#ifndef CESTEER_CONF_TWIN_H
#define CESTEER_CONF_TWIN_H

#include "conf/conf.h"
#include "conf/doc.h"

/* Once the whole file was read: whether all can be told apart. */
bool twins_check(struct doc *d, const struct conf *c);

#endif /* CESTEER_CONF_TWIN_H */

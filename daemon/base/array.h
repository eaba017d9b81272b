/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The number of elements of an array whose size is known here.
 */
#ifndef CESTEER_BASE_ARRAY_H
#define CESTEER_BASE_ARRAY_H

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif

#endif /* CESTEER_BASE_ARRAY_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that may drive a terminal or forge a line: the control characters of
 * Unicode, in UTF-8. All functions are pure.
 */
#ifndef CESTEER_BASE_TEXT_H
#define CESTEER_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether there is a control character in it. */
bool text_has_control(const char *text);
/* Octets of control characters become '?', in place. Returns text. */
char *text_clean(char *text, size_t len);

#endif /* CESTEER_BASE_TEXT_H */

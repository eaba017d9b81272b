// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * C0, DEL and C1; what is no UTF-8 is left as it is.
 */
#include "base/text.h"

#include <string.h>

/* Octets of the control character that text begins with; 0: it is none. */
static size_t control(const char *text, size_t len)
{
	const unsigned char *c = (const unsigned char *)text;

	if (c[0] < 0x20 || c[0] == 0x7f)
		return 1;
	/* U+0080 to U+009f: some terminals obey them too. */
	return len > 1 && c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0 ? 2 : 0;
}

bool text_has_control(const char *text)
{
	size_t len = strlen(text);

	for (; len; text++, len--)
		if (control(text, len))
			return true;
	return false;
}

char *text_clean(char *text, size_t len)
{
	size_t i, n;

	for (i = 0; i < len; i++) {
		n = control(text + i, len - i);
		memset(text + i, '?', n);
		i += n ? n - 1 : 0;
	}
	return text;
}

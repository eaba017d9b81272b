// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The algorithms that SAs may have whose keys are configured. Pure.
 */
#include <string.h>
#include "base/array.h"
#include "ike/ike.h"

/* RFC 8221, section 3: no counter mode (GCM, CCM, ChaCha20) with fixed keys. */
static const struct ike_suite suites[] = {
	{ "aes128-sha256", "cbc(aes)", "hmac(sha256)", 16, 32, 128 },
	{ "aes256-sha256", "cbc(aes)", "hmac(sha256)", 32, 32, 128 },
	{ "aes256-sha512", "cbc(aes)", "hmac(sha512)", 32, 64, 256 },
};

const struct ike_suite *ike_suite_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(suites); i++)
		if (!strcmp(suites[i].name, name))
			return &suites[i];
	return NULL;
}

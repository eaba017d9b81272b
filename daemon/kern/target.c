// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an entry says, compared. Pure.
 */
#include "kern/batch.h"

int kern_target_cmp(const struct kern_target *a, const struct kern_target *b)
{
	uint8_t i;

	if (a->action != b->action)
		return a->action < b->action ? -1 : 1;
	if (a->n_gateways != b->n_gateways)
		return a->n_gateways < b->n_gateways ? -1 : 1;
	for (i = 0; i < a->n_gateways; i++)
		if (a->gateways[i] != b->gateways[i])
			return a->gateways[i] < b->gateways[i] ? -1 : 1;
	return 0;
}

bool kern_target_equal(const struct kern_target *a, const struct kern_target *b)
{
	return !kern_target_cmp(a, b);
}

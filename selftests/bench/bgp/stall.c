// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How long the daemon's event loop was kept busy at a time, as it says itself.
 */
#include "feed.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include "ctl/client.h"

double stall_print(const char *control)
{
	json_t *question =
		json_pack("{s:s, s:s}", "command", "show", "what", "status");
	json_t *answer, *loop, *turn;
	char why[256] = "";
	double longest;
	size_t i;

	answer = ctl_request(control, question, NULL, why, sizeof(why));
	loop = json_object_get(answer, "event-loop");
	if (!loop) {
		fprintf(stderr, "peer: no histogram: %s\n", why);
		exit(1);
	}
	printf("# turns of the event loop, by what they took:");
	json_array_foreach(json_object_get(loop, "turns"), i, turn) {
		json_t *below = json_object_get(turn, "below-ms");
		json_int_t n =
			json_integer_value(json_object_get(turn, "count"));

		if (json_is_integer(below))
			printf(" below %lld ms %lld,",
			       (long long)json_integer_value(below),
			       (long long)n);
		else
			printf(" longer %lld\n", (long long)n);
	}
	longest = json_real_value(json_object_get(loop, "longest-ms"));
	json_decref(answer);
	json_decref(question);
	return longest;
}

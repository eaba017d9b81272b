// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the daemon says of itself.
 */
#include "feed.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include "ctl/client.h"

/* Its status, or NULL: it does not answer. */
static json_t *status(const char *control)
{
	json_t *question =
		json_pack("{s:s, s:s}", "command", "show", "what", "status");
	char why[256] = "";
	json_t *answer = ctl_request(control, question, NULL, why, sizeof(why));

	json_decref(question);
	return answer;
}

static json_int_t number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

double ask_longest(const char *control)
{
	json_t *answer = status(control), *turn;
	json_t *loop = json_object_get(answer, "event-loop");
	double longest;
	size_t i;

	if (!loop) {
		fprintf(stderr, "peer: no histogram\n");
		exit(1);
	}
	printf("# turns of the event loop, by what they took:");
	json_array_foreach(json_object_get(loop, "turns"), i, turn) {
		if (json_is_integer(json_object_get(turn, "below-ms")))
			printf(" below %lld ms %lld,",
			       (long long)number(turn, "below-ms"),
			       (long long)number(turn, "count"));
		else
			printf(" longer %lld;",
			       (long long)number(turn, "count"));
	}
	longest = json_real_value(json_object_get(loop, "longest-ms"));
	printf(" the longest %.1f ms\n", longest);
	json_decref(answer);
	return longest;
}

bool ask_at_rest(const char *control, size_t routes)
{
	json_t *answer = status(control);
	json_t *vpn = json_array_get(json_object_get(answer, "vpns"), 0);
	bool rest = json_is_true(json_object_get(answer, "settled")) &&
		    (size_t)number(vpn, "installed") == routes &&
		    (size_t)number(vpn, "routes") == routes &&
		    !number(vpn, "pending") && !number(vpn, "stale");

	json_decref(answer);
	return rest;
}

int ask_pid(const char *control)
{
	json_t *answer = status(control);
	int pid = (int)number(answer, "pid");

	json_decref(answer);
	return pid;
}

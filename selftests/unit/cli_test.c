// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cli/: what the daemon says of routes, kept small; and text that could drive
 * a terminal.
 */
#include <stdlib.h>
#include <string.h>
#include "cli/learned.h"
#include "cli/out.h"
#include "kselftest_harness.h"

/* The daemon: pages of two routes, and what was asked for. */
static unsigned int asked_red, asked_blue;
static bool out_of_order;

static json_t *route(const char *vpn, int i)
{
	json_t *r = json_pack("{s:s, s:o, s:s, s:[s], s:s, s:b, s:b}", "vpn",
			      vpn, "prefix", json_sprintf("10.%d.0.0/16", i),
			      "action", "protect", "gateways", "192.0.2.1",
			      "reason", i % 2 ? "held" : "learned", "alarm",
			      i % 2, "installed", 1);

	if (i)
		json_object_set_new(r, "age", json_integer(i));
	if (i % 2)
		json_object_set_new(r, "held-for", json_integer(600 - i));
	return r;
}

json_t *cli_ask(const struct cli *c, const char *what, json_t *args,
		bool *absent, char *why, size_t why_len)
{
	const char *vpn = json_string_value(json_object_get(args, "vpn"));
	const char *after = json_string_value(json_object_get(args, "after"));
	int first = after ? atoi(after) : 0, i;
	json_t *list, *next = json_null();

	*absent = false;
	if (!strcmp(what, "sources"))
		return json_pack("{s:[{s:s, s:i}, {s:s, s:i}]}", "vpns", "name",
				 "red", "table", 7, "name", "blue", "table", 0);
	asked_red += !strcmp(vpn, "red");
	asked_blue += !strcmp(vpn, "blue");
	list = json_array();
	for (i = first; i < first + 2; i++)
		json_array_append_new(list, route(vpn, 9 - i));
	/* The table changed: one comes again. */
	if (out_of_order)
		json_array_append_new(list, route(vpn, 9));
	if (first + 2 < 10)
		next = json_sprintf("%d", first + 2);
	json_decref(args);
	return json_pack("{s:o, s:o}", "routes", list, "next", next);
}

static struct learned_route *find(const struct learned *l, uint32_t vpn,
				  const char *text)
{
	const char *why;
	struct prefix p;

	if (!prefix_parse(text, &p, &why))
		abort();
	return learned_find(l, vpn, &p);
}

TEST(learned) {
	struct learned_query q = { .all_vpns = true };
	struct learned_route *r;
	struct learned *l;
	json_t *is, *was;
	bool absent;
	char why[64];
	size_t i;

	out_of_order = true;
	l = learned_ask(NULL, &q, &absent, why, sizeof(why));
	ASSERT_NE(NULL, l);
	ASSERT_EQ(20, l->n);
	/* Nothing is lost of any of them. */
	for (i = 0; i < l->n; i++) {
		r = &l->routes[i];
		EXPECT_EQ(r->prefix.b[1] % 2, r->alarm);
		is = learned_json(r);
		was = route(r->vpn ? "red" : "blue", r->prefix.b[1]);
		EXPECT_TRUE(json_equal(is, was));
		json_decref(is);
		json_decref(was);
	}
	EXPECT_EQ(l->routes, find(l, 0, "10.0.0.0/16"));
	EXPECT_EQ(NULL, find(l, 7, "10.10.0.0/16"));
	EXPECT_EQ(NULL, find(l, 8, "10.0.0.0/16"));
	EXPECT_EQ(NULL, learned_json(NULL));
	learned_free(l);
	learned_free(NULL);
}

TEST(one_vpn) {
	struct learned_query q = { .vpn = 7 };
	struct learned *l;
	bool absent;
	char why[64];

	l = learned_ask(NULL, &q, &absent, why, sizeof(why));
	ASSERT_NE(NULL, l);
	EXPECT_EQ(10, l->n);
	EXPECT_EQ(5, asked_red);
	EXPECT_EQ(0, asked_blue);
	learned_free(l);
}

TEST(control_characters) {
	static const struct out_column columns[] = {
		{ .title = "NAME", .key = "name" },
		{ .title = NULL },
	};
	char *text;
	size_t len;
	struct out o;

	ASSERT_TRUE(out_begin(&o, false, columns));
	o.to = open_memstream(&text, &len);
	EXPECT_TRUE(out_row(&o, json_pack("{s:s}", "name",
					  "a\nb\x1b[2J\x7f\xc2\x9b")));
	EXPECT_TRUE(out_row(&o, json_pack("{s:s}", "name", "Z\xc3\xbcrich")));
	EXPECT_TRUE(out_end(&o));
	out_say(o.to, "by %s\n", "x\ry\n");
	fclose(o.to);
	EXPECT_STREQ("NAME\na?b?[2J???\nZ\xc3\xbcrich\nby x?y?\n", text);
	free(text);
}

TEST_HARNESS_MAIN

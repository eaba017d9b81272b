// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ike/vici_msg: what is written is what is read, and every way in which a
 * message can be broken has its name.
 */
#include "ike/vici_msg.h"

#include <stdlib.h>
#include <string.h>
#include "kselftest_harness.h"

/* The protocol description's own example, octet by octet. */
static const uint8_t example[] = {
	3,   4,	  'k', 'e', 'y', '1', 0,   6,	'v', 'a', 'l', 'u', 'e',
	'1', 1,	  8,   's', 'e', 'c', 't', 'i', 'o', 'n', '1', 1,   11,
	's', 'u', 'b', '-', 's', 'e', 'c', 't', 'i', 'o', 'n', 3,   4,
	'k', 'e', 'y', '2', 0,	 6,   'v', 'a', 'l', 'u', 'e', '2', 2,
	4,   5,	  'l', 'i', 's', 't', '1', 5,	0,   5,	  'i', 't', 'e',
	'm', '1', 5,   0,   5,	 'i', 't', 'e', 'm', '2', 6,   2,
};

#define VIEW(...)                                              \
	((struct vici_view){ (const uint8_t[]){ __VA_ARGS__ }, \
			     sizeof((const uint8_t[]){ __VA_ARGS__ }) })

TEST(write_example) {
	struct vici_packet pkt;
	struct vici_wr w;

	vici_wr_init(&w, VICI_CMD_REQUEST, "cmd");
	vici_wr_str(&w, "key1", "value1");
	vici_wr_section(&w, "section1");
	vici_wr_section(&w, "sub-section");
	vici_wr_str(&w, "key2", "value2");
	vici_wr_section_end(&w);
	vici_wr_list(&w, "list1");
	vici_wr_item(&w, "item1", 5);
	vici_wr_item(&w, "item2", 5);
	vici_wr_list_end(&w);
	vici_wr_section_end(&w);
	ASSERT_EQ(VICI_OK, vici_wr_finish(&w));
	EXPECT_EQ(0, memcmp(w.buf, "\0\0\0", 3));
	ASSERT_EQ(w.buf[3], w.len - VICI_HEADER_LEN);

	ASSERT_EQ(VICI_OK, vici_packet_parse(w.buf + 4, w.len - 4, &pkt));
	EXPECT_EQ(VICI_CMD_REQUEST, pkt.type);
	EXPECT_TRUE(vici_is(pkt.name, "cmd"));
	ASSERT_EQ(sizeof(example), pkt.msg.len);
	EXPECT_EQ(0, memcmp(example, pkt.msg.p, sizeof(example)));
	vici_wr_free(&w);
}

TEST(read_example) {
	struct vici_view msg = { example, sizeof(example) }, rest = msg;
	struct vici_view section, sub, list;
	struct vici_elem e;
	char text[16];

	ASSERT_EQ(VICI_OK, vici_msg_check(msg));
	ASSERT_TRUE(vici_next(&rest, &e));
	EXPECT_EQ(VICI_KEY_VALUE, e.type);
	EXPECT_TRUE(vici_is(e.name, "key1"));
	EXPECT_TRUE(vici_is(e.value, "value1"));
	ASSERT_TRUE(vici_next(&rest, &e));
	EXPECT_EQ(VICI_SECTION_START, e.type);
	EXPECT_FALSE(vici_next(&rest, &e));

	ASSERT_TRUE(vici_find(msg, VICI_SECTION_START, "section1", &section));
	EXPECT_FALSE(vici_find(msg, VICI_SECTION_START, "sub-section", &sub));
	rest = section;
	ASSERT_TRUE(vici_next(&rest, &e));
	EXPECT_TRUE(vici_is(e.name, "sub-section"));
	sub = e.value;
	EXPECT_TRUE(vici_get_str(sub, "key2", text, sizeof(text)));
	EXPECT_STREQ("value2", text);
	EXPECT_FALSE(vici_get_str(section, "key2", text, sizeof(text)));
	EXPECT_STREQ("", text);
	ASSERT_TRUE(vici_find(section, VICI_LIST_START, "list1", &list));
	ASSERT_TRUE(vici_next(&list, &e));
	EXPECT_EQ(VICI_LIST_ITEM, e.type);
	EXPECT_TRUE(vici_is(e.value, "item1"));
	ASSERT_TRUE(vici_next(&list, &e));
	EXPECT_TRUE(vici_is(e.value, "item2"));
	EXPECT_FALSE(vici_next(&list, &e));
}

/* Cut anywhere, it is refused or ends between two elements of the top. */
TEST(cut_example) {
	uint8_t *copy;
	size_t len;

	for (len = 0; len < sizeof(example); len++) {
		enum vici_error error;

		copy = malloc(len ? len : 1); /* ASan sees one octet over */
		memcpy(copy, example, len);
		error = vici_msg_check((struct vici_view){ copy, len });
		EXPECT_EQ(len == 0 || len == 14, error == VICI_OK)
		{
			TH_LOG("cut at %zu: %s", len, vici_error_name(error));
		}
		free(copy);
	}
}

TEST(broken) {
	uint8_t deep[3 * (VICI_DEPTH_MAX + 1)];
	struct vici_packet pkt;
	size_t i;

	EXPECT_EQ(VICI_E_ELEMENT_TYPE, vici_msg_check(VIEW(0)));
	EXPECT_EQ(VICI_E_ELEMENT_TYPE, vici_msg_check(VIEW(7)));
	EXPECT_EQ(VICI_E_SHORT, vici_msg_check(VIEW(1)));
	EXPECT_EQ(VICI_E_SHORT, vici_msg_check(VIEW(1, 2, 'a')));
	EXPECT_EQ(VICI_E_SHORT, vici_msg_check(VIEW(3, 1, 'a', 0)));
	EXPECT_EQ(VICI_E_SHORT, vici_msg_check(VIEW(3, 1, 'a', 1, 0, 'b')));
	EXPECT_EQ(VICI_E_UNBALANCED, vici_msg_check(VIEW(1, 1, 'a')));
	EXPECT_EQ(VICI_E_UNBALANCED, vici_msg_check(VIEW(2)));
	EXPECT_EQ(VICI_E_UNBALANCED, vici_msg_check(VIEW(4, 1, 'a')));
	EXPECT_EQ(VICI_E_UNBALANCED, vici_msg_check(VIEW(6)));
	EXPECT_EQ(VICI_E_NOT_IN_LIST, vici_msg_check(VIEW(5, 0, 0)));
	EXPECT_EQ(VICI_E_IN_LIST, vici_msg_check(VIEW(4, 0, 4, 0, 6, 6)));
	EXPECT_EQ(VICI_E_IN_LIST, vici_msg_check(VIEW(1, 0, 4, 0, 2, 6)));
	EXPECT_EQ(VICI_OK, vici_msg_check(VIEW(4, 0, 6)));

	for (i = 0; i <= VICI_DEPTH_MAX; i++) {
		deep[2 * i] = VICI_SECTION_START;
		deep[2 * i + 1] = 0;
	}
	memset(deep + 2 * i, VICI_SECTION_END, i);
	EXPECT_EQ(VICI_E_TOO_DEEP,
		  vici_msg_check((struct vici_view){ deep, sizeof(deep) }));
	EXPECT_EQ(VICI_OK, vici_msg_check((struct vici_view){
				   deep + 2, sizeof(deep) - 3 }));

	EXPECT_EQ(VICI_E_SHORT, vici_packet_parse("", 0, &pkt));
	EXPECT_EQ(VICI_E_PACKET_TYPE, vici_packet_parse("\10", 1, &pkt));
	EXPECT_EQ(VICI_E_SHORT, vici_packet_parse("\7", 1, &pkt));
	EXPECT_EQ(VICI_E_SHORT, vici_packet_parse("\7\2x", 3, &pkt));
	EXPECT_EQ(VICI_OK, vici_packet_parse("\1", 1, &pkt));
	EXPECT_EQ(0, pkt.msg.len);
	EXPECT_EQ(VICI_E_TOO_LONG,
		  vici_packet_parse("\1", VICI_SEGMENT_MAX + 1, &pkt));
}

static enum vici_error finish(struct vici_wr *w)
{
	enum vici_error error = vici_wr_finish(w);

	vici_wr_free(w);
	return error;
}

TEST(write_bounds) {
	char name[VICI_NAME_MAX + 2];
	struct vici_wr w;
	uint8_t *big;
	size_t i;

	memset(name, 'n', sizeof(name));
	name[VICI_NAME_MAX + 1] = 0;
	vici_wr_init(&w, VICI_CMD_REQUEST, "c");
	vici_wr_str(&w, name, "v");
	EXPECT_EQ(VICI_E_TOO_LONG, finish(&w));
	name[VICI_NAME_MAX] = 0;
	vici_wr_init(&w, VICI_CMD_REQUEST, "c");
	vici_wr_str(&w, name, "v");
	EXPECT_EQ(VICI_OK, finish(&w));

	big = calloc(1, VICI_VALUE_MAX + 1);
	vici_wr_init(&w, VICI_CMD_REQUEST, "c");
	vici_wr_kv(&w, "k", big, VICI_VALUE_MAX + 1);
	EXPECT_EQ(VICI_E_TOO_LONG, finish(&w));
	vici_wr_init(&w, VICI_CMD_REQUEST, "c");
	for (i = 0; i < 7; i++)
		vici_wr_kv(&w, "k", big, VICI_VALUE_MAX);
	EXPECT_EQ(VICI_OK, vici_wr_finish(&w));
	for (i = 0; i < 2; i++)
		vici_wr_kv(&w, "k", big, VICI_VALUE_MAX);
	EXPECT_EQ(VICI_E_TOO_LONG, finish(&w));
	free(big);
}

TEST(write_grammar) {
	struct vici_wr w;

	vici_wr_init(&w, VICI_CMD_REQUEST, "c");
	vici_wr_section(&w, "s");
	EXPECT_EQ(VICI_E_UNBALANCED, finish(&w));
	vici_wr_init(&w, VICI_CMD_REQUEST, "c");
	vici_wr_section_end(&w);
	EXPECT_EQ(VICI_E_UNBALANCED, finish(&w));
	vici_wr_init(&w, VICI_CMD_REQUEST, "c");
	vici_wr_list(&w, "l");
	vici_wr_str(&w, "k", "v");
	EXPECT_EQ(VICI_E_IN_LIST, finish(&w));
	vici_wr_init(&w, VICI_CMD_REQUEST, "c");
	vici_wr_item(&w, "i", 1);
	EXPECT_EQ(VICI_E_NOT_IN_LIST, finish(&w));
	vici_wr_init(&w, VICI_CMD_REQUEST, "c");
	vici_wr_list_end(&w);
	EXPECT_EQ(VICI_E_UNBALANCED, finish(&w));
}

TEST(numbers) {
	struct vici_view good = VIEW(3, 1, 'n', 0, 4, '0', '0', 'f', 'f');
	struct vici_view bad = VIEW(3, 1, 'n', 0, 2, '1', ' ');
	struct vici_view none = VIEW(3, 1, 'n', 0, 0);
	struct vici_wr w;
	struct vici_packet pkt;
	uint64_t n = 7;

	EXPECT_TRUE(vici_get_u64(good, "n", 16, &n));
	EXPECT_EQ(255, n);
	EXPECT_FALSE(vici_get_u64(good, "n", 10, &n));
	EXPECT_FALSE(vici_get_u64(bad, "n", 10, &n));
	EXPECT_FALSE(vici_get_u64(none, "n", 10, &n));
	EXPECT_FALSE(vici_get_u64(good, "m", 16, &n));
	EXPECT_EQ(255, n);

	vici_wr_init(&w, VICI_CMD_RESPONSE, NULL);
	vici_wr_num(&w, "max", UINT64_MAX);
	vici_wr_str(&w, "over", "18446744073709551616");
	ASSERT_EQ(VICI_OK, vici_wr_finish(&w));
	ASSERT_EQ(VICI_OK, vici_packet_parse(w.buf + 4, w.len - 4, &pkt));
	EXPECT_TRUE(vici_get_u64(pkt.msg, "max", 10, &n));
	EXPECT_EQ(UINT64_MAX, n);
	EXPECT_FALSE(vici_get_u64(pkt.msg, "over", 10, &n));
	vici_wr_free(&w);
}

/* What is logged is one line, whatever was sent. */
TEST(copied_text) {
	char text[6];

	vici_copy(VIEW('a', '\n', 0, 0x1b, 'b', 'c', 'd'), text, sizeof(text));
	EXPECT_STREQ("a???b", text);
}

TEST_HARNESS_MAIN

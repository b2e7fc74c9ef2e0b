#include "text/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define ARENA_BYTES ((size_t)1 << 20)

/* Cuts and joins with "|". */
static void joined(const char *text, bool clauses, char *out, size_t room)
{
    struct zd_arena *arena = zd_arena_new(ARENA_BYTES);
    struct zd_span_list list = {0};
    struct zd_str s = zd_str_c(text);
    size_t n = 0;

    assert_non_null(arena);
    if (clauses)
        assert_int_equal(zd_clauses(s, arena, &list, NULL), ZD_OK);
    else
        assert_int_equal(zd_sentences(s, arena, &list, NULL), ZD_OK);
    for (size_t i = 0; i < list.n; i++) {
        size_t len = list.p[i].end - list.p[i].start;

        assert_true(list.p[i].start < list.p[i].end && list.p[i].end <= s.n);
        assert_true(i == 0 || list.p[i - 1].end <= list.p[i].start);
        assert_true(n + len + 2 < room);
        if (i > 0)
            out[n++] = '|';
        memcpy(out + n, s.p + list.p[i].start, len);
        n += len;
    }
    out[n] = '\0';
    zd_arena_free(arena);
}

struct row {
    const char *text, *cut;
};

static void check(const struct row *rows, size_t n, bool clauses)
{
    for (size_t i = 0; i < n; i++) {
        char out[1024];

        print_message("  %s\n", rows[i].text);
        joined(rows[i].text, clauses, out, sizeof out);
        assert_string_equal(out, rows[i].cut);
    }
}

static void test_sentences(void **state)
{
    static const struct row rows[] = {
        {"", ""},
        {" \n\n\t", ""},
        {"甲。乙！丙？丁", "甲。|乙！|丙？|丁"},
        {"甲；乙;丙", "甲；|乙;|丙"},
        {"他说：“甲。”然后走了。", "他说：“甲。”|然后走了。"},
        {"（甲。）乙", "（甲。）|乙"},
        {"真的？！好", "真的？！|好"},
        {"第一行\n第二行\r\n第三行", "第一行|第二行|第三行"},
        {"《你好！世界。》很好。是", "《你好！世界。》很好。|是"},
        {"《外《内。》外。》完。了", "《外《内。》外。》完。|了"},
        {"《未闭。后文", "《未闭。|后文"},
        {"见http://a.cn/?x=1;y=2。好", "见http://a.cn/?x=1;y=2。|好"},
        {"增长3.5%。是", "增长3.5%。|是"},
        {"　　第一条　甲。", "第一条　甲。"},
        {"甲，乙：丙", "甲，乙：丙"},
    };

    (void)state;
    check(rows, ZD_COUNT(rows), false);
}

static void test_clauses(void **state)
{
    static const struct row rows[] = {
        {"甲，乙：丙。丁", "甲，|乙：|丙。|丁"},
        {"1,000元，9:30到12：00", "1,000元，|9:30到12：00"},
        {"电话:010,网址http://a", "电话:010,|网址http://a"},
        {"材料： 甲, 乙", "材料：|甲,|乙"},
    };

    (void)state;
    check(rows, ZD_COUNT(rows), true);
}

static void test_survives_a_full_arena(void **state)
{
    struct zd_arena *arena = zd_arena_new(16);
    struct zd_span_list list = {0};

    (void)state;
    assert_non_null(arena);
    assert_int_equal(zd_sentences(ZD_STR("a\nb\nc\nd\ne"), arena, &list, NULL), ZD_NOMEM);
    assert_null(list.p);
    zd_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_clauses),
        cmocka_unit_test(test_survives_a_full_arena),
    };

    return cmocka_run_group_tests_name("text/sentences", tests, NULL, NULL);
}

/* Cutting passages into clauses, and what clauses hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "answer/answer_private.h"

static void test_knows_the_marks_of_items(void **state)
{
    static const struct {
        const char *text;
        bool mark;
    } rows[] = {
        {"一、保障供应", true}, {"(一)病人", true},   {"（二）病人", true}, {"1.申请表", true},
        {"1. 申请表", true},    {"12、申请表", true}, {"(3)材料", true},    {"第五条 本法", true},
        {"1.5倍", false},       {"一般情况", false},  {"十分重要", false},  {"2020年", false},
        {"第一次", false},      {"", false},          {"(见附件)", false},  {"1", false},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++)
        if (zd_answer__begins_with_mark(zd_str_c(rows[i].text)) != rows[i].mark)
            fail_msg("%s", rows[i].text);
}

static void test_cuts_flat_text_at_clauses_and_items(void **state)
{
    static const struct {
        const char *words;
        uint32_t sentence;
    } want[] = {
        {"各单位：", 0},     {"措施如下", 0},   {"1.保障供应，", 1}, {"稳定市场。", 1},
        {"2.减免租金。", 2}, {"联系电话：", 3}, {"12345", 3},
    };
    const struct zd_answer__source source = {
        .passage.text =
            ZD_STR("各单位：措施如下 1.保障供应，稳定市场。 2.减免租金。\n联系电话：12345")};
    struct zd_arena *arena = zd_arena_new((size_t)1 << 20);
    struct zd_answer__clauses clauses = {.cap = 16};
    uint32_t sentence = 0;

    (void)state;
    clauses.p = zd_arena_array(arena, clauses.cap, sizeof *clauses.p);
    assert_int_equal(zd_answer__cut(&source, 0, &sentence, arena, &clauses, NULL), ZD_OK);
    assert_int_equal(clauses.n, ZD_COUNT(want));
    for (size_t i = 0; i < clauses.n; i++) {
        struct zd_str got =
            zd_str_trim(zd_str_cut(source.passage.text, clauses.p[i].start, clauses.p[i].end));

        if (!zd_str_eq(got, zd_str_c(want[i].words)) || clauses.p[i].sentence != want[i].sentence)
            fail_msg("%zu: \"%.*s\" in sentence %u", i, (int)got.n, got.p, clauses.p[i].sentence);
    }
    assert_int_equal(sentence, 4);
    zd_arena_free(arena);
}

static void test_cutting_stops_at_the_cap(void **state)
{
    const struct zd_answer__source source = {.passage.text = ZD_STR("一。二。三。四。五。")};
    struct zd_arena *arena = zd_arena_new((size_t)1 << 20);
    struct zd_answer__clauses clauses = {.cap = 3};
    uint32_t sentence = 0;

    (void)state;
    clauses.p = zd_arena_array(arena, clauses.cap, sizeof *clauses.p);
    assert_int_equal(zd_answer__cut(&source, 0, &sentence, arena, &clauses, NULL), ZD_OK);
    assert_int_equal(clauses.n, 3);
    zd_arena_free(arena);
}

static void test_tells_what_is_asked_and_what_is_given(void **state)
{
    static const struct {
        const char *text;
        uint32_t asked, given;
    } rows[] = {
        {"什么时候截止", 1u << ZD_ANSWER__WHEN, 0},
        {"收多少钱", 1u << ZD_ANSWER__NUMBER, 0},
        {"咨询电话", 1u << ZD_ANSWER__PHONE, 0},
        {"由哪个部门负责", 1u << ZD_ANSWER__WHO, 1u << ZD_ANSWER__WHO},
        {"三十日内", 0, 1u << ZD_ANSWER__WHEN},
        {"0999-80100812", 0, 1u << ZD_ANSWER__PHONE | 1u << ZD_ANSWER__NUMBER},
        {"听泉路60号", 0, 1u << ZD_ANSWER__WHERE | 1u << ZD_ANSWER__NUMBER},
        {"身份证;照片", 0, 1u << ZD_ANSWER__LIST},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        if (rows[i].asked &&
            (zd_answer__types_asked(zd_str_c(rows[i].text)) & rows[i].asked) != rows[i].asked)
            fail_msg("asked: %s", rows[i].text);
        if ((zd_answer__types_given(zd_str_c(rows[i].text)) & rows[i].given) != rows[i].given)
            fail_msg("given: %s", rows[i].text);
    }
    assert_int_equal(zd_answer__types_given(ZD_STR("稳定供应")), 0);
    assert_true(zd_answer__asks_for_fact(ZD_STR("谁负责")));
    assert_false(zd_answer__asks_for_fact(ZD_STR("有哪些措施")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_knows_the_marks_of_items),
        cmocka_unit_test(test_cuts_flat_text_at_clauses_and_items),
        cmocka_unit_test(test_cutting_stops_at_the_cap),
        cmocka_unit_test(test_tells_what_is_asked_and_what_is_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Cutting passages into clauses, what clauses hold, and which run of them is chosen. */
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

/* Every run, scored by the definition. */
static double f_of(const struct zd_answer__clauses *c, size_t from, size_t to, double beta)
{
    double e = 0, letters = 0, all = 0;

    for (size_t i = 0; i < c->n; i++) {
        if (c->p[i].source != c->p[from].source)
            continue;
        all += (double)c->p[i].p * c->p[i].n_letters;
        if (i >= from && i < to) {
            e += (double)c->p[i].p * c->p[i].n_letters;
            letters += c->p[i].n_letters;
        }
    }
    return (1 + beta * beta) * e / (letters + beta * beta * (all > 1 ? all : 1));
}

static void test_the_run_chosen_is_the_best_of_all(void **state)
{
    uint32_t seed = 7;

    (void)state;
    for (int round = 0; round < 200; round++) {
        struct zd_answer__clause p[12];
        struct zd_answer__clauses c = {p, 12, 12};
        const double beta = round % 2 ? 1.0 : 2.0;
        uint32_t source = 9, start = 0, end = 0;
        double best = -1, chosen = -2;

        for (uint32_t i = 0; i < 12; i++) {
            seed = seed * 1664525u + 1013904223u;
            p[i] = (struct zd_answer__clause){.source = i / 6,
                                              .start = i % 6 * 10,
                                              .end = i % 6 * 10 + 10,
                                              .sentence = i / 2,
                                              .n_letters = 1 + (seed >> 8) % 20,
                                              .p = (float)((seed >> 16) % 100) / 100.0F};
        }
        assert_true(zd_answer__best_run(&c, false, beta, &source, &start, &end));
        for (size_t from = 0; from < 12; from++)
            for (size_t to = from + 1; to <= 12 && p[to - 1].source == p[from].source; to++) {
                double f = f_of(&c, from, to, beta);

                if (f > best)
                    best = f;
                if (p[from].source == source && p[from].start == start && p[to - 1].end == end)
                    chosen = f;
            }
        assert_float_equal(chosen, best, 1e-9);
    }
}

static void test_whole_sentences_are_whole(void **state)
{
    struct zd_answer__clause p[] = {
        {.start = 0, .end = 10, .sentence = 0, .n_letters = 10, .p = 0.1F},
        {.start = 10, .end = 20, .sentence = 1, .n_letters = 10, .p = 0.1F},
        {.start = 20, .end = 30, .sentence = 1, .n_letters = 10, .p = 0.9F},
        {.start = 30, .end = 40, .sentence = 2, .n_letters = 10, .p = 0.1F},
    };
    struct zd_answer__clauses c = {p, 4, 4};
    uint32_t source, start, end;

    (void)state;
    assert_true(zd_answer__best_run(&c, false, 1.0, &source, &start, &end));
    assert_int_equal(start, 20);
    assert_true(zd_answer__best_run(&c, true, 1.0, &source, &start, &end));
    assert_int_equal(start, 10);
    assert_int_equal(end, 30);
    c.n = 0;
    assert_false(zd_answer__best_run(&c, true, 1.0, &source, &start, &end));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_knows_the_marks_of_items),
        cmocka_unit_test(test_cuts_flat_text_at_clauses_and_items),
        cmocka_unit_test(test_cutting_stops_at_the_cap),
        cmocka_unit_test(test_tells_what_is_asked_and_what_is_given),
        cmocka_unit_test(test_the_run_chosen_is_the_best_of_all),
        cmocka_unit_test(test_whole_sentences_are_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

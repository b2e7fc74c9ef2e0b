#include "desk/score.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_near(double got, double want)
{
    if (fabs(got - want) > 1e-9)
        fail_msg("%.12f is not %.12f", got, want);
}

static void test_ranking_measures_follow_their_definitions(void **state)
{
    static const uint32_t none[] = {0}, ranks[] = {1, 4, 10, 99, 100};
    const struct zd_score_ranks missed = {none, 0, 2};
    const struct zd_score_ranks five = {ranks, 5, 6};

    (void)state;
    assert_near(zd_score_ndcg10(&missed), 0);
    assert_near(zd_score_mrr10(&missed), 0);
    assert_near(zd_score_recall(&missed, 100), 0);
    /* gains at ranks 2 and 5; ideal: six documents in the first six places */
    assert_near(zd_score_ndcg10(&five),
                (1 / log2(3) + 1 / log2(6)) / (1 / log2(2) + 1 / log2(3) + 1 / log2(4) +
                                               1 / log2(5) + 1 / log2(6) + 1 / log2(7)));
    assert_near(zd_score_mrr10(&five), 0.5);
    assert_near(zd_score_hit(&five, 1), 0);
    assert_near(zd_score_hit(&five, 2), 1);
    assert_near(zd_score_recall(&five, 10), 2.0 / 6);
    assert_near(zd_score_recall(&five, 11), 3.0 / 6);
    assert_near(zd_score_recall(&five, 100), 4.0 / 6);
}

/* The textbook table, quadratic and plainly right. */
static size_t lcs_reference(const struct zd_score_text *a, const struct zd_score_text *b)
{
    size_t table[130][130] = {{0}};

    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 0; j < b->n; j++) {
            size_t up = table[i][j + 1], left = table[i + 1][j];

            table[i + 1][j + 1] = a->p[i] == b->p[j] ? table[i][j] + 1 : up > left ? up : left;
        }
    return table[a->n][b->n];
}

static void test_rouge_l_agrees_with_the_textbook(void **state)
{
    struct zd_arena *arena = zd_arena_new(1 << 20);
    uint32_t a_points[129], b_points[129];
    uint32_t seed = 7;

    (void)state;
    for (int round = 0; round < 400; round++) {
        struct zd_score_text a = {a_points, 1 + (size_t)round % 129},
                             b = {b_points, 1 + (size_t)(round * 7) % 129};
        double got = -1, common, want;

        for (size_t i = 0; i < 129; i++) {
            seed = seed * 1664525u + 1013904223u;
            a_points[i] = 0x4E00 + (seed >> 24) % 5;
            seed = seed * 1664525u + 1013904223u;
            b_points[i] = 0x4E00 + (seed >> 24) % 5;
        }
        common = (double)lcs_reference(&a, &b);
        want = common > 0 ? 2 * common / (double)(a.n + b.n) : 0;
        assert_int_equal(zd_score_rouge_l(&a, &b, arena, &got, NULL), ZD_OK);
        assert_near(got, want); /* F1 of c/|b| and c/|a| is 2c / (|a| + |b|) */
        zd_arena_reset(arena);
    }
    zd_arena_free(arena);
}

static struct zd_score_text text_of(const char *s, struct zd_arena *arena)
{
    struct zd_score_text text = {0};

    assert_int_equal(zd_score_text_of(zd_str_c(s), arena, &text, NULL), ZD_OK);
    return text;
}

static void test_texts_are_compared_without_form(void **state)
{
    struct zd_arena *arena = zd_arena_new(1 << 20);
    struct zd_score_text a = text_of("收费：ＡＢ１２元（不含税）。", arena);
    struct zd_score_text b = text_of("收费 ab12元，不含税", arena);
    struct zd_score_text empty = text_of("，。 \n", arena);

    (void)state;
    assert_int_equal(a.n, b.n);
    assert_memory_equal(a.p, b.p, a.n * sizeof *a.p);
    assert_int_equal(empty.n, 0);
    assert_true(zd_score_contains(&a, &b));
    b = text_of("12元", arena);
    assert_true(zd_score_contains(&a, &b));
    assert_false(zd_score_contains(&b, &a));
    b = text_of("13元", arena);
    assert_false(zd_score_contains(&a, &b));
    assert_false(zd_score_contains(&a, &empty));
    zd_arena_free(arena);
}

static void test_refusal_counts_pairs_and_keeps_95_in_100(void **state)
{
    double yes[] = {0.9, 0.5, 0.7}, no[] = {0.5, 0.1}, auc, refused;
    double many_yes[100], many_no[10];

    (void)state;
    zd_score_refusal(yes, 3, no, 2, &auc, &refused);
    assert_near(auc, 5.5 / 6); /* one tie among six pairs */
    assert_near(refused, 0.5); /* the threshold is 0.5; only 0.1 lies below it */
    for (int i = 0; i < 100; i++)
        many_yes[i] = i;
    for (int i = 0; i < 10; i++)
        many_no[i] = i;
    zd_score_refusal(many_yes, 100, many_no, 10, &auc, &refused);
    assert_near(refused, 0.5); /* threshold 5: keeps 95 of 100 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranking_measures_follow_their_definitions),
        cmocka_unit_test(test_rouge_l_agrees_with_the_textbook),
        cmocka_unit_test(test_texts_are_compared_without_form),
        cmocka_unit_test(test_refusal_counts_pairs_and_keeps_95_in_100),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

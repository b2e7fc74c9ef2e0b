#include "semantic/trees.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define N 2000
#define FEATURES 6

/* The same draws in every run. */
static float draw(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (float)(*state >> 40) / (float)(1 << 24);
}

struct sample {
    float x[N * FEATURES], y[N];
    uint32_t groups[N / 20 + 1];
    struct zd_trees_rows rows;
};

static void sample_fill(struct sample *s, uint64_t seed)
{
    for (size_t i = 0; i < N * FEATURES; i++)
        s->x[i] = draw(&seed);
    for (size_t g = 0; g <= N / 20; g++)
        s->groups[g] = (uint32_t)(20 * g);
    s->rows = (struct zd_trees_rows){s->x, s->y, NULL, N, s->groups, N / 20};
}

/* True where exactly one of the two first features is large. */
static float either(const float *x)
{
    return (x[0] > 0.5F) != (x[1] > 0.5F) ? 1.0F : 0.0F;
}

static struct zd_trees *train(const struct sample *s, const struct zd_trees_options *o)
{
    struct zd_trees *trees = NULL;
    struct zd_error err = {0};

    if (zd_trees_train(&s->rows, NULL, o, &trees, &err) != ZD_OK)
        fail_msg("%s", err.what);
    return trees;
}

static void test_learns_what_no_sum_can_say(void **state)
{
    static struct sample s, new;
    const struct zd_trees_options o = {
        .objective = ZD_TREES_LOGISTIC, .n_features = FEATURES, .max_trees = 60, .max_leaves = 8};
    struct zd_trees *trees;
    size_t right = 0;

    (void)state;
    sample_fill(&s, 1);
    sample_fill(&new, 2);
    for (size_t i = 0; i < N; i++)
        s.y[i] = either(s.x + i * FEATURES);
    trees = train(&s, &o);
    for (size_t i = 0; i < N; i++)
        right += (zd_trees_score(trees, new.x + i *FEATURES) > 0.0) ==
                 (either(new.x + i *FEATURES) > 0.5F);
    print_message("  %zu of %d\n", right, N);
    assert_true(right > N * 97 / 100);
    zd_trees_free(trees);
}

static void test_learns_numbers_by_weight(void **state)
{
    static struct sample s;
    static float weights[N];
    const struct zd_trees_options o = {
        .objective = ZD_TREES_SQUARED, .n_features = FEATURES, .max_trees = 100};
    struct zd_trees *trees;
    double off = 0.0;

    (void)state;
    sample_fill(&s, 3);
    for (size_t i = 0; i < N; i++) { /* rows of no weight say the opposite */
        weights[i] = i % 4 == 0 ? 0.0F : 2.0F;
        s.y[i] = (i % 4 == 0 ? -1.0F : 1.0F) * 3.0F * s.x[i * FEATURES + 2];
    }
    s.rows.weights = weights;
    trees = train(&s, &o);
    for (size_t i = 0; i < N; i++)
        off +=
            fabs(zd_trees_score(trees, s.x + i * FEATURES) - 3.0 * (double)s.x[i * FEATURES + 2]);
    assert_true(off / N < 0.06);
    zd_trees_free(trees);
}

/* Grades that differ only within a group: a constant of the group is noise to anything but ranking. */
static double first_is_best(const struct zd_trees *trees, const struct sample *s)
{
    size_t right = 0;

    for (size_t g = 0; g < N / 20; g++) {
        size_t best = 20 * g;
        float most = 0.0F;

        for (size_t i = 20 * g; i < 20 * g + 20; i++) {
            if (zd_trees_score(trees, s->x + i * FEATURES) >
                zd_trees_score(trees, s->x + best * FEATURES))
                best = i;
            if (s->y[i] > most)
                most = s->y[i];
        }
        right += s->y[best] == most;
    }
    return (double)right / (N / 20);
}

static void grade(struct sample *s)
{
    for (size_t g = 0; g < N / 20; g++) {
        float *x = s->x + 20 * g * FEATURES;
        const float shift = 5.0F * x[5];
        size_t best = 0;

        for (size_t i = 0; i < 20; i++)
            if (x[i * FEATURES] + x[i * FEATURES + 1] > x[best * FEATURES] + x[best * FEATURES + 1])
                best = i;
        for (size_t i = 0; i < 20; i++) {
            s->y[20 * g + i] = i == best ? 2.0F : x[i * FEATURES] > 0.9F ? 1.0F : 0.0F;
            x[i * FEATURES + 5] = shift;
        }
    }
}

static void test_learns_to_rank(void **state)
{
    static struct sample s, new;
    const struct zd_trees_options o = {.objective = ZD_TREES_RANK,
                                       .n_features = FEATURES,
                                       .max_trees = 80,
                                       .max_leaves = 8,
                                       .ndcg_at = 5};
    struct zd_trees *trees;
    double share;

    (void)state;
    sample_fill(&s, 4);
    sample_fill(&new, 5);
    grade(&s);
    grade(&new);
    trees = train(&s, &o);
    share = first_is_best(trees, &new);
    print_message("  best one first: %.2f\n", share);
    assert_true(share > 0.7);
    zd_trees_free(trees);
}

static double mean_chance(const struct zd_trees *trees, const struct sample *s)
{
    double sum = 0.0;

    for (size_t i = 0; i < N; i++)
        sum += 1.0 / (1.0 + exp(-zd_trees_score(trees, s->x + i * FEATURES)));
    return sum / N;
}

/* As log-odds the scores order as before, and their chances add up to what is true. */
static void test_an_order_becomes_odds(void **state)
{
    static struct sample s;
    const struct zd_trees_options o = {
        .objective = ZD_TREES_RANK, .n_features = FEATURES, .max_trees = 40, .max_leaves = 8};
    struct zd_trees *trees;
    double before, after, share = 0.0;

    (void)state;
    sample_fill(&s, 4);
    grade(&s);
    trees = train(&s, &o);
    before = first_is_best(trees, &s);
    for (size_t i = 0; i < N; i++)
        share += s.y[i] > 0.0F ? 1.0 / N : 0.0;
    print_message("  as an order %.3f\n", mean_chance(trees, &s));
    assert_true(fabs(mean_chance(trees, &s) - share) > 0.015);
    zd_trees_to_odds(trees, &s.rows);
    after = mean_chance(trees, &s);
    print_message("  true %.3f, said %.3f\n", share, after);
    assert_float_equal(after, share, 0.002);
    assert_float_equal(first_is_best(trees, &s), before, 1e-9);
    zd_trees_free(trees);
}

struct watch {
    size_t calls, stop_at, best;
};

static enum zd_status watch(void *context, const struct zd_trees_progress *now,
                            struct zd_error *err)
{
    struct watch *w = context;

    assert_int_equal(now->n_trees, ++w->calls);
    w->best = now->best;
    return w->calls == w->stop_at ? ZD_FAIL(err, ZD_BUSY, 0, "stopped") : ZD_OK;
}

static void test_stops_where_new_rows_gain_nothing(void **state)
{
    static struct sample s, held_out;
    uint64_t seed = 9;
    struct watch w = {0};
    struct zd_trees_options o = {.objective = ZD_TREES_LOGISTIC,
                                 .n_features = FEATURES,
                                 .max_trees = 400,
                                 .stop_after = 10,
                                 .progress = watch,
                                 .context = &w};
    struct zd_trees *trees = NULL;

    (void)state;
    sample_fill(&s, 6);
    sample_fill(&held_out, 7);
    for (size_t i = 0; i < N; i++) { /* one label in five is wrong */
        s.y[i] =
            draw(&seed) < 0.2F ? 1.0F - either(s.x + i * FEATURES) : either(s.x + i * FEATURES);
        held_out.y[i] = either(held_out.x + i * FEATURES);
    }
    assert_int_equal(zd_trees_train(&s.rows, &held_out.rows, &o, &trees, NULL), ZD_OK);
    assert_int_equal(w.calls, w.best + 10);
    assert_int_equal(zd_trees_n_trees(trees), w.best);
    zd_trees_free(trees);
    trees = NULL;
    w = (struct watch){.stop_at = 3};
    assert_int_equal(zd_trees_train(&s.rows, &held_out.rows, &o, &trees, NULL), ZD_BUSY);
    assert_null(trees);
}

/* A model that every part of training had a hand in. */
static void small_model(uint64_t seed, struct zd_buf *out)
{
    static struct sample s;
    const struct zd_trees_options o = {.objective = ZD_TREES_LOGISTIC,
                                       .n_features = FEATURES,
                                       .max_trees = 4,
                                       .max_leaves = 5,
                                       .row_share = 0.7,
                                       .feature_share = 0.8,
                                       .seed = seed};
    struct zd_trees *trees;

    sample_fill(&s, 8);
    for (size_t i = 0; i < N; i++)
        s.y[i] = either(s.x + i * FEATURES);
    trees = train(&s, &o);
    *out = (struct zd_buf){.max = 1 << 20};
    zd_trees_write(trees, out);
    assert_false(out->bad);
    zd_trees_free(trees);
}

static void test_same_seed_same_bytes(void **state)
{
    struct zd_buf a, b, other;

    (void)state;
    small_model(1, &a);
    small_model(1, &b);
    small_model(2, &other);
    assert_int_equal(a.n, b.n);
    assert_memory_equal(a.p, b.p, a.n);
    assert_true(a.n != other.n || memcmp(a.p, other.p, a.n) != 0);
    zd_buf_done(&a);
    zd_buf_done(&b);
    zd_buf_done(&other);
}

static void test_parts_add_up_and_writing_keeps_all(void **state)
{
    static struct sample s;
    struct zd_buf bytes, again = {.max = 1 << 20}, words = {.max = 1 << 20};
    struct zd_trees *trees = NULL;
    double parts[FEATURES];

    (void)state;
    small_model(1, &bytes);
    assert_int_equal(zd_trees_read((struct zd_bytes){bytes.p, bytes.n}, &trees, NULL), ZD_OK);
    assert_int_equal(zd_trees_n_features(trees), FEATURES);
    zd_trees_write(trees, &again);
    assert_int_equal(again.n, bytes.n);
    assert_memory_equal(again.p, bytes.p, bytes.n);
    sample_fill(&s, 11);
    for (size_t i = 0; i < N; i++) {
        double sum = zd_trees_explain(trees, s.x + i * FEATURES, parts);

        for (size_t f = 0; f < FEATURES; f++)
            sum += parts[f];
        assert_true(fabs(sum - zd_trees_score(trees, s.x + i * FEATURES)) < 1e-5);
    }
    zd_trees_dump(trees, NULL, &words);
    assert_non_null(strstr(zd_buf_cstr(&words), "% x0\n"));
    zd_trees_free(trees);
    zd_buf_done(&bytes);
    zd_buf_done(&again);
    zd_buf_done(&words);
}

/* Many rows at once, in two parts and in any order, have the scores of single rows to the bit. */
static void check_many_rows(const struct zd_trees *trees, const struct sample *s)
{
    const size_t all = zd_trees_n_trees(trees);
    uint32_t rows[N];
    double scores[N];

    for (size_t i = 0; i < N; i++)
        rows[i] = (uint32_t)((i * 7 + 3) % N);
    for (size_t of = 1; of < 6; of++) {
        const size_t part = zd_trees_first_part(trees, of), n = N / of;

        assert_true(part <= all / of && part % 4 == 0);
        zd_trees_add_scores(trees, 0, part, s->x, rows, n, scores);
        zd_trees_add_scores(trees, part, all, s->x, rows, n, scores);
        for (size_t i = 0; i < n; i++)
            assert_true(scores[i] == zd_trees_score(trees, s->x + rows[i] * FEATURES));
    }
    zd_trees_add_scores(trees, 0, all, s->x, NULL, N, scores);
    for (size_t i = 0; i < N; i++)
        assert_true(scores[i] == zd_trees_score(trees, s->x + i * FEATURES));
}

static void test_many_rows_score_as_single_ones(void **state)
{
    static struct sample s;
    static const size_t leaves[] = {2, 8, 15, 32, 33, 64}; /* above 32 trees are walked */

    (void)state;
    for (size_t k = 0; k < ZD_COUNT(leaves); k++) {
        struct zd_trees_options options = {.objective = ZD_TREES_SQUARED,
                                           .n_features = FEATURES,
                                           .max_trees = 30 + k,
                                           .max_leaves = leaves[k],
                                           .min_rows = 2};
        struct zd_trees *trees = NULL;

        sample_fill(&s, 20 + k);
        for (size_t i = 0; i < N; i++)
            s.y[i] = s.x[i * FEATURES] * s.x[i * FEATURES + 1] + either(s.x + i * FEATURES);
        assert_int_equal(zd_trees_train(&(struct zd_trees_rows){.x = s.x, .y = s.y, .n = N}, NULL,
                                        &options, &trees, NULL),
                         ZD_OK);
        s.x[3 * FEATURES] = NAN;
        s.x[5 * FEATURES + 1] = INFINITY;
        check_many_rows(trees, &s);
        zd_trees_free(trees);
    }
}

static void test_refuses_every_damaged_byte(void **state)
{
    struct zd_buf bytes;
    struct zd_trees *trees = NULL;

    (void)state;
    small_model(1, &bytes);
    for (size_t i = 0; i < bytes.n; i++) {
        bytes.p[i] ^= 0x40;
        assert_int_equal(zd_trees_read((struct zd_bytes){bytes.p, bytes.n}, &trees, NULL),
                         ZD_CORRUPT);
        bytes.p[i] ^= 0x40;
        assert_int_equal(zd_trees_read((struct zd_bytes){bytes.p, i}, &trees, NULL), ZD_CORRUPT);
    }
    assert_null(trees);
    zd_buf_done(&bytes);
}

static void test_refuses_rows_that_make_no_sense(void **state)
{
    float x[4] = {1, 2, 3, 4}, y[2] = {0, 1}, nan[4] = {1, NAN, 3, 4}, minus[2] = {1, -1};
    uint32_t back[] = {0, 2, 1, 2};
    const struct zd_trees_options log = {.objective = ZD_TREES_LOGISTIC, .n_features = 2},
                                  rank = {.objective = ZD_TREES_RANK, .n_features = 2},
                                  wide = {.n_features = ZD_TREES_MAX_FEATURES + 1};
    const struct {
        const char *what;
        struct zd_trees_rows rows;
        const struct zd_trees_options *options;
        enum zd_status st;
    } cases[] = {
        {"none", {x, y, NULL, 0, NULL, 0}, &log, ZD_INVALID},
        {"no number", {nan, y, NULL, 2, NULL, 0}, &log, ZD_INVALID},
        {"label", {x, minus, NULL, 2, NULL, 0}, &log, ZD_INVALID},
        {"weight", {x, y, minus, 2, NULL, 0}, &log, ZD_INVALID},
        {"no groups", {x, y, NULL, 2, NULL, 0}, &rank, ZD_INVALID},
        {"groups that go back", {x, y, NULL, 2, back, 3}, &rank, ZD_INVALID},
        {"features", {x, y, NULL, 2, NULL, 0}, &wide, ZD_LIMIT},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(cases); i++) {
        struct zd_trees *trees = NULL;

        print_message("  %s\n", cases[i].what);
        assert_int_equal(zd_trees_train(&cases[i].rows, NULL, cases[i].options, &trees, NULL),
                         cases[i].st);
        assert_null(trees);
    }
}

static void test_says_when_memory_ends(void **state)
{
    static struct sample s;
    const struct zd_trees_options o = {
        .objective = ZD_TREES_RANK, .n_features = FEATURES, .max_trees = 3, .max_leaves = 4};
    struct zd_buf bytes = {.max = 1 << 20};
    enum zd_status st = ZD_NOMEM;
    uint64_t nth;

    (void)state;
    sample_fill(&s, 12);
    grade(&s);
    for (nth = 1; st == ZD_NOMEM; nth++) {
        struct zd_trees *trees = NULL, *again = NULL;

        zd_buf_clear(&bytes);
        zd_alloc_fail_at(nth);
        st = zd_trees_train(&s.rows, NULL, &o, &trees, NULL);
        if (st == ZD_OK)
            zd_trees_write(trees, &bytes);
        if (st == ZD_OK)
            st = bytes.bad ? ZD_NOMEM
                           : zd_trees_read((struct zd_bytes){bytes.p, bytes.n}, &again, NULL);
        zd_alloc_fail_at(0);
        zd_trees_free(trees);
        zd_trees_free(again);
    }
    assert_int_equal(st, ZD_OK);
    assert_true(nth > 10);
    zd_buf_done(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learns_what_no_sum_can_say),
        cmocka_unit_test(test_learns_numbers_by_weight),
        cmocka_unit_test(test_learns_to_rank),
        cmocka_unit_test(test_an_order_becomes_odds),
        cmocka_unit_test(test_stops_where_new_rows_gain_nothing),
        cmocka_unit_test(test_same_seed_same_bytes),
        cmocka_unit_test(test_parts_add_up_and_writing_keeps_all),
        cmocka_unit_test(test_many_rows_score_as_single_ones),
        cmocka_unit_test(test_refuses_every_damaged_byte),
        cmocka_unit_test(test_refuses_rows_that_make_no_sense),
        cmocka_unit_test(test_says_when_memory_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

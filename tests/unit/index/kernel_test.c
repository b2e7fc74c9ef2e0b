/* Every kernel that this processor has gives what plain C gives, and the table of common codes
 * what the definition gives. */
#include "index/kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "index/bound.h"
#include "index/score.h"
#include "index/topk.h"
#include "index_support.h"

#define N 5000

static int32_t scores[N], maxima[2][N], room[N];
static uint16_t places[2][N];

static void random_scores(struct support_random *r)
{
    for (size_t i = 0; i < N; i++)
        scores[i] = support_below(r, 3) ? (int32_t)support_below(r, 1000)
                                        : -(int32_t)support_below(r, 1 << 30);
}

static void test_collecting_is_the_same_everywhere(void **state)
{
    struct support_random r = {3};

    (void)state;
    for (int round = 0; round < 500; round++) {
        static const int32_t ends[] = {INT32_MIN, INT32_MIN + 1, INT32_MAX};
        size_t n = (size_t)support_below(&r, N), found;
        int32_t least =
            round % 4 < 3 ? (int32_t)support_below(&r, 1100) - 50 : ends[support_below(&r, 3)];

        random_scores(&r);
        found = zd_index__kernel_at(0)->collect(scores, n, least, places[0]);
        for (unsigned k = 1; k < ZD_INDEX__KERNELS; k++) {
            const struct zd_index__kernel *kernel = zd_index__kernel_at(k);

            if (!kernel)
                continue;
            assert_int_equal(kernel->collect(scores, n, least, places[1]), found);
            assert_memory_equal(places[0], places[1], found * sizeof **places);
        }
    }
}

static void test_maxima_are_the_same_everywhere(void **state)
{
    struct support_random r = {4};

    (void)state;
    for (size_t groups = 16; groups <= 512; groups += 16) {
        size_t rows = 1 + (size_t)support_below(&r, N / groups);

        random_scores(&r);
        zd_index__kernel_at(0)->maxima(scores, groups, rows, maxima[0]);
        for (unsigned k = 1; k < ZD_INDEX__KERNELS; k++)
            if (zd_index__kernel_at(k)) {
                zd_index__kernel_at(k)->maxima(scores, groups, rows, maxima[1]);
                assert_memory_equal(maxima[0], maxima[1], groups * sizeof **maxima);
            }
    }
}

/* The estimate may be low, never high, and is not far off. */
static void test_the_kth_estimate_is_reached_by_k(void **state)
{
    struct support_random r = {5};

    (void)state;
    for (int round = 0; round < 400; round++) {
        size_t n = 200 + (size_t)support_below(&r, N - 200), reached = 0;
        size_t k = 1 + (size_t)support_below(&r, 150);
        int32_t known = (int32_t)support_below(&r, 400), got;

        random_scores(&r);
        got = zd_index__kth_at_least(zd_index__kernel(), scores, n, k, known, room);
        for (size_t i = 0; i < n; i++)
            reached += scores[i] >= got;
        assert_true(got == 0 || (got > known && reached >= k));
        if (got > 0)
            assert_true(reached < 2 * k + 20);
    }
}

/* A random segment's tables for scoring. */
struct tables {
    struct zd_index__scoring s;
    struct zd_index__weights q;
    struct zd_index__code codes[200];
    float a[ZD_FIELD_COUNT][201];
    uint8_t lengths[ZD_FIELD_COUNT][N];
    bool flat[ZD_FIELD_COUNT];
};

static void random_tables(struct tables *t, struct support_random *r)
{
    *t = (struct tables){.q.k1 = 0.1F + (float)support_below(r, 30) / 10};
    for (int f = 0; f < ZD_FIELD_COUNT; f++) {
        t->flat[f] = support_below(r, 2);
        t->q.field_weight[f] = (float)support_below(r, 40) / 10;
        for (unsigned l = 0; l < 256; l++)
            t->q.a[f][l] =
                t->q.field_weight[f] *
                (float)zd_index__tf_of((uint8_t)(l < ZD_INDEX__TFS ? l : ZD_INDEX__TFS - 1));
        for (unsigned l = 0; l < ZD_INDEX__LENGTHS; l++)
            t->q.r[f][l] =
                t->flat[f] ? 1.0F : 1.0F / (0.3F + 0.01F * (float)zd_index__length_of((uint8_t)l));
        for (size_t d = 0; d < N; d++)
            t->lengths[f][d] = (uint8_t)support_below(r, 256);
        for (unsigned c = 0; c < 200; c++) {
            t->codes[c].level[f] =
                (uint8_t)(support_below(r, 2) ? support_below(r, ZD_INDEX__TFS) : 0);
            t->a[f][c] = t->q.field_weight[f] * (float)zd_index__tf_of(t->codes[c].level[f]);
        }
        t->s.a[f] = t->a[f];
        t->s.r[f] = t->q.r[f];
        t->s.lengths[f] = t->lengths[f];
    }
    t->s.n_codes = 200;
    t->s.k1 = t->q.k1;
    t->s.w = (float)support_below(r, 1 << 20);
    zd_index__scoring_common(&t->s, t->flat, 255);
}

static void test_parts_are_those_of_the_definition(void **state)
{
    static struct tables t;
    struct support_random r = {6};

    (void)state;
    for (int round = 0; round < 60; round++) {
        uint32_t docs[300], base = (uint32_t)support_below(&r, 500), span = N - 1000, n = 0;
        uint16_t codes[300];

        random_tables(&t, &r);
        for (uint32_t d = 0; d < N && n < 300; d += 1 + (uint32_t)support_below(&r, 30)) {
            docs[n] = d;
            codes[n++] = (uint16_t)support_below(&r, 210); /* some are outside the codebook */
        }
        memset(scores, 0, sizeof scores);
        t.s.base = base;
        t.s.span = span;
        t.s.scores = scores;
        zd_index__kernel()->add(&t.s, docs, codes, n);
        for (uint32_t i = 0; i < n; i++) {
            uint8_t lengths[ZD_FIELD_COUNT];
            int32_t want = 0;

            for (int f = 0; f < ZD_FIELD_COUNT; f++)
                lengths[f] = t.lengths[f][docs[i]];
            if (codes[i] < 200)
                want = zd_index__part_of(t.s.w, t.s.k1,
                                         zd_index__x_of(&t.q, t.codes[codes[i]].level, lengths));
            if (docs[i] >= base && docs[i] - base < span)
                assert_int_equal(scores[docs[i] - base], want);
        }
    }
}

/* No posting of a set is worth more than the bound of its points, whatever the weights. */
static void test_bounds_hold_under_any_weights(void **state)
{
    static struct tables t;
    struct support_random r = {8};

    (void)state;
    for (int round = 0; round < 300; round++) {
        struct zd_index__bound bound;
        struct zd_index__point points[ZD_INDEX__LIST_POINTS + 2];
        size_t n_points = round % 2 ? ZD_INDEX__LIST_POINTS : ZD_INDEX__BLOCK_POINTS;
        uint32_t n = 1 + (uint32_t)support_below(&r, 128);
        int32_t best = 0, allowed;

        random_tables(&t, &r);
        zd_index__bound_clear(&bound);
        for (uint32_t i = 0; i < n; i++) {
            const uint8_t *level = t.codes[support_below(&r, 200)].level;
            uint8_t lengths[4] = {t.lengths[0][i], t.lengths[1][i], t.lengths[2][i], 0};
            int32_t part = zd_index__part_of(t.s.w, t.s.k1, zd_index__x_of(&t.q, level, lengths));

            zd_index__bound_add(&bound, level, lengths);
            best = part > best ? part : best;
        }
        zd_index__bound_points(&bound, n_points, points);
        allowed = zd_index__bound_of(&t.q, t.s.w, (const uint8_t *)points, n_points);
        assert_true(best <= allowed);
        if (n_points == ZD_INDEX__BLOCK_POINTS) { /* as the second of two skip entries */
            uint8_t skips[2 * ZD_INDEX__SKIP_BYTES] = {0};

            memcpy(skips + ZD_INDEX__SKIP_BYTES + 8, points, 8);
            assert_true(best <= zd_index__bound_of_blocks(&t.q, t.s.w, skips, 2));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_collecting_is_the_same_everywhere),
        cmocka_unit_test(test_maxima_are_the_same_everywhere),
        cmocka_unit_test(test_the_kth_estimate_is_reached_by_k),
        cmocka_unit_test(test_parts_are_those_of_the_definition),
        cmocka_unit_test(test_bounds_hold_under_any_weights),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Vectors against an exhaustive scan of plain C; kernels against one another. */
#include "index/vectors.h"

#include "base/caps.h"
#include "corpus.h"
#include "index/vector_kernel.h"

static struct zd_index_hit hits[ZD_TOP_MAX];

struct expected {
    int32_t score;
    const struct passage *p;
};

static int compare_expected(const void *a, const void *b)
{
    const struct expected *x = a, *y = b;

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return x->p->id < y->p->id ? -1 : x->p->id > y->p->id;
}

static int32_t plain_dot(const int8_t *a, const int8_t *b, uint32_t n)
{
    int32_t sum = 0;

    for (uint32_t k = 0; k < n; k++)
        sum += a[k] * b[k];
    return sum;
}

/* ---- the whole road: add, merge, delete, another model, filters ---- */

static void random_filter(struct zd_index_filter *f, struct support_random *r, uint32_t *room,
                          uint32_t n_groups)
{
    if (support_below(r, 2))
        f->on = (int32_t)(20200100 + support_below(r, 3) + support_below(r, 9) * 10000);
    if (support_below(r, 3) == 0)
        f->access = (uint32_t)support_below(r, 8);
    if (support_below(r, 4) == 0) {
        room[0] = 1 + (uint32_t)support_below(r, n_groups + 1);
        room[1] = room[0] + 1;
        f->groups = room;
        f->n_groups = 2;
    }
}

static void check_search(const struct corpus *c, const struct zd_index *index,
                         const struct zd_index_vector_query *q)
{
    struct expected *want = calloc(c->n + 1, sizeof *want);
    size_t n = 0, n_want = 0;

    assert_non_null(want);
    for (size_t i = 0; i < c->n; i++)
        if (c->p[i].vector && c->p[i].model == q->model && q->model == c->model &&
            passes(&c->p[i], &q->filter))
            want[n_want++] =
                (struct expected){plain_dot(c->p[i].vector, q->vector, q->n_dims), &c->p[i]};
    qsort(want, n_want, sizeof *want, compare_expected);
    support_ok(zd_index_search_vectors(index, q, hits, &n, &support_err));
    assert_int_equal(n, n_want < q->top ? n_want : q->top);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(hits[i].id, want[i].p->id);
        assert_int_equal(hits[i].group, want[i].p->a.group);
        assert_true(hits[i].score == (float)want[i].score);
    }
    free(want);
}

static void look(const struct corpus *c, const struct zd_index *index, struct support_random *r,
                 uint32_t n_groups)
{
    struct zd_index_vectors info;
    uint64_t n_live = 0;
    uint32_t groups[2];
    int8_t vector[ZD_INDEX_DIMS_MAX];

    for (size_t i = 0; i < c->n; i++)
        n_live += c->p[i].vector && c->p[i].model == c->model && !c->p[i].deleted;
    zd_index_vectors_info(index, &info);
    assert_int_equal(info.n_dims, c->n_dims);
    assert_int_equal(info.model, c->model);
    assert_true(info.n_vectors >= n_live);
    for (int round = 0; round < 8; round++) {
        struct zd_index_vector_query q = {.vector = vector,
                                          .n_dims = c->n_dims ? c->n_dims : 64,
                                          .model = support_below(r, 12) ? c->model : 77,
                                          .top = 1 + (size_t)support_below(r, 120),
                                          .exact = round % 2};

        for (uint32_t k = 0; k < q.n_dims; k++)
            vector[k] = (int8_t)support_below(r, 256);
        if (support_below(r, 2))
            random_filter(&q.filter, r, groups, n_groups);
        check_search(c, index, &q);
    }
}

/* So few that signs are never asked: both kinds of query are exact. */
static void test_lives_agree_with_the_reference(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++)
        corpus_life(seed, 1 + (size_t)seed * 5, 6, 40, 4, look);
}

/* ---- the pass over signs ---- */

#define MANY 30000

/* Vectors around a few hundred centres, as texts stand around matters. */
static void near_centre(struct support_random *r, int8_t *vector, uint32_t n_dims)
{
    struct support_random centre = {1 + support_below(r, 200)};

    for (uint32_t k = 0; k < n_dims; k++)
        vector[k] =
            (int8_t)((int)support_below(&centre, 71) - 35 + (int)support_below(r, 181) - 90);
}

static size_t shared(const struct zd_index_hit *a, const struct zd_index_hit *b, size_t n)
{
    size_t both = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            both += a[i].id == b[k].id;
    return both;
}

static void make_many(const char *dir, uint32_t n_dims, uint64_t *ret_generation)
{
    struct support_random r = {4};
    struct zd_index_writer *w = NULL;
    int8_t vector[ZD_INDEX_DIMS_MAX];

    support_ok(zd_index_writer_open(dir, 0, &w, &support_err));
    support_ok(zd_index_writer_set_vectors(w, n_dims, 5, &support_err));
    zd_index__writer_limit_memory(w, 3 * ZD_MiB); /* several segments */
    for (int64_t id = 1; id <= MANY; id++) {
        uint64_t term = 1;
        struct zd_index_passage p = {.id = id, .attributes.group = (uint32_t)id, .vector = vector};

        p.attributes.region = (uint32_t)(id % 3);
        p.terms[ZD_FIELD_BODY] = &term;
        p.n_terms[ZD_FIELD_BODY] = 1;
        near_centre(&r, vector, n_dims);
        support_ok(zd_index_writer_add(w, &p, &support_err));
    }
    support_ok(zd_index_writer_prepare(w, ret_generation, &support_err));
    zd_index_writer_close(w, true);
}

static void test_signs_find_nearly_all_and_pass_the_same_filters(void **state)
{
    static struct zd_index_hit exact[100];
    static const uint32_t dims[] = {128, 256};
    static const size_t floor_percent[] = {96, 96};
    const uint32_t region = 1;

    (void)state;
    for (size_t d = 0; d < ZD_COUNT(dims); d++) {
        struct support_random r = {9};
        struct zd_index *index = NULL;
        uint64_t generation = 0;
        int8_t vector[ZD_INDEX_DIMS_MAX];
        size_t found = 0, wanted = 0, differ = 0;
        char dir[64];

        support_folder(dir);
        make_many(dir, dims[d], &generation);
        support_ok(zd_index_open(dir, generation, &index, &support_err));
        for (int round = 0; round < 40; round++) {
            struct zd_index_vector_query q = {
                .vector = vector, .n_dims = dims[d], .model = 5, .top = 20, .exact = true};
            size_t n_exact = 0, n = 0;

            near_centre(&r, vector, dims[d]);
            if (round % 2) {
                q.filter.regions = &region;
                q.filter.n_regions = 1;
            }
            support_ok(zd_index_search_vectors(index, &q, exact, &n_exact, &support_err));
            q.exact = false;
            support_ok(zd_index_search_vectors(index, &q, hits, &n, &support_err));
            assert_int_equal(n_exact, 20);
            assert_int_equal(n, 20);
            for (size_t i = 0; round % 2 && i < n; i++)
                assert_true(hits[i].id % 3 < 2);
            wanted += n;
            found += shared(hits, exact, n);
            differ += memcmp(hits, exact, n * sizeof *hits) != 0;
        }
        print_message("  %u numbers: %zu of %zu, %zu of 40 lists differ\n", dims[d], found, wanted,
                      differ);
        assert_true(found * 100 >= wanted * floor_percent[d]);
        assert_true(differ > 0); /* the signs were asked indeed */
        zd_index_close(index);
        support_remove(dir);
    }
}

/* ---- what is refused ---- */

static void test_refuses_what_is_no_vector_of_the_index(void **state)
{
    struct zd_index_writer *w = NULL;
    uint64_t term = 1;
    int8_t vector[64] = {0};
    struct zd_index_passage p = {.id = 1, .vector = vector};
    char dir[64];

    (void)state;
    p.terms[ZD_FIELD_BODY] = &term;
    p.n_terms[ZD_FIELD_BODY] = 1;
    support_folder(dir);
    support_ok(zd_index_writer_open(dir, 0, &w, &support_err));
    assert_int_equal(zd_index_writer_set_vectors(w, 31, 1, &support_err), ZD_INVALID);
    assert_int_equal(zd_index_writer_set_vectors(w, 1056, 1, &support_err), ZD_INVALID);
    support_ok(zd_index_writer_set_vectors(w, 1024, 1, &support_err));
    zd_index_writer_close(w, false);
    support_ok(zd_index_writer_open(dir, 0, &w, &support_err));
    assert_int_equal(zd_index_writer_add(w, &p, &support_err), ZD_INVALID);
    zd_index_writer_close(w, false);
    support_ok(zd_index_writer_open(dir, 0, &w, &support_err));
    p.vector = NULL;
    support_ok(zd_index_writer_add(w, &p, &support_err));
    assert_int_equal(zd_index_writer_set_vectors(w, 64, 1, &support_err), ZD_INVALID);
    zd_index_writer_close(w, false);
    support_remove(dir);
}

/* ---- kernels ---- */

#define ROWS 137

static void test_kernels_agree(void **state)
{
    static int8_t rows[ROWS][ZD_INDEX_DIMS_MAX], query[ZD_INDEX_DIMS_MAX];
    static uint8_t worth[ZD_INDEX_DIMS_MAX / 4][16];
    uint16_t likeness[2][64];
    int32_t dots[2][ROWS];
    uint32_t docs[ROWS];
    struct support_random r = {3};
    unsigned tried = 0;

    (void)state;
    for (uint32_t n_dims = 32; n_dims <= ZD_INDEX_DIMS_MAX; n_dims += 32) {
        const bool extreme = n_dims % 3 == 0;

        for (size_t i = 0; i < sizeof rows; i++)
            ((int8_t *)rows)[i] = extreme ? -128 : (int8_t)support_below(&r, 256);
        for (size_t i = 0; i < sizeof query; i++)
            query[i] = extreme ? -128 : (int8_t)support_below(&r, 256);
        for (uint32_t n = 0; n <= ROWS; n += n < 10 ? 1 : 13) {
            const struct zd_index__vector_kernel *plain = zd_index__vector_kernel_at(0);
            const uint16_t least = (uint16_t)support_below(&r, n_dims / 4 * 127);
            uint64_t near;

            for (uint32_t i = 0; i < n; i++)
                docs[i] = n_dims < 512 ? (uint32_t)support_below(&r, ROWS) : i;
            plain->dots(query, &rows[0][0], n_dims, docs, n, dots[0]);
            for (uint32_t i = 0; i < n; i++)
                assert_int_equal(dots[0][i],
                                 plain_dot(query, &rows[0][0] + docs[i] * n_dims, n_dims));
            for (size_t i = 0; i < sizeof worth; i++)
                ((uint8_t *)worth)[i] = extreme ? 127 : (uint8_t)support_below(&r, 128);
            near = plain->near((const uint8_t(*)[16])worth, (const uint8_t *)rows, n_dims / 8,
                               least, likeness[0]);
            for (unsigned i = 0; i < 64; i++)
                assert_int_equal(near >> i & 1, likeness[0][i] >= least);
            for (unsigned k = 1; k < ZD_INDEX__VECTOR_KERNELS; k++) {
                const struct zd_index__vector_kernel *other = zd_index__vector_kernel_at(k);

                if (!other)
                    continue;
                tried |= 1u << k;
                other->dots(query, &rows[0][0], n_dims, docs, n, dots[1]);
                assert_int_equal(other->near((const uint8_t(*)[16])worth, (const uint8_t *)rows,
                                             n_dims / 8, least, likeness[1]),
                                 near);
                assert_memory_equal(likeness[0], likeness[1], sizeof likeness[0]);
                if (n > 0)
                    assert_memory_equal(dots[0], dots[1], n * sizeof dots[0][0]);
            }
        }
    }
    print_message("  the fastest here is %s; tried %#x\n", zd_index__vector_kernel()->name, tried);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lives_agree_with_the_reference),
        cmocka_unit_test(test_signs_find_nearly_all_and_pass_the_same_filters),
        cmocka_unit_test(test_refuses_what_is_no_vector_of_the_index),
        cmocka_unit_test(test_kernels_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

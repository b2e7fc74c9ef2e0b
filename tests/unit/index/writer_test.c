/* Generations: what a reader sees while a writer works, is refused, or dies; and what happens when
 * memory ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "index/index_private.h"
#include "index_support.h"

static char dir[64];

static int make_folder(void **state)
{
    (void)state;
    support_folder(dir);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    support_remove(dir);
    return 0;
}

/* Passage `id` of document `group` holds the terms 1, id and 1000 + group. */
static enum zd_status add(struct zd_index_writer *w, int64_t id, uint32_t group)
{
    uint64_t terms[] = {1, (uint64_t)id + 5000000, 1000 + group};
    struct zd_index_passage p = {.id = id, .attributes.group = group};

    p.terms[ZD_FIELD_BODY] = terms;
    p.n_terms[ZD_FIELD_BODY] = ZD_COUNT(terms);
    return zd_index_writer_add(w, &p, &support_err);
}

static size_t hits_of(const struct zd_index *index, uint64_t term, int32_t on)
{
    static struct zd_index_hit hits[1000];
    float weight = 1.0F;
    struct zd_index_query q = {.terms = &term,
                               .weights = &weight,
                               .n_terms = 1,
                               .field_weights = {1, 1, 1},
                               .k1 = 1.2F,
                               .top = 1000,
                               .filter.on = on};
    size_t n = 0;

    support_ok(zd_index_search(index, &q, hits, &n, &support_err));
    return n;
}

static unsigned files(const char *end)
{
    DIR *d = opendir(dir);
    const struct dirent *e;
    unsigned n = 0;

    assert_non_null(d);
    while ((e = readdir(d)) != NULL)
        n += zd_str_ends(zd_str_c(e->d_name), zd_str_c(end));
    (void)closedir(d);
    return n;
}

static void test_a_reader_sees_its_generation_and_nothing_else(void **state)
{
    struct zd_index_writer *w = NULL;
    struct zd_index *old = NULL, *new = NULL;
    uint64_t g1 = 0, g2 = 0;

    (void)state;
    support_ok(zd_index_writer_open(dir, 0, &w, &support_err));
    support_ok(add(w, 1, 1));
    support_ok(add(w, 2, 2));
    support_ok(zd_index_writer_prepare(w, &g1, &support_err));
    assert_int_equal(add(w, 3, 3), ZD_INVALID); /* too late */
    zd_index_writer_close(w, true);
    support_ok(zd_index_open(dir, g1, &old, &support_err));
    assert_int_equal(hits_of(old, 1, 0), 2);

    support_ok(zd_index_writer_open(dir, g1, &w, &support_err));
    support_ok(zd_index_writer_delete_group(w, 1, &support_err));
    support_ok(zd_index_writer_set_validity(w, 2, 0, 20200101, &support_err));
    support_ok(add(w, 3, 3));
    support_ok(zd_index_writer_prepare(w, &g2, &support_err));
    assert_true(g2 > g1);
    zd_index_close(old); /* prepared, not committed: the old one can still be opened */
    support_ok(zd_index_open(dir, g1, &old, &support_err));
    zd_index_writer_close(w, true);

    support_ok(zd_index_open(dir, g2, &new, &support_err));
    assert_int_equal(hits_of(old, 1, 0), 2);
    assert_int_equal(hits_of(new, 1, 0), 2);
    assert_int_equal(hits_of(new, 1001, 0), 0);
    assert_int_equal(hits_of(new, 1002, 20190101), 1);
    assert_int_equal(hits_of(new, 1002, 20210101), 0);
    assert_int_equal(files(".manifest"), 1);
    zd_index_close(old);
    zd_index_close(new);
    assert_int_equal(zd_index_open(dir, g1, &old, &support_err), ZD_NOT_FOUND);
}

static void test_a_refused_generation_leaves_nothing(void **state)
{
    struct zd_index_writer *w = NULL;
    struct zd_index *index = NULL;
    uint64_t g1 = 0, g2 = 0;

    (void)state;
    support_ok(zd_index_writer_open(dir, 0, &w, &support_err));
    support_ok(add(w, 1, 1));
    support_ok(zd_index_writer_prepare(w, &g1, &support_err));
    zd_index_writer_close(w, true);
    support_ok(zd_index_writer_open(dir, g1, &w, &support_err));
    support_ok(add(w, 2, 2));
    support_ok(zd_index_writer_delete_group(w, 1, &support_err));
    support_ok(zd_index_writer_prepare(w, &g2, &support_err));
    zd_index_writer_close(w, false);
    assert_int_equal(files(".segment"), 1);
    assert_int_equal(files(".manifest"), 1);
    support_ok(zd_index_open(dir, g1, &index, &support_err));
    assert_int_equal(hits_of(index, 1, 0), 1);
    assert_int_equal(hits_of(index, 1001, 0), 1);
    zd_index_close(index);
    /* a writer that ends without preparing changes nothing either */
    support_ok(zd_index_writer_open(dir, g1, &w, &support_err));
    zd_index__writer_limit_memory(w, 0);
    support_ok(add(w, 2, 2));
    support_ok(add(w, 3, 3));
    assert_int_equal(files(".segment"), 2);
    zd_index_writer_close(w, true);
    assert_int_equal(files(".segment"), 1);
    support_ok(zd_index_check(dir, g1, &support_err));
}

/* A writer that died after preparing: its files are swept by the next, and its generation is not
 * given again while they were there. */
static void test_what_a_dead_writer_left_is_swept(void **state)
{
    struct zd_index_writer *w = NULL, *dead = NULL;
    uint64_t g1 = 0, g2 = 0, g3 = 0;
    char stray[128];
    FILE *f;

    (void)state;
    support_ok(zd_index_writer_open(dir, 0, &w, &support_err));
    support_ok(add(w, 1, 1));
    support_ok(zd_index_writer_prepare(w, &g1, &support_err));
    zd_index_writer_close(w, true);
    support_ok(zd_index_writer_open(dir, g1, &dead, &support_err));
    support_ok(add(dead, 2, 2));
    support_ok(zd_index_writer_prepare(dead, &g2, &support_err));
    (void)snprintf(stray, sizeof stray, "%s/9-0.segment.abc.tmp", dir);
    f = fopen(stray, "w");
    assert_non_null(f);
    assert_int_equal(fclose(f), 0);

    support_ok(zd_index_writer_open(dir, g1, &w, &support_err));
    assert_int_equal(files(".segment"), 1);
    assert_int_equal(files(".manifest"), 1);
    assert_int_equal(files(".tmp"), 0);
    support_ok(zd_index_writer_prepare(w, &g3, &support_err));
    assert_true(g3 > g2);
    zd_index_writer_close(w, true);
    zd_index_writer_close(dead, false); /* frees memory; its files are gone */
    support_ok(zd_index_check(dir, g3, &support_err));
}

static void test_many_small_commits_are_merged(void **state)
{
    uint64_t g = 0;

    (void)state;
    for (int64_t i = 1; i <= 300; i++) {
        struct zd_index_writer *w = NULL;

        support_ok(zd_index_writer_open(dir, g, &w, &support_err));
        support_ok(add(w, i, (uint32_t)i));
        if (i % 3 == 0)
            support_ok(zd_index_writer_delete_group(w, (uint32_t)i - 1, &support_err));
        support_ok(zd_index_writer_prepare(w, &g, &support_err));
        zd_index_writer_close(w, true);
        assert_true(files(".segment") < 9);
    }
    {
        struct zd_index *index = NULL;

        support_ok(zd_index_open(dir, g, &index, &support_err));
        assert_int_equal(hits_of(index, 1, 0), 200);
        zd_index_close(index);
    }
}

/* One commit and one search; whatever allocation fails, the error says so, and the generation
 * before it stays whole. */
static enum zd_status commit_and_search(uint64_t base, uint64_t *ret_generation)
{
    struct zd_index_writer *w = NULL;
    struct zd_index *index = NULL;
    struct zd_index_hit hits[10];
    uint64_t terms[] = {1, 1003};
    float weights[] = {1, 1}, parts[2];
    uint32_t groups[] = {3, 4};
    struct zd_index_query q = {.terms = terms,
                               .weights = weights,
                               .n_terms = 2,
                               .field_weights = {1, 1, 1},
                               .k1 = 1.2F,
                               .top = 10,
                               .filter = {.on = 20200101, .groups = groups, .n_groups = 2}};
    size_t n = 0;
    enum zd_status st = zd_index_writer_open(dir, base, &w, &support_err);

    if (st == ZD_OK) {
        zd_index__writer_limit_memory(w, 0);
        for (int64_t i = 10; st == ZD_OK && i < 19; i++)
            st = add(w, i, (uint32_t)i / 4);
        if (st == ZD_OK)
            st = zd_index_writer_delete_group(w, 2, &support_err);
        if (st == ZD_OK)
            st = zd_index_writer_set_validity(w, 3, 0, 20210101, &support_err);
        if (st == ZD_OK)
            st = zd_index_writer_prepare(w, ret_generation, &support_err);
        zd_index_writer_close(w, st == ZD_OK);
    }
    if (st == ZD_OK)
        st = zd_index_open(dir, *ret_generation, &index, &support_err);
    if (st == ZD_OK)
        st = zd_index_search(index, &q, hits, &n, &support_err);
    if (st == ZD_OK)
        st = zd_index_explain(index, &q, hits[0].id, parts, &support_err);
    zd_index_close(index);
    return st;
}

static void test_every_failing_allocation_is_an_error(void **state)
{
    uint64_t n = 0, g1 = 0, committed;
    struct zd_index_writer *w = NULL;
    enum zd_status st;

    (void)state;
    support_ok(zd_index_writer_open(dir, 0, &w, &support_err));
    for (int64_t i = 1; i < 9; i++)
        support_ok(add(w, i, (uint32_t)i / 2));
    support_ok(zd_index_writer_prepare(w, &g1, &support_err));
    zd_index_writer_close(w, true);
    committed = g1;
    do {
        uint64_t g = 0;

        zd_alloc_fail_at(++n);
        st = commit_and_search(committed, &g);
        zd_alloc_fail_at(0);
        if (g > 0)
            committed = g; /* the commit had succeeded, the search failed */
        if (st != ZD_OK)
            assert_int_equal(st, ZD_NOMEM);
        support_ok(zd_index_check(dir, committed, &support_err));
    } while (st != ZD_OK);
    print_message("  %llu allocations\n", (unsigned long long)n);
    assert_true(n > 100);
    assert_int_equal(zd_mapping_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_reader_sees_its_generation_and_nothing_else,
                                        make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_a_refused_generation_leaves_nothing, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_what_a_dead_writer_left_is_swept, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_many_small_commits_are_merged, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_every_failing_allocation_is_an_error, make_folder,
                                        remove_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

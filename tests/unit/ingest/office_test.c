/* Readers beside a writer: every view is one commit, whole, whatever the writer does. */
#include "ingest/office.h"

#include <pthread.h>
#include <stdatomic.h>

#include "ingest_support.h"

#define N_READERS 3
#define N_COMMITS 40

struct reader {
    struct zd_office *office;
    atomic_bool *stop;
    size_t n_views, n_states; /* views begun, and how many differed from the one before */
    char what[240];           /* the first thing that was wrong */
};

/* Index and database of one view hold the same passages. */
static bool view_agrees(struct zd_view *view, uint64_t *ret_n, struct zd_error *err)
{
    struct zd_store_figures rows = {0};
    struct zd_index_figures postings = {0};

    if (zd_store_figures(zd_view_store(view), zd_subject_owner(), &rows, err) != ZD_OK)
        return false;
    if (zd_view_index(view))
        zd_index_figures(zd_view_index(view), &postings);
    *ret_n = rows.n_passages;
    if (postings.n_passages - postings.n_deleted == rows.n_passages)
        return true;
    zd_error_set(err, ZD_CORRUPT, 0, "%llu passages in the database, %llu in the index",
                 (unsigned long long)rows.n_passages,
                 (unsigned long long)(postings.n_passages - postings.n_deleted));
    return false;
}

static void *read_on(void *context)
{
    struct reader *reader = context;
    struct zd_view *view = NULL;
    struct zd_error err = {0};
    uint64_t n = 0, last = UINT64_MAX;

    if (zd_view_open(reader->office, &view, &err) != ZD_OK) {
        snprintf(reader->what, sizeof reader->what, "%s", err.what);
        return NULL;
    }
    do {
        if (zd_view_begin(view, &err) != ZD_OK || !view_agrees(view, &n, &err)) {
            snprintf(reader->what, sizeof reader->what, "%s", err.what);
            break;
        }
        zd_view_end(view);
        reader->n_views++;
        reader->n_states += n != last;
        last = n;
    } while (!atomic_load(reader->stop));
    zd_view_close(view);
    return NULL;
}

static void test_views_are_whole_beside_a_writer(void **state)
{
    struct bench *b = *state;
    struct reader readers[N_READERS];
    pthread_t threads[N_READERS];
    struct zd_office *office = NULL;
    const struct zd_facts facts = {.title = ZD_STR("办法")};
    atomic_bool stop = false;
    char name[16], text[32];

    bench_open(b);
    bench_take(b, "/first", NULL, &facts, "第一份文件");
    bench_flush(b);
    assert_int_equal(zd_office_open(b->office, &office, NULL), ZD_OK);
    for (size_t i = 0; i < N_READERS; i++) {
        readers[i] = (struct reader){.office = office, .stop = &stop};
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, &readers[i]), 0);
    }
    for (int i = 0; i < N_COMMITS; i++) {
        snprintf(name, sizeof name, "/f%d", i);
        snprintf(text, sizeof text, "第%d份文件", i);
        bench_take(b, name, NULL, &facts, text);
        if (i % 3 == 2)
            assert_int_equal(zd_ingest_remove(b->ingest, zd_str_c(b->document), NULL), ZD_OK);
        bench_flush(b);
    }
    atomic_store(&stop, true);
    for (size_t i = 0; i < N_READERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        if (readers[i].what[0])
            fail_msg("reader %zu: %s", i, readers[i].what);
        print_message("  %zu views of %zu states\n", readers[i].n_views, readers[i].n_states);
        assert_true(readers[i].n_views > 0);
    }
    zd_office_close(office);
}

static void test_an_office_that_is_not_there_says_how_to_make_one(void **state)
{
    struct bench *b = *state;
    struct zd_office *office = NULL;
    struct zd_error err = {0};

    assert_int_equal(zd_office_open(b->office, &office, &err), ZD_NOT_FOUND);
    assert_null(office);
    assert_non_null(strstr(err.what, "add"));
}

static void test_an_empty_office_has_no_index_and_is_not_partial(void **state)
{
    struct bench *b = *state;
    struct zd_office *office = NULL;
    struct zd_view *view = NULL;

    bench_open(b);
    assert_int_equal(zd_office_open(b->office, &office, NULL), ZD_OK);
    assert_int_equal(zd_view_open(office, &view, NULL), ZD_OK);
    assert_int_equal(zd_view_begin(view, NULL), ZD_OK);
    assert_null(zd_view_index(view));
    assert_false(zd_view_is_partial(view));
    zd_view_end(view);
    zd_view_end(view); /* ending twice is fine */
    zd_view_close(view);
    zd_office_close(office);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_views_are_whole_beside_a_writer, bench_setup,
                                        bench_teardown),
        cmocka_unit_test_setup_teardown(test_an_office_that_is_not_there_says_how_to_make_one,
                                        bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_an_empty_office_has_no_index_and_is_not_partial,
                                        bench_setup, bench_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

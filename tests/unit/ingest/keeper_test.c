/* Merging in the background: by a keeper beside short batches, and by a thread of a long run; what
 * is removed meanwhile stays removed, and every view is whole. */
#include "ingest/keeper.h"

#include "base/date.h"
#include "ingest_support.h"

#define PASSAGES 4500u /* of a document: eight are more than a commit merges by itself */
#define DOCUMENTS 9
#define WAIT_US 60000000u

static void open_as(struct bench *b, enum zd_ingest_merges merges)
{
    const struct zd_ingest_options options = {
        .report = bench_report, .report_context = b, .merges = merges};
    struct zd_error err = {0};

    if (zd_ingest_open(b->office, &options, &b->ingest, &err) != ZD_OK)
        fail_msg("%s", err.what);
}

/* One document, one commit: passages of a few characters each. */
static void take_many(struct bench *b, unsigned number)
{
    static char text[PASSAGES * 16];
    static struct zd_passage passages[PASSAGES];
    struct zd_ingest__input input = {0};
    struct zd_error err = {0};
    char name[32], title[32];
    size_t n = 0;

    for (unsigned i = 0; i < PASSAGES; i++) {
        const int wrote = snprintf(text + n, sizeof text - n, "令%u段%u。", number, i % 97);

        passages[i] =
            (struct zd_passage){.start = (uint32_t)n, .end = (uint32_t)(n + (size_t)wrote)};
        n += (size_t)wrote;
    }
    snprintf(name, sizeof name, "/many-%u", number);
    snprintf(title, sizeof title, "第%u号令", number);
    zd_arena_reset(b->ingest->arena);
    input.name = input.source = zd_str_c(name);
    input.id = zd_str_c(title);
    input.parsed.facts.title = zd_str_c(title);
    input.parsed.blocks.text = (struct zd_str){text, n};
    input.parsed.blocks.format = "text";
    input.parsed.blocks.encoding = "UTF-8";
    input.parsed.passages = (struct zd_passages){passages, PASSAGES};
    if (zd_sha256((struct zd_bytes){(const uint8_t *)text, n}, input.raw_hash, &err) != ZD_OK ||
        zd_ingest__take(b->ingest, &input, &err) != ZD_OK)
        fail_msg("%s", err.what);
    assert_int_equal(b->outcome, ZD_INGEST_ADDED);
    bench_flush(b);
}

static void remove_one(struct bench *b, unsigned number)
{
    struct zd_error err = {0};
    char title[32];

    snprintf(title, sizeof title, "第%u号令", number);
    if (zd_ingest_remove(b->ingest, zd_str_c(title), &err) != ZD_OK)
        fail_msg("%s", err.what);
    bench_flush(b);
}

/* The segments of the state now; rows and postings agree. */
static uint64_t segments(const struct bench *b, uint64_t n_documents)
{
    struct zd_office *office = NULL;
    struct zd_view *view = NULL;
    struct zd_index_figures f = {0};
    struct zd_store_figures rows = {0};

    assert_int_equal(zd_office_open(b->office, &office, NULL), ZD_OK);
    assert_int_equal(zd_view_open(office, &view, NULL), ZD_OK);
    assert_int_equal(zd_view_begin(view, NULL), ZD_OK);
    assert_false(zd_view_is_partial(view));
    assert_int_equal(zd_store_figures(zd_view_store(view), zd_subject_owner(), &rows, NULL), ZD_OK);
    zd_index_figures(zd_view_index(view), &f);
    assert_int_equal(rows.n_passages, n_documents * PASSAGES);
    assert_int_equal(f.n_passages - f.n_deleted, rows.n_passages);
    zd_view_close(view);
    zd_office_close(office);
    return f.n_segments;
}

static void test_a_keeper_merges_what_commits_leave(void **state)
{
    struct bench *b = *state;
    struct zd_keeper *keeper = NULL;
    uint64_t begun;

    open_as(b, ZD_INGEST_MERGE_ELSEWHERE);
    for (unsigned i = 1; i <= DOCUMENTS; i++)
        take_many(b, i);
    assert_int_equal(segments(b, DOCUMENTS), DOCUMENTS);
    assert_int_equal(zd_keeper_open(b->office, &keeper, NULL), ZD_OK);
    remove_one(b, 3); /* perhaps while it merges; it waits for us to let go of the office */
    zd_ingest_close(b->ingest);
    b->ingest = NULL;
    begun = zd_clock_mono_us();
    while (zd_keeper_merges(keeper) == 0 && zd_clock_mono_us() - begun < WAIT_US)
        usleep(1000);
    assert_true(zd_keeper_merges(keeper) > 0);
    zd_keeper_close(keeper);
    assert_true(segments(b, DOCUMENTS - 1) < DOCUMENTS / 2);
}

static void test_a_long_run_merges_beside_its_commits(void **state)
{
    struct bench *b = *state;
    uint64_t begun;
    unsigned n = 0;

    open_as(b, ZD_INGEST_MERGE_BESIDE);
    while (n < DOCUMENTS)
        take_many(b, ++n);
    remove_one(b, 2); /* its commit finds the merging under way, or done */
    begun = zd_clock_mono_us();
    while (segments(b, n - 1) > n / 2 && zd_clock_mono_us() - begun < WAIT_US) {
        while (!zd_ingest__merging_is_done(b->ingest) && zd_clock_mono_us() - begun < WAIT_US)
            usleep(1000);
        take_many(b, ++n); /* its commit takes over what was merged */
    }
    assert_true(segments(b, n - 1) <= n / 2);
    zd_ingest_close(b->ingest);
    b->ingest = NULL;
    assert_true(segments(b, n - 1) <= n / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_keeper_merges_what_commits_leave, bench_setup,
                                        bench_teardown),
        cmocka_unit_test_setup_teardown(test_a_long_run_merges_beside_its_commits, bench_setup,
                                        bench_teardown),
    };

    if (zd_store_init(NULL) != ZD_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

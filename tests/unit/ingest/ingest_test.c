/* The add flow on real files, with the real index: what the reader of an office finds after each
 * step. */
#include "ingest/ingest.h"

#include <limits.h>
#include <sys/stat.h>

#include "base/durable.h"
#include "ingest_support.h"
#include "text/text.h"

static const char rule_old[] = "# 云岫市门牌管理办法\n\n第一条 补发门牌每块收取工本费八元。\n\n"
                               "第二条 门牌由公安派出所制作。\n";
static const char rule_new[] = "# 云岫市门牌管理办法\n\n第一条 补发门牌不收费。\n\n"
                               "第二条 门牌由公安派出所制作。\n";

static const char *path_of(struct bench *b, const char *name)
{
    static char path[256];

    snprintf(path, sizeof path, "%s/%s", b->folder, name);
    return path;
}

static void put(struct bench *b, const char *name, const char *content)
{
    FILE *file = fopen(path_of(b, name), "w");

    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void add(struct bench *b, const char *name, const struct zd_ingest_facts *facts)
{
    struct zd_error err = {0};

    if (zd_ingest_file(b->ingest, path_of(b, name), facts, &err) != ZD_OK)
        fail_msg("%s", err.what);
}

/* Collects the rarest-looking tokens of a text: its pairs. */
struct terms {
    uint64_t p[64];
    size_t n;
};

static bool take_pair(void *context, const struct zd_token *token)
{
    struct terms *terms = context;

    if (token->kind == ZD_TOKEN_PAIR && terms->n < 64)
        terms->p[terms->n++] = token->term;
    return true;
}

/* Passages in which every pair of `words` stands, as a reader of the office finds them. */
static size_t count_hits(struct bench *b, const char *words, int32_t on)
{
    struct zd_office *office = NULL;
    struct zd_view *view = NULL;
    struct zd_error err = {0};
    struct zd_index_hit hits[100];
    struct terms terms = {0};
    float weights[64];
    struct zd_index_query query = {.terms = terms.p,
                                   .weights = weights,
                                   .field_weights = {1, 1, 1},
                                   .k1 = 1.2f,
                                   .top = 100,
                                   .filter = {.on = on}};
    size_t n = 0, full = 0;

    zd_tokens(zd_str_c(words), take_pair, &terms);
    for (size_t i = 0; i < 64; i++)
        weights[i] = 1;
    query.n_terms = terms.n;
    if (zd_office_open(b->office, &office, &err) != ZD_OK ||
        zd_view_open(office, &view, &err) != ZD_OK || zd_view_begin(view, &err) != ZD_OK)
        fail_msg("%s", err.what);
    assert_false(zd_view_is_partial(view));
    if (zd_view_index(view) &&
        zd_index_search(zd_view_index(view), &query, hits, &n, &err) != ZD_OK)
        fail_msg("%s", err.what);
    for (size_t i = 0; i < n; i++) {
        struct zd_stored_passage passage = {0};

        /* what the index finds, the database has */
        assert_int_equal(zd_passage_get(zd_view_store(view), zd_subject_owner(), hits[i].id,
                                        b->arena, &passage, &err),
                         ZD_OK);
        assert_int_equal(hits[i].group, passage.version);
        if (zd_str_find(passage.text, zd_str_c(words), 0) != SIZE_MAX)
            full++;
    }
    zd_view_close(view);
    zd_office_close(office);
    return full;
}

static void test_a_commit_shows_everything_at_once(void **state)
{
    struct bench *b = *state;

    put(b, "rule.md", rule_old);
    bench_open(b);
    add(b, "rule.md", NULL);
    assert_int_equal(b->outcome, ZD_INGEST_ADDED);
    assert_int_equal(count_hits(b, "工本费", 0), 0); /* not flushed: nobody sees it */
    bench_flush(b);
    assert_int_equal(count_hits(b, "工本费", 0), 1);
    assert_int_equal(count_hits(b, "派出所制作", 0), 1);
    add(b, "rule.md", NULL);
    assert_int_equal(b->outcome, ZD_INGEST_UNCHANGED);
    zd_ingest_close(b->ingest); /* drops nothing, since nothing changed */
    b->ingest = NULL;
    assert_int_equal(count_hits(b, "工本费", 0), 1);
}

static void test_what_was_not_flushed_is_dropped(void **state)
{
    struct bench *b = *state;

    put(b, "rule.md", rule_old);
    bench_open(b);
    add(b, "rule.md", NULL);
    zd_ingest_close(b->ingest);
    bench_open(b);
    add(b, "rule.md", NULL);
    assert_int_equal(b->outcome, ZD_INGEST_ADDED);
    bench_flush(b);
    assert_int_equal(count_hits(b, "工本费", 0), 1);
}

static void test_a_changed_file_takes_the_place_of_the_old(void **state)
{
    struct bench *b = *state;
    char id[64];

    put(b, "rule.md", rule_old);
    bench_open(b);
    add(b, "rule.md", NULL);
    bench_flush(b);
    snprintf(id, sizeof id, "%.60s", b->document);
    put(b, "rule.md", rule_new);
    add(b, "rule.md", NULL);
    assert_int_equal(b->outcome, ZD_INGEST_REPLACED);
    assert_string_equal(b->document, id);
    assert_int_equal(count_hits(b, "工本费", 0), 1); /* answers until its successor is ready */
    bench_flush(b);
    assert_int_equal(count_hits(b, "工本费", 0), 0); /* and never after */
    assert_int_equal(count_hits(b, "不收费", 0), 1);
    assert_int_equal(count_hits(b, "派出所制作", 0), 1);
}

/* Other dates at the same path are another state of the text: both stay, each on its days. */
static void test_a_changed_file_with_other_dates_is_a_version(void **state)
{
    struct bench *b = *state;
    struct zd_ingest_facts facts = {.effective = 20200101};

    bench_open(b);
    put(b, "rule.md", rule_old);
    add(b, "rule.md", &facts);
    put(b, "rule.md", rule_new);
    facts.effective = 20240101;
    add(b, "rule.md", &facts);
    assert_int_equal(b->outcome, ZD_INGEST_ADDED);
    assert_int_equal(b->version, 2);
    bench_flush(b);
    assert_int_equal(count_hits(b, "工本费", 20231231), 1);
    assert_int_equal(count_hits(b, "不收费", 20231231), 0);
    assert_int_equal(count_hits(b, "工本费", 20240101), 0);
    assert_int_equal(count_hits(b, "不收费", 20240101), 1);
    assert_int_equal(count_hits(b, "工本费", 20191231), 0);
}

static void test_a_correction_stays_until_it_is_corrected(void **state)
{
    struct bench *b = *state;
    struct zd_ingest_facts effective = {.effective = 20200101}, issuer = {0};
    struct zd_version v;
    char absolute[PATH_MAX];

    issuer.issuer = ZD_STR("云岫市公安局");
    put(b, "rule.md", rule_old);
    bench_open(b);
    add(b, "rule.md", NULL);
    add(b, "rule.md", &effective);
    assert_int_equal(b->outcome, ZD_INGEST_REPLACED);
    add(b, "rule.md", &effective);
    assert_int_equal(b->outcome, ZD_INGEST_UNCHANGED);
    add(b, "rule.md", NULL);
    assert_int_equal(b->outcome, ZD_INGEST_UNCHANGED);
    add(b, "rule.md", &issuer);
    assert_int_equal(b->outcome, ZD_INGEST_REPLACED);
    assert_non_null(realpath(path_of(b, "rule.md"), absolute));
    v = bench_version(b, absolute);
    assert_int_equal(v.effective, 20200101);
    assert_true(zd_str_eq(v.issuer, ZD_STR("云岫市公安局")));
    bench_flush(b);
    assert_int_equal(count_hits(b, "工本费", 0), 1);
}

static void test_removal_answers_nothing(void **state)
{
    struct bench *b = *state;

    put(b, "rule.md", rule_old);
    bench_open(b);
    add(b, "rule.md", NULL);
    bench_flush(b);
    assert_int_equal(zd_ingest_remove(b->ingest, ZD_STR("no such"), NULL), ZD_NOT_FOUND);
    assert_int_equal(zd_ingest_remove(b->ingest, zd_str_c(b->document), NULL), ZD_OK);
    bench_flush(b);
    assert_int_equal(count_hits(b, "工本费", 0), 0);
    assert_int_equal(zd_ingest_remove(b->ingest, zd_str_c(b->document), NULL), ZD_NOT_FOUND);
    add(b, "rule.md", NULL);
    assert_int_equal(b->outcome, ZD_INGEST_ADDED);
    bench_flush(b);
    assert_int_equal(count_hits(b, "工本费", 0), 1);
}

static void test_bad_files_harm_nobody(void **state)
{
    static const char *const names[] = {"binary.md", "empty.txt", "missing.md", "folder"};
    struct bench *b = *state;
    struct zd_ingest_counts counts = {0};
    FILE *file;

    put(b, "rule.md", rule_old);
    put(b, "empty.txt", "");
    file = fopen(path_of(b, "binary.md"), "w");
    assert_non_null(file);
    for (int i = 0; i < 4096; i++)
        fputc(i * 37 & 0xff, file);
    fclose(file);
    assert_int_equal(mkdir(path_of(b, "folder"), 0700), 0);
    bench_open(b);
    add(b, names[0], NULL);
    add(b, "rule.md", NULL);
    for (size_t i = 0; i < ZD_COUNT(names); i++) {
        print_message("  %s\n", names[i]);
        add(b, names[i], NULL);
        assert_int_equal(b->outcome, ZD_INGEST_FAILED);
        assert_true(strlen(b->why) > 10);
    }
    bench_flush(b);
    zd_ingest_counts(b->ingest, &counts);
    assert_int_equal(counts.n_added, 1);
    assert_int_equal(counts.n_failed, 5);
    assert_int_equal(count_hits(b, "工本费", 0), 1);
    assert_int_equal(zd_store_check(b->ingest->store, NULL), ZD_OK);
}

static void test_json_lines_keep_their_ids(void **state)
{
    struct bench *b = *state;
    struct zd_ingest_counts counts = {0};

    put(b, "a.jsonl",
        "{\"id\":\"a1\",\"title\":\"甲法\",\"number\":\"第一条\",\"text\":\"凡纳税人应当申报。\"}\n"
        "\n"
        "{\"id\":\"a2\",\"title\":\"甲法\",\"number\":\"第二条\",\"text\":\"逾期加收滞纳金。\"}\n"
        "{\"title\":\"没有编号\",\"text\":\"缺少编号的一行。\"}\n"
        "not json\n"
        "{\"id\":\"a3\",\"title\":\"甲法\",\"number\":\"第三条\",\"text\":\"自公布之日起施行。\"}"
        "\n");
    bench_open(b);
    assert_int_equal(zd_ingest_jsonl(b->ingest, path_of(b, "a.jsonl"), NULL), ZD_OK);
    bench_flush(b);
    zd_ingest_counts(b->ingest, &counts);
    assert_int_equal(counts.n_added, 3);
    assert_int_equal(counts.n_failed, 2);
    assert_string_equal(b->document, "a3");
    assert_int_equal(count_hits(b, "滞纳金", 0), 1);
    put(b, "a.jsonl",
        "{\"id\":\"a2\",\"title\":\"甲法\",\"number\":\"第二条\",\"text\":\"逾期不加收。\"}\n"
        "{\"id\":\"a1\",\"title\":\"甲法\",\"number\":\"第一条\",\"text\":\"凡纳税人应当申报。\"}"
        "\n");
    assert_int_equal(zd_ingest_jsonl(b->ingest, path_of(b, "a.jsonl"), NULL), ZD_OK);
    assert_int_equal(b->outcome, ZD_INGEST_UNCHANGED);
    bench_flush(b);
    zd_ingest_counts(b->ingest, &counts);
    assert_int_equal(counts.n_replaced, 1);
    assert_int_equal(counts.n_unchanged, 1);
    assert_int_equal(count_hits(b, "滞纳金", 0), 0);
    assert_int_equal(count_hits(b, "不加收", 0), 1);
}

static void test_one_writer_at_a_time(void **state)
{
    struct bench *b = *state;
    struct zd_ingest *second = NULL;

    bench_open(b);
    assert_int_equal(zd_ingest_open(b->office, NULL, &second, NULL), ZD_BUSY);
    zd_ingest_close(b->ingest);
    b->ingest = NULL;
    assert_int_equal(zd_ingest_open(b->office, NULL, &second, NULL), ZD_OK);
    zd_ingest_close(second);
}

static void test_only_the_owner_opens_it(void **state)
{
    struct bench *b = *state;
    const struct zd_ingest_options options = {.subject = zd_subject_visitor()};
    struct zd_ingest *ingest = NULL;

    assert_int_equal(zd_ingest_open(b->office, &options, &ingest, NULL), ZD_DENIED);
    assert_null(ingest);
}

/* The index is derived: without it readers see nothing and say so, and the next change or a
 * rebuild brings all of it back. */
static void test_a_lost_index_comes_back(void **state)
{
    struct bench *b = *state;
    struct zd_office *office = NULL;
    struct zd_view *view = NULL;
    char index[128];

    put(b, "rule.md", rule_old);
    put(b, "other.md", "# 另一份\n\n第一条 犬只应当登记。\n");
    bench_open(b);
    add(b, "rule.md", NULL);
    bench_flush(b);
    snprintf(index, sizeof index, "%s/index", b->office);
    for (int round = 0; round < 2; round++) {
        nftw(index, bench_unlink, 8, FTW_DEPTH | FTW_PHYS);
        assert_int_equal(mkdir(index, 0700), 0);
        assert_int_equal(zd_office_open(b->office, &office, NULL), ZD_OK);
        assert_int_equal(zd_view_open(office, &view, NULL), ZD_OK);
        assert_int_equal(zd_view_begin(view, NULL), ZD_OK);
        assert_null(zd_view_index(view));
        assert_true(zd_view_is_partial(view));
        zd_view_close(view);
        zd_office_close(office);
        if (round == 0) {
            assert_int_equal(zd_ingest_rebuild_index(b->ingest, NULL), ZD_OK);
        } else {
            add(b, "other.md", NULL);
            assert_int_equal(b->outcome, ZD_INGEST_ADDED);
            bench_flush(b);
            assert_int_equal(count_hits(b, "犬只应当登记", 0), 1);
        }
        assert_int_equal(count_hits(b, "工本费", 0), 1);
    }
}

/* One view keeps its state while a writer goes on; the next one sees the new. */
static void test_a_view_does_not_change_under_its_reader(void **state)
{
    struct bench *b = *state;
    struct zd_office *office = NULL;
    struct zd_view *view = NULL;
    struct zd_index_figures before = {0}, after = {0};
    struct zd_document_list list = {0};

    put(b, "rule.md", rule_old);
    put(b, "other.md", "# 另一份\n\n第一条 犬只应当登记。\n");
    bench_open(b);
    add(b, "rule.md", NULL);
    bench_flush(b);
    assert_int_equal(zd_office_open(b->office, &office, NULL), ZD_OK);
    assert_int_equal(zd_view_open(office, &view, NULL), ZD_OK);
    assert_int_equal(zd_view_begin(view, NULL), ZD_OK);
    zd_index_figures(zd_view_index(view), &before);
    add(b, "other.md", NULL);
    bench_flush(b);
    zd_index_figures(zd_view_index(view), &after);
    assert_int_equal(after.n_passages, before.n_passages);
    assert_int_equal(
        zd_document_page(zd_view_store(view), zd_subject_owner(), 0, 10, b->arena, &list, NULL),
        ZD_OK);
    assert_int_equal(list.n, 1);
    zd_view_end(view);
    assert_int_equal(zd_view_begin(view, NULL), ZD_OK);
    zd_index_figures(zd_view_index(view), &after);
    assert_true(after.n_passages > before.n_passages);
    zd_view_close(view);
    zd_office_close(office);
}

/* A batch of one document at a time gives what one large batch gives. */
static void test_batches_of_any_size_give_the_same(void **state)
{
    struct bench *b = *state;
    const struct zd_ingest_options small = {.batch_documents = 1};
    char name[32], text[256];

    for (int i = 0; i < 30; i++) {
        snprintf(name, sizeof name, "d%02d.md", i);
        snprintf(text, sizeof text, "# 文件%d\n\n第一条 共同的内容是犬只登记，编号%d。\n", i, i);
        put(b, name, text);
    }
    assert_int_equal(zd_ingest_open(b->office, &small, &b->ingest, NULL), ZD_OK);
    for (int i = 0; i < 30; i++) {
        snprintf(name, sizeof name, "d%02d.md", i);
        add(b, name, NULL);
        assert_null(b->ingest->writer); /* flushed by itself */
    }
    assert_int_equal(count_hits(b, "犬只登记", 0), 30);
    assert_int_equal(zd_ingest_rebuild_index(b->ingest, NULL), ZD_OK);
    assert_int_equal(count_hits(b, "犬只登记", 0), 30);
}

/* Every allocation of opening, adding, replacing and removing fails once: an error each time,
 * and the office is whole afterwards. */
static void test_survives_the_failure_of_any_allocation(void **state)
{
    struct bench *b = *state;
    bool done = false;

    put(b, "rule.md", rule_old);
    for (uint64_t nth = 1; !done; nth += 1 + nth / 40) {
        struct zd_ingest *ingest = NULL;
        enum zd_status st;
        struct zd_ingest_counts counts = {0};

        zd_alloc_fail_at(nth);
        st = zd_ingest_open(b->office, NULL, &ingest, NULL);
        if (st == ZD_OK)
            st = zd_ingest_file(ingest, path_of(b, "rule.md"), NULL, NULL);
        if (st == ZD_OK)
            st = zd_ingest_flush(ingest, NULL);
        if (st == ZD_OK)
            zd_ingest_counts(ingest, &counts);
        zd_alloc_fail_at(0);
        zd_ingest_close(ingest);
        done = counts.n_added == 1 || counts.n_unchanged == 1;
        if (!done && st == ZD_OK)
            assert_int_equal(counts.n_failed, 1);
        assert_true(nth < 1000000);
    }
    bench_open(b);
    assert_int_equal(zd_store_check(b->ingest->store, NULL), ZD_OK);
    add(b, "rule.md", NULL);
    assert_int_equal(b->outcome, ZD_INGEST_UNCHANGED);
    assert_int_equal(count_hits(b, "工本费", 0), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_commit_shows_everything_at_once, bench_setup,
                                        bench_teardown),
        cmocka_unit_test_setup_teardown(test_what_was_not_flushed_is_dropped, bench_setup,
                                        bench_teardown),
        cmocka_unit_test_setup_teardown(test_a_changed_file_takes_the_place_of_the_old, bench_setup,
                                        bench_teardown),
        cmocka_unit_test_setup_teardown(test_a_changed_file_with_other_dates_is_a_version,
                                        bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_a_correction_stays_until_it_is_corrected, bench_setup,
                                        bench_teardown),
        cmocka_unit_test_setup_teardown(test_removal_answers_nothing, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_bad_files_harm_nobody, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_json_lines_keep_their_ids, bench_setup,
                                        bench_teardown),
        cmocka_unit_test_setup_teardown(test_one_writer_at_a_time, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_only_the_owner_opens_it, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_a_lost_index_comes_back, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_a_view_does_not_change_under_its_reader, bench_setup,
                                        bench_teardown),
        cmocka_unit_test_setup_teardown(test_batches_of_any_size_give_the_same, bench_setup,
                                        bench_teardown),
        cmocka_unit_test_setup_teardown(test_survives_the_failure_of_any_allocation, bench_setup,
                                        bench_teardown),
    };

    if (zd_store_init(NULL) != ZD_OK) /* SQLite's allocations fail too */
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Validity as a whole: from what texts say to what is in force, against the pairs written by hand
 * in tests/golden/validity, in both orders of adding; and the cases they do not have. */
#include "ingest/validity.h"

#include "base/date.h"
#include "base/json.h"
#include "base/mapping.h"
#include "ingest_support.h"

static int32_t day_of(const json_t *facts, const char *key)
{
    struct zd_str text = zd_json_str(facts, key);
    int32_t day = 0;

    if (text.n > 0)
        assert_int_equal(zd_date_parse(text, &day, NULL), ZD_OK);
    return day;
}

/* The expected facts of one side, as the reader of texts should give them. */
static struct zd_facts facts_of(const json_t *expect, struct zd_str *supersedes)
{
    const json_t *list = json_object_get(expect, "supersedes");
    struct zd_facts facts = {
        .title = zd_json_str(expect, "title"),
        .issuer = zd_json_str(expect, "issuer"),
        .number = zd_json_str(expect, "number"),
        .issued = day_of(expect, "issued"),
        .effective = day_of(expect, "effective"),
        .expires = day_of(expect, "expires"),
        .supersedes = supersedes,
        .n_supersedes = (uint32_t)json_array_size(list),
    };

    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *s = json_string_value(json_array_get(list, i));

        supersedes[i] = zd_str_c(s);
    }
    return facts;
}

static const char *in_force(struct bench *b, int32_t on)
{
    struct zd_version old = bench_version(b, "/old"), new = bench_version(b, "/new");
    bool o = zd_version_validity(&old, on) == ZD_IN_FORCE;
    bool n = zd_version_validity(&new, on) == ZD_IN_FORCE;

    assert_int_not_equal(old.key, 0);
    assert_int_not_equal(new.key, 0);
    return o && n ? "both" : o ? "old" : n ? "new" : "none";
}

static size_t check_pair(struct bench *b, const json_t *pair, bool new_first)
{
    struct zd_str old_says[16], new_says[16];
    struct zd_facts old = facts_of(json_object_get(pair, "expect_old"), old_says);
    struct zd_facts new = facts_of(json_object_get(pair, "expect_new"), new_says);
    const json_t *days = json_object_get(pair, "as_of");
    size_t n_wrong = 0;

    bench_open(b);
    if (new_first)
        bench_take(b, "/new", NULL, &new, "新");
    bench_take(b, "/old", NULL, &old, "旧");
    if (!new_first)
        bench_take(b, "/new", NULL, &new, "新");
    for (size_t i = 0; i < json_array_size(days); i++) {
        const json_t *day = json_array_get(days, i);
        const char *on = json_string_value(json_array_get(day, 0));
        const char *want = json_string_value(json_array_get(day, 1)), *got;
        int32_t date = 0;

        assert_int_equal(zd_date_parse(zd_str_c(on), &date, NULL), ZD_OK);
        got = in_force(b, date);
        if (strcmp(got, want) == 0)
            continue;
        print_error("  %s%s on %s: %s, not %s\n", json_string_value(json_object_get(pair, "id")),
                    new_first ? " (new first)" : "", on, got, want);
        n_wrong++;
    }
    bench_clear(b);
    zd_arena_reset(b->arena);
    return n_wrong;
}

static void test_the_pairs_written_by_hand(void **state)
{
    struct bench *b = *state;
    struct zd_owned_bytes file = {0};
    const char *root = getenv("ZD_SOURCE");
    char path[512];
    size_t n_wrong = 0, n_pairs = 0;
    struct zd_str rest;

    snprintf(path, sizeof path, "%s/tests/golden/validity/pairs.jsonl", root ? root : ".");
    assert_int_equal(zd_file_read(path, 1 << 22, &file, NULL), ZD_OK);
    rest = (struct zd_str){(const char *)file.p, file.n};
    while (rest.n > 0) {
        size_t end = zd_str_find(rest, ZD_STR("\n"), 0);
        struct zd_str line = zd_str_cut(rest, 0, end);
        json_t *pair = NULL;

        rest = end == SIZE_MAX ? (struct zd_str){0} : zd_str_cut(rest, end + 1, rest.n);
        if (line.n == 0)
            continue;
        assert_int_equal(zd_json_parse(line, &pair, NULL), ZD_OK);
        n_wrong += check_pair(b, pair, false) + check_pair(b, pair, true);
        json_decref(pair);
        n_pairs++;
    }
    zd_free(file.p);
    assert_true(n_pairs >= 60);
    assert_int_equal(n_wrong, 0);
}

static struct zd_facts law(const char *title, int32_t effective)
{
    return (struct zd_facts){.title = zd_str_c(title), .effective = effective};
}

static void assert_interval(struct bench *b, const char *name, int32_t from, int32_t to)
{
    struct zd_version v = bench_version(b, name);

    assert_int_equal(v.valid_from, from);
    assert_int_equal(v.valid_to, to);
}

static void test_a_chain_in_any_order(void **state)
{
    static const struct {
        const char *name;
        int32_t effective, to;
    } rows[] = {{"/1", 20100101, 20131231},
                {"/2", 20140101, 20140531},
                {"/3", 20140601, 20240630},
                {"/4", 20240701, 0}};
    static const int orders[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}, {2, 0, 3, 1}};
    struct bench *b = *state;

    for (size_t k = 0; k < ZD_COUNT(orders); k++) {
        bench_open(b);
        for (size_t i = 0; i < ZD_COUNT(rows); i++) {
            struct zd_facts facts = law("中华人民共和国公司法", rows[orders[k][i]].effective);

            bench_take(b, rows[orders[k][i]].name, NULL, &facts, rows[orders[k][i]].name);
        }
        for (size_t i = 0; i < ZD_COUNT(rows); i++)
            assert_interval(b, rows[i].name, rows[i].effective, rows[i].to);
        assert_int_equal(bench_version(b, "/1").document, bench_version(b, "/4").document);
        bench_clear(b);
        zd_arena_reset(b->arena);
    }
}

/* What a removed text had ended comes back, in the database and in the index. */
static void test_removal_brings_back_what_was_ended(void **state)
{
    struct bench *b = *state;
    struct zd_str says[] = {ZD_STR("云岫市停车场管理办法")};
    struct zd_facts old = law("云岫市停车场管理办法", 20160901);
    struct zd_facts new = law("云岫市停车管理条例", 20230801);
    char id[64];

    new.supersedes = says;
    new.n_supersedes = 1;
    bench_open(b);
    bench_take(b, "/old", NULL, &old, "旧");
    bench_take(b, "/new", NULL, &new, "新");
    snprintf(id, sizeof id, "%.60s", b->document);
    assert_interval(b, "/old", 20160901, 20230731);
    assert_int_equal(bench_version(b, "/old").superseded_by, bench_version(b, "/new").key);
    assert_int_equal(zd_ingest_remove(b->ingest, zd_str_c(id), NULL), ZD_OK);
    assert_interval(b, "/old", 20160901, 0);
    assert_int_equal(bench_version(b, "/old").superseded_by, 0);
}

/* Rows of two texts, and whether the second ends the first. */
static void test_who_may_end_whom(void **state)
{
    static const struct {
        const char *what;
        struct {
            const char *title, *issuer, *region;
            int32_t effective;
        } old, new;
        const char *says; /* of the new one */
        bool ends;
    } rows[] = {
        {"a genre alone",
         {"办法", "云岫市人民政府", "", 20200101},
         {"办法", "云岫市人民政府", "", 20220101},
         NULL,
         false},
        {"an office renamed",
         {"云岫市小作坊登记办法", "云岫市食品药品监督管理局", "", 20200101},
         {"云岫市小作坊登记办法", "云岫市市场监督管理局", "", 20220101},
         NULL,
         true},
        {"a ministry's, then the State Council's",
         {"废旧金属收购办法", "公安部", "", 20200101},
         {"废旧金属收购办法", "国务院", "", 20220101},
         NULL,
         true},
        {"two courts",
         {"关于适用某法的解释", "最高人民法院", "", 20200101},
         {"关于适用某法的解释", "最高人民检察院", "", 20220101},
         NULL,
         false},
        {"another city's office",
         {"城市绿化办法", "云岫市园林局", "", 20200101},
         {"城市绿化办法", "北山市林业局", "", 20220101},
         NULL,
         false},
        {"a law of one name",
         {"停车管理办法", "", "", 20200101},
         {"停车管理办法", "", "", 20220101},
         NULL,
         true},
        {"another region",
         {"停车管理办法", "", "东屏区", 20200101},
         {"停车管理办法", "", "青禾县", 20220101},
         NULL,
         false},
        {"another issuer",
         {"停车管理办法", "云岫市人民政府", "", 20200101},
         {"停车管理办法", "北山市人民政府", "", 20220101},
         NULL,
         false},
        {"the government's office",
         {"停车管理办法", "云岫市人民政府", "", 20200101},
         {"停车管理办法", "云岫市人民政府办公室", "", 20220101},
         NULL,
         true},
        {"one of several issuers",
         {"关于医保缴费标准的通知", "云岫市医疗保障局、云岫市财政局", "", 20200101},
         {"关于医保缴费标准的通知", "云岫市财政局", "", 20220101},
         NULL,
         true},
        {"a notice by nobody known",
         {"关于医保缴费标准的通知", "", "", 20200101},
         {"关于医保缴费标准的通知", "", "", 20220101},
         NULL,
         false},
        {"notices that recur",
         {"公告", "云岫市公安局", "", 20200101},
         {"公告", "云岫市公安局", "", 20220101},
         NULL,
         false},
        {"awards",
         {"关于表彰先进个人的决定", "云岫市人民政府", "", 20200101},
         {"关于表彰先进个人的决定", "云岫市人民政府", "", 20220101},
         NULL,
         false},
        {"unknown beginning of the old",
         {"停车管理办法", "", "", 0},
         {"停车管理办法", "", "", 20220101},
         NULL,
         false},
        {"unknown beginning of the new",
         {"停车管理办法", "", "", 20200101},
         {"停车管理办法", "", "", 0},
         NULL,
         false},
        {"it says so, old one's beginning unknown",
         {"停车场管理办法", "", "", 0},
         {"停车管理条例", "", "", 20220101},
         "停车场管理办法",
         true},
        {"it says so of another region's",
         {"停车场管理办法", "", "东屏区", 20200101},
         {"停车管理条例", "", "青禾县", 20220101},
         "停车场管理办法",
         false},
        {"it says so, but began before",
         {"停车场管理办法", "", "", 20230101},
         {"停车管理条例", "", "", 20220101},
         "停车场管理办法",
         false},
        {"it says so without a day",
         {"停车场管理办法", "", "", 20200101},
         {"停车管理条例", "", "", 0},
         "停车场管理办法",
         false},
    };
    struct bench *b = *state;

    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        struct zd_str says[] = {zd_str_c(rows[i].says)};
        struct zd_facts old = law(rows[i].old.title, rows[i].old.effective);
        struct zd_facts new = law(rows[i].new.title, rows[i].new.effective);
        struct zd_version v;

        print_message("  %s\n", rows[i].what);
        old.issuer = zd_str_c(rows[i].old.issuer);
        old.region = zd_str_c(rows[i].old.region);
        new.issuer = zd_str_c(rows[i].new.issuer);
        new.region = zd_str_c(rows[i].new.region);
        new.supersedes = says;
        new.n_supersedes = rows[i].says ? 1 : 0;
        bench_open(b);
        bench_take(b, "/old", NULL, &old, "旧");
        bench_take(b, "/new", NULL, &new, "新");
        v = bench_version(b, "/old");
        assert_int_equal(v.valid_to, rows[i].ends ? zd_date_add_days(new.effective, -1) : 0);
        assert_int_equal(bench_version(b, "/new").valid_to, 0);
        bench_clear(b);
        zd_arena_reset(b->arena);
    }
}

/* A number names exactly one text, whatever its title and region; without any day it ends
 * nothing. */
static void test_a_number_is_enough(void **state)
{
    static const struct {
        int32_t old, new, to;
    } rows[] = {{20200101, 20220101, 20211231},
                {20220101, 20220101, 20211231},
                {0, 0, 0},
                {20200101, 0, 0},
                {0, 20220101, 20211231}};
    struct bench *b = *state;
    struct zd_str says[] = {ZD_STR("云政发[2019]3号")};

    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        struct zd_facts old = law("旧公告", rows[i].old), new = law("新公告", rows[i].new);
        struct zd_version v;

        old.number = ZD_STR("云政发〔2019〕3号");
        new.supersedes = says;
        new.n_supersedes = 1;
        bench_open(b);
        bench_take(b, "/old", NULL, &old, "旧");
        bench_take(b, "/new", NULL, &new, "新");
        v = bench_version(b, "/old");
        assert_int_equal(v.valid_to, rows[i].to);
        assert_int_equal(v.end, rows[i].to ? ZD_END_SUPERSEDED : ZD_END_NONE);
        bench_clear(b);
        zd_arena_reset(b->arena);
    }
}

static void test_of_two_with_one_day_the_later_issued_counts(void **state)
{
    struct bench *b = *state;
    struct zd_facts facts = law("关于审理损害赔偿案件的解释", 20220501);

    bench_open(b);
    facts.issued = 20220424;
    bench_take(b, "/late", NULL, &facts, "晚");
    facts.issued = 20220404;
    bench_take(b, "/early", NULL, &facts, "早");
    assert_interval(b, "/late", 20220501, 0);
    assert_interval(b, "/early", 20220501, 20220430);
    assert_int_equal(bench_version(b, "/late").document, bench_version(b, "/early").document);
}

/* Lines of a JSON file that share a title are clauses of one text, not versions of each other. */
static void test_given_ids_stay_apart(void **state)
{
    struct bench *b = *state;
    struct zd_facts facts = law("中华人民共和国刑法", 0);
    struct zd_str says[] = {ZD_STR("中华人民共和国刑法")};
    struct zd_document d = {0};
    struct zd_version_list versions = {0};

    bench_open(b);
    bench_take(b, "a", "a1", &facts, "第一条");
    facts.effective = 19971001;
    bench_take(b, "a", "a2", &facts, "第二条");
    facts.effective = 20200101;
    facts.supersedes = says;
    facts.n_supersedes = 1;
    bench_take(b, "a", "a3", &facts, "第三条");
    for (int i = 1; i <= 3; i++) {
        char id[4];

        snprintf(id, sizeof id, "a%d", i);
        assert_int_equal(zd_document_find(b->ingest->store, zd_subject_owner(), zd_str_c(id),
                                          b->arena, &d, NULL),
                         ZD_OK);
        assert_int_equal(zd_version_of_document(b->ingest->store, zd_subject_owner(), d.key,
                                                b->arena, &versions, NULL),
                         ZD_OK);
        assert_int_equal(versions.n, 1);
        assert_int_equal(versions.p[0].valid_to, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_pairs_written_by_hand, bench_setup,
                                        bench_teardown),
        cmocka_unit_test_setup_teardown(test_a_chain_in_any_order, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_removal_brings_back_what_was_ended, bench_setup,
                                        bench_teardown),
        cmocka_unit_test_setup_teardown(test_who_may_end_whom, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_a_number_is_enough, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_of_two_with_one_day_the_later_issued_counts,
                                        bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_given_ids_stay_apart, bench_setup, bench_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "ingest_support.h"

static struct zd_ingest_facts all_facts(void)
{
    return (struct zd_ingest_facts){.title = ZD_STR("停车办法"),
                                    .issuer = ZD_STR("云岫市人民政府"),
                                    .number = ZD_STR("云政发〔2024〕1号"),
                                    .region = ZD_STR("东屏区"),
                                    .issued = 20240101,
                                    .effective = 20240201,
                                    .expires = 20290131};
}

static void assert_same(const struct zd_ingest_facts *a, const struct zd_ingest_facts *b)
{
    assert_true(zd_str_eq(a->title, b->title));
    assert_true(zd_str_eq(a->issuer, b->issuer));
    assert_true(zd_str_eq(a->number, b->number));
    assert_true(zd_str_eq(a->region, b->region));
    assert_int_equal(a->issued, b->issued);
    assert_int_equal(a->effective, b->effective);
    assert_int_equal(a->expires, b->expires);
}

static void test_text_and_back(void **state)
{
    struct zd_arena *arena = zd_arena_new(1 << 20);
    const struct zd_ingest_facts all = all_facts(), none = {0};
    struct zd_ingest_facts back = zd_ingest__facts_read(zd_ingest__facts_text(&all, arena));

    (void)state;
    assert_same(&all, &back);
    assert_int_equal(zd_ingest__facts_text(&none, arena).n, 0);
    assert_true(zd_ingest__facts_empty(&none));
    assert_false(zd_ingest__facts_empty(&all));
    zd_arena_free(arena);
}

static void test_what_is_said_later_is_laid_over(void **state)
{
    const struct zd_ingest_facts before = all_facts();
    const struct zd_ingest_facts later = {
        .id = ZD_STR("x"), .issuer = ZD_STR("云岫市公安局"), .effective = 20240301};
    struct zd_ingest_facts want = before;
    struct zd_ingest_facts merged = zd_ingest__facts_merge(&before, &later);

    (void)state;
    want.issuer = later.issuer;
    want.effective = later.effective;
    assert_same(&merged, &want);
    assert_true(zd_str_eq(merged.id, ZD_STR("x")));
}

/* Lines that are not ours, or hold no day, say nothing. */
static void test_reads_no_nonsense(void **state)
{
    static const char *const texts[] = {
        "",
        "=",
        "\n\n",
        "issued=",
        "issued=2024-01-01",
        "issued=20240230",
        "colour=red",
        "title",
        "issued=99999999999",
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(texts); i++) {
        struct zd_ingest_facts facts = zd_ingest__facts_read(zd_str_c(texts[i]));

        print_message("  %s\n", texts[i]);
        assert_true(zd_ingest__facts_empty(&facts));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_and_back),
        cmocka_unit_test(test_what_is_said_later_is_laid_over),
        cmocka_unit_test(test_reads_no_nonsense),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

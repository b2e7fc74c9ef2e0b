#include "store/usage.h"

#include "store_support.h"

static int open_gateway(void **state)
{
    struct fixture *f;
    struct zd_error err = {0};

    if (fixture_open(state) != 0)
        return -1;
    f = *state;
    zd_store_close(f->store);
    (void)unlink(f->path);
    return zd_store_open_gateway(f->path, ZD_STORE_WRITE, &f->store, &err) == ZD_OK ? 0 : -1;
}

static struct zd_usage_row row_of(const char *id, const char *key, enum zd_outcome outcome)
{
    return (struct zd_usage_row){.id = zd_str_c(id),
                                 .begun = 1,
                                 .ended = outcome != ZD_OUTCOME_RUNNING,
                                 .api_key = zd_str_c(key),
                                 .department = ZD_STR("d"),
                                 .desk = ZD_STR("public"),
                                 .charged_in = 3,
                                 .charged_out = 4,
                                 .money = 5,
                                 .outcome = outcome};
}

static void put(struct fixture *f, const struct zd_usage_entry *entries, size_t n)
{
    assert_int_equal(zd_store_begin(f->store, NULL), ZD_OK);
    assert_int_equal(zd_usage_put(f->store, zd_subject_owner(), entries, n, NULL), ZD_OK);
    assert_int_equal(zd_store_commit(f->store, NULL), ZD_OK);
}

static uint64_t requests_of(struct fixture *f, enum zd_quota_kind kind, const char *name)
{
    struct zd_usage_sums sums;
    uint64_t n = 0;

    assert_int_equal(zd_usage_sums(f->store, zd_subject_owner(), 20260101, 20260102, true, f->arena,
                                   &sums, NULL),
                     ZD_OK);
    for (size_t i = 0; i < sums.n; i++)
        if (sums.p[i].kind == kind && zd_str_eq(sums.p[i].name, zd_str_c(name))) {
            n += sums.p[i].n_requests;
            assert_int_equal(sums.p[i].tokens_in, 3 * sums.p[i].n_requests);
            assert_int_equal(sums.p[i].tokens_out, 4 * sums.p[i].n_requests);
            assert_int_equal(sums.p[i].money, 5 * sums.p[i].n_requests);
        }
    return n;
}

static void test_of_one_request_the_last_row_stands_and_is_charged_once(void **state)
{
    const struct zd_usage_row rows[] = {
        row_of("a", "k", ZD_OUTCOME_RUNNING), row_of("b", "k", ZD_OUTCOME_RUNNING),
        row_of("a", "k", ZD_OUTCOME_DONE),    row_of("c", "k", ZD_OUTCOME_FAILED),
        row_of("b", "k", ZD_OUTCOME_LEFT),
    };
    struct zd_usage_entry entries[ZD_COUNT(rows)];
    struct fixture *f = *state;
    struct zd_usage_list list;

    for (size_t i = 0; i < ZD_COUNT(rows); i++)
        entries[i] = (struct zd_usage_entry){&rows[i], 20260101};
    put(f, entries, 2); /* what runs is written too, then written anew */
    put(f, entries + 1, 4);
    assert_int_equal(zd_usage_list(f->store, zd_subject_owner(), 0, 100, 10, f->arena, &list, NULL),
                     ZD_OK);
    assert_int_equal(list.n, 3);
    for (size_t i = 0; i < list.n; i++)
        assert_int_not_equal(list.p[i].outcome, ZD_OUTCOME_RUNNING);
    assert_int_equal(requests_of(f, ZD_QUOTA_KEY, "k"), 2);
    assert_int_equal(requests_of(f, ZD_QUOTA_DEPARTMENT, "d"), 2);
}

static void test_a_whole_batch_of_many_keys_is_charged(void **state)
{
    static char ids[ZD_USAGE_BATCH_MAX][8], keys[ZD_USAGE_BATCH_MAX][8];
    static struct zd_usage_row rows[ZD_USAGE_BATCH_MAX];
    static struct zd_usage_entry entries[ZD_USAGE_BATCH_MAX];
    struct fixture *f = *state;

    for (size_t i = 0; i < ZD_USAGE_BATCH_MAX; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "%zu", i);
        (void)snprintf(keys[i], sizeof keys[i], "k%zu", i % 250); /* more than are summed at once */
        rows[i] = row_of(ids[i], keys[i], ZD_OUTCOME_DONE);
        entries[i] = (struct zd_usage_entry){&rows[i], 20260101 + (int32_t)(i / 500)};
    }
    put(f, entries, ZD_USAGE_BATCH_MAX);
    for (size_t i = 0; i < 250; i++)
        assert_int_equal(requests_of(f, ZD_QUOTA_KEY, keys[i]), 4);
    assert_int_equal(requests_of(f, ZD_QUOTA_DESK, "public"), ZD_USAGE_BATCH_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_of_one_request_the_last_row_stands_and_is_charged_once,
                                        open_gateway, fixture_close),
        cmocka_unit_test_setup_teardown(test_a_whole_batch_of_many_keys_is_charged, open_gateway,
                                        fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

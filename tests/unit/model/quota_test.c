#include "model/model_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE INT64_C(60000000)

static const struct zd_caller caller = {.key = {"k", 1}, .department = {"d", 1}, .desk = {"p", 1}};

static enum zd_status reserve(struct zd_model__ledger *ledger, const struct zd_quota_list *quotas,
                              uint64_t tokens, int64_t now, int32_t day,
                              struct zd_model__reservation *ret)
{
    const uint64_t amount[ZD_N_MEASURES] = {1, tokens, tokens * 2};
    struct zd_model__shortage shortage;
    struct zd_error err;

    return zd_model__reserve(ledger, quotas, &caller, amount, now, day, ret, &shortage, &err);
}

static uint64_t used(struct zd_model__ledger *ledger, enum zd_quota_kind kind,
                     enum zd_quota_span span)
{
    const struct zd_str names[] = {caller.key, caller.department, caller.desk};

    return zd_model__account(ledger, kind, names[kind])->used[span][ZD_MEASURE_TOKENS];
}

static void test_what_is_reserved_counts_until_it_is_settled(void **state)
{
    struct zd_quota quota = {ZD_QUOTA_DEPARTMENT, {"d", 1}, ZD_MEASURE_TOKENS, ZD_SPAN_DAY, 100};
    const struct zd_quota_list quotas = {&quota, 1};
    const uint64_t charged[ZD_N_MEASURES] = {1, 10, 20}, nothing[ZD_N_MEASURES] = {0};
    struct zd_model__ledger ledger = {0};
    struct zd_model__reservation a, b, c;

    (void)state;
    assert_int_equal(reserve(&ledger, &quotas, 60, 0, 20260101, &a), ZD_OK);
    assert_int_equal(reserve(&ledger, &quotas, 41, 0, 20260101, &b), ZD_LIMIT);
    assert_int_equal(used(&ledger, ZD_QUOTA_DEPARTMENT, ZD_SPAN_DAY), 60);
    assert_int_equal(reserve(&ledger, &quotas, 40, 0, 20260101, &b), ZD_OK);
    zd_model__settle(&a, charged);
    assert_int_equal(used(&ledger, ZD_QUOTA_KEY, ZD_SPAN_MONTH), 50);
    zd_model__settle(&b, nothing); /* it failed: all is given back */
    assert_int_equal(used(&ledger, ZD_QUOTA_DEPARTMENT, ZD_SPAN_DAY), 10);
    assert_int_equal(zd_model__left(&ledger, &quotas, &caller, ZD_MEASURE_TOKENS, 0, 20260101), 90);
    assert_int_equal(reserve(&ledger, &quotas, 91, 0, 20260101, &c), ZD_LIMIT);
    assert_int_equal(reserve(&ledger, &quotas, 90, 0, 20260101, &c), ZD_OK);
    zd_model__ledger_free(&ledger);
}

static void test_spans_begin_anew_and_a_clock_put_back_gives_nothing(void **state)
{
    struct zd_quota rows[] = {
        {ZD_QUOTA_KEY, {"*", 1}, ZD_MEASURE_REQUESTS, ZD_SPAN_MINUTE, 2},
        {ZD_QUOTA_DESK, {"p", 1}, ZD_MEASURE_TOKENS, ZD_SPAN_MONTH, 1000},
    };
    const struct zd_quota_list quotas = {rows, 2};
    struct zd_model__ledger ledger = {0};
    struct zd_model__reservation r, old;
    const uint64_t nothing[ZD_N_MEASURES] = {0};

    (void)state;
    assert_int_equal(reserve(&ledger, &quotas, 300, MINUTE, 20260131, &old), ZD_OK);
    assert_int_equal(reserve(&ledger, &quotas, 300, MINUTE, 20260131, &r), ZD_OK);
    assert_int_equal(reserve(&ledger, &quotas, 1, MINUTE * 2 - 1, 20260131, &r), ZD_LIMIT);
    assert_int_equal(reserve(&ledger, &quotas, 300, MINUTE * 2, 20260131, &r), ZD_OK);
    assert_int_equal(reserve(&ledger, &quotas, 1, 0, 20260131, &r), ZD_OK);
    assert_int_equal(reserve(&ledger, &quotas, 1, 0, 20260131, &r), ZD_LIMIT);
    assert_int_equal(reserve(&ledger, &quotas, 200, MINUTE * 9, 20260131, &r), ZD_LIMIT);
    assert_int_equal(reserve(&ledger, &quotas, 200, MINUTE * 9, 20260201, &r), ZD_OK);
    zd_model__settle(&old, nothing); /* of January: February keeps its own */
    assert_int_equal(used(&ledger, ZD_QUOTA_DESK, ZD_SPAN_MONTH), 200);
    zd_model__ledger_free(&ledger);
}

/* An obvious ledger beside it: every step at random, the balance never below nothing. */
static void test_no_balance_goes_below_nothing(void **state)
{
    struct zd_quota quota = {ZD_QUOTA_DESK, {"p", 1}, ZD_MEASURE_TOKENS, ZD_SPAN_DAY, 500};
    const struct zd_quota_list quotas = {&quota, 1};
    struct zd_model__ledger ledger = {0};
    struct zd_model__reservation open[16];
    uint64_t amounts[16] = {0}, charged_total = 0, reserved = 0, seed = 7;
    size_t n = 0;

    (void)state;
    for (int step = 0; step < 20000; step++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        if ((seed >> 60) % 2 == 0 && n < 16) {
            uint64_t want = (seed >> 33) % 200;
            bool fits = charged_total + reserved + want <= 500;

            assert_int_equal(reserve(&ledger, &quotas, want, 0, 20260101, &open[n]),
                             fits ? ZD_OK : ZD_LIMIT);
            if (fits) {
                amounts[n++] = want;
                reserved += want;
            }
        } else if (n > 0) {
            uint64_t used_now = amounts[n - 1] ? (seed >> 33) % (amounts[n - 1] + 1) : 0;
            const uint64_t charged[ZD_N_MEASURES] = {1, used_now, used_now * 2};

            if (charged_total > 400)
                break;
            zd_model__settle(&open[--n], charged);
            reserved -= amounts[n];
            charged_total += used_now;
        }
        assert_true(used(&ledger, ZD_QUOTA_DESK, ZD_SPAN_DAY) == charged_total + reserved);
        assert_true(used(&ledger, ZD_QUOTA_DESK, ZD_SPAN_DAY) <= 500);
    }
    zd_model__ledger_free(&ledger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_reserved_counts_until_it_is_settled),
        cmocka_unit_test(test_spans_begin_anew_and_a_clock_put_back_gives_nothing),
        cmocka_unit_test(test_no_balance_goes_below_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

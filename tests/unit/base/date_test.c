#include "base/date.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_knows_which_days_exist(void **state)
{
    static const struct {
        int year, month, day;
        int32_t date;
    } rows[] = {
        {2024, 2, 29, 20240229},  {2023, 2, 29, 0},       {1900, 2, 29, 0}, {2000, 2, 29, 20000229},
        {2026, 13, 1, 0},         {2026, 0, 1, 0},        {2026, 4, 31, 0}, {999, 1, 1, 0},
        {9999, 12, 31, 99991231}, {1000, 1, 1, 10000101}, {2026, 11, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++)
        assert_int_equal(zd_date_of(rows[i].year, rows[i].month, rows[i].day), rows[i].date);
}

static void test_reads_only_the_contract_form(void **state)
{
    static const char *const bad[] = {"",           "2026-3-01",  "2026-03-1",   "2026/03/01",
                                      "2026-02-30", "20260301",   "2026-03-01 ", "２026-03-01",
                                      "-026-03-01", "2026-0a-01", "2026-03-011"};
    int32_t date = 7;
    char text[ZD_DATE_TEXT_BYTES];

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(bad); i++)
        assert_int_equal(zd_date_parse(zd_str_c(bad[i]), &date, NULL), ZD_INVALID);
    assert_int_equal(date, 7);
    assert_int_equal(zd_date_parse(ZD_STR("2026-03-01"), &date, NULL), ZD_OK);
    assert_int_equal(date, 20260301);
    assert_string_equal(zd_date_text(date, text), "2026-03-01");
    assert_string_equal(zd_date_text(0, text), "");
    assert_string_equal(zd_date_text(20260231, text), "");
}

static void test_counts_over_the_calendar(void **state)
{
    (void)state;
    assert_int_equal(zd_date_add_days(20231231, 1), 20240101);
    assert_int_equal(zd_date_add_days(20240301, -1), 20240229);
    assert_int_equal(zd_date_add_days(20230501, 30), 20230531);
    assert_int_equal(zd_date_add_years(20240229, 1), 20250228);
    assert_int_equal(zd_date_add_years(20230701, 5), 20280701);
    assert_int_equal(zd_date_add_months(20230131, 1), 20230228);
    assert_int_equal(zd_date_add_months(20231115, 3), 20240215);
    assert_int_equal(zd_date_add_years(20230701, 9000), 0);
    assert_int_equal(zd_date_add_days(0, 5), 0);
    /* there and back over four centuries */
    for (int32_t d = 17990101, i = 0; i < 160000; i++) {
        int32_t next = zd_date_add_days(d, 1);

        assert_true(next > d && zd_date_is_valid(next));
        assert_int_equal(zd_date_add_days(next, -1), d);
        d = next;
    }
}

static void test_today_is_a_day(void **state)
{
    (void)state;
    assert_true(zd_date_is_valid(zd_date_today()));
    assert_true(zd_date_today() > 20260101);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_knows_which_days_exist),
        cmocka_unit_test(test_reads_only_the_contract_form),
        cmocka_unit_test(test_counts_over_the_calendar),
        cmocka_unit_test(test_today_is_a_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

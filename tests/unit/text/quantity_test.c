#include "text/quantity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_reads_a_cell_that_is_an_amount(void **state)
{
    static const struct {
        const char *text;
        int64_t millionths;
        const char *unit;
    } rows[] = {
        {"0", 0, ""},
        {"300张", 300000000, "张"},
        {"1,250.50元", 1250500000, "元"},
        {"3.2万人", 32000000000, "人"},
        {"1.5亿", 150000000000000, ""},
        {"-4.000001", -4000001, ""},
        {"40%", 40000000, "%"},
        {"862元/人·月", 862000000, "元/人·月"},
        {"¥6", 6000000, "元"},
        {"3年", 3000000, "年"},
        {"99999999999", 99999999999000000, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t value = 7;
        struct zd_str unit = {0};

        print_message("  %s\n", rows[i].text);
        assert_true(zd_quantity_whole(zd_str_c(rows[i].text), &value, &unit));
        assert_int_equal(value, rows[i].millionths);
        assert_true(zd_str_eq(unit, zd_str_c(rows[i].unit)));
    }
}

static void test_a_cell_that_is_not_exactly_one_amount_is_none(void **state)
{
    static const char *const rows[] = {
        "",      "约30",          "30-50",        "30以上", "每证10元", "30起",   "01",
        "0999",  "0999-8011",     "123456789012", "1.2.3",  "1.",       "1,25",   "2024年",
        "3(含)", "3至5",          "1.1234567",    "3、5",   "第3",      "三",     "¥6张",
        "9.5 6", "99999999999亿", "3张或4张",     "2*3",    "3张5张",   "1,2345",
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t value;
        struct zd_str unit;

        print_message("  %s\n", rows[i]);
        assert_false(zd_quantity_whole(zd_str_c(rows[i]), &value, &unit));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_a_cell_that_is_an_amount),
        cmocka_unit_test(test_a_cell_that_is_not_exactly_one_amount_is_none),
    };

    return cmocka_run_group_tests_name("text/quantity", tests, NULL, NULL);
}

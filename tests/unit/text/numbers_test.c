#include "text/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_reads_numbers_as_they_are_written(void **state)
{
    static const struct {
        const char *text;
        uint64_t value;
        const char *rest;
    } rows[] = {
        {"0", 0, ""},
        {"〇", 0, ""},
        {"一", 1, ""},
        {"十", 10, ""},
        {"十二", 12, ""},
        {"二十", 20, ""},
        {"九十九条", 99, "条"},
        {"一百", 100, ""},
        {"一百零三", 103, ""},
        {"二百零三条之一", 203, "条之一"},
        {"一百一十二", 112, ""},
        {"一百十二", 112, ""},
        {"一百二", 120, ""},
        {"三千五", 3500, ""},
        {"一千零一十", 1010, ""},
        {"一千二百六十条", 1260, "条"},
        {"一万二千", 12000, ""},
        {"一万零五十", 10050, ""},
        {"三亿二千万", 320000000, ""},
        {"一万亿", UINT64_C(1000000000000), ""},
        {"二〇二三年", 2023, "年"},
        {"二○二三", 2023, ""},
        {"二零零九", 2009, ""},
        {"廿", 20, ""},
        {"廿三日", 23, "日"},
        {"卅一", 31, ""},
        {"2千", 2000, ""},
        {"2千5", 2500, ""},
        {"20万元", 200000, "元"},
        {"１２３", 123, ""},
        {"1,000元", 1000, "元"},
        {"1,000,000", 1000000, ""},
        {"1,00", 1, ",00"},
        {"3.5", 3, ".5"},
        {"壹佰贰拾叁", 123, ""},
        {"伍萬圆", 50000, "圆"},
        {"兩千", 2000, ""},
        {"两年", 2, "年"},
        {"三十百", 30, "百"},
        {"三十五百", 35, "百"},
        {"三百五千", 350, "千"},
        {"一二百", 12, "百"},
        {"第一", 0, NULL},
        {"", 0, NULL},
        {"百分之五", 0, NULL},
        {"万一", 0, NULL},
        {"99999999999999999999", 0, NULL},
        {"18446744073709551615", UINT64_MAX, ""},
        {"18446744073709551616", 0, NULL},
        {"9999999999999999亿", 0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        uint64_t value = 77;
        size_t n_bytes = 77;
        bool is = zd_number_read(zd_str_c(rows[i].text), &value, &n_bytes);

        print_message("  %s\n", rows[i].text);
        assert_int_equal(is, rows[i].rest != NULL);
        if (is) {
            assert_int_equal(value, rows[i].value);
            assert_string_equal(rows[i].text + n_bytes, rows[i].rest);
        } else {
            assert_true(value == 77 && n_bytes == 77);
        }
    }
}

/* An oracle that only writes: every number to 12,000 and a sample above, spelt out by rule. */
static void spell(uint64_t n, char *out)
{
    static const char *const digits[] = {"零", "一", "二", "三", "四",
                                         "五", "六", "七", "八", "九"};
    static const char *const units[] = {"", "十", "百", "千"};
    uint64_t parts[2] = {n / 10000, n % 10000};

    out[0] = '\0';
    if (n == 0)
        strcat(out, "零");
    for (int k = 0; k < 2; k++) {
        bool gap = k == 1 && parts[0] > 0 && parts[1] < 1000;

        for (int place = 3; place >= 0; place--) {
            static const uint64_t power[] = {1, 10, 100, 1000};
            uint64_t digit = parts[k] / power[place] % 10;

            if (digit == 0) {
                gap |= parts[k] / power[place] > 0;
                continue;
            }
            if (gap)
                strcat(out, "零");
            gap = false;
            if (!(digit == 1 && place == 1 && n < 20))
                strcat(out, digits[digit]);
            strcat(out, units[place]);
        }
        if (k == 0 && parts[0] > 0)
            strcat(out, "万");
    }
}

static void test_reads_back_what_a_speller_wrote(void **state)
{
    (void)state;
    for (uint64_t n = 0; n < 99999999; n += n < 12000 ? 1 : 9973) {
        char text[128];
        uint64_t value = 0;
        size_t n_bytes = 0;

        spell(n, text);
        if (!zd_number_read(zd_str_c(text), &value, &n_bytes) || value != n ||
            n_bytes != strlen(text))
            fail_msg("%s is %lu, read as %lu", text, (unsigned long)n, (unsigned long)value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_numbers_as_they_are_written),
        cmocka_unit_test(test_reads_back_what_a_speller_wrote),
    };

    return cmocka_run_group_tests_name("text/numbers", tests, NULL, NULL);
}

#include "text/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_reads_days_as_officials_write_them(void **state)
{
    static const struct {
        const char *text;
        int32_t date;
        int precision;
        const char *rest;
    } rows[] = {
        {"2023年5月1日起施行", 20230501, 3, "起施行"},
        {"2023 年 5 月 1 日", 20230501, 3, ""},
        {"2023年05月01日", 20230501, 3, ""},
        {"２０２３年５月１日", 20230501, 3, ""},
        {"二〇二三年五月一日", 20230501, 3, ""},
        {"二○二三年五月一日", 20230501, 3, ""},
        {"二零二三年十二月三十一日", 20231231, 3, ""},
        {"二0二三年五月一日", 20230501, 3, ""},
        {"二OO八年十月一日", 20081001, 3, ""},
        {"二ＯＯ八年十月一日", 20081001, 3, ""},
        {"一九九七年十月廿五日", 19971025, 3, ""},
        {"一九八二年元月卅一日", 19820131, 3, ""},
        {"2023年5月1号", 20230501, 3, ""},
        {"2023年5月1號", 20230501, 3, ""},
        {"2024年2月29日", 20240229, 3, ""},
        {"2023年5月", 20230501, 2, ""},
        {"2023年5月底", 20230501, 2, "底"},
        {"2023年5月1至3日", 20230501, 2, "1至3日"},
        {"2023年", 20230101, 1, ""},
        {"2023年度", 20230101, 1, "度"},
        {"2023年第5号", 20230101, 1, "第5号"},
        {"二〇二三年", 20230101, 1, ""},
        {"2023-05-01", 20230501, 3, ""},
        {"2023-5-1)", 20230501, 3, ")"},
        {"2023.5.1", 20230501, 3, ""},
        {"2023.05.01.", 20230501, 3, "."},
        {"2023/5/1", 20230501, 3, ""},
        {"２０２３．５．１", 20230501, 3, ""},
        {"20230501", 20230501, 3, ""},
        {"20230501.md", 20230501, 3, ".md"},
        {"2023年2月30日", 0, 0, NULL},
        {"2023年13月1日", 0, 0, NULL},
        {"2023-02-29", 0, 0, NULL},
        {"2023-5/1", 0, 0, NULL},
        {"2023-05-011", 0, 0, NULL},
        {"2023.5.1.2", 0, 0, NULL},
        {"20230230", 0, 0, NULL},
        {"202305011", 0, 0, NULL},
        {"12345678", 0, 0, NULL},
        {"2023", 0, 0, NULL},
        {"2023.5", 0, 0, NULL},
        {"23年5月1日", 0, 0, NULL},
        {"12023年", 0, 0, NULL},
        {"0000年", 0, 0, NULL},
        {"2O23年", 0, 0, NULL},
        {"O二三四年", 0, 0, NULL},
        {"年", 0, 0, NULL},
        {"", 0, 0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        int32_t date = -7;
        int precision = -7;
        size_t n_bytes = 7;
        bool is = zd_date_read(zd_str_c(rows[i].text), &date, &precision, &n_bytes);

        print_message("  %s\n", rows[i].text);
        assert_int_equal(is, rows[i].rest != NULL);
        if (is) {
            assert_int_equal(date, rows[i].date);
            assert_int_equal(precision, rows[i].precision);
            assert_string_equal(rows[i].text + n_bytes, rows[i].rest);
        } else {
            assert_true(date == -7 && precision == -7 && n_bytes == 7);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_days_as_officials_write_them),
    };

    return cmocka_run_group_tests_name("text/dates", tests, NULL, NULL);
}

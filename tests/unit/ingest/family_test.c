#include "ingest/family.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_key(struct zd_str got, const char *want, const char *of)
{
    if (!zd_str_eq(got, zd_str_c(want)))
        fail_msg("%s: %.*s, not %s", of, (int)got.n, got.p, want);
}

static void test_titles_that_are_one_have_one_key(void **state)
{
    static const struct {
        const char *title, *key;
    } rows[] = {
        {"中华人民共和国公司法", "公司法"},
        {"中華人民共和國公司法", "公司法"},
        {"中华人民共和国公司法（2018-10-26）", "公司法"},
        {"公司法(2023年修订)", "公司法"},
        {"公司法（2018年第四次修正）", "公司法"},
        {"公司法【最新全文】", "公司法"},
        {"《公司法》", "公司法"},
        {"云岫市停车管理条例（二〇二三年修订）", "云岫市停车管理条例"},
        {"云岫市停车管理办法（试行）", "云岫市停车管理办法"},
        {"云岫市停车管理办法（暂行）（2019年）", "云岫市停车管理办法"},
        {"云岫市公共租赁住房管理办法（云政发〔2018〕9号）", "云岫市公共租赁住房管理办法"},
        {"云岫市人民政府关于印发《云岫市公共租赁住房管理办法》的通知",
         "云岫市公共租赁住房管理办法"},
        {"云岫市人民政府办公室关于印发云岫市停车办法的通知", "关于印发云岫市停车办法的通知"},
        {"关于修改《云岫市物业管理条例》的决定", "关于修改云岫市物业管理条例的决定"},
        {"云岫市财政局 关于公布收费目录的通知", "关于公布收费目录的通知"},
        {"最高人民法院关于适用《民事诉讼法》的解释", "关于适用民事诉讼法的解释"},
        /* brackets that make another text */
        {"若干问题的规定（一）", "若干问题的规定一"},
        {"若干问题的规定（二）", "若干问题的规定二"},
        {"宪法修正案（1988年）", "宪法修正案1988年"},
        {"刑法修正案（十一）", "刑法修正案十一"},
        {"停车管理办法（征求意见稿）", "停车管理办法征求意见稿"},
        {"关于2025年度缴费的通知", "关于2025年度缴费的通知"},
        {"", ""},
        {"——", ""},
        {"（2020）", "2020"},
    };
    struct zd_arena *arena = zd_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        struct zd_str key = {0};

        assert_int_equal(zd_family_title_key(zd_str_c(rows[i].title), arena, &key, NULL, NULL),
                         ZD_OK);
        assert_key(key, rows[i].key, rows[i].title);
    }
    zd_arena_free(arena);
}

static void test_the_issuer_before_about_is_told(void **state)
{
    static const struct {
        const char *title, *issuer;
    } rows[] = {
        {"云岫市财政局关于公布收费目录的通知", "云岫市财政局"},
        {"关于公布收费目录的通知", ""},
        {"停车管理办法", ""},
        {"致全市市民关于节水的信", ""},
    };
    struct zd_arena *arena = zd_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        struct zd_str key = {0}, issuer = {0};

        assert_int_equal(zd_family_title_key(zd_str_c(rows[i].title), arena, &key, &issuer, NULL),
                         ZD_OK);
        assert_key(issuer, rows[i].issuer, rows[i].title);
    }
    zd_arena_free(arena);
}

static void test_issuers_agree_where_nothing_speaks_against_it(void **state)
{
    static const struct {
        const char *a, *b;
        bool agree;
    } rows[] = {
        {"云岫市人民政府", "云岫市人民政府", true},
        {"云岫市人民政府", "云岫市人民政府办公厅", true},
        {"市人民政府", "云岫市人民政府", true},
        {"全国人民代表大会", "全国人民代表大会常务委员会", true},
        {"全国人大常委会", "全国人民代表大会", true},
        {"云岫市财政局、云岫市医疗保障局", "云岫市医疗保障局", true},
        {"", "云岫市医疗保障局", true},
        {"云岫市财政局", "云岫市医疗保障局", false},
        {"云岫市人民政府", "北山市人民政府", false},
        {"最高人民法院", "最高人民检察院", false},
    };
    struct zd_arena *arena = zd_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        struct zd_str a = {0}, b = {0};

        print_message("  %s | %s\n", rows[i].a, rows[i].b);
        assert_int_equal(zd_family_issuer_key(zd_str_c(rows[i].a), arena, &a, NULL), ZD_OK);
        assert_int_equal(zd_family_issuer_key(zd_str_c(rows[i].b), arena, &b, NULL), ZD_OK);
        assert_int_equal(zd_family_issuers_agree(a, b), rows[i].agree);
        assert_int_equal(zd_family_issuers_agree(b, a), rows[i].agree);
    }
    zd_arena_free(arena);
}

static void test_numbers_that_are_one_have_one_key(void **state)
{
    static const char *const same[] = {"云政发〔2018〕9号", "云政发[2018]9号", "云政发（2018）9 号",
                                       "云政发【2018】９号"};
    struct zd_arena *arena = zd_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(same); i++) {
        struct zd_str key = {0};

        assert_int_equal(zd_family_number_key(zd_str_c(same[i]), arena, &key, NULL), ZD_OK);
        assert_key(key, "云政发20189号", same[i]);
    }
    zd_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_titles_that_are_one_have_one_key),
        cmocka_unit_test(test_the_issuer_before_about_is_told),
        cmocka_unit_test(test_issuers_agree_where_nothing_speaks_against_it),
        cmocka_unit_test(test_numbers_that_are_one_have_one_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

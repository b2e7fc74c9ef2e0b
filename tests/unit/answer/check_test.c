#include "answer/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

#define TEXT(literal)                                                                              \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

static const struct zd_evidence evidence[] = {
    {TEXT("居住证持有人应当在居住地址变更之日起15日内，向居住地公安派出所申报。逾期未申报的，"
          "由公安机关责令改正，可以处二百元以下罚款；但因住院等正当理由未能按时申报的除外。"),
     TEXT("云岫市居住证管理办法"), TEXT("第三章 管理 > 第十二条")},
    {TEXT("申请居住证应当提交下列材料：\n（一）本人居民身份证；\n（二）近期免冠照片一张；\n"
          "（三）租赁合同或者房屋产权证明。\n本办法自2024年3月1日起施行。"),
     TEXT("云岫市居住证管理办法"), TEXT("第六条")},
    {TEXT("用人单位不得扣押劳动者的居民身份证。补贴标准为每人每月1,"
          "200元，不超过实际支出的百分之五十。"),
     TEXT("云岫市用工服务规定"), TEXT("第九条")},
};

static struct zd_check *open_check(zd_checked_fn fn, void *context)
{
    struct zd_check *check = NULL;

    assert_int_equal(zd_check_new(evidence, ZD_COUNT(evidence), fn, context, &check, NULL), ZD_OK);
    return check;
}

static void test_keeps_what_one_passage_says(void **state)
{
    static const struct {
        const char *text;
        enum zd_unsupported why;
        uint32_t evidence;
    } rows[] = {
        {"居住证持有人应当在居住地址变更之日起15日内，向居住地公安派出所申报。", ZD_SUPPORTED, 0},
        {"居住证持有人应在居住地址变更之日起十五日内向居住地公安派出所申报。", ZD_SUPPORTED, 0},
        {"根据《云岫市居住证管理办法》第十二条，居住证持有人应当在居住地址变更之日起15日内，向居住"
         "地"
         "派出所申报[1]。",
         ZD_SUPPORTED, 0},
        {"- **本人居民身份证**；", ZD_SUPPORTED, 1},
        {"申请居住证应提交本人居民身份证和近期免冠照片一张。", ZD_SUPPORTED, 1},
        {"本办法自2024-03-01起施行。", ZD_SUPPORTED, 1},
        {"补贴标准为每人每月1200元。", ZD_SUPPORTED, 2},
        {"不超过实际支出的50%", ZD_SUPPORTED, 2},
        /* numbers, dates, units */
        {"居住证持有人应当在居住地址变更之日起30日内，向居住地公安派出所申报。",
         ZD_UNSUPPORTED_WORDS, 0},
        {"居住证持有人应当在居住地址变更之日起15个月内，向居住地公安派出所申报。",
         ZD_UNSUPPORTED_WORDS, 0},
        {"本办法自2024年5月1日起施行。", ZD_UNSUPPORTED_WORDS, 0},
        {"补贴标准为每人每月1200万元。", ZD_UNSUPPORTED_WORDS, 0},
        {"补贴标准为每人每年1200元。", ZD_UNSUPPORTED_WORDS, 0},
        /* parties */
        {"劳动者不得扣押用人单位的居民身份证。", ZD_UNSUPPORTED_WORDS, 0},
        {"用人单位不得扣押申请人的居民身份证。", ZD_UNSUPPORTED_WORDS, 0},
        /* negation and limits */
        {"用人单位可以扣押劳动者的居民身份证。", ZD_UNSUPPORTED_WORDS, 0},
        {"用人单位扣押劳动者的居民身份证。", ZD_UNSUPPORTED_WORDS, 0},
        {"超过实际支出的百分之五十。", ZD_UNSUPPORTED_WORDS, 0},
        {"居住证持有人不应当在居住地址变更之日起15日内，向居住地公安派出所申报。",
         ZD_UNSUPPORTED_WORDS, 0},
        /* what a passage adds as condition or exception */
        {"由公安机关责令改正，可以处二百元以下罚款；", ZD_UNSUPPORTED_SENSE, 0},
        {"由公安机关责令改正，处二百元以下罚款；", ZD_UNSUPPORTED_WORDS, 0},
        /* added and merged claims */
        {"本人居民身份证，并缴纳工本费20元。", ZD_UNSUPPORTED_WORDS, 0},
        {"居住证持有人应当在居住地址变更之日起15日内，不得扣押劳动者的居民身份证。",
         ZD_UNSUPPORTED_MERGED, 0},
        {"用人单位不得扣押劳动者的居民身份证，本办法自2024年3月1日起施行。", ZD_UNSUPPORTED_MERGED,
         0},
        /* sources */
        {"根据第十三条，用人单位不得扣押劳动者的居民身份证。", ZD_UNSUPPORTED_SOURCE, 0},
        {"根据《某省条例》，用人单位不得扣押劳动者的居民身份证。", ZD_UNSUPPORTED_SOURCE, 0},
        {"您好！", ZD_UNSUPPORTED_WORDS, 0},
        {"---", ZD_UNSUPPORTED_EMPTY, 0},
        {"", ZD_UNSUPPORTED_EMPTY, 0},
    };
    struct zd_check *check = open_check(NULL, NULL);

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        struct zd_checked checked = {0};

        assert_int_equal(zd_check_sentence(check, zd_str_c(rows[i].text), &checked, NULL), ZD_OK);
        if (checked.why != rows[i].why)
            print_message("  %s: %s\n", rows[i].text, zd_unsupported_word(checked.why));
        assert_int_equal(checked.why, rows[i].why);
        if (rows[i].why == ZD_SUPPORTED)
            assert_int_equal(checked.evidence, rows[i].evidence);
    }
    zd_check_free(check);
}

static void keep(void *context, const struct zd_checked *sentence)
{
    struct zd_buf *out = context;

    zd_buf_printf(out, "%c", sentence->why == ZD_SUPPORTED ? '+' : '-');
    zd_buf_str(out, sentence->text);
    zd_buf_c(out, "|");
}

static void test_hands_out_sentences_however_they_come(void **state)
{
    const struct zd_str text = ZD_STR("您好！本人居民身份证；近期免冠照片一张。[2]"
                                      "\n补贴标准为每人每月1,200元”。《办法！》和别的");
    const char *wanted = "-您好！|+本人居民身份证；|+近期免冠照片一张。[2]\n|"
                         "+补贴标准为每人每月1,200元”。|-《办法！》和别的|";

    (void)state;
    for (size_t step = 1; step <= text.n; step++) {
        struct zd_buf out = {.max = 4096};
        struct zd_check *check = open_check(keep, &out);

        for (size_t at = 0; at < text.n; at += step)
            assert_int_equal(zd_check_feed(check, zd_str_cut(text, at, at + step), NULL), ZD_OK);
        assert_int_equal(zd_check_end(check, NULL), ZD_OK);
        assert_string_equal(zd_buf_cstr(&out), wanted);
        zd_check_free(check);
        zd_buf_done(&out);
    }
}

static void test_waits_for_no_more_than_a_sentence(void **state)
{
    struct zd_buf out = {.max = 4096};
    struct zd_check *check = open_check(keep, &out);

    (void)state;
    assert_int_equal(zd_check_feed(check, ZD_STR("本人居民身份证。"), NULL), ZD_OK);
    assert_int_equal(out.n, 0); /* a quote or citation may follow */
    assert_int_equal(zd_check_feed(check, ZD_STR("近"), NULL), ZD_OK);
    assert_string_equal(zd_buf_cstr(&out), "+本人居民身份证。|");
    zd_check_free(check);
    zd_buf_done(&out);
}

static void count(void *context, const struct zd_checked *sentence)
{
    size_t *n = context;

    assert_true(sentence->text.n <= ZD_CHECK_SENTENCE_MAX_BYTES * 3);
    assert_int_not_equal(sentence->why, ZD_SUPPORTED);
    *n += sentence->text.n;
}

static void test_survives_a_sentence_without_end(void **state)
{
    size_t n = 0, fed = 0;
    struct zd_check *check = open_check(count, &n);

    (void)state;
    for (int i = 0; i < 20000; i++) {
        assert_int_equal(zd_check_feed(check, ZD_STR("本人居民身份证，"), NULL), ZD_OK);
        fed += ZD_STR("本人居民身份证，").n;
    }
    assert_int_equal(zd_check_end(check, NULL), ZD_OK);
    assert_int_equal(n, fed);
    zd_check_free(check);
}

static void test_reports_the_end_of_memory(void **state)
{
    bool worked = false;

    (void)state;
    for (uint64_t nth = 1; !worked && nth < 500; nth++) {
        struct zd_check *check = NULL;
        struct zd_checked checked = {0};
        enum zd_status st;

        zd_alloc_fail_at(nth);
        st = zd_check_new(evidence, 3, keep, NULL, &check, NULL);
        if (st == ZD_OK)
            st = zd_check_sentence(check, ZD_STR("本人居民身份证。"), &checked, NULL);
        zd_alloc_fail_at(0);
        assert_true(st == ZD_OK || st == ZD_NOMEM);
        worked = st == ZD_OK;
        zd_check_free(check);
    }
    assert_true(worked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keeps_what_one_passage_says),
        cmocka_unit_test(test_hands_out_sentences_however_they_come),
        cmocka_unit_test(test_waits_for_no_more_than_a_sentence),
        cmocka_unit_test(test_survives_a_sentence_without_end),
        cmocka_unit_test(test_reports_the_end_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a question names: clauses, numbers, days, guide fields; and what only makes it a question. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "retrieve/retrieve_private.h"

static void assert_str(struct zd_str got, const char *want)
{
    if (got.n != strlen(want) || (got.n > 0 && memcmp(got.p, want, got.n) != 0))
        fail_msg("got \"%.*s\", want \"%s\"", (int)got.n, got.p ? got.p : "", want);
}

static void test_finds_the_clause_named(void **state)
{
    static const struct {
        const char *text, *clause;
    } rows[] = {
        {"民法典第五百七十七条说什么", "第五百七十七条"},
        {"刑法第一百二十条之一怎么判", "第一百二十条之一"},
        {"第12条", "第12条"},
        {"第三章第二条", "第二条"},
        {"第一次来办事", ""},
        {"这条规定第一条", "第一条"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++)
        assert_str(zd_retrieve__clause_in(zd_str_c(rows[i].text), NULL), rows[i].clause);
}

static void test_finds_the_number_named(void **state)
{
    static const struct {
        const char *text, *number;
    } rows[] = {
        {"云政发〔2023〕7号还有效吗", "云政发〔2023〕7号"},
        {"请看 云政发[2023]7号", "云政发[2023]7号"},
        {"云政发（2023）第7号", "云政发（2023）第7号"},
        {"（2023）7号", ""},
        {"云政发〔2023〕", ""},
        {"今天（周一）7号窗口", ""},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++)
        assert_str(zd_retrieve__number_in(zd_str_c(rows[i].text)), rows[i].number);
}

static void test_reads_the_day_only_where_words_say_so(void **state)
{
    static const struct {
        const char *text;
        int32_t day;
    } rows[] = {
        {"2022年的时候租金多少", 20221231},
        {"2022年2月那时候租金多少", 20220228},
        {"2022年5月3日那天限号吗", 20220503},
        {"2026年的时候", 20261124}, /* this year: no later than today */
        {"去年的时候公积金提多少", 20251231},
        {"前年那会儿呢", 20241231},
        {"2020年第9号公告怎么规定", 0}, /* a year alone is no scope */
        {"2022年5月3日的会议", 0},
        {"去年断了几个月", 0},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++)
        if (zd_retrieve__day_in(zd_str_c(rows[i].text), 20261124) != rows[i].day)
            fail_msg("%s: %d", rows[i].text, zd_retrieve__day_in(zd_str_c(rows[i].text), 20261124));
}

static void test_knows_the_field_asked_for(void **state)
{
    struct zd_span phrase;
    static const struct {
        const char *text;
        enum zd_guide_field field;
    } rows[] = {
        {"办居住证要带什么", ZD_GUIDE_MATERIALS},
        {"工本费收多少", ZD_GUIDE_FEE},
        {"护照要多久才能拿到", ZD_GUIDE_TIME},
        {"在哪里办", ZD_GUIDE_PLACE},
        {"周六上班吗", ZD_GUIDE_HOURS},
        {"咨询电话", ZD_GUIDE_PHONE},
        {"有什么条件", ZD_GUIDE_CONDITIONS},
        {"办理流程", ZD_GUIDE_PROCESS},
        {"设定依据", ZD_GUIDE_BASIS},
        {"居住证", ZD_GUIDE_NONE},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++)
        if (zd_retrieve__field_asked(zd_str_c(rows[i].text), &phrase) != rows[i].field)
            fail_msg("%s", rows[i].text);
}

static bool take_kept(void *context, const struct zd_token *token)
{
    char *kept = context;

    if (token->kind == ZD_TOKEN_PAIR)
        strcat(kept, zd_retrieve__is_frame(token) ? "-" : "+");
    return true;
}

static void test_leaves_out_words_that_only_ask(void **state)
{
    char kept[64] = "";

    (void)state;
    /* 请问 问居 居住 住证 证怎 怎么 么办 */
    zd_tokens(ZD_STR("请问居住证怎么办"), take_kept, kept);
    assert_string_equal(kept, "-++++--");
    kept[0] = '\0';
    /* 我的 的押 押金 */
    zd_tokens(ZD_STR("我的押金"), take_kept, kept);
    assert_string_equal(kept, "--+");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_the_clause_named),
        cmocka_unit_test(test_finds_the_number_named),
        cmocka_unit_test(test_reads_the_day_only_where_words_say_so),
        cmocka_unit_test(test_knows_the_field_asked_for),
        cmocka_unit_test(test_leaves_out_words_that_only_ask),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

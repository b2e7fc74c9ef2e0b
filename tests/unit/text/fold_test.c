#include "text/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"
#include "base/utf8.h"

static void fold(struct zd_str s, struct zd_buf *out)
{
    zd_buf_clear(out);
    zd_text_fold(s, out);
    assert_false(out->bad);
}

static void test_makes_spellings_equal(void **state)
{
    static const struct {
        const char *from, *to;
    } rows[] = {
        {"", ""},
        {"支点", "支点"},
        {"政務服務數字化", "政务服务数字化"},
        {"臺灣 台灣", "台湾 台湾"},
        {"ＡＢＣ１２３", "abc123"},
        {"DeepSeek-V3", "deepseek-v3"},
        {"①②⑩", "1210"},
        {"ｶﾞｷﾞ", "ガギ"},
        {"㈱", "(株)"},
        {"（一）：；！？", "(一):;!?"},
        {"豈更車", "岂更车"}, /* compatibility ideographs */
        {"Straße", "strasse"},
        {"e\xCC\x81", "\xC3\xA9"}, /* e and a combining acute */
        {"E\xCC\x81t\xC3\x89", "\xC3\xA9t\xC3\xA9"},
        {"\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", "\xED\x95\x9C"}, /* jamo to 한 */
        {"\xED\x95\x98\xE1\x86\xAB", "\xED\x95\x9C"},             /* 하 and a final */
        {"政\xE2\x80\x8B務", "政务"},                             /* zero-width space */
        {"\xEF\xBB\xBF支", "支"},
        {"支\xCC\x80\xCC\x80", "支\xCC\x80\xCC\x80"},
        {"ǅ", "dž"},
        {"3.5％", "3.5%"},
        {"…", "..."},
        {"㎡", "m2"},
        {"薴", "苎"}, /* two steps in OpenCC's dictionary */
        {"⽉⼈", "月人"},
        {"𠮷野家", "𠮷野家"},
        {"𝐀𝟏", "a1"},
        {"㑮", "𫝈"},
        {"㒓", "𠉂"},
        {"繨", "𫄤"},
        {"鎙", "𫔈"},
        {"𫒡", "𫓷"},
        {"𫜦", "𫜫"},
        {"𡞵", "㛟"}, /* Traditional above the first plane */
    };
    struct zd_buf out = {.max = 4096};

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        print_message("  %s\n", rows[i].from);
        fold(zd_str_c(rows[i].from), &out);
        assert_string_equal(zd_buf_cstr(&out), rows[i].to);
    }
    zd_buf_done(&out);
}

/* Each code point alone, before and behind a mark, and behind a letter: folding again changes
 * nothing, and what comes out is valid. */
static void test_folding_twice_is_folding_once_for_every_code_point(void **state)
{
    static const char *const around[][2] = {
        {"", ""}, {"", "\xCC\x81"}, {"a", ""}, {"\xE1\x84\x92", "\xE1\x86\xAB"}};
    struct zd_buf once = {.max = 4096}, twice = {.max = 4096};

    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        if (c >= 0xD800 && c < 0xE000)
            continue;
        for (size_t k = 0; k < ZD_COUNT(around); k++) {
            char text[32];
            size_t n = strlen(around[k][0]);

            memcpy(text, around[k][0], n);
            n += zd_utf8_put(c, text + n);
            memcpy(text + n, around[k][1], strlen(around[k][1]));
            n += strlen(around[k][1]);
            fold((struct zd_str){text, n}, &once);
            fold(zd_buf_view(&once), &twice);
            if (!zd_str_eq(zd_buf_view(&once), zd_buf_view(&twice)))
                fail_msg("U+%04X in surrounding %zu folds to %s and then to %s", c, k,
                         zd_buf_cstr(&once), zd_buf_cstr(&twice));
            assert_int_equal(zd_utf8_valid_prefix(zd_str_bytes(zd_buf_view(&once))), once.n);
        }
    }
    zd_buf_done(&once);
    zd_buf_done(&twice);
}

/* What stands around a chunk's border must not matter. */
static void test_long_texts_fold_as_their_pieces_do(void **state)
{
    static const char piece[] = "政務e\xCC\x81Ａ";
    struct zd_buf in = {.max = 1 << 20}, out = {.max = 1 << 20};

    (void)state;
    for (size_t lead = 0; lead < 16; lead++) {
        size_t at = lead;

        zd_buf_clear(&in);
        for (size_t i = 0; i < lead; i++)
            zd_buf_byte(&in, 'x');
        for (size_t i = 0; i < 2000; i++)
            zd_buf_c(&in, piece);
        fold(zd_buf_view(&in), &out);
        assert_int_equal(out.n, lead + 2000 * strlen("政务\xC3\xA9"
                                                     "a"));
        for (; at < out.n; at += strlen("政务\xC3\xA9"
                                        "a"))
            assert_memory_equal(out.p + at,
                                "政务\xC3\xA9"
                                "a",
                                strlen("政务\xC3\xA9"
                                       "a"));
    }
    zd_buf_done(&in);
    zd_buf_done(&out);
}

/* A megabyte of marks on one letter ends soon and stays within the cluster's limit. */
static void test_a_heap_of_marks_costs_linear_time(void **state)
{
    struct zd_buf in = {.max = 8 << 20}, out = {.max = 8 << 20};

    (void)state;
    zd_buf_byte(&in, 'a');
    for (size_t i = 0; i < (1 << 20) / 2; i++)
        zd_buf_c(&in, i % 2 ? "\xCC\x81" : "\xCC\xA3");
    fold(zd_buf_view(&in), &out);
    assert_true(out.n < 200);
    zd_buf_done(&in);
    zd_buf_done(&out);
}

static void test_a_full_buffer_says_so(void **state)
{
    struct zd_buf out = {.max = 5};

    (void)state;
    zd_text_fold(ZD_STR("支点"), &out);
    assert_true(out.bad && out.full);
    zd_buf_done(&out);
}

/* Prints MB/s of Han text; the floor is far below what any build without sanitizers reaches. */
static void test_speed(void **state)
{
    static const char line[] =
        "第一条　为了規範政務服務，保护公民、法人和其他组织的合法权益，制定本条例。\n";
    struct zd_buf in = {.max = 64 << 20}, out = {.max = 64 << 20};
    uint64_t start, us;

    (void)state;
    while (in.n < (8 << 20))
        zd_buf_c(&in, line);
    fold(zd_buf_view(&in), &out);
    start = zd_clock_mono_us();
    for (int i = 0; i < 4; i++)
        fold(zd_buf_view(&in), &out);
    us = zd_clock_mono_us() - start;
    print_message("  %.0f MB/s\n", 4.0 * (double)in.n / (double)(us ? us : 1));
    assert_true(us < 60 * 1000000);
    zd_buf_done(&in);
    zd_buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_makes_spellings_equal),
        cmocka_unit_test(test_folding_twice_is_folding_once_for_every_code_point),
        cmocka_unit_test(test_long_texts_fold_as_their_pieces_do),
        cmocka_unit_test(test_a_heap_of_marks_costs_linear_time),
        cmocka_unit_test(test_a_full_buffer_says_so),
        cmocka_unit_test(test_speed),
    };

    return cmocka_run_group_tests_name("text/fold", tests, NULL, NULL);
}

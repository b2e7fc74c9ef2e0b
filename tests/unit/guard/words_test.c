#include "guard/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "personal_cases.h"
#include "text/text.h"

#define MAX_HITS 4096

struct hits {
    struct zd_word_hit p[MAX_HITS];
    size_t n;
};

static bool keep(void *context, const struct zd_word_hit *hit)
{
    struct hits *hits = context;

    if (hits->n < MAX_HITS)
        hits->p[hits->n++] = *hit;
    return true;
}

static struct zd_words *build(const char *const *texts, size_t n)
{
    struct zd_word *words = calloc(n + 1, sizeof *words);
    struct zd_words *built = NULL;

    assert_non_null(words);
    for (size_t i = 0; i < n; i++)
        words[i] = (struct zd_word){zd_str_c(texts[i]), (uint32_t)i};
    assert_int_equal(zd_words_build(words, n, &built, NULL), ZD_OK);
    free(words);
    return built;
}

/* step 0: whole. */
static void scan(const struct zd_words *words, struct zd_str text, size_t step, struct hits *hits)
{
    struct zd_word_scan s;

    hits->n = 0;
    zd_word_scan_begin(&s, words, keep, hits);
    for (size_t at = 0; at < text.n; at += step ? step : text.n)
        zd_word_scan_feed(&s, zd_str_cut(text, at, step ? at + step : text.n));
    zd_word_scan_end(&s);
}

static void test_sees_through_disguises(void **state)
{
    static const char *const list[] = {"办假证", "網絡賭博", "Casino88", "赌", "代开发票", "发票"};
    static const struct {
        const char *text, *found; /* words by number, in the order of their ends */
    } rows[] = {
        {"这里办假证", "0"},
        {"办 假 证", "0"},
        {"办*假*证", "0"},
        {"办.假_证", "0"},
        {"辦假證", "0"},
        {"办\xE2\x80\x8B假\xEF\xBB\xBF证", "0"},
        {"办\n假证", "0"},
        {"办　　　　假证", "0"},
        {"办　　　　　假证", ""}, /* one space too many */
        {"要办，假证", ""},
        {"办假的证", ""},
        {"网络赌博", "31"},
        {"網絡賭博", "31"},
        {"CASINO88!", "2"},
        {"ｃａｓｉｎｏ８８", "2"},
        {"c a s i n o 8 8", "2"},
        {"c-a-s-i-n-o-88", "2"},
        {"mycasino88", ""},
        {"casino888", ""},
        {"casino88在线", "2"},
        {"代开发票", "45"},
        {"", ""},
    };
    struct zd_words *words = build(list, ZD_COUNT(list));
    static struct hits hits;

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++)
        for (size_t step = 0; step < 6; step++) {
            char found[64] = "";

            scan(words, zd_str_c(rows[i].text), step, &hits);
            for (size_t k = 0; k < hits.n; k++)
                (void)snprintf(found + k, sizeof found - k, "%u", hits.p[k].word);
            if (strcmp(found, rows[i].found) != 0)
                print_message("  %s, by %zu\n", rows[i].text, step);
            assert_string_equal(found, rows[i].found);
        }
    zd_words_free(words);
}

/* ---- the slow way ---- */

struct slow_char {
    uint32_t c;
    size_t start, end;
    bool skipped;
};

static bool slow_alnum(uint32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}

/* The texts of this test have only ASCII, Han characters, ， and U+200B. */
static size_t slow_read(struct zd_str text, struct slow_char *out)
{
    size_t n = 0;

    for (size_t at = 0; at < text.n;) {
        const size_t start = at;
        uint32_t c = zd_utf8_next(text, &at);

        if (c == 0x200B)
            continue;
        if (c >= 'A' && c <= 'Z')
            c += 32;
        out[n++] = (struct slow_char){c, start, at, c == ' ' || c == '*'};
    }
    return n;
}

/* A match of the word at out[from]: index of its last character, or -1. */
static int slow_match(const struct slow_char *t, size_t n, size_t from, const struct slow_char *w,
                      size_t n_word)
{
    size_t at = from, gap = 0;

    for (size_t i = 0; i < n_word; i++, at++) {
        for (gap = 0; i > 0 && at < n && t[at].skipped; at++)
            gap++;
        if (at >= n || gap > ZD_WORDS_MAX_GAP || t[at].c != w[i].c)
            return -1;
    }
    return (int)at - 1;
}

static size_t slow_scan(struct zd_str text, const char *const *list, size_t n_list,
                        struct zd_word_hit *out)
{
    static struct slow_char t[512], w[64];
    const size_t n = slow_read(text, t);
    size_t n_out = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n_list && !t[i].skipped; k++) {
            const size_t n_word = slow_read(zd_str_c(list[k]), w);
            const int last = slow_match(t, n, i, w, n_word);

            if (last < 0)
                continue;
            if (slow_alnum(t[i].c) && i > 0 && slow_alnum(t[i - 1].c))
                continue;
            if (slow_alnum(t[last].c) && (size_t)last + 1 < n && slow_alnum(t[last + 1].c))
                continue;
            out[n_out++] = (struct zd_word_hit){(uint32_t)k, 0, t[i].start, t[last].end};
        }
    return n_out;
}

static int compare_hits(const void *left, const void *right)
{
    const struct zd_word_hit *a = left, *b = right;

    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    if (a->end != b->end)
        return a->end < b->end ? -1 : 1;
    return (int)a->word - (int)b->word;
}

static void test_equals_the_slow_way(void **state)
{
    static const char *const signs[] = {"甲", "乙", "丙", "a", "b", " ", "*", "，", "\xE2\x80\x8B"};
    uint64_t s = 11;
    size_t n_hits = 0;

    (void)state;
    for (int round = 0; round < 400; round++) {
        char store[24][32], text[400] = "";
        const char *list[24];
        const size_t n_list = 1 + chance(&s, 24);
        struct zd_words *words;
        static struct hits hits;
        static struct zd_word_hit slow[MAX_HITS];
        size_t n_slow;

        for (size_t i = 0; i < n_list; i++) {
            const size_t n = 1 + chance(&s, 4);

            store[i][0] = '\0';
            for (size_t k = 0; k < n; k++)
                strcat(store[i], signs[chance(&s, 5)]);
            list[i] = store[i];
        }
        words = build(list, n_list);
        for (int k = 0; k < 80; k++)
            strcat(text, signs[chance(&s, 9)]);
        scan(words, zd_str_c(text), chance(&s, 5), &hits);
        n_slow = slow_scan(zd_str_c(text), list, n_list, slow);
        qsort(hits.p, hits.n, sizeof hits.p[0], compare_hits);
        qsort(slow, n_slow, sizeof slow[0], compare_hits);
        if (hits.n != n_slow)
            print_message("  %s\n", text);
        assert_int_equal(hits.n, n_slow);
        for (size_t k = 0; k < n_slow; k++)
            assert_int_equal(compare_hits(&hits.p[k], &slow[k]), 0);
        n_hits += n_slow;
        zd_words_free(words);
    }
    assert_true(n_hits > 10000);
}

/* A hundred thousand words by chance, each found in its own disguise. */
static void test_finds_each_of_many(void **state)
{
    enum { N = 100000 };
    struct zd_word *list = calloc(N, sizeof *list);
    char *store = calloc(N, 32);
    struct zd_words *words = NULL;
    static struct hits hits;
    uint64_t s = 3;

    (void)state;
    assert_true(list && store);
    for (size_t i = 0; i < N; i++) {
        char *p = store + i * 32;
        const size_t n = 2 + chance(&s, 4);
        size_t at = 0;

        for (size_t k = 0; k < n; k++)
            at += zd_utf8_put(0x4E00 + chance(&s, 3000), p + at);
        list[i] = (struct zd_word){{p, at}, (uint32_t)i};
    }
    assert_int_equal(zd_words_build(list, N, &words, NULL), ZD_OK);
    assert_int_equal(zd_words_count(words), N);
    for (size_t i = 0; i < N; i++) {
        bool found = false;

        scan(words, list[i].text, 1 + i % 5, &hits);
        for (size_t k = 0; k < hits.n; k++)
            found = found || hits.p[k].word == i;
        assert_true(found);
    }
    print_message("  %zu words in %.1f MB\n", zd_words_count(words),
                  (double)zd_words_bytes(words) / 1e6);
    assert_true(zd_words_bytes(words) < (size_t)20 << 20);
    zd_words_free(words);
    free(list);
    free(store);
}

/* Listed words plain, in full width, with zero-width signs, in Traditional characters and spaced,
 * inside sentences, whole and in pieces: 2,000 cases, each must be met. */
static void test_meets_every_disguise(void **state)
{
    static const char *const pairs[][2] = {
        {"代办假证", "代辦假證"},     {"发票代开", "發票代開"},     {"网络赌场", "網絡賭場"},
        {"非法集资", "非法集資"},     {"买卖证件", "買賣證件"},     {"车牌转让", "車牌轉讓"},
        {"学历造假", "學歷造假"},     {"枪支出售", "槍支出售"},     {"内幕消息", "內幕消息"},
        {"贷款秒批", "貸款秒批"},     {"医保套现", "醫保套現"},     {"户口买卖", "戶口買賣"},
        {"刷单兼职", "刷單兼職"},     {"电话轰炸", "電話轟炸"},     {"偷渡办理", "偷渡辦理"},
        {"casino88", "CASINO88"},     {"ghostvpn", "GhostVPN"},     {"考试答案", "考試答案"},
        {"银行卡收购", "銀行卡收購"}, {"公积金代提", "公積金代提"},
    };
    static const char *const before[] = {"", "请问", "哪里可以", "我想了解：", "a "};
    static const char *const after[] = {"", "吗？", "，谢谢", "。\n", " ok"};
    static const char *const joints[] = {"", "", "\xE2\x80\x8B", "", " ", "*", "\xE3\x80\x80", "_"};
    const char *list[ZD_COUNT(pairs)];
    static struct hits hits;
    struct zd_words *words;
    uint64_t s = 5;

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(pairs); i++)
        list[i] = pairs[i][0];
    words = build(list, ZD_COUNT(list));
    for (size_t i = 0; i < 2000; i++) {
        const size_t word = i % ZD_COUNT(pairs), form = i / ZD_COUNT(pairs) % 8;
        const struct zd_str from = zd_str_c(pairs[word][form == 3]);
        struct zd_buf text = {.max = 4096};
        bool met = false;

        zd_buf_c(&text, before[chance(&s, ZD_COUNT(before))]);
        for (size_t at = 0; at < from.n;) {
            const uint32_t c = zd_utf8_next(from, &at);

            zd_buf_code_point(&text, form == 1 && c < 0x7F ? c + 0xFEE0 : c);
            if (at < from.n)
                zd_buf_c(&text, joints[form]);
        }
        zd_buf_c(&text, after[chance(&s, ZD_COUNT(after))]);
        scan(words, zd_buf_view(&text), chance(&s, 7), &hits);
        for (size_t k = 0; k < hits.n; k++)
            met = met || hits.p[k].word == word;
        if (!met)
            print_message("  %.*s\n", (int)text.n, (const char *)text.p);
        assert_true(met);
        zd_buf_done(&text);
    }
    zd_words_free(words);
}

static void test_says_what_may_be_shown(void **state)
{
    static const char *const list[] = {"甲乙丙", "casino"};
    struct zd_words *words = build(list, 2);
    static struct hits hits;
    struct zd_word_scan scan_1;

    (void)state;
    hits.n = 0;
    zd_word_scan_begin(&scan_1, words, keep, &hits);
    zd_word_scan_feed(&scan_1, ZD_STR("天地甲乙"));
    assert_int_equal(zd_word_scan_done(&scan_1), 6);
    zd_word_scan_feed(&scan_1, ZD_STR("丁"));
    assert_int_equal(zd_word_scan_done(&scan_1), 15);
    zd_word_scan_feed(&scan_1, ZD_STR(" casino")); /* waits for what follows */
    assert_int_equal(zd_word_scan_done(&scan_1), 16);
    zd_word_scan_feed(&scan_1, ZD_STR("s."));
    assert_int_equal(hits.n, 0);
    assert_int_equal(zd_word_scan_done(&scan_1), 24);
    zd_words_free(words);
}

static void test_refuses_words_of_nothing(void **state)
{
    struct zd_word words[] = {{ZD_STR("好"), 0}, {ZD_STR(" * "), 0}};
    struct zd_words *built = NULL;
    struct zd_error err = {0};
    char longest[(ZD_WORD_MAX_CHARS + 1) * 3];

    (void)state;
    assert_int_equal(zd_words_build(words, 2, &built, &err), ZD_INVALID);
    assert_int_equal(err.at, 1);
    words[1].text = ZD_STR("c++");
    assert_int_equal(zd_words_build(words, 2, &built, NULL), ZD_INVALID);
    for (size_t i = 0; i <= ZD_WORD_MAX_CHARS; i++)
        memcpy(longest + i * 3, "长", 3);
    words[1].text = (struct zd_str){longest, ZD_WORD_MAX_CHARS * 3};
    assert_int_equal(zd_words_build(words, 2, &built, NULL), ZD_OK);
    zd_words_free(built);
    words[1].text.n += 3;
    assert_int_equal(zd_words_build(words, 2, &built, NULL), ZD_LIMIT);
    assert_int_equal(zd_words_build(NULL, 0, &built, NULL), ZD_OK);
    zd_words_free(built);
}

static void test_reports_the_end_of_memory(void **state)
{
    const struct zd_word words[] = {{ZD_STR("甲乙"), 0}, {ZD_STR("乙𠮷"), 0}};
    bool worked = false;

    (void)state;
    for (uint64_t nth = 1; !worked && nth < 200; nth++) {
        struct zd_words *built = NULL;
        enum zd_status st;

        zd_alloc_fail_at(nth);
        st = zd_words_build(words, 2, &built, NULL);
        zd_alloc_fail_at(0);
        assert_true(st == ZD_OK || st == ZD_NOMEM);
        worked = st == ZD_OK;
        if (worked)
            zd_words_free(built);
    }
    assert_true(worked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sees_through_disguises),
        cmocka_unit_test(test_equals_the_slow_way),
        cmocka_unit_test(test_finds_each_of_many),
        cmocka_unit_test(test_meets_every_disguise),
        cmocka_unit_test(test_says_what_may_be_shown),
        cmocka_unit_test(test_refuses_words_of_nothing),
        cmocka_unit_test(test_reports_the_end_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

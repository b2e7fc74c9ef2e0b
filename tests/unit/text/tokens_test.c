#include "text/text.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"

#define ARENA_BYTES ((size_t)8 << 20)

/* The tokens as "kind:position:text" joined by spaces. */
static bool write_token(void *context, const struct zd_token *token)
{
    struct {
        struct zd_str text;
        struct zd_buf *out;
    } *to = context;
    struct zd_str part = zd_str_cut(to->text, token->start, token->end);

    zd_buf_printf(to->out, "%s%c%u:%.*s", to->out->n ? " " : "", "cpw"[token->kind],
                  token -> position, (int)part.n, part.p);
    return true;
}

static void test_cuts_signs_and_words(void **state)
{
    static const struct {
        const char *text, *tokens;
    } rows[] = {
        {"", ""},
        {"支", "c0:支"},
        {"支点", "c0:支 p0:支点 c1:点"},
        {"社保卡", "c0:社 p0:社保 c1:保 p1:保卡 c2:卡"},
        {"甲，乙", "c0:甲 c1:乙"},
        {"甲 乙", "c0:甲 c1:乙"},
        {"甲\n乙", "c0:甲 c1:乙"},
        {"ai课", "w0:ai c1:课"},
        {"第12条", "c0:第 w1:12 c2:条"},
        {"e2005", "w0:e2005"},
        {"3.5%的", "w0:3.5% c1:的"},
        {"3.5", "w0:3.5"},
        {"100%", "w0:100%"},
        {"50%5", "w0:50% w1:5"},
        {"a%", "w0:a"},
        {"1,000元", "w0:1,000 c1:元"},
        {"1,2,3", "w0:1 w1:2 w2:3"},
        {"1,2345", "w0:1 w1:2345"},
        {"end. 5.", "w0:end w1:5"},
        {"v1.2.3", "w0:v1.2.3"},
        {"2023-05-01", "w0:2023 w1:05 w2:01"},
        {"110105", "w0:110105"},
        {"caf\xC3\xA9", "w0:caf\xC3\xA9"},
        {"カナ", "c0:カ p0:カナ c1:ナ"},
        {"ルール", "c0:ル p0:ルー c1:ー p1:ール c2:ル"},
        {"한국", "c0:한 p0:한국 c1:국"},
        {"〇九", "c0:〇 p0:〇九 c1:九"},
        {"𠮷野", "c0:𠮷 p0:𠮷野 c1:野"},
        {"☺", ""},
    };
    struct zd_buf out = {.max = 4096};

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        struct {
            struct zd_str text;
            struct zd_buf *out;
        } to = {zd_str_c(rows[i].text), &out};

        print_message("  %s\n", rows[i].text);
        zd_buf_clear(&out);
        zd_tokens(to.text, write_token, &to);
        assert_string_equal(zd_buf_cstr(&out), rows[i].tokens);
    }
    zd_buf_done(&out);
}

static bool keep_last(void *context, const struct zd_token *token)
{
    *(struct zd_token *)context = *token;
    return true;
}

static zd_term last_term(const char *text)
{
    struct zd_token last = {0};

    zd_tokens(zd_str_c(text), keep_last, &last);
    return last.term;
}

/* These numbers stand in index files: a change here is a change of format. */
static void test_terms_are_these_for_ever(void **state)
{
    (void)state;
    assert_int_equal(last_term("a"), UINT64_C(0x82a2a958a9bece5b));
    assert_int_equal(last_term("e2005"), UINT64_C(0xaac866f18f106a89));
    assert_int_equal(last_term("3.5%"), UINT64_C(0xe4034427f0dc4748));
    assert_int_equal(last_term("支"), 0x652F);
    assert_int_equal(last_term("1,000"), last_term("1000"));
    assert_int_not_equal(last_term("3.5%"), last_term("3.5"));
}

static bool find_pair(void *context, const struct zd_token *token)
{
    zd_term *pair = context;

    if (token->kind != ZD_TOKEN_PAIR)
        return true;
    *pair = token->term;
    return false; /* the walk must end here */
}

static void test_a_pair_packs_both_signs_and_false_ends_the_walk(void **state)
{
    zd_term pair = 0;

    (void)state;
    zd_tokens(ZD_STR("支点城市"), find_pair, &pair);
    assert_int_equal(pair, (uint64_t)0x652F << 21 | 0x70B9);
}

static void test_folds_and_tokenises_at_once(void **state)
{
    struct zd_arena *arena = zd_arena_new(ARENA_BYTES);
    struct zd_token_list list = {0};
    struct zd_str folded = {0};

    (void)state;
    assert_non_null(arena);
    assert_int_equal(zd_tokens_of(ZD_STR("政務ＡＩ"), arena, &folded, &list, NULL), ZD_OK);
    assert_string_equal(folded.p, "政务ai");
    assert_int_equal(list.n, 4);
    assert_int_equal(list.p[3].kind, ZD_TOKEN_WORD);
    assert_int_equal(list.p[3].position, 2);
    zd_arena_free(arena);
}

static void test_survives_each_failed_allocation(void **state)
{
    enum zd_status st = ZD_NOMEM;

    (void)state;
    for (uint64_t nth = 1; st == ZD_NOMEM; nth++) {
        struct zd_arena *arena = zd_arena_new(ARENA_BYTES);
        struct zd_token_list list = {0};
        struct zd_str folded = {0};

        assert_non_null(arena);
        zd_alloc_fail_at(nth);
        st = zd_tokens_of(ZD_STR("政务服务"), arena, &folded, &list, NULL);
        zd_alloc_fail_at(0);
        assert_true(st == ZD_OK || (list.p == NULL && folded.p == NULL));
        assert_true(nth < 50);
        zd_arena_free(arena);
    }
    assert_int_equal(st, ZD_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts_signs_and_words),
        cmocka_unit_test(test_terms_are_these_for_ever),
        cmocka_unit_test(test_a_pair_packs_both_signs_and_false_ends_the_walk),
        cmocka_unit_test(test_folds_and_tokenises_at_once),
        cmocka_unit_test(test_survives_each_failed_allocation),
    };

    return cmocka_run_group_tests_name("text/tokens", tests, NULL, NULL);
}

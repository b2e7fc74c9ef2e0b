/* What the second look sees in a text: examples by hand, and strings beside a naive count. */
#include "retrieve/look.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "text/text.h"

struct asked {
    struct zd_question question;
    float weights[64];
    struct zd_look *look;
};

static void ask(struct zd_arena *arena, const char *text, struct asked *a)
{
    struct zd_token_list tokens = {0};

    *a = (struct asked){0};
    assert_int_equal(zd_tokens_of(zd_str_c(text), arena, &a->question.folded, &tokens, NULL),
                     ZD_OK);
    a->question.terms = zd_arena_array(arena, tokens.n + 1, sizeof *a->question.terms);
    assert_non_null(a->question.terms);
    for (size_t i = 0; i < tokens.n && i < ZD_COUNT(a->weights); i++) {
        bool known = false;

        for (size_t k = 0; k < a->question.n_said; k++)
            known = known || a->question.terms[k] == tokens.p[i].term;
        if (known)
            continue;
        a->weights[a->question.n_said] = 1.0F;
        a->question.terms[a->question.n_said++] = tokens.p[i].term;
    }
    a->question.n_terms = a->question.n_said;
    a->look = zd_look_new(&a->question, a->weights, arena);
    assert_non_null(a->look);
}

static float feature(const float *f, const char *words)
{
    for (size_t i = 0; i < zd_look_features(); i++)
        if (strcmp(zd_look_feature_name(i), words) == 0)
            return f[i];
    fail_msg("no feature %s", words);
    return 0.0F;
}

static void look_at(const struct asked *a, const char *text, float *f)
{
    assert_int_equal(zd_look_at(a->look, zd_str_c(text), f, NULL), ZD_OK);
}

static void test_sees_strings_windows_and_kinds(void **state)
{
    struct zd_arena *arena = zd_arena_new((size_t)1 << 24);
    struct asked a;
    float near[64], far[64], *both[] = {near, far};
    const int64_t documents[] = {7, 7};

    (void)state;
    assert_true(zd_look_features() <= ZD_COUNT(near));
    ask(arena, "补办居住证要几天？", &a);
    look_at(&a, "第三条 补办居住证的，应当自受理之日起7个工作日内办结。", near);
    look_at(&a, "居住证由公安机关签发。另有规定的，从其规定，要求补正的一并告知。", far);
    assert_true(feature(near, "与问题同文的最长一段") == 5.0F); /* 补办居住证 */
    assert_true(feature(far, "与问题同文的最长一段") == 3.0F);
    assert_true(feature(near, "最长同文占问题") == 5.0F / 8.0F);
    assert_true(feature(near, "问题的三字组见于正文") == 3.0F / 6.0F);
    assert_true(feature(near, "一句话内含问题的词") > feature(far, "一句话内含问题的词"));
    assert_true(feature(near, "问数量时间而这段话有数") == 1.0F);
    assert_true(feature(far, "问数量时间而这段话有数") != 0.0F);
    assert_true(feature(near, "问谁问哪里而这段话有机构地点") == 0.0F);
    zd_look_compare(both, documents, 2);
    assert_true(feature(near, "最长同文比最高者差") == 0.0F);
    assert_true(feature(far, "最长同文比最高者差") == -2.0F);
    assert_true(fabsf(feature(far, "同一文件的前列段数") - logf(2.0F)) < 1e-6F);
    look_at(&a, "", far); /* a passage that vanished */
    assert_true(feature(far, "与问题同文的最长一段") == 0.0F && feature(far, "正文字数") == 0.0F);
    zd_arena_free(arena);
}

/* ---- random texts of few characters ---- */

static size_t below(uint64_t *seed, size_t n)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (size_t)(*seed >> 33) % n;
}

static void random_text(uint64_t *seed, size_t n, char *text)
{
    static const char *const signs[] = {"甲", "乙", "丙", "丁"};

    text[0] = '\0';
    for (size_t i = 0; i < n; i++)
        strcat(text, signs[below(seed, ZD_COUNT(signs))]);
}

/* The length of the longest common string of two texts of three-byte characters, to 16. */
static size_t naive_string(const char *a, const char *b)
{
    const size_t n_a = strlen(a) / 3, n_b = strlen(b) / 3;
    size_t best = 0;

    for (size_t i = 0; i < n_a; i++)
        for (size_t k = 0; k < n_b; k++) {
            size_t n = 0;

            while (i + n < n_a && k + n < n_b && memcmp(a + 3 * (i + n), b + 3 * (k + n), 3) == 0)
                n++;
            best = n > best ? n : best;
        }
    return best < 16 ? best : 16;
}

static float naive_share(const char *a, const char *b, size_t length)
{
    const size_t n_a = strlen(a) / 3, n_b = strlen(b) / 3;
    size_t n = 0;

    if (n_a < length)
        return 0.0F;
    for (size_t i = 0; i + length <= n_a; i++) {
        bool found = false;

        for (size_t k = 0; k + length <= n_b && !found; k++)
            found = memcmp(a + 3 * i, b + 3 * k, 3 * length) == 0;
        n += found;
    }
    return (float)n / (float)(n_a - length + 1);
}

static void test_counts_as_a_naive_reader_does(void **state)
{
    uint64_t seed = 9;

    (void)state;
    for (int round = 0; round < 400; round++) {
        struct zd_arena *arena = zd_arena_new((size_t)1 << 24);
        char question[3 * 40 + 1], text[3 * 300 + 1];
        struct asked a;
        float f[64];

        random_text(&seed, 1 + below(&seed, 30), question);
        random_text(&seed, below(&seed, 200), text);
        ask(arena, question, &a);
        look_at(&a, text, f);
        assert_true(feature(f, "与问题同文的最长一段") == (float)naive_string(question, text));
        assert_true(feature(f, "问题的三字组见于正文") == naive_share(question, text, 3));
        assert_true(feature(f, "问题的四字组见于正文") == naive_share(question, text, 4));
        assert_true(feature(f, "一段话内含问题的词") <= 1.0F + 1e-4F &&
                    feature(f, "一句话内含问题的词") <= feature(f, "一段话内含问题的词") + 1e-4F);
        assert_true(feature(f, "依次见于这段话的字") <= 1.0F);
        zd_arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sees_strings_windows_and_kinds),
        cmocka_unit_test(test_counts_as_a_naive_reader_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

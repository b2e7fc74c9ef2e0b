#include "guard/mask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "personal_cases.h"

static struct zd_arena *arena;

static struct zd_mask *mask_one(struct zd_str text, struct zd_str *ret_masked)
{
    struct zd_mask *mask = NULL;

    zd_arena_reset(arena);
    assert_int_equal(zd_mask_texts(&text, 1, ZD_MASK_DEFAULT, arena, ret_masked, &mask, NULL),
                     ZD_OK);
    return mask;
}

static void assert_restores(const struct zd_mask *mask, struct zd_str text, const char *wanted)
{
    const struct zd_str want = zd_str_c(wanted);
    struct zd_buf whole = {.max = 1 << 20}, pieces = {.max = 1 << 20};

    zd_mask_restore(mask, text, &whole);
    if (!zd_str_eq(zd_buf_view(&whole), want))
        print_message("  %.*s\n  %.*s\n", (int)text.n, text.p, (int)whole.n, (char *)whole.p);
    assert_true(zd_str_eq(zd_buf_view(&whole), want));
    for (size_t step = 1; step < 8; step++) { /* cut anywhere */
        struct zd_restorer restorer = {.mask = mask};

        zd_buf_clear(&pieces);
        for (size_t at = 0; at < text.n; at += step)
            zd_restorer_feed(&restorer, zd_str_cut(text, at, at + step), &pieces);
        zd_restorer_end(&restorer, &pieces);
        assert_true(zd_str_eq(zd_buf_view(&pieces), want));
    }
    zd_buf_done(&whole);
    zd_buf_done(&pieces);
}

static void test_masks_and_restores_every_value_exactly(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 10000; i++) {
        struct personal_case c;
        struct zd_str masked = {0};
        const struct zd_mask *mask;

        personal_case_valid(i, &c);
        mask = mask_one(zd_str_c(c.text), &masked);
        if (c.kind != ZD_PERSONAL_CREDIT)
            assert_int_equal(
                zd_str_find(masked, (struct zd_str){c.text + c.start, c.end - c.start}, 0),
                SIZE_MAX);
        assert_restores(mask, masked, c.text);
    }
}

static void test_knows_placeholders_that_a_model_rewrote(void **state)
{
    static const struct {
        const char *reply, *wanted;
    } rows[] = {
        {"拨打〔手机号KQ1〕即可", "拨打13812345678即可"},
        {"【手机号KQ1】", "13812345678"},
        {"[手机号 kq1]", "13812345678"},
        {"[[手机号KQ1]]", "13812345678"},
        {"\\[手机号KQ1\\]", "13812345678"},
        {"（手机号ＫＱ１）", "13812345678"},
        {"〔 手機號 KQ-1 〕", "13812345678"},
        {"手机号KQ1。", "13812345678。"},
        {"**〔手机号KQ1〕**", "**13812345678**"},
        {"（〔手机号KQ1〕）", "（13812345678）"},
        {"〔手机号KQ1，〔手机号KQ1〕", "13812345678，13812345678"},
        {"〔手机号KQ1]", "13812345678"},
        /* what is none stays */
        {"〔手机号KQ2〕", "〔手机号KQ2〕"},
        {"〔手机号KQ12〕", "〔手机号KQ12〕"},
        {"〔手机号KQ1a〕", "〔手机号KQ1a〕"},
        {"〔手机号KX1〕", "〔手机号KX1〕"},
        {"〔KQ1〕", "〔KQ1〕"},
        {"手机号码是多少", "手机号码是多少"},
        {"〔手机号", "〔手机号"},
        {"〔", "〔"},
    };
    struct zd_str masked = {0};
    const struct zd_mask *mask = mask_one(ZD_STR("手机13812345678"), &masked);

    (void)state;
    assert_true(zd_str_eq(masked, ZD_STR("手机〔手机号KQ1〕")));
    for (size_t i = 0; i < ZD_COUNT(rows); i++)
        assert_restores(mask, zd_str_c(rows[i].reply), rows[i].wanted);
}

/* What a document or a person writes in the form of a placeholder is never filled in. */
static void test_keeps_the_brackets_around_a_value(void **state)
{
    static const char *const texts[] = {"〔13812345678〕",     "〔13812345678",
                                        "〔〔13812345678〕〕", "（〔13812345678〕）",
                                        "[13812345678]",       "【13812345678】。"};

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(texts); i++) {
        struct zd_str masked = {0};
        const struct zd_mask *mask = mask_one(zd_str_c(texts[i]), &masked);

        assert_int_equal(zd_mask_count(mask), 1);
        assert_restores(mask, masked, texts[i]);
    }
}

static void test_takes_letters_that_stand_nowhere(void **state)
{
    const struct zd_str texts[] = {
        ZD_STR("请把〔手机号KQ1〕和 手机号kx－1 写进答复"),
        ZD_STR("我的手机是13812345678，ＫＺ 2"),
    };
    struct zd_str masked[2] = {0};
    struct zd_mask *mask = NULL;
    struct zd_buf out = {.max = 4096};

    (void)state;
    zd_arena_reset(arena);
    assert_int_equal(zd_mask_texts(texts, 2, ZD_MASK_DEFAULT, arena, masked, &mask, NULL), ZD_OK);
    zd_mask_restore(mask, masked[0], &out);
    assert_true(zd_str_eq(zd_buf_view(&out), texts[0]));
    zd_buf_clear(&out);
    zd_mask_restore(mask, masked[1], &out);
    assert_true(zd_str_eq(zd_buf_view(&out), texts[1]));
    zd_buf_done(&out);
}

static void test_gives_one_value_one_placeholder(void **state)
{
    const struct zd_str text = ZD_STR("13812345678，13812345678，138 1234 5678");
    struct zd_str masked = {0};
    const struct zd_mask *mask = mask_one(text, &masked);

    (void)state;
    assert_int_equal(zd_mask_count(mask), 2);
    assert_int_equal(zd_mask_count_kind(mask, ZD_PERSONAL_MOBILE), 3);
    assert_true(zd_str_eq(masked, ZD_STR("〔手机号KQ1〕，〔手机号KQ1〕，〔手机号KQ2〕")));
}

static void test_leaves_public_codes(void **state)
{
    struct zd_str masked = {0};

    (void)state;
    (void)mask_one(ZD_STR("91350100M000100Y43"), &masked);
    assert_true(zd_str_eq(masked, ZD_STR("91350100M000100Y43")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_masks_and_restores_every_value_exactly),
        cmocka_unit_test(test_knows_placeholders_that_a_model_rewrote),
        cmocka_unit_test(test_keeps_the_brackets_around_a_value),
        cmocka_unit_test(test_takes_letters_that_stand_nowhere),
        cmocka_unit_test(test_gives_one_value_one_placeholder),
        cmocka_unit_test(test_leaves_public_codes),
    };
    int failed;

    arena = zd_arena_new((size_t)1 << 26);
    if (!arena)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    zd_arena_free(arena);
    return failed;
}

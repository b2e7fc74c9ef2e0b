#include "base/base.h"
#include "base/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_an_error_is_one_whole_line(void **state)
{
    struct zd_error err = {0};
    char longer[400];

    (void)state;
    memset(longer, 'a', sizeof longer);
    memcpy(longer + 238, "条", 3); /* straddles the 239 bytes that fit */
    longer[399] = '\0';
    zd_error_set(&err, ZD_LIMIT, 5, "%s", longer);
    assert_int_equal(err.status, ZD_LIMIT);
    assert_int_equal(err.at, 5);
    assert_int_equal(strlen(err.what), 238);
    zd_error_set(&err, ZD_INVALID, 0, "a\nb\x1b[31m");
    assert_string_equal(err.what, "a?b?[31m");
    zd_error_set(NULL, ZD_IO, 0, "nobody listens");
}

static void test_sizes_are_checked(void **state)
{
    size_t n = 7;

    (void)state;
    assert_false(zd_size_mul(SIZE_MAX, 2, &n));
    assert_false(zd_size_add(SIZE_MAX, 1, &n));
    assert_int_equal(n, 7);
    assert_true(zd_size_mul(3, 4, &n));
    assert_int_equal(n, 12);
}

static void test_grows_up_to_a_maximum(void **state)
{
    int *array = NULL;
    size_t cap = 0;

    (void)state;
    assert_true(zd_grow(&array, &cap, 1, sizeof *array, 40));
    assert_int_equal(cap, 16);
    assert_true(zd_grow(&array, &cap, 40, sizeof *array, 40));
    assert_int_equal(cap, 40);
    assert_false(zd_grow(&array, &cap, 41, sizeof *array, 40));
    assert_int_equal(cap, 40);
    zd_alloc_fail_at(1);
    assert_false(zd_grow(&array, &cap, 41, sizeof *array, 4000));
    zd_alloc_fail_at(0);
    zd_free(array);
}

static void test_views_compare_find_and_trim(void **state)
{
    struct zd_str s = ZD_STR("\xE3\x80\x80 第一条 \t\xC2\xA0");

    (void)state;
    assert_true(zd_str_eq(zd_str_trim(s), ZD_STR("第一条")));
    assert_int_equal(zd_str_trim(ZD_STR("\xE3\x80\x80  ")).n, 0);
    assert_int_equal(zd_str_find(ZD_STR("abcabc"), ZD_STR("ca"), 0), 2);
    assert_int_equal(zd_str_find(ZD_STR("abcabc"), ZD_STR("ca"), 3), SIZE_MAX);
    assert_int_equal(zd_str_find(ZD_STR("abc"), ZD_STR(""), 0), SIZE_MAX);
    assert_true(zd_str_cmp(ZD_STR("ab"), ZD_STR("abc")) < 0);
    assert_true(zd_str_cmp(ZD_STR("b"), ZD_STR("abc")) > 0);
    assert_true(zd_str_starts(ZD_STR("第一条"), ZD_STR("第")));
    assert_false(zd_str_ends(ZD_STR("条"), ZD_STR("第一条")));
    assert_int_equal(zd_str_cut(ZD_STR("abc"), 5, 9).n, 0);
}

static void test_a_cursor_never_leaves_its_bytes(void **state)
{
    const uint8_t raw[] = {1, 2, 0, 3, 0, 0, 0, 9};
    struct zd_cursor c = zd_cursor_of((struct zd_bytes){raw, sizeof raw});

    (void)state;
    assert_int_equal(zd_cursor_u8(&c), 1);
    assert_int_equal(zd_cursor_u16(&c), 2);
    assert_int_equal(zd_cursor_u32(&c), 3);
    assert_false(c.bad);
    assert_int_equal(zd_cursor_u16(&c), 0);
    assert_true(c.bad);
    assert_int_equal(zd_cursor_u8(&c), 0); /* bad stays bad, though a byte is left */
}

static void test_words_of_kinds_are_the_contract(void **state)
{
    (void)state;
    assert_string_equal(zd_passage_kind_word(ZD_PASSAGE_CLAUSE), "clause");
    assert_string_equal(zd_passage_kind_word(ZD_PASSAGE_KIND_COUNT), "");
    assert_string_equal(zd_guide_field_word(ZD_GUIDE_MATERIALS), "materials");
    assert_string_equal(zd_validity_word(ZD_NOT_YET), "not yet");
    assert_string_equal(zd_status_word(ZD_NOMEM), "no_memory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_error_is_one_whole_line),
        cmocka_unit_test(test_sizes_are_checked),
        cmocka_unit_test(test_grows_up_to_a_maximum),
        cmocka_unit_test(test_views_compare_find_and_trim),
        cmocka_unit_test(test_a_cursor_never_leaves_its_bytes),
        cmocka_unit_test(test_words_of_kinds_are_the_contract),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

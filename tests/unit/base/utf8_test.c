#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_finds_the_valid_beginning(void **state)
{
    static const struct {
        const char *bytes;
        size_t n, valid;
    } rows[] = {
        {"", 0, 0},
        {"abc", 3, 3},
        {"第一条", 9, 9},
        {"第一\xE6\x9D", 8, 6},                     /* cut in the middle */
        {"a\xC0\x80", 3, 1},                        /* overlong NUL */
        {"a\xE0\x9F\xBF", 4, 1},                    /* overlong in three bytes */
        {"a\xF0\x8F\xBF\xBF", 5, 1},                /* overlong in four */
        {"\xED\x9F\xBF\xED\xA0\x80", 6, 3},         /* last before, first of the surrogates */
        {"\xF4\x8F\xBF\xBF\xF4\x90\x80\x80", 8, 4}, /* U+10FFFF, one above */
        {"12345678\xFF", 9, 8},
        {"\x80", 1, 0},
        {"abcdefgh第abcdefgh\xE7", 20, 19},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++)
        assert_int_equal(
            zd_utf8_valid_prefix((struct zd_bytes){(const uint8_t *)rows[i].bytes, rows[i].n}),
            rows[i].valid);
}

static void test_puts_and_reads_every_scalar_value(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        char out[4];
        size_t at = 0, n = zd_utf8_put(c, out);
        uint32_t back = zd_utf8_next((struct zd_str){out, n}, &at);

        assert_int_equal(at, n);
        assert_int_equal(back, c >= 0xD800 && c < 0xE000 ? ZD_REPLACEMENT : c);
        if (back == c)
            assert_int_equal(zd_utf8_valid_prefix((struct zd_bytes){(uint8_t *)out, n}), n);
    }
}

static void test_turns_bytes_into_characters_and_back(void **state)
{
    struct zd_str s = ZD_STR("a第𠀀b");

    (void)state;
    assert_int_equal(zd_utf8_chars(s), 4);
    assert_int_equal(zd_utf8_byte_of(s, 0), 0);
    assert_int_equal(zd_utf8_byte_of(s, 2), 4);
    assert_int_equal(zd_utf8_byte_of(s, 3), 8);
    assert_int_equal(zd_utf8_byte_of(s, 99), s.n);
    assert_int_equal(zd_utf8_floor(s, 3), 1);
    assert_int_equal(zd_utf8_floor(s, 4), 4);
    assert_int_equal(zd_utf8_floor(s, 99), s.n);
}

static void test_ends_on_broken_text_too(void **state)
{
    struct zd_str s = ZD_STR("\xFF\xE6\x9D\x80");
    size_t at = 0, steps = 0;

    (void)state;
    while (at < s.n && steps < 10) {
        zd_utf8_next(s, &at);
        steps++;
    }
    assert_int_equal(at, s.n);
    assert_int_equal(steps, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_the_valid_beginning),
        cmocka_unit_test(test_puts_and_reads_every_scalar_value),
        cmocka_unit_test(test_turns_bytes_into_characters_and_back),
        cmocka_unit_test(test_ends_on_broken_text_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

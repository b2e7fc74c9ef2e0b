#include "http/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/buf.h"

static struct zd_arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = zd_arena_new(1 << 20);
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    zd_arena_free(arena);
    return 0;
}

static void test_decodes_or_refuses(void **state)
{
    static const struct {
        const char *in;
        bool is_query;
        const char *out; /* NULL: refused */
    } rows[] = {
        {"", true, ""},
        {"a+b", true, "a b"},
        {"a+b", false, "a+b"},
        {"%E5%b1%85", true, "居"},
        {"%25%32%35", true, "%25"},
        {"a%0Ab%09", true, "a\nb\t"},
        {"%", true, NULL},
        {"%4", true, NULL},
        {"%4g", true, NULL},
        {"%%41", true, NULL},
        {"%00", true, NULL},
        {"%1b", true, NULL},
        {"%7F", true, NULL},
        {"%ff", true, NULL},
        {"%c0%af", true, NULL},
        {"%ed%a0%80", true, NULL},
        {"%f4%90%80%80", true, NULL},
        {"%e5%b1", true, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        struct zd_str out = {NULL, 0};
        enum zd_status st =
            zd_url_decode(zd_str_c(rows[i].in), rows[i].is_query, arena, &out, NULL);

        assert_int_equal(st, rows[i].out ? ZD_OK : ZD_INVALID);
        if (rows[i].out)
            assert_true(zd_str_eq(out, zd_str_c(rows[i].out)));
        else
            assert_null(out.p);
    }
}

static void test_reads_a_query(void **state)
{
    struct zd_url_query query = {.n = 0};

    (void)state;
    assert_int_equal(
        zd_url_query_parse(ZD_STR("&q=a%3Db&&empty=&bare&x=1=2&"), arena, &query, NULL), ZD_OK);
    assert_int_equal(query.n, 4);
    assert_true(zd_str_eq(zd_url_param(&query, "q"), ZD_STR("a=b")));
    assert_true(zd_str_eq(zd_url_param(&query, "x"), ZD_STR("1=2")));
    assert_non_null(zd_url_param(&query, "empty").p);
    assert_int_equal(zd_url_param(&query, "bare").n, 0);
    assert_null(zd_url_param(&query, "none").p);
}

static void test_refuses_a_name_given_twice_in_any_spelling(void **state)
{
    struct zd_url_query query = {.n = 77};

    (void)state;
    assert_int_equal(zd_url_query_parse(ZD_STR("q=1&q=1"), arena, &query, NULL), ZD_INVALID);
    assert_int_equal(zd_url_query_parse(ZD_STR("q=1&%71=2"), arena, &query, NULL), ZD_INVALID);
    assert_int_equal(query.n, 77);
}

static void test_takes_32_parameters_and_not_33(void **state)
{
    struct zd_buf text = {.max = 4096};
    struct zd_url_query query;

    (void)state;
    for (int i = 0; i < ZD_URL_MAX_PARAMS; i++)
        zd_buf_printf(&text, "&p%d=1", i);
    assert_int_equal(zd_url_query_parse(zd_buf_view(&text), arena, &query, NULL), ZD_OK);
    assert_int_equal(query.n, ZD_URL_MAX_PARAMS);
    zd_buf_c(&text, "&more=1");
    assert_int_equal(zd_url_query_parse(zd_buf_view(&text), arena, &query, NULL), ZD_LIMIT);
    zd_buf_done(&text);
}

static void test_what_is_encoded_decodes_to_itself(void **state)
{
    struct zd_str text = ZD_STR("a b+c&d=e/f?g#h%i\"<>'居~-._\n");
    struct zd_buf out = {.max = 4096};
    struct zd_str back;

    (void)state;
    zd_url_encode(&out, text);
    assert_int_equal(zd_url_decode(zd_buf_view(&out), true, arena, &back, NULL), ZD_OK);
    assert_true(zd_str_eq(back, text));
    assert_int_equal(zd_url_decode(zd_buf_view(&out), false, arena, &back, NULL), ZD_OK);
    assert_true(zd_str_eq(back, text));
    zd_buf_done(&out);
}

static void test_matches_whole_paths_only(void **state)
{
    static const struct {
        const char *path, *pattern, *id; /* id NULL: no match; "": matches without one */
    } rows[] = {
        {"/", "/", ""},
        {"", "/", NULL},
        {"/a", "/", NULL},
        {"/doc/x", "/doc/{id}", "x"},
        {"/doc/", "/doc/{id}", NULL},
        {"/doc/x/", "/doc/{id}", NULL},
        {"/doc/x/y", "/doc/{id}", NULL},
        {"/doc/a%2Fb", "/doc/{id}", "a%2Fb"},
        {"/d/x/text", "/d/{id}/text", "x"},
        {"/d//text", "/d/{id}/text", NULL},
        {"/d/x/texts", "/d/{id}/text", NULL},
        {"/d/x/tex", "/d/{id}/text", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        struct zd_str id = ZD_STR("");
        bool matches = zd_url_matches(zd_str_c(rows[i].path), rows[i].pattern, &id);

        assert_int_equal(matches, rows[i].id != NULL);
        assert_true(zd_str_eq(id, zd_str_c(rows[i].id)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decodes_or_refuses),
        cmocka_unit_test(test_reads_a_query),
        cmocka_unit_test(test_refuses_a_name_given_twice_in_any_spelling),
        cmocka_unit_test(test_takes_32_parameters_and_not_33),
        cmocka_unit_test(test_what_is_encoded_decodes_to_itself),
        cmocka_unit_test(test_matches_whole_paths_only),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}

#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/caps.h"

static void test_refuses_what_readers_differ_on(void **state)
{
    static const struct {
        struct zd_str text;
        enum zd_status status;
    } rows[] = {
        {{"", 0}, ZD_INVALID},
        {{"{\"a\":1,\"a\":2}", 13}, ZD_INVALID},
        {{"{\"a\":1} x", 9}, ZD_INVALID},
        {{"\"\xC0\x80\"", 4}, ZD_INVALID},
        {{"\"\xED\xA0\x80\"", 5}, ZD_INVALID},
        {{"1e400", 5}, ZD_INVALID},
        {{"NaN", 3}, ZD_INVALID},
        {{"01", 2}, ZD_INVALID},
        {{"\"a\tb\"", 5}, ZD_INVALID},
        {{"\"a\\u0000b\"", 10}, ZD_INVALID},
        {{"[1,]", 4}, ZD_INVALID},
        {{"99999999999999999999", 20}, ZD_INVALID},
        {{"{\"a\":[1,2,{\"b\":null}]}", 22}, ZD_OK},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        json_t *value = NULL;
        struct zd_error err = {0};

        assert_int_equal(zd_json_parse(rows[i].text, &value, &err), rows[i].status);
        assert_true((value != NULL) == (rows[i].status == ZD_OK));
        json_decref(value);
    }
}

static void test_nesting_ends_at_the_cap(void **state)
{
    char text[4 * ZD_JSON_MAX_DEPTH];
    const size_t deepest = ZD_JSON_MAX_DEPTH;

    (void)state;
    for (size_t depth = deepest; depth <= deepest + 1; depth++) {
        json_t *value = NULL;

        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        assert_int_equal(zd_json_parse((struct zd_str){text, 2 * depth}, &value, NULL),
                         depth == deepest ? ZD_OK : ZD_LIMIT);
        json_decref(value);
    }
    /* brackets inside strings are not nesting */
    memset(text, '[', sizeof text);
    text[0] = text[sizeof text - 1] = '"';
    json_t *value = NULL;
    assert_int_equal(zd_json_parse((struct zd_str){text, sizeof text}, &value, NULL), ZD_OK);
    json_decref(value);
}

static void test_writes_what_it_reads(void **state)
{
    struct zd_buf out = {.max = 1000};
    json_t *object = json_object();

    (void)state;
    assert_true(zd_json_set_str(object, "题", ZD_STR("第\"一\"条\n")));
    assert_true(json_object_set_new(object, "score", json_real(0.25)) == 0);
    assert_int_equal(zd_json_write(object, &out, NULL), ZD_OK);
    assert_string_equal(zd_buf_cstr(&out), "{\"题\":\"第\\\"一\\\"条\\n\",\"score\":0.25}");
    assert_true(zd_str_eq(zd_json_str(object, "题"), ZD_STR("第\"一\"条\n")));
    assert_int_equal(zd_json_str(object, "score").n, 0);
    assert_int_equal(zd_json_str(object, "none").n, 0);
    json_decref(object);
    zd_buf_done(&out);
}

/* Every character below 256 in a value and in a key, numbers at their ends, what is empty, and more
 * nesting than the frames hold: the library's own writing says what is right. */
static void test_writes_the_bytes_of_the_library(void **state)
{
    static const json_int_t numbers[] = {0, -1, 9, 10, INT64_MAX, INT64_MIN};
    struct zd_buf out = {.max = 100000};
    json_t *object = json_object(), *deep = json_array(), *list = json_array();
    char *expected;

    (void)state;
    for (uint32_t c = 1; c < 256; c++) {
        struct zd_buf text = {.max = 20};

        zd_buf_c(&text, "a");
        zd_buf_code_point(&text, c);
        zd_buf_code_point(&text, c);
        assert_int_equal(json_object_set_new(object, zd_buf_cstr(&text),
                                             json_stringn((const char *)text.p, text.n)),
                         0);
        zd_buf_done(&text);
    }
    for (size_t i = 0; i < ZD_COUNT(numbers); i++)
        assert_int_equal(json_array_append_new(list, json_integer(numbers[i])), 0);
    assert_int_equal(json_array_append_new(list, json_stringn("a\0b", 3)), 0);
    assert_int_equal(json_array_append_new(list, json_real(1e-9)), 0);
    assert_int_equal(json_array_append_new(list, json_object()), 0);
    assert_int_equal(json_array_append_new(list, json_array()), 0);
    assert_int_equal(json_array_append_new(list, json_true()), 0);
    assert_int_equal(json_array_append_new(list, json_false()), 0);
    assert_int_equal(json_array_append_new(list, json_null()), 0);
    for (int i = 0; i < 100; i++) {
        json_t *outer = json_array();

        assert_int_equal(json_array_append_new(outer, deep), 0);
        assert_int_equal(json_array_append_new(outer, json_integer(i)), 0);
        deep = outer;
    }
    assert_int_equal(json_object_set_new(object, "list", list), 0);
    assert_int_equal(json_object_set_new(object, "deep", deep), 0);
    expected = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(9));
    assert_non_null(expected);
    assert_int_equal(zd_json_write(object, &out, NULL), ZD_OK);
    assert_string_equal(zd_buf_cstr(&out), expected);
    zd_buf_clear(&out);
    out.max = 50;
    assert_int_equal(zd_json_write(object, &out, NULL), ZD_LIMIT);
    assert_int_equal(zd_json_write(NULL, &out, NULL), ZD_NOMEM);
    free(expected);
    json_decref(object);
    zd_buf_done(&out);
}

static void test_setters_tell_when_memory_or_the_object_is_missing(void **state)
{
    struct zd_buf out = {.max = 1000};
    json_t *object = json_object();

    (void)state;
    assert_true(zd_json_set_count(object, "n", 7) && zd_json_set_date(object, "on", 20260301) &&
                zd_json_set_date(object, "unknown", 0) &&
                zd_json_set_new(object, "none", json_null()));
    assert_int_equal(zd_json_write(object, &out, NULL), ZD_OK);
    assert_string_equal(zd_buf_cstr(&out),
                        "{\"n\":7,\"on\":\"2026-03-01\",\"unknown\":\"\",\"none\":null}");
    assert_false(zd_json_set_new(object, "x", NULL));
    assert_false(zd_json_set_new(NULL, "x", json_integer(1))); /* taken over all the same */
    assert_false(zd_json_set_str(NULL, "x", ZD_STR("")));
    for (uint64_t nth = 1; nth <= 2; nth++) {
        zd_alloc_fail_at(nth);
        assert_false(zd_json_set_str(object, "long enough for memory of its own", ZD_STR("text")));
        zd_alloc_fail_at(0);
    }
    json_decref(object);
    zd_buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refuses_what_readers_differ_on),
        cmocka_unit_test(test_nesting_ends_at_the_cap),
        cmocka_unit_test(test_writes_what_it_reads),
        cmocka_unit_test(test_writes_the_bytes_of_the_library),
        cmocka_unit_test(test_setters_tell_when_memory_or_the_object_is_missing),
    };

    zd_json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

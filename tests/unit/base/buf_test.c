#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_appends_in_every_form(void **state)
{
    struct zd_buf b = {.max = 64};

    (void)state;
    zd_buf_c(&b, "a");
    zd_buf_byte(&b, 'b');
    zd_buf_str(&b, ZD_STR("c"));
    zd_buf_printf(&b, "%d", 42);
    zd_buf_code_point(&b, 0x6761);
    assert_string_equal(zd_buf_cstr(&b), "abc42条");
    assert_int_equal(zd_buf_view(&b).n, 8);
    zd_buf_clear(&b);
    zd_buf_u16(&b, 0x0201);
    zd_buf_u32(&b, 0x06050403);
    zd_buf_u64(&b, UINT64_C(0x0e0d0c0b0a090807));
    for (uint8_t i = 0; i < 14; i++)
        assert_int_equal(b.p[i], i + 1);
    zd_buf_done(&b);
}

static void test_keeps_its_maximum_and_stays_bad(void **state)
{
    struct zd_buf b = {.max = 4};
    struct zd_error err = {0};

    (void)state;
    zd_buf_c(&b, "1234");
    assert_int_equal(zd_buf_check(&b, "the test", &err), ZD_OK);
    zd_buf_c(&b, "5");
    zd_buf_c(&b, "");
    assert_int_equal(zd_buf_check(&b, "the test", &err), ZD_LIMIT);
    assert_non_null(strstr(err.what, "the test is larger than 4 bytes"));
    assert_null(zd_buf_cstr(&b));
    assert_int_equal(zd_buf_view(&b).n, 4);
    zd_buf_done(&b);
}

static void test_tells_memory_from_size(void **state)
{
    struct zd_buf b = {.max = 1 << 20};

    (void)state;
    zd_alloc_fail_at(1);
    zd_buf_c(&b, "x");
    zd_alloc_fail_at(0);
    assert_int_equal(zd_buf_check(&b, "it", NULL), ZD_NOMEM);
    zd_buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_appends_in_every_form),
        cmocka_unit_test(test_keeps_its_maximum_and_stays_bad),
        cmocka_unit_test(test_tells_memory_from_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

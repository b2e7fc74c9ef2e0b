#include "base/seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t key[ZD_SEAL_KEY_BYTES] = {1, 2, 3};

static void test_opens_only_with_its_key_and_label_and_untouched(void **state)
{
    struct zd_buf sealed = {.max = 4096}, again = {.max = 4096}, plain = {.max = 4096};
    const uint8_t other[ZD_SEAL_KEY_BYTES] = {1, 2, 4};
    struct zd_str secret = ZD_STR("sk-秘密");

    (void)state;
    assert_int_equal(zd_seal(key, ZD_STR("a"), zd_str_bytes(secret), &sealed, NULL), ZD_OK);
    assert_int_equal(sealed.n, secret.n + ZD_SEAL_EXTRA_BYTES);
    assert_int_equal(zd_seal(key, ZD_STR("a"), zd_str_bytes(secret), &again, NULL), ZD_OK);
    assert_memory_not_equal(sealed.p, again.p, sealed.n);
    assert_int_equal(zd_unseal(key, ZD_STR("a"), zd_str_bytes(zd_buf_view(&sealed)), &plain, NULL),
                     ZD_OK);
    assert_true(zd_str_eq(zd_buf_view(&plain), secret));
    assert_int_equal(zd_unseal(key, ZD_STR("b"), zd_str_bytes(zd_buf_view(&sealed)), &plain, NULL),
                     ZD_CORRUPT);
    assert_int_equal(
        zd_unseal(other, ZD_STR("a"), zd_str_bytes(zd_buf_view(&sealed)), &plain, NULL),
        ZD_CORRUPT);
    for (size_t i = 0; i < sealed.n; i++) {
        sealed.p[i] ^= 1;
        assert_int_equal(
            zd_unseal(key, ZD_STR("a"), zd_str_bytes(zd_buf_view(&sealed)), &plain, NULL),
            ZD_CORRUPT);
        sealed.p[i] ^= 1;
    }
    for (size_t n = 0; n < sealed.n; n++)
        assert_int_equal(zd_unseal(key, ZD_STR("a"), (struct zd_bytes){sealed.p, n}, &plain, NULL),
                         ZD_CORRUPT);
    zd_buf_done(&sealed);
    zd_buf_done(&again);
    zd_buf_done(&plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opens_only_with_its_key_and_label_and_untouched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

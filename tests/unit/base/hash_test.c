#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_sha256_is_the_standard_one(void **state)
{
    uint8_t hash[ZD_SHA256_BYTES];
    char text[2 * ZD_SHA256_BYTES + 1];

    (void)state;
    assert_int_equal(zd_sha256(zd_str_bytes(ZD_STR("abc")), hash, NULL), ZD_OK);
    assert_string_equal(zd_hex(hash, sizeof hash, text),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(zd_sha256((struct zd_bytes){NULL, 0}, hash, NULL), ZD_OK);
    assert_string_equal(zd_hex(hash, 4, text), "e3b0c442");
}

/* Bit by bit from the polynomial: slow and plainly right. */
static uint32_t crc32c_reference(const uint8_t *p, size_t n)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78u : 0);
    }
    return ~crc;
}

static void test_crc32c_agrees_with_its_definition(void **state)
{
    uint8_t bytes[300];

    (void)state;
    assert_int_equal(zd_crc32c(0, zd_str_bytes(ZD_STR("123456789"))), 0xE3069283u);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 37 + 11);
    for (size_t n = 0; n <= sizeof bytes; n++) {
        uint32_t whole = crc32c_reference(bytes, n), half;

        assert_int_equal(zd_crc32c(0, (struct zd_bytes){bytes, n}), whole);
        half = zd_crc32c(0, (struct zd_bytes){bytes, n / 3});
        assert_int_equal(zd_crc32c(half, (struct zd_bytes){bytes + n / 3, n - n / 3}), whole);
    }
}

static void test_hash64_tells_small_differences(void **state)
{
    uint64_t a = zd_hash64(zd_str_bytes(ZD_STR("第一条")), 0);

    (void)state;
    assert_true(a == zd_hash64(zd_str_bytes(ZD_STR("第一条")), 0));
    assert_true(a != zd_hash64(zd_str_bytes(ZD_STR("第一条 ")), 0));
    assert_true(a != zd_hash64(zd_str_bytes(ZD_STR("第一条")), 1));
}

/* Every architecture, with 128-bit integers and without. */
static void test_hash64_is_the_same_everywhere(void **state)
{
    (void)state;
    assert_true(zd_hash64(zd_str_bytes(ZD_STR("中华人民共和国")), 1) ==
                UINT64_C(0x121ca27c9d856cce));
}

static void test_ids_differ(void **state)
{
    char a[ZD_ID_TEXT_BYTES], b[ZD_ID_TEXT_BYTES];

    (void)state;
    assert_int_equal(zd_id_new(a, NULL), ZD_OK);
    assert_int_equal(zd_id_new(b, NULL), ZD_OK);
    assert_int_equal(strlen(a), 32);
    assert_string_not_equal(a, b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256_is_the_standard_one),
        cmocka_unit_test(test_crc32c_agrees_with_its_definition),
        cmocka_unit_test(test_hash64_tells_small_differences),
        cmocka_unit_test(test_hash64_is_the_same_everywhere),
        cmocka_unit_test(test_ids_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

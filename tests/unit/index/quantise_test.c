#include "index/quantise.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Both grids round down, never go back, are exact at the start and near everywhere. */
static void test_lengths_round_down_a_little(void **state)
{
    uint8_t before = 0;

    (void)state;
    for (uint64_t n = 0; n < (1u << 18); n++) {
        uint8_t level = zd_index__length_level(n);
        uint32_t length = zd_index__length_of(level);

        assert_true(level >= before && length <= n);
        assert_true((uint64_t)length * 17 >= n * 16 || n < 64);
        if (n <= 64)
            assert_int_equal(length, n);
        before = level;
    }
    assert_int_equal(zd_index__length_level(UINT64_MAX), 255);
}

static void test_frequencies_round_down_a_little(void **state)
{
    uint8_t before = 0;

    (void)state;
    for (uint32_t n = 0; n < 5000; n++) {
        uint8_t level = zd_index__tf_level(n);
        uint32_t tf = zd_index__tf_of(level);

        assert_true(level >= before && level < ZD_INDEX__TFS && tf <= n);
        if (n <= 16)
            assert_int_equal(tf, n);
        if (n < 512)
            assert_true(tf * 5 >= n * 4);
        before = level;
    }
    assert_int_equal(zd_index__tf_of(zd_index__tf_level(UINT32_MAX)), 1024);
}

static void test_every_level_stands_for_itself(void **state)
{
    (void)state;
    for (unsigned l = 0; l < ZD_INDEX__LENGTHS; l++)
        assert_int_equal(zd_index__length_level(zd_index__length_of((uint8_t)l)), l);
    for (unsigned l = 0; l < ZD_INDEX__TFS; l++)
        assert_int_equal(zd_index__tf_level(zd_index__tf_of((uint8_t)l)), l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths_round_down_a_little),
        cmocka_unit_test(test_frequencies_round_down_a_little),
        cmocka_unit_test(test_every_level_stands_for_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

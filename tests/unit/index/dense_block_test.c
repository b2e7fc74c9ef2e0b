/* The smallest full block: 128 consecutive passages, all with the commonest frequencies. It is
 * three bytes long and was once taken for a damaged one. */
#include "index/block.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "index/index_private.h"

static void test_a_run_of_consecutive_passages_is_read_back(void **state)
{
    static const uint32_t befores[] = {ZD_INDEX__NONE, 0, 99};

    (void)state;
    for (size_t b = 0; b < ZD_COUNT(befores); b++) {
        uint32_t docs[ZD_INDEX__BLOCK], sorted[ZD_INDEX__BLOCK];
        uint16_t codes[ZD_INDEX__BLOCK] = {0}, sorted_codes[ZD_INDEX__BLOCK];
        struct zd_index__block block;
        struct zd_buf out = {.max = 4096};

        for (uint32_t i = 0; i < ZD_INDEX__BLOCK; i++)
            docs[i] = befores[b] + 1 + i;
        zd_index__block_encode(docs, codes, ZD_INDEX__BLOCK, befores[b], &out);
        assert_false(out.bad);
        assert_true(zd_index__block_decode((struct zd_bytes){out.p, out.n}, ZD_INDEX__BLOCK,
                                           befores[b], docs[ZD_INDEX__BLOCK - 1], 1000, &block));
        zd_index__block_sort(&block, sorted, sorted_codes);
        for (uint32_t i = 0; i < ZD_INDEX__BLOCK; i++)
            assert_int_equal(sorted[i], docs[i]);
        zd_buf_done(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_run_of_consecutive_passages_is_read_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "index/block.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "index/pack.h"
#include "index_support.h"

/* Random postings: `spread` is the largest gap, `codes` one above the largest code. */
static uint32_t make(struct support_random *r, size_t n, uint32_t spread, uint32_t codes,
                     uint32_t before, uint32_t *docs, uint16_t *code)
{
    uint32_t at = before;

    for (size_t i = 0; i < n; i++) {
        at += 1 + (uint32_t)support_below(r, spread);
        docs[i] = at;
        code[i] = (uint16_t)(support_below(r, 8) ? support_below(r, codes < 3 ? codes : 3)
                                                 : support_below(r, codes));
    }
    return at;
}

static void test_a_block_comes_back_as_it_was(void **state)
{
    static const uint32_t spreads[] = {1, 2, 3, 5, 9, 30, 200, 5000, 100000};
    static const uint32_t codes[] = {1, 2, 5, 17, 300, 60000};
    struct support_random r = {7};
    unsigned bitmaps = 0;

    (void)state;
    for (int round = 0; round < 4000; round++) {
        size_t n = round % 2 ? 128 : 1 + (size_t)support_below(&r, 127);
        uint32_t before = round % 3 ? (uint32_t)support_below(&r, 1000) : ZD_INDEX__NONE;
        uint32_t docs[128], got_docs[128], last;
        uint16_t code[128], got_code[128];
        struct zd_buf b = {.max = 4096};
        struct zd_index__block block;
        struct zd_index__block_view view;

        last = make(&r, n, spreads[support_below(&r, ZD_COUNT(spreads))],
                    codes[support_below(&r, ZD_COUNT(codes))], before, docs, code);
        zd_index__block_encode(docs, code, n, before, &b);
        assert_false(b.bad);
        assert_true(
            zd_index__block_decode((struct zd_bytes){b.p, b.n}, n, before, last, last + 1, &block));
        zd_index__block_sort(&block, got_docs, got_code);
        assert_memory_equal(docs, got_docs, n * sizeof *docs);
        assert_memory_equal(code, got_code, n * sizeof *code);
        assert_true(
            zd_index__block_open((struct zd_bytes){b.p, b.n}, n, before, last, last + 1, &view));
        for (size_t i = 0; i < n && n == 128; i++) {
            uint32_t found;

            if (zd_index__block_is_bitmap(&view)) {
                bitmaps++;
                assert_true(zd_index__bitmap_find(&view, docs[i], &found));
                if (i > 0 && docs[i] > docs[i - 1] + 1)
                    assert_false(zd_index__bitmap_find(&view, docs[i] - 1, &found) &&
                                 docs[i] - 1 != docs[i - 1]);
                assert_true(zd_index__bitmap_find(&view, docs[i], &found));
            } else {
                unsigned at = zd_index__block_position(&block, docs[i]);

                assert_true(at < 128);
                found = zd_index__block_code(&view, at);
                assert_int_equal(zd_index__block_position(&block, last + 7), 128);
            }
            assert_int_equal(found, code[i]);
        }
        zd_buf_done(&b);
    }
    assert_true(bitmaps > 1000); /* both kinds were tried */
}

/* Every form against the plain one: words of all densities, too few bits and too many. */
static void test_bitmaps_are_spread_alike_by_all_processors(void **state)
{
    struct support_random r = {11};

    (void)state;
    for (int round = 0; round < 3000; round++) {
        uint64_t words[48];
        uint32_t docs[2][ZD_INDEX__BLOCK + ZD_INDEX__BITMAP_SLACK];
        const unsigned n_words = 1 + (unsigned)support_below(&r, ZD_COUNT(words));
        const unsigned thin = (unsigned)support_below(&r, 6);
        const uint32_t first = (uint32_t)support_below(&r, 1u << 31);
        unsigned n;

        for (unsigned w = 0; w < n_words; w++) {
            words[w] = support_below(&r, 9) == 0 ? UINT64_MAX : support_next(&r);
            for (unsigned k = 0; k < thin; k++)
                words[w] &= support_next(&r);
        }
        n = zd_index__bitmap_form_at(0)((const uint8_t *)words, n_words, first, ZD_INDEX__BLOCK,
                                        docs[0]);
        for (unsigned form = 1; form < ZD_INDEX__BITMAP_FORMS; form++) {
            unsigned got;

            if (!zd_index__bitmap_form_at(form))
                continue;
            got = zd_index__bitmap_form_at(form)((const uint8_t *)words, n_words, first,
                                                 ZD_INDEX__BLOCK, docs[1]);
            if (n > ZD_INDEX__BLOCK)
                assert_true(got > ZD_INDEX__BLOCK);
            else
                assert_int_equal(got, n);
            assert_memory_equal(docs[0], docs[1],
                                sizeof **docs * (n < ZD_INDEX__BLOCK ? n : ZD_INDEX__BLOCK));
        }
    }
}

static void test_unpacking_is_that_of_the_slow_way(void **state)
{
    struct support_random r = {9};

    (void)state;
    for (unsigned bits = 0; bits <= ZD_INDEX__PACK_BITS_MAX; bits++)
        for (int round = 0; round < 20; round++) {
            uint8_t packed[16 * ZD_INDEX__PACK_BITS_MAX];
            uint32_t gaps[128], fast[128], slow[128], doc = (uint32_t)support_below(&r, 99);

            for (int i = 0; i < 128; i++)
                gaps[i] = (uint32_t)(support_next(&r) & ((UINT64_C(1) << bits) - 1));
            zd_index__pack(gaps, bits, packed);
            zd_index__unpack_docs(packed, bits, doc, fast);
            zd_index__unpack_docs_plain(packed, bits, doc, slow);
            assert_memory_equal(fast, slow, sizeof fast);
            for (int i = 0; i < 128; i++) {
                doc += gaps[i] + 1;
                assert_int_equal(fast[4 * (i % 32) + i / 32], doc);
            }
        }
}

/* Whatever the bytes, a decoded block has ascending passages below n_docs, or is refused; bytes
 * too few or too many are always refused. */
static void test_no_bytes_lead_out_of_bounds(void **state)
{
    struct support_random r = {11};
    unsigned accepted = 0;

    (void)state;
    for (int round = 0; round < 30000; round++) {
        size_t n = round % 2 ? 128 : 1 + (size_t)support_below(&r, 127);
        uint32_t docs[128], last;
        uint16_t code[128];
        struct zd_buf b = {.max = 4096};
        struct zd_index__block block;
        struct zd_index__block_view view;
        uint8_t *exact;

        last = make(&r, n, round % 5 ? 3 : 500, 40, ZD_INDEX__NONE, docs, code);
        zd_index__block_encode(docs, code, n, ZD_INDEX__NONE, &b);
        for (uint64_t k = support_below(&r, 4); k-- > 0;)
            b.p[support_below(&r, b.n)] ^= (uint8_t)(1u << support_below(&r, 8));
        if (support_below(&r, 4) == 0)
            b.n -= (size_t)support_below(&r, b.n);
        exact = malloc(b.n + 1); /* so that a sanitizer sees one byte too many */
        assert_non_null(exact);
        memcpy(exact, b.p, b.n);
        if (zd_index__block_decode((struct zd_bytes){exact, b.n}, n, ZD_INDEX__NONE, last, last + 1,
                                   &block)) {
            accepted++;
            zd_index__block_sort(&block, docs, code);
            for (size_t i = 0; i < n; i++)
                assert_true(docs[i] <= last && (i == 0 || docs[i] > docs[i - 1]));
        }
        if (zd_index__block_open((struct zd_bytes){exact, b.n}, n, ZD_INDEX__NONE, last, last + 1,
                                 &view) &&
            zd_index__block_is_bitmap(&view))
            for (uint32_t d = 0; d <= last; d++) {
                uint32_t found;

                (void)!zd_index__bitmap_find(&view, d, &found);
            }
        free(exact);
        zd_buf_done(&b);
    }
    assert_true(accepted > 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_block_comes_back_as_it_was),
        cmocka_unit_test(test_bitmaps_are_spread_alike_by_all_processors),
        cmocka_unit_test(test_unpacking_is_that_of_the_slow_way),
        cmocka_unit_test(test_no_bytes_lead_out_of_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

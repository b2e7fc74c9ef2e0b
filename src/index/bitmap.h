/* bitmap: which passages the set bits of a block's bitmap stand for (block.h), for several
 * processors; chosen at run time, the same results on all. */
#ifndef ZD_INDEX_BITMAP_H
#define ZD_INDEX_BITMAP_H

#include <stdint.h>

/* Places past the last wanted one that a form may write to. */
#define ZD_INDEX__BITMAP_SLACK 64u

/* Writes first + i for each set bit i of words[n_words] (8 bytes each, little-endian, at any
 * address), ascending, and returns their number. Ends with the word in which the number exceeds
 * `most`, and then returns some number above it; docs has room for most + SLACK. */
typedef unsigned zd_index__bitmap_form(const uint8_t *words, unsigned n_words, uint32_t first,
                                       unsigned most, uint32_t *docs);

/* The fastest that this processor has. */
zd_index__bitmap_form zd_index__bitmap_spread;

/* Form number i, NULL where there is none or the processor lacks it: for tests. */
#define ZD_INDEX__BITMAP_FORMS 3
zd_index__bitmap_form *zd_index__bitmap_form_at(unsigned i);

/* Set bits of v, without asking for an instruction that old processors lack. */
static inline unsigned zd_index__count_bits(uint64_t v)
{
    v -= v >> 1 & UINT64_C(0x5555555555555555);
    v = (v & UINT64_C(0x3333333333333333)) + (v >> 2 & UINT64_C(0x3333333333333333));
    v = (v + (v >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
    return (unsigned)(v * UINT64_C(0x0101010101010101) >> 56);
}

/* Word number i. */
static inline uint64_t zd_index__bitmap_word(const uint8_t *words, unsigned i)
{
    uint64_t word;

    __builtin_memcpy(&word, words + (uint64_t)8 * i, sizeof word);
    return word;
}

#endif

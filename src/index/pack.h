/* pack: 128 numbers of equal width in four interleaved lanes (see block.h for the order). */
#ifndef ZD_INDEX_PACK_H
#define ZD_INDEX_PACK_H

#include <stdint.h>

#define ZD_INDEX__PACK_BITS_MAX 24u

/* gaps[i] < 2^bits in the order of postings; writes 16 × bits bytes. */
void zd_index__pack(const uint32_t gaps[128], unsigned bits, uint8_t *out);

/* docs[4 × row + lane] of the postings whose gaps are packed in `in` (16 × bits bytes), each one
 * more than the gap above its neighbour; `before` is the passage before the first. bits ≤ 24, so
 * that 128 gaps cannot pass 2^32. */
void zd_index__unpack_docs(const uint8_t *in, unsigned bits, uint32_t before, uint32_t docs[128]);

/* The same step by step: what the other is held against. */
void zd_index__unpack_docs_plain(const uint8_t *in, unsigned bits, uint32_t before,
                                 uint32_t docs[128]);

#endif

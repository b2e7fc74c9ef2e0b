/* block: 128 postings as bytes and back.
 *
 * A posting is a passage number and the code of its triple of term frequencies (codes.h). A block
 * holds up to 128 of them, passages ascending; the passage before the block (`before`, or
 * ZD_INDEX__NONE) is known from outside. The bytes, by the first two:
 *
 *     u8 kind    0 … 24  gaps, bit-packed with so many bits
 *                64      bitmap of the passages before+1 … last
 *                128 + b tail: fewer than 128 postings, see below
 *     u8 codes   bits 0-2: width of a packed code is 0, 1, 2, 4, 8 bits for 0 … 4;
 *                bits 3-7: zero
 *     u8 n_x     exceptions: codes that do not fit their width
 *     (kind 64)  u16 n_words; n_words × u64 bitmap, bit i of the whole: passage before+1+i
 *     (kind ≤24) 16 × kind bytes: gap g[i] = passage[i] - passage[i-1] - 1 in the lane order below
 *     16 × width bytes: codes, in the order of positions
 *     n_x × { u8 position, u16 code }, positions ascending
 *
 * Lane order (after FastLanes, Afroozeh & Boncz 2023): posting i stands in lane i / 32, row
 * i % 32, at position 4 × row + lane. Each lane is packed for itself and the 32-bit words of the
 * four lanes alternate, so a 128-bit register unpacks four lanes at once and the prefix sum is one
 * addition a row plus one at the end, although gaps are plain differences of neighbours (a D4
 * layout as in simdcomp is as fast but takes two bits more a posting). A decoded block is in the
 * order of positions, not of passages; nothing that scores cares. Bitmaps decode in the order of
 * passages, and position i is then posting i.
 *
 * A tail (n < 128) is { u8 128 + gap bits, u8 code bits } and two runs of plain bit-packed
 * numbers, least significant bit first: n gaps, then n codes, each run padded to a byte.
 *
 * Nothing here trusts its input: a block whose bytes are too few, whose postings do not end at the
 * passage they must, or do not ascend, is refused. The caller checks codes against its codebook.
 */
#ifndef ZD_INDEX_BLOCK_H
#define ZD_INDEX_BLOCK_H

#include "base/base.h"
#include "base/buf.h"

#define ZD_INDEX__BLOCK 128u
#define ZD_INDEX__NONE UINT32_MAX
#define ZD_INDEX__GAP_BITS_MAX 24u

struct zd_index__block {
    uint32_t n;    /* postings */
    bool in_lanes; /* positions are in lane order */
    uint32_t docs[ZD_INDEX__BLOCK];
    uint16_t codes[ZD_INDEX__BLOCK];
};

/* Appends the bytes of a block of 1 … 128 postings, docs ascending and above `before`. */
void zd_index__block_encode(const uint32_t *docs, const uint16_t *codes, size_t n, uint32_t before,
                            struct zd_buf *out);

/* Decodes n postings, the last of which must be passage `last` (ZD_INDEX__NONE, for a tail only:
 * any below n_docs). False where the bytes are not such a block; *ret is then undefined. The bytes must be
 * used up exactly. */
bool zd_index__block_decode(struct zd_bytes bytes, size_t n, uint32_t before, uint32_t last,
                            uint32_t n_docs, struct zd_index__block *ret) ZD_MUST_USE;

/* The postings of a decoded block in the order of passages: docs[n], codes[n]. */
void zd_index__block_sort(const struct zd_index__block *block, uint32_t *docs, uint16_t *codes);

#endif

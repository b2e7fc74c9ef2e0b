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
#include "index/bitmap.h"

#define ZD_INDEX__BLOCK 128u
#define ZD_INDEX__NONE UINT32_MAX
#define ZD_INDEX__GAP_BITS_MAX 24u

/* A block whose bytes have the right shape; it points into them. */
struct zd_index__block_view {
    uint32_t n, before, last, n_docs;
    uint8_t kind, width; /* bits of a gap or KIND_…; bits of a code */
    uint16_t n_words;    /* of a bitmap */
    uint8_t n_exceptions;
    const uint8_t *docs, *codes, *exceptions;
};

struct zd_index__block {
    uint32_t n;    /* postings */
    bool in_lanes; /* positions are in lane order */
    uint32_t docs[ZD_INDEX__BLOCK + ZD_INDEX__BITMAP_SLACK];
    uint16_t codes[ZD_INDEX__BLOCK];
};

/* Appends the bytes of a block of 1 … 128 postings, docs ascending and above `before`. */
void zd_index__block_encode(const uint32_t *docs, const uint16_t *codes, size_t n, uint32_t before,
                            struct zd_buf *out);

/* Finds the parts of a block of n postings, the last of which must be passage `last`
 * (ZD_INDEX__NONE, for a tail only: any below n_docs). False where the bytes are not such a block;
 * they must be used up exactly. */
bool zd_index__block_open(struct zd_bytes bytes, size_t n, uint32_t before, uint32_t last,
                          uint32_t n_docs, struct zd_index__block_view *ret) ZD_MUST_USE;

/* Decode the passages, or the codes, of an open block into ret. False where the passages are not
 * what they must be; ret is then undefined. */
bool zd_index__block_docs(const struct zd_index__block_view *view,
                          struct zd_index__block *ret) ZD_MUST_USE;
bool zd_index__block_codes(const struct zd_index__block_view *view,
                           struct zd_index__block *ret) ZD_MUST_USE;

/* Both at once. */
bool zd_index__block_decode(struct zd_bytes bytes, size_t n, uint32_t before, uint32_t last,
                            uint32_t n_docs, struct zd_index__block *ret) ZD_MUST_USE;

/* True for a block whose passages can be found without decoding (a bitmap). */
bool zd_index__block_is_bitmap(const struct zd_index__block_view *view);
/* The code of passage `doc` (before < doc <= last) in a bitmap block; false where it is not in. */
bool zd_index__bitmap_find(const struct zd_index__block_view *view, uint32_t doc,
                           uint32_t *ret_code) ZD_MUST_USE;
/* The position of a passage among the 128 of a decoded block; 128 where it is not in. */
unsigned zd_index__block_position(const struct zd_index__block *block, uint32_t doc);
/* The code at a position of a block that is no tail. */
uint32_t zd_index__block_code(const struct zd_index__block_view *view, unsigned position);

/* The postings of a decoded block in the order of passages: docs[n], codes[n]. */
void zd_index__block_sort(const struct zd_index__block *block, uint32_t *docs, uint16_t *codes);

#endif

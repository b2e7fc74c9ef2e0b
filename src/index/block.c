/* block.c: see block.h. */
#include "index/block.h"

#include <string.h>

#include "index/pack.h"

#define KIND_BITMAP 64u
#define KIND_TAIL 128u
#define KIND_TAIL_BITS 31u
#define BITMAP_MAX_WORDS 48u /* as many bytes as the widest packed block */
#define CODE_BITS_MAX 16u

static const uint8_t code_widths[] = {0, 1, 2, 4, 8};

static unsigned bits_of(uint32_t v)
{
    return v ? 32u - (unsigned)__builtin_clz(v) : 0;
}

/* Posting number of a position of the lane order. */
static inline unsigned posting_at(unsigned position)
{
    return (position % 4) * 32 + position / 4;
}

/* ---- writing ---- */

static void put_bit_run(struct zd_buf *out, const uint32_t *v, size_t n, unsigned bits)
{
    uint64_t pending = 0;
    unsigned have = 0;

    for (size_t i = 0; i < n; i++) {
        pending |= (uint64_t)v[i] << have;
        for (have += bits; have >= 8; have -= 8, pending >>= 8)
            zd_buf_byte(out, (uint8_t)pending);
    }
    if (have > 0)
        zd_buf_byte(out, (uint8_t)pending);
}

static void encode_tail(const uint32_t *gaps, unsigned gap_bits, const uint16_t *codes, size_t n,
                        struct zd_buf *out)
{
    uint32_t wide[ZD_INDEX__BLOCK];
    unsigned code_bits = 0;

    for (size_t i = 0; i < n; i++) {
        wide[i] = codes[i];
        if (bits_of(codes[i]) > code_bits)
            code_bits = bits_of(codes[i]);
    }
    zd_buf_byte(out, (uint8_t)(KIND_TAIL + gap_bits));
    zd_buf_byte(out, (uint8_t)code_bits);
    put_bit_run(out, gaps, n, gap_bits);
    put_bit_run(out, wide, n, code_bits);
}

/* The width of packed codes that makes the block smallest, as its number in code_widths. */
static unsigned choose_width(const uint16_t codes[128], unsigned *ret_exceptions)
{
    unsigned best = 0, best_bytes = UINT32_MAX;

    for (unsigned k = 0; k < ZD_COUNT(code_widths); k++) {
        unsigned exceptions = 0, bytes;

        for (unsigned i = 0; i < 128; i++)
            exceptions += codes[i] >> code_widths[k] != 0;
        bytes = 16u * code_widths[k] + 3u * exceptions;
        if (bytes < best_bytes) {
            best = k;
            best_bytes = bytes;
            *ret_exceptions = exceptions;
        }
    }
    return best;
}

static void put_codes(struct zd_buf *out, const uint16_t codes[128], unsigned width)
{
    uint8_t packed[128] = {0};

    for (unsigned p = 0; p < 128 && width > 0; p++)
        if (codes[p] >> width == 0)
            packed[p * width / 8] |= (uint8_t)(codes[p] << (p * width % 8));
    zd_buf_add(out, packed, (size_t)16 * width);
    for (unsigned p = 0; p < 128; p++)
        if (codes[p] >> width != 0) {
            zd_buf_byte(out, (uint8_t)p);
            zd_buf_u16(out, codes[p]);
        }
}

static void put_bitmap(struct zd_buf *out, const uint32_t *docs, uint32_t before, unsigned n_words)
{
    uint64_t words[BITMAP_MAX_WORDS] = {0};

    for (unsigned i = 0; i < 128; i++) {
        uint32_t bit = docs[i] - before - 1;

        words[bit / 64] |= UINT64_C(1) << (bit % 64);
    }
    zd_buf_u16(out, (uint16_t)n_words);
    zd_buf_add(out, words, (size_t)8 * n_words);
}

void zd_index__block_encode(const uint32_t *docs, const uint16_t *codes, size_t n, uint32_t before,
                            struct zd_buf *out)
{
    uint32_t gaps[ZD_INDEX__BLOCK], at = before;
    uint16_t ordered[ZD_INDEX__BLOCK];
    unsigned gap_bits = 0, exceptions = 0, width;
    uint64_t n_words = ((uint64_t)(docs[n - 1] - before) + 63) / 64;
    bool as_bitmap;

    for (size_t i = 0; i < n; i++) {
        gaps[i] = docs[i] - at - 1;
        at = docs[i];
        if (bits_of(gaps[i]) > gap_bits)
            gap_bits = bits_of(gaps[i]);
    }
    if (n < ZD_INDEX__BLOCK) {
        encode_tail(gaps, gap_bits, codes, n, out);
        return;
    }
    as_bitmap = n_words * 8 <= (uint64_t)16 * gap_bits && n_words <= BITMAP_MAX_WORDS;
    for (unsigned p = 0; p < ZD_INDEX__BLOCK; p++)
        ordered[p] = codes[as_bitmap ? p : posting_at(p)];
    width = choose_width(ordered, &exceptions);
    zd_buf_byte(out, (uint8_t)(as_bitmap ? KIND_BITMAP : gap_bits));
    zd_buf_byte(out, (uint8_t)width);
    zd_buf_byte(out, (uint8_t)exceptions);
    if (as_bitmap) {
        put_bitmap(out, docs, before, (unsigned)n_words);
    } else {
        uint8_t packed[16 * ZD_INDEX__PACK_BITS_MAX];

        zd_index__pack(gaps, gap_bits, packed);
        zd_buf_add(out, packed, (size_t)16 * gap_bits);
    }
    put_codes(out, ordered, code_widths[width]);
}

/* ---- reading ---- */

/* Number i of a run of bit-packed numbers; the caller has checked that the run is there. */
static uint32_t bit_run_at(const uint8_t *p, size_t i, unsigned bits)
{
    uint32_t v = 0;
    size_t from = i * bits;

    for (unsigned have = 0; have < bits;) {
        unsigned shift = (unsigned)((from + have) % 8);
        unsigned take = 8 - shift < bits - have ? 8 - shift : bits - have;

        v |= ((uint32_t)p[(from + have) / 8] >> shift & ((1u << take) - 1)) << have;
        have += take;
    }
    return v;
}

static bool decode_tail(struct zd_bytes bytes, size_t n, uint32_t before, uint32_t n_docs,
                        struct zd_index__block *ret)
{
    unsigned gap_bits, code_bits;
    size_t gap_bytes, code_bytes;
    uint64_t doc = before == ZD_INDEX__NONE ? 0 : (uint64_t)before + 1;

    if (bytes.n < 2)
        return false;
    gap_bits = bytes.p[0] - KIND_TAIL;
    code_bits = bytes.p[1];
    if (gap_bits > ZD_INDEX__GAP_BITS_MAX || code_bits > CODE_BITS_MAX)
        return false;
    gap_bytes = (n * gap_bits + 7) / 8;
    code_bytes = (n * code_bits + 7) / 8;
    if (bytes.n != 2 + gap_bytes + code_bytes)
        return false;
    for (size_t i = 0; i < n; i++) {
        doc += bit_run_at(bytes.p + 2, i, gap_bits);
        if (doc >= n_docs)
            return false;
        ret->docs[i] = (uint32_t)doc++;
        ret->codes[i] = (uint16_t)bit_run_at(bytes.p + 2 + gap_bytes, i, code_bits);
    }
    return true;
}

/* The passages of a bitmap, ascending; false unless they are 128 and end at its last bit. */
static bool decode_bitmap(const uint8_t *p, unsigned n_words, uint32_t before, uint32_t last,
                          uint32_t docs[128])
{
    unsigned n = 0;
    uint32_t first = before + 1;

    if ((uint64_t)(last - before) > (uint64_t)n_words * 64)
        return false;
    for (unsigned w = 0; w < n_words; w++) {
        uint64_t word;

        memcpy(&word, p + (size_t)8 * w, sizeof word);
        if (n + (unsigned)__builtin_popcountll(word) > 128)
            return false;
        for (; word; word &= word - 1)
            docs[n++] = first + 64 * w + (uint32_t)__builtin_ctzll(word);
    }
    return n == 128 && docs[127] == last;
}

static void unpack_codes(const uint8_t *p, unsigned width, uint16_t codes[128])
{
    switch (width) {
    case 1:
        for (unsigned i = 0; i < 128; i++)
            codes[i] = p[i / 8] >> (i % 8) & 1;
        break;
    case 2:
        for (unsigned i = 0; i < 32; i++)
            for (unsigned k = 0; k < 4; k++)
                codes[4 * i + k] = p[i] >> (2 * k) & 3;
        break;
    case 4:
        for (unsigned i = 0; i < 64; i++) {
            codes[2 * i] = p[i] & 15;
            codes[2 * i + 1] = p[i] >> 4;
        }
        break;
    case 8:
        for (unsigned i = 0; i < 128; i++)
            codes[i] = p[i];
        break;
    default:
        memset(codes, 0, 128 * sizeof *codes);
        break;
    }
}

bool zd_index__block_decode(struct zd_bytes bytes, size_t n, uint32_t before, uint32_t last,
                            uint32_t n_docs, struct zd_index__block *ret)
{
    const uint8_t *p = bytes.p;
    unsigned kind, width, n_exceptions, n_words = 0;
    size_t doc_bytes;

    ret->n = (uint32_t)n;
    ret->in_lanes = false;
    if (bytes.n == 0 || n == 0 || n > ZD_INDEX__BLOCK)
        return false;
    if (p[0] >= KIND_TAIL)
        return n < ZD_INDEX__BLOCK && decode_tail(bytes, n, before, n_docs, ret) &&
               (last == ZD_INDEX__NONE || ret->docs[n - 1] == last);
    /* consecutive passages with one code: width and gaps of no bits, and nothing behind the head */
    if (n != ZD_INDEX__BLOCK || bytes.n < (p[0] == KIND_BITMAP ? 5u : 3u) ||
        last == ZD_INDEX__NONE || last >= n_docs || p[1] >= ZD_COUNT(code_widths))
        return false;
    kind = p[0];
    width = code_widths[p[1]];
    n_exceptions = p[2];
    p += 3;
    if (kind == KIND_BITMAP) {
        n_words = (unsigned)p[0] | (unsigned)p[1] << 8;
        p += 2;
        doc_bytes = (size_t)8 * n_words;
    } else {
        doc_bytes = (size_t)16 * kind;
    }
    if (kind > KIND_BITMAP || (kind != KIND_BITMAP && kind > ZD_INDEX__GAP_BITS_MAX) ||
        (size_t)(bytes.p + bytes.n - p) != doc_bytes + (size_t)16 * width + 3u * n_exceptions)
        return false;
    if (kind == KIND_BITMAP) {
        if (!decode_bitmap(p, n_words, before, last, ret->docs))
            return false;
    } else {
        ret->in_lanes = true;
        zd_index__unpack_docs(p, kind, before, ret->docs);
        if (ret->docs[127] != last)
            return false;
    }
    p += doc_bytes;
    unpack_codes(p, width, ret->codes);
    p += (size_t)16 * width;
    for (unsigned k = 0; k < n_exceptions; k++, p += 3) {
        if (p[0] >= ZD_INDEX__BLOCK)
            return false;
        ret->codes[p[0]] = (uint16_t)(p[1] | p[2] << 8);
    }
    return true;
}

void zd_index__block_sort(const struct zd_index__block *block, uint32_t *docs, uint16_t *codes)
{
    for (unsigned p = 0; p < block->n; p++) {
        unsigned i = block->in_lanes ? posting_at(p) : p;

        docs[i] = block->docs[p];
        codes[i] = block->codes[p];
    }
}

/* block.c: see block.h. */
#include "index/block.h"

#include <string.h>

#include "index/bitmap.h"
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
    /* a bitmap may cost half as much again: single passages are found in it without decoding */
    as_bitmap = n_words * 8 <= (uint64_t)24 * gap_bits && n_words <= BITMAP_MAX_WORDS;
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

static bool tail_open(struct zd_bytes bytes, struct zd_index__block_view *v)
{
    size_t gap_bytes, code_bytes;

    if (bytes.n < 2)
        return false;
    v->width = bytes.p[1];
    if (v->kind - KIND_TAIL > ZD_INDEX__GAP_BITS_MAX || v->width > CODE_BITS_MAX)
        return false;
    gap_bytes = ((size_t)v->n * (v->kind - KIND_TAIL) + 7) / 8;
    code_bytes = ((size_t)v->n * v->width + 7) / 8;
    v->docs = bytes.p + 2;
    v->codes = v->docs + gap_bytes;
    return bytes.n == 2 + gap_bytes + code_bytes;
}

bool zd_index__block_open(struct zd_bytes bytes, size_t n, uint32_t before, uint32_t last,
                          uint32_t n_docs, struct zd_index__block_view *ret)
{
    struct zd_index__block_view v = {
        .n = (uint32_t)n, .before = before, .last = last, .n_docs = n_docs};
    size_t doc_bytes, head = 3;

    if (bytes.n == 0 || n == 0 || n > ZD_INDEX__BLOCK)
        return false;
    v.kind = bytes.p[0];
    if (v.kind >= KIND_TAIL) {
        *ret = v;
        return n < ZD_INDEX__BLOCK && tail_open(bytes, ret);
    }
    /* the smallest, consecutive passages with one code, is nothing but its head of three bytes */
    if (n != ZD_INDEX__BLOCK || bytes.n < (v.kind == KIND_BITMAP ? 5u : 3u) ||
        last == ZD_INDEX__NONE || last >= n_docs || bytes.p[1] >= ZD_COUNT(code_widths))
        return false;
    v.width = code_widths[bytes.p[1]];
    v.n_exceptions = bytes.p[2];
    if (v.kind == KIND_BITMAP) {
        v.n_words = (uint16_t)(bytes.p[3] | bytes.p[4] << 8);
        head = 5;
        doc_bytes = (size_t)8 * v.n_words;
        if ((uint64_t)(last - before) > (uint64_t)v.n_words * 64)
            return false;
    } else {
        doc_bytes = (size_t)16 * v.kind;
        if (v.kind > ZD_INDEX__GAP_BITS_MAX)
            return false;
    }
    v.docs = bytes.p + head;
    v.codes = v.docs + doc_bytes;
    v.exceptions = v.codes + (size_t)16 * v.width;
    *ret = v;
    return bytes.n == head + doc_bytes + (size_t)16 * v.width + 3u * v.n_exceptions;
}

static bool tail_docs(const struct zd_index__block_view *v, uint32_t *docs)
{
    uint64_t doc = v->before == ZD_INDEX__NONE ? 0 : (uint64_t)v->before + 1;

    for (size_t i = 0; i < v->n; i++) {
        doc += bit_run_at(v->docs, i, v->kind - KIND_TAIL);
        if (doc >= v->n_docs)
            return false;
        docs[i] = (uint32_t)doc++;
    }
    return v->last == ZD_INDEX__NONE || docs[v->n - 1] == v->last;
}

static bool bitmap_docs(const struct zd_index__block_view *v, uint32_t *docs)
{
    return zd_index__bitmap_spread(v->docs, v->n_words, v->before + 1, ZD_INDEX__BLOCK, docs) ==
               ZD_INDEX__BLOCK &&
           docs[ZD_INDEX__BLOCK - 1] == v->last;
}

bool zd_index__block_docs(const struct zd_index__block_view *v, struct zd_index__block *ret)
{
    ret->n = v->n;
    ret->in_lanes = v->kind < KIND_BITMAP;
    if (v->kind >= KIND_TAIL)
        return tail_docs(v, ret->docs);
    if (v->kind == KIND_BITMAP)
        return bitmap_docs(v, ret->docs);
    zd_index__unpack_docs(v->docs, v->kind, v->before, ret->docs);
    return ret->docs[ZD_INDEX__BLOCK - 1] == v->last;
}

typedef uint8_t sixteen __attribute__((vector_size(16)));

/* Splits 16 bytes of 2k bits into 32 of k bits, low half first. */
static inline void split(sixteen v, unsigned k, sixteen *ret_low, sixteen *ret_high)
{
    const sixteen low = v & (uint8_t)((1u << k) - 1), high = v >> (uint8_t)k;

    *ret_low =
        __builtin_shufflevector(low, high, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    *ret_high = __builtin_shufflevector(low, high, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14,
                                        30, 15, 31);
}

static inline void widen(sixteen v, uint16_t *codes)
{
    const sixteen zero = {0};
    sixteen low =
        __builtin_shufflevector(v, zero, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    sixteen high = __builtin_shufflevector(v, zero, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29,
                                           14, 30, 15, 31);

    memcpy(codes, &low, sizeof low);
    memcpy(codes + 8, &high, sizeof high);
}

/* Unpacks codes of 1, 2, 4 or 8 bits by halving: 16 bytes at a time become 16 × 8 / width codes. */
static inline void unpack_width(const uint8_t *p, const unsigned width, uint16_t *codes)
{
    const unsigned n_out = 8 / width; /* registers made of one */

    for (unsigned i = 0; i < width; i++) {
        sixteen v[8];

        memcpy(&v[0], p + (size_t)16 * i, sizeof v[0]);
        for (unsigned bits = 4, n = 1; bits >= width; bits /= 2, n *= 2)
            for (unsigned k = n; k-- > 0;)
                split(v[k], bits, &v[2 * k], &v[2 * k + 1]);
        for (unsigned k = 0; k < n_out; k++)
            widen(v[k], codes + (size_t)16 * (i * n_out + k));
    }
}

static void unpack_codes(const uint8_t *p, unsigned width, uint16_t *codes)
{
    switch (width) {
    case 1:
        unpack_width(p, 1, codes);
        break;
    case 2:
        unpack_width(p, 2, codes);
        break;
    case 4:
        unpack_width(p, 4, codes);
        break;
    case 8:
        unpack_width(p, 8, codes);
        break;
    default:
        memset(codes, 0, 128 * sizeof *codes);
        break;
    }
}

bool zd_index__block_codes(const struct zd_index__block_view *v, struct zd_index__block *ret)
{
    if (v->kind >= KIND_TAIL) {
        for (size_t i = 0; i < v->n; i++)
            ret->codes[i] = (uint16_t)bit_run_at(v->codes, i, v->width);
        return true;
    }
    unpack_codes(v->codes, v->width, ret->codes);
    for (unsigned k = 0; k < v->n_exceptions; k++) {
        const uint8_t *p = v->exceptions + 3u * k;

        if (p[0] >= ZD_INDEX__BLOCK)
            return false;
        ret->codes[p[0]] = (uint16_t)(p[1] | p[2] << 8);
    }
    return true;
}

bool zd_index__block_decode(struct zd_bytes bytes, size_t n, uint32_t before, uint32_t last,
                            uint32_t n_docs, struct zd_index__block *ret)
{
    struct zd_index__block_view view;

    return zd_index__block_open(bytes, n, before, last, n_docs, &view) &&
           zd_index__block_docs(&view, ret) && zd_index__block_codes(&view, ret);
}

/* ---- single postings ---- */

bool zd_index__block_is_bitmap(const struct zd_index__block_view *v)
{
    return v->kind == KIND_BITMAP;
}

typedef uint32_t four __attribute__((vector_size(16)));
typedef int32_t four_signed __attribute__((vector_size(16)));

static unsigned plain_position(const uint32_t *all, uint32_t doc)
{
    four_signed at = {0, 0, 0, 0}, row = {1, 1, 1, 1};

    for (unsigned i = 0; i < ZD_INDEX__BLOCK; i += 4, row += 1) {
        four docs;

        memcpy(&docs, all + i, sizeof docs);
        at |= (docs == doc) & row;
    }
    for (unsigned lane = 0; lane < 4; lane++)
        if (at[lane])
            return ((unsigned)at[lane] - 1) * 4 + lane;
    return ZD_INDEX__BLOCK;
}

#if defined(__x86_64__)

#include <immintrin.h>

/* One bit a posting; no branch depends on where the passage is. */
__attribute__((target("avx512f,bmi"))) static unsigned avx512_position(const uint32_t *docs,
                                                                       uint32_t doc)
{
    const __m512i wanted = _mm512_set1_epi32((int)doc);
    uint64_t half[2] = {0, 0};

    for (unsigned i = 0; i < ZD_INDEX__BLOCK; i += 16)
        half[i / 64] |= (uint64_t)_mm512_cmpeq_epi32_mask(_mm512_loadu_si512(docs + i), wanted)
                        << (i % 64);
    if (half[0])
        return (unsigned)__builtin_ctzll(half[0]);
    return half[1] ? 64 + (unsigned)__builtin_ctzll(half[1]) : ZD_INDEX__BLOCK;
}

#endif

unsigned zd_index__block_position(const struct zd_index__block *block, uint32_t doc)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("bmi"))
        return avx512_position(block->docs, doc);
#endif
    return plain_position(block->docs, doc);
}

uint32_t zd_index__block_code(const struct zd_index__block_view *v, unsigned position)
{
    for (unsigned k = 0; k < v->n_exceptions && v->exceptions[3u * k] <= position; k++)
        if (v->exceptions[3u * k] == position)
            return v->exceptions[3u * k + 1] | (uint32_t)v->exceptions[3u * k + 2] << 8;
    if (v->width == 0)
        return 0;
    /* widths of 1, 2, 4 and 8 never cross a byte */
    return v->codes[position * v->width / 8] >> (position * v->width % 8) & ((1u << v->width) - 1);
}

bool zd_index__bitmap_find(const struct zd_index__block_view *v, uint32_t doc, uint32_t *ret_code)
{
    const uint32_t bit = doc - v->before - 1;
    unsigned rank = 0;
    uint64_t word;

    if (bit / 64 >= v->n_words)
        return false;
    word = zd_index__bitmap_word(v->docs, bit / 64);
    if (!(word >> (bit % 64) & 1))
        return false;
    rank = zd_index__count_bits(word & ((UINT64_C(1) << (bit % 64)) - 1));
    for (unsigned w = 0; w < bit / 64; w++)
        rank += zd_index__count_bits(zd_index__bitmap_word(v->docs, w));
    if (rank >= ZD_INDEX__BLOCK)
        return false;
    *ret_code = zd_index__block_code(v, rank);
    return true;
}

/* ---- order ---- */

void zd_index__block_sort(const struct zd_index__block *block, uint32_t *docs, uint16_t *codes)
{
    for (unsigned p = 0; p < block->n; p++) {
        unsigned i = block->in_lanes ? posting_at(p) : p;

        docs[i] = block->docs[p];
        codes[i] = block->codes[p];
    }
}

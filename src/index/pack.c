/* pack.c: see pack.h.
 *
 * The fast form is written with the compilers' 128-bit vectors, which become SSE2 on every x86-64
 * and NEON on every arm64, and plain instructions elsewhere: one source, one result, nothing to
 * choose at run time. The width is a constant in each of 25 copies, so that all shifts are
 * immediate. Rejected: 256- and 512-bit copies (a row has four lanes; wider registers need two
 * rows with different shifts, and unpacking is already the smaller part of scoring).
 */
#include "index/pack.h"

#include <string.h>

typedef uint32_t lanes __attribute__((vector_size(16)));

void zd_index__pack(const uint32_t gaps[128], unsigned bits, uint8_t *out)
{
    uint32_t words[4 * ZD_INDEX__PACK_BITS_MAX] = {0};

    for (unsigned lane = 0; lane < 4; lane++)
        for (unsigned row = 0; row < 32; row++) {
            uint32_t v = gaps[lane * 32 + row];
            unsigned bit = row * bits, word = bit / 32, shift = bit % 32;

            if (bits == 0)
                continue;
            words[4 * word + lane] |= v << shift;
            if (shift + bits > 32)
                words[4 * (word + 1) + lane] |= v >> (32 - shift);
        }
    memcpy(out, words, (size_t)16 * bits);
}

void zd_index__unpack_docs_plain(const uint8_t *in, unsigned bits, uint32_t before,
                                 uint32_t docs[128])
{
    uint32_t doc = before;

    for (unsigned lane = 0; lane < 4; lane++)
        for (unsigned row = 0; row < 32; row++) {
            uint32_t gap = 0;

            for (unsigned k = 0; k < bits; k++) {
                unsigned bit = row * bits + k;
                unsigned byte = 4 * (4 * (bit / 32) + lane) + bit % 32 / 8;

                gap |= (uint32_t)(in[byte] >> (bit % 8) & 1) << k;
            }
            doc += gap + 1;
            docs[4 * row + lane] = doc;
        }
}

static inline lanes load(const uint8_t *in, unsigned word)
{
    lanes v;

    memcpy(&v, in + (size_t)16 * word, sizeof v);
    return v;
}

/* Lane totals to what each lane starts from: {0, a, a+b, a+b+c} + before. */
static inline lanes lane_starts(lanes totals, uint32_t before)
{
    return (lanes){before, before + totals[0], before + totals[0] + totals[1],
                   before + totals[0] + totals[1] + totals[2]};
}

static inline __attribute__((always_inline)) void unpack(const uint8_t *in, const unsigned bits,
                                                         uint32_t before, uint32_t docs[128])
{
    const uint32_t mask = (uint32_t)((UINT64_C(1) << bits) - 1);
    lanes sum = {0, 0, 0, 0}, rows[32];

#pragma GCC unroll 32
    for (unsigned row = 0; row < 32; row++) {
        const unsigned bit = row * bits, word = bit / 32, shift = bit % 32;

        if (bits > 0) {
            lanes v = load(in, word) >> shift;

            if (shift + bits > 32)
                v |= load(in, word + 1) << (32 - shift);
            sum += v & mask;
        }
        sum += 1;
        rows[row] = sum;
    }
    sum = lane_starts(sum, before);
#pragma GCC unroll 32
    for (unsigned row = 0; row < 32; row++) {
        rows[row] += sum;
        memcpy(docs + (size_t)4 * row, &rows[row], sizeof rows[row]);
    }
}

void zd_index__unpack_docs(const uint8_t *in, unsigned bits, uint32_t before, uint32_t docs[128])
{
#define WIDTH(b)                                                                                   \
    case b:                                                                                        \
        unpack(in, b, before, docs);                                                               \
        break;
    switch (bits) {
        WIDTH(0)
        WIDTH(1)
        WIDTH(2)
        WIDTH(3)
        WIDTH(4)
        WIDTH(5)
        WIDTH(6)
        WIDTH(7)
        WIDTH(8)
        WIDTH(9)
        WIDTH(10)
        WIDTH(11)
        WIDTH(12)
        WIDTH(13)
        WIDTH(14)
        WIDTH(15)
        WIDTH(16)
        WIDTH(17)
        WIDTH(18)
        WIDTH(19)
        WIDTH(20)
        WIDTH(21)
        WIDTH(22)
        WIDTH(23)
        WIDTH(24)
    default:
        break;
    }
#undef WIDTH
}

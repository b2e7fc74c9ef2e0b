/* bitmap.c: see bitmap.h.
 *
 * A loop from set bit to set bit is wrong about its end once a word, some 15 cycles. The forms for
 * x86-64 always do the same number of steps: a group of places becomes a register of passages with
 * the set ones first, which is stored whole, and the next group begins behind those that count.
 */
#include "index/bitmap.h"

#include <stddef.h>

static unsigned plain_spread(const uint8_t *words, unsigned n_words, uint32_t first, unsigned most,
                             uint32_t *docs)
{
    unsigned n = 0;

    for (unsigned w = 0; w < n_words && n <= most; w++, first += 64)
        for (uint64_t word = zd_index__bitmap_word(words, w); word; word &= word - 1)
            docs[n++] = first + (uint32_t)__builtin_ctzll(word);
    return n;
}

#if defined(__x86_64__)

#include <immintrin.h>

/* The places of a byte's set bits, lowest first, a byte each. */
#define FROM_7(b) ((b) >> 7 & 1 ? UINT64_C(7) : 0)
#define FROM_6(b) ((b) >> 6 & 1 ? FROM_7(b) << 8 | 6 : FROM_7(b))
#define FROM_5(b) ((b) >> 5 & 1 ? FROM_6(b) << 8 | 5 : FROM_6(b))
#define FROM_4(b) ((b) >> 4 & 1 ? FROM_5(b) << 8 | 4 : FROM_5(b))
#define FROM_3(b) ((b) >> 3 & 1 ? FROM_4(b) << 8 | 3 : FROM_4(b))
#define FROM_2(b) ((b) >> 2 & 1 ? FROM_3(b) << 8 | 2 : FROM_3(b))
#define FROM_1(b) ((b) >> 1 & 1 ? FROM_2(b) << 8 | 1 : FROM_2(b))
#define PLACES(b) ((b)&1 ? FROM_1(b) << 8 : FROM_1(b))
#define PLACES_4(b) PLACES(b), PLACES((b) + 1), PLACES((b) + 2), PLACES((b) + 3)
#define PLACES_16(b) PLACES_4(b), PLACES_4((b) + 4), PLACES_4((b) + 8), PLACES_4((b) + 12)
#define PLACES_64(b) PLACES_16(b), PLACES_16((b) + 16), PLACES_16((b) + 32), PLACES_16((b) + 48)

static const uint64_t places[256] = {PLACES_64(0), PLACES_64(64), PLACES_64(128), PLACES_64(192)};

/* Byte k of the result: set bits of the bytes 0 … k. At most 64, so that no sum leaves its byte. */
static inline uint64_t running_counts(uint64_t v)
{
    v -= v >> 1 & UINT64_C(0x5555555555555555);
    v = (v & UINT64_C(0x3333333333333333)) + (v >> 2 & UINT64_C(0x3333333333333333));
    v = (v + (v >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
    return v * UINT64_C(0x0101010101010101);
}

__attribute__((target("avx2"))) static unsigned avx2_spread(const uint8_t *words, unsigned n_words,
                                                            uint32_t first, unsigned most,
                                                            uint32_t *docs)
{
    const __m256i step = _mm256_set1_epi32(8);
    __m256i base = _mm256_set1_epi32((int)first);
    unsigned n = 0;

    for (unsigned w = 0; w < n_words && n <= most; w++) {
        uint64_t word = zd_index__bitmap_word(words, w), counts = running_counts(word);
        uint32_t *to = docs + n;

        n += (unsigned)(counts >> 56);
        counts <<= 8; /* byte k: those before byte k */
        for (unsigned k = 0; k < 8; k++, word >>= 8, counts >>= 8) {
            const __m256i place = _mm256_cvtepu8_epi32(
                _mm_loadl_epi64((const __m128i *)(const void *)&places[word & 255]));

            _mm256_storeu_si256((__m256i *)(void *)(to + (counts & 255)),
                                _mm256_add_epi32(base, place));
            base = _mm256_add_epi32(base, step);
        }
    }
    return n;
}

__attribute__((target("avx512f,popcnt"))) static unsigned avx512_spread(
    const uint8_t *words, unsigned n_words, uint32_t first, unsigned most, uint32_t *docs)
{
    const __m512i step = _mm512_set1_epi32(16);
    __m512i doc =
        _mm512_add_epi32(_mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
                         _mm512_set1_epi32((int)first));
    unsigned n = 0;

    for (unsigned w = 0; w < n_words && n <= most; w++) {
        uint64_t word = zd_index__bitmap_word(words, w);

        for (unsigned quarter = 0; quarter < 4; quarter++, word >>= 16) {
            const __mmask16 bits = (__mmask16)word;

            if (n <= most)
                _mm512_storeu_si512(docs + n, _mm512_maskz_compress_epi32(bits, doc));
            n += (unsigned)_mm_popcnt_u32(bits);
            doc = _mm512_add_epi32(doc, step);
        }
    }
    return n;
}

#endif

zd_index__bitmap_form *zd_index__bitmap_form_at(unsigned i)
{
#if defined(__x86_64__)
    if (i == 1)
        return __builtin_cpu_supports("avx2") ? avx2_spread : NULL;
    if (i == 2)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("popcnt") ? avx512_spread
                                                                                     : NULL;
#endif
    return i == 0 ? plain_spread : NULL;
}

unsigned zd_index__bitmap_spread(const uint8_t *words, unsigned n_words, uint32_t first,
                                 unsigned most, uint32_t *docs)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("popcnt"))
        return avx512_spread(words, n_words, first, most, docs);
    if (__builtin_cpu_supports("avx2"))
        return avx2_spread(words, n_words, first, most, docs);
#endif
    return plain_spread(words, n_words, first, most, docs);
}

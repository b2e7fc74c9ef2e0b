/* vector_kernel_x86.c: AVX2 and AVX-512 (VNNI) forms of vector_kernel.h.
 *
 * AVX-512 multiplies unsigned by signed bytes (vpdpbusd), so a row's bytes are taken as v + 128 and
 * 128 × the sum of the query is subtracted: exact, as no step saturates. Four rows at once share
 * the query's registers and one reduction.
 */
#include "index/vector_kernel.h"

#include "index/vectors.h"

#if !defined(__x86_64__)

const struct zd_index__vector_kernel *zd_index__vector_kernel_avx2(void)
{
    return NULL;
}

const struct zd_index__vector_kernel *zd_index__vector_kernel_avx512(void)
{
    return NULL;
}

#else

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt")))
#define AVX512                                                                                     \
    __attribute__((target("avx2,bmi,bmi2,popcnt,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))
#define AHEAD 16 /* rows that are fetched before their turn */

static inline void fetch(const int8_t *row, uint32_t n_dims)
{
    for (uint32_t k = 0; k < n_dims; k += 64)
        _mm_prefetch((const char *)row + k, _MM_HINT_T0);
}

/* ---- AVX2 ---- */

AVX2 static inline __m256i load256(const void *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

/* 16 numbers of 8 bits as numbers of 16. */
AVX2 static inline __m256i load_widened(const int8_t *p)
{
    return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)p));
}

AVX2 static inline int32_t sum_256(__m256i v)
{
    __m128i x = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));

    x = _mm_add_epi32(x, _mm_shuffle_epi32(x, 0x4E));
    x = _mm_add_epi32(x, _mm_shuffle_epi32(x, 0xB1));
    return _mm_cvtsi128_si32(x);
}

/* The query is widened once, as every row needs it so. */
AVX2 static void avx2_dots(const int8_t *query, const int8_t *rows, uint32_t n_dims,
                           const uint32_t *docs, size_t n, int32_t *out)
{
    int16_t wide[ZD_INDEX_DIMS_MAX];

    for (uint32_t k = 0; k < n_dims; k += 16)
        _mm256_storeu_si256((__m256i *)(void *)(wide + k), load_widened(query + k));
    for (size_t i = 0; i < n; i++) {
        const int8_t *row = rows + (size_t)docs[i] * n_dims;
        __m256i even = _mm256_setzero_si256(), odd = even;

        if (i + AHEAD < n)
            fetch(rows + (size_t)docs[i + AHEAD] * n_dims, n_dims);
        for (uint32_t k = 0; k < n_dims; k += 32) {
            even =
                _mm256_add_epi32(even, _mm256_madd_epi16(load256(wide + k), load_widened(row + k)));
            odd = _mm256_add_epi32(
                odd, _mm256_madd_epi16(load256(wide + k + 16), load_widened(row + k + 16)));
        }
        out[i] = sum_256(_mm256_add_epi32(even, odd));
    }
}

/* Sixty-four table look-ups at once are what vpshufb is: each of a byte's two nibbles names one of
 * 16 worths (after André et al., "Quicker ADC", 2019). Two worths together fill a byte at most. */
AVX2 static inline __m256i worth_of(__m256i v, __m256i low, __m256i high)
{
    const __m256i nibble = _mm256_set1_epi8(15);

    return _mm256_add_epi8(
        _mm256_shuffle_epi8(low, _mm256_and_si256(v, nibble)),
        _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble)));
}

AVX2 static inline __m256i worths_256(const uint8_t *table)
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)table));
}

/* The sums of 32 passages into likeness; a bit for each that exceeds `below`. `both` holds sums of
 * the even bytes plus 256 times those of the odd ones, modulo 2^16. */
AVX2 static inline uint32_t finish_32(__m256i both, __m256i odd, __m256i below, uint16_t *likeness)
{
    const __m256i even = _mm256_sub_epi16(both, _mm256_slli_epi16(odd, 8));
    const __m256i low = _mm256_unpacklo_epi16(even, odd), high = _mm256_unpackhi_epi16(even, odd);
    const __m256i first = _mm256_permute2x128_si256(low, high, 0x20);
    const __m256i second = _mm256_permute2x128_si256(low, high, 0x31);
    const __m256i near = /* of each register's halves the first ones come first */
        _mm256_packs_epi16(_mm256_cmpgt_epi16(first, below), _mm256_cmpgt_epi16(second, below));

    _mm256_storeu_si256((__m256i *)(void *)likeness, first);
    _mm256_storeu_si256((__m256i *)(void *)(likeness + 16), second);
    return (uint32_t)_mm256_movemask_epi8(_mm256_permute4x64_epi64(near, 0xD8));
}

AVX2 static uint64_t avx2_near(const uint8_t (*worth)[16], const uint8_t *block, uint32_t n_bytes,
                               uint16_t least, uint16_t likeness[64])
{
    const __m256i below = _mm256_set1_epi16((short)(least - 1));
    __m256i both_a = _mm256_setzero_si256(), odd_a = both_a, both_b = both_a, odd_b = both_a;

    for (uint32_t j = 0; j < n_bytes; j++, block += 64) {
        const __m256i low = worths_256(worth[2 * j]), high = worths_256(worth[2 * j + 1]);
        const __m256i a = worth_of(load256(block), low, high);
        const __m256i b = worth_of(load256(block + 32), low, high);

        both_a = _mm256_add_epi16(both_a, a);
        odd_a = _mm256_add_epi16(odd_a, _mm256_srli_epi16(a, 8));
        both_b = _mm256_add_epi16(both_b, b);
        odd_b = _mm256_add_epi16(odd_b, _mm256_srli_epi16(b, 8));
    }
    return finish_32(both_a, odd_a, below, likeness) |
           (uint64_t)finish_32(both_b, odd_b, below, likeness + 32) << 32;
}

/* ---- AVX-512 ---- */

AVX512 static inline __m512i load512(const void *p)
{
    return _mm512_loadu_si512(p);
}

AVX512 static inline __m128i fold_128(__m512i v)
{
    const __m256i half =
        _mm256_add_epi32(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));

    return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

/* sum[lane] += the four products of the lane; a row's byte v is taken as v + 128. */
AVX512 static inline __m512i add_products(__m512i sum, const int8_t *row, __m512i q)
{
    return _mm512_dpbusd_epi32(sum, _mm512_xor_si512(load512(row), _mm512_set1_epi8((char)-128)),
                               q);
}

/* The same for 32 bytes; the query's other half is 0. */
AVX512 static inline __m512i add_half(__m512i sum, const int8_t *row, __m512i q)
{
    const __m512i v = _mm512_castsi256_si512(load256(row));

    return _mm512_dpbusd_epi32(sum, _mm512_xor_si512(v, _mm512_set1_epi8((char)-128)), q);
}

/* -128 × the sum of the query. */
AVX512 static int32_t offset_of(const int8_t *query, uint32_t n_dims)
{
    const __m256i ones = _mm256_set1_epi8(1);
    __m256i total = _mm256_setzero_si256();

    for (uint32_t k = 0; k < n_dims; k += 32)
        total = _mm256_dpbusd_epi32(total, ones, load256(query + k));
    return -128 * sum_256(total);
}

AVX512 static void avx512_dots(const int8_t *query, const int8_t *rows, uint32_t n_dims,
                               const uint32_t *docs, size_t n, int32_t *out)
{
    const __m128i offset = _mm_set1_epi32(offset_of(query, n_dims));

    for (size_t i = 0; i < n; i += 4) {
        const int8_t *row[4];
        __m512i a = _mm512_setzero_si512(), b = a, c = a, d = a;
        __m128i low, high;
        uint32_t k = 0;

        for (size_t r = 0; r < 4; r++) { /* past the end: the last row again */
            row[r] = rows + (size_t)docs[i + r < n ? i + r : n - 1] * n_dims;
            fetch(rows + (size_t)docs[i + r + AHEAD < n ? i + r + AHEAD : n - 1] * n_dims, n_dims);
        }
        for (; k + 64 <= n_dims; k += 64) {
            const __m512i q = load512(query + k);

            a = add_products(a, row[0] + k, q);
            b = add_products(b, row[1] + k, q);
            c = add_products(c, row[2] + k, q);
            d = add_products(d, row[3] + k, q);
        }
        if (k < n_dims) {
            const __m512i q = _mm512_zextsi256_si512(load256(query + k));

            a = add_half(a, row[0] + k, q);
            b = add_half(b, row[1] + k, q);
            c = add_half(c, row[2] + k, q);
            d = add_half(d, row[3] + k, q);
        }
        low = _mm_hadd_epi32(fold_128(a), fold_128(b));
        high = _mm_hadd_epi32(fold_128(c), fold_128(d));
        _mm_mask_storeu_epi32(out + i, (__mmask8)(n - i >= 4 ? 15 : (1u << (n - i)) - 1),
                              _mm_add_epi32(_mm_hadd_epi32(low, high), offset));
    }
}

AVX512 static inline __m512i worths(const uint8_t *table)
{
    return _mm512_broadcast_i32x4(_mm_loadu_si128((const void *)table));
}

AVX512 static uint64_t avx512_near(const uint8_t (*worth)[16], const uint8_t *block,
                                   uint32_t n_bytes, uint16_t least, uint16_t likeness[64])
{
    static const uint16_t weave[64] = {
        0,  32, 1,  33, 2,  34, 3,  35, 4,  36, 5,  37, 6,  38, 7,  39, 8,  40, 9,  41, 10, 42,
        11, 43, 12, 44, 13, 45, 14, 46, 15, 47, 16, 48, 17, 49, 18, 50, 19, 51, 20, 52, 21, 53,
        22, 54, 23, 55, 24, 56, 25, 57, 26, 58, 27, 59, 28, 60, 29, 61, 30, 62, 31, 63};
    const __m512i nibble = _mm512_set1_epi8(15), limit = _mm512_set1_epi16((short)least);
    __m512i both = _mm512_setzero_si512(), odd = both, even, first, second;

    for (uint32_t j = 0; j < n_bytes; j++) {
        const __m512i v = load512(block + (size_t)64 * j);
        const __m512i sum =
            _mm512_add_epi8(_mm512_shuffle_epi8(worths(worth[2 * j]), _mm512_and_si512(v, nibble)),
                            _mm512_shuffle_epi8(worths(worth[2 * j + 1]),
                                                _mm512_and_si512(_mm512_srli_epi16(v, 4), nibble)));

        both = _mm512_add_epi16(both, sum); /* as with AVX2 */
        odd = _mm512_add_epi16(odd, _mm512_srli_epi16(sum, 8));
    }
    even = _mm512_sub_epi16(both, _mm512_slli_epi16(odd, 8));
    first = _mm512_permutex2var_epi16(even, load512(weave), odd);
    second = _mm512_permutex2var_epi16(even, load512(weave + 32), odd);
    _mm512_storeu_si512(likeness, first);
    _mm512_storeu_si512(likeness + 32, second);
    return _mm512_cmpge_epu16_mask(first, limit) | (uint64_t)_mm512_cmpge_epu16_mask(second, limit)
                                                       << 32;
}

/* ---- the choice ---- */

static const struct zd_index__vector_kernel avx2 = {"avx2", avx2_dots, avx2_near};
static const struct zd_index__vector_kernel avx512 = {"avx512", avx512_dots, avx512_near};

const struct zd_index__vector_kernel *zd_index__vector_kernel_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
                   __builtin_cpu_supports("popcnt")
               ? &avx2
               : NULL;
}

const struct zd_index__vector_kernel *zd_index__vector_kernel_avx512(void)
{
    return zd_index__vector_kernel_avx2() && __builtin_cpu_supports("avx512f") &&
                   __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni")
               ? &avx512
               : NULL;
}

#endif

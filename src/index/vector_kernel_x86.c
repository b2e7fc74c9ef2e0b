/* vector_kernel_x86.c: AVX2 and AVX-512 (VNNI, VPOPCNTDQ) forms of vector_kernel.h.
 *
 * AVX-512 multiplies unsigned by signed bytes (vpdpbusd), so a row's bytes are taken as v + 128 and
 * 128 × the sum of the query is subtracted: exact, as no step saturates. Four rows at once share
 * the query's registers and one reduction. Signs of 256 numbers, the usual case, are counted eight
 * rows at once: four registers of two rows are added into one whose 16-bit fields are rows.
 */
#include "index/vector_kernel.h"

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
#include <string.h>

#define AVX2 __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt")))
#define AVX512                                                                                     \
    __attribute__((target(                                                                         \
        "avx2,bmi,bmi2,popcnt,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vpopcntdq")))
#define AHEAD 12 /* rows that are fetched before their turn */

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

AVX2 static inline int32_t sum_256(__m256i v)
{
    __m128i x = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));

    x = _mm_add_epi32(x, _mm_shuffle_epi32(x, 0x4E));
    x = _mm_add_epi32(x, _mm_shuffle_epi32(x, 0xB1));
    return _mm_cvtsi128_si32(x);
}

AVX2 static void avx2_dots(const int8_t *query, const int8_t *rows, uint32_t n_dims,
                           const uint32_t *docs, size_t n, int32_t *out)
{
    for (size_t i = 0; i < n; i++) {
        const int8_t *row = rows + (size_t)docs[i] * n_dims;
        __m256i sum = _mm256_setzero_si256();

        if (i + AHEAD < n)
            fetch(rows + (size_t)docs[i + AHEAD] * n_dims, n_dims);
        for (uint32_t k = 0; k < n_dims; k += 32) {
            const __m256i q = load256(query + k), v = load256(row + k);
            const __m256i low = _mm256_madd_epi16(_mm256_cvtepi8_epi16(_mm256_castsi256_si128(q)),
                                                  _mm256_cvtepi8_epi16(_mm256_castsi256_si128(v)));
            const __m256i high =
                _mm256_madd_epi16(_mm256_cvtepi8_epi16(_mm256_extracti128_si256(q, 1)),
                                  _mm256_cvtepi8_epi16(_mm256_extracti128_si256(v, 1)));

            sum = _mm256_add_epi32(sum, _mm256_add_epi32(low, high));
        }
        out[i] = sum_256(sum);
    }
}

/* Bits set in each group of eight bytes (Muła's nibble table). */
AVX2 static inline __m256i count_256(__m256i v)
{
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1,
                                           2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i nibble = _mm256_set1_epi8(15);
    const __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(v, nibble));
    const __m256i high =
        _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble));

    return _mm256_sad_epu8(_mm256_add_epi8(low, high), _mm256_setzero_si256());
}

AVX2 static uint16_t distance_64(const uint8_t *query, const uint8_t *row, uint32_t n_bytes)
{
    uint64_t differ = 0;
    uint32_t k = 0;

    for (; k + 8 <= n_bytes; k += 8) {
        uint64_t a, b;

        memcpy(&a, query + k, sizeof a);
        memcpy(&b, row + k, sizeof b);
        differ += (uint64_t)_mm_popcnt_u64(a ^ b);
    }
    if (k < n_bytes) {
        uint32_t a, b;

        memcpy(&a, query + k, sizeof a);
        memcpy(&b, row + k, sizeof b);
        differ += (uint64_t)_mm_popcnt_u32(a ^ b);
    }
    return (uint16_t)differ;
}

/* Four rows of 32 bytes: their sums stand side by side in 16-bit fields. */
AVX2 static void avx2_distances(const uint8_t *query, const uint8_t *rows, uint32_t n_bytes,
                                size_t n, uint16_t *out)
{
    size_t i = 0;

    if (n_bytes == 32) {
        const __m256i q = load256(query);

        for (; i + 4 <= n; i += 4) {
            __m256i sums = _mm256_setzero_si256();
            __m128i half;
            uint64_t four;

            for (size_t r = 4; r-- > 0;)
                sums =
                    _mm256_add_epi64(_mm256_slli_epi64(sums, 16),
                                     count_256(_mm256_xor_si256(q, load256(rows + (i + r) * 32))));
            half = _mm_add_epi64(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
            four = (uint64_t)_mm_cvtsi128_si64(_mm_add_epi64(half, _mm_unpackhi_epi64(half, half)));
            memcpy(out + i, &four, sizeof four);
        }
    }
    for (; i < n; i++)
        out[i] = distance_64(query, rows + i * n_bytes, n_bytes);
}

AVX2 static size_t avx2_near(const uint16_t *distances, size_t n, uint16_t most, uint16_t *out)
{
    const __m256i limit = _mm256_set1_epi16((short)most); /* distances are at most 1,024 */
    size_t found = 0, i = 0;

    for (; i + 16 <= n; i += 16) {
        unsigned mask =
            ~(unsigned)_mm256_movemask_epi8(_mm256_cmpgt_epi16(load256(distances + i), limit));

        for (mask &= 0x55555555; mask; mask &= mask - 1)
            out[found++] = (uint16_t)(i + (unsigned)__builtin_ctz(mask) / 2);
    }
    for (; i < n; i++)
        if (distances[i] <= most)
            out[found++] = (uint16_t)i;
    return found;
}

/* ---- AVX-512 ---- */

AVX512 static inline __m512i load512(const void *p)
{
    return _mm512_loadu_si512(p);
}

/* The bytes of row from k on, at most 64 of n_dims, as v + 128; 0 past the end. */
AVX512 static inline __m512i offset_row(const int8_t *row, __mmask64 there)
{
    return _mm512_maskz_add_epi8(there, _mm512_maskz_loadu_epi8(there, row),
                                 _mm512_set1_epi8((char)-128));
}

AVX512 static inline __m128i fold_128(__m512i v)
{
    const __m256i half =
        _mm256_add_epi32(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));

    return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

AVX512 static inline __mmask64 bytes_there(uint32_t k, uint32_t n_dims)
{
    return n_dims - k >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << (n_dims - k)) - 1;
}

AVX512 static void avx512_dots(const int8_t *query, const int8_t *rows, uint32_t n_dims,
                               const uint32_t *docs, size_t n, int32_t *out)
{
    const __m512i ones = _mm512_set1_epi8(1);
    __m512i total = _mm512_setzero_si512();
    int32_t shift;

    for (uint32_t k = 0; k < n_dims; k += 64)
        total = _mm512_dpbusd_epi32(total, ones,
                                    _mm512_maskz_loadu_epi8(bytes_there(k, n_dims), query + k));
    shift = -128 * _mm512_reduce_add_epi32(total);
    for (size_t i = 0; i < n; i += 4) {
        const int8_t *row[4];
        __m512i sum[4];
        __m128i low, high, four;

        for (size_t r = 0; r < 4; r++) { /* past the end: the last row again */
            row[r] = rows + (size_t)docs[i + r < n ? i + r : n - 1] * n_dims;
            sum[r] = _mm512_setzero_si512();
            if (i + r + AHEAD < n)
                fetch(rows + (size_t)docs[i + r + AHEAD] * n_dims, n_dims);
        }
        for (uint32_t k = 0; k < n_dims; k += 64) {
            const __mmask64 there = bytes_there(k, n_dims);
            const __m512i q = _mm512_maskz_loadu_epi8(there, query + k);

            for (size_t r = 0; r < 4; r++)
                sum[r] = _mm512_dpbusd_epi32(sum[r], offset_row(row[r] + k, there), q);
        }
        low = _mm_hadd_epi32(fold_128(sum[0]), fold_128(sum[1]));
        high = _mm_hadd_epi32(fold_128(sum[2]), fold_128(sum[3]));
        four = _mm_add_epi32(_mm_hadd_epi32(low, high), _mm_set1_epi32(shift));
        _mm_mask_storeu_epi32(out + i, (__mmask8)(n - i >= 4 ? 15 : (1u << (n - i)) - 1), four);
    }
}

/* Counts of two rows of 32 bytes in the eight fields. */
AVX512 static inline __m512i differ_512(__m512i q, const uint8_t *rows)
{
    return _mm512_popcnt_epi64(_mm512_xor_si512(q, load512(rows)));
}

AVX512 static void avx512_eight(__m512i q, const uint8_t *rows, uint16_t *out)
{
    __m512i sums = differ_512(q, rows);
    __m128i even, odd;

    sums = _mm512_add_epi64(sums, _mm512_slli_epi64(differ_512(q, rows + 64), 16));
    sums = _mm512_add_epi64(sums, _mm512_slli_epi64(differ_512(q, rows + 128), 32));
    sums = _mm512_add_epi64(sums, _mm512_slli_epi64(differ_512(q, rows + 192), 48));
    sums = _mm512_add_epi64(sums, _mm512_permutex_epi64(sums, 0x4E));
    sums = _mm512_add_epi64(sums, _mm512_permutex_epi64(sums, 0xB1));
    even = _mm512_castsi512_si128(sums);
    odd = _mm512_extracti64x2_epi64(sums, 2);
    _mm_storeu_si128((__m128i *)(void *)out, _mm_unpacklo_epi16(even, odd));
}

AVX512 static void avx512_distances(const uint8_t *query, const uint8_t *rows, uint32_t n_bytes,
                                    size_t n, uint16_t *out)
{
    size_t i = 0;

    if (n_bytes == 32) {
        const __m512i q = _mm512_broadcast_i64x4(load256(query));

        for (; i + 8 <= n; i += 8)
            avx512_eight(q, rows + i * 32, out + i);
    }
    for (; i < n; i++) {
        const uint8_t *row = rows + i * n_bytes;
        __m512i sum = _mm512_setzero_si512();

        for (uint32_t k = 0; k < n_bytes; k += 64) {
            const __mmask64 there = bytes_there(k, n_bytes);

            sum = _mm512_add_epi64(sum, _mm512_popcnt_epi64(_mm512_xor_si512(
                                            _mm512_maskz_loadu_epi8(there, query + k),
                                            _mm512_maskz_loadu_epi8(there, row + k))));
        }
        out[i] = (uint16_t)_mm512_reduce_add_epi64(sum);
    }
}

AVX512 static size_t avx512_near(const uint16_t *distances, size_t n, uint16_t most, uint16_t *out)
{
    const __m512i limit = _mm512_set1_epi16((short)most);
    size_t found = 0;

    for (size_t i = 0; i < n; i += 32) {
        const __mmask32 there = n - i >= 32 ? ~(__mmask32)0 : ((__mmask32)1 << (n - i)) - 1;
        uint32_t mask = _mm512_mask_cmple_epu16_mask(
            there, _mm512_maskz_loadu_epi16(there, distances + i), limit);

        for (; mask; mask &= mask - 1)
            out[found++] = (uint16_t)(i + (unsigned)__builtin_ctz(mask));
    }
    return found;
}

/* ---- the choice ---- */

static const struct zd_index__vector_kernel avx2 = {"avx2", avx2_dots, avx2_distances, avx2_near};
static const struct zd_index__vector_kernel avx512 = {"avx512", avx512_dots, avx512_distances,
                                                      avx512_near};

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
                   __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni") &&
                   __builtin_cpu_supports("avx512vpopcntdq")
               ? &avx512
               : NULL;
}

#endif

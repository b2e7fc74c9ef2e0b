/* kernel_x86.c: AVX2 and AVX-512 forms of kernel.h.
 *
 * Rejected: scoring with gathers. Lengths, weights and scores of 16 postings took five gathers and
 * a scatter, 1.9 ns a posting on a Zen 5 (whose gathers are a row of loads inside); a table of the
 * finished value by code and length, read one posting after the other, takes a third of it on any
 * processor.
 */
#include "index/kernel_forms.h"

#if !defined(__x86_64__)

const struct zd_index__kernel *zd_index__kernel_avx2(void)
{
    return NULL;
}

const struct zd_index__kernel *zd_index__kernel_avx512(void)
{
    return NULL;
}

#else

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt")))
#define AVX512 __attribute__((target("avx2,bmi,bmi2,avx512f,avx512bw,avx512dq,avx512vl")))

/* ---- AVX2 ---- */

AVX2 static size_t avx2_collect(const int32_t *scores, size_t n, int32_t least, uint16_t *out)
{
    const __m256i limit = _mm256_set1_epi32(least);
    size_t found = 0, i = 0;

    for (; i + 8 <= n; i += 8) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(scores + i));
        unsigned mask = /* of those not below: there is no number below INT32_MIN to exceed */
            ~(unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(limit, v))) & 0xFF;

        for (; mask; mask &= mask - 1)
            out[found++] = (uint16_t)(i + (unsigned)__builtin_ctz(mask));
    }
    for (; i < n; i++)
        if (scores[i] >= least)
            out[found++] = (uint16_t)i;
    return found;
}

AVX2 static void avx2_maxima(const int32_t *scores, size_t n_groups, size_t n_rows, int32_t *maxima)
{
    for (size_t g = 0; g < n_groups; g += 8) {
        __m256i best = _mm256_loadu_si256((const __m256i *)(const void *)(scores + g));

        for (size_t row = 1; row < n_rows; row++)
            best = _mm256_max_epi32(
                best,
                _mm256_loadu_si256((const __m256i *)(const void *)(scores + row * n_groups + g)));
        _mm256_storeu_si256((__m256i *)(void *)(maxima + g), best);
    }
}

/* ---- AVX-512 ---- */

AVX512 static size_t avx512_collect(const int32_t *scores, size_t n, int32_t least, uint16_t *out)
{
    const __m512i limit = _mm512_set1_epi32(least);
    size_t found = 0;

    for (size_t i = 0; i < n; i += 16) {
        const __mmask16 there = n - i >= 16 ? 0xFFFF : (__mmask16)((1u << (n - i)) - 1);
        unsigned mask =
            _mm512_mask_cmpge_epi32_mask(there, _mm512_maskz_loadu_epi32(there, scores + i), limit);

        for (; mask; mask &= mask - 1)
            out[found++] = (uint16_t)(i + (unsigned)__builtin_ctz(mask));
    }
    return found;
}

AVX512 static void avx512_maxima(const int32_t *scores, size_t n_groups, size_t n_rows,
                                 int32_t *maxima)
{
    for (size_t g = 0; g < n_groups; g += 16) {
        __m512i best = _mm512_loadu_si512(scores + g);

        for (size_t row = 1; row < n_rows; row++)
            best = _mm512_max_epi32(best, _mm512_loadu_si512(scores + row * n_groups + g));
        _mm512_storeu_si512(maxima + g, best);
    }
}

/* ---- the choice ---- */

static const struct zd_index__kernel avx2 = {"avx2", zd_index__plain_add, avx2_collect,
                                             avx2_maxima};
static const struct zd_index__kernel avx512 = {"avx512", zd_index__plain_add, avx512_collect,
                                               avx512_maxima};

const struct zd_index__kernel *zd_index__kernel_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") ? &avx2 : NULL;
}

const struct zd_index__kernel *zd_index__kernel_avx512(void)
{
    return zd_index__kernel_avx2() && __builtin_cpu_supports("avx512f") &&
                   __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512vl")
               ? &avx512
               : NULL;
}

#endif

/* vector_kernel_arm.c: NEON forms of vector_kernel.h, which every 64-bit ARM processor has, and
 * one with the dot product instruction of ARMv8.2 where the kernel of the system says that the
 * processor has it. */
#include "index/vector_kernel.h"

#if !defined(__aarch64__)

const struct zd_index__vector_kernel *zd_index__vector_kernel_neon(void)
{
    return NULL;
}

const struct zd_index__vector_kernel *zd_index__vector_kernel_dotprod(void)
{
    return NULL;
}

#else

#include <arm_neon.h>
#include <string.h>
#include <sys/auxv.h>

#define HAS_DOTPROD (1ul << 20) /* HWCAP_ASIMDDP */

static void neon_dots(const int8_t *query, const int8_t *rows, uint32_t n_dims,
                      const uint32_t *docs, size_t n, int32_t *out)
{
    for (size_t i = 0; i < n; i++) {
        const int8_t *row = rows + (size_t)docs[i] * n_dims;
        int32x4_t low = vdupq_n_s32(0), high = vdupq_n_s32(0);

        for (uint32_t k = 0; k < n_dims; k += 16) {
            const int8x16_t q = vld1q_s8(query + k), v = vld1q_s8(row + k);

            low = vpadalq_s16(low, vmull_s8(vget_low_s8(q), vget_low_s8(v)));
            high = vpadalq_s16(high, vmull_high_s8(q, v));
        }
        out[i] = vaddvq_s32(vaddq_s32(low, high));
    }
}

/* sum[lane] += the four products of the lane. In assembly, as the two compilers ask for different
 * attributes before they offer the intrinsic. */
static inline int32x4_t dot_lanes(int32x4_t sum, int8x16_t a, int8x16_t b)
{
    __asm__(".arch_extension dotprod\n\tsdot %0.4s, %1.16b, %2.16b" : "+w"(sum) : "w"(a), "w"(b));
    return sum;
}

static void dotprod_dots(const int8_t *query, const int8_t *rows, uint32_t n_dims,
                         const uint32_t *docs, size_t n, int32_t *out)
{
    for (size_t i = 0; i < n; i++) {
        const int8_t *row = rows + (size_t)docs[i] * n_dims;
        int32x4_t low = vdupq_n_s32(0), high = vdupq_n_s32(0);

        for (uint32_t k = 0; k < n_dims; k += 32) {
            low = dot_lanes(low, vld1q_s8(query + k), vld1q_s8(row + k));
            high = dot_lanes(high, vld1q_s8(query + k + 16), vld1q_s8(row + k + 16));
        }
        out[i] = vaddvq_s32(vaddq_s32(low, high));
    }
}

static void neon_distances(const uint8_t *query, const uint8_t *rows, uint32_t n_bytes, size_t n,
                           uint16_t *out)
{
    for (size_t i = 0; i < n; i++, rows += n_bytes) {
        uint16x8_t sum = vdupq_n_u16(0);
        uint32_t differ = 0, k = 0;

        for (; k + 16 <= n_bytes; k += 16)
            sum = vpadalq_u8(sum, vcntq_u8(veorq_u8(vld1q_u8(query + k), vld1q_u8(rows + k))));
        for (; k < n_bytes; k += 4) {
            uint32_t a, b;

            memcpy(&a, query + k, sizeof a);
            memcpy(&b, rows + k, sizeof b);
            differ += vaddv_u8(vcnt_u8(vcreate_u8(a ^ b)));
        }
        out[i] = (uint16_t)(differ + vaddvq_u16(sum));
    }
}

/* Most runs of eight hold nothing: one look tells. */
static size_t neon_near(const uint16_t *distances, size_t n, uint16_t most, uint16_t *out)
{
    const uint16x8_t limit = vdupq_n_u16(most);
    size_t found = 0, i = 0;

    for (; i + 8 <= n; i += 8) {
        if (vmaxvq_u16(vcleq_u16(vld1q_u16(distances + i), limit)) == 0)
            continue;
        for (size_t k = i; k < i + 8; k++)
            if (distances[k] <= most)
                out[found++] = (uint16_t)k;
    }
    for (; i < n; i++)
        if (distances[i] <= most)
            out[found++] = (uint16_t)i;
    return found;
}

static const struct zd_index__vector_kernel neon = {"neon", neon_dots, neon_distances, neon_near};
static const struct zd_index__vector_kernel dotprod = {"dotprod", dotprod_dots, neon_distances,
                                                       neon_near};

const struct zd_index__vector_kernel *zd_index__vector_kernel_neon(void)
{
    return &neon;
}

const struct zd_index__vector_kernel *zd_index__vector_kernel_dotprod(void)
{
    return getauxval(AT_HWCAP) & HAS_DOTPROD ? &dotprod : NULL;
}

#endif

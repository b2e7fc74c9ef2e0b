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
    __asm__(".arch armv8.2-a+dotprod\n\tsdot %0.4s, %1.16b, %2.16b" : "+w"(sum) : "w"(a), "w"(b));
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

/* A bit for each of eight numbers that is at least as large. */
static inline uint64_t at_least(uint16x8_t v, uint16x8_t least)
{
    static const uint16_t bits[8] = {1, 2, 4, 8, 16, 32, 64, 128};

    return vaddvq_u16(vandq_u16(vcgeq_u16(v, least), vld1q_u16(bits)));
}

/* A byte's two nibbles name one of 16 worths each: a table look-up is one instruction. */
static uint64_t neon_near(const uint8_t (*worth)[16], const uint8_t *block, uint32_t n_bytes,
                          uint16_t least, uint16_t likeness[64])
{
    const uint8x16_t nibble = vdupq_n_u8(15);
    const uint16x8_t limit = vdupq_n_u16(least);
    uint64_t near = 0;

    for (unsigned quarter = 0; quarter < 64; quarter += 16) {
        uint16x8_t low = vdupq_n_u16(0), high = vdupq_n_u16(0);

        for (uint32_t j = 0; j < n_bytes; j++) {
            const uint8x16_t v = vld1q_u8(block + (size_t)64 * j + quarter);
            const uint8x16_t sum =
                vaddq_u8(vqtbl1q_u8(vld1q_u8(worth[2 * j]), vandq_u8(v, nibble)),
                         vqtbl1q_u8(vld1q_u8(worth[2 * j + 1]), vshrq_n_u8(v, 4)));

            low = vaddw_u8(low, vget_low_u8(sum));
            high = vaddw_high_u8(high, sum);
        }
        vst1q_u16(likeness + quarter, low);
        vst1q_u16(likeness + quarter + 8, high);
        near |= (at_least(low, limit) | at_least(high, limit) << 8) << quarter;
    }
    return near;
}

static const struct zd_index__vector_kernel neon = {"neon", neon_dots, neon_near};
static const struct zd_index__vector_kernel dotprod = {"dotprod", dotprod_dots, neon_near};

const struct zd_index__vector_kernel *zd_index__vector_kernel_neon(void)
{
    return &neon;
}

const struct zd_index__vector_kernel *zd_index__vector_kernel_dotprod(void)
{
    return getauxval(AT_HWCAP) & HAS_DOTPROD ? &dotprod : NULL;
}

#endif

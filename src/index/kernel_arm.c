/* kernel_arm.c: NEON form of kernel.h, which every 64-bit ARM processor has. */
#include "index/kernel_forms.h"

#if !defined(__aarch64__)

const struct zd_index__kernel *zd_index__kernel_neon(void)
{
    return NULL;
}

#else

#include <arm_neon.h>

/* Nearly all scores are below the limit, so eight at once are asked whether any is not. */
static size_t neon_collect(const int32_t *scores, size_t n, int32_t least, uint16_t *out)
{
    const int32x4_t limit = vdupq_n_s32(least);
    size_t found = 0, i = 0;

    for (; i + 8 <= n; i += 8) {
        const uint16x8_t reach =
            vcombine_u16(vmovn_u32(vcgeq_s32(vld1q_s32(scores + i), limit)),
                         vmovn_u32(vcgeq_s32(vld1q_s32(scores + i + 4), limit)));
        uint64_t mask = vget_lane_u64(vreinterpret_u64_u8(vmovn_u16(reach)), 0); /* a byte each */

        for (mask &= 0x0101010101010101u; mask; mask &= mask - 1)
            out[found++] = (uint16_t)(i + (unsigned)__builtin_ctzll(mask) / 8);
    }
    for (; i < n; i++)
        if (scores[i] >= least)
            out[found++] = (uint16_t)i;
    return found;
}

static void neon_maxima(const int32_t *scores, size_t n_groups, size_t n_rows, int32_t *maxima)
{
    for (size_t g = 0; g < n_groups; g += 8) {
        int32x4_t low = vld1q_s32(scores + g), high = vld1q_s32(scores + g + 4);

        for (size_t row = 1; row < n_rows; row++) {
            low = vmaxq_s32(low, vld1q_s32(scores + row * n_groups + g));
            high = vmaxq_s32(high, vld1q_s32(scores + row * n_groups + g + 4));
        }
        vst1q_s32(maxima + g, low);
        vst1q_s32(maxima + g + 4, high);
    }
}

static const struct zd_index__kernel neon = {"neon", zd_index__plain_add, neon_collect,
                                             neon_maxima};

const struct zd_index__kernel *zd_index__kernel_neon(void)
{
    return &neon;
}

#endif

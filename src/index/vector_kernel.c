/* vector_kernel.c: plain C, and the choice (see vector_kernel.h). */
#include "index/vector_kernel.h"

#include <string.h>

static void plain_dots(const int8_t *query, const int8_t *rows, uint32_t n_dims,
                       const uint32_t *docs, size_t n, int32_t *out)
{
    for (size_t i = 0; i < n; i++) {
        const int8_t *row = rows + (size_t)docs[i] * n_dims;
        int32_t sum = 0;

        for (uint32_t k = 0; k < n_dims; k++)
            sum += query[k] * row[k];
        out[i] = sum;
    }
}

static uint64_t plain_near(const uint8_t (*worth)[16], const uint8_t *block, uint32_t n_bytes,
                           uint16_t least, uint16_t likeness[64])
{
    uint64_t near = 0;

    memset(likeness, 0, 64 * sizeof *likeness);
    for (uint32_t j = 0; j < n_bytes; j++, block += 64)
        for (unsigned i = 0; i < 64; i++)
            likeness[i] = (uint16_t)(likeness[i] + worth[2 * j][block[i] & 15] +
                                     worth[2 * j + 1][block[i] >> 4]);
    for (unsigned i = 0; i < 64; i++)
        near |= (uint64_t)(likeness[i] >= least) << i;
    return near;
}

static const struct zd_index__vector_kernel plain = {"plain", plain_dots, plain_near};

const struct zd_index__vector_kernel *zd_index__vector_kernel_at(unsigned i)
{
    switch (i) {
    case 0:
        return &plain;
    case 1:
        return zd_index__vector_kernel_avx2();
    case 2:
        return zd_index__vector_kernel_avx512();
    case 3:
        return zd_index__vector_kernel_neon();
    case 4:
        return zd_index__vector_kernel_dotprod();
    default:
        return NULL;
    }
}

const struct zd_index__vector_kernel *zd_index__vector_kernel(void)
{
    for (unsigned i = ZD_INDEX__VECTOR_KERNELS; i-- > 1;)
        if (zd_index__vector_kernel_at(i))
            return zd_index__vector_kernel_at(i);
    return &plain;
}

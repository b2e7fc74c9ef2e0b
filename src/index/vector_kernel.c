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

static void plain_likeness(const uint8_t (*worth)[16], const uint8_t *block, uint32_t n_bytes,
                           uint16_t out[64])
{
    memset(out, 0, 64 * sizeof *out);
    for (uint32_t j = 0; j < n_bytes; j++, block += 64)
        for (unsigned i = 0; i < 64; i++)
            out[i] =
                (uint16_t)(out[i] + worth[2 * j][block[i] & 15] + worth[2 * j + 1][block[i] >> 4]);
}

static size_t plain_near(const uint16_t *likeness, size_t n, uint16_t least, uint16_t *out)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++) {
        out[found] = (uint16_t)i;
        found += likeness[i] >= least;
    }
    return found;
}

static const struct zd_index__vector_kernel plain = {"plain", plain_dots, plain_likeness,
                                                     plain_near};

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

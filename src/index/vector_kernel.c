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

/* Bits set in v, without asking for an instruction that old processors lack. */
static uint32_t count_bits(uint32_t v)
{
    v -= v >> 1 & 0x55555555;
    v = (v & 0x33333333) + (v >> 2 & 0x33333333);
    v = (v + (v >> 4)) & 0x0F0F0F0F;
    return v * 0x01010101 >> 24;
}

static void plain_distances(const uint8_t *query, const uint8_t *rows, uint32_t n_bytes, size_t n,
                            uint16_t *out)
{
    for (size_t i = 0; i < n; i++, rows += n_bytes) {
        uint32_t differ = 0;

        for (uint32_t k = 0; k < n_bytes; k += 4) {
            uint32_t a, b;

            memcpy(&a, query + k, sizeof a);
            memcpy(&b, rows + k, sizeof b);
            differ += count_bits(a ^ b);
        }
        out[i] = (uint16_t)differ;
    }
}

static size_t plain_near(const uint16_t *distances, size_t n, uint16_t most, uint16_t *out)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++) {
        out[found] = (uint16_t)i;
        found += distances[i] <= most;
    }
    return found;
}

static const struct zd_index__vector_kernel plain = {"plain", plain_dots, plain_distances,
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

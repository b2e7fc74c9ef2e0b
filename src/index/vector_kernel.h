/* vector_kernel: the three loops of a vector search, for several processors; chosen at run time,
 * the same results on all (everything is whole numbers). */
#ifndef ZD_INDEX_VECTOR_KERNEL_H
#define ZD_INDEX_VECTOR_KERNEL_H

#include <stddef.h>
#include <stdint.h>

struct zd_index__vector_kernel {
    const char *name;
    /* out[i] = dot product of the query and row rows[docs[i]]. n_dims a multiple of 32, at most
     * 1,024, so that no sum leaves 32 bits. */
    void (*dots)(const int8_t *query, const int8_t *rows /* [][n_dims] */, uint32_t n_dims,
                 const uint32_t *docs, size_t n, int32_t *out);
    /* out[i] = bits in which the query and row i differ. n_bytes a multiple of 4, at most 128. */
    void (*distances)(const uint8_t *query, const uint8_t *rows /* [n][n_bytes] */,
                      uint32_t n_bytes, size_t n, uint16_t *out);
    /* Appends the places of distances <= most to out (room for n); returns their number. */
    size_t (*near)(const uint16_t *distances, size_t n, uint16_t most, uint16_t *out);
};

/* The fastest this processor has. */
const struct zd_index__vector_kernel *zd_index__vector_kernel(void);

/* Kernel number i, NULL where there is none or the processor lacks it: for tests. */
#define ZD_INDEX__VECTOR_KERNELS 5
const struct zd_index__vector_kernel *zd_index__vector_kernel_at(unsigned i);

/* Of one processor family each; NULL elsewhere. */
const struct zd_index__vector_kernel *zd_index__vector_kernel_avx2(void);
const struct zd_index__vector_kernel *zd_index__vector_kernel_avx512(void);
const struct zd_index__vector_kernel *zd_index__vector_kernel_neon(void);
const struct zd_index__vector_kernel *zd_index__vector_kernel_dotprod(void);

#endif

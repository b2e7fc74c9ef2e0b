/* vector_kernel: the two loops of a vector search, for several processors; chosen at run time,
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
    /* likeness[i] = the sum of what the nibbles of passage i are worth, for the 64 passages of a
     * block (docs/formats.md, signs): nibble 2j is the lower half of byte j. n_bytes at most 128.
     * Returns the passages whose likeness is at least `least` (below 2^15), bit i for passage i. */
    uint64_t (*near)(const uint8_t (*worth)[16] /* [2 × n_bytes], each at most 127 */,
                     const uint8_t *block /* [n_bytes][64] */, uint32_t n_bytes, uint16_t least,
                     uint16_t likeness[64]);
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

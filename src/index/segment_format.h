/* segment_format: the constants of a segment file that its writer and its reader share; the bytes
 * are described in docs/formats.md. */
#ifndef ZD_INDEX_SEGMENT_FORMAT_H
#define ZD_INDEX_SEGMENT_FORMAT_H

#include <stdint.h>

#define ZD_INDEX__SEGMENT_MAGIC "ZDSEGMT\n"
#define ZD_INDEX__SEGMENT_VERSION 1u
#define ZD_INDEX__HEADER_BYTES 16u
/* magic 8, 8 × u32, u64, 3 × u64, 13 × (u64, u64), 2 × u32 */
#define ZD_INDEX__FOOTER_BYTES (8u + 32u + 8u + 24u + 13u * 16u + 8u)

/* qsort_r hands its context on as void *; what is sorted by it is not changed. */
static inline void *zd_index__unconst(const void *p)
{
    return (void *)(uintptr_t)p;
}

#endif

/* segment_format: the constants of a segment file that its writer and its reader share; the bytes
 * are described in docs/formats.md. */
#ifndef ZD_INDEX_SEGMENT_FORMAT_H
#define ZD_INDEX_SEGMENT_FORMAT_H

#include <stdint.h>

#include "index/index_private.h"

#define ZD_INDEX__SEGMENT_MAGIC "ZDSEGMT\n"
#define ZD_INDEX__SEGMENT_VERSION 2u
#define ZD_INDEX__HEADER_BYTES 16u
/* of the footer, in this order: magic 8, 10 × u32, 2 × u64, 3 × u64, sections × (u64, u64),
 * 2 × u32 */
#define ZD_INDEX__FOOTER_SECTIONS_AT (8u + 40u + 16u + 24u)
#define ZD_INDEX__FOOTER_BYTES (ZD_INDEX__FOOTER_SECTIONS_AT + 16u * ZD_INDEX__SECTIONS + 8u)

/* qsort_r hands its context on as void *; what is sorted by it is not changed. */
static inline void *zd_index__unconst(const void *p)
{
    return (void *)(uintptr_t)p;
}

#endif

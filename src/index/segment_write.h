/* segment_write: the state of a segment while it is written: postings by segment_write.c, then the
 * tables by segment_tables.c. */
#ifndef ZD_INDEX_SEGMENT_WRITE_H
#define ZD_INDEX_SEGMENT_WRITE_H

#include "index/bound.h"
#include "index/index_private.h"

#define ZD_INDEX__LIST_MAX_BYTES ((size_t)1 << 31)

struct zd_index__segment_writer {
    struct zd_durable_file *file;
    struct zd_index__shape shape;
    const uint8_t (*lengths)[4]; /* [n_docs], borrowed */
    uint16_t *code_of;           /* [CODES_MAX] triple → code */
    uint32_t *triple_of;         /* [n_codes] */
    uint32_t *counts;            /* [n_codes] */

    struct zd_buf checksums; /* u32 a full page */
    uint32_t page_crc;
    uint32_t page_bytes;

    struct zd_buf dict, dict_terms, dict_lists, dict_offsets;
    uint64_t last_term;

    uint32_t docs[ZD_INDEX__BLOCK];
    uint16_t codes[ZD_INDEX__BLOCK];
    size_t n_pending;
    uint32_t df, before;
    struct zd_index__bound block_bound, list_bound;
    struct zd_buf skips, blocks;
    bool misused; /* passages or terms out of order, a triple nobody counted: our own mistake */
};

/* Appends to the file and to the checksum of the current page. Failures stick. */
void zd_index__page_add(struct zd_index__segment_writer *w, const void *p, size_t n);

/* Fills up with zeros to where the section may begin, and begins it; ends it. */
void zd_index__section_begin(struct zd_index__segment_writer *w, enum zd_index__section section);
void zd_index__section_end(struct zd_index__segment_writer *w, enum zd_index__section section);

/* The levels that a triple stands for. */
void zd_index__triple_levels(uint32_t triple, uint8_t level[ZD_FIELD_COUNT]);

#endif

/* model_file: what was learnt, in one file: sections by a four-letter tag.
 *
 *     u32 magic "ZDMF", u32 version 1, u32 n_sections, u32 zero
 *     n_sections × { u8 tag[4], u32 CRC-32C of the section, u64 offset, u64 length }
 *     u32 CRC-32C of every byte before it
 *     sections, each from a multiple of 64 bytes, zeros between
 *
 * all little-endian. Sections are read by whoever wrote them:
 *
 *     ENCO  token vectors (encoder.h)      RANK  the ranker of passages (retrieve)
 *     LOOK  the ranker of the second look (retrieve)
 *     PRIO  what has answered before       SPAN  which words answer (answer)
 *     TOPC  is this of the office's matters SURE  is the best passage right (answer)
 *     MEMO  which questions were answered (memory.h)
 *     NOTE  how it was made, JSON, for people
 *
 * A reader passes over tags that it does not know; one that it needs and does not find means that
 * the program does without that part.
 */
#ifndef ZD_SEMANTIC_MODEL_FILE_H
#define ZD_SEMANTIC_MODEL_FILE_H

#include "base/base.h"
#include "base/buf.h"

#define ZD_MODEL_MAX_SECTIONS 32
#define ZD_MODEL_MAX_BYTES ((size_t)256 << 20)

/* Tags as numbers: ZD_MODEL_TAG("ENCO"). */
#define ZD_MODEL_TAG(s)                                                                            \
    ((uint32_t)(s)[0] | (uint32_t)(s)[1] << 8 | (uint32_t)(s)[2] << 16 | (uint32_t)(s)[3] << 24)

/* An opened model: views into the bytes it was opened on, which must outlive it. */
struct zd_model_file {
    struct {
        uint32_t tag;
        struct zd_bytes bytes;
    } sections[ZD_MODEL_MAX_SECTIONS];
    size_t n_sections;
};

/* Checks everything but, where `sealed` (bytes that are part of the program), the sections' sums.
 * Errors: ZD_CORRUPT with the place. */
enum zd_status zd_model_file_open(struct zd_bytes bytes, bool sealed,
                                  struct zd_model_file *ret_file, struct zd_error *err) ZD_MUST_USE;

/* The section's bytes, 64-byte aligned where the file's are; empty where there is none. */
struct zd_bytes zd_model_file_section(const struct zd_model_file *file, uint32_t tag);

/* Appends a whole model of these sections. Errors show in the buffer. */
void zd_model_file_write(const struct zd_model_file *file, struct zd_buf *out);

#endif

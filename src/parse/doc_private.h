/* doc_private: what doc.c and doc_sheet.c share: runs of formatting, styles and numbering of Word's
 * binary documents ([MS-DOC]). */
#ifndef ZD_PARSE_DOC_PRIVATE_H
#define ZD_PARSE_DOC_PRIVATE_H

#include "parse/docx_private.h"

/* Bytes of the stream that are formatted alike. */
struct zd_parse__doc_run {
    uint32_t from, to;
    uint32_t style;        /* of paragraphs */
    struct zd_bytes sprms; /* changes to it, "single property modifiers" (2.2.5) */
};

struct zd_parse__doc_runs {
    struct zd_parse__doc_run *p; /* [n], zd_alloc, in the order of their bytes */
    size_t n, cap;
};

/* One modifier after the other; false at the end or where they are damaged. */
bool zd_parse__doc_sprm_next(struct zd_cursor *c, uint32_t *ret_op, struct zd_bytes *ret_operand);

/* The runs that a table of 512-byte pages names (2.8.25 of paragraphs, 2.8.5 of characters). False
 * without memory or where there are more than a document may have. */
bool zd_parse__doc_runs_read(struct zd_bytes word, struct zd_bytes plc, bool of_paragraphs,
                             struct zd_parse__doc_runs *runs) ZD_MUST_USE;
/* The run that holds the byte, or NULL. */
const struct zd_parse__doc_run *zd_parse__doc_run_at(const struct zd_parse__doc_runs *runs,
                                                     uint32_t at);

/* Styles (2.9.271) by their number as the id; lists by their place in the table of lists, from 1.
 * What is damaged is passed over. */
void zd_parse__doc_styles_read(struct zd_bytes stsh, struct zd_parse__docx_sheet *sheet);
void zd_parse__doc_lists_read(struct zd_bytes table, uint32_t lists_at, uint32_t lists_n,
                              uint32_t uses_at, uint32_t uses_n,
                              struct zd_parse__docx_sheet *sheet);

/* Modifiers of a paragraph that docx_sheet's styles know: outline, list, level. */
void zd_parse__doc_paragraph_sprms(struct zd_bytes sprms, struct zd_parse__docx_style *style);

uint32_t zd_parse__doc_u16(struct zd_bytes b, size_t at); /* 0 outside */
uint32_t zd_parse__doc_u32(struct zd_bytes b, size_t at);
/* [at, at + n), cut where the bytes end. */
struct zd_bytes zd_parse__doc_part(struct zd_bytes b, size_t at, size_t n);

/* A character of Windows-1252. */
uint32_t zd_parse__cp1252(uint8_t byte);

#endif

/* rtf_private: a document of Rich Text Format in hand, as its two files share it: rtf.c reads groups and
 * control words, rtf_text.c makes paragraphs and tables of what they say. */
#ifndef ZD_PARSE_RTF_PRIVATE_H
#define ZD_PARSE_RTF_PRIVATE_H

#include "base/caps.h"
#include "parse/edges.h"
#include "parse/readers_private.h"

#define ZD_RTF__MAX_DEPTH 1024
#define ZD_RTF__MAX_FONTS 4096
#define ZD_RTF__MAX_STYLES 4096
#define ZD_RTF__MAX_CELLS 256

enum zd_rtf__destination {
    ZD_RTF__BODY,
    ZD_RTF__SKIP,
    ZD_RTF__SKIP_COMMENT,
    ZD_RTF__SKIP_EMBEDDED,
    ZD_RTF__SKIP_PICTURE,
    ZD_RTF__MARGIN,
    ZD_RTF__NOTE,
    ZD_RTF__LABEL,
    ZD_RTF__INSTRUCTION,
    ZD_RTF__RESULT,
    ZD_RTF__FONTS,
    ZD_RTF__STYLES,
    ZD_RTF__SHAPE_NAME,
    ZD_RTF__SHAPE_VALUE,
    ZD_RTF__ENTER_SHAPE,
    ZD_RTF__ENTER, /* goes on with what the group around it is */
};

enum zd_rtf__merge {
    ZD_RTF__MERGE_NONE,
    ZD_RTF__MERGE_BEGINS,
    ZD_RTF__MERGE_BESIDE,
    ZD_RTF__MERGE_ABOVE
};

struct zd_rtf__group {
    enum zd_rtf__destination destination;
    uint32_t font;
    uint16_t unicode_skip;
    bool hidden, deleted, is_contents;
};

struct zd_rtf__style {
    int8_t outline; /* -1 none */
    bool is_contents, is_title;
};

struct zd_rtf__row_cell {
    int32_t right;
    enum zd_rtf__merge merge;
};

struct zd_rtf {
    struct zd_parse__maker *m;
    struct zd_bytes raw;
    size_t at;
    struct zd_rtf__group groups[ZD_RTF__MAX_DEPTH];
    size_t depth;
    bool is_starred;  /* \* stands before the next word */
    size_t pass_over; /* characters that stand for the last \u */
    uint32_t high;
    unsigned code_page;
    uint16_t fonts[ZD_RTF__MAX_FONTS]; /* code pages, 0: the document's */
    struct zd_rtf__style styles[ZD_RTF__MAX_STYLES];
    uint32_t default_font, font, style; /* font and style: in the tables' groups the one in hand */
    struct zd_buf bytes, text, label, notes, instruction, shape, margin;
    /* of the paragraph in hand */
    int outline;
    uint32_t paragraph_style;
    bool in_table;
    /* of the row in hand */
    struct zd_rtf__row_cell row[ZD_RTF__MAX_CELLS];
    size_t n_row;
    struct zd_str cells[ZD_RTF__MAX_CELLS];
    size_t n_cells;
    int32_t row_left;
    enum zd_rtf__merge merge;
    bool is_header_row;
    struct zd_parse__edges *edges;
    struct zd_buf cell;
};

static inline struct zd_rtf__group *zd_rtf__top(struct zd_rtf *r)
{
    return &r->groups[r->depth];
}

static inline uint32_t *zd_rtf__left_out(struct zd_rtf *r, enum zd_left_out what)
{
    return &r->m->reading.n_left_out[what];
}

/* One byte of text, in the code page of the font in force; what is gathered is decoded by a flush, which
 * every change of font or group needs before it. */
void zd_rtf__put_byte(struct zd_rtf *r, uint8_t byte);
void zd_rtf__flush(struct zd_rtf *r);
/* A character as it is; one as \u gives it, in halves where it is beyond 16 bits. */
void zd_rtf__put_character(struct zd_rtf *r, uint32_t c);
void zd_rtf__put_unicode(struct zd_rtf *r, int32_t value);

/* The end of a paragraph wherever its words go; of one of the text, or of a cell. */
void zd_rtf__end_paragraph(struct zd_rtf *r);
void zd_rtf__end_body_paragraph(struct zd_rtf *r, bool in_cell);
void zd_rtf__end_cell(struct zd_rtf *r);
/* The end of a row, whose edges have been told (add_edge, from the left); of the table, where one is open. */
void zd_rtf__end_row(struct zd_rtf *r);
void zd_rtf__add_edge(struct zd_rtf *r, int32_t at);
void zd_rtf__end_table(struct zd_rtf *r);

#endif

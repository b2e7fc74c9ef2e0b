/* block: what every reader of a file format yields, and the passages that structure makes of it.
 *
 * A reader turns bytes into one text (the version's text: clean UTF-8, lines ended by \n) and a
 * list of blocks, each a span of that text. Structure (structure.h) turns blocks into passages:
 * the smallest units that can be cited. Spans are bytes of the text and never overlap; block and
 * passage order is reading order. All memory is the arena's.
 */
#ifndef ZD_PARSE_BLOCK_H
#define ZD_PARSE_BLOCK_H

#include "base/arena.h"
#include "base/base.h"
#include "base/kinds.h"

enum zd_block_kind {
    ZD_BLOCK_HEADING, /* level 1 … 6 from the format; 0 where only the look says so */
    ZD_BLOCK_PARAGRAPH,
    ZD_BLOCK_LIST_ITEM,
    ZD_BLOCK_TABLE_ROW, /* text is the row's cells joined by \t */
};

struct zd_cell {
    struct zd_str text;        /* borrowed from the text, or the repeated text of a merged cell */
    struct zd_str header_path; /* "收费标准 > 首次申领", empty for the header itself */
    bool is_header;
    bool is_repeated; /* the value of a merged cell, which stands in a row above as well */
};

struct zd_block {
    enum zd_block_kind kind;
    int level;             /* headings */
    uint32_t start, end;   /* bytes of the document's text */
    uint32_t page;         /* from 1; 0 where the format has none */
    uint32_t table;        /* from 1: rows of one table share it; 0 outside */
    uint32_t row;          /* from 1 in its table, header rows counted; 0 outside */
    struct zd_str place;   /* of a sheet's row: "A4:F4"; else empty */
    struct zd_cell *cells; /* [n_cells], table rows only */
    uint32_t n_cells;
};

/* What a reader saw and left out, told to the owner of the document: enumerator, word in JSON. */
#define ZD_LEFT_OUT_TABLE(X)                                                                       \
    X(FURNITURE, "furniture")       /* navigation, scripts, repeats of a page */                   \
    X(RUNNING_HEAD, "running head") /* headers and footers */                                      \
    X(CONTENTS, "table of contents")                                                               \
    X(DELETED, "deleted text") /* tracked changes */                                               \
    X(COMMENT, "comment")                                                                          \
    X(HIDDEN, "hidden text")                                                                       \
    X(PICTURE, "picture")                                                                          \
    X(MACRO, "macro")                                                                              \
    X(EMBEDDED, "embedded file")                                                                   \
    X(UNREADABLE, "unreadable part")

#define ZD_LEFT_OUT_ENUM(name, word) ZD_LEFT_OUT_##name,
enum zd_left_out { ZD_LEFT_OUT_TABLE(ZD_LEFT_OUT_ENUM) ZD_LEFT_OUT_COUNT };
#undef ZD_LEFT_OUT_ENUM

const char *zd_left_out_word(enum zd_left_out what); /* "" outside the table */

/* How well a document could be read. */
struct zd_reading {
    uint32_t n_pages;            /* pages, slides or sheets; 0 where the format has none */
    uint32_t n_pages_no_text;    /* of those */
    uint32_t n_pages_scanned;    /* pictures that recognition could read but did not: see read.h */
    uint32_t n_pages_recognised; /* pictures whose words were recognised */
    uint32_t n_tables;
    uint32_t n_left_out[ZD_LEFT_OUT_COUNT]; /* pieces */
};

struct zd_blocks {
    struct zd_str text;
    struct zd_block *p; /* [n] */
    size_t n;
    struct zd_str title;  /* from the format (HTML title or h1, first heading), may be empty */
    const char *format;   /* "markdown", "text", "html", "jsonl", … (kind.c) */
    const char *encoding; /* "UTF-8", "GB18030", … */
    struct zd_reading reading;
    struct zd_str
        aside;        /* lines that were left out of the text but say something about it: headers,
                            footers, watermarks, hidden words, the furniture of a page; looked at
                            for marks of secrecy, never shown or indexed */
    uint32_t n_front; /* the first blocks that stand before the text proper (who adopted it
                               when, 发布机构：…): facts, never passages */
};

struct zd_passage {
    enum zd_passage_kind kind;
    enum zd_guide_field field;
    struct zd_str path;   /* headings from the outside in, joined by " > ", without the number */
    struct zd_str number; /* "第三十七条", "（二）", "" */
    uint32_t start, end;  /* bytes of the version's text: the words a citation shows, without
                               the number where that stands apart ("第一条 为了…" → "为了…") */
    uint32_t page;
    struct zd_str context; /* words that belong to the meaning but not to the span: a table row's
                               header path, an item's lead-in; indexed with the headings */
    /* of a table row, else 0: which table, which row of it (both from 1), and the cells */
    uint32_t table, row;
    const struct zd_cell *cells; /* [n_cells] */
    uint32_t n_cells;
};

struct zd_passages {
    struct zd_passage *p; /* [n] */
    size_t n;
};

#endif

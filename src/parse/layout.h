/* layout: from pieces of text that stand somewhere on pages to blocks in reading order.
 *
 * Formats with fixed pages (PDF, OFD, scans) say where words stand and not what they belong to. A
 * reader gives pages and pieces in any order; finishing
 *
 *     1. joins pieces of one line, and lines of one row             layout_rows.c
 *     2. finds two columns and the bands of full width between them layout_rows.c
 *     3. takes away running heads, page numbers, tables of contents layout_margins.c
 *     4. joins lines to paragraphs, tells headings by their size,
 *        takes rows of equal cells as a table                       layout.c
 *
 * Chinese lines are joined without a blank, words cut by a hyphen without the hyphen. A new
 * paragraph begins at an indent, behind a line that ends early, at a mark (第一条, 一、), where the
 * size changes. All steps are linear or n log n in the pieces of a page. Coordinates: any unit, y
 * grows downwards, the page begins at 0, 0.
 *
 * Not told: columns more than two, text that runs downwards.
 */
#ifndef ZD_PARSE_LAYOUT_H
#define ZD_PARSE_LAYOUT_H

#include "parse/parse_private.h"

struct zd_parse__piece {
    double x0, y0, x1, y1;
    double size;        /* of its letters */
    struct zd_str text; /* valid UTF-8 that lives as long as the layout */
};

/* A run of pieces on one line without a wide gap. */
struct zd_parse__run {
    struct zd_parse__piece piece; /* all of it */
    uint32_t page;                /* from 1 */
    uint32_t row;                 /* runs side by side share it; counts through the document */
    uint8_t column;               /* 0: over the whole width; 1 left, 2 right */
    bool dropped;
};

struct zd_parse__layout_page {
    double width, height;
    size_t from, n; /* its pieces, later its runs in reading order */
    uint32_t first_row, n_rows;
};

struct zd_parse__layout {
    struct zd_parse__maker *m;
    struct zd_parse__piece *pieces; /* [n_pieces], zd_alloc */
    size_t n_pieces, pieces_cap;
    struct zd_parse__layout_page *pages; /* [n_pages], zd_alloc */
    size_t n_pages, pages_cap;
    struct zd_parse__run *runs; /* [n_runs], zd_alloc */
    size_t n_runs, runs_cap;
    uint32_t n_rows;
    bool too_many, no_memory;
};

void zd_parse__layout_init(struct zd_parse__layout *layout, struct zd_parse__maker *m);
void zd_parse__layout_done(struct zd_parse__layout *layout);

/* Begins the next page; pieces belong to the last page begun. */
void zd_parse__layout_page(struct zd_parse__layout *layout, double width, double height);
/* A piece that is empty, of no size or outside the page is passed over. */
void zd_parse__layout_piece(struct zd_parse__layout *layout, const struct zd_parse__piece *piece);

/* The text with characters where it has signs of Unicode's lists of radicals (⼈⺠ → 人民); itself where
 * it has none, else the arena's. p NULL without memory. */
struct zd_str zd_parse__without_radicals(struct zd_str text, struct zd_arena *arena);

/* All pages → blocks in the maker, whose reading gets pages, pages without text, and what was left
 * out. Errors: ZD_LIMIT, ZD_NOMEM. */
enum zd_status zd_parse__layout_finish(struct zd_parse__layout *layout,
                                       struct zd_error *err) ZD_MUST_USE;

/* The steps, for finishing only. */
void zd_parse__layout_rows(struct zd_parse__layout *layout);
void zd_parse__layout_margins(struct zd_parse__layout *layout);
void zd_parse__layout_contents(struct zd_parse__layout *layout);

#endif

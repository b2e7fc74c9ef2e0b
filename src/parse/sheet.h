/* sheet: the cells of a spreadsheet on their way to tables, whatever the format.
 *
 * A reader gives cells with words, row by row, and merged ranges; adding cuts the sheet at its empty
 * rows into tables (grid.c), each row a block that knows its address, "B4:F4".
 */
#ifndef ZD_PARSE_SHEET_H
#define ZD_PARSE_SHEET_H

#include "parse/office_private.h"

struct zd_parse__sheet_cell {
    uint32_t row, column; /* from 0 */
    struct zd_str text;
};

struct zd_parse__merge {
    uint32_t row, column, rows, columns;
};

/* Zero but for m at the beginning; ended by _done. */
struct zd_parse__sheet {
    struct zd_parse__maker *m;
    struct zd_parse__sheet_cell *cells; /* [n_cells] in order of rows */
    struct zd_parse__merge *merges;
    size_t n_cells, n_merges, cells_cap, merges_cap;
};

void zd_parse__sheet_done(struct zd_parse__sheet *sheet);
void zd_parse__sheet_cell(struct zd_parse__sheet *sheet, uint32_t row, uint32_t column,
                          struct zd_str words);
void zd_parse__sheet_merge(struct zd_parse__sheet *sheet, uint32_t row, uint32_t column,
                           uint32_t rows, uint32_t columns);
/* Its tables into the maker; for the next sheet set n_cells and n_merges to 0. */
void zd_parse__sheet_add(struct zd_parse__sheet *sheet);

/* Keeps a sheet's header or footer aside, a line each part, without its codes: "&C&"黑体"机密&P". */
void zd_parse__margin_aside(struct zd_parse__maker *m, struct zd_str margin);

#endif

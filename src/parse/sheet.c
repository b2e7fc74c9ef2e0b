/* sheet.c: see sheet.h. */
#include "parse/sheet.h"

#include <string.h>

#include "base/caps.h"

#define MAX_CELLS 4000000
#define MAX_MERGES 100000

void zd_parse__sheet_done(struct zd_parse__sheet *sheet)
{
    zd_free(sheet->cells);
    zd_free(sheet->merges);
}

static struct zd_str kept(struct zd_parse__sheet *sheet, struct zd_str s)
{
    struct zd_str copy = zd_arena_str(sheet->m->arena, s);

    sheet->m->no_memory |= !copy.p;
    return copy.p ? copy : ZD_STR("");
}

void zd_parse__sheet_cell(struct zd_parse__sheet *sheet, uint32_t row, uint32_t column,
                          struct zd_str words)
{
    if (sheet->n_cells > 0 && row < sheet->cells[sheet->n_cells - 1].row)
        return; /* rows stand in order; what does not is no sheet of Excel's */
    if (sheet->n_cells >= MAX_CELLS) {
        sheet->m->too_many = true;
        return;
    }
    if (!zd_grow(&sheet->cells, &sheet->cells_cap, sheet->n_cells + 1, sizeof *sheet->cells,
                 MAX_CELLS)) {
        sheet->m->no_memory = true;
        return;
    }
    sheet->cells[sheet->n_cells++] = (struct zd_parse__sheet_cell){row, column, kept(sheet, words)};
}

void zd_parse__sheet_merge(struct zd_parse__sheet *sheet, uint32_t row, uint32_t column,
                           uint32_t rows, uint32_t columns)
{
    if (sheet->n_merges >= MAX_MERGES) {
        sheet->m->too_many = true;
        return;
    }
    if (!zd_grow(&sheet->merges, &sheet->merges_cap, sheet->n_merges + 1, sizeof *sheet->merges,
                 MAX_MERGES)) {
        sheet->m->no_memory = true;
        return;
    }
    sheet->merges[sheet->n_merges++] = (struct zd_parse__merge){row, column, rows, columns};
}

static const struct zd_parse__merge *merge_at(const struct zd_parse__sheet *sheet, uint32_t row,
                                              uint32_t column)
{
    for (size_t i = 0; i < sheet->n_merges; i++)
        if (row >= sheet->merges[i].row && row - sheet->merges[i].row < sheet->merges[i].rows &&
            column >= sheet->merges[i].column &&
            column - sheet->merges[i].column < sheet->merges[i].columns)
            return &sheet->merges[i];
    return NULL;
}

static void put_address(struct zd_buf *out, uint32_t row, uint32_t column)
{
    char letters[8];
    size_t n = 0;

    for (uint32_t c = column + 1; c > 0 && n < sizeof letters; c = (c - 1) / 26)
        letters[n++] = (char)('A' + (c - 1) % 26);
    while (n > 0)
        zd_buf_byte(out, (uint8_t)letters[--n]);
    zd_buf_printf(out, "%u", row + 1);
}

/* The rows [from, to) of cells as one table whose first column is `left`. */
static void write_row(struct zd_parse__sheet *sheet, struct zd_parse__grid *grid, size_t from,
                      size_t to, uint32_t row, uint32_t left, uint32_t right)
{
    size_t at = from;

    zd_parse__grid_row(grid, false);
    for (uint32_t column = left; column <= right;) {
        const struct zd_parse__merge *merge = merge_at(sheet, row, column);
        struct zd_str text = ZD_STR("");
        uint32_t across = 1, down = 1;

        while (at < to && sheet->cells[at].column < column)
            at++;
        if (at < to && sheet->cells[at].column == column)
            text = sheet->cells[at].text;
        if (merge && column == merge->column) {
            across = merge->columns <= right - column + 1 ? merge->columns : right - column + 1;
            down = merge->rows;
        }
        /* below its first row a merged range belongs to the cell above */
        if (merge && row > merge->row)
            across = merge->column + merge->columns - column;
        zd_parse__grid_cell(grid, text, across, row == (merge ? merge->row : row) ? 1 : down,
                            merge && row > merge->row);
        column += across;
    }
}

/* Writes the address of each row into the blocks that came of a table. */
static void write_addresses(struct zd_parse__sheet *sheet, size_t first_block, const uint32_t *rows,
                            uint32_t left, uint32_t right)
{
    size_t n_captions = 0;

    for (size_t i = first_block; i < sheet->m->n; i++) {
        struct zd_block *block = &sheet->m->blocks[i];
        struct zd_buf place = {.max = 64};

        if (block->kind != ZD_BLOCK_TABLE_ROW) {
            n_captions++;
            continue;
        }
        put_address(&place, rows[block->row - 1 + n_captions], left);
        zd_buf_byte(&place, ':');
        put_address(&place, rows[block->row - 1 + n_captions], right);
        block->place = kept(sheet, zd_buf_view(&place));
        zd_buf_done(&place);
    }
}

/* One run of rows without an empty one between. */
static void write_table(struct zd_parse__sheet *sheet, size_t from, size_t to)
{
    struct zd_parse__grid *grid = zd_parse__grid_new(sheet->m);
    uint32_t left = UINT32_MAX, right = 0, *rows, n_rows = 0;
    size_t first_block = sheet->m->n;

    for (size_t i = from; i < to; i++) {
        const struct zd_parse__merge *merge =
            merge_at(sheet, sheet->cells[i].row, sheet->cells[i].column);
        uint32_t end = sheet->cells[i].column + (merge ? merge->columns - 1 : 0);

        left = sheet->cells[i].column < left ? sheet->cells[i].column : left;
        right = end > right ? end : right;
    }
    if (right - left >= ZD_TABLE_MAX_COLUMNS)
        right = left + ZD_TABLE_MAX_COLUMNS - 1;
    rows = zd_arena_array(sheet->m->arena, to - from, sizeof *rows);
    if (!rows)
        sheet->m->no_memory = true;
    for (size_t i = from, end; rows && i < to; i = end) {
        for (end = i; end < to && sheet->cells[end].row == sheet->cells[i].row; end++)
            ;
        rows[n_rows++] = sheet->cells[i].row;
        write_row(sheet, grid, i, end, sheet->cells[i].row, left, right);
    }
    if (rows && left == right) { /* one column: lines, without addresses */
        zd_parse__grid_add(grid);
    } else if (rows) {
        zd_parse__grid_add(grid);
        write_addresses(sheet, first_block, rows, left, right);
    }
    zd_parse__grid_free(grid);
}

/* A row that only goes on with merged cells from above is no empty one. */
static bool goes_on(const struct zd_parse__sheet *sheet, uint32_t row, uint32_t next)
{
    for (size_t i = 0; i < sheet->n_merges; i++)
        if (sheet->merges[i].row <= row && sheet->merges[i].row + sheet->merges[i].rows > next)
            return true;
    return false;
}

void zd_parse__sheet_add(struct zd_parse__sheet *sheet)
{
    size_t from = 0;

    for (size_t i = 1; i <= sheet->n_cells; i++)
        if (i == sheet->n_cells ||
            (sheet->cells[i].row > sheet->cells[i - 1].row + 1 &&
             !goes_on(sheet, sheet->cells[i - 1].row, sheet->cells[i].row))) {
            write_table(sheet, from, i);
            from = i;
        }
}

void zd_parse__margin_aside(struct zd_parse__maker *m, struct zd_str margin)
{
    size_t from = 0, at = 0;

    while (at < margin.n) {
        if (margin.p[at] != '&') {
            at++;
            continue;
        }
        zd_parse__maker_aside(m, zd_str_cut(margin, from, at));
        if (++at < margin.n && margin.p[at] == '"')
            for (at++; at < margin.n && margin.p[at] != '"';)
                at++;
        at += at < margin.n && (uint8_t)margin.p[at] < 0x80; /* codes are letters */
        from = at;
    }
    zd_parse__maker_aside(m, zd_str_cut(margin, from, margin.n));
}

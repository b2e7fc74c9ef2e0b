/* grid.c: a table as its cells come, see office_private.h; table.c makes rows and paths of it. */
#include <string.h>

#include "base/caps.h"
#include "parse/office_private.h"

struct grid_row {
    struct zd_parse__cell *cells;
    uint32_t *columns; /* the first column each covers */
    size_t n, cap, columns_cap;
    uint32_t next_column;
    bool is_header;
};

struct zd_parse__grid {
    struct zd_parse__maker *m;
    struct grid_row *rows;
    size_t n, cap;
    uint32_t n_columns;
};

struct zd_parse__grid *zd_parse__grid_new(struct zd_parse__maker *m)
{
    struct zd_parse__grid *grid = zd_alloc(sizeof *grid);

    if (grid)
        grid->m = m;
    else
        m->no_memory = true;
    return grid;
}

void zd_parse__grid_free(struct zd_parse__grid *grid)
{
    if (!grid)
        return;
    for (size_t i = 0; i < grid->n; i++) {
        zd_free(grid->rows[i].cells);
        zd_free(grid->rows[i].columns);
    }
    zd_free(grid->rows);
    zd_free(grid);
}

void zd_parse__grid_row(struct zd_parse__grid *grid, bool is_header)
{
    if (!grid || grid->m->too_many)
        return;
    if (grid->n >= ZD_TABLE_MAX_ROWS) {
        grid->m->too_many = true;
        return;
    }
    if (!zd_grow(&grid->rows, &grid->cap, grid->n + 1, sizeof *grid->rows, ZD_TABLE_MAX_ROWS)) {
        grid->m->no_memory = true;
        return;
    }
    grid->rows[grid->n++] = (struct grid_row){.is_header = is_header};
}

/* The nearest cell above that begins in this column gets one more row. */
static bool goes_on_above(struct zd_parse__grid *grid, uint32_t column)
{
    for (size_t i = grid->n - 1; i-- > 0;)
        for (size_t k = 0; k < grid->rows[i].n; k++)
            if (grid->rows[i].columns[k] == column) {
                if (i + grid->rows[i].cells[k].row_span < grid->n - 1)
                    return false; /* it has ended */
                grid->rows[i].cells[k].row_span = (uint32_t)(grid->n - i);
                return true;
            }
    return false;
}

/* Inner line ends as blanks; between Han characters nothing stands in the way of reading either. */
static struct zd_str one_line(struct zd_parse__grid *grid, struct zd_str text)
{
    struct zd_str line = zd_parse__trim(text);

    if (line.n == 0)
        return ZD_STR("");
    line = zd_arena_str(grid->m->arena, line);
    if (!line.p) {
        grid->m->no_memory = true;
        return ZD_STR("");
    }
    return line;
}

void zd_parse__grid_cell(struct zd_parse__grid *grid, struct zd_str text, uint32_t col_span,
                         uint32_t row_span, bool goes_on)
{
    struct grid_row *row;
    uint32_t column;

    if (!grid || grid->n == 0 || grid->m->no_memory || grid->m->too_many)
        return;
    row = &grid->rows[grid->n - 1];
    column = row->next_column;
    col_span = col_span ? col_span : 1;
    row->next_column += col_span < ZD_TABLE_MAX_COLUMNS ? col_span : ZD_TABLE_MAX_COLUMNS;
    if (row->n >= ZD_TABLE_MAX_COLUMNS || (goes_on && goes_on_above(grid, column)))
        return;
    if (!zd_grow(&row->cells, &row->cap, row->n + 1, sizeof *row->cells, ZD_TABLE_MAX_COLUMNS) ||
        !zd_grow(&row->columns, &row->columns_cap, row->n + 1, sizeof *row->columns,
                 ZD_TABLE_MAX_COLUMNS)) {
        grid->m->no_memory = true;
        return;
    }
    row->cells[row->n] = (struct zd_parse__cell){.text = one_line(grid, text),
                                                 .col_span = col_span,
                                                 .row_span = row_span ? row_span : 1,
                                                 .is_header = row->is_header};
    row->columns[row->n++] = column;
    if (row->next_column > grid->n_columns)
        grid->n_columns = row->next_column;
}

static void add_lines(struct zd_parse__grid *grid)
{
    for (size_t i = 0; i < grid->n; i++)
        for (size_t k = 0; k < grid->rows[i].n; k++) {
            struct zd_str line;
            size_t at = 0;

            while (zd_parse__line_next(grid->rows[i].cells[k].text, &at, &line))
                zd_parse__maker_add(grid->m, ZD_BLOCK_PARAGRAPH, 0, line);
        }
}

void zd_parse__grid_add(struct zd_parse__grid *grid)
{
    struct zd_parse__row *rows;

    if (!grid || grid->n == 0)
        return;
    if (grid->n_columns <= 1) { /* a frame around text */
        add_lines(grid);
        return;
    }
    rows = zd_arena_array(grid->m->arena, grid->n, sizeof *rows);
    if (!rows) {
        grid->m->no_memory = true;
        return;
    }
    for (size_t i = 0; i < grid->n; i++) {
        for (size_t k = 0; k < grid->rows[i].n; k++)
            grid->rows[i].cells[k].text =
                zd_parse__squeeze(grid->rows[i].cells[k].text, grid->m->arena);
        rows[i] = (struct zd_parse__row){.cells = grid->rows[i].cells,
                                         .n = (uint32_t)grid->rows[i].n,
                                         .is_header = grid->rows[i].is_header};
    }
    zd_parse__table_add(grid->m, rows, grid->n);
}

void zd_parse__grid_drop_row(struct zd_parse__grid *grid)
{
    if (!grid || grid->n == 0)
        return;
    grid->n--;
    zd_free(grid->rows[grid->n].cells);
    zd_free(grid->rows[grid->n].columns);
}

bool zd_parse__is_given_sheet_name(struct zd_str name)
{
    static const char *const starts[] = {"Sheet", "sheet", "工作表", "Table"};
    size_t n = 0;

    for (size_t i = 0; i < ZD_COUNT(starts); i++)
        if (zd_str_starts(name, zd_str_c(starts[i])))
            n = strlen(starts[i]);
    if (n == 0)
        return false;
    for (; n < name.n; n++)
        if (name.p[n] < '0' || name.p[n] > '9')
            return false;
    return true;
}

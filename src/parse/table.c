/* table.c: rows of cells as a reader found them → blocks whose cells know their header path.
 *
 *   1. Lay the cells on a grid: a cell that spans columns or rows stands in every place it covers.
 *   2. A first row of one cell over all columns is the table's caption.
 *   3. The header is the rows marked so by the format; failing that, the first row when it looks
 *      like one (short words, no value in it, all different), with the rows that its cells span.
 *   4. One block a row: its cells joined by tabs, a value that spans rows repeated in each, since
 *      a row must be understood alone; a cell that spans columns is written once.
 *
 * Header paths are the different header words above a place, from the top, joined by " > ". A
 * table of pairs (label and value by turns) has no header row; its left cells are marked.
 * Bounds: ZD_TABLE_MAX_COLUMNS columns (further ones are left out), ZD_TABLE_MAX_ROWS rows, and
 * GRID_MAX places in all.
 */
#include <string.h>

#include "base/caps.h"
#include "base/utf8.h"
#include "parse/parse_private.h"

#define GRID_MAX ((size_t)4000000)
#define HEADER_MAX_CHARS 30

struct place {
    uint32_t row, cell; /* whose cell stands here, row + 1; 0: none */
};

struct grid {
    struct zd_parse__maker *m;
    const struct zd_parse__row *rows;
    struct place *places; /* [n_rows][n_columns] */
    size_t n_rows, n_columns;
    size_t caption, header; /* rows of each kind at the top */
    struct zd_str caption_text;
    bool pairs;
};

static struct place *place_at(const struct grid *g, size_t row, size_t column)
{
    return &g->places[row * g->n_columns + column];
}

static const struct zd_parse__cell *cell_at(const struct grid *g, size_t row, size_t column)
{
    const struct place *place = place_at(g, row, column);

    return place->row ? &g->rows[place->row - 1].cells[place->cell] : NULL;
}

static size_t count_columns(const struct zd_parse__row *rows, size_t n)
{
    size_t most = 0;

    for (size_t r = 0; r < n; r++) {
        size_t width = 0;

        for (uint32_t c = 0; c < rows[r].n && width < ZD_TABLE_MAX_COLUMNS; c++)
            width += rows[r].cells[c].col_span ? rows[r].cells[c].col_span : 1;
        if (width > most)
            most = width;
    }
    return most < ZD_TABLE_MAX_COLUMNS ? most : ZD_TABLE_MAX_COLUMNS;
}

static void put(struct grid *g, size_t row, size_t column, uint32_t cell)
{
    const struct zd_parse__cell *c = &g->rows[row].cells[cell];
    size_t down = c->row_span ? c->row_span : 1, across = c->col_span ? c->col_span : 1;

    for (size_t i = row; i < row + down && i < g->n_rows; i++)
        for (size_t k = column; k < column + across && k < g->n_columns; k++)
            if (place_at(g, i, k)->row == 0)
                *place_at(g, i, k) = (struct place){(uint32_t)row + 1, cell};
}

static void lay_out(struct grid *g)
{
    for (size_t r = 0; r < g->n_rows; r++) {
        size_t column = 0;

        for (uint32_t c = 0; c < g->rows[r].n; c++) {
            while (column < g->n_columns && place_at(g, r, column)->row != 0)
                column++;
            if (column >= g->n_columns)
                break;
            put(g, r, column, c);
        }
    }
}

/* Different cells standing in a row, its spanned ones included. */
static size_t distinct(const struct grid *g, size_t row)
{
    const struct zd_parse__cell *last = NULL;
    size_t n = 0;

    for (size_t k = 0; k < g->n_columns; k++) {
        const struct zd_parse__cell *c = cell_at(g, row, k);

        if (c && c != last && c->text.n)
            n++;
        last = c;
    }
    return n;
}

static bool has_digit(struct zd_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= '0' && s.p[i] <= '9')
            return true;
    return false;
}

/* Words a header would have: short, no sentence, no value. */
static bool looks_like_header_cell(struct zd_str s)
{
    return s.n > 0 && zd_parse__chars(s) <= HEADER_MAX_CHARS && !has_digit(s) &&
           !zd_parse__ends_sentence(s);
}

static bool looks_like_header(const struct grid *g, size_t row)
{
    for (size_t k = 0; k < g->n_columns; k++) {
        const struct zd_parse__cell *c = cell_at(g, row, k);

        if (!c || !looks_like_header_cell(c->text))
            return false;
        for (size_t i = 0; i < k; i++)
            if (cell_at(g, row, i) != c && zd_str_eq(cell_at(g, row, i)->text, c->text))
                return false;
    }
    return true;
}

static bool all_header_cells(const struct grid *g, size_t row)
{
    for (uint32_t c = 0; c < g->rows[row].n; c++)
        if (!g->rows[row].cells[c].is_header)
            return false;
    return g->rows[row].n > 0;
}

static bool is_label(const struct zd_parse__cell *c)
{
    return c && (zd_parse__guide_field(c->text) != ZD_GUIDE_NONE ||
                 zd_parse__is_meta_label(c->text) || zd_parse__is_sheet_label(c->text));
}

/* A table of pairs: cells by turns label and value, in two or four columns. The left cells are
 * labels mostly; in four columns a third cell that is one too must show it. */
static bool is_pairs(const struct grid *g)
{
    size_t labels = 0, rows = 0, third = 0;

    if (g->n_columns != 2 && g->n_columns != 4)
        return false;
    for (size_t r = g->caption; r < g->n_rows; r++) {
        const struct zd_parse__cell *left = cell_at(g, r, 0);

        if (!left || !cell_at(g, r, 1) || left == cell_at(g, r, 1))
            continue;
        rows++;
        labels += is_label(left);
        third += g->n_columns == 4 && is_label(cell_at(g, r, 2));
    }
    return rows >= 2 && labels * 3 >= rows && (g->n_columns == 2 || third > 0);
}

/* The row below a first row with cells over several columns: words of a header under those, and
 * nothing or words under the rest. */
static bool is_second_header(const struct grid *g, size_t row)
{
    bool spans = false;

    for (uint32_t c = 0; c < g->rows[row - 1].n; c++)
        spans = spans || g->rows[row - 1].cells[c].col_span > 1;
    if (!spans || g->n_rows - row < 2)
        return false;
    for (size_t k = 0; k < g->n_columns; k++) {
        const struct zd_parse__cell *c = cell_at(g, row, k), *above = cell_at(g, row - 1, k);

        if (!c || (c->text.n > 0 && !looks_like_header_cell(c->text)) ||
            (c->text.n == 0 && above && above->col_span > 1))
            return false;
    }
    return true;
}

static void find_header(struct grid *g)
{
    size_t r;

    while (g->caption < g->n_rows && g->caption < 2 && g->n_columns > 1 &&
           distinct(g, g->caption) == 1 && g->rows[g->caption].n == 1) {
        g->caption_text = g->rows[g->caption].cells[0].text;
        g->caption++;
    }
    r = g->caption;
    g->pairs = is_pairs(g);
    while (r < g->n_rows && (g->rows[r].is_header || all_header_cells(g, r)) &&
           !(g->pairs && is_label(cell_at(g, r, 0))))
        r++;
    if (r == g->caption && !g->pairs && g->n_rows - r >= 2 && g->n_columns >= 2 &&
        looks_like_header(g, r)) {
        size_t down = 1;

        for (uint32_t c = 0; c < g->rows[r].n; c++)
            if (g->rows[r].cells[c].row_span > down)
                down = g->rows[r].cells[c].row_span;
        r += down < g->n_rows - r && down <= 4 ? down : 1;
        if (down == 1 && is_second_header(g, r))
            r++;
    }
    if (r >= g->n_rows)
        r = g->caption; /* a table of headers only is a table of values */
    g->header = r;
}

/* The header words above a column, from the top, each once. */
static struct zd_str header_path(const struct grid *g, size_t column)
{
    struct zd_buf path = {.max = ZD_TITLE_MAX_BYTES};
    const struct zd_parse__cell *last = NULL;
    struct zd_str copy;

    for (size_t r = g->caption; r < g->header; r++) {
        const struct zd_parse__cell *c = cell_at(g, r, column);

        if (!c || c == last || c->text.n == 0)
            continue;
        if (path.n)
            zd_buf_c(&path, " > ");
        zd_buf_str(&path, c->text);
        last = c;
    }
    copy = zd_arena_str(g->m->arena, zd_buf_view(&path));
    g->m->no_memory = g->m->no_memory || !copy.p || (path.bad && !path.full);
    zd_buf_done(&path);
    return copy.p ? copy : ZD_STR("");
}

/* What two header paths have in common from the top: the path of a cell over both columns. */
static struct zd_str common_path(struct zd_str a, struct zd_str b)
{
    size_t n = 0, best = 0;

    if (zd_str_eq(a, b))
        return a;
    while (n < a.n && n < b.n && a.p[n] == b.p[n]) {
        if (zd_str_starts(zd_str_cut(a, n, a.n), ZD_STR(" > ")))
            best = n;
        n++;
    }
    if ((n == a.n || zd_str_starts(zd_str_cut(a, n, a.n), ZD_STR(" > "))) &&
        (n == b.n || zd_str_starts(zd_str_cut(b, n, b.n), ZD_STR(" > "))))
        best = n;
    return zd_str_cut(a, 0, best);
}

/* The row's cells, each once, as words of one text; NULL cells array when the arena is full. */
static uint32_t row_cells(const struct grid *g, size_t row, const struct zd_str *paths,
                          struct zd_cell *out, struct zd_buf *text)
{
    const struct zd_parse__cell *last = NULL;
    uint32_t n = 0;

    for (size_t k = 0; k < g->n_columns; k++) {
        const struct zd_parse__cell *c = cell_at(g, row, k);

        if (c && c == last && row >= g->header)
            out[n - 1].header_path = common_path(out[n - 1].header_path, paths[k]);
        if (!c || c == last)
            continue;
        last = c;
        if (n)
            zd_buf_byte(text, '\t');
        zd_buf_str(text, c->text);
        out[n++] =
            (struct zd_cell){.text = c->text,
                             .header_path = row < g->header ? ZD_STR("") : paths[k],
                             .is_header = row < g->header || (g->pairs ? k % 2 == 0 : c->is_header),
                             .is_repeated = place_at(g, row, k)->row != row + 1};
    }
    return n;
}

static void add_row(struct grid *g, size_t row, const struct zd_str *paths)
{
    struct zd_buf text = {.max = ZD_TEXT_MAX_BYTES};
    struct zd_cell *cells = zd_arena_array(g->m->arena, g->n_columns, sizeof *cells);
    size_t before = g->m->n;
    uint32_t n;

    if (!cells) {
        g->m->no_memory = true;
        return;
    }
    n = row_cells(g, row, paths, cells, &text);
    zd_parse__maker_add(g->m, ZD_BLOCK_TABLE_ROW, 0, zd_buf_view(&text));
    g->m->no_memory = g->m->no_memory || text.bad;
    zd_buf_done(&text);
    if (g->m->n == before)
        return;
    g->m->blocks[before].table = g->m->reading.n_tables;
    g->m->blocks[before].row = (uint32_t)(row - g->caption + 1);
    g->m->blocks[before].cells = cells;
    g->m->blocks[before].n_cells = n;
}

static void add_rows(struct grid *g)
{
    struct zd_str *paths = zd_arena_array(g->m->arena, g->n_columns, sizeof *paths);

    if (!paths) {
        g->m->no_memory = true;
        return;
    }
    for (size_t k = 0; k < g->n_columns; k++)
        paths[k] = header_path(g, k);
    for (size_t r = 0; r < g->caption; r++)
        zd_parse__maker_add(g->m, ZD_BLOCK_HEADING, 0, g->rows[r].cells[0].text);
    for (size_t r = g->caption; r < g->n_rows && !g->m->text.bad; r++)
        add_row(g, r, paths);
}

void zd_parse__table_add(struct zd_parse__maker *m, const struct zd_parse__row *rows, size_t n)
{
    struct grid g = {.m = m, .rows = rows, .n_rows = n, .n_columns = count_columns(rows, n)};

    if (n == 0 || g.n_columns == 0)
        return;
    if (n > ZD_TABLE_MAX_ROWS || n > GRID_MAX / g.n_columns) {
        m->too_many = true;
        return;
    }
    g.places = zd_alloc(n * g.n_columns * sizeof *g.places);
    if (!g.places) {
        m->no_memory = true;
        return;
    }
    m->reading.n_tables++;
    lay_out(&g);
    find_header(&g);
    add_rows(&g);
    zd_free(g.places);
}

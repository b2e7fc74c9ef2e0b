/* sheets: the tables of a version as the store keeps them (store/sheet.h).
 *
 * A table is taken where it can be counted over without doubt: every row is there and has each column
 * once, under a header, and there are two columns at least. A row of one cell over all columns, a
 * cell over several, a missing one, a row that became something else (a guide's field): the table is
 * left out, and questions about it are answered as ever.
 */
#include "base/caps.h"
#include "base/utf8.h"
#include "ingest/ingest_private.h"
#include "store/sheet.h"
#include "text/quantity.h"
#include "text/text.h"

#define SHEET_MAX_ROWS 20000
#define CELL_MAX_BYTES 600 /* a longer cell is prose: its beginning is kept */

/* One table's passages: [from, to), of which those with cells are its rows. */
struct range {
    const struct zd_passages *passages;
    size_t from, to;
};

/* The header paths of the first row; false where they are none or not all different. */
static bool read_headers(const struct zd_passage *first, struct zd_sheet *sheet,
                         struct zd_arena *arena)
{
    sheet->n_columns = first->n_cells;
    sheet->headers =
        zd_arena_array(arena, first->n_cells ? first->n_cells : 1, sizeof *sheet->headers);
    if (!sheet->headers || first->n_cells < 2)
        return false;
    for (uint32_t i = 0; i < first->n_cells; i++) {
        if (first->cells[i].header_path.n == 0)
            return false;
        for (uint32_t k = 0; k < i; k++)
            if (zd_str_eq(sheet->headers[k], first->cells[i].header_path))
                return false;
        sheet->headers[i] = first->cells[i].header_path;
    }
    return true;
}

static bool add_row(struct zd_sheet *sheet, const struct zd_passage *row, int64_t passage)
{
    if (row->n_cells != sheet->n_columns)
        return false;
    for (uint32_t i = 0; i < row->n_cells; i++) {
        if (!zd_str_eq(row->cells[i].header_path, sheet->headers[i]))
            return false;
        sheet->cells[sheet->n_cells++] = (struct zd_sheet_cell){
            .passage = passage,
            .column = i,
            .is_repeated = row->cells[i].is_repeated,
            .unit = ZD_STR(""),
            .text = zd_str_cut(row->cells[i].text, 0,
                               zd_utf8_floor(row->cells[i].text, CELL_MAX_BYTES)),
        };
    }
    sheet->n_rows++;
    return true;
}

/* Numbers of the cells; false where memory ends. */
static bool read_values(struct zd_sheet *sheet, struct zd_arena *arena)
{
    struct zd_buf folded = {.max = (size_t)8 * CELL_MAX_BYTES};
    bool ok = true;

    for (size_t i = 0; ok && i < sheet->n_cells; i++) {
        struct zd_sheet_cell *cell = &sheet->cells[i];
        struct zd_str unit;

        zd_buf_clear(&folded);
        zd_text_fold(cell->text, &folded);
        cell->has_value = zd_quantity_whole(zd_buf_view(&folded), &cell->value, &unit);
        cell->unit = cell->has_value && unit.n > 0 ? zd_arena_str(arena, unit) : ZD_STR("");
        ok = cell->unit.p != NULL;
    }
    zd_buf_done(&folded);
    return ok;
}

/* True where more of the table stands behind other passages. Tables are numbered in order. */
static bool goes_on(const struct range *range)
{
    const uint32_t table = range->passages->p[range->from].table;

    for (size_t i = range->to; i < range->passages->n; i++)
        if (range->passages->p[i].table != 0)
            return range->passages->p[i].table <= table;
    return false;
}

/* The sheet of a range, *ret_is false where it cannot be counted over. */
static enum zd_status make_sheet(const struct range *range, int64_t version, struct zd_arena *arena,
                                 struct zd_sheet *sheet, bool *ret_is, struct zd_error *err)
{
    uint32_t last = 0;
    size_t n_rows = 0;

    for (size_t i = range->from; i < range->to; i++)
        n_rows += range->passages->p[i].n_cells > 0;
    *ret_is = false;
    if (n_rows == 0 || n_rows > SHEET_MAX_ROWS || goes_on(range) ||
        !read_headers(&range->passages->p[range->from], sheet, arena))
        return ZD_OK;
    sheet->cells = zd_arena_array(arena, n_rows * sheet->n_columns, sizeof *sheet->cells);
    if (!sheet->cells)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the cells of a table");
    sheet->version = version;
    sheet->ordinal = range->passages->p[range->from].table;
    sheet->first = zd_passage_key(version, (uint32_t)range->from);
    sheet->last = zd_passage_key(version, (uint32_t)range->to - 1);
    for (size_t i = range->from; i < range->to; i++) {
        const struct zd_passage *row = &range->passages->p[i];

        if (row->n_cells == 0)
            continue; /* the rest of a long row */
        if ((last != 0 && row->row != last + 1) ||
            !add_row(sheet, row, zd_passage_key(version, (uint32_t)i)))
            return ZD_OK;
        last = row->row;
    }
    *ret_is = true;
    return read_values(sheet, arena)
               ? ZD_OK
               : ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the cells of a table");
}

enum zd_status zd_ingest__add_sheets(struct zd_ingest *ingest, int64_t version,
                                     const struct zd_passages *passages, struct zd_error *err)
{
    enum zd_status st = ZD_OK;
    size_t to = 0;

    for (size_t from = 0; st == ZD_OK && from < passages->n; from = to) {
        struct zd_sheet sheet = {0};
        bool is = false;

        for (to = from + 1; to < passages->n && passages->p[to].table == passages->p[from].table;
             to++)
            ;
        if (passages->p[from].table == 0 || passages->p[from].kind != ZD_PASSAGE_ROW)
            continue;
        st = make_sheet(&(struct range){passages, from, to}, version, ingest->arena, &sheet, &is,
                        err);
        if (st == ZD_OK && is)
            st = zd_sheet_add(ingest->store, ingest->options.subject, &sheet, err);
    }
    return st;
}

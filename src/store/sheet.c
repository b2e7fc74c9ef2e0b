/* sheet: queries over the tables sheet and cell, see sheet.h. */
#include "store/sheet.h"

#include "base/buf.h"
#include "base/caps.h"
#include "store/store_private.h"

#define ORDINAL_BITS 20 /* of a sheet in its version, and of a passage */
#define PLACE_BITS 8    /* of a cell in its row */
#define HEADERS_MAX_BYTES ((size_t)1 << 20)
_Static_assert(ZD_TABLE_MAX_COLUMNS <= 1 << PLACE_BITS, "a cell's place fits its key");

enum { CELL_HAS_VALUE = 1, CELL_IS_REPEATED = 2 };

static enum zd_status add_head(struct zd_store *store, const struct zd_sheet *sheet,
                               struct zd_error *err)
{
    static const char sql[] = "INSERT INTO sheet(key, first, last, n_rows, n_columns, headers)"
                              " VALUES(?, ?, ?, ?, ?, ?)";
    struct zd_buf headers = {.max = HEADERS_MAX_BYTES};
    struct zd_query q = {0};
    enum zd_status st;

    for (uint32_t i = 0; i < sheet->n_columns; i++) {
        if (i > 0)
            zd_buf_byte(&headers, '\n');
        for (size_t k = 0; k < sheet->headers[i].n; k++)
            zd_buf_byte(&headers,
                        (uint8_t)(sheet->headers[i].p[k] == '\n' ? ' ' : sheet->headers[i].p[k]));
    }
    st = zd_buf_check(&headers, "the headers of a table", err);
    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st == ZD_OK) {
        zd_query__int(&q, sheet->version * ((int64_t)1 << ORDINAL_BITS) + sheet->ordinal);
        zd_query__int(&q, sheet->first);
        zd_query__int(&q, sheet->last);
        zd_query__int(&q, sheet->n_rows);
        zd_query__int(&q, sheet->n_columns);
        zd_query__str(&q, zd_buf_view(&headers));
        st = zd_query__run(&q, err);
    }
    zd_buf_done(&headers);
    return st;
}

static enum zd_status add_cell(struct zd_store *store, const struct zd_sheet_cell *cell,
                               uint32_t place, struct zd_error *err)
{
    static const char sql[] = "INSERT INTO cell(key, column, flags, value, unit, text)"
                              " VALUES(?, ?, ?, ?, ?, ?)";
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, cell->passage * ((int64_t)1 << PLACE_BITS) + place);
    zd_query__int(&q, cell->column);
    zd_query__int(&q, (cell->has_value ? CELL_HAS_VALUE : 0) |
                          (cell->is_repeated ? CELL_IS_REPEATED : 0));
    zd_query__int(&q, cell->value);
    zd_query__str(&q, cell->unit);
    zd_query__str(&q, cell->text);
    return zd_query__run(&q, err);
}

enum zd_status zd_sheet_add(struct zd_store *store, const struct zd_subject *subject,
                            const struct zd_sheet *sheet, struct zd_error *err)
{
    uint32_t place = 0;
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st == ZD_OK)
        st = add_head(store, sheet, err);
    for (size_t i = 0; st == ZD_OK && i < sheet->n_cells; i++) {
        place = i > 0 && sheet->cells[i].passage == sheet->cells[i - 1].passage ? place + 1 : 0;
        st = add_cell(store, &sheet->cells[i], place, err);
    }
    return st;
}

/* The lines of `headers`; fewer than promised gives empty ones. */
static bool split_headers(struct zd_str headers, struct zd_arena *arena, struct zd_sheet *sheet)
{
    sheet->headers =
        zd_arena_array(arena, sheet->n_columns ? sheet->n_columns : 1, sizeof *sheet->headers);
    if (!sheet->headers)
        return false;
    for (uint32_t i = 0; i < sheet->n_columns; i++) {
        size_t end = zd_str_find(headers, ZD_STR("\n"), 0);

        end = end == SIZE_MAX ? headers.n : end;
        sheet->headers[i] = zd_str_cut(headers, 0, end);
        headers = zd_str_cut(headers, end + 1, headers.n);
    }
    return true;
}

enum zd_status zd_sheet_of_version(struct zd_store *store, const struct zd_subject *subject,
                                   int64_t version, struct zd_arena *arena,
                                   struct zd_sheet_list *ret_list, struct zd_error *err)
{
    static const char sql[] =
        "SELECT s.key, s.first, s.last, s.n_rows, s.n_columns, s.headers FROM sheet s"
        " JOIN version v ON v.key = s.key >> 20 JOIN document d ON d.key = v.document"
        " WHERE s.key >= ?1 << 20 AND s.key < (?1 + 1) << 20 AND d.access & ?2 <> 0 ORDER BY s.key";
    struct zd_sheet *p = NULL, *copy;
    struct zd_query q = {0};
    size_t n = 0, cap = 0;
    bool row = false;
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, version);
    zd_query__int(&q, subject->access);
    while ((st = zd_query__row(&q, &row, err)) == ZD_OK && row) {
        if (!zd_grow(&p, &cap, n + 1, sizeof *p, (size_t)1 << ORDINAL_BITS))
            break;
        p[n] = (struct zd_sheet){.key = zd_query__get_int(&q), .version = version};
        p[n].ordinal = (uint32_t)(p[n].key & ((1 << ORDINAL_BITS) - 1));
        p[n].first = zd_query__get_int(&q);
        p[n].last = zd_query__get_int(&q);
        p[n].n_rows = (uint32_t)zd_query__get_int(&q);
        p[n].n_columns = (uint32_t)zd_query__get_int(&q);
        if (p[n].n_columns > ZD_TABLE_MAX_COLUMNS ||
            !split_headers(zd_query__get_str(&q, arena), arena, &p[n]))
            break;
        n++;
    }
    zd_query__done(&q);
    copy = zd_arena_array(arena, n ? n : 1, sizeof *copy);
    if (st == ZD_OK && (row || !copy || zd_arena_overflowed(arena)))
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to list tables");
    for (size_t i = 0; st == ZD_OK && i < n; i++)
        copy[i] = p[i];
    zd_free(p);
    if (st == ZD_OK)
        *ret_list = (struct zd_sheet_list){copy, n};
    return st;
}

static enum zd_status count_cells(struct zd_store *store, const struct zd_sheet *sheet,
                                  size_t *ret_n, struct zd_error *err)
{
    static const char sql[] =
        "SELECT count(*) FROM cell WHERE key >= ?1 << 8 AND key < (?2 + 1) << 8";
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, sheet->first);
    zd_query__int(&q, sheet->last);
    st = zd_query__row(&q, &row, err);
    if (st == ZD_OK)
        *ret_n = row ? (size_t)zd_query__get_int(&q) : 0;
    zd_query__done(&q);
    return st;
}

static void cell_read(struct zd_query *q, struct zd_arena *arena, struct zd_sheet_cell *cell)
{
    int64_t flags;

    *cell = (struct zd_sheet_cell){.passage = zd_query__get_int(q) >> PLACE_BITS};
    cell->column = (uint32_t)zd_query__get_int(q);
    flags = zd_query__get_int(q);
    cell->has_value = (flags & CELL_HAS_VALUE) != 0;
    cell->is_repeated = (flags & CELL_IS_REPEATED) != 0;
    cell->value = zd_query__get_int(q);
    cell->unit = zd_query__get_str(q, arena);
    cell->text = zd_query__get_str(q, arena);
}

enum zd_status zd_sheet_cells(struct zd_store *store, const struct zd_subject *subject, size_t most,
                              struct zd_arena *arena, struct zd_sheet *sheet, struct zd_error *err)
{
    static const char sql[] =
        "SELECT c.key, c.column, c.flags, c.value, c.unit, c.text FROM cell c"
        " JOIN version v ON v.key = ?3 JOIN document d ON d.key = v.document"
        " WHERE c.key >= ?1 << 8 AND c.key < (?2 + 1) << 8 AND d.access & ?4 <> 0 ORDER BY c.key";
    struct zd_query q = {0};
    size_t n = 0, all = 0;
    bool row = false;
    enum zd_status st = count_cells(store, sheet, &all, err);

    if (st == ZD_OK && all > most)
        st = ZD_FAIL(err, ZD_LIMIT, 0, "the table has more than %zu cells", most);
    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    sheet->cells = zd_arena_array(arena, all ? all : 1, sizeof *sheet->cells);
    zd_query__int(&q, sheet->first);
    zd_query__int(&q, sheet->last);
    zd_query__int(&q, sheet->version);
    zd_query__int(&q, subject->access);
    while (sheet->cells && n < all && (st = zd_query__row(&q, &row, err)) == ZD_OK && row)
        cell_read(&q, arena, &sheet->cells[n++]);
    zd_query__done(&q);
    sheet->n_cells = n;
    if (st == ZD_OK && (!sheet->cells || zd_arena_overflowed(arena)))
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a table");
    return st;
}

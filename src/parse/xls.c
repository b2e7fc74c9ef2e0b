/* xls.c: Excel's binary workbooks, Excel 97 to 2003 (BIFF8) and 95 (BIFF5), and what WPS writes as
 * .et ([MS-XLS]).
 *
 *  1. The stream is records. The first run of them, to its end, tells sheets, shared strings, number
 *     formats and which format a cell's style has; each sheet is a run of its own.
 *  2. Cells show what Excel showed, as in XLSX: numbers by their format, formulas by the result that
 *     was stored. What becomes of them is sheet.h's.
 *  3. A string may go on in the next record (CONTINUE), which then says anew whether its characters
 *     are of one byte or two.
 *
 * Left out and counted as in XLSX.
 */
#include <string.h>

#include "base/caps.h"
#include "base/utf8.h"
#include "parse/cfb.h"
#include "parse/doc_private.h"
#include "parse/readers_private.h"
#include "parse/sheet.h"
#include "parse/xlsx_private.h"
#include "text/text.h"

#define MAX_SHEETS 1024
#define MAX_STRINGS 4000000
#define MAX_FORMATS 65536
#define MAX_ROWS 65536u

enum record_type {
    RECORD_FORMULA = 0x06,
    RECORD_END = 0x0A,
    RECORD_HEADER = 0x14,
    RECORD_FOOTER = 0x15,
    RECORD_NOTE = 0x1C,
    RECORD_1904 = 0x22,
    RECORD_PASSWORD = 0x2F,
    RECORD_CONTINUE = 0x3C,
    RECORD_CODE_PAGE = 0x42,
    RECORD_OBJECT = 0x5D,
    RECORD_SHEET = 0x85,
    RECORD_MANY_RK = 0xBD,
    RECORD_RICH_LABEL = 0xD6,
    RECORD_STYLE = 0xE0,
    RECORD_MERGES = 0xE5,
    RECORD_STRINGS = 0xFC,
    RECORD_SHARED_LABEL = 0xFD,
    RECORD_DRAWN_TEXT = 0x1B6,
    RECORD_NUMBER = 0x203,
    RECORD_LABEL = 0x204,
    RECORD_BOOLEAN = 0x205,
    RECORD_STRING = 0x207,
    RECORD_ROW = 0x208,
    RECORD_RK = 0x27E,
    RECORD_FORMAT = 0x41E,
    RECORD_BEGIN = 0x809,
};

#define VERSION_8 0x600u

struct xls_sheet {
    struct zd_str name;
    uint32_t at;
    bool hidden;
};

struct xls {
    struct zd_parse__maker *m;
    struct zd_bytes stream;
    struct zd_parse__sheet cells; /* of the sheet in hand */
    struct xls_sheet sheets[MAX_SHEETS];
    size_t n_sheets;
    struct zd_str *strings;
    size_t n_strings, strings_cap;
    struct format {
        uint32_t id;
        struct zd_str code;
    } * formats;
    size_t n_formats, formats_cap;
    uint16_t *styles; /* the format of each */
    size_t n_styles, styles_cap;
    struct zd_buf text;
    unsigned code_page;
    bool is_8, from_1904, is_locked;
    /* of the sheet in hand */
    uint8_t hidden_rows[MAX_ROWS / 8];
    bool sheet_hidden, is_comment;
    uint32_t formula_row, formula_column;
};

static struct zd_str kept(struct xls *x, struct zd_str s)
{
    struct zd_str copy = zd_arena_str(x->m->arena, s);

    x->m->no_memory |= !copy.p;
    return copy.p ? copy : ZD_STR("");
}

/* ---- records ---- */

struct record {
    uint32_t type;
    struct zd_bytes body;
    size_t next; /* where the one behind it begins */
};

static bool record_at(const struct xls *x, size_t at, struct record *ret)
{
    if (at + 4 > x->stream.n)
        return false;
    ret->type = zd_parse__doc_u16(x->stream, at);
    ret->body = zd_parse__doc_part(x->stream, at + 4, zd_parse__doc_u16(x->stream, at + 2));
    ret->next = at + 4 + ret->body.n;
    return true;
}

/* Bytes of a record and of those that continue it. */
struct reader {
    const struct xls *x;
    struct record record;
    size_t at; /* in its body */
    bool ended;
};

/* To the next record where this one is read out. */
static void step(struct reader *r)
{
    struct record next;

    while (!r->ended && r->at >= r->record.body.n) {
        if (!record_at(r->x, r->record.next, &next) || next.type != RECORD_CONTINUE) {
            r->ended = true;
            return;
        }
        r->record = next;
        r->at = 0;
    }
}

static uint32_t take(struct reader *r, size_t n_bytes)
{
    uint32_t v = 0;

    for (size_t i = 0; i < n_bytes; i++) {
        step(r);
        if (r->ended)
            return 0;
        v |= (uint32_t)r->record.body.p[r->at++] << (8 * i);
    }
    return v;
}

static void pass_over(struct reader *r, size_t n)
{
    while (n > 0) {
        size_t part;

        step(r);
        if (r->ended)
            return;
        part = r->record.body.n - r->at;
        part = part < n ? part : n;
        r->at += part;
        n -= part;
    }
}

static void put_unit(struct xls *x, uint32_t c, uint32_t *high)
{
    if (c >= 0xD800 && c < 0xDC00) {
        *high = c;
        return;
    }
    if (c >= 0xDC00 && c < 0xE000)
        c = *high ? 0x10000 + ((*high - 0xD800) << 10) + (c - 0xDC00) : ZD_REPLACEMENT;
    *high = 0;
    if (c == '\n' || c == '\r' || c == '\t')
        zd_buf_byte(&x->text, c == '\t' ? ' ' : '\n');
    else if (c >= ' ')
        zd_buf_code_point(&x->text, c);
}

/* n characters into x->text, the flag in hand; a record that goes on brings a flag of its own. */
static void take_characters(struct xls *x, struct reader *r, size_t n, bool wide)
{
    uint32_t high = 0;

    for (size_t i = 0; i < n && !r->ended; i++) {
        if (r->at >= r->record.body.n) {
            step(r);
            if (r->ended)
                return;
            wide = (r->record.body.p[r->at++] & 1) != 0;
        }
        put_unit(x, take(r, wide ? 2 : 1), &high);
    }
}

/* A string of the file (2.5.293) whose length takes n_length bytes, into x->text. */
static void take_string(struct xls *x, struct reader *r, size_t n_length)
{
    uint32_t n = take(r, n_length), flags, n_runs = 0, n_more = 0;

    zd_parse__maker_clear(x->m, &x->text);
    if (!x->is_8) {
        struct zd_bytes bytes = zd_parse__doc_part(r->record.body, r->at, n);

        zd_decode_page(bytes, x->code_page, &x->text);
        return;
    }
    if (n == 0)
        return;
    flags = take(r, 1);
    if ((flags & 8) != 0)
        n_runs = take(r, 2);
    if ((flags & 4) != 0)
        n_more = take(r, 4);
    take_characters(x, r, n, (flags & 1) != 0);
    pass_over(r, (size_t)n_runs * 4);
    pass_over(r, n_more);
}

/* ---- the workbook ---- */

static void read_strings(struct xls *x, const struct record *record)
{
    struct reader r = {.x = x, .record = *record};
    uint32_t n;

    (void)take(&r, 4);
    n = take(&r, 4);
    for (uint32_t i = 0; i < n; i++) {
        step(&r);
        if (r.ended || x->m->no_memory)
            return;
        if (x->n_strings >= MAX_STRINGS) {
            x->m->too_many = true;
            return;
        }
        if (!zd_grow(&x->strings, &x->strings_cap, x->n_strings + 1, sizeof *x->strings,
                     MAX_STRINGS)) {
            x->m->no_memory = true;
            return;
        }
        take_string(x, &r, 2);
        x->strings[x->n_strings++] = kept(x, zd_buf_view(&x->text));
    }
}

static void read_format(struct xls *x, const struct record *record)
{
    struct reader r = {.x = x, .record = *record};
    uint32_t id = take(&r, 2);

    if (!zd_grow(&x->formats, &x->formats_cap, x->n_formats + 1, sizeof *x->formats, MAX_FORMATS)) {
        x->m->no_memory = true;
        return;
    }
    take_string(x, &r, x->is_8 ? 2 : 1);
    x->formats[x->n_formats++] = (struct format){id, kept(x, zd_buf_view(&x->text))};
}

static void read_style(struct xls *x, struct zd_bytes body)
{
    if (!zd_grow(&x->styles, &x->styles_cap, x->n_styles + 1, sizeof *x->styles, MAX_FORMATS)) {
        x->m->no_memory = true;
        return;
    }
    x->styles[x->n_styles++] = (uint16_t)zd_parse__doc_u16(body, 2);
}

static void read_sheet_name(struct xls *x, const struct record *record)
{
    struct reader r = {.x = x, .record = *record};
    struct xls_sheet *sheet;

    if (x->n_sheets >= MAX_SHEETS) {
        x->m->too_many = true;
        return;
    }
    sheet = &x->sheets[x->n_sheets];
    sheet->at = take(&r, 4);
    sheet->hidden = (take(&r, 1) & 3) != 0;
    if (take(&r, 1) != 0)
        return; /* a chart or macros */
    take_string(x, &r, 1);
    sheet->name = kept(x, zd_buf_view(&x->text));
    x->n_sheets++;
}

static void on_book_record(struct xls *x, const struct record *record)
{
    switch (record->type) {
    case RECORD_BEGIN:
        x->is_8 = zd_parse__doc_u16(record->body, 0) == VERSION_8;
        break;
    case RECORD_PASSWORD:
        x->is_locked = true;
        break;
    case RECORD_CODE_PAGE:
        x->code_page = zd_parse__doc_u16(record->body, 0);
        break;
    case RECORD_1904:
        x->from_1904 = zd_parse__doc_u16(record->body, 0) == 1;
        break;
    case RECORD_SHEET:
        read_sheet_name(x, record);
        break;
    case RECORD_STRINGS:
        read_strings(x, record);
        break;
    case RECORD_FORMAT:
        read_format(x, record);
        break;
    case RECORD_STYLE:
        read_style(x, record->body);
        break;
    default:
        break;
    }
}

/* ---- cells ---- */

static bool is_hidden(const struct xls *x, uint32_t row)
{
    return row < MAX_ROWS && (x->hidden_rows[row / 8] >> (row % 8) & 1) != 0;
}

static void put_words(struct xls *x, uint32_t row, uint32_t column, struct zd_str words)
{
    words = zd_parse__trim(words);
    if (words.n == 0)
        return;
    if (x->sheet_hidden || is_hidden(x, row)) {
        x->m->reading.n_left_out[ZD_LEFT_OUT_HIDDEN] += !x->sheet_hidden;
        zd_parse__maker_aside(x->m, words);
        return;
    }
    zd_parse__sheet_cell(&x->cells, row, column, words);
}

static const char *code_of(const struct xls *x, uint32_t style)
{
    uint32_t id = style < x->n_styles ? x->styles[style] : 0;

    for (size_t i = 0; i < x->n_formats; i++)
        if (x->formats[i].id == id && x->formats[i].code.n > 0)
            return x->formats[i].code.p; /* the arena ends its strings */
    return zd_parse__number_format_builtin(id);
}

static void put_number(struct xls *x, uint32_t row, uint32_t column, uint32_t style, double value)
{
    zd_parse__maker_clear(x->m, &x->text);
    zd_parse__number_show(&x->text, code_of(x, style), value, x->from_1904);
    put_words(x, row, column, zd_buf_view(&x->text));
}

static double double_at(struct zd_bytes b, size_t at)
{
    uint64_t bits = zd_parse__doc_u32(b, at) | (uint64_t)zd_parse__doc_u32(b, at + 4) << 32;
    double value;

    memcpy(&value, &bits, sizeof value);
    return value == value && value - value == 0 ? value : 0;
}

/* 30 bits of a number, as a whole or as the upper half of a double, maybe in hundredths (2.5.221). */
static double rk_of(uint32_t rk)
{
    uint64_t bits = (uint64_t)(rk & 0xFFFFFFFCu) << 32;
    double value;

    if ((rk & 2) != 0)
        value = (double)((int32_t)rk >> 2);
    else
        memcpy(&value, &bits, sizeof value);
    if (!(value - value == 0))
        value = 0;
    return (rk & 1) != 0 ? value / 100 : value;
}

static void put_many(struct xls *x, struct zd_bytes body)
{
    uint32_t row = zd_parse__doc_u16(body, 0), column = zd_parse__doc_u16(body, 2);

    for (size_t at = 4; at + 8 <= body.n; at += 6, column++)
        put_number(x, row, column, zd_parse__doc_u16(body, at),
                   rk_of(zd_parse__doc_u32(body, at + 2)));
}

static void put_code(struct xls *x, uint32_t row, uint32_t column, uint32_t code, bool is_error)
{
    static const struct {
        uint32_t code;
        const char *word;
    } errors[] = {{0, "#NULL!"},  {7, "#DIV/0!"}, {15, "#VALUE!"}, {23, "#REF!"},
                  {29, "#NAME?"}, {36, "#NUM!"},  {42, "#N/A"}};

    if (!is_error) {
        put_words(x, row, column, code ? ZD_STR("TRUE") : ZD_STR("FALSE"));
        return;
    }
    for (size_t i = 0; i < ZD_COUNT(errors); i++)
        if (errors[i].code == code)
            put_words(x, row, column, zd_str_c(errors[i].word));
}

static void put_formula(struct xls *x, struct zd_bytes body)
{
    uint32_t row = zd_parse__doc_u16(body, 0), column = zd_parse__doc_u16(body, 2);

    if (body.n < 14)
        return;
    if (zd_parse__doc_u16(body, 12) != 0xFFFF) {
        put_number(x, row, column, zd_parse__doc_u16(body, 4), double_at(body, 6));
        return;
    }
    x->formula_row = row; /* its words follow */
    x->formula_column = column;
    if (body.p[6] == 1 || body.p[6] == 2)
        put_code(x, row, column, body.p[8], body.p[6] == 2);
}

static void put_label(struct xls *x, const struct record *record)
{
    struct reader r = {.x = x, .record = *record, .at = 6};

    take_string(x, &r, 2);
    put_words(x, zd_parse__doc_u16(record->body, 0), zd_parse__doc_u16(record->body, 2),
              zd_buf_view(&x->text));
}

static void add_merges(struct xls *x, struct zd_bytes body)
{
    for (size_t at = 2; at + 8 <= body.n; at += 8) {
        uint32_t r1 = zd_parse__doc_u16(body, at), r2 = zd_parse__doc_u16(body, at + 2);
        uint32_t c1 = zd_parse__doc_u16(body, at + 4), c2 = zd_parse__doc_u16(body, at + 6);

        if (r2 >= r1 && c2 >= c1)
            zd_parse__sheet_merge(&x->cells, r1, c1, r2 - r1 + 1, c2 - c1 + 1);
    }
}

/* ---- what is no cell ---- */

static void put_margin(struct xls *x, const struct record *record)
{
    struct reader r = {.x = x, .record = *record};

    if (record->body.n == 0)
        return;
    take_string(x, &r, x->is_8 ? 2 : 1);
    zd_parse__margin_aside(x->m, zd_buf_view(&x->text));
}

/* A text box's words stand in the record that continues it. */
static void put_drawn_text(struct xls *x, const struct record *record)
{
    struct reader r = {.x = x, .record = *record, .at = record->body.n};
    uint32_t n = zd_parse__doc_u16(record->body, 10);

    step(&r);
    if (n == 0 || r.ended || x->is_comment)
        return;
    zd_parse__maker_clear(x->m, &x->text);
    take_characters(x, &r, n, (take(&r, 1) & 1) != 0);
    if (x->sheet_hidden)
        zd_parse__maker_aside(x->m, zd_buf_view(&x->text));
    else
        zd_parse__maker_add(x->m, ZD_BLOCK_PARAGRAPH, 0, zd_buf_view(&x->text));
}

#define OBJECT_PICTURE 8
#define OBJECT_COMMENT 25
#define ROW_HIDDEN 0x20u

static void begin_object(struct xls *x, struct zd_bytes body)
{
    uint32_t kind = zd_parse__doc_u16(body, 4);

    x->is_comment = kind == OBJECT_COMMENT;
    x->m->reading.n_left_out[ZD_LEFT_OUT_PICTURE] += kind == OBJECT_PICTURE;
}

static void on_other_record(struct xls *x, const struct record *record)
{
    uint32_t row = zd_parse__doc_u16(record->body, 0);

    switch (record->type) {
    case RECORD_ROW:
        if (row < MAX_ROWS && (zd_parse__doc_u16(record->body, 12) & ROW_HIDDEN) != 0)
            x->hidden_rows[row / 8] |= (uint8_t)(1u << (row % 8));
        break;
    case RECORD_MERGES:
        add_merges(x, record->body);
        break;
    case RECORD_HEADER:
    case RECORD_FOOTER:
        put_margin(x, record);
        break;
    case RECORD_NOTE:
        x->m->reading.n_left_out[ZD_LEFT_OUT_COMMENT]++;
        break;
    case RECORD_OBJECT:
        begin_object(x, record->body);
        break;
    case RECORD_DRAWN_TEXT:
        put_drawn_text(x, record);
        break;
    default:
        break;
    }
}

static void on_sheet_record(struct xls *x, const struct record *record)
{
    struct zd_bytes body = record->body;
    uint32_t row = zd_parse__doc_u16(body, 0), column = zd_parse__doc_u16(body, 2), at;
    struct reader r = {.x = x, .record = *record};

    switch (record->type) {
    case RECORD_SHARED_LABEL:
        at = zd_parse__doc_u32(body, 6);
        if (at < x->n_strings)
            put_words(x, row, column, x->strings[at]);
        break;
    case RECORD_LABEL:
    case RECORD_RICH_LABEL:
        put_label(x, record);
        break;
    case RECORD_NUMBER:
        put_number(x, row, column, zd_parse__doc_u16(body, 4), double_at(body, 6));
        break;
    case RECORD_RK:
        put_number(x, row, column, zd_parse__doc_u16(body, 4), rk_of(zd_parse__doc_u32(body, 6)));
        break;
    case RECORD_MANY_RK:
        put_many(x, body);
        break;
    case RECORD_FORMULA:
        put_formula(x, body);
        break;
    case RECORD_STRING:
        take_string(x, &r, 2);
        put_words(x, x->formula_row, x->formula_column, zd_buf_view(&x->text));
        break;
    case RECORD_BOOLEAN:
        if (body.n >= 8)
            put_code(x, row, column, body.p[6], body.p[7] != 0);
        break;
    default:
        on_other_record(x, record);
        break;
    }
}

/* ---- all of it ---- */

/* A run of records to its end; those of charts in it are passed over. */
static void read_run(struct xls *x, size_t at,
                     void (*on_record)(struct xls *, const struct record *))
{
    struct record record;
    size_t depth = 0;

    for (; record_at(x, at, &record) && !x->m->too_many && !x->m->no_memory; at = record.next) {
        depth += record.type == RECORD_BEGIN;
        if (depth <= 1)
            on_record(x, &record);
        if (record.type == RECORD_END && (depth == 0 || --depth == 0))
            return;
    }
}

static void read_sheet(struct xls *x, const struct xls_sheet *sheet)
{
    size_t before;

    x->m->page = ++x->m->reading.n_pages;
    x->m->reading.n_left_out[ZD_LEFT_OUT_HIDDEN] += sheet->hidden;
    x->sheet_hidden = sheet->hidden;
    x->cells.n_cells = x->cells.n_merges = 0;
    x->is_comment = false;
    memset(x->hidden_rows, 0, sizeof x->hidden_rows);
    before = x->m->n;
    if (!sheet->hidden && !zd_parse__is_given_sheet_name(sheet->name))
        zd_parse__maker_add(x->m, ZD_BLOCK_HEADING, 1, sheet->name);
    read_run(x, sheet->at, on_sheet_record);
    x->m->reading.n_pages_no_text += !sheet->hidden && x->cells.n_cells == 0;
    if (!sheet->hidden && x->cells.n_cells == 0 && x->m->n == before + 1)
        zd_parse__maker_drop(x->m); /* the heading of an empty sheet */
    zd_parse__sheet_add(&x->cells);
}

static enum zd_status read_book(struct xls *x, struct zd_error *err)
{
    struct record first;

    if (!record_at(x, 0, &first) || first.type != RECORD_BEGIN)
        return ZD_FAIL(err, ZD_INVALID, 0,
                       "the workbook is damaged or older than Excel 95: save it as .xlsx");
    read_run(x, 0, on_book_record);
    if (x->is_locked)
        return ZD_FAIL(err, ZD_INVALID, 0,
                       "the workbook is locked with a password: save it without one and add that");
    for (size_t i = 0; i < x->n_sheets; i++)
        read_sheet(x, &x->sheets[i]);
    zd_parse__title_of_blocks(x->m);
    return ZD_OK;
}

enum zd_status zd_parse__xls(const struct zd_parse__cfb *cfb, struct zd_parse__maker *m,
                             struct zd_error *err)
{
    struct xls *x = zd_alloc(sizeof *x);
    enum zd_status st;

    if (!x)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for reading a workbook");
    x->m = x->cells.m = m;
    x->text.max = ZD_TEXT_MAX_BYTES;
    x->code_page = 1252;
    st = zd_parse__cfb_stream(cfb, zd_parse__cfb_has(cfb, "Workbook") ? "Workbook" : "Book",
                              &x->stream, err);
    if (st == ZD_OK)
        st = read_book(x, err);
    zd_parse__maker_clear(m, &x->text);
    zd_buf_done(&x->text);
    zd_parse__sheet_done(&x->cells);
    zd_free(x->strings);
    zd_free(x->formats);
    zd_free(x->styles);
    zd_free(x);
    return st;
}

/* xlsx.c: Excel workbooks (SpreadsheetML, ECMA-376 part 1, 18).
 *
 *  1. The workbook names its sheets in order; shared strings and number formats are read once.
 *  2. A sheet's cells are collected, then its merged ranges, then it is written (sheet.h).
 *  3. A cell shows what Excel showed: numbers by their format, formulas by their stored result.
 *
 *  4. Text boxes follow their sheet as paragraphs.
 *
 * Left out and counted: hidden sheets and rows, comments, pictures, macros; hidden words, headers
 * and footers are kept aside. The name of a sheet is a
 * heading, unless it is one that the program gave ("Sheet1").
 */
#include <stdlib.h>
#include <string.h>

#include "base/caps.h"
#include "parse/readers_private.h"
#include "parse/sheet.h"
#include "parse/xlsx_private.h"

#define MAX_SHEETS 1024
#define MAX_ROW 1048576u
#define MAX_STRINGS 4000000
#define MAX_FORMATS 65536

struct sheet {
    struct zd_str name, id;
    bool hidden;
};

struct book {
    struct zd_parse__maker *m;
    struct sheet *sheets;
    struct zd_str *strings, *formats; /* formats: code of each cell format */
    struct custom {
        uint32_t id;
        struct zd_str code;
    } * custom;
    struct zd_parse__sheet cells; /* of the sheet in hand */
    size_t n_sheets, n_strings, n_formats, n_custom;
    size_t sheets_cap, strings_cap, formats_cap, custom_cap;
    struct zd_buf text, value; /* of the string or cell in hand */
    uint32_t row, column, style;
    char type; /* of the cell in hand: 's', 'i', 'b', 'e', 't' (formula's text), 'n' */
    bool in_value, in_words, in_phonetic, in_formats, row_hidden, from_1904;
    bool sheet_hidden, in_margin;
};

static uint32_t number_of(const char *s, uint32_t otherwise)
{
    char *end = NULL;
    unsigned long n = s && *s >= '0' && *s <= '9' ? strtoul(s, &end, 10) : 0;

    return end && n < 0x7FFFFFFF ? (uint32_t)n : otherwise;
}

static bool is_true(const char *s)
{
    return s && (strcmp(s, "1") == 0 || strcmp(s, "true") == 0);
}

static void *add_one(struct book *b, void *array, size_t *n, size_t *cap, size_t size, size_t max)
{
    void **p = array;

    if (*n >= max) {
        b->m->too_many = true;
        return NULL;
    }
    if (!zd_grow(array, cap, *n + 1, size, max)) {
        b->m->no_memory = true;
        return NULL;
    }
    memset((char *)*p + *n * size, 0, size);
    return (char *)*p + (*n)++ * size;
}

static struct zd_str kept(struct book *b, struct zd_str s)
{
    struct zd_str copy = zd_arena_str(b->m->arena, s);

    if (!copy.p)
        b->m->no_memory = true;
    return copy.p ? copy : ZD_STR("");
}

/* ---- workbook, strings, formats ---- */

static void on_book_start(void *context, const struct zd_parse__element *e)
{
    struct book *b = context;
    const char *state = zd_parse__xml_attribute(e, "state");
    struct sheet *sheet;

    if (strcmp(e->name, "x:workbookPr") == 0)
        b->from_1904 = is_true(zd_parse__xml_attribute(e, "date1904"));
    if (strcmp(e->name, "x:sheet") != 0)
        return;
    sheet = add_one(b, &b->sheets, &b->n_sheets, &b->sheets_cap, sizeof *sheet, MAX_SHEETS);
    if (!sheet)
        return;
    sheet->name = kept(b, zd_str_c(zd_parse__xml_attribute(e, "name")));
    sheet->id = kept(b, zd_str_c(zd_parse__xml_attribute(e, "r:id")));
    sheet->hidden = state && strcmp(state, "visible") != 0;
}

static void on_nothing(void *context, const char *name)
{
    (void)context;
    (void)name;
}

static void on_string_start(void *context, const struct zd_parse__element *e)
{
    struct book *b = context;

    if (strcmp(e->name, "x:si") == 0)
        zd_parse__maker_clear(b->m, &b->text);
    else if (strcmp(e->name, "x:rPh") == 0)
        b->in_phonetic = true;
    else if (strcmp(e->name, "x:t") == 0)
        b->in_words = !b->in_phonetic;
}

static void on_string_end(void *context, const char *name)
{
    struct book *b = context;
    struct zd_str *string;

    if (strcmp(name, "x:t") == 0)
        b->in_words = false;
    else if (strcmp(name, "x:rPh") == 0)
        b->in_phonetic = false;
    if (strcmp(name, "x:si") != 0)
        return;
    string = add_one(b, &b->strings, &b->n_strings, &b->strings_cap, sizeof *string, MAX_STRINGS);
    if (string)
        *string = kept(b, zd_buf_view(&b->text));
}

static void on_words(void *context, struct zd_str text)
{
    struct book *b = context;

    if (b->in_words || b->in_margin)
        zd_buf_str(&b->text, text);
    if (b->in_value)
        zd_buf_str(&b->value, text);
}

static struct zd_str code_of(const struct book *b, uint32_t id)
{
    for (size_t i = 0; i < b->n_custom; i++)
        if (b->custom[i].id == id)
            return b->custom[i].code;
    return zd_str_c(zd_parse__number_format_builtin(id));
}

static void on_format_start(void *context, const struct zd_parse__element *e)
{
    struct book *b = context;
    struct custom *custom;
    struct zd_str *format;

    if (strcmp(e->name, "x:numFmt") == 0) {
        custom = add_one(b, &b->custom, &b->n_custom, &b->custom_cap, sizeof *custom, MAX_FORMATS);
        if (custom) {
            custom->id = number_of(zd_parse__xml_attribute(e, "numFmtId"), 0);
            custom->code = kept(b, zd_str_c(zd_parse__xml_attribute(e, "formatCode")));
        }
    } else if (strcmp(e->name, "x:cellXfs") == 0) {
        b->in_formats = true;
    } else if (b->in_formats && strcmp(e->name, "x:xf") == 0) {
        format =
            add_one(b, &b->formats, &b->n_formats, &b->formats_cap, sizeof *format, MAX_FORMATS);
        if (format)
            *format = code_of(b, number_of(zd_parse__xml_attribute(e, "numFmtId"), 0));
    }
}

static void on_format_end(void *context, const char *name)
{
    if (strcmp(name, "x:cellXfs") == 0)
        ((struct book *)context)->in_formats = false;
}

/* ---- a sheet's cells ---- */

/* "AB12" → row 11, column 27; false where it is none. */
static bool read_address(const char **s, uint32_t *ret_row, uint32_t *ret_column)
{
    uint32_t column = 0, row = 0;
    const char *p = *s;

    for (; *p >= 'A' && *p <= 'Z' && column < 100000; p++)
        column = column * 26 + (uint32_t)(*p - 'A') + 1;
    for (; *p >= '0' && *p <= '9' && row < MAX_ROW * 10; p++)
        row = row * 10 + (uint32_t)(*p - '0');
    if (column == 0 || row == 0 || row > MAX_ROW || column > 16384)
        return false;
    *ret_row = row - 1;
    *ret_column = column - 1;
    *s = p;
    return true;
}

static void begin_cell(struct book *b, const struct zd_parse__element *e)
{
    const char *type = zd_parse__xml_attribute(e, "t"), *at = zd_parse__xml_attribute(e, "r");
    uint32_t row, column;

    b->column++;
    if (at && read_address(&at, &row, &column) && row == b->row)
        b->column = column;
    b->style = number_of(zd_parse__xml_attribute(e, "s"), 0);
    b->type = 'n';
    if (type && strcmp(type, "inlineStr") == 0)
        b->type = 'i';
    else if (type && (strcmp(type, "str") == 0 || strcmp(type, "d") == 0))
        b->type = 't';
    else if (type)
        b->type = type[0];
    zd_parse__maker_clear(b->m, &b->text);
    zd_parse__maker_clear(b->m, &b->value);
}

static void begin_row(struct book *b, const struct zd_parse__element *e)
{
    uint32_t row = number_of(zd_parse__xml_attribute(e, "r"), 0);

    b->row = row > 0 && row <= MAX_ROW ? row - 1 : b->row + 1;
    b->column = (uint32_t)-1;
    b->row_hidden = is_true(zd_parse__xml_attribute(e, "hidden"));
}

static void add_merge(struct book *b, const char *range)
{
    uint32_t r1, c1, r2, c2;

    if (!range || !read_address(&range, &r1, &c1) || *range++ != ':' ||
        !read_address(&range, &r2, &c2) || r2 < r1 || c2 < c1)
        return;
    zd_parse__sheet_merge(&b->cells, r1, c1, r2 - r1 + 1, c2 - c1 + 1);
}

/* ---- headers and footers (18.3.1.46) ---- */

static bool is_margin(const char *name)
{
    static const char *const names[] = {"x:oddHeader", "x:evenHeader", "x:firstHeader",
                                        "x:oddFooter", "x:evenFooter", "x:firstFooter"};

    for (size_t i = 0; i < ZD_COUNT(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void begin_margin(struct book *b)
{
    zd_parse__maker_clear(b->m, &b->text);
    b->in_margin = true;
}

static void end_margin(struct book *b)
{
    b->in_margin = false;
    zd_parse__margin_aside(b->m, zd_buf_view(&b->text));
}

static void on_sheet_start(void *context, const struct zd_parse__element *e)
{
    struct book *b = context;

    if (strcmp(e->name, "x:row") == 0)
        begin_row(b, e);
    else if (strcmp(e->name, "x:c") == 0)
        begin_cell(b, e);
    else if (strcmp(e->name, "x:v") == 0)
        b->in_value = true;
    else if (strcmp(e->name, "x:rPh") == 0)
        b->in_phonetic = true;
    else if (strcmp(e->name, "x:t") == 0)
        b->in_words = !b->in_phonetic;
    else if (strcmp(e->name, "x:mergeCell") == 0)
        add_merge(b, zd_parse__xml_attribute(e, "ref"));
    else if (is_margin(e->name))
        begin_margin(b);
}

/* The words of the cell in hand, in `text`. */
static void show_cell(struct book *b)
{
    const char *value = zd_buf_cstr(&b->value);
    char *end = NULL;
    double number;
    uint32_t at;

    switch (b->type) {
    case 'i':
        return;
    case 's':
        at = number_of(value, (uint32_t)b->n_strings);
        zd_parse__maker_clear(b->m, &b->text);
        if (at < b->n_strings)
            zd_buf_str(&b->text, b->strings[at]);
        return;
    case 'b':
        zd_buf_c(&b->text, value && value[0] == '1' ? "TRUE" : "FALSE");
        return;
    case 'n':
        number = value && *value ? strtod(value, &end) : 0;
        if (value && *value && end && *end == '\0') {
            zd_parse__number_show(&b->text,
                                  b->style < b->n_formats ? b->formats[b->style].p : "General",
                                  number, b->from_1904);
            return;
        }
        break;
    default:
        break;
    }
    zd_buf_str(&b->text, zd_buf_view(&b->value));
}

static void end_cell(struct book *b)
{
    struct zd_str words;

    show_cell(b);
    words = zd_parse__trim(zd_buf_view(&b->text));
    if (words.n == 0)
        return;
    if (b->row_hidden || b->sheet_hidden) {
        b->m->reading.n_left_out[ZD_LEFT_OUT_HIDDEN] += b->row_hidden;
        zd_parse__maker_aside(b->m, words);
        return;
    }
    zd_parse__sheet_cell(&b->cells, b->row, b->column, words);
}

static void on_sheet_end(void *context, const char *name)
{
    struct book *b = context;

    if (strcmp(name, "x:c") == 0)
        end_cell(b);
    else if (strcmp(name, "x:v") == 0)
        b->in_value = false;
    else if (strcmp(name, "x:t") == 0)
        b->in_words = false;
    else if (strcmp(name, "x:rPh") == 0)
        b->in_phonetic = false;
    else if (is_margin(name))
        end_margin(b);
}

/* ---- text boxes over a sheet (DrawingML) ---- */

static void on_drawing_start(void *context, const struct zd_parse__element *e)
{
    struct book *b = context;

    if (strcmp(e->name, "a:p") == 0)
        zd_parse__maker_clear(b->m, &b->text);
    else if (strcmp(e->name, "a:t") == 0)
        b->in_words = true;
    else if (strcmp(e->name, "a:blip") == 0)
        b->m->reading.n_left_out[ZD_LEFT_OUT_PICTURE]++;
}

static void on_drawing_end(void *context, const char *name)
{
    struct book *b = context;

    if (strcmp(name, "a:t") == 0)
        b->in_words = false;
    else if (strcmp(name, "a:p") == 0 && b->sheet_hidden)
        zd_parse__maker_aside(b->m, zd_buf_view(&b->text));
    else if (strcmp(name, "a:p") == 0)
        zd_parse__maker_add(b->m, ZD_BLOCK_PARAGRAPH, 0, zd_buf_view(&b->text));
}

static bool is_full(void *context)
{
    const struct book *b = context;

    return b->m->too_many || b->m->no_memory;
}

static enum zd_status read_drawing(struct book *b, const struct zd_parse__zip *zip,
                                   struct zd_str part, struct zd_error *err)
{
    const struct zd_parse__xml_events events = {b, on_drawing_start, on_drawing_end, on_words,
                                                is_full};
    struct zd_parse__relations own = {0};
    enum zd_status st = zd_parse__relations_read(zip, part, b->m->arena, &own, err);

    part = zd_parse__relation_by_type(&own, "drawing");
    if (st != ZD_OK || part.n == 0)
        return st;
    b->in_words = b->in_value = b->in_margin = false;
    return zd_parse__part_read(zip, part, false, &events, err);
}

static enum zd_status read_sheet(struct book *b, const struct zd_parse__zip *zip,
                                 const struct zd_parse__relations *relations,
                                 const struct sheet *sheet, struct zd_error *err)
{
    const struct zd_parse__xml_events events = {b, on_sheet_start, on_sheet_end, on_words, is_full};
    struct zd_str part = zd_parse__relation_by_id(relations, sheet->id.p);
    enum zd_status st;

    b->m->reading.n_pages++;
    b->m->reading.n_left_out[ZD_LEFT_OUT_HIDDEN] += sheet->hidden;
    b->sheet_hidden = sheet->hidden;
    b->cells.n_cells = b->cells.n_merges = 0;
    b->row = (uint32_t)-1;
    b->in_value = b->in_words = b->in_phonetic = b->in_margin = false;
    st = zd_parse__part_read(zip, part, false, &events, err);
    if (st != ZD_OK)
        return st;
    if (sheet->hidden)
        return read_drawing(b, zip, part, err);
    b->m->page = b->m->reading.n_pages;
    b->m->reading.n_pages_no_text += b->cells.n_cells == 0;
    if (b->cells.n_cells > 0 && !zd_parse__is_given_sheet_name(sheet->name))
        zd_parse__maker_add(b->m, ZD_BLOCK_HEADING, 1, sheet->name);
    zd_parse__sheet_add(&b->cells);
    return read_drawing(b, zip, part, err);
}

static enum zd_status read_book(struct book *b, const struct zd_parse__zip *zip,
                                struct zd_error *err)
{
    const struct zd_parse__xml_events on_book = {b, on_book_start, on_nothing, NULL, is_full};
    const struct zd_parse__xml_events on_strings = {b, on_string_start, on_string_end, on_words,
                                                    is_full};
    const struct zd_parse__xml_events on_formats = {b, on_format_start, on_format_end, NULL,
                                                    is_full};
    struct zd_parse__relations top = {0}, own = {0};
    struct zd_str part;
    enum zd_status st = zd_parse__relations_read(zip, ZD_STR(""), b->m->arena, &top, err);

    if (st != ZD_OK)
        return st;
    part = zd_parse__relation_by_type(&top, "officeDocument");
    if (part.n == 0)
        part = ZD_STR("xl/workbook.xml");
    st = zd_parse__relations_read(zip, part, b->m->arena, &own, err);
    if (st == ZD_OK)
        st = zd_parse__part_read(zip, part, true, &on_book, err);
    if (st == ZD_OK)
        st = zd_parse__part_read(zip, zd_parse__relation_by_type(&own, "sharedStrings"), false,
                                 &on_strings, err);
    if (st == ZD_OK)
        st = zd_parse__part_read(zip, zd_parse__relation_by_type(&own, "styles"), false,
                                 &on_formats, err);
    for (size_t i = 0; st == ZD_OK && i < b->n_sheets; i++)
        st = read_sheet(b, zip, &own, &b->sheets[i], err);
    if (zd_parse__relation_by_type(&own, "vbaProject").n > 0)
        b->m->reading.n_left_out[ZD_LEFT_OUT_MACRO]++;
    if (st == ZD_OK)
        zd_parse__title_of_blocks(b->m);
    return st;
}

bool zd_parse__is_xlsx(struct zd_bytes raw)
{
    return zd_parse__zip_has(raw, "xl/workbook.xml");
}

enum zd_status zd_parse__xlsx(struct zd_bytes raw, struct zd_parse__maker *m, struct zd_error *err)
{
    struct book *b = zd_alloc(sizeof *b);
    struct zd_parse__zip zip = {0};
    enum zd_status st;

    if (!b)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for reading a workbook");
    b->m = b->cells.m = m;
    b->text.max = b->value.max = ZD_TEXT_MAX_BYTES;
    st = zd_parse__zip_open(raw, m->arena, &zip, err);
    if (st == ZD_OK)
        st = read_book(b, &zip, err);
    zd_buf_done(&b->text);
    zd_buf_done(&b->value);
    zd_free(b->sheets);
    zd_free(b->strings);
    zd_free(b->formats);
    zd_free(b->custom);
    zd_parse__sheet_done(&b->cells);
    zd_free(b);
    return st;
}

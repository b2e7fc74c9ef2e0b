/* odf.c: OpenDocument texts and spreadsheets (ISO/IEC 26300, ODF 1.2): content.xml in one pass.
 *
 * Headings say their level; cells say the words they show, so numbers need no formats. Labels of
 * numbered lists are counted from the list's style (odf_lists.c). Left out and counted: tracked
 * deletions, comments, tables of contents, hidden tables and rows, pictures; headers and footers
 * (styles.xml) are kept aside for marks. Notes follow at the end under 脚注.
 */
#include <stdlib.h>
#include <string.h>

#include "base/caps.h"
#include "parse/odf_private.h"
#include "parse/readers_private.h"

#define MAX_NESTED 8
#define MAX_REPEAT 1024

struct paragraph {
    struct zd_buf text;
    int outline; /* 0: no heading */
    bool is_bullet;
};

struct odf {
    struct zd_parse__maker *m;
    struct zd_parse__odf_lists lists;
    struct paragraph paragraphs[MAX_NESTED];
    int n_paragraphs;
    struct zd_buf label, cell, notes;
    struct zd_parse__grid *grid;
    uint32_t col_span, row_span, n_columns_repeated, n_covered;
    int n_tables, skip, depth, note; /* note: depth of the note that is being read */
    size_t n_row_cells;
    bool is_sheet, is_header, row_empty, is_hidden, item_begun;
    struct zd_buf *plain;
};

static uint32_t number_of(const char *s, uint32_t otherwise)
{
    long n = s ? strtol(s, NULL, 10) : 0;

    return n > 0 && n < 2000000 ? (uint32_t)n : otherwise;
}

static uint32_t *left_out(struct odf *o, enum zd_left_out what)
{
    return &o->m->reading.n_left_out[what];
}

/* What nests deeper than MAX_NESTED is words of the innermost kept one. */
static struct paragraph *current(struct odf *o)
{
    int n = o->n_paragraphs < MAX_NESTED ? o->n_paragraphs : MAX_NESTED;

    return n > 0 ? &o->paragraphs[n - 1] : NULL;
}

/* ---- paragraphs ---- */

static void begin_paragraph(struct odf *o, const struct zd_parse__element *e)
{
    struct paragraph *p;

    o->n_paragraphs++;
    p = current(o);
    if (o->n_paragraphs > MAX_NESTED)
        return;
    zd_parse__maker_clear(o->m, &p->text);
    p->text.max = ZD_TEXT_MAX_BYTES;
    p->outline = 0;
    p->is_bullet = false;
    if (strcmp(e->name, "text:h") == 0) {
        p->outline = (int)number_of(zd_parse__xml_attribute(e, "text:outline-level"), 1);
        zd_parse__odf_outline_label(&o->lists, p->outline, &p->text);
    } else if (o->lists.n_open > 0 && o->item_begun && !o->plain) {
        p->is_bullet = zd_parse__odf_label(&o->lists, &p->text);
        o->item_begun = false; /* further paragraphs of an item have no label */
    }
}

static void end_paragraph(struct odf *o)
{
    struct paragraph *p = current(o);
    struct zd_parse__mark mark;
    struct zd_str words;

    if (--o->n_paragraphs >= MAX_NESTED || !p)
        return;
    words = zd_parse__trim(zd_buf_view(&p->text));
    if (o->plain) {
        zd_buf_str(o->plain, words);
        zd_buf_byte(o->plain, '\n');
    } else if (o->note > 0) {
        zd_buf_str(&o->notes, words);
        zd_buf_byte(&o->notes, '\n');
    } else if (o->n_tables > 0) {
        if (o->cell.n > 0 && words.n > 0)
            zd_buf_byte(&o->cell, '\n');
        zd_buf_str(&o->cell, words);
    } else if (p->outline > 0 &&
               !(zd_parse__mark_read(words, &mark) && mark.kind == ZD_PARSE__ARTICLE)) {
        zd_parse__maker_add(o->m, ZD_BLOCK_HEADING, p->outline < 6 ? p->outline : 6, words);
    } else {
        zd_parse__maker_add(o->m, p->is_bullet ? ZD_BLOCK_LIST_ITEM : ZD_BLOCK_PARAGRAPH, 0, words);
    }
    zd_parse__maker_clear(o->m, &p->text);
}

static void add_words(struct odf *o, struct zd_str words)
{
    struct paragraph *p = current(o);

    if (p)
        zd_buf_str(&p->text, words);
}

/* ---- tables ---- */

static void begin_table(struct odf *o, const struct zd_parse__element *e)
{
    const char *name = zd_parse__xml_attribute(e, "table:name");

    if (++o->n_tables > 1)
        return;
    o->grid = zd_parse__grid_new(o->m);
    o->is_header = false;
    if (o->is_sheet) {
        o->m->page = ++o->m->reading.n_pages;
        if (name && !zd_parse__is_given_sheet_name(zd_str_c(name)))
            zd_parse__maker_add(o->m, ZD_BLOCK_HEADING, 1, zd_str_c(name));
    }
}

/* Of a sheet, what was collected up to an empty row; of a text, the whole table. */
static void put_table(struct odf *o)
{
    zd_parse__grid_add(o->grid);
    zd_parse__grid_free(o->grid);
    o->grid = NULL;
}

static void begin_row(struct odf *o)
{
    if (o->n_tables != 1)
        return;
    if (!o->grid)
        o->grid = zd_parse__grid_new(o->m);
    zd_parse__grid_row(o->grid, o->is_header);
    o->row_empty = true;
    o->n_covered = 0;
}

static void end_row(struct odf *o)
{
    if (o->n_tables != 1 || !o->is_sheet || !o->row_empty)
        return;
    zd_parse__grid_drop_row(o->grid);
    put_table(o);
}

static void begin_cell(struct odf *o, const struct zd_parse__element *e)
{
    if (o->n_tables != 1)
        return;
    o->col_span = number_of(zd_parse__xml_attribute(e, "table:number-columns-spanned"), 1);
    o->row_span = number_of(zd_parse__xml_attribute(e, "table:number-rows-spanned"), 1);
    o->n_columns_repeated =
        number_of(zd_parse__xml_attribute(e, "table:number-columns-repeated"), 1);
    zd_parse__maker_clear(o->m, &o->cell);
}

static void end_cell(struct odf *o)
{
    struct zd_str words = zd_parse__trim(zd_buf_view(&o->cell));

    if (o->n_tables != 1)
        return;
    if (words.n > 0)
        o->row_empty = false;
    else if (o->n_columns_repeated > 16)
        return; /* the empty rest of a sheet */
    for (uint32_t i = 0; i < o->n_columns_repeated && i < MAX_REPEAT; i++)
        zd_parse__grid_cell(o->grid, words, o->col_span, o->row_span, false);
    o->n_covered = o->col_span - 1; /* the covered cells that follow are its own */
}

/* A place under a cell that spans rows is laid out by its span. */
static void on_covered(struct odf *o, const struct zd_parse__element *e)
{
    uint32_t n = number_of(zd_parse__xml_attribute(e, "table:number-columns-repeated"), 1);

    if (o->n_tables != 1)
        return;
    o->n_covered -= o->n_covered < n ? o->n_covered : n;
    zd_parse__maker_clear(o->m, &o->cell);
    o->n_columns_repeated = 0;
}

/* ---- events ---- */

static bool is_left_out(struct odf *o, const struct zd_parse__element *e)
{
    static const struct {
        const char *name;
        enum zd_left_out what;
    } rows[] = {{"text:tracked-changes", ZD_LEFT_OUT_DELETED},
                {"office:annotation", ZD_LEFT_OUT_COMMENT},
                {"text:table-of-content", ZD_LEFT_OUT_CONTENTS},
                {"text:alphabetical-index", ZD_LEFT_OUT_CONTENTS},
                {"text:hidden-paragraph", ZD_LEFT_OUT_HIDDEN},
                {"text:hidden-text", ZD_LEFT_OUT_HIDDEN}};
    const char *visibility = zd_parse__xml_attribute(e, "table:visibility");

    for (size_t i = 0; i < ZD_COUNT(rows); i++)
        if (strcmp(e->name, rows[i].name) == 0) {
            ++*left_out(o, rows[i].what);
            return true;
        }
    if (strcmp(e->name, "table:table-row") == 0 && visibility &&
        strcmp(visibility, "visible") != 0) {
        ++*left_out(o, ZD_LEFT_OUT_HIDDEN);
        return true;
    }
    return strcmp(e->name, "text:note-citation") == 0 || strcmp(e->name, "text:ruby-text") == 0 ||
           strcmp(e->name, "text:sequence-decls") == 0;
}

static void on_sign(struct odf *o, const struct zd_parse__element *e)
{
    uint32_t n = 1;

    if (strcmp(e->name, "text:s") == 0) {
        n = number_of(zd_parse__xml_attribute(e, "text:c"), 1);
        for (uint32_t i = 0; i < n && i < 64; i++)
            add_words(o, ZD_STR(" "));
    } else if (strcmp(e->name, "text:tab") == 0) {
        add_words(o, ZD_STR(" "));
    } else if (strcmp(e->name, "text:line-break") == 0) {
        add_words(o, ZD_STR("\n"));
    } else if (strcmp(e->name, "draw:image") == 0) {
        ++*left_out(o, ZD_LEFT_OUT_PICTURE);
    }
}

static void on_start(void *context, const struct zd_parse__element *e)
{
    struct odf *o = context;

    o->depth = e->depth;
    if (o->skip > 0)
        return;
    if (is_left_out(o, e)) {
        o->skip = e->depth;
    } else if (strcmp(e->name, "text:p") == 0 || strcmp(e->name, "text:h") == 0) {
        begin_paragraph(o, e);
    } else if (strcmp(e->name, "text:list") == 0) {
        zd_parse__odf_list_begin(&o->lists, zd_parse__xml_attribute(e, "text:style-name"),
                                 zd_parse__xml_attribute(e, "text:continue-numbering"));
    } else if (strcmp(e->name, "text:list-item") == 0) {
        o->item_begun = true;
    } else if (strcmp(e->name, "text:note") == 0 && o->note == 0) {
        o->note = e->depth;
    } else if (strcmp(e->name, "table:table") == 0) {
        begin_table(o, e);
    } else if (strcmp(e->name, "table:table-header-rows") == 0) {
        o->is_header = o->n_tables == 1;
    } else if (strcmp(e->name, "table:table-row") == 0) {
        begin_row(o);
    } else if (strcmp(e->name, "table:table-cell") == 0) {
        begin_cell(o, e);
    } else if (strcmp(e->name, "table:covered-table-cell") == 0) {
        on_covered(o, e);
    } else {
        on_sign(o, e);
    }
}

static void on_end(void *context, const char *name)
{
    struct odf *o = context;
    int depth = o->depth--;

    if (o->skip > 0) {
        if (depth == o->skip)
            o->skip = 0;
    } else if (strcmp(name, "text:p") == 0 || strcmp(name, "text:h") == 0) {
        end_paragraph(o);
    } else if (strcmp(name, "text:list") == 0) {
        zd_parse__odf_list_end(&o->lists);
    } else if (o->note > 0 && depth == o->note) {
        o->note = 0;
    } else if (strcmp(name, "table:table-header-rows") == 0) {
        o->is_header = false;
    } else if (strcmp(name, "table:table-row") == 0) {
        end_row(o);
    } else if (strcmp(name, "table:table-cell") == 0) {
        end_cell(o);
    } else if (strcmp(name, "table:table") == 0) {
        if (--o->n_tables == 0)
            put_table(o);
    }
}

static void on_text(void *context, struct zd_str text)
{
    struct odf *o = context;

    if (o->skip == 0)
        add_words(o, text);
}

/* ---- parts ---- */

static void put_notes(struct odf *o)
{
    struct zd_str line;
    size_t at = 0;

    if (o->notes.n == 0)
        return;
    zd_parse__maker_add(o->m, ZD_BLOCK_HEADING, 1, ZD_STR("脚注"));
    while (zd_parse__line_next(zd_buf_view(&o->notes), &at, &line))
        zd_parse__maker_add(o->m, ZD_BLOCK_PARAGRAPH, 0, line);
}

static enum zd_status read_parts(struct odf *o, const struct zd_parse__zip *zip,
                                 struct zd_error *err)
{
    const struct zd_parse__xml_events events = {o, on_start, on_end, on_text, NULL};
    enum zd_status st = zd_parse__odf_lists_read(zip, o->m->arena, &o->lists, err);

    if (st == ZD_OK)
        st = zd_parse__part_read(zip, ZD_STR("content.xml"), true, &events, err);
    if (st != ZD_OK)
        return st;
    zd_parse__title_of_blocks(o->m);
    put_notes(o);
    o->plain = &o->m->aside;
    o->skip = o->n_paragraphs = o->n_tables = o->note = 0;
    return zd_parse__part_read(zip, ZD_STR("styles.xml"), false, &events, err);
}

static enum zd_status read_odf(struct zd_bytes raw, bool is_sheet, struct zd_parse__maker *m,
                               struct zd_error *err)
{
    struct odf *o = zd_alloc(sizeof *o);
    struct zd_parse__zip zip = {0};
    enum zd_status st;

    if (!o)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for reading a document");
    o->m = m;
    o->is_sheet = is_sheet;
    o->label.max = o->cell.max = o->notes.max = ZD_TEXT_MAX_BYTES;
    st = zd_parse__zip_open(raw, m->arena, &zip, err);
    if (st == ZD_OK)
        st = read_parts(o, &zip, err);
    zd_parse__maker_clear(m, &o->cell);
    for (size_t i = 0; i < MAX_NESTED; i++)
        zd_buf_done(&o->paragraphs[i].text);
    zd_buf_done(&o->label);
    zd_buf_done(&o->cell);
    zd_buf_done(&o->notes);
    zd_parse__grid_free(o->grid);
    zd_parse__odf_lists_done(&o->lists);
    zd_free(o);
    return st;
}

/* The stored first entry names the type (ODF 1.2 part 3, 3.3). */
static bool is_type(struct zd_bytes raw, const char *type)
{
    size_t n = strlen(type);

    return raw.n > 38 + n && memcmp(raw.p + 30, "mimetype", 8) == 0 &&
           memcmp(raw.p + 38, type, n) == 0;
}

bool zd_parse__is_odt(struct zd_bytes raw)
{
    return is_type(raw, "application/vnd.oasis.opendocument.text");
}

bool zd_parse__is_ods(struct zd_bytes raw)
{
    return is_type(raw, "application/vnd.oasis.opendocument.spreadsheet");
}

enum zd_status zd_parse__odt(struct zd_bytes raw, struct zd_parse__maker *m, struct zd_error *err)
{
    return read_odf(raw, false, m, err);
}

enum zd_status zd_parse__ods(struct zd_bytes raw, struct zd_parse__maker *m, struct zd_error *err)
{
    return read_odf(raw, true, m, err);
}

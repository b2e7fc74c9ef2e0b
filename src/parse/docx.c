/* docx.c: Word documents (WordprocessingML, ECMA-376 part 1, 17; strict and transitional).
 *
 *  1. The main part is found by its relation, then styles and numbering, then the body is read in
 *     one pass. A paragraph's label (第一条, （二）) is counted as Word counts it and stands before
 *     its words.
 *  2. Headings are paragraphs with an outline level, of their own or of their style. What a heading
 *     style is put on without being one (第一条 …) stays a paragraph.
 *  3. Left out and counted: deleted and moved-away text, hidden runs, comments, tables of contents,
 *     headers and footers (kept aside for marks), pictures, macros, embedded files. A text box is
 *     read before the paragraph it hangs on; what AlternateContent says twice is read once.
 *  4. Notes follow at the end under 脚注.
 *
 * Nested tables are words of the cell around them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/caps.h"
#include "parse/docx_private.h"
#include "parse/readers_private.h"

#define MAX_NESTED                                                                                 \
    8 /* paragraphs in text boxes, tables in cells; deeper ones lose only structure */
#define PARAGRAPH_MAX_BYTES ZD_TEXT_MAX_BYTES

struct paragraph {
    struct zd_buf text;
    struct zd_parse__docx_style own; /* what its pPr says */
    struct zd_str style;
};

struct cell {
    struct zd_buf text;
    uint32_t col_span;
    bool goes_on;
};

struct body {
    struct zd_parse__maker *m;
    struct zd_parse__docx_sheet *sheet;
    struct paragraph paragraphs[MAX_NESTED];
    int n_paragraphs; /* open ones */
    int n_tables;     /* open ones; only the outermost is a table */
    struct zd_parse__grid *grid;
    struct cell cell; /* of the outermost table */
    struct zd_buf label;
    struct zd_buf *plain; /* words only, for headers and footers; else NULL */
    int skip;             /* depth inside what is left out; 0 none */
    int contents_sdt;     /* depth of the block that holds a table of contents, 0 none */
    int sdt[MAX_NESTED], n_sdt;
    int depth;
    bool in_text, in_run, is_run_hidden;
};

/* What nests deeper than MAX_NESTED is words of the innermost kept one. */
static struct paragraph *current(struct body *b)
{
    int n = b->n_paragraphs < MAX_NESTED ? b->n_paragraphs : MAX_NESTED;

    return n > 0 ? &b->paragraphs[n - 1] : NULL;
}

static int32_t number_of(const char *s)
{
    char *end = NULL;
    long n = s ? strtol(s, &end, 10) : -1;

    return s && end != s && n >= 0 && n < 1000000 ? (int32_t)n : -1;
}

static bool is_on(const struct zd_parse__element *e)
{
    const char *v = zd_parse__xml_attribute(e, "w:val");

    return !v || (strcmp(v, "0") != 0 && strcmp(v, "false") != 0 && strcmp(v, "off") != 0);
}

static uint32_t *left_out(struct body *b, enum zd_left_out what)
{
    return &b->m->reading.n_left_out[what];
}

/* ---- paragraphs ---- */

static void begin_paragraph(struct body *b)
{
    struct paragraph *p;

    b->n_paragraphs++;
    p = current(b);
    if (b->n_paragraphs > MAX_NESTED)
        return;
    zd_buf_clear(&p->text);
    p->text.max = PARAGRAPH_MAX_BYTES;
    p->style = ZD_STR("");
    p->own = (struct zd_parse__docx_style){.outline = -1, .list = -1, .level = -1};
}

static bool is_article(struct zd_str words)
{
    struct zd_parse__mark mark;

    return zd_parse__mark_read(words, &mark) && mark.kind == ZD_PARSE__ARTICLE;
}

/* Into the cell of the open table, or a block of its own. */
static void put_paragraph(struct body *b, struct zd_str words, int outline,
                          enum zd_parse__docx_role role, bool is_bullet)
{
    if (b->n_tables > 0) {
        if (b->cell.text.n > 0 && words.n > 0)
            zd_buf_byte(&b->cell.text, '\n');
        zd_buf_str(&b->cell.text, words);
    } else if (role == ZD_PARSE__DOCX_TITLE && b->m->title.n == 0 && zd_parse__trim(words).n > 0) {
        b->m->title = zd_parse__squeeze(words, b->m->arena);
        zd_parse__maker_add(b->m, ZD_BLOCK_HEADING, 1, words);
    } else if (outline >= 0 && outline < 9 && !is_article(zd_parse__trim(words))) {
        zd_parse__maker_add(b->m, ZD_BLOCK_HEADING, outline < 6 ? outline + 1 : 6, words);
    } else {
        zd_parse__maker_add(b->m, is_bullet ? ZD_BLOCK_LIST_ITEM : ZD_BLOCK_PARAGRAPH, 0, words);
    }
}

static void end_paragraph(struct body *b)
{
    struct paragraph *p = current(b);
    struct zd_parse__docx_style style;
    int32_t list, level;
    bool is_bullet = false;

    if (--b->n_paragraphs >= MAX_NESTED || !p)
        return;
    style = zd_parse__docx_style_of(b->sheet, p->style);
    list = p->own.list >= 0 ? p->own.list : style.list;
    level = p->own.level >= 0 ? p->own.level : style.level;
    if (style.role == ZD_PARSE__DOCX_CONTENTS) {
        *left_out(b, ZD_LEFT_OUT_CONTENTS) += p->text.n > 0;
        return;
    }
    zd_parse__maker_clear(b->m, &b->label);
    if (list > 0 && zd_parse__trim(zd_buf_view(&p->text)).n > 0)
        is_bullet = zd_parse__docx_label(b->sheet, list, level >= 0 ? level : 0, &b->label);
    zd_buf_str(&b->label, zd_parse__trim(zd_buf_view(&p->text)));
    put_paragraph(b, zd_buf_view(&b->label), p->own.outline >= 0 ? p->own.outline : style.outline,
                  style.role, is_bullet);
    zd_parse__maker_clear(b->m, &p->text);
}

static void add_words(struct body *b, struct zd_str words)
{
    struct paragraph *p = current(b);

    if (b->plain)
        zd_buf_str(b->plain, words);
    else if (p && !b->is_run_hidden)
        zd_buf_str(&p->text, words);
    if (p && !b->plain && b->is_run_hidden) {
        *left_out(b, ZD_LEFT_OUT_HIDDEN) += 1;
        zd_parse__maker_aside(b->m, words);
    }
}

/* Is the run hidden by the style of its paragraph? */
static bool is_hidden_by_style(struct body *b)
{
    struct paragraph *p = current(b);

    return p && zd_parse__docx_style_of(b->sheet, p->style).is_hidden == 1;
}

/* ---- tables ---- */

static void begin_table(struct body *b)
{
    if (++b->n_tables == 1)
        b->grid = zd_parse__grid_new(b->m);
}

static void end_table(struct body *b)
{
    if (--b->n_tables > 0)
        return;
    zd_parse__grid_add(b->grid);
    zd_parse__grid_free(b->grid);
    b->grid = NULL;
}

static void end_cell(struct body *b)
{
    zd_parse__grid_cell(b->grid, zd_buf_view(&b->cell.text), b->cell.col_span, 1, b->cell.goes_on);
    zd_parse__maker_clear(b->m, &b->cell.text);
    b->cell.col_span = 1;
    b->cell.goes_on = false;
}

/* ---- events ---- */

/* What is left out with all that is in it. */
static bool is_left_out(struct body *b, const struct zd_parse__element *e)
{
    if (strcmp(e->name, "w:del") == 0 || strcmp(e->name, "w:moveFrom") == 0) {
        *left_out(b, ZD_LEFT_OUT_DELETED) += b->in_run || current(b);
        return true;
    }
    return strcmp(e->name, "mc:Fallback") == 0 || strcmp(e->name, "w:rPrChange") == 0 ||
           strcmp(e->name, "w:pPrChange") == 0 || strcmp(e->name, "w:tcPrChange") == 0;
}

static void count_parts(struct body *b, const char *name)
{
    if (strcmp(name, "a:blip") == 0 || strcmp(name, "?:imagedata") == 0)
        ++*left_out(b, ZD_LEFT_OUT_PICTURE);
    else if (strcmp(name, "w:commentReference") == 0)
        ++*left_out(b, ZD_LEFT_OUT_COMMENT);
    else if (strcmp(name, "?:OLEObject") == 0)
        ++*left_out(b, ZD_LEFT_OUT_EMBEDDED);
}

/* Words that are drawn as a picture, a watermark as a rule (VML 6.1.2.23). */
static void on_drawn_words(struct body *b, const struct zd_parse__element *e)
{
    const char *words = zd_parse__xml_attribute(e, "string");

    if (strcmp(e->name, "?:textpath") == 0 && words)
        zd_parse__maker_aside(b->m, zd_str_c(words));
}

static void on_property(struct body *b, const struct zd_parse__element *e)
{
    const char *value = zd_parse__xml_attribute(e, "w:val");
    struct paragraph *p = current(b);

    if (strcmp(e->name, "w:gridSpan") == 0 && b->n_tables == 1) {
        b->cell.col_span = number_of(value) > 0 ? (uint32_t)number_of(value) : 1;
    } else if (strcmp(e->name, "w:vMerge") == 0 && b->n_tables == 1) {
        b->cell.goes_on = !value || strcmp(value, "continue") == 0;
    } else if (strcmp(e->name, "w:vanish") == 0) {
        if (b->in_run)
            b->is_run_hidden = is_on(e);
    } else if (p && !b->in_run && strcmp(e->name, "w:pStyle") == 0 && value) {
        p->style = zd_arena_str(b->m->arena, zd_str_c(value));
        b->m->no_memory = b->m->no_memory || !p->style.p;
    } else if (p && strcmp(e->name, "w:outlineLvl") == 0) {
        p->own.outline = number_of(value);
    } else if (p && strcmp(e->name, "w:numId") == 0) {
        p->own.list = number_of(value);
    } else if (p && strcmp(e->name, "w:ilvl") == 0) {
        p->own.level = number_of(value);
    } else if (strcmp(e->name, "w:docPartGallery") == 0 && value && b->n_sdt > 0 &&
               strcmp(value, "Table of Contents") == 0) {
        b->contents_sdt = b->sdt[b->n_sdt - 1];
        ++*left_out(b, ZD_LEFT_OUT_CONTENTS);
    }
}

/* Tabs, line ends and hyphens that are elements. */
static void on_sign(struct body *b, const struct zd_parse__element *e)
{
    const char *type = zd_parse__xml_attribute(e, "w:type");

    if (!b->in_run)
        return;
    if (strcmp(e->name, "w:tab") == 0)
        add_words(b, ZD_STR(" "));
    else if (strcmp(e->name, "w:cr") == 0 || (strcmp(e->name, "w:br") == 0 && !type))
        add_words(b, ZD_STR("\n"));
    else if (strcmp(e->name, "w:noBreakHyphen") == 0)
        add_words(b, ZD_STR("-"));
}

static void on_start(void *context, const struct zd_parse__element *e)
{
    struct body *b = context;

    b->depth = e->depth;
    if (b->skip > 0 || b->contents_sdt > 0)
        return;
    if (is_left_out(b, e)) {
        b->skip = e->depth;
        return;
    }
    count_parts(b, e->name);
    on_drawn_words(b, e);
    if (strcmp(e->name, "w:p") == 0) {
        begin_paragraph(b);
    } else if (strcmp(e->name, "w:r") == 0) {
        b->in_run = true;
        b->is_run_hidden = is_hidden_by_style(b);
    } else if (strcmp(e->name, "w:t") == 0) {
        b->in_text = true;
    } else if (strcmp(e->name, "w:tbl") == 0) {
        begin_table(b);
    } else if (strcmp(e->name, "w:tr") == 0) {
        if (b->n_tables == 1)
            zd_parse__grid_row(b->grid, false);
    } else if (strcmp(e->name, "w:sdt") == 0) {
        if (b->n_sdt < MAX_NESTED)
            b->sdt[b->n_sdt++] = e->depth;
    } else {
        on_property(b, e);
        on_sign(b, e);
    }
}

static void on_end(void *context, const char *name)
{
    struct body *b = context;
    int depth = b->depth;

    b->depth--;
    if (b->skip > 0) {
        if (depth == b->skip)
            b->skip = 0;
        return;
    }
    if (b->n_sdt > 0 && strcmp(name, "w:sdt") == 0 && b->sdt[b->n_sdt - 1] == depth)
        b->n_sdt--;
    if (b->contents_sdt > 0) {
        if (depth == b->contents_sdt)
            b->contents_sdt = 0;
        return;
    }
    if (strcmp(name, "w:p") == 0) {
        end_paragraph(b);
        if (b->plain)
            zd_buf_byte(b->plain, '\n');
    } else if (strcmp(name, "w:r") == 0) {
        b->in_run = false;
    } else if (strcmp(name, "w:t") == 0) {
        b->in_text = false;
    } else if (strcmp(name, "w:tbl") == 0) {
        end_table(b);
    } else if (strcmp(name, "w:tc") == 0 && b->n_tables == 1) {
        end_cell(b);
    }
}

static void on_text(void *context, struct zd_str text)
{
    struct body *b = context;

    if (b->in_text && b->skip == 0 && b->contents_sdt == 0)
        add_words(b, text);
}

/* ---- parts ---- */

static enum zd_status read_part(struct body *b, const struct zd_parse__zip *zip, struct zd_str part,
                                bool needed, struct zd_error *err)
{
    const struct zd_parse__xml_events events = {b, on_start, on_end, on_text, NULL};
    enum zd_status st;

    b->skip = b->contents_sdt = b->n_sdt = b->n_paragraphs = b->n_tables = b->depth = 0;
    b->in_text = b->in_run = false;
    st = zd_parse__part_read(zip, part, needed, &events, err);
    zd_parse__grid_free(b->grid); /* of a table that did not end */
    b->grid = NULL;
    return st;
}

/* Headers and footers, aside. */
static enum zd_status read_asides(struct body *b, const struct zd_parse__zip *zip,
                                  const struct zd_parse__relations *relations, struct zd_error *err)
{
    enum zd_status st = ZD_OK;

    for (size_t i = 0; st == ZD_OK && i < relations->n; i++) {
        const struct zd_parse__relation *r = &relations->p[i];

        if (!zd_str_eq(r->type, ZD_STR("header")) && !zd_str_eq(r->type, ZD_STR("footer")))
            continue;
        b->plain = &b->m->aside;
        st = read_part(b, zip, r->target, false, err);
        b->plain = NULL;
        ++*left_out(b, ZD_LEFT_OUT_RUNNING_HEAD);
    }
    return st;
}

static enum zd_status read_notes(struct body *b, const struct zd_parse__zip *zip,
                                 const struct zd_parse__relations *relations, struct zd_error *err)
{
    static const char *const types[] = {"footnotes", "endnotes"};
    enum zd_status st = ZD_OK;

    for (size_t i = 0; st == ZD_OK && i < ZD_COUNT(types); i++) {
        size_t before = b->m->n, text_before = b->m->text.n;
        struct zd_str part = zd_parse__relation_by_type(relations, types[i]);

        if (part.n == 0)
            continue;
        zd_parse__maker_add(b->m, ZD_BLOCK_HEADING, 1, ZD_STR("脚注"));
        st = read_part(b, zip, part, false, err);
        if (b->m->n == before + 1) { /* separators only */
            b->m->n = before;
            b->m->text.n = text_before;
        }
    }
    return st;
}

static enum zd_status read_document(struct body *b, const struct zd_parse__zip *zip,
                                    struct zd_error *err)
{
    struct zd_parse__relations top = {0}, own = {0};
    struct zd_str part;
    enum zd_status st = zd_parse__relations_read(zip, ZD_STR(""), b->m->arena, &top, err);

    if (st != ZD_OK)
        return st;
    part = zd_parse__relation_by_type(&top, "officeDocument");
    if (part.n == 0)
        part = ZD_STR("word/document.xml");
    st = zd_parse__relations_read(zip, part, b->m->arena, &own, err);
    if (st == ZD_OK)
        st = zd_parse__docx_sheet_read(zip, zd_parse__relation_by_type(&own, "styles"),
                                       zd_parse__relation_by_type(&own, "numbering"), b->m->arena,
                                       b->sheet, err);
    if (st == ZD_OK)
        st = read_part(b, zip, part, true, err);
    if (st == ZD_OK)
        zd_parse__title_of_blocks(b->m);
    if (st == ZD_OK)
        st = read_notes(b, zip, &own, err);
    if (st == ZD_OK)
        st = read_asides(b, zip, &own, err);
    if (zd_parse__relation_by_type(&own, "vbaProject").n > 0)
        ++*left_out(b, ZD_LEFT_OUT_MACRO);
    return st;
}

bool zd_parse__is_docx(struct zd_bytes raw)
{
    return zd_parse__zip_has(raw, "word/document.xml");
}

enum zd_status zd_parse__docx(struct zd_bytes raw, struct zd_parse__maker *m, struct zd_error *err)
{
    struct zd_parse__docx_sheet sheet = {0};
    struct body *b = zd_alloc(sizeof *b);
    struct zd_parse__zip zip = {0};
    enum zd_status st;

    if (!b)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for reading a document");
    b->m = m;
    b->sheet = &sheet;
    b->cell.col_span = 1;
    b->cell.text.max = b->label.max = PARAGRAPH_MAX_BYTES;
    st = zd_parse__zip_open(raw, m->arena, &zip, err);
    if (st == ZD_OK)
        st = read_document(b, &zip, err);
    if (st == ZD_OK)
        zd_parse__maker_clear(m, &b->label);
    for (size_t i = 0; i < MAX_NESTED; i++)
        zd_buf_done(&b->paragraphs[i].text);
    zd_buf_done(&b->cell.text);
    zd_buf_done(&b->label);
    zd_parse__docx_sheet_done(&sheet);
    zd_free(b);
    return st;
}

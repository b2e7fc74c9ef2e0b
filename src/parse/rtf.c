/* rtf.c: Rich Text Format (Microsoft, version 1.9.1).
 *
 *  1. Groups nest; each has a destination, which says what its words are: text, a header, a note, a
 *     field's instruction, nothing. A group marked "\*" that is not known is passed over.
 *  2. Bytes, plain or as \'xx, are gathered and decoded in the code page of the font in force, else
 *     the document's; \u brings a character of its own and passes over what stands for it.
 *  3. Headings are paragraphs with an outline level, of their own or of their style. Labels of lists
 *     stand in the file as they were shown.
 *  4. Cells' edges are told by the row (edges.h).
 *
 * Left out and counted as in DOCX; headers, footers and drawn words are kept aside; notes follow at
 * the end under 脚注.
 */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "parse/rtf_private.h"
#include "text/text.h"

#define WORD_MAX_BYTES 32

enum action {
    DESTINATION,
    CHARACTER,
    PARAGRAPH,
    PLAIN_PARAGRAPH,
    PLAIN,
    CELL,
    ROW,
    ROW_BEGINS,
    ROW_LEFT,
    HEADER_ROW,
    EDGE,
    MERGE,
    IN_TABLE,
    OUTLINE,
    STYLE,
    FONT,
    DEFAULT_FONT,
    CHARSET,
    FONT_PAGE,
    CODE_PAGE,
    UNICODE,
    UNICODE_SKIP,
    HIDDEN,
    DELETED,
    BINARY,
};

/* ---- groups ---- */

static bool is_left_out(enum zd_rtf__destination d)
{
    return d == ZD_RTF__SKIP || d == ZD_RTF__SKIP_COMMENT || d == ZD_RTF__SKIP_EMBEDDED ||
           d == ZD_RTF__SKIP_PICTURE;
}

static void enter_destination(struct zd_rtf *r, enum zd_rtf__destination d)
{
    struct zd_rtf__group *g = zd_rtf__top(r);

    zd_rtf__flush(r);
    if (is_left_out(g->destination) || d == ZD_RTF__ENTER || d == ZD_RTF__ENTER_SHAPE) {
        if (d == ZD_RTF__ENTER_SHAPE)
            zd_parse__maker_clear(r->m, &r->shape);
        return;
    }
    if (d == ZD_RTF__RESULT) {
        g->is_contents = zd_str_starts(zd_parse__trim(zd_buf_view(&r->instruction)), ZD_STR("TOC"));
        *zd_rtf__left_out(r, ZD_LEFT_OUT_CONTENTS) +=
            g->is_contents && g->destination == ZD_RTF__BODY;
        zd_parse__maker_clear(r->m, &r->instruction);
        if (g->is_contents)
            g->destination = ZD_RTF__SKIP;
        return;
    }
    if (d == ZD_RTF__SHAPE_VALUE) /* words drawn as a picture */
        d = zd_str_eq(zd_parse__trim(zd_buf_view(&r->shape)), ZD_STR("gtextUNICODE"))
                ? ZD_RTF__MARGIN
                : ZD_RTF__SKIP;
    *zd_rtf__left_out(r, ZD_LEFT_OUT_COMMENT) += d == ZD_RTF__SKIP_COMMENT;
    *zd_rtf__left_out(r, ZD_LEFT_OUT_EMBEDDED) += d == ZD_RTF__SKIP_EMBEDDED;
    *zd_rtf__left_out(r, ZD_LEFT_OUT_PICTURE) += d == ZD_RTF__SKIP_PICTURE;
    if (d == ZD_RTF__MARGIN)
        zd_parse__maker_clear(r->m, &r->margin);
    if (d == ZD_RTF__INSTRUCTION || d == ZD_RTF__STYLES)
        zd_parse__maker_clear(r->m, &r->instruction);
    g->destination = d;
}

/* "heading 2;" at the end of a style's group. */
static void end_style(struct zd_rtf *r)
{
    struct zd_str name = zd_parse__trim(zd_buf_view(&r->instruction));
    struct zd_rtf__style *style = r->style < ZD_RTF__MAX_STYLES ? &r->styles[r->style] : NULL;

    if (style && zd_str_starts(name, ZD_STR("heading ")) && name.n > 8 && name.p[8] >= '1' &&
        name.p[8] <= '9' && style->outline < 0)
        style->outline = (int8_t)(name.p[8] - '1');
    else if (style && (zd_str_starts(name, ZD_STR("toc ")) || zd_str_starts(name, ZD_STR("TOC ")) ||
                       zd_str_starts(name, ZD_STR("Contents "))))
        style->is_contents = true;
    else if (style && zd_str_starts(name, ZD_STR("Title")))
        style->is_title = true;
    zd_parse__maker_clear(r->m, &r->instruction);
    r->style = ZD_RTF__MAX_STYLES;
}

static enum zd_status open_group(struct zd_rtf *r, struct zd_error *err)
{
    zd_rtf__flush(r);
    r->pass_over = 0;
    if (r->depth + 1 >= ZD_RTF__MAX_DEPTH)
        return ZD_FAIL(err, ZD_LIMIT, r->at, "groups of the RTF file nest deeper than %d",
                       ZD_RTF__MAX_DEPTH);
    r->groups[r->depth + 1] = r->groups[r->depth];
    r->depth++;
    if (zd_rtf__top(r)->destination == ZD_RTF__STYLES)
        zd_parse__maker_clear(r->m, &r->instruction);
    return ZD_OK;
}

static void close_group(struct zd_rtf *r)
{
    enum zd_rtf__destination d = zd_rtf__top(r)->destination, outer;

    zd_rtf__flush(r);
    r->pass_over = 0;
    if (r->depth == 0)
        return;
    outer = r->groups[r->depth - 1].destination;
    if (d == ZD_RTF__STYLES && outer == ZD_RTF__STYLES)
        end_style(r);
    if (d == ZD_RTF__MARGIN && outer != ZD_RTF__MARGIN) {
        struct zd_str all = zd_buf_view(&r->margin), line;
        size_t at = 0;

        while (zd_parse__line_next(all, &at, &line))
            zd_parse__maker_aside(r->m, line);
        zd_parse__maker_clear(r->m, &r->margin);
        ++*zd_rtf__left_out(r, ZD_LEFT_OUT_RUNNING_HEAD);
    }
    if (d == ZD_RTF__NOTE && outer != ZD_RTF__NOTE)
        zd_buf_byte(&r->notes, '\n');
    r->depth--;
    r->is_starred = false;
}

/* ---- control words ---- */

static unsigned page_of_charset(int32_t charset)
{
    switch (charset) {
    case 134:
        return 936;
    case 136:
        return 950;
    case 0:
        return 1252;
    default:
        return 0;
    }
}

struct control {
    const char *word;
    enum action action;
    int argument;
};

static int by_word(const void *key, const void *row)
{
    return strcmp(key, ((const struct control *)row)->word);
}

static const struct control *control_of(const char *word)
{
    static const struct control controls[] = {
#define X(word, action, argument) {word, action, argument},
#include "parse/rtf_words_table.h"
#undef X
    };

    return bsearch(word, controls, ZD_COUNT(controls), sizeof controls[0], by_word);
}

static void on_font(struct zd_rtf *r, enum action action, int32_t n)
{
    struct zd_rtf__group *g = zd_rtf__top(r);
    uint32_t font = n >= 0 && n < ZD_RTF__MAX_FONTS ? (uint32_t)n : ZD_RTF__MAX_FONTS;

    if (action == DEFAULT_FONT) {
        r->default_font = font;
    } else if (action == FONT && g->destination == ZD_RTF__FONTS) {
        r->font = font;
    } else if (action == FONT) {
        zd_rtf__flush(r);
        g->font = font;
    } else if (g->destination == ZD_RTF__FONTS && r->font < ZD_RTF__MAX_FONTS) {
        r->fonts[r->font] =
            (uint16_t)(action == CHARSET ? page_of_charset(n) : (unsigned)(n > 0 ? n : 0));
    }
}

static void on_row(struct zd_rtf *r, const struct control *control, int32_t n)
{
    switch (control->action) {
    case ROW_BEGINS:
        r->n_row = 0;
        r->row_left = 0;
        r->merge = ZD_RTF__MERGE_NONE;
        r->is_header_row = false;
        break;
    case ROW_LEFT:
        r->row_left = n;
        break;
    case HEADER_ROW:
        r->is_header_row = true;
        break;
    case EDGE:
        zd_rtf__add_edge(r, n);
        break;
    case MERGE:
        r->merge = (enum zd_rtf__merge)control->argument;
        break;
    default:
        break;
    }
}

/* Of a style where one is being described, else of the paragraph in hand. */
static void on_outline(struct zd_rtf *r, int32_t n)
{
    if (zd_rtf__top(r)->destination == ZD_RTF__STYLES && r->style < ZD_RTF__MAX_STYLES)
        r->styles[r->style].outline = (int8_t)(n >= 0 && n < 9 ? n : -1);
    else
        r->outline = n >= 0 && n < 10 ? n : -1;
}

static void on_style(struct zd_rtf *r, int32_t n)
{
    if (zd_rtf__top(r)->destination == ZD_RTF__STYLES)
        r->style = n >= 0 && n < ZD_RTF__MAX_STYLES ? (uint32_t)n : ZD_RTF__MAX_STYLES;
    else
        r->paragraph_style = n >= 0 ? (uint32_t)n : 0;
}

static void on_format(struct zd_rtf *r, enum action action, bool has_number, int32_t n)
{
    struct zd_rtf__group *g = zd_rtf__top(r);

    switch (action) {
    case PLAIN_PARAGRAPH:
        r->outline = -1;
        r->paragraph_style = 0;
        r->in_table = false;
        break;
    case PLAIN:
        zd_rtf__flush(r);
        g->font = r->default_font;
        g->hidden = g->deleted = false;
        break;
    case IN_TABLE:
        r->in_table = true;
        break;
    case OUTLINE:
        on_outline(r, n);
        break;
    case STYLE:
        on_style(r, n);
        break;
    case HIDDEN:
        zd_rtf__flush(r);
        g->hidden = !has_number || n != 0;
        break;
    case DELETED:
        zd_rtf__flush(r);
        g->deleted = !has_number || n != 0;
        *zd_rtf__left_out(r, ZD_LEFT_OUT_DELETED) += g->deleted;
        break;
    case UNICODE_SKIP:
        g->unicode_skip = (uint16_t)(n >= 0 && n < 100 ? n : 1);
        break;
    case CODE_PAGE:
        r->code_page = n > 0 && n < 65536 ? (unsigned)n : 1252;
        break;
    default:
        break;
    }
}

static void on_control(struct zd_rtf *r, const struct control *control, bool has_number, int32_t n)
{
    switch (control->action) {
    case DESTINATION:
        enter_destination(r, (enum zd_rtf__destination)control->argument);
        break;
    case CHARACTER:
        zd_rtf__put_character(r, (uint32_t)control->argument);
        break;
    case PARAGRAPH:
        zd_rtf__end_paragraph(r);
        break;
    case CELL:
        zd_rtf__end_cell(r);
        break;
    case ROW:
        zd_rtf__end_row(r);
        break;
    case UNICODE:
        zd_rtf__put_unicode(r, n);
        break;
    case BINARY:
        if (n > 0)
            r->at += (size_t)n < r->raw.n - r->at ? (size_t)n : r->raw.n - r->at;
        break;
    case FONT:
    case DEFAULT_FONT:
    case CHARSET:
    case FONT_PAGE:
        on_font(r, control->action, n);
        break;
    case ROW_BEGINS:
    case ROW_LEFT:
    case HEADER_ROW:
    case EDGE:
    case MERGE:
        on_row(r, control, n);
        break;
    default:
        on_format(r, control->action, has_number, n);
        break;
    }
}

static bool is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A word of letters with a number behind it, "\u-10179 ". */
static void read_word(struct zd_rtf *r)
{
    char word[WORD_MAX_BYTES + 1] = "";
    const struct control *control;
    size_t n = 0;
    int64_t value = 0;
    bool negative = false, has_number = false;

    for (; r->at < r->raw.n && is_letter(r->raw.p[r->at]); r->at++)
        if (n < WORD_MAX_BYTES)
            word[n++] = (char)r->raw.p[r->at];
    if (r->at + 1 < r->raw.n && r->raw.p[r->at] == '-' && r->raw.p[r->at + 1] >= '0' &&
        r->raw.p[r->at + 1] <= '9') {
        negative = true;
        r->at++;
    }
    for (; r->at < r->raw.n && r->raw.p[r->at] >= '0' && r->raw.p[r->at] <= '9'; r->at++) {
        has_number = true;
        if (value < 100000000)
            value = value * 10 + (r->raw.p[r->at] - '0');
    }
    if (r->at < r->raw.n && r->raw.p[r->at] == ' ')
        r->at++;
    if (r->pass_over > 0 && strcmp(word, "u") != 0 && strcmp(word, "uc") != 0) {
        r->pass_over--;
        return;
    }
    zd_rtf__flush(r);
    control = control_of(word);
    if (control)
        on_control(r, control, has_number, (int32_t)(negative ? -value : value));
    else if (r->is_starred)
        enter_destination(r, ZD_RTF__SKIP);
    r->is_starred = false;
}

static int hex(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Behind a backslash. */
static void read_control(struct zd_rtf *r)
{
    uint8_t c = r->at < r->raw.n ? r->raw.p[r->at] : ' ';

    if (is_letter(c)) {
        read_word(r);
        return;
    }
    r->at++;
    switch (c) {
    case '\'':
        if (r->at + 2 <= r->raw.n && hex(r->raw.p[r->at]) >= 0 && hex(r->raw.p[r->at + 1]) >= 0)
            zd_rtf__put_byte(r, (uint8_t)(hex(r->raw.p[r->at]) * 16 + hex(r->raw.p[r->at + 1])));
        r->at += r->at + 2 <= r->raw.n ? 2 : 0;
        break;
    case '*':
        r->is_starred = true;
        break;
    case '~':
        zd_rtf__put_byte(r, ' ');
        break;
    case '_':
        zd_rtf__put_byte(r, '-');
        break;
    case '\\':
    case '{':
    case '}':
        zd_rtf__put_byte(r, c);
        break;
    case '\r':
    case '\n':
        zd_rtf__end_paragraph(r);
        break;
    default:
        break;
    }
}

static enum zd_status read_all(struct zd_rtf *r, struct zd_error *err)
{
    enum zd_status st = ZD_OK;
    struct zd_str notes, line;
    size_t at = 0;

    while (st == ZD_OK && r->at < r->raw.n && !r->m->no_memory && !r->m->too_many) {
        uint8_t c = r->raw.p[r->at++];

        if (c == '{')
            st = open_group(r, err);
        else if (c == '}')
            close_group(r);
        else if (c == '\\')
            read_control(r);
        else
            zd_rtf__put_byte(r, c);
    }
    r->depth = 0;
    r->groups[0].destination = ZD_RTF__BODY;
    zd_rtf__flush(r);
    r->in_table = false;
    zd_rtf__end_body_paragraph(r, false);
    if (r->edges)
        zd_rtf__end_table(r);
    zd_parse__title_of_blocks(r->m);
    notes = zd_parse__trim(zd_buf_view(&r->notes));
    if (notes.n > 0)
        zd_parse__maker_add(r->m, ZD_BLOCK_HEADING, 1, ZD_STR("脚注"));
    while (zd_parse__line_next(notes, &at, &line))
        zd_parse__maker_add(r->m, ZD_BLOCK_PARAGRAPH, 0, line);
    return st;
}

enum zd_status zd_parse__rtf(struct zd_bytes raw, struct zd_parse__maker *m, struct zd_error *err)
{
    struct zd_rtf *r = zd_alloc(sizeof *r);
    struct zd_buf *bufs[8];
    enum zd_status st;

    if (!r)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for reading an RTF file");
    r->m = m;
    r->raw = raw;
    r->code_page = 1252;
    r->outline = -1;
    r->style = r->font = ZD_RTF__MAX_STYLES;
    r->groups[0].unicode_skip = 1;
    for (size_t i = 0; i < ZD_RTF__MAX_STYLES; i++)
        r->styles[i].outline = -1;
    memcpy(bufs,
           (struct zd_buf *[]){&r->bytes, &r->text, &r->label, &r->notes, &r->instruction,
                               &r->shape, &r->margin, &r->cell},
           sizeof bufs);
    for (size_t i = 0; i < ZD_COUNT(bufs); i++)
        bufs[i]->max = ZD_TEXT_MAX_BYTES;
    st = read_all(r, err);
    for (size_t i = 0; i < ZD_COUNT(bufs); i++) {
        zd_parse__maker_clear(m, bufs[i]);
        zd_buf_done(bufs[i]);
    }
    zd_parse__edges_free(r->edges);
    zd_free(r);
    return st;
}

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

#include "base/caps.h"
#include "base/utf8.h"
#include "parse/edges.h"
#include "parse/readers_private.h"
#include "text/text.h"

#define MAX_DEPTH 1024
#define MAX_FONTS 4096
#define MAX_STYLES 4096
#define MAX_CELLS 256
#define WORD_MAX_BYTES 32

enum destination {
    BODY,
    SKIP,
    SKIP_COMMENT,
    SKIP_EMBEDDED,
    SKIP_PICTURE,
    MARGIN,
    NOTE,
    LABEL,
    INSTRUCTION,
    RESULT,
    FONTS,
    STYLES,
    SHAPE_NAME,
    SHAPE_VALUE,
    ENTER_SHAPE,
    ENTER, /* goes on with what the group around it is */
};

enum merge { MERGE_NONE, MERGE_BEGINS, MERGE_BESIDE, MERGE_ABOVE };

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

struct group {
    enum destination destination;
    uint32_t font;
    uint16_t unicode_skip;
    bool hidden, deleted, is_contents;
};

struct style {
    int8_t outline; /* -1 none */
    bool is_contents, is_title;
};

struct row_cell {
    int32_t right;
    enum merge merge;
};

struct rtf {
    struct zd_parse__maker *m;
    struct zd_bytes raw;
    size_t at;
    struct group groups[MAX_DEPTH];
    size_t depth;
    bool is_starred;  /* \* stands before the next word */
    size_t pass_over; /* characters that stand for the last \u */
    uint32_t high;
    unsigned code_page;
    uint16_t fonts[MAX_FONTS]; /* code pages, 0: the document's */
    struct style styles[MAX_STYLES];
    uint32_t default_font, font, style; /* font and style: in the tables' groups the one in hand */
    struct zd_buf bytes, text, label, notes, instruction, shape, margin;
    /* of the paragraph in hand */
    int outline;
    uint32_t paragraph_style;
    bool in_table;
    /* of the row in hand */
    struct row_cell row[MAX_CELLS];
    size_t n_row;
    struct zd_str cells[MAX_CELLS];
    size_t n_cells;
    int32_t row_left;
    enum merge merge;
    bool is_header_row;
    struct zd_parse__edges *edges;
    struct zd_buf cell;
};

static struct group *top(struct rtf *r)
{
    return &r->groups[r->depth];
}

static uint32_t *left_out(struct rtf *r, enum zd_left_out what)
{
    return &r->m->reading.n_left_out[what];
}

/* ---- words ---- */

/* Where the words of the group in hand go; NULL: nowhere. */
static struct zd_buf *target(struct rtf *r)
{
    const struct group *g = top(r);

    switch (g->destination) {
    case BODY:
        return g->deleted ? NULL : g->hidden ? &r->margin : &r->text;
    case NOTE:
        return g->deleted || g->hidden ? NULL : &r->notes;
    case LABEL:
        return g->deleted || g->hidden ? NULL : &r->label;
    case MARGIN:
        return &r->margin;
    case INSTRUCTION:
    case STYLES:
        return &r->instruction;
    case SHAPE_NAME:
        return &r->shape;
    default:
        return NULL;
    }
}

static unsigned page_of_font(const struct rtf *r, uint32_t font)
{
    return font < MAX_FONTS && r->fonts[font] != 0 ? r->fonts[font] : r->code_page;
}

/* The gathered bytes as text. Writers put Chinese into a run whose font says it is Western. */
static void flush(struct rtf *r)
{
    struct zd_buf *out = r->bytes.n > 0 ? target(r) : NULL;
    unsigned page = page_of_font(r, top(r)->font);
    bool is_ascii = true;

    for (size_t i = 0; i < r->bytes.n; i++)
        is_ascii = is_ascii && r->bytes.p[i] < 0x80;
    if (page == 1252 && r->code_page != 1252 && r->bytes.n > 1)
        page = r->code_page;
    if (out && is_ascii)
        zd_buf_add(out, r->bytes.p, r->bytes.n);
    else if (out)
        zd_decode_page((struct zd_bytes){r->bytes.p, r->bytes.n}, page, out);
    zd_parse__maker_clear(r->m, &r->bytes);
}

static void put_byte(struct rtf *r, uint8_t byte)
{
    if (r->pass_over > 0)
        r->pass_over--;
    else if (byte >= ' ')
        zd_buf_byte(&r->bytes, byte);
}

static void put_character(struct rtf *r, uint32_t c)
{
    struct zd_buf *out;

    flush(r);
    out = target(r);
    if (out)
        zd_buf_code_point(out, c);
}

static void put_unicode(struct rtf *r, int32_t value)
{
    uint32_t c = (uint32_t)(value < 0 ? value + 65536 : value) & 0x1FFFFF;

    r->pass_over = 0;
    flush(r);
    if (c >= 0xD800 && c < 0xDC00) {
        r->high = c;
    } else if (c >= 0xDC00 && c < 0xE000) {
        put_character(r, r->high ? 0x10000 + ((r->high - 0xD800) << 10) + (c - 0xDC00)
                                 : ZD_REPLACEMENT);
        r->high = 0;
    } else if (c >= ' ' && c < 0x110000) {
        put_character(r, c);
    }
    r->pass_over = top(r)->unicode_skip;
}

/* ---- paragraphs ---- */

static bool is_article(struct zd_str words)
{
    struct zd_parse__mark mark;

    return zd_parse__mark_read(words, &mark) && mark.kind == ZD_PARSE__ARTICLE;
}

static void end_table(struct rtf *r)
{
    zd_parse__edges_add(r->edges);
    zd_parse__edges_free(r->edges);
    r->edges = NULL;
    r->n_cells = 0;
}

/* A label with a letter, a digit or a Han character in it; else it is a bullet. */
static bool is_number(struct zd_str label)
{
    size_t at = 0;

    while (at < label.n) {
        uint32_t c = zd_utf8_next(label, &at);

        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
            (c >= 0x2460 && c < 0x2500) || (c >= 0x3007 && c < 0xE000))
            return true;
    }
    return false;
}

static void put_block(struct rtf *r, struct zd_str words, bool is_bullet)
{
    struct style style = r->paragraph_style < MAX_STYLES ? r->styles[r->paragraph_style]
                                                         : (struct style){.outline = -1};
    int outline = r->outline >= 0 ? r->outline : style.outline;

    if (style.is_contents && words.n > 0)
        ++*left_out(r, ZD_LEFT_OUT_CONTENTS);
    else if (style.is_title && r->m->title.n == 0 && words.n > 0) {
        r->m->title = zd_parse__squeeze(words, r->m->arena);
        zd_parse__maker_add(r->m, ZD_BLOCK_HEADING, 1, words);
    } else if (outline >= 0 && outline < 9 && !is_article(words))
        zd_parse__maker_add(r->m, ZD_BLOCK_HEADING, outline < 6 ? outline + 1 : 6, words);
    else
        zd_parse__maker_add(r->m, is_bullet ? ZD_BLOCK_LIST_ITEM : ZD_BLOCK_PARAGRAPH, 0, words);
}

/* The text in hand, behind its label, as a block or as words of the cell. */
static void end_body_paragraph(struct rtf *r, bool in_cell)
{
    struct zd_str label = zd_parse__trim(zd_buf_view(&r->label));
    struct zd_str words = zd_parse__trim(zd_buf_view(&r->text));
    bool is_numbered = label.n > 0 && words.n > 0 && is_number(label);

    if (is_numbered) {
        label = zd_arena_printf(r->m->arena, "%.*s ", (int)label.n, label.p);
        r->m->no_memory |= !label.p;
        words = zd_arena_str(r->m->arena, words);
        r->m->no_memory |= !words.p;
        zd_parse__maker_clear(r->m, &r->text);
        zd_buf_str(&r->text, label);
        zd_buf_str(&r->text, words);
        words = zd_buf_view(&r->text);
    }
    if (in_cell) {
        if (r->cell.n > 0 && words.n > 0)
            zd_buf_byte(&r->cell, '\n');
        zd_buf_str(&r->cell, words);
    } else {
        if (r->edges && words.n > 0)
            end_table(r);
        put_block(r, words, label.n > 0 && !is_numbered);
    }
    zd_parse__maker_clear(r->m, &r->text);
    zd_parse__maker_clear(r->m, &r->label);
}

static void end_paragraph(struct rtf *r)
{
    flush(r);
    if (top(r)->destination == BODY)
        end_body_paragraph(r, r->in_table);
    else if (top(r)->destination == NOTE || top(r)->destination == MARGIN)
        zd_buf_byte(target(r) ? target(r) : &r->notes, '\n');
    if (top(r)->destination == BODY && r->margin.n > 0) { /* hidden words */
        ++*left_out(r, ZD_LEFT_OUT_HIDDEN);
        zd_parse__maker_aside(r->m, zd_buf_view(&r->margin));
        zd_parse__maker_clear(r->m, &r->margin);
    }
}

static void end_cell(struct rtf *r)
{
    struct zd_str words;

    flush(r);
    if (top(r)->destination != BODY)
        return;
    end_body_paragraph(r, true);
    words = zd_arena_str(r->m->arena, zd_buf_view(&r->cell));
    r->m->no_memory |= !words.p;
    if (r->n_cells < MAX_CELLS)
        r->cells[r->n_cells++] = words.p ? words : ZD_STR("");
    zd_parse__maker_clear(r->m, &r->cell);
}

static void end_row(struct rtf *r)
{
    int32_t left = r->row_left;

    if (top(r)->destination != BODY)
        return;
    if (!r->edges)
        r->edges = zd_parse__edges_new(r->m);
    for (size_t i = 0; i < r->n_cells; i++) {
        size_t last = i;

        while (last + 1 < r->n_cells && last + 1 < r->n_row &&
               r->row[last + 1].merge == MERGE_BESIDE)
            last++;
        if (last < r->n_row) {
            zd_parse__edges_cell(r->edges, r->cells[i], left, r->row[last].right,
                                 r->row[i].merge == MERGE_ABOVE);
            left = r->row[last].right;
        }
        i = last;
    }
    zd_parse__edges_row_end(r->edges, r->is_header_row);
    r->n_cells = 0;
}

static void add_edge(struct rtf *r, int32_t at)
{
    if (r->n_row < MAX_CELLS)
        r->row[r->n_row++] = (struct row_cell){at, r->merge};
    r->merge = MERGE_NONE;
}

/* ---- groups ---- */

static bool is_left_out(enum destination d)
{
    return d == SKIP || d == SKIP_COMMENT || d == SKIP_EMBEDDED || d == SKIP_PICTURE;
}

static void enter_destination(struct rtf *r, enum destination d)
{
    struct group *g = top(r);

    flush(r);
    if (is_left_out(g->destination) || d == ENTER || d == ENTER_SHAPE) {
        if (d == ENTER_SHAPE)
            zd_parse__maker_clear(r->m, &r->shape);
        return;
    }
    if (d == RESULT) {
        g->is_contents = zd_str_starts(zd_parse__trim(zd_buf_view(&r->instruction)), ZD_STR("TOC"));
        *left_out(r, ZD_LEFT_OUT_CONTENTS) += g->is_contents && g->destination == BODY;
        zd_parse__maker_clear(r->m, &r->instruction);
        if (g->is_contents)
            g->destination = SKIP;
        return;
    }
    if (d == SHAPE_VALUE) /* words drawn as a picture */
        d = zd_str_eq(zd_parse__trim(zd_buf_view(&r->shape)), ZD_STR("gtextUNICODE")) ? MARGIN
                                                                                      : SKIP;
    *left_out(r, ZD_LEFT_OUT_COMMENT) += d == SKIP_COMMENT;
    *left_out(r, ZD_LEFT_OUT_EMBEDDED) += d == SKIP_EMBEDDED;
    *left_out(r, ZD_LEFT_OUT_PICTURE) += d == SKIP_PICTURE;
    if (d == MARGIN)
        zd_parse__maker_clear(r->m, &r->margin);
    if (d == INSTRUCTION || d == STYLES)
        zd_parse__maker_clear(r->m, &r->instruction);
    g->destination = d;
}

/* "heading 2;" at the end of a style's group. */
static void end_style(struct rtf *r)
{
    struct zd_str name = zd_parse__trim(zd_buf_view(&r->instruction));
    struct style *style = r->style < MAX_STYLES ? &r->styles[r->style] : NULL;

    if (style && zd_str_starts(name, ZD_STR("heading ")) && name.n > 8 && name.p[8] >= '1' &&
        name.p[8] <= '9' && style->outline < 0)
        style->outline = (int8_t)(name.p[8] - '1');
    else if (style && (zd_str_starts(name, ZD_STR("toc ")) || zd_str_starts(name, ZD_STR("TOC ")) ||
                       zd_str_starts(name, ZD_STR("Contents "))))
        style->is_contents = true;
    else if (style && zd_str_starts(name, ZD_STR("Title")))
        style->is_title = true;
    zd_parse__maker_clear(r->m, &r->instruction);
    r->style = MAX_STYLES;
}

static enum zd_status open_group(struct rtf *r, struct zd_error *err)
{
    flush(r);
    r->pass_over = 0;
    if (r->depth + 1 >= MAX_DEPTH)
        return ZD_FAIL(err, ZD_LIMIT, r->at, "groups of the RTF file nest deeper than %d",
                       MAX_DEPTH);
    r->groups[r->depth + 1] = r->groups[r->depth];
    r->depth++;
    if (top(r)->destination == STYLES)
        zd_parse__maker_clear(r->m, &r->instruction);
    return ZD_OK;
}

static void close_group(struct rtf *r)
{
    enum destination d = top(r)->destination, outer;

    flush(r);
    r->pass_over = 0;
    if (r->depth == 0)
        return;
    outer = r->groups[r->depth - 1].destination;
    if (d == STYLES && outer == STYLES)
        end_style(r);
    if (d == MARGIN && outer != MARGIN) {
        struct zd_str all = zd_buf_view(&r->margin), line;
        size_t at = 0;

        while (zd_parse__line_next(all, &at, &line))
            zd_parse__maker_aside(r->m, line);
        zd_parse__maker_clear(r->m, &r->margin);
        ++*left_out(r, ZD_LEFT_OUT_RUNNING_HEAD);
    }
    if (d == NOTE && outer != NOTE)
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

static void on_font(struct rtf *r, enum action action, int32_t n)
{
    struct group *g = top(r);
    uint32_t font = n >= 0 && n < MAX_FONTS ? (uint32_t)n : MAX_FONTS;

    if (action == DEFAULT_FONT) {
        r->default_font = font;
    } else if (action == FONT && g->destination == FONTS) {
        r->font = font;
    } else if (action == FONT) {
        flush(r);
        g->font = font;
    } else if (g->destination == FONTS && r->font < MAX_FONTS) {
        r->fonts[r->font] =
            (uint16_t)(action == CHARSET ? page_of_charset(n) : (unsigned)(n > 0 ? n : 0));
    }
}

static void on_row(struct rtf *r, const struct control *control, int32_t n)
{
    switch (control->action) {
    case ROW_BEGINS:
        r->n_row = 0;
        r->row_left = 0;
        r->merge = MERGE_NONE;
        r->is_header_row = false;
        break;
    case ROW_LEFT:
        r->row_left = n;
        break;
    case HEADER_ROW:
        r->is_header_row = true;
        break;
    case EDGE:
        add_edge(r, n);
        break;
    case MERGE:
        r->merge = (enum merge)control->argument;
        break;
    default:
        break;
    }
}

/* Of a style where one is being described, else of the paragraph in hand. */
static void on_outline(struct rtf *r, int32_t n)
{
    if (top(r)->destination == STYLES && r->style < MAX_STYLES)
        r->styles[r->style].outline = (int8_t)(n >= 0 && n < 9 ? n : -1);
    else
        r->outline = n >= 0 && n < 10 ? n : -1;
}

static void on_style(struct rtf *r, int32_t n)
{
    if (top(r)->destination == STYLES)
        r->style = n >= 0 && n < MAX_STYLES ? (uint32_t)n : MAX_STYLES;
    else
        r->paragraph_style = n >= 0 ? (uint32_t)n : 0;
}

static void on_format(struct rtf *r, enum action action, bool has_number, int32_t n)
{
    struct group *g = top(r);

    switch (action) {
    case PLAIN_PARAGRAPH:
        r->outline = -1;
        r->paragraph_style = 0;
        r->in_table = false;
        break;
    case PLAIN:
        flush(r);
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
        flush(r);
        g->hidden = !has_number || n != 0;
        break;
    case DELETED:
        flush(r);
        g->deleted = !has_number || n != 0;
        *left_out(r, ZD_LEFT_OUT_DELETED) += g->deleted;
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

static void on_control(struct rtf *r, const struct control *control, bool has_number, int32_t n)
{
    switch (control->action) {
    case DESTINATION:
        enter_destination(r, (enum destination)control->argument);
        break;
    case CHARACTER:
        put_character(r, (uint32_t)control->argument);
        break;
    case PARAGRAPH:
        end_paragraph(r);
        break;
    case CELL:
        end_cell(r);
        break;
    case ROW:
        end_row(r);
        break;
    case UNICODE:
        put_unicode(r, n);
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
static void read_word(struct rtf *r)
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
    flush(r);
    control = control_of(word);
    if (control)
        on_control(r, control, has_number, (int32_t)(negative ? -value : value));
    else if (r->is_starred)
        enter_destination(r, SKIP);
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
static void read_control(struct rtf *r)
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
            put_byte(r, (uint8_t)(hex(r->raw.p[r->at]) * 16 + hex(r->raw.p[r->at + 1])));
        r->at += r->at + 2 <= r->raw.n ? 2 : 0;
        break;
    case '*':
        r->is_starred = true;
        break;
    case '~':
        put_byte(r, ' ');
        break;
    case '_':
        put_byte(r, '-');
        break;
    case '\\':
    case '{':
    case '}':
        put_byte(r, c);
        break;
    case '\r':
    case '\n':
        end_paragraph(r);
        break;
    default:
        break;
    }
}

static enum zd_status read_all(struct rtf *r, struct zd_error *err)
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
            put_byte(r, c);
    }
    r->depth = 0;
    r->groups[0].destination = BODY;
    flush(r);
    r->in_table = false;
    end_body_paragraph(r, false);
    if (r->edges)
        end_table(r);
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
    struct rtf *r = zd_alloc(sizeof *r);
    struct zd_buf *bufs[8];
    enum zd_status st;

    if (!r)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for reading an RTF file");
    r->m = m;
    r->raw = raw;
    r->code_page = 1252;
    r->outline = -1;
    r->style = r->font = MAX_STYLES;
    r->groups[0].unicode_skip = 1;
    for (size_t i = 0; i < MAX_STYLES; i++)
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

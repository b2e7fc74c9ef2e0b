/* rtf_text.c: the words of Rich Text Format as paragraphs, labels, notes and rows of tables; see rtf.c. */
#include <string.h>

#include "base/utf8.h"
#include "parse/rtf_private.h"
#include "text/text.h"

/* ---- words ---- */

/* Where the words of the group in hand go; NULL: nowhere. */
static struct zd_buf *target(struct zd_rtf *r)
{
    const struct zd_rtf__group *g = zd_rtf__top(r);

    switch (g->destination) {
    case ZD_RTF__BODY:
        return g->deleted ? NULL : g->hidden ? &r->margin : &r->text;
    case ZD_RTF__NOTE:
        return g->deleted || g->hidden ? NULL : &r->notes;
    case ZD_RTF__LABEL:
        return g->deleted || g->hidden ? NULL : &r->label;
    case ZD_RTF__MARGIN:
        return &r->margin;
    case ZD_RTF__INSTRUCTION:
    case ZD_RTF__STYLES:
        return &r->instruction;
    case ZD_RTF__SHAPE_NAME:
        return &r->shape;
    default:
        return NULL;
    }
}

static unsigned page_of_font(const struct zd_rtf *r, uint32_t font)
{
    return font < ZD_RTF__MAX_FONTS && r->fonts[font] != 0 ? r->fonts[font] : r->code_page;
}

/* The gathered bytes as text. Writers put Chinese into a run whose font says it is Western. */
void zd_rtf__flush(struct zd_rtf *r)
{
    struct zd_buf *out = r->bytes.n > 0 ? target(r) : NULL;
    unsigned page = page_of_font(r, zd_rtf__top(r)->font);
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

void zd_rtf__put_byte(struct zd_rtf *r, uint8_t byte)
{
    if (r->pass_over > 0)
        r->pass_over--;
    else if (byte >= ' ')
        zd_buf_byte(&r->bytes, byte);
}

void zd_rtf__put_character(struct zd_rtf *r, uint32_t c)
{
    struct zd_buf *out;

    zd_rtf__flush(r);
    out = target(r);
    if (out)
        zd_buf_code_point(out, c);
}

void zd_rtf__put_unicode(struct zd_rtf *r, int32_t value)
{
    uint32_t c = (uint32_t)(value < 0 ? value + 65536 : value) & 0x1FFFFF;

    r->pass_over = 0;
    zd_rtf__flush(r);
    if (c >= 0xD800 && c < 0xDC00) {
        r->high = c;
    } else if (c >= 0xDC00 && c < 0xE000) {
        zd_rtf__put_character(r, r->high ? 0x10000 + ((r->high - 0xD800) << 10) + (c - 0xDC00)
                                         : ZD_REPLACEMENT);
        r->high = 0;
    } else if (c >= ' ' && c < 0x110000) {
        zd_rtf__put_character(r, c);
    }
    r->pass_over = zd_rtf__top(r)->unicode_skip;
}

/* ---- paragraphs ---- */

static bool is_article(struct zd_str words)
{
    struct zd_parse__mark mark;

    return zd_parse__mark_read(words, &mark) && mark.kind == ZD_PARSE__ARTICLE;
}

void zd_rtf__end_table(struct zd_rtf *r)
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

static void put_block(struct zd_rtf *r, struct zd_str words, bool is_bullet)
{
    struct zd_rtf__style style = r->paragraph_style < ZD_RTF__MAX_STYLES
                                     ? r->styles[r->paragraph_style]
                                     : (struct zd_rtf__style){.outline = -1};
    int outline = r->outline >= 0 ? r->outline : style.outline;

    if (style.is_contents && words.n > 0)
        ++*zd_rtf__left_out(r, ZD_LEFT_OUT_CONTENTS);
    else if (style.is_title && r->m->title.n == 0 && words.n > 0) {
        r->m->title = zd_parse__squeeze(words, r->m->arena);
        zd_parse__maker_add(r->m, ZD_BLOCK_HEADING, 1, words);
    } else if (outline >= 0 && outline < 9 && !is_article(words))
        zd_parse__maker_add(r->m, ZD_BLOCK_HEADING, outline < 6 ? outline + 1 : 6, words);
    else
        zd_parse__maker_add(r->m, is_bullet ? ZD_BLOCK_LIST_ITEM : ZD_BLOCK_PARAGRAPH, 0, words);
}

/* The text in hand, behind its label, as a block or as words of the cell. */
void zd_rtf__end_body_paragraph(struct zd_rtf *r, bool in_cell)
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
            zd_rtf__end_table(r);
        put_block(r, words, label.n > 0 && !is_numbered);
    }
    zd_parse__maker_clear(r->m, &r->text);
    zd_parse__maker_clear(r->m, &r->label);
}

void zd_rtf__end_paragraph(struct zd_rtf *r)
{
    zd_rtf__flush(r);
    if (zd_rtf__top(r)->destination == ZD_RTF__BODY)
        zd_rtf__end_body_paragraph(r, r->in_table);
    else if (zd_rtf__top(r)->destination == ZD_RTF__NOTE ||
             zd_rtf__top(r)->destination == ZD_RTF__MARGIN)
        zd_buf_byte(target(r) ? target(r) : &r->notes, '\n');
    if (zd_rtf__top(r)->destination == ZD_RTF__BODY && r->margin.n > 0) { /* hidden words */
        ++*zd_rtf__left_out(r, ZD_LEFT_OUT_HIDDEN);
        zd_parse__maker_aside(r->m, zd_buf_view(&r->margin));
        zd_parse__maker_clear(r->m, &r->margin);
    }
}

void zd_rtf__end_cell(struct zd_rtf *r)
{
    struct zd_str words;

    zd_rtf__flush(r);
    if (zd_rtf__top(r)->destination != ZD_RTF__BODY)
        return;
    zd_rtf__end_body_paragraph(r, true);
    words = zd_arena_str(r->m->arena, zd_buf_view(&r->cell));
    r->m->no_memory |= !words.p;
    if (r->n_cells < ZD_RTF__MAX_CELLS)
        r->cells[r->n_cells++] = words.p ? words : ZD_STR("");
    zd_parse__maker_clear(r->m, &r->cell);
}

void zd_rtf__end_row(struct zd_rtf *r)
{
    int32_t left = r->row_left;

    if (zd_rtf__top(r)->destination != ZD_RTF__BODY)
        return;
    if (!r->edges)
        r->edges = zd_parse__edges_new(r->m);
    for (size_t i = 0; i < r->n_cells; i++) {
        size_t last = i;

        while (last + 1 < r->n_cells && last + 1 < r->n_row &&
               r->row[last + 1].merge == ZD_RTF__MERGE_BESIDE)
            last++;
        if (last < r->n_row) {
            zd_parse__edges_cell(r->edges, r->cells[i], left, r->row[last].right,
                                 r->row[i].merge == ZD_RTF__MERGE_ABOVE);
            left = r->row[last].right;
        }
        i = last;
    }
    zd_parse__edges_row_end(r->edges, r->is_header_row);
    r->n_cells = 0;
}

void zd_rtf__add_edge(struct zd_rtf *r, int32_t at)
{
    if (r->n_row < ZD_RTF__MAX_CELLS)
        r->row[r->n_row++] = (struct zd_rtf__row_cell){at, r->merge};
    r->merge = ZD_RTF__MERGE_NONE;
}

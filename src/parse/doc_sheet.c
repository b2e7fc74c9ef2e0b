/* doc_sheet.c: formatting, styles and numbering of Word's binary documents; see doc_private.h. */
#include <stdlib.h>

#include "base/caps.h"
#include "parse/doc_private.h"

#define PAGE_BYTES ((size_t)512)
#define PARAGRAPH_ENTRY_BYTES 13
#define MAX_RUNS 4000000
#define MAX_STYLES 4095
#define MAX_LISTS 10000
#define LEVEL_HEAD_BYTES 28
#define LIST_BYTES 28
#define USE_BYTES 16

uint32_t zd_parse__doc_u16(struct zd_bytes b, size_t at)
{
    return b.n < 2 || at > b.n - 2 ? 0 : b.p[at] | (uint32_t)b.p[at + 1] << 8;
}

uint32_t zd_parse__doc_u32(struct zd_bytes b, size_t at)
{
    return b.n < 4 || at > b.n - 4 ? 0
                                   : zd_parse__doc_u16(b, at) | zd_parse__doc_u16(b, at + 2) << 16;
}

struct zd_bytes zd_parse__doc_part(struct zd_bytes b, size_t at, size_t n)
{
    if (b.n == 0)
        return b;
    at = at < b.n ? at : b.n;
    return (struct zd_bytes){b.p + at, n < b.n - at ? n : b.n - at};
}

/* ---- modifiers (2.6, 2.2.5.1: the upper three bits say how long the operand is) ---- */

#define SPRM_TABLE_DEFINITION 0xD608u
#define SPRM_TABS 0xC615u

static size_t operand_bytes(struct zd_cursor *c, uint32_t op)
{
    static const uint8_t sizes[] = {1, 1, 2, 4, 2, 2, 0, 3};
    size_t n;

    if (op == SPRM_TABLE_DEFINITION) {
        n = zd_cursor_u16(c);
        return n > 0 ? n - 1 : 0;
    }
    if (op >> 13 != 6)
        return sizes[op >> 13];
    n = zd_cursor_u8(c);
    if (op == SPRM_TABS && n == 255) { /* its length is in itself */
        size_t deleted = c->p < c->end ? (size_t)c->p[0] * 4 + 1 : 0;

        n = deleted + 1;
        if ((size_t)(c->end - c->p) > deleted)
            n += (size_t)c->p[deleted] * 3;
    }
    return n;
}

bool zd_parse__doc_sprm_next(struct zd_cursor *c, uint32_t *ret_op, struct zd_bytes *ret_operand)
{
    size_t n;

    if (c->end - c->p < 2)
        return false;
    *ret_op = zd_cursor_u16(c);
    n = operand_bytes(c, *ret_op);
    *ret_operand = zd_cursor_bytes(c, n);
    return !c->bad;
}

void zd_parse__doc_paragraph_sprms(struct zd_bytes sprms, struct zd_parse__docx_style *style)
{
    struct zd_cursor c = zd_cursor_of(sprms);
    struct zd_bytes operand;
    uint32_t op;

    while (zd_parse__doc_sprm_next(&c, &op, &operand))
        if (op == 0x2640) /* sprmPOutLvl */
            style->outline = operand.p[0] < 9 ? operand.p[0] : 9;
        else if (op == 0x460B) /* sprmPIlfo */
            style->list = (int32_t)zd_parse__doc_u16(operand, 0);
        else if (op == 0x260A) /* sprmPIlvl */
            style->level = operand.p[0];
}

/* ---- runs ---- */

static bool add_run(struct zd_parse__doc_runs *runs, const struct zd_parse__doc_run *run)
{
    if (!zd_grow(&runs->p, &runs->cap, runs->n + 1, sizeof *runs->p, MAX_RUNS))
        return false;
    runs->p[runs->n++] = *run;
    return true;
}

static struct zd_bytes characters_of(struct zd_bytes page, size_t at)
{
    return at == 0 ? (struct zd_bytes){page.p, 0}
                   : zd_parse__doc_part(page, at * 2 + 1, page.p[at * 2]);
}

/* Style number, then modifiers. */
static struct zd_bytes paragraph_of(struct zd_bytes page, size_t at)
{
    size_t n = page.p[at * 2];

    if (at == 0)
        return (struct zd_bytes){page.p, 0};
    return n > 0 ? zd_parse__doc_part(page, at * 2 + 1, n * 2 - 1)
                 : zd_parse__doc_part(page, at * 2 + 2, (size_t)page.p[at * 2 + 1] * 2);
}

static bool read_page(struct zd_bytes page, bool of_paragraphs, struct zd_parse__doc_runs *runs)
{
    size_t n = page.p[PAGE_BYTES - 1], entry = of_paragraphs ? PARAGRAPH_ENTRY_BYTES : 1;

    if ((n + 1) * 4 + n * entry > PAGE_BYTES - 1)
        return true;
    for (size_t i = 0; i < n; i++) {
        size_t at = page.p[(n + 1) * 4 + i * entry];
        struct zd_parse__doc_run run = {.from = zd_parse__doc_u32(page, i * 4),
                                        .to = zd_parse__doc_u32(page, i * 4 + 4)};

        if (of_paragraphs) {
            struct zd_bytes all = paragraph_of(page, at);

            run.style = zd_parse__doc_u16(all, 0);
            run.sprms = zd_parse__doc_part(all, 2, all.n);
        } else {
            run.sprms = characters_of(page, at);
        }
        if (run.from < run.to && !add_run(runs, &run))
            return false;
    }
    return true;
}

static int by_place(const void *a, const void *b)
{
    const struct zd_parse__doc_run *x = a, *y = b;

    return (x->from > y->from) - (x->from < y->from);
}

bool zd_parse__doc_runs_read(struct zd_bytes word, struct zd_bytes plc, bool of_paragraphs,
                             struct zd_parse__doc_runs *runs)
{
    size_t n = plc.n >= 4 ? (plc.n - 4) / 8 : 0;

    for (size_t i = 0; i < n; i++) {
        size_t at = (zd_parse__doc_u32(plc, (n + 1) * 4 + i * 4) & 0x3FFFFF) * PAGE_BYTES;
        struct zd_bytes page = zd_parse__doc_part(word, at, PAGE_BYTES);

        if (page.n == PAGE_BYTES && !read_page(page, of_paragraphs, runs))
            return false;
    }
    if (runs->n > 0)
        qsort(runs->p, runs->n, sizeof *runs->p, by_place);
    return true;
}

const struct zd_parse__doc_run *zd_parse__doc_run_at(const struct zd_parse__doc_runs *runs,
                                                     uint32_t at)
{
    size_t from = 0, to = runs->n;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (runs->p[middle].from <= at)
            from = middle + 1;
        else
            to = middle;
    }
    return from > 0 && at < runs->p[from - 1].to ? &runs->p[from - 1] : NULL;
}

/* ---- styles ---- */

static struct zd_str number_id(struct zd_parse__docx_sheet *sheet, uint32_t n)
{
    struct zd_str s = zd_arena_printf(sheet->arena, "%u", n);

    sheet->no_memory |= !s.p;
    return s.p ? s : ZD_STR("");
}

#define STYLE_HEADING 1 /* "heading 1" … 9 of the built-in ones */
#define STYLE_CONTENTS 19
#define STYLE_TITLE 62

static void describe_style(struct zd_parse__docx_sheet *sheet, struct zd_parse__docx_style *style,
                           struct zd_bytes std, size_t base_bytes)
{
    uint32_t built_in = zd_parse__doc_u16(std, 0) & 0xFFF, n;
    uint32_t parent = zd_parse__doc_u16(std, 2) >> 4;
    size_t at = base_bytes;

    if (parent != 0xFFF)
        style->based_on = number_id(sheet, parent);
    if (built_in >= STYLE_HEADING && built_in < STYLE_HEADING + 9)
        style->outline = (int)built_in - STYLE_HEADING;
    else if (built_in >= STYLE_CONTENTS && built_in < STYLE_CONTENTS + 9)
        style->role = ZD_PARSE__DOCX_CONTENTS;
    else if (built_in == STYLE_TITLE)
        style->role = ZD_PARSE__DOCX_TITLE;
    if ((zd_parse__doc_u16(std, 2) & 0xF) != 1)
        return;                                       /* of characters */
    at += (size_t)zd_parse__doc_u16(std, at) * 2 + 4; /* its name */
    n = zd_parse__doc_u16(std, at);
    if (n > 2)
        zd_parse__doc_paragraph_sprms(zd_parse__doc_part(std, at + 4, n - 2), style);
}

void zd_parse__doc_styles_read(struct zd_bytes stsh, struct zd_parse__docx_sheet *sheet)
{
    size_t at = 2 + zd_parse__doc_u16(stsh, 0);
    uint32_t n = zd_parse__doc_u16(stsh, 2), base_bytes = zd_parse__doc_u16(stsh, 4);

    for (uint32_t i = 0; i < n && at + 2 <= stsh.n; i++) {
        size_t n_bytes = zd_parse__doc_u16(stsh, at);
        struct zd_bytes std = zd_parse__doc_part(stsh, at + 2, n_bytes);
        struct zd_parse__docx_style *style;

        at += 2 + n_bytes + (n_bytes & 1);
        if (n_bytes == 0)
            continue;
        if (!zd_grow(&sheet->styles, &sheet->styles_cap, sheet->n_styles + 1, sizeof *style,
                     MAX_STYLES)) {
            sheet->no_memory = true;
            return;
        }
        style = &sheet->styles[sheet->n_styles++];
        *style = (struct zd_parse__docx_style){.outline = -1,
                                               .list = -1,
                                               .level = -1,
                                               .is_hidden = -1,
                                               .based_on = ZD_STR(""),
                                               .id = number_id(sheet, i)};
        describe_style(sheet, style, std, base_bytes);
    }
}

/* ---- lists ---- */

/* [MS-OSHARED] 2.2.1.3 */
static enum zd_parse__number_format format_of(uint32_t code)
{
    switch (code) {
    case 1:
        return ZD_PARSE__NUMBER_UPPER_ROMAN;
    case 2:
        return ZD_PARSE__NUMBER_LOWER_ROMAN;
    case 3:
        return ZD_PARSE__NUMBER_UPPER_LETTER;
    case 4:
        return ZD_PARSE__NUMBER_LOWER_LETTER;
    case 10:
    case 11:
    case 17:
    case 33:
    case 35:
    case 36:
    case 37:
    case 39:
        return ZD_PARSE__NUMBER_HAN;
    case 18:
    case 28:
        return ZD_PARSE__NUMBER_CIRCLE;
    case 22:
        return ZD_PARSE__NUMBER_DECIMAL_ZERO;
    case 23:
        return ZD_PARSE__NUMBER_BULLET;
    case 30:
        return ZD_PARSE__NUMBER_STEM;
    case 255:
        return ZD_PARSE__NUMBER_NONE;
    default:
        return ZD_PARSE__NUMBER_DECIMAL;
    }
}

/* UTF-16 in which 0 … 8 stand for the number of a level, as "第%1条". */
static struct zd_str label_text(struct zd_parse__docx_sheet *sheet, struct zd_bytes chars)
{
    struct zd_buf out = {.max = ZD_TITLE_MAX_BYTES};
    struct zd_str text;

    for (size_t i = 0; i + 2 <= chars.n; i += 2) {
        uint32_t c = zd_parse__doc_u16(chars, i);

        if (c < ZD_PARSE__DOCX_LEVELS)
            zd_buf_printf(&out, "%%%u", c + 1);
        else if (c >= ' ' && (c < 0xD800 || c > 0xDFFF))
            zd_buf_code_point(&out, c);
    }
    text = zd_arena_str(sheet->arena, zd_buf_view(&out));
    sheet->no_memory |= !text.p;
    zd_buf_done(&out);
    return text.p ? text : ZD_STR("");
}

/* The level at *at (2.9.150); moves *at behind it. */
static void read_level(struct zd_parse__docx_sheet *sheet, struct zd_bytes table, size_t *at,
                       struct zd_parse__docx_level *level)
{
    struct zd_bytes head = zd_parse__doc_part(table, *at, LEVEL_HEAD_BYTES);
    size_t n_chars;

    if (head.n < LEVEL_HEAD_BYTES) {
        *at = table.n;
        return;
    }
    *at += LEVEL_HEAD_BYTES + (size_t)head.p[24] + head.p[25];
    n_chars = zd_parse__doc_u16(table, *at);
    *level = (struct zd_parse__docx_level){
        .format = format_of(head.p[4]),
        .text = label_text(sheet, zd_parse__doc_part(table, *at + 2, n_chars * 2)),
        .start = zd_parse__doc_u32(head, 0) < 100000 ? zd_parse__doc_u32(head, 0) : 1,
        .spaced = head.p[15] != 2,
        .decimal = (head.p[5] & 4) != 0};
    *at += 2 + n_chars * 2;
}

static void read_levels(struct zd_bytes table, uint32_t lists_at, uint32_t lists_n,
                        struct zd_parse__docx_sheet *sheet)
{
    struct zd_bytes lists = zd_parse__doc_part(table, lists_at, lists_n);
    size_t n = zd_parse__doc_u16(lists, 0), at = (size_t)lists_at + lists_n;

    for (size_t i = 0; i < n && 2 + (i + 1) * LIST_BYTES <= lists.n && n <= MAX_LISTS; i++) {
        struct zd_bytes list = zd_parse__doc_part(lists, 2 + i * LIST_BYTES, LIST_BYTES);
        size_t n_levels = (list.p[26] & 1) != 0 ? 1 : ZD_PARSE__DOCX_LEVELS;
        struct zd_parse__docx_abstract *abstract;

        if (!zd_grow(&sheet->abstracts, &sheet->abstracts_cap, sheet->n_abstracts + 1,
                     sizeof *abstract, MAX_LISTS)) {
            sheet->no_memory = true;
            return;
        }
        abstract = &sheet->abstracts[sheet->n_abstracts++];
        *abstract = (struct zd_parse__docx_abstract){.id = (int32_t)zd_parse__doc_u32(list, 0)};
        for (size_t k = 0; k < ZD_PARSE__DOCX_LEVELS; k++)
            abstract->levels[k] =
                (struct zd_parse__docx_level){.text = ZD_STR(""), .start = 1, .spaced = true};
        for (size_t k = 0; k < n_levels; k++)
            read_level(sheet, table, &at, &abstract->levels[k]);
    }
}

/* The changes of one use of a list (2.9.131): where levels start anew. */
static void read_overrides(struct zd_bytes uses, size_t n, size_t *at,
                           struct zd_parse__docx_sheet *sheet, struct zd_parse__docx_list *list)
{
    struct zd_parse__docx_level ignored;

    *at += 4;
    for (size_t k = 0; k < n && *at + 8 <= uses.n; k++) {
        uint32_t start = zd_parse__doc_u32(uses, *at), flags = zd_parse__doc_u32(uses, *at + 4);

        *at += 8;
        if ((flags & 0x20) != 0)
            read_level(sheet, uses, at, &ignored);
        else if ((flags & 0x10) != 0 && (flags & 0xF) < ZD_PARSE__DOCX_LEVELS && start < 100000)
            list->start[flags & 0xF] = start;
    }
}

void zd_parse__doc_lists_read(struct zd_bytes table, uint32_t lists_at, uint32_t lists_n,
                              uint32_t uses_at, uint32_t uses_n, struct zd_parse__docx_sheet *sheet)
{
    struct zd_bytes uses = zd_parse__doc_part(table, uses_at, uses_n);
    size_t n = zd_parse__doc_u32(uses, 0), at = 4 + n * USE_BYTES;

    read_levels(table, lists_at, lists_n, sheet);
    if (n > MAX_LISTS || at > uses.n)
        return;
    for (size_t i = 0; i < n; i++) {
        struct zd_bytes use = zd_parse__doc_part(uses, 4 + i * USE_BYTES, USE_BYTES);
        struct zd_parse__docx_list *list;

        if (!zd_grow(&sheet->lists, &sheet->lists_cap, sheet->n_lists + 1, sizeof *list,
                     MAX_LISTS)) {
            sheet->no_memory = true;
            return;
        }
        list = &sheet->lists[sheet->n_lists++];
        *list = (struct zd_parse__docx_list){.id = (int32_t)i + 1,
                                             .abstract = (int32_t)zd_parse__doc_u32(use, 0)};
        read_overrides(uses, use.p[12], &at, sheet, list);
    }
}

uint32_t zd_parse__cp1252(uint8_t byte)
{
    static const uint16_t upper[32] = {
        0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

    return byte >= 0x80 && byte < 0xA0 ? upper[byte - 0x80] : byte;
}

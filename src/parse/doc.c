/* doc.c: Word's binary documents, Word 97 to 2003, and what WPS writes as .wps ([MS-DOC]).
 *
 *  1. The head (FIB) names where everything lies; the text is pieces, in UTF-16 or in bytes, put
 *     together by the piece table. Parts follow each other in it: body, notes, headers, comments,
 *     text boxes, those of headers.
 *  2. A paragraph ends in a mark whose formatting says style, outline, list and table; labels are
 *     counted as in DOCX (docx_sheet). The mark that ends a row says where its cells' edges lie.
 *  3. Left out and counted as in DOCX: deleted and hidden text, comments, tables of contents,
 *     pictures; headers and footers are kept aside. Text boxes follow the body.
 *
 * Older versions (Word 6 and 95) hold their text in one run of bytes in the code page of the
 * document's language; their formatting is not read.
 */
#include <string.h>

#include "base/caps.h"
#include "base/utf8.h"
#include "parse/cfb.h"
#include "parse/doc_private.h"
#include "parse/edges.h"
#include "parse/readers_private.h"
#include "text/text.h"

#define MAGIC 0xA5ECu
#define MAGIC_OLD 0xA5DCu /* Word 6 and 95 */
#define FIRST_VERSION 0xC1u
#define MAX_FIELDS 32
#define MAX_PIECES 2000000
#define MAX_CELLS_A_ROW 256
#define BLANK_EDGE 1000 /* between cells whose row tells no edges */

enum part { PART_BODY, PART_NOTES, PART_ASIDE };

struct field {
    bool in_result, is_contents;
};

struct piece {
    uint32_t from, to; /* characters of the document */
    uint32_t at;       /* byte of the stream */
    bool is_bytes;
};

struct doc {
    struct zd_parse__maker *m;
    struct zd_bytes word, table;
    struct zd_parse__docx_sheet sheet;
    struct zd_parse__doc_runs paragraphs, characters;
    struct piece *pieces;
    size_t n_pieces, pieces_cap;
    /* being read */
    enum part part;
    struct zd_buf text, label, instruction;
    struct field fields[MAX_FIELDS];
    size_t n_fields; /* open ones; deeper ones are words of the innermost kept */
    uint32_t high;   /* first half of a character beyond 16 bits */
    const struct zd_parse__doc_run *run;
    bool run_hidden, run_deleted, in_deleted, in_hidden;
    struct zd_parse__edges *edges;
    struct zd_buf cell;
    struct zd_str cells[MAX_CELLS_A_ROW];
    size_t n_cells;
};

static uint32_t *left_out(struct doc *d, enum zd_left_out what)
{
    return &d->m->reading.n_left_out[what];
}

/* ---- paragraphs ---- */

struct mark {
    struct zd_parse__docx_style style;
    bool in_table, ends_row;
    struct zd_bytes row; /* sprmTDefTable */
};

#define SPRM_IN_TABLE 0x2416u
#define SPRM_ENDS_ROW 0x2417u
#define SPRM_DEFINES_ROW 0xD608u

static void read_mark(struct doc *d, uint32_t at, struct mark *mark)
{
    const struct zd_parse__doc_run *run = zd_parse__doc_run_at(&d->paragraphs, at);
    struct zd_parse__docx_style own = {.outline = -1, .list = -1, .level = -1};
    struct zd_cursor c;
    struct zd_bytes operand;
    char id[16];
    struct zd_buf number = {.max = sizeof id};
    uint32_t op;

    *mark = (struct mark){.style = own};
    if (!run)
        return;
    zd_buf_printf(&number, "%u", run->style);
    mark->style = zd_parse__docx_style_of(&d->sheet, zd_buf_view(&number));
    zd_buf_done(&number);
    zd_parse__doc_paragraph_sprms(run->sprms, &own);
    mark->style.outline = own.outline >= 0 ? own.outline : mark->style.outline;
    mark->style.list = own.list >= 0 ? own.list : mark->style.list;
    mark->style.level = own.level >= 0 ? own.level : mark->style.level;
    c = zd_cursor_of(run->sprms);
    while (zd_parse__doc_sprm_next(&c, &op, &operand))
        if (op == SPRM_IN_TABLE)
            mark->in_table = operand.p[0] != 0;
        else if (op == SPRM_ENDS_ROW)
            mark->ends_row = operand.p[0] != 0;
        else if (op == SPRM_DEFINES_ROW)
            mark->row = operand;
}

static bool is_article(struct zd_str words)
{
    struct zd_parse__mark mark;

    return zd_parse__mark_read(words, &mark) && mark.kind == ZD_PARSE__ARTICLE;
}

static void end_table(struct doc *d)
{
    zd_parse__edges_add(d->edges);
    zd_parse__edges_free(d->edges);
    d->edges = NULL;
    d->n_cells = 0;
    zd_parse__maker_clear(d->m, &d->cell);
}

static void put_body(struct doc *d, struct zd_str words, const struct mark *mark)
{
    int outline = mark->style.outline;
    bool is_bullet = false;

    if (mark->style.role == ZD_PARSE__DOCX_CONTENTS) {
        *left_out(d, ZD_LEFT_OUT_CONTENTS) += words.n > 0;
        return;
    }
    zd_parse__maker_clear(d->m, &d->label);
    if (mark->style.list > 0 && words.n > 0)
        is_bullet = zd_parse__docx_label(&d->sheet, mark->style.list,
                                         mark->style.level >= 0 ? mark->style.level : 0, &d->label);
    zd_buf_str(&d->label, words);
    words = zd_buf_view(&d->label);
    if (mark->in_table) {
        if (d->cell.n > 0 && words.n > 0)
            zd_buf_byte(&d->cell, '\n');
        zd_buf_str(&d->cell, words);
    } else if (mark->style.role == ZD_PARSE__DOCX_TITLE && d->m->title.n == 0 && words.n > 0) {
        d->m->title = zd_parse__squeeze(words, d->m->arena);
        zd_parse__maker_add(d->m, ZD_BLOCK_HEADING, 1, words);
    } else if (outline >= 0 && outline < 9 && !is_article(words)) {
        zd_parse__maker_add(d->m, ZD_BLOCK_HEADING, outline < 6 ? outline + 1 : 6, words);
    } else {
        zd_parse__maker_add(d->m, is_bullet ? ZD_BLOCK_LIST_ITEM : ZD_BLOCK_PARAGRAPH, 0, words);
    }
}

static void end_cell(struct doc *d)
{
    if (d->n_cells < MAX_CELLS_A_ROW) {
        struct zd_str words = zd_arena_str(d->m->arena, zd_buf_view(&d->cell));

        d->m->no_memory |= !words.p;
        d->cells[d->n_cells++] = words.p ? words : ZD_STR("");
    }
    zd_parse__maker_clear(d->m, &d->cell);
}

#define CELL_GOES_ON_BESIDE 0x2u
#define CELL_IN_MERGED 0x20u
#define CELL_BEGINS_MERGED 0x40u
#define CELL_BYTES 20

/* The cells in hand with the edges that the row's mark tells (2.9.321). */
static void end_row(struct doc *d, struct zd_bytes row)
{
    size_t n = row.n > 0 ? row.p[0] : 0;
    struct zd_bytes edges = zd_parse__doc_part(row, 1, (n + 1) * 2);
    struct zd_bytes cells = zd_parse__doc_part(row, 1 + edges.n, row.n);
    bool told = n > 0 && edges.n == (n + 1) * 2;

    if (!d->edges)
        d->edges = zd_parse__edges_new(d->m);
    for (size_t i = 0; i < d->n_cells; i++) {
        uint32_t flags = zd_parse__doc_u16(cells, i * CELL_BYTES);
        size_t last = i;
        int32_t left = (int32_t)i * BLANK_EDGE, right = left + BLANK_EDGE;

        while (last + 1 < d->n_cells &&
               (zd_parse__doc_u16(cells, (last + 1) * CELL_BYTES) & CELL_GOES_ON_BESIDE) != 0)
            last++;
        if (told && last < n) {
            left = (int16_t)zd_parse__doc_u16(edges, i * 2);
            right = (int16_t)zd_parse__doc_u16(edges, last * 2 + 2);
        }
        zd_parse__edges_cell(d->edges, d->cells[i], left, right,
                             (flags & CELL_IN_MERGED) != 0 && (flags & CELL_BEGINS_MERGED) == 0);
        i = last;
    }
    zd_parse__edges_row_end(d->edges, false);
    d->n_cells = 0;
    zd_parse__maker_clear(d->m, &d->cell);
}

/* A paragraph, a cell or a row ends with the character c, which lies at the byte. */
static void end_paragraph(struct doc *d, uint32_t c, uint32_t at)
{
    struct zd_str words = zd_parse__trim(zd_buf_view(&d->text));
    struct mark mark;

    if (d->part == PART_ASIDE) {
        zd_parse__maker_aside(d->m, words);
    } else if (d->part == PART_NOTES) {
        zd_parse__maker_add(d->m, ZD_BLOCK_PARAGRAPH, 0, words);
    } else if (d->part == PART_BODY) {
        read_mark(d, at, &mark);
        if (d->edges && !mark.in_table)
            end_table(d);
        if (!mark.ends_row)
            put_body(d, words, &mark);
        if (c == 7 && mark.in_table && mark.ends_row)
            end_row(d, mark.row);
        else if (c == 7 && mark.in_table)
            end_cell(d);
    }
    zd_parse__maker_clear(d->m, &d->text);
}

/* ---- characters ---- */

static void begin_field(struct doc *d)
{
    if (d->n_fields < MAX_FIELDS)
        d->fields[d->n_fields] = (struct field){0};
    d->n_fields++;
    zd_parse__maker_clear(d->m, &d->instruction);
}

static void begin_result(struct doc *d)
{
    struct field *field;
    struct zd_str words = zd_parse__trim(zd_buf_view(&d->instruction));

    if (d->n_fields == 0 || d->n_fields > MAX_FIELDS)
        return;
    field = &d->fields[d->n_fields - 1];
    field->in_result = true;
    field->is_contents = zd_str_starts(words, ZD_STR("TOC")) && d->part == PART_BODY;
    *left_out(d, ZD_LEFT_OUT_CONTENTS) += field->is_contents;
}

/* Inside the instruction of a field or a table of contents. */
static bool is_in_field(const struct doc *d, bool *ret_instruction)
{
    size_t n = d->n_fields < MAX_FIELDS ? d->n_fields : MAX_FIELDS;

    *ret_instruction = n > 0 && !d->fields[n - 1].in_result;
    for (size_t i = 0; i < n; i++)
        if (!d->fields[i].in_result || d->fields[i].is_contents)
            return true;
    return false;
}

#define SPRM_DELETED 0x0800u
#define SPRM_HIDDEN 0x083Cu

static void look_up_run(struct doc *d, uint32_t at)
{
    struct zd_cursor c;
    struct zd_bytes operand;
    uint32_t op;

    if (d->run && at >= d->run->from && at < d->run->to)
        return;
    d->run = zd_parse__doc_run_at(&d->characters, at);
    d->run_hidden = d->run_deleted = false;
    c = zd_cursor_of(d->run ? d->run->sprms : (struct zd_bytes){0});
    while (d->run && zd_parse__doc_sprm_next(&c, &op, &operand))
        if (op == SPRM_DELETED)
            d->run_deleted = operand.p[0] == 1;
        else if (op == SPRM_HIDDEN)
            d->run_hidden = operand.p[0] == 1;
}

/* Whether the character is not shown; counts each stretch of such once. */
static bool is_left_out(struct doc *d, uint32_t at)
{
    look_up_run(d, at);
    *left_out(d, ZD_LEFT_OUT_DELETED) += d->run_deleted && !d->in_deleted;
    *left_out(d, ZD_LEFT_OUT_HIDDEN) += d->run_hidden && !d->in_hidden;
    d->in_deleted = d->run_deleted;
    d->in_hidden = d->run_hidden;
    return d->run_deleted || d->run_hidden;
}

static void put_character(struct doc *d, uint32_t c)
{
    struct zd_buf *out = &d->text;

    if (c >= 0xD800 && c < 0xDC00) {
        d->high = c;
        return;
    }
    if (c >= 0xDC00 && c < 0xE000) {
        c = d->high ? 0x10000 + ((d->high - 0xD800) << 10) + (c - 0xDC00) : ZD_REPLACEMENT;
        d->high = 0;
    }
    if (c == 0xB)
        zd_buf_byte(out, '\n');
    else if (c == '\t')
        zd_buf_byte(out, ' ');
    else if (c == 0x1E)
        zd_buf_byte(out, '-');
    else if (c == 1)
        ++*left_out(d, ZD_LEFT_OUT_PICTURE);
    else if (c == 5)
        ++*left_out(d, ZD_LEFT_OUT_COMMENT);
    else if (c >= ' ' && c < 0x110000)
        zd_buf_code_point(out, c);
}

static void take_character(struct doc *d, uint32_t c, uint32_t at)
{
    bool instruction;

    if (c == 0x13) {
        begin_field(d);
    } else if (c == 0x14) {
        begin_result(d);
    } else if (c == 0x15) {
        d->n_fields -= d->n_fields > 0;
    } else if (is_in_field(d, &instruction)) {
        if (instruction && c >= ' ' && c < 0x80 && d->instruction.n < d->instruction.max)
            zd_buf_byte(&d->instruction, (uint8_t)c);
    } else if (c == '\r' || c == 7 || c == 0xC) {
        end_paragraph(d, c, at);
    } else if (!is_left_out(d, at)) {
        put_character(d, c);
    } else if (d->run_hidden && c >= ' ' && (c < 0xD800 || c > 0xDFFF)) {
        zd_buf_code_point(&d->m->aside, c);
    }
}

/* The characters [from, to) of the document as one part of it. */
static void read_part(struct doc *d, enum part part, uint32_t from, uint32_t to)
{
    d->part = part;
    d->n_fields = 0;
    d->high = 0;
    zd_parse__maker_clear(d->m, &d->text);
    for (size_t i = 0; i < d->n_pieces; i++) {
        const struct piece *p = &d->pieces[i];
        uint32_t first = p->from > from ? p->from : from, end = p->to < to ? p->to : to;

        for (uint32_t k = first; k < end && !d->m->too_many && !d->m->no_memory; k++) {
            size_t at = p->at + (size_t)(k - p->from) * (p->is_bytes ? 1 : 2);

            if (at + (p->is_bytes ? 1 : 2) > d->word.n)
                break;
            take_character(
                d, p->is_bytes ? zd_parse__cp1252(d->word.p[at]) : zd_parse__doc_u16(d->word, at),
                (uint32_t)at);
        }
    }
    if (d->text.n > 0)
        end_paragraph(d, '\r', UINT32_MAX);
    if (d->edges)
        end_table(d);
    zd_buf_byte(&d->m->aside, '\n');
}

/* ---- the head ---- */

static struct zd_bytes named(const struct doc *d, size_t at)
{
    return zd_parse__doc_part(d->table, zd_parse__doc_u32(d->word, at),
                              zd_parse__doc_u32(d->word, at + 4));
}

#define AT_CHARACTERS 0x4C /* of each part of the document, then the rest by its name in 2.5.10 */
#define AT_STSH 0xA2
#define AT_PLCF_BTE_CHPX 0xFA
#define AT_PLCF_BTE_PAPX 0x102
#define AT_CLX 0x1A2
#define AT_PLF_LST 0x2E2
#define AT_PLF_LFO 0x2EA

static enum zd_status damaged(struct zd_error *err, const char *what)
{
    return ZD_FAIL(err, ZD_INVALID, 0, "the Word document is damaged: %s", what);
}

/* The piece table at the end of the "complex" part (2.9.38). */
static enum zd_status read_pieces(struct doc *d, struct zd_error *err)
{
    struct zd_bytes clx = named(d, AT_CLX), plc;
    size_t at = 0, n;

    while (at < clx.n && clx.p[at] == 1)
        at += 3 + (size_t)zd_parse__doc_u16(clx, at + 1);
    if (at >= clx.n || clx.p[at] != 2)
        return damaged(err, "it has no table of pieces");
    plc = zd_parse__doc_part(clx, at + 5, zd_parse__doc_u32(clx, at + 1));
    n = plc.n >= 4 ? (plc.n - 4) / 12 : 0;
    if (!zd_grow(&d->pieces, &d->pieces_cap, n + 1, sizeof *d->pieces, MAX_PIECES))
        return ZD_FAIL(err, ZD_LIMIT, 0, "the Word document has too many pieces; save it anew");
    for (size_t i = 0; i < n; i++) {
        uint32_t where = zd_parse__doc_u32(plc, (n + 1) * 4 + i * 8 + 2);
        bool is_bytes = (where & 0x40000000) != 0;
        struct piece piece = {.from = zd_parse__doc_u32(plc, i * 4),
                              .to = zd_parse__doc_u32(plc, i * 4 + 4),
                              .at = is_bytes ? (where & 0x3FFFFFFF) / 2 : where & 0x3FFFFFFF,
                              .is_bytes = is_bytes};

        if (piece.from > piece.to || (i > 0 && piece.from < d->pieces[i - 1].to))
            return damaged(err, "its pieces overlap");
        d->pieces[d->n_pieces++] = piece;
    }
    return ZD_OK;
}

#define N_PARTS 8 /* body, notes, headers, none, comments, end notes, boxes, headers' boxes */

/* The parts in the order in which a person reads them. */
static void read_parts(struct doc *d)
{
    static const struct {
        size_t number;
        enum part part;
    } order[] = {{0, PART_BODY},  {6, PART_BODY},  {1, PART_NOTES},
                 {5, PART_NOTES}, {2, PART_ASIDE}, {7, PART_ASIDE}};
    uint64_t starts[N_PARTS + 1] = {0};
    size_t notes = 0;

    for (size_t i = 0; i < N_PARTS; i++)
        starts[i + 1] = starts[i] + zd_parse__doc_u32(d->word, AT_CHARACTERS + i * 4);
    if (starts[N_PARTS] > UINT32_MAX)
        return;
    for (size_t i = 0; i < ZD_COUNT(order); i++) {
        uint32_t from = (uint32_t)starts[order[i].number];
        uint32_t to = (uint32_t)starts[order[i].number + 1];

        if (i == 1)
            zd_parse__title_of_blocks(d->m);
        if (from == to)
            continue;
        if (order[i].part == PART_NOTES && notes == 0) {
            zd_parse__maker_add(d->m, ZD_BLOCK_HEADING, 1, ZD_STR("脚注"));
            notes = d->m->n;
        }
        read_part(d, order[i].part, from, to);
        *left_out(d, ZD_LEFT_OUT_RUNNING_HEAD) += order[i].number == 2;
    }
    if (notes > 0 && d->m->n == notes) /* separators only */
        zd_parse__maker_drop(d->m);
}

/* Word 6 and 95: all text in one run. */
static enum zd_status read_old(struct doc *d, struct zd_error *err)
{
    uint32_t from = zd_parse__doc_u32(d->word, 0x18), n = zd_parse__doc_u32(d->word, 0x34);
    uint32_t language = zd_parse__doc_u16(d->word, 6);
    struct zd_bytes bytes = zd_parse__doc_part(d->word, from, n);
    struct zd_str text, line;
    size_t at = 0;

    if ((zd_parse__doc_u16(d->word, 10) & 4) != 0)
        return ZD_FAIL(err, ZD_INVALID, 0,
                       "this is a document of Word 95 or older, saved in pieces, which cannot be "
                       "read: open it and save it as .docx");
    zd_decode_page(bytes, language == 0x404 ? 950 : language == 0x804 ? 936 : 1252, &d->text);
    text = zd_buf_view(&d->text);
    for (size_t i = 0; i < d->text.n; i++)
        if (d->text.p[i] == '\r' || d->text.p[i] == 7 || d->text.p[i] == 0xC)
            d->text.p[i] = '\n';
        else if (d->text.p[i] < ' ')
            d->text.p[i] = ' ';
    while (zd_parse__line_next(text, &at, &line))
        zd_parse__maker_add(d->m, ZD_BLOCK_PARAGRAPH, 0, line);
    return ZD_OK;
}

#define FLAG_ENCRYPTED 0x100u
#define FLAG_TABLE_1 0x200u

static enum zd_status read_document(struct doc *d, const struct zd_parse__cfb *cfb,
                                    struct zd_error *err)
{
    uint32_t magic = zd_parse__doc_u16(d->word, 0), flags = zd_parse__doc_u16(d->word, 10);
    enum zd_status st;

    if ((flags & FLAG_ENCRYPTED) != 0)
        return ZD_FAIL(err, ZD_INVALID, 0,
                       "the document is locked with a password: save it without one and add that");
    if (magic == MAGIC_OLD || (magic == MAGIC && zd_parse__doc_u16(d->word, 2) < FIRST_VERSION))
        return read_old(d, err);
    if (magic != MAGIC || d->word.n < AT_PLF_LFO + 8)
        return damaged(err, "its head is none of Word's");
    st = zd_parse__cfb_stream(cfb, (flags & FLAG_TABLE_1) != 0 ? "1Table" : "0Table", &d->table,
                              err);
    if (st == ZD_OK)
        st = read_pieces(d, err);
    if (st != ZD_OK)
        return st;
    zd_parse__doc_styles_read(named(d, AT_STSH), &d->sheet);
    zd_parse__doc_lists_read(d->table, zd_parse__doc_u32(d->word, AT_PLF_LST),
                             zd_parse__doc_u32(d->word, AT_PLF_LST + 4),
                             zd_parse__doc_u32(d->word, AT_PLF_LFO),
                             zd_parse__doc_u32(d->word, AT_PLF_LFO + 4), &d->sheet);
    if (!zd_parse__doc_runs_read(d->word, named(d, AT_PLCF_BTE_PAPX), true, &d->paragraphs) ||
        !zd_parse__doc_runs_read(d->word, named(d, AT_PLCF_BTE_CHPX), false, &d->characters) ||
        d->sheet.no_memory)
        return zd_parse__no_memory(d->m->arena, "the formats of the document", err);
    read_parts(d);
    return ZD_OK;
}

enum zd_status zd_parse__doc(const struct zd_parse__cfb *cfb, struct zd_parse__maker *m,
                             struct zd_error *err)
{
    struct doc *d = zd_alloc(sizeof *d);
    enum zd_status st;

    if (!d)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for reading a document");
    d->m = m;
    d->sheet.arena = m->arena;
    d->text.max = d->label.max = d->cell.max = ZD_TEXT_MAX_BYTES;
    d->instruction.max = 64;
    st = zd_parse__cfb_stream(cfb, "WordDocument", &d->word, err);
    if (st == ZD_OK)
        st = read_document(d, cfb, err);
    m->reading.n_left_out[ZD_LEFT_OUT_MACRO] += zd_parse__cfb_has(cfb, "_VBA_PROJECT_CUR");
    zd_parse__maker_clear(m, &d->text);
    zd_parse__maker_clear(m, &d->label);
    zd_parse__maker_clear(m, &d->cell);
    zd_parse__edges_free(d->edges);
    zd_parse__docx_sheet_done(&d->sheet);
    zd_buf_done(&d->text);
    zd_buf_done(&d->label);
    zd_buf_done(&d->cell);
    zd_buf_done(&d->instruction);
    zd_free(d->paragraphs.p);
    zd_free(d->characters.p);
    zd_free(d->pieces);
    zd_free(d);
    return st;
}

/* layout.c: runs in reading order → paragraphs, headings and tables; see layout.h. */
#include "parse/layout.h"

#include <math.h>

#include "base/caps.h"
#include "base/utf8.h"
#include "parse/office_private.h"

#define INDENT 1.2       /* of the size: a line that begins so far in begins a paragraph */
#define FULL 1.8         /* of the size: a line that ends so near the edge goes on */
#define LINE_GAP 1.6     /* of the line's height, between the lines of a paragraph */
#define OTHER_SIZE 0.12  /* of the size */
#define HEADING_SIZE 1.1 /* of the body's */
#define HEADING_MAX_CHARS 80
#define TABLE_MIN_ROWS 3
#define MAX_EXTENT 1e6
#define SIZES 256 /* halves of a unit: to 128, above which all is one */

void zd_parse__layout_init(struct zd_parse__layout *layout, struct zd_parse__maker *m)
{
    *layout = (struct zd_parse__layout){.m = m};
}

void zd_parse__layout_done(struct zd_parse__layout *layout)
{
    zd_free(layout->pieces);
    zd_free(layout->pages);
    zd_free(layout->runs);
    *layout = (struct zd_parse__layout){0};
}

void zd_parse__layout_page(struct zd_parse__layout *layout, double width, double height)
{
    if (layout->n_pages >= ZD_PAGES_MAX) {
        layout->too_many = true;
        return;
    }
    if (!zd_grow(&layout->pages, &layout->pages_cap, layout->n_pages + 1, sizeof *layout->pages,
                 ZD_PAGES_MAX)) {
        layout->no_memory = true;
        return;
    }
    layout->pages[layout->n_pages++] =
        (struct zd_parse__layout_page){.width = width, .height = height, .from = layout->n_pieces};
}

/* On the page, with some extent; NaN compares false. */
static bool is_placed(const struct zd_parse__piece *p, const struct zd_parse__layout_page *page)
{
    return p->x0 < p->x1 && p->y0 < p->y1 && p->size > 0 && p->size < MAX_EXTENT && p->x1 > 0 &&
           p->y1 > 0 && p->x0 < page->width && p->y0 < page->height && p->x0 > -MAX_EXTENT &&
           p->y0 > -MAX_EXTENT && p->x1 < MAX_EXTENT && p->y1 < MAX_EXTENT;
}

void zd_parse__layout_piece(struct zd_parse__layout *layout, const struct zd_parse__piece *piece)
{
    struct zd_parse__layout_page *page;
    struct zd_str text = zd_parse__trim(piece->text);

    if (layout->n_pages == 0 || text.n == 0)
        return;
    text = zd_parse__without_radicals(text, layout->m->arena);
    if (!text.p) {
        layout->no_memory = true;
        return;
    }
    page = &layout->pages[layout->n_pages - 1];
    if (!is_placed(piece, page))
        return;
    if (layout->n_pieces >= ZD_LAYOUT_MAX_PIECES) {
        layout->too_many = true;
        return;
    }
    if (!zd_grow(&layout->pieces, &layout->pieces_cap, layout->n_pieces + 1, sizeof *layout->pieces,
                 ZD_LAYOUT_MAX_PIECES)) {
        layout->no_memory = true;
        return;
    }
    layout->pieces[layout->n_pieces] = *piece;
    layout->pieces[layout->n_pieces++].text = text;
    page->n++;
}

/* ---- lines ---- */

struct writer {
    struct zd_parse__layout *l;
    double body; /* the commonest size */
    /* of the column in hand: its edges on this page */
    double left, right;
    uint32_t page;
    uint8_t column;
    struct zd_buf text; /* of the paragraph in hand */
    struct zd_parse__run last;
    uint32_t first_page;
    size_t n_lines; /* in hand */
    bool is_heading;
    double title_size; /* of the largest heading on the first page so far */
    size_t title;      /* its block */
};

static double body_size(const struct zd_parse__layout *l)
{
    size_t counts[SIZES] = {0}, best = 0;

    for (size_t i = 0; i < l->n_runs; i++) {
        double size = l->runs[i].piece.size * 2;

        counts[size < SIZES - 1 ? (size_t)size : SIZES - 1] += l->runs[i].piece.text.n;
    }
    for (size_t i = 1; i < SIZES; i++)
        if (counts[i] > counts[best])
            best = i;
    return ((double)best + 0.5) / 2;
}

static void enter_column(struct writer *w, size_t i)
{
    const struct zd_parse__run *runs = w->l->runs;

    w->page = runs[i].page;
    w->column = runs[i].column;
    w->left = INFINITY;
    w->right = -INFINITY;
    for (; i < w->l->n_runs && runs[i].page == w->page && runs[i].column == w->column; i++)
        if (!runs[i].dropped) {
            w->left = fmin(w->left, runs[i].piece.x0);
            w->right = fmax(w->right, runs[i].piece.x1);
        }
}

static bool is_near(double a, double b, double part)
{
    return fabs(a - b) <= part * fmax(a, b);
}

static bool is_centred(const struct writer *w, const struct zd_parse__piece *p)
{
    return fabs((p->x0 - w->left) - (w->right - p->x1)) < 2 * p->size && p->x0 > w->left + p->size;
}

static void flush(struct writer *w)
{
    struct zd_parse__maker *m = w->l->m;
    struct zd_str text = zd_parse__trim(zd_buf_view(&w->text));
    bool is_heading = w->is_heading && zd_parse__chars(text) <= HEADING_MAX_CHARS &&
                      !zd_parse__ends_sentence(text);
    size_t before = m->n;

    m->page = w->first_page;
    zd_parse__maker_add(m, is_heading ? ZD_BLOCK_HEADING : ZD_BLOCK_PARAGRAPH, 0, text);
    if (m->n > before) {
        if (is_heading && w->first_page == 1 && w->last.piece.size > w->title_size &&
            !zd_str_ends(text, ZD_STR("文件"))) {
            w->title_size = w->last.piece.size;
            w->title = before;
            m->title = zd_arena_str(m->arena, text);
        }
    }
    zd_parse__maker_clear(m, &w->text);
}

/* True where the line goes on with what is in hand. */
static bool goes_on(const struct writer *w, const struct zd_parse__run *run, double left,
                    double right)
{
    const struct zd_parse__piece *a = &w->last.piece, *b = &run->piece;
    bool same_place = w->last.page == run->page && w->last.column == run->column;
    bool was_full = a->x1 > right - FULL * a->size;
    struct zd_parse__mark mark;

    if (w->text.n == 0 || !is_near(a->size, b->size, OTHER_SIZE))
        return false;
    if (same_place && b->y0 - a->y1 > LINE_GAP * (a->y1 - a->y0))
        return false;
    if (w->is_heading) /* a title over several lines */
        return same_place && b->size > HEADING_SIZE * w->body && is_centred(w, b) &&
               !zd_parse__mark_read(b->text, &mark);
    if (!was_full)
        return false;
    if (w->n_lines == 1 && zd_parse__ends_sentence(zd_buf_view(&w->text)) &&
        fabs((a->x0 - left) - (b->x0 - w->left)) < 0.3 * b->size)
        return false;                       /* paragraphs of one full line */
    if (b->x0 > w->left + INDENT * b->size) /* an indent, unless all of it stands there */
        return fabs((a->x0 - left) - (b->x0 - w->left)) < 0.3 * b->size &&
               !zd_parse__ends_sentence(zd_buf_view(&w->text)) &&
               !zd_parse__mark_read(b->text, &mark);
    if (zd_parse__mark_read(b->text, &mark) && a->x0 < left + INDENT * a->size &&
        (zd_parse__ends_sentence(zd_buf_view(&w->text)) ||
         (mark.kind <= ZD_PARSE__ARTICLE && !zd_parse__mark_is_reference(b->text, &mark))))
        return false; /* text without indents */
    return true;
}

static bool is_latin(uint32_t c)
{
    return c > ' ' && c < 0x2E80 && !(c >= 0x2010 && c <= 0x2027);
}

static bool is_letter(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Puts a line behind the words in hand: "infor-" "mation", "the" "text", 申请 人. */
static void append(struct writer *w, struct zd_str text)
{
    struct zd_str before = zd_buf_view(&w->text);
    uint32_t last = zd_parse__last_char(before);
    size_t at = 0;
    uint32_t next = zd_utf8_next(text, &at);

    if (last == '-' && before.n > 1 && is_letter((unsigned char)before.p[before.n - 2]) &&
        next >= 'a' && next <= 'z')
        w->text.n--;
    else if (last && is_latin(last) && is_latin(next))
        zd_buf_byte(&w->text, ' ');
    zd_buf_str(&w->text, text);
}

/* One row of the column in hand: runs [from, to), most often one. */
static void add_line(struct writer *w, size_t from, size_t to)
{
    const struct zd_parse__run *runs = w->l->runs;
    double left = w->left, right = w->right; /* of the last line's column */
    bool joins;

    if (runs[from].page != w->page || runs[from].column != w->column)
        enter_column(w, from);
    joins = to - from == 1 && goes_on(w, &runs[from], left, right);
    if (!joins) {
        flush(w);
        w->first_page = runs[from].page;
        w->is_heading = to - from == 1 && runs[from].piece.size > HEADING_SIZE * w->body;
    }
    for (size_t i = from; i < to; i++) {
        if (i > from)
            zd_buf_c(&w->text, "  ");
        if (i > from)
            zd_buf_str(&w->text, runs[i].piece.text);
        else
            append(w, runs[i].piece.text);
    }
    w->n_lines = joins ? w->n_lines + 1 : 1;
    w->last = runs[to - 1];
    if (to - from > 1)
        w->last.piece.x1 = -INFINITY; /* ends here */
}

/* ---- tables ---- */

/* The end of the row that begins at i, dropped runs included in it but not counted. */
static size_t row_end(const struct zd_parse__layout *l, size_t i, size_t *ret_n)
{
    uint32_t row = l->runs[i].row;
    uint8_t column = l->runs[i].column;

    for (*ret_n = 0; i < l->n_runs && l->runs[i].row == row && l->runs[i].column == column; i++)
        *ret_n += !l->runs[i].dropped;
    return i;
}

/* True where each run of the row shares its width with the one above it and with no other. */
static bool is_row_below(const struct zd_parse__run *above, const struct zd_parse__run *below,
                         size_t n)
{
    if (above->page == below->page &&
        below->piece.y0 - above->piece.y1 > 3 * (above->piece.y1 - above->piece.y0))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (above[i].piece.x0 >= below[i].piece.x1 || below[i].piece.x0 >= above[i].piece.x1)
            return false;
        if (i + 1 < n && (above[i].piece.x1 > below[i + 1].piece.x0 ||
                          below[i].piece.x1 > above[i + 1].piece.x0))
            return false;
    }
    return true;
}

static bool add_table(struct writer *w, size_t from, size_t n_rows, size_t n_cells)
{
    struct zd_parse__maker *m = w->l->m;
    struct zd_parse__row *rows = zd_arena_array(m->arena, n_rows, sizeof *rows);
    struct zd_parse__cell *cells = zd_arena_array(m->arena, n_rows * n_cells, sizeof *cells);
    size_t before;

    if (!rows || !cells) {
        w->l->no_memory = true;
        return false;
    }
    flush(w);
    before = m->n;
    for (size_t r = 0; r < n_rows; r++) {
        rows[r] = (struct zd_parse__row){.cells = cells + r * n_cells, .n = (uint32_t)n_cells};
        for (size_t c = 0; c < n_cells; c++)
            rows[r].cells[c] =
                (struct zd_parse__cell){.text = w->l->runs[from + r * n_cells + c].piece.text,
                                        .row_span = 1,
                                        .col_span = 1};
    }
    zd_parse__table_add(m, rows, n_rows);
    for (size_t i = before; i < m->n && i - before < n_rows; i++)
        m->blocks[i].page = w->l->runs[from + (i - before) * n_cells].page;
    return true;
}

/* The table that begins with the row at `from`, if it is one; *ret_end is the run behind it. */
static bool take_table(struct writer *w, size_t from, size_t *ret_end)
{
    const struct zd_parse__layout *l = w->l;
    size_t n_cells, n, n_rows = 1, at = row_end(l, from, &n_cells);

    if (n_cells < 2 || n_cells > ZD_TABLE_MAX_COLUMNS)
        return false;
    while (at < l->n_runs && n_rows < ZD_TABLE_MAX_ROWS) {
        size_t end = row_end(l, at, &n);

        if (n != n_cells || l->runs[at].column != l->runs[from].column ||
            !is_row_below(&l->runs[at - n_cells], &l->runs[at], n))
            break;
        at = end;
        n_rows++;
    }
    *ret_end = at;
    return n_rows >= TABLE_MIN_ROWS && add_table(w, from, n_rows, n_cells);
}

/* ---- all of it ---- */

/* Dropped runs go, so that rows stand side by side. */
static void close_ranks(struct zd_parse__layout *l)
{
    size_t kept = 0;

    for (size_t i = 0; i < l->n_runs; i++)
        if (!l->runs[i].dropped)
            l->runs[kept++] = l->runs[i];
    l->n_runs = kept;
}

static void write_blocks(struct zd_parse__layout *l)
{
    struct writer w = {.l = l, .body = body_size(l), .text = {.max = ZD_TEXT_MAX_BYTES}};
    size_t end, n;

    for (size_t i = 0; i < l->n_runs && !l->no_memory; i = end) {
        end = row_end(l, i, &n);
        if (!take_table(&w, i, &end)) {
            end = row_end(l, i, &n);
            add_line(&w, i, end);
        }
    }
    flush(&w);
    if (w.title_size > 0)
        l->m->blocks[w.title].level = 1;
    l->m->page = 0;
    zd_parse__title_of_blocks(l->m);
    zd_buf_done(&w.text);
}

enum zd_status zd_parse__layout_finish(struct zd_parse__layout *layout, struct zd_error *err)
{
    struct zd_reading *reading = &layout->m->reading;

    for (size_t i = 0; i < layout->n_pages; i++)
        reading->n_pages_no_text += layout->pages[i].n == 0;
    reading->n_pages += (uint32_t)layout->n_pages;
    if (layout->too_many)
        return ZD_FAIL(err, ZD_LIMIT, 0,
                       "the document has more than %d pages or %d pieces of text; split it",
                       ZD_PAGES_MAX, ZD_LAYOUT_MAX_PIECES);
    if (!layout->no_memory)
        zd_parse__layout_rows(layout);
    if (!layout->no_memory) {
        zd_parse__layout_margins(layout);
        zd_parse__layout_contents(layout);
        close_ranks(layout);
        write_blocks(layout);
    }
    if (layout->no_memory)
        return zd_parse__no_memory(layout->m->arena, "the pages of the document", err);
    return ZD_OK;
}

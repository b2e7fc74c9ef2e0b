/* layout_rows.c: pieces → runs, rows and columns; see layout.h.
 *
 * Two columns are a vertical line that few runs cross, with runs on both sides that fill their
 * side; the cells of a table do not fill theirs, so a table stays in rows.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/caps.h"
#include "base/utf8.h"
#include "parse/layout.h"

#define GAP_OF_WORD 0.2  /* of the size: a blank between Latin words */
#define GAP_OF_BLANK 0.6 /* a blank between any */
#define GAP_OF_RUN 1.3   /* wider: another run */
#define COLUMN_STEPS 64
#define COLUMN_MIN_RUNS 3
#define COLUMN_FILL 0.6

static int by_top(const void *a, const void *b)
{
    const struct zd_parse__piece *p = a, *q = b;

    if (p->y0 != q->y0)
        return p->y0 < q->y0 ? -1 : 1;
    return (p->x0 > q->x0) - (p->x0 < q->x0);
}

static int by_left(const void *a, const void *b)
{
    const struct zd_parse__piece *p = a, *q = b;

    if (p->x0 != q->x0)
        return p->x0 < q->x0 ? -1 : 1;
    return (p->y0 > q->y0) - (p->y0 < q->y0);
}

/* Half of the lower of the two stands beside the other. */
static bool is_beside(const struct zd_parse__piece *a, const struct zd_parse__piece *b)
{
    double shared = fmin(a->y1, b->y1) - fmax(a->y0, b->y0);

    return shared * 2 > fmin(a->y1 - a->y0, b->y1 - b->y0);
}

static struct zd_parse__run *add_run(struct zd_parse__layout *l, const struct zd_parse__piece *p)
{
    struct zd_parse__run *run;

    if (!zd_grow(&l->runs, &l->runs_cap, l->n_runs + 1, sizeof *l->runs, ZD_LAYOUT_MAX_PIECES)) {
        l->no_memory = true;
        return NULL;
    }
    run = &l->runs[l->n_runs++];
    *run = (struct zd_parse__run){.piece = *p, .row = l->n_rows};
    return run;
}

static bool is_han(uint32_t c)
{
    return c >= 0x2E80;
}

/* 第九条 and the like and nothing else: any gap behind it parts it from its words. */
static bool is_mark(struct zd_str text)
{
    struct zd_parse__mark mark;

    return zd_parse__mark_read(text, &mark) && mark.n_number == text.n;
}

/* Whether a gap between two pieces of one line stands for a blank. `before`: the words of the line up
 * to it, which writers may place letter by letter. */
static bool needs_blank(const struct zd_parse__piece *a, const struct zd_parse__piece *b,
                        struct zd_str before)
{
    size_t at = 0;
    double gap = (b->x0 - a->x1) / fmax(a->size, b->size);
    bool latin = !is_han(zd_parse__last_char(a->text)) && !is_han(zd_utf8_next(b->text, &at));

    return gap > GAP_OF_BLANK || (gap > GAP_OF_WORD && (latin || is_mark(before)));
}

/* Appends pieces [from, to) of one line to the last run. */
static void join(struct zd_parse__layout *l, const struct zd_parse__piece *p, size_t n)
{
    struct zd_parse__run *run = add_run(l, &p[0]);
    struct zd_buf text = {.max = ZD_TEXT_MAX_BYTES};

    if (!run || n == 1)
        return;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && needs_blank(&p[i - 1], &p[i], zd_buf_view(&text)))
            zd_buf_byte(&text, ' ');
        zd_buf_str(&text, p[i].text);
        run->piece.x1 = fmax(run->piece.x1, p[i].x1);
        run->piece.y0 = fmin(run->piece.y0, p[i].y0);
        run->piece.y1 = fmax(run->piece.y1, p[i].y1);
        run->piece.size = fmax(run->piece.size, p[i].size);
    }
    run->piece.text = zd_arena_str(l->m->arena, zd_buf_view(&text));
    l->no_memory |= text.bad || !run->piece.text.p;
    zd_buf_done(&text);
}

/* One row of pieces, sorted by their left → runs. Words printed twice for weight count once. */
static void row_runs(struct zd_parse__layout *l, struct zd_parse__piece *p, size_t n)
{
    size_t from = 0, kept = 0;

    qsort(p, n, sizeof *p, by_left);
    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && p[i].x0 - p[kept - 1].x0 < p[i].size * 0.3 &&
            zd_str_eq(p[i].text, p[kept - 1].text))
            continue;
        p[kept++] = p[i];
    }
    l->n_rows++;
    for (size_t i = 1; i <= kept; i++)
        if (i == kept || p[i].x0 - p[i - 1].x1 > GAP_OF_RUN * fmax(p[i].size, p[i - 1].size)) {
            join(l, p + from, i - from);
            from = i;
        }
}

/* ---- columns ---- */

struct side {
    size_t n;
    double width; /* of its runs, together */
};

/* The vertical line that the fewest runs cross, with enough of them on both sides; 0 for none. */
static double find_gutter(const struct zd_parse__run *runs, size_t n, double left, double right)
{
    size_t best = SIZE_MAX, ties = 0;
    double gutter = 0;

    for (size_t step = COLUMN_STEPS * 3 / 10; step <= COLUMN_STEPS * 7 / 10; step++) {
        double x = left + (right - left) * (double)step / COLUMN_STEPS;
        size_t crossing = 0, before = 0;

        for (size_t i = 0; i < n; i++) {
            crossing += runs[i].piece.x0 < x && runs[i].piece.x1 > x;
            before += runs[i].piece.x1 <= x;
        }
        if (before < COLUMN_MIN_RUNS || n - before - crossing < COLUMN_MIN_RUNS)
            continue;
        if (crossing < best) {
            best = crossing;
            ties = 0;
            gutter = 0;
        }
        if (crossing == best) { /* the middle of the gap */
            ties++;
            gutter += (x - gutter) / (double)ties;
        }
    }
    return gutter;
}

/* Runs [0, n) between two crossing ones: into columns where they fill them. */
static void order_band(struct zd_parse__run *runs, size_t n, double gutter, double left,
                       double right, struct zd_parse__run *room)
{
    struct side sides[2] = {{0, 0}, {0, 0}};
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        struct side *side = &sides[runs[i].piece.x0 >= gutter];

        side->n++;
        side->width += runs[i].piece.x1 - runs[i].piece.x0;
    }
    if (sides[0].n < COLUMN_MIN_RUNS || sides[1].n < COLUMN_MIN_RUNS ||
        sides[0].width < COLUMN_FILL * (gutter - left) * (double)sides[0].n ||
        sides[1].width < COLUMN_FILL * (right - gutter) * (double)sides[1].n)
        return;
    memcpy(room, runs, n * sizeof *runs);
    for (uint8_t column = 1; column <= 2; column++)
        for (size_t i = 0; i < n; i++)
            if ((room[i].piece.x0 >= gutter) == (column == 2)) {
                runs[at] = room[i];
                runs[at++].column = column;
            }
}

static void order_columns(struct zd_parse__layout *l, struct zd_parse__run *runs, size_t n)
{
    double left = INFINITY, right = -INFINITY, gutter;
    struct zd_parse__run *room;
    size_t from = 0;

    for (size_t i = 0; i < n; i++) {
        left = fmin(left, runs[i].piece.x0);
        right = fmax(right, runs[i].piece.x1);
    }
    if (n < (size_t)2 * COLUMN_MIN_RUNS)
        return;
    gutter = find_gutter(runs, n, left, right);
    if (gutter == 0)
        return;
    room = zd_alloc(n * sizeof *room);
    if (!room) {
        l->no_memory = true;
        return;
    }
    for (size_t i = 0; i <= n; i++)
        if (i == n || (runs[i].piece.x0 < gutter && runs[i].piece.x1 > gutter)) {
            order_band(runs + from, i - from, gutter, left, right, room);
            from = i + 1;
        }
    zd_free(room);
}

static void page_rows(struct zd_parse__layout *l, struct zd_parse__layout_page *page,
                      uint32_t number)
{
    size_t n = page->n, from = 0, first = l->n_runs;
    struct zd_parse__piece *p;

    page->first_row = l->n_rows + 1;
    page->n_rows = 0;
    if (n == 0) {
        page->from = first;
        return;
    }
    p = l->pieces + page->from;
    qsort(p, n, sizeof *p, by_top);
    for (size_t i = 1; i <= n; i++)
        if (i == n || !is_beside(&p[from], &p[i])) {
            row_runs(l, p + from, i - from);
            from = i;
        }
    page->n_rows = l->n_rows + 1 - page->first_row;
    page->from = first;
    page->n = l->n_runs - first;
    for (size_t i = first; i < l->n_runs; i++)
        l->runs[i].page = number;
    if (page->n > 0) /* none where memory ended */
        order_columns(l, l->runs + first, page->n);
}

void zd_parse__layout_rows(struct zd_parse__layout *layout)
{
    for (size_t i = 0; i < layout->n_pages && !layout->no_memory; i++)
        page_rows(layout, &layout->pages[i], (uint32_t)i + 1);
}

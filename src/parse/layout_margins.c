/* layout_margins.c: what stands on pages and is no part of the text; see layout.h.
 *
 * A running head stands in the outer zone of a page and again, but for its digits, at the same
 * height of one of the next two pages (left and right pages may differ). A page number stands there
 * alone. A table of contents is lines that end in leaders (……) or a gap and a page number: at least
 * two together, or below the word 目录.
 */
#include <math.h>
#include <string.h>

#include "base/caps.h"
#include "base/utf8.h"
#include "parse/layout.h"

#define ZONE 0.125 /* of the page's height, at the top and at the bottom */
#define ROWS_AT_EDGE 2
#define NEXT_PAGES 2
#define LEADERS_MIN 3
#define CONTENTS_MIN_LINES 2

/* ---- running heads and page numbers ---- */

static bool is_digit(uint32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 0xFF10 && c <= 0xFF19);
}

/* "3", "- 3 -", "—3—", "第3页 共5页", "3/5", "iv". */
static bool is_page_number(struct zd_str s)
{
    size_t at = 0, n_digits = 0, n_roman = 0, n_other = 0;

    while (at < s.n) {
        uint32_t c = zd_utf8_next(s, &at);

        if (is_digit(c))
            n_digits++;
        else if (zd_utf8_is_one_of(c, "ivxIVX"))
            n_roman++;
        else if (!zd_parse__is_space(c) && !zd_utf8_is_one_of(c, "-–—－―─·•.()（）第页頁共/~"))
            n_other++;
    }
    return n_other == 0 && ((n_digits > 0 && n_digits <= 8 && n_roman == 0) ||
                            (n_digits == 0 && n_roman > 0 && n_roman <= 6));
}

static bool is_same_but_digits(struct zd_str a, struct zd_str b)
{
    size_t i = 0, j = 0;

    while (i < a.n && j < b.n) {
        uint32_t c = zd_utf8_next(a, &i), d = zd_utf8_next(b, &j);

        if (is_digit(c) && is_digit(d)) {
            size_t next;

            for (next = i; next < a.n && is_digit(zd_utf8_next(a, &next));)
                i = next;
            for (next = j; next < b.n && is_digit(zd_utf8_next(b, &next));)
                j = next;
        } else if (c != d) {
            return false;
        }
    }
    return i == a.n && j == b.n;
}

/* In one of the first or last rows of its page, and in the zone there. */
static bool is_at_edge(const struct zd_parse__layout *l, const struct zd_parse__run *run)
{
    const struct zd_parse__layout_page *page = &l->pages[run->page - 1];
    uint32_t row = run->row - page->first_row;

    return (row < ROWS_AT_EDGE && run->piece.y1 < page->height * ZONE) ||
           (row + ROWS_AT_EDGE >= page->n_rows && run->piece.y0 > page->height * (1 - ZONE));
}

static void drop(struct zd_parse__layout *l, struct zd_parse__run *run, enum zd_left_out what)
{
    if (run->dropped)
        return;
    run->dropped = true;
    if (what == ZD_LEFT_OUT_RUNNING_HEAD)
        zd_parse__maker_aside(l->m, run->piece.text);
    l->m->reading.n_left_out[what]++;
}

/* Looks for the run on another page and drops both. */
static void drop_repeated(struct zd_parse__layout *l, struct zd_parse__run *run,
                          const struct zd_parse__layout_page *page)
{
    for (size_t i = page->from; i < page->from + page->n; i++) {
        struct zd_parse__run *other = &l->runs[i];

        if (fabs(other->piece.y0 - run->piece.y0) < run->piece.size * 0.5 &&
            is_same_but_digits(run->piece.text, other->piece.text) && is_at_edge(l, other)) {
            drop(l, run, ZD_LEFT_OUT_RUNNING_HEAD);
            drop(l, other, ZD_LEFT_OUT_RUNNING_HEAD);
        }
    }
}

/* Alone on its row. */
static bool is_alone(const struct zd_parse__layout *l, size_t i)
{
    uint32_t row = l->runs[i].row;

    return (i == 0 || l->runs[i - 1].row != row) &&
           (i + 1 == l->n_runs || l->runs[i + 1].row != row);
}

void zd_parse__layout_margins(struct zd_parse__layout *layout)
{
    for (size_t p = 0; p < layout->n_pages; p++) {
        const struct zd_parse__layout_page *page = &layout->pages[p];

        for (size_t i = page->from; i < page->from + page->n; i++) {
            struct zd_parse__run *run = &layout->runs[i];

            if (!is_at_edge(layout, run))
                continue;
            if (is_page_number(run->piece.text) && is_alone(layout, i))
                drop(layout, run, ZD_LEFT_OUT_RUNNING_HEAD);
            for (size_t next = 1; next <= NEXT_PAGES && p + next < layout->n_pages; next++)
                drop_repeated(layout, run, &layout->pages[p + next]);
        }
    }
}

/* ---- tables of contents ---- */

static bool is_contents_word(struct zd_str s)
{
    size_t at = 0, n = 0;
    uint32_t chars[2] = {0, 0};

    while (at < s.n) {
        uint32_t c = zd_utf8_next(s, &at);

        if (zd_parse__is_space(c))
            continue;
        if (n == 2)
            return false;
        chars[n++] = c;
    }
    return n == 2 && chars[0] == 0x76EE && (chars[1] == 0x5F55 || chars[1] == 0x6B21);
}

/* A line of contents: leaders, then a page number at its end. gap_is_enough: a blank will do. */
static bool is_contents_line(struct zd_str s, bool gap_is_enough)
{
    size_t at = 0, n_leaders = 0, n_digits = 0, n_before = 0;
    bool gap = false;

    while (at < s.n) {
        uint32_t c = zd_utf8_next(s, &at);

        if (zd_utf8_is_one_of(c, "….·‥．・⋯")) {
            n_leaders += c == 0x2026 || c == 0x22EF ? 3 : 1;
            n_digits = 0;
        } else if (is_digit(c) || zd_utf8_is_one_of(c, "()（）-—")) {
            n_digits += is_digit(c);
        } else if (zd_parse__is_space(c)) {
            gap |= n_before > 0;
        } else {
            n_before++;
            n_digits = n_leaders = 0;
            gap = false;
        }
    }
    return n_before > 0 && n_digits > 0 && n_digits <= 4 &&
           (n_leaders >= LEADERS_MIN || (gap_is_enough && gap));
}

struct contents {
    struct zd_buf line;
    bool below_word;
    size_t from; /* first run of the lines that may be contents */
    size_t n_lines;
};

/* The row's runs as one line; *ret_end is the run behind it. */
static struct zd_str row_text(const struct zd_parse__layout *l, size_t i, struct zd_buf *line,
                              size_t *ret_end)
{
    uint32_t row = l->runs[i].row;
    uint8_t column = l->runs[i].column;

    zd_buf_clear(line);
    for (; i < l->n_runs && l->runs[i].row == row && l->runs[i].column == column; i++) {
        if (line->n > 0)
            zd_buf_byte(line, ' ');
        if (!l->runs[i].dropped)
            zd_buf_str(line, l->runs[i].piece.text);
    }
    *ret_end = i;
    return zd_buf_view(line);
}

static void end_contents(struct zd_parse__layout *l, struct contents *c, size_t to)
{
    if (c->n_lines >= CONTENTS_MIN_LINES || (c->below_word && c->n_lines > 0))
        for (size_t i = c->from; i < to; i++)
            drop(l, &l->runs[i], ZD_LEFT_OUT_CONTENTS);
    c->n_lines = 0;
    c->below_word = false;
}

void zd_parse__layout_contents(struct zd_parse__layout *layout)
{
    struct contents c = {.line = {.max = ZD_MiB}};
    size_t end, sure = 0;

    for (size_t i = 0; i < layout->n_runs; i = end) {
        struct zd_str line = row_text(layout, i, &c.line, &end), next;
        bool going_on = c.n_lines > 0 || c.below_word;
        size_t behind;

        if (zd_parse__trim(line).n == 0)
            continue;
        if (is_contents_word(line)) {
            end_contents(layout, &c, sure);
            c.below_word = true;
            c.from = i;
            sure = end;
        } else if (is_contents_line(line, c.below_word)) {
            if (!going_on)
                c.from = i;
            c.n_lines++;
            sure = end;
        } else if (going_on && end < layout->n_runs) {
            /* the first half of an entry, or the end of the table */
            next = row_text(layout, end, &c.line, &behind);
            if (!is_contents_line(next, c.below_word))
                end_contents(layout, &c, sure);
        }
    }
    end_contents(layout, &c, sure);
    layout->no_memory |= c.line.bad && !c.line.full;
    zd_buf_done(&c.line);
}

/* repeat.c: what stands twice in scraped text, see zd_clean in text.h.
 *
 * Two habits of republishing sites, and nothing else: the title once more (and again in front of
 * the first paragraph), and the whole body once more. Lines are compared without white space.
 *
 * A second body is a run of lines that meets, in order, the lines of an earlier run; a few lines
 * on either side may lack a partner. It must be long (BODY_MIN_BYTES) and a large part of the
 * document (BODY_SHARE), and cover most of the run that it meets, because laws, forms and tables
 * rightly repeat lines and even blocks. Only lines with a partner go.
 *
 * Cost: linear but for a window of WINDOW lines; a run that fails is not tried again from its
 * middle. */
#include "text/clean_private.h"

#include <string.h>

#include "base/utf8.h"

#define TITLE_MIN_BYTES 12 /* four Han characters */
#define TITLE_MAX_BYTES 360
#define ANCHOR_MIN_BYTES 30 /* a run starts at a line that says something */
#define BODY_MIN_BYTES 180
#define BODY_SHARE 4     /* at least one part in so many of the document */
#define COVER_PERCENT 80 /* of the first run that must be met, and of the second that must meet */
#define WINDOW 12        /* lines without a partner that are stepped over */
#define MAX_PROBES 64
#define NOWHERE SIZE_MAX

static bool is_space_at(struct zd_str s, size_t at, size_t *ret_next)
{
    uint32_t c;

    *ret_next = at;
    c = zd_utf8_next(s, ret_next);
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x3000 || c == 0xA0;
}

/* Equal but for white space. */
static bool same(struct zd_str a, struct zd_str b)
{
    size_t i = 0, k = 0, next;

    if (zd_str_eq(a, b))
        return true;
    for (;;) {
        while (i < a.n && is_space_at(a, i, &next))
            i = next;
        while (k < b.n && is_space_at(b, k, &next))
            k = next;
        if (i == a.n || k == b.n)
            return i == a.n && k == b.n;
        if (a.p[i++] != b.p[k++])
            return false;
    }
}

/* FNV-1a over all that is not white space, mixed for the low bits. */
static uint64_t hash_of(struct zd_str s)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    size_t next;

    for (size_t at = 0; at < s.n; at = next)
        if (!is_space_at(s, at, &next))
            for (size_t i = at; i < next; i++)
                h = (h ^ (uint8_t)s.p[i]) * UINT64_C(0x100000001b3);
    return h ^ h >> 32;
}

/* The next line at or after i that is neither blank nor gone, or n. What was skipped once is
 * remembered, so that a heap of blank or gone lines is not walked again and again. */
static size_t next_line(struct zd_clean_lines *lines, size_t i)
{
    size_t from = i;

    while (i < lines->n && (lines->p[i].gone || lines->p[i].bare.n == 0))
        i = lines->p[i].skip > i ? lines->p[i].skip : i + 1;
    if (from < i)
        lines->p[from].skip = i;
    return i;
}

/* Blank lines before line i go with it. */
static void drop(struct zd_clean_lines *lines, size_t i)
{
    lines->p[i].gone = true;
    while (i > 0 && lines->p[i - 1].bare.n == 0 && !lines->p[i - 1].gone)
        lines->p[--i].gone = true;
}

/* The title again: as lines of its own right after it, then in front of the next line. */
static uint32_t mark_titles(struct zd_clean_lines *lines)
{
    size_t first = next_line(lines, 0);
    struct zd_str title;
    uint32_t n = 0;
    size_t i;

    if (first == lines->n)
        return 0;
    title = lines->p[first].bare;
    if (title.n < TITLE_MIN_BYTES || title.n > TITLE_MAX_BYTES)
        return 0;
    i = next_line(lines, first + 1);
    for (; i < lines->n && same(lines->p[i].bare, title); i = next_line(lines, i + 1)) {
        drop(lines, i);
        n++;
    }
    if (n > 0 && i < lines->n && zd_str_starts(lines->p[i].bare, title)) {
        struct zd_clean_line *line = &lines->p[i];
        size_t from = (size_t)(line->bare.p - line->text.p) + title.n;

        line->text = zd_str_cut(line->text, from, line->text.n);
        line->bare = zd_str_trim(line->text);
        line->text = zd_str_cut(line->text, (size_t)(line->bare.p - line->text.p), line->text.n);
        n++;
    }
    return n;
}

/* A table from a line's hash to the first line that has it: open addressing, a power of two. */
struct firsts {
    size_t *slot; /* [mask + 1] line number + 1; 0 is free */
    size_t mask;
};

/* The first line that line i is like, or i. Lines made to collide find no partner after
 * MAX_PROBES. */
static size_t first_of(const struct firsts *firsts, const struct zd_clean_lines *lines, size_t i)
{
    size_t at = (size_t)hash_of(lines->p[i].bare) & firsts->mask;

    for (int n = 0; n < MAX_PROBES; n++, at = (at + 1) & firsts->mask) {
        if (!firsts->slot[at]) {
            firsts->slot[at] = i + 1;
            return i;
        }
        if (same(lines->p[firsts->slot[at] - 1].bare, lines->p[i].bare))
            return firsts->slot[at] - 1;
    }
    return i;
}

struct run {
    size_t from, to;           /* lines of the second body, to is behind the last partner */
    size_t met_from, met_to;   /* lines of the first body */
    size_t n_bytes;            /* met */
    size_t n_lone, n_met_lone; /* bytes without a partner inside either */
};

/* The line in (met, met + WINDOW] that is like line i and stands before `limit`; adds what is
 * stepped over. */
static size_t find_partner(struct zd_clean_lines *lines, size_t met, size_t limit, size_t i,
                           size_t *ret_lone)
{
    size_t lone = 0, k = met;

    for (int step = 0; step < WINDOW; step++) {
        k = next_line(lines, k + 1);
        if (k >= limit)
            break;
        if (same(lines->p[k].bare, lines->p[i].bare)) {
            *ret_lone += lone;
            return k;
        }
        lone += lines->p[k].bare.n;
    }
    return NOWHERE;
}

/* The longest run that starts where line `from` meets line `met`. */
static struct run follow(struct zd_clean_lines *lines, size_t from, size_t met)
{
    struct run run = {.from = from, .to = from + 1, .met_from = met, .met_to = met + 1};
    size_t lone = 0;
    int n_lone = 0;

    run.n_bytes = lines->p[from].bare.n;
    for (size_t i = next_line(lines, from + 1); i < lines->n && n_lone < WINDOW;
         i = next_line(lines, i + 1)) {
        size_t partner = find_partner(lines, run.met_to - 1, from, i, &run.n_met_lone);

        if (partner == NOWHERE) {
            lone += lines->p[i].bare.n;
            n_lone++;
            continue;
        }
        run.n_bytes += lines->p[i].bare.n;
        run.n_lone += lone;
        lone = 0;
        n_lone = 0;
        run.met_to = partner + 1;
        run.to = i + 1;
    }
    return run;
}

static bool is_body(const struct run *run, size_t n_all)
{
    return run->n_bytes >= BODY_MIN_BYTES && run->n_bytes >= n_all / BODY_SHARE &&
           run->n_bytes * 100 >= (run->n_bytes + run->n_lone) * COVER_PERCENT &&
           run->n_bytes * 100 >= (run->n_bytes + run->n_met_lone) * COVER_PERCENT;
}

/* Takes short lines before the run that have their partner before the first body (a title). */
static void extend_back(const struct zd_clean_lines *lines, struct run *run)
{
    size_t i = run->from, k = run->met_from;

    while (i > 0 && k > 0) {
        size_t a = i - 1, b = k - 1;

        while (a > 0 && (lines->p[a].gone || lines->p[a].bare.n == 0))
            a--;
        while (b > 0 && (lines->p[b].gone || lines->p[b].bare.n == 0))
            b--;
        if (a <= run->met_to - 1 || lines->p[a].bare.n == 0 || lines->p[b].gone ||
            !same(lines->p[a].bare, lines->p[b].bare))
            return;
        run->from = i = a;
        run->met_from = k = b;
    }
}

static uint32_t drop_run(struct zd_clean_lines *lines, const struct run *run)
{
    size_t met = run->met_from, ignored = 0;
    uint32_t n = 0;

    for (size_t i = next_line(lines, run->from); i < run->to; i = next_line(lines, i + 1)) {
        size_t partner = i == run->from ? met : find_partner(lines, met, run->from, i, &ignored);

        if (partner == NOWHERE)
            continue;
        met = partner;
        drop(lines, i);
        n++;
    }
    return n;
}

static uint32_t mark_bodies(struct zd_clean_lines *lines, const struct firsts *firsts)
{
    size_t n_all = 0, i;
    uint32_t n = 0;

    for (i = next_line(lines, 0); i < lines->n; i = next_line(lines, i + 1))
        n_all += lines->p[i].bare.n;
    for (i = next_line(lines, 0); i < lines->n; i = next_line(lines, i)) {
        size_t first = first_of(firsts, lines, i);
        struct run run;

        if (first == i || lines->p[i].bare.n < ANCHOR_MIN_BYTES) {
            i++;
            continue;
        }
        run = follow(lines, i, first);
        if (is_body(&run, n_all)) {
            extend_back(lines, &run);
            n += drop_run(lines, &run);
        }
        i = run.to;
    }
    return n;
}

enum zd_status zd_repeat_mark(struct zd_clean_lines *lines, uint32_t *ret_n, struct zd_error *err)
{
    struct firsts firsts = {.mask = 15};
    uint32_t n = mark_titles(lines);
    size_t n_bytes;

    while (firsts.mask / 2 < lines->n)
        firsts.mask = firsts.mask * 2 + 1;
    if (!zd_size_mul(firsts.mask + 1, sizeof *firsts.slot, &n_bytes))
        return ZD_FAIL(err, ZD_NOMEM, 0, "too many lines to clean: %zu", lines->n);
    firsts.slot = zd_alloc(n_bytes);
    if (!firsts.slot)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory to clean %zu lines", lines->n);
    n += mark_bodies(lines, &firsts);
    zd_free(firsts.slot);
    *ret_n = n;
    return ZD_OK;
}

/* personal.c: reads a text in stretches that no finding crosses, and settles what overlaps
 * (personal.h).
 *
 *     1. Cut: at a line end or 。！？； ; a stretch of CUT_FROM bytes without one ends before the next
 *        character that no number holds, and in any case at its maximum. Where it ends depends on
 *        the text alone, never on the pieces in which it came.
 *     2. Units: fold each character alone (text.h), one form of hyphen and dot, drop what vanishes.
 *     3. Find (numbers.c, labelled.c), sort by start, length and kind, and keep what does not
 *        overlap one kept before.
 */
#include "guard/personal.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "guard/guard_private.h"
#include "text/text.h"

#define CUT_FROM 4096
#define FOUND_MAX 100000 /* a segment has at most a few a unit */

struct zd_personal_scan {
    zd_personal_fn fn;
    void *context;
    size_t base; /* bytes of the text before what is held */
    size_t n_held;
    size_t looked; /* bytes of what is held that are known to end no stretch */
    struct zd_guard__segment segment;
    char held[ZD_GUARD__SEGMENT_MAX_BYTES]; /* [n_held] */
};

static const struct {
    const char *word, *zh;
    enum zd_data_class data_class;
} kinds[ZD_PERSONAL_KINDS] = {
#define KIND_ROW(name, word, zh, data_class) {word, zh, ZD_DATA_##data_class},
    ZD_PERSONAL_KIND_TABLE(KIND_ROW)
#undef KIND_ROW
};

const char *zd_personal_word(enum zd_personal_kind kind)
{
    return kinds[kind].word;
}

const char *zd_personal_zh(enum zd_personal_kind kind)
{
    return kinds[kind].zh;
}

enum zd_data_class zd_personal_class(enum zd_personal_kind kind)
{
    return kinds[kind].data_class;
}

void zd_guard__add(struct zd_guard__segment *s, enum zd_personal_kind kind, size_t start,
                   size_t end)
{
    if (!zd_grow(&s->found, &s->cap, s->n_found + 1, sizeof *s->found, FOUND_MAX)) {
        s->failed = true;
        return;
    }
    s->found[s->n_found++] = (struct zd_guard__found){kind, (uint32_t)start, (uint32_t)end};
}

/* Folded the slow way: 0 where nobody sees it, itself where it becomes several. */
static uint32_t fold_slowly(uint32_t c)
{
    uint32_t folded[ZD_FOLD_CHAR_MAX];
    const size_t n = zd_fold_char(c, folded);

    return n == 1 ? folded[0] : n == 0 ? 0 : c;
}

/* The one character that a finder reads for c; 0 where nobody sees it. */
static inline uint32_t unit_of(uint32_t c)
{
    uint32_t folded;

    if (c < 0x80)
        return c - 'A' < 26 ? c | 0x20 : c == '\t' || c == 0 ? ' ' : c; /* 0 would vanish */
    folded = zd_fold_quick(c);
    if (folded == 0)
        folded = fold_slowly(c);
    if (folded >= 0x3100) /* Han, almost always */
        return folded;
    if ((folded >= 0x2010 && folded <= 0x2015) || folded == 0x2212)
        return '-';
    if (folded == 0x2022 || folded == 0x2027 || folded == 0x30FB)
        return 0xB7;
    return folded;
}

static void read_units(struct zd_guard__segment *s, struct zd_str text)
{
    s->n = 0;
    for (size_t at = 0; at < text.n;) {
        const size_t start = at;
        const uint32_t c = unit_of(zd_utf8_next(text, &at));

        if (c)
            s->u[s->n++] = (struct zd_guard__unit){c, (uint32_t)start, (uint32_t)at};
    }
    s->u[s->n] = (struct zd_guard__unit){0, (uint32_t)text.n, (uint32_t)text.n};
}

static int compare_found(const void *left, const void *right)
{
    const struct zd_guard__found *a = left, *b = right;

    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    if (a->end != b->end)
        return a->end > b->end ? -1 : 1;
    return (int)a->kind - (int)b->kind;
}

/* Finds in one stretch and hands out what stays. */
static void scan_segment(struct zd_personal_scan *scan, struct zd_str text)
{
    struct zd_guard__segment *s = &scan->segment;
    size_t free_from = 0;

    s->n_found = 0;
    read_units(s, text);
    zd_guard__find_numbers(s);
    zd_guard__find_labelled(s);
    if (s->n_found > 1)
        qsort(s->found, s->n_found, sizeof *s->found, compare_found);
    for (size_t i = 0; i < s->n_found; i++) {
        const struct zd_guard__found *f = &s->found[i];
        struct zd_personal out;

        if (f->start < free_from)
            continue;
        free_from = f->end;
        out.kind = f->kind;
        out.start = scan->base + s->u[f->start].start;
        out.end = scan->base + s->u[f->end - 1].end;
        scan->fn(scan->context, &out,
                 zd_str_cut(text, out.start - scan->base, out.end - scan->base));
    }
}

static bool ends_segment(uint32_t c)
{
    return c == '\n' || c == '\r' || c == 0x3002 || c == 0xFF01 || c == 0xFF1F || c == 0xFF1B;
}

/* Bytes of the first stretch of text, or 0 where that depends on what comes. */
static size_t segment_end(struct zd_str text, size_t *ret_looked)
{
    size_t at = *ret_looked;

    while (at < text.n) {
        const size_t start = at;
        const uint8_t first = (uint8_t)text.p[at];
        const size_t n = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        uint32_t c;

        if (start + 4 > ZD_GUARD__SEGMENT_MAX_BYTES)
            return start;
        if (start + n > text.n)
            break;
        c = zd_utf8_next(text, &at);
        if (ends_segment(c))
            return at;
        if (start >= CUT_FROM && c >= 0x80 && zd_is_han(c))
            return start;
        *ret_looked = at;
    }
    return 0;
}

/* Scans every stretch that ends within text, of which the first *looked bytes end none, and gives
 * the bytes scanned. */
static size_t scan_whole(struct zd_personal_scan *scan, struct zd_str text, size_t *looked)
{
    size_t done = 0, n;

    while ((n = segment_end(zd_str_cut(text, done, text.n), looked)) > 0) {
        scan_segment(scan, zd_str_cut(text, done, done + n));
        scan->base += n;
        done += n;
        *looked = 0;
    }
    return done;
}

enum zd_status zd_personal_scan_new(zd_personal_fn fn, void *context,
                                    struct zd_personal_scan **ret_scan, struct zd_error *err)
{
    struct zd_personal_scan *scan = zd_realloc(NULL, sizeof *scan);

    if (!scan)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for a scan");
    /* not what is only read where it was written: clearing 100 KiB costs more than a short text */
    memset(scan, 0, offsetof(struct zd_personal_scan, segment.u));
    scan->fn = fn;
    scan->context = context;
    *ret_scan = scan;
    return ZD_OK;
}

void zd_personal_scan_free(struct zd_personal_scan *scan)
{
    if (!scan)
        return;
    zd_free(scan->segment.found);
    zd_free(scan);
}

static enum zd_status scan_check(const struct zd_personal_scan *scan, struct zd_error *err)
{
    if (scan->segment.failed)
        return ZD_FAIL(err, ZD_NOMEM, scan->base, "out of memory for findings");
    return ZD_OK;
}

enum zd_status zd_personal_scan_feed(struct zd_personal_scan *scan, struct zd_str piece,
                                     struct zd_error *err)
{
    while (piece.n > 0) {
        size_t n, done;

        if (scan->n_held == 0) { /* most text comes whole and is scanned where it lies */
            scan->looked = 0;
            done = scan_whole(scan, piece, &scan->looked);
            piece = zd_str_cut(piece, done, piece.n);
        }
        n = sizeof scan->held - scan->n_held;
        n = n < piece.n ? n : piece.n;
        if (n > 0)
            memcpy(scan->held + scan->n_held, piece.p, n);
        scan->n_held += n;
        piece = zd_str_cut(piece, n, piece.n);
        done = scan_whole(scan, (struct zd_str){scan->held, scan->n_held}, &scan->looked);
        memmove(scan->held, scan->held + done, scan->n_held - done);
        scan->n_held -= done;
    }
    return scan_check(scan, err);
}

void zd_personal_scan_end(struct zd_personal_scan *scan)
{
    if (scan->n_held > 0)
        scan_segment(scan, (struct zd_str){scan->held, scan->n_held});
    scan->n_held = 0;
    scan->looked = 0;
    scan->base = 0;
}

size_t zd_personal_scan_done(const struct zd_personal_scan *scan)
{
    return scan->base;
}

struct collecting {
    struct zd_arena *arena;
    struct zd_personal_list list;
    bool failed;
};

static void collect(void *context, const struct zd_personal *found, struct zd_str value)
{
    struct collecting *c = context;

    (void)value;
    if (c->list.n == c->list.cap) {
        const size_t cap = c->list.cap ? c->list.cap * 2 : 16;
        struct zd_personal *p = zd_arena_array(c->arena, cap, sizeof *p);

        if (!p) {
            c->failed = true;
            return;
        }
        if (c->list.n > 0)
            memcpy(p, c->list.p, c->list.n * sizeof *p);
        c->list.p = p;
        c->list.cap = cap;
    }
    c->list.p[c->list.n++] = *found;
}

enum zd_status zd_personal_find(struct zd_str text, struct zd_arena *arena,
                                struct zd_personal_list *ret_list, struct zd_error *err)
{
    struct collecting collecting = {.arena = arena};
    struct zd_personal_scan *scan = NULL;
    enum zd_status st = zd_personal_scan_new(collect, &collecting, &scan, err);

    if (st == ZD_OK)
        st = zd_personal_scan_feed(scan, text, err);
    if (st == ZD_OK) {
        zd_personal_scan_end(scan);
        st = scan_check(scan, err);
    }
    zd_personal_scan_free(scan);
    if (st == ZD_OK && collecting.failed)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for findings");
    if (st == ZD_OK)
        *ret_list = collecting.list;
    return st;
}

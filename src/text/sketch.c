/* sketch.c: see sketch.h. */
#include "text/sketch.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "base/buf.h"
#include "base/caps.h"
#include "base/utf8.h"
#include "text/text.h"

#define SHINGLE 5
#define ROWS (ZD_SKETCH_MINS / ZD_SKETCH_BANDS)
#define FOLDED_MAX_BYTES (2 * ZD_TEXT_MAX_BYTES)

/* splitmix64 (Steele, Lea, Flood 2014): one value from another, well mixed. */
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static bool is_word_char(uint32_t c)
{
    utf8proc_category_t category;

    if (zd_is_han(c))
        return true;
    category = utf8proc_category((utf8proc_int32_t)c);
    return category <= UTF8PROC_CATEGORY_LO || category == UTF8PROC_CATEGORY_ND;
}

/* The folded text without anything but letters, digits and Han characters. */
static enum zd_status content_of(struct zd_str text, struct zd_buf *content, struct zd_error *err)
{
    struct zd_buf folded = {.max = FOLDED_MAX_BYTES};
    struct zd_str view;
    enum zd_status st;

    zd_text_fold(text, &folded);
    view = zd_buf_view(&folded);
    for (size_t at = 0; at < view.n;) {
        const size_t from = at;

        if (is_word_char(zd_utf8_next(view, &at)))
            zd_buf_str(content, zd_str_cut(view, from, at));
    }
    st = zd_buf_check(&folded, "a text", err);
    if (st == ZD_OK)
        st = zd_buf_check(content, "a text", err);
    zd_buf_done(&folded);
    return st;
}

/* Walks the shingles: the value of the next one, false at the end. A text shorter than a shingle is
 * one. */
struct walk {
    struct zd_str content;
    size_t at;
    uint32_t last[SHINGLE];
    size_t n;
};

static bool next_shingle(struct walk *w, uint64_t *ret_value)
{
    uint64_t value = 0;
    const bool begun = w->n > 0;

    do {
        if (w->at >= w->content.n)
            break;
        w->last[w->n++ % SHINGLE] = zd_utf8_next(w->content, &w->at);
        if (w->n >= SHINGLE) {
            for (size_t i = 0; i < SHINGLE; i++)
                value = mix(value ^ w->last[(w->n + i) % SHINGLE]);
            *ret_value = value;
            return true;
        }
    } while (w->at < w->content.n);
    if (begun || w->n == 0)
        return false;
    for (size_t i = 0; i < w->n; i++)
        value = mix(value ^ w->last[i]);
    *ret_value = value;
    return true;
}

enum zd_status zd_sketch_of(struct zd_str text, struct zd_sketch *ret_sketch, struct zd_error *err)
{
    struct zd_buf content = {.max = FOLDED_MAX_BYTES};
    struct zd_sketch sketch = {.n_shingles = 0};
    uint64_t value, a[ZD_SKETCH_MINS];
    enum zd_status st = content_of(text, &content, err);

    if (st == ZD_OK)
        st = zd_sha256(zd_str_bytes(zd_buf_view(&content)), sketch.content, err);
    for (size_t i = 0; i < ZD_SKETCH_MINS; i++) {
        a[i] = mix(i) | 1;
        sketch.mins[i] = UINT32_MAX;
    }
    for (struct walk w = {.content = zd_buf_view(&content)};
         st == ZD_OK && next_shingle(&w, &value); sketch.n_shingles++)
        for (size_t i = 0; i < ZD_SKETCH_MINS; i++) { /* multiply-shift (Dietzfelbinger 1997) */
            const uint32_t h = (uint32_t)((a[i] * value) >> 32);

            sketch.mins[i] = h < sketch.mins[i] ? h : sketch.mins[i];
        }
    for (size_t b = 0; b < ZD_SKETCH_BANDS; b++) {
        sketch.bands[b] = mix(b);
        for (size_t i = 0; i < ROWS; i++)
            sketch.bands[b] = mix(sketch.bands[b] ^ sketch.mins[b * ROWS + i]);
    }
    zd_buf_done(&content);
    if (st == ZD_OK)
        *ret_sketch = sketch;
    return st;
}

struct values {
    uint64_t *p;
    size_t n, cap;
};

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* The different shingles of a text, ascending. */
static enum zd_status values_of(struct zd_str text, struct values *values, struct zd_error *err)
{
    struct zd_buf content = {.max = FOLDED_MAX_BYTES};
    uint64_t value;
    size_t n = 0;
    enum zd_status st = content_of(text, &content, err);

    for (struct walk w = {.content = zd_buf_view(&content)};
         st == ZD_OK && next_shingle(&w, &value);) {
        if (!zd_grow(&values->p, &values->cap, values->n + 1, sizeof *values->p, FOLDED_MAX_BYTES))
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to compare two texts");
        else
            values->p[values->n++] = value;
    }
    zd_buf_done(&content);
    if (st != ZD_OK || values->n == 0)
        return st;
    qsort(values->p, values->n, sizeof *values->p, by_value);
    for (size_t i = 0; i < values->n; i++)
        if (n == 0 || values->p[i] != values->p[n - 1])
            values->p[n++] = values->p[i];
    values->n = n;
    return ZD_OK;
}

enum zd_status zd_resemblance(struct zd_str a, struct zd_str b, double *ret_resemblance,
                              struct zd_error *err)
{
    struct values x = {0}, y = {0};
    size_t both = 0, i = 0, k = 0;
    enum zd_status st = values_of(a, &x, err);

    if (st == ZD_OK)
        st = values_of(b, &y, err);
    while (st == ZD_OK && i < x.n && k < y.n) {
        if (x.p[i] == y.p[k])
            both++;
        if (x.p[i] <= y.p[k]) {
            k += x.p[i] == y.p[k];
            i++;
        } else {
            k++;
        }
    }
    if (st == ZD_OK)
        *ret_resemblance = x.n + y.n > both ? (double)both / (double)(x.n + y.n - both) : 1.0;
    zd_free(x.p);
    zd_free(y.p);
    return st;
}

/* repeat_block.c: a body that stands twice without regard to lines, see zd_clean in text.h.
 *
 * repeat.c meets lines with lines. Where a site lost the line breaks of one copy, or of both, the
 * same characters still follow each other: so the text is compared without white space. A few
 * anchors, spread over the first half, are looked for further on, and a hit is extended to both
 * sides as far as the bytes agree. What is found goes when it is a large part of the document
 * (BLOCK_SHARE) and does not overlap what it repeats.
 *
 * Cost: a search of the text for each of ANCHORS anchors. */
#include "text/clean_private.h"

#include <string.h>

#include "base/utf8.h"

#define ANCHORS 8
#define ANCHOR_BYTES ((size_t)60)
#define BLOCK_MIN_BYTES ((size_t)180)
#define BLOCK_SHARE 3 /* at least one part in so many of the document */

/* The text without white space, and where each byte stood. */
struct squeezed {
    char *p;      /* [n] */
    uint32_t *at; /* [n] */
    size_t n;
};

struct block {
    size_t first, second, n; /* in squeezed bytes */
};

static bool is_space(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x3000 || c == 0xA0;
}

static void squeeze(struct zd_str s, struct squeezed *out)
{
    for (size_t at = 0; at < s.n;) {
        size_t start = at;

        if (is_space(zd_utf8_next(s, &at)))
            continue;
        for (size_t i = start; i < at; i++) {
            out->p[out->n] = s.p[i];
            out->at[out->n++] = (uint32_t)i;
        }
    }
}

static bool starts_character(const struct squeezed *s, size_t i)
{
    return i >= s->n || ((uint8_t)s->p[i] & 0xC0) != 0x80;
}

/* Extends the equal bytes at `first` and `second` to both sides, to whole characters and without
 * overlap. */
static struct block extend(const struct squeezed *s, size_t first, size_t second)
{
    struct block b = {first, second, 0};

    while (b.first > 0 && b.second > first + 1 && s->p[b.first - 1] == s->p[b.second - 1]) {
        b.first--;
        b.second--;
    }
    while (!starts_character(s, b.first)) {
        b.first++;
        b.second++;
    }
    while (b.second + b.n < s->n && b.first + b.n < b.second &&
           s->p[b.first + b.n] == s->p[b.second + b.n])
        b.n++;
    while (b.n > 0 && !starts_character(s, b.second + b.n))
        b.n--;
    return b;
}

static bool find_block(const struct squeezed *s, struct block *ret_block)
{
    if (s->n < 2 * BLOCK_MIN_BYTES)
        return false;
    for (size_t k = 0; k < ANCHORS; k++) {
        size_t from = s->n / 2 / ANCHORS * k;
        const char *hit;
        struct block b;

        while (!starts_character(s, from))
            from++;
        if (from + 2 * ANCHOR_BYTES > s->n)
            return false;
        hit = memmem(s->p + from + ANCHOR_BYTES, s->n - from - ANCHOR_BYTES, s->p + from,
                     ANCHOR_BYTES);
        if (!hit)
            continue;
        b = extend(s, from, (size_t)(hit - s->p));
        if (b.n >= BLOCK_MIN_BYTES && b.n >= s->n / BLOCK_SHARE) {
            *ret_block = b;
            return true;
        }
    }
    return false;
}

/* The block takes the white space before it along where it ends its line. */
static size_t block_start(struct zd_str s, size_t at, size_t end)
{
    if (end < s.n && s.p[end - 1] != '\n' && s.p[end] != '\n')
        return at;
    for (;;) {
        if (at >= 1 && (s.p[at - 1] == ' ' || s.p[at - 1] == '\t'))
            at--;
        else if (zd_str_ends(zd_str_cut(s, 0, at), ZD_STR("\xE3\x80\x80"))) /* U+3000 */
            at -= 3;
        else
            return at;
    }
}

enum zd_status zd_repeat_remove_block(struct zd_str s, struct zd_buf *out, uint32_t *ret_n,
                                      struct zd_error *err)
{
    struct squeezed squeezed = {0};
    struct block b;
    size_t n_bytes, start, end;
    enum zd_status st = ZD_OK;

    *ret_n = 0;
    if (!zd_size_mul(s.n, sizeof *squeezed.at, &n_bytes) || s.n > UINT32_MAX)
        return ZD_FAIL(err, ZD_LIMIT, 0, "a text of %zu bytes is too long to clean", s.n);
    squeezed.p = zd_alloc(s.n);
    squeezed.at = zd_alloc(n_bytes);
    if (!squeezed.p || !squeezed.at) {
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory to clean %zu bytes", s.n);
        goto out;
    }
    squeeze(s, &squeezed);
    if (!find_block(&squeezed, &b)) {
        zd_buf_str(out, s);
        goto out;
    }
    end = (size_t)squeezed.at[b.second + b.n - 1] + 1;
    if (end < s.n && s.p[end] == '\n')
        end++;
    start = block_start(s, squeezed.at[b.second], end);
    zd_buf_str(out, zd_str_cut(s, 0, start));
    if (start > 0 && s.p[start - 1] != '\n' && s.p[end - 1] == '\n')
        zd_buf_byte(out, '\n');
    zd_buf_str(out, zd_str_cut(s, end, s.n));
    *ret_n = 1;
out:
    zd_free(squeezed.p);
    zd_free(squeezed.at);
    return st;
}

/* base.c: errors, checked allocation, views and the bounded reader (see base.h).
 *
 * The only mutable globals of the program outside main's context stand here: the counter with
 * which tests make the nth allocation fail. It is atomic, so any thread may allocate.
 */
#include "base/base.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_uint_fast64_t fail_countdown;

void zd_error_set(struct zd_error *err, enum zd_status status, uint64_t at, const char *fmt, ...)
{
    va_list ap;
    int len;
    size_t n;

    if (!err)
        return;
    err->status = status;
    err->at = at;
    va_start(ap, fmt);
    len = vsnprintf(err->what, sizeof err->what, fmt, ap);
    va_end(ap);
    if (len < 0)
        err->what[0] = '\0';
    n = strlen(err->what);
    if (len > 0 && (size_t)len > n) {
        /* the cut may have split a character: drop its tail and its lead byte */
        while (n > 0 && ((unsigned char)err->what[n - 1] & 0xC0) == 0x80)
            n--;
        if (n > 0 && (unsigned char)err->what[n - 1] >= 0xC0)
            n--;
        err->what[n] = '\0';
    }
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)err->what[i] < 0x20 || err->what[i] == 0x7F)
            err->what[i] = '?';
}

const char *zd_status_word(enum zd_status status)
{
    switch (status) {
    case ZD_OK:
        return "ok";
    case ZD_NOT_FOUND:
        return "not_found";
    case ZD_INVALID:
        return "invalid";
    case ZD_LIMIT:
        return "limit";
    case ZD_DENIED:
        return "denied";
    case ZD_BUSY:
        return "busy";
    case ZD_CORRUPT:
        return "corrupt";
    case ZD_IO:
        return "io";
    case ZD_NOMEM:
        return "no_memory";
    }
    return "unknown";
}

void zd_alloc_fail_at(uint64_t nth)
{
    atomic_store(&fail_countdown, nth);
}

static bool alloc_should_fail(void)
{
    uint_fast64_t left = atomic_load_explicit(&fail_countdown, memory_order_relaxed);

    while (left > 0)
        if (atomic_compare_exchange_weak(&fail_countdown, &left, left - 1))
            return left == 1;
    return false;
}

void *zd_alloc(size_t n_bytes)
{
    if (alloc_should_fail())
        return NULL;
    return calloc(1, n_bytes ? n_bytes : 1);
}

void *zd_realloc(void *p, size_t n_bytes)
{
    if (alloc_should_fail())
        return NULL;
    return realloc(p, n_bytes ? n_bytes : 1);
}

void zd_free(void *p)
{
    free(p);
}

bool zd_size_mul(size_t a, size_t b, size_t *ret)
{
    size_t r;

    if (__builtin_mul_overflow(a, b, &r))
        return false;
    *ret = r;
    return true;
}

bool zd_size_add(size_t a, size_t b, size_t *ret)
{
    size_t r;

    if (__builtin_add_overflow(a, b, &r))
        return false;
    *ret = r;
    return true;
}

bool zd_grow(void *array_ptr, size_t *cap, size_t need, size_t size, size_t max)
{
    void *old, *grown;
    size_t want, n_bytes;

    if (need <= *cap)
        return true;
    if (need > max)
        return false;
    want = *cap + *cap / 2;
    if (want < 16)
        want = 16;
    if (want < need)
        want = need;
    if (want > max)
        want = max;
    if (!zd_size_mul(want, size, &n_bytes))
        return false;
    memcpy(&old, array_ptr, sizeof old);
    grown = zd_realloc(old, n_bytes);
    if (!grown)
        return false;
    memcpy(array_ptr, &grown, sizeof grown);
    *cap = want;
    return true;
}

struct zd_str zd_str_c(const char *s)
{
    return (struct zd_str){s ? s : "", s ? strlen(s) : 0};
}

bool zd_str_eq(struct zd_str a, struct zd_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool zd_str_starts(struct zd_str s, struct zd_str prefix)
{
    return prefix.n <= s.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool zd_str_ends(struct zd_str s, struct zd_str suffix)
{
    return suffix.n <= s.n &&
           (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

size_t zd_str_find(struct zd_str s, struct zd_str needle, size_t from)
{
    const char *hit;

    if (needle.n == 0 || from >= s.n || s.n - from < needle.n)
        return SIZE_MAX;
    hit = memmem(s.p + from, s.n - from, needle.p, needle.n);
    return hit ? (size_t)(hit - s.p) : SIZE_MAX;
}

struct zd_str zd_str_cut(struct zd_str s, size_t from, size_t to)
{
    if (to > s.n)
        to = s.n;
    if (from > to)
        from = to;
    return (struct zd_str){s.p ? s.p + from : NULL, to - from};
}

/* Bytes of the white space that starts at s.p, 0 where there is none. */
static size_t str_space_at_start(struct zd_str s)
{
    if (s.n >= 1 && (s.p[0] == ' ' || (s.p[0] >= '\t' && s.p[0] <= '\r')))
        return 1;
    if (zd_str_starts(s, ZD_STR("\xC2\xA0")))
        return 2;
    if (zd_str_starts(s, ZD_STR("\xE3\x80\x80")))
        return 3;
    return 0;
}

static size_t str_space_at_end(struct zd_str s)
{
    if (s.n >= 1 && (s.p[s.n - 1] == ' ' || (s.p[s.n - 1] >= '\t' && s.p[s.n - 1] <= '\r')))
        return 1;
    if (zd_str_ends(s, ZD_STR("\xC2\xA0")))
        return 2;
    if (zd_str_ends(s, ZD_STR("\xE3\x80\x80")))
        return 3;
    return 0;
}

struct zd_str zd_str_trim(struct zd_str s)
{
    size_t w;

    while ((w = str_space_at_start(s)) > 0) {
        s.p += w;
        s.n -= w;
    }
    while ((w = str_space_at_end(s)) > 0)
        s.n -= w;
    return s;
}

int zd_str_cmp(struct zd_str a, struct zd_str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;

    if (c != 0)
        return c;
    return a.n < b.n ? -1 : a.n > b.n;
}

struct zd_bytes zd_str_bytes(struct zd_str s)
{
    return (struct zd_bytes){(const uint8_t *)s.p, s.n};
}

struct zd_cursor zd_cursor_of(struct zd_bytes b)
{
    return (struct zd_cursor){b.p, b.p ? b.p + b.n : NULL, false}; /* NULL + 0 is undefined */
}

struct zd_bytes zd_cursor_bytes(struct zd_cursor *c, size_t n)
{
    struct zd_bytes got = {c->p, n};

    if (c->bad || (size_t)(c->end - c->p) < n) {
        c->bad = true;
        return (struct zd_bytes){NULL, 0};
    }
    c->p += n;
    return got;
}

static uint64_t cursor_little_endian(struct zd_cursor *c, size_t width)
{
    struct zd_bytes b = zd_cursor_bytes(c, width);
    uint64_t v = 0;

    for (size_t i = 0; i < b.n; i++)
        v |= (uint64_t)b.p[i] << (8 * i);
    return v;
}

uint8_t zd_cursor_u8(struct zd_cursor *c)
{
    return (uint8_t)cursor_little_endian(c, 1);
}

uint16_t zd_cursor_u16(struct zd_cursor *c)
{
    return (uint16_t)cursor_little_endian(c, 2);
}

uint32_t zd_cursor_u32(struct zd_cursor *c)
{
    return (uint32_t)cursor_little_endian(c, 4);
}

uint64_t zd_cursor_u64(struct zd_cursor *c)
{
    return cursor_little_endian(c, 8);
}

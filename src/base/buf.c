/* buf.c: see buf.h. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static uint8_t *buf_extend(struct zd_buf *b, size_t n)
{
    size_t need;

    if (b->bad)
        return NULL;
    if (!zd_size_add(b->n, n, &need) || need > b->max) {
        b->bad = b->full = true;
        return NULL;
    }
    if (!zd_grow(&b->p, &b->cap, need, 1, b->max)) {
        b->bad = true;
        return NULL;
    }
    b->n = need;
    return b->p + need - n;
}

void zd_buf_add(struct zd_buf *b, const void *p, size_t n)
{
    uint8_t *to;

    if (n == 0)
        return;
    to = buf_extend(b, n);
    if (to)
        memcpy(to, p, n);
}

void zd_buf_str(struct zd_buf *b, struct zd_str s)
{
    zd_buf_add(b, s.p, s.n);
}

void zd_buf_c(struct zd_buf *b, const char *s)
{
    zd_buf_add(b, s, strlen(s));
}

void zd_buf_byte(struct zd_buf *b, uint8_t byte)
{
    zd_buf_add(b, &byte, 1);
}

static void buf_little_endian(struct zd_buf *b, uint64_t v, size_t width)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < width; i++)
        bytes[i] = (uint8_t)(v >> (8 * i));
    zd_buf_add(b, bytes, width);
}

void zd_buf_u16(struct zd_buf *b, uint16_t v)
{
    buf_little_endian(b, v, 2);
}

void zd_buf_u32(struct zd_buf *b, uint32_t v)
{
    buf_little_endian(b, v, 4);
}

void zd_buf_u64(struct zd_buf *b, uint64_t v)
{
    buf_little_endian(b, v, 8);
}

void zd_buf_code_point(struct zd_buf *b, uint32_t code_point)
{
    char bytes[4];

    zd_buf_add(b, bytes, zd_utf8_put(code_point, bytes));
}

void zd_buf_printf(struct zd_buf *b, const char *fmt, ...)
{
    va_list ap;
    int len;
    uint8_t *to;

    va_start(ap, fmt);
    len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (len < 0) {
        b->bad = true;
        return;
    }
    to = buf_extend(b, (size_t)len + 1); /* vsnprintf wants room for its NUL byte … */
    if (!to)
        return;
    va_start(ap, fmt);
    len = vsnprintf((char *)to, (size_t)len + 1, fmt, ap);
    va_end(ap);
    b->n--; /* … which is not part of the content */
    if (len < 0)
        b->bad = true;
}

struct zd_str zd_buf_view(const struct zd_buf *b)
{
    return (struct zd_str){b->p ? (const char *)b->p : "", b->n};
}

const char *zd_buf_cstr(struct zd_buf *b)
{
    zd_buf_byte(b, 0);
    if (b->bad)
        return NULL;
    b->n--;
    return (const char *)b->p;
}

enum zd_status zd_buf_check(const struct zd_buf *b, const char *what, struct zd_error *err)
{
    if (!b->bad)
        return ZD_OK;
    if (b->full)
        return ZD_FAIL(err, ZD_LIMIT, b->n, "%s is larger than %zu bytes", what, b->max);
    return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for %s", what);
}

void zd_buf_clear(struct zd_buf *b)
{
    b->n = 0;
    b->bad = b->full = false;
}

void zd_buf_done(struct zd_buf *b)
{
    zd_free(b->p);
    *b = (struct zd_buf){.max = b->max};
}

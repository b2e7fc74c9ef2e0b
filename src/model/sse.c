/* sse: see sse.h. */
#include "model/sse.h"

#include <string.h>

#include "base/caps.h"

void zd_sse_init(struct zd_sse *sse)
{
    *sse = (struct zd_sse){.line = {.max = ZD_SSE_EVENT_MAX_BYTES},
                           .data = {.max = ZD_SSE_EVENT_MAX_BYTES}};
}

void zd_sse_done(struct zd_sse *sse)
{
    zd_buf_done(&sse->line);
    zd_buf_done(&sse->data);
}

/* The empty line: gives the event out. False where the consumer has enough. */
static bool event_out(struct zd_sse *sse, zd_sse_fn fn, void *context)
{
    bool more = !sse->has_data || fn(context, zd_buf_view(&sse->data));

    zd_buf_clear(&sse->data);
    sse->has_data = false;
    return more;
}

/* One whole line without its end. */
static bool take_line(struct zd_sse *sse, struct zd_str line, zd_sse_fn fn, void *context)
{
    struct zd_str value;

    if (!sse->begun) {
        sse->begun = true;
        if (zd_str_starts(line, ZD_STR("\xef\xbb\xbf")))
            line = zd_str_cut(line, 3, line.n);
    }
    if (line.n == 0)
        return event_out(sse, fn, context);
    if (!zd_str_starts(line, ZD_STR("data")) || (line.n > 4 && line.p[4] != ':'))
        return true;
    value = zd_str_cut(line, line.n > 4 ? 5 : 4, line.n);
    if (value.n > 0 && value.p[0] == ' ')
        value = zd_str_cut(value, 1, value.n);
    if (sse->has_data)
        zd_buf_byte(&sse->data, '\n');
    zd_buf_str(&sse->data, value);
    sse->has_data = true;
    return true;
}

static enum zd_status check(struct zd_sse *sse, struct zd_error *err)
{
    enum zd_status st = zd_buf_check(&sse->line, "a line of the stream", err);

    if (st == ZD_OK)
        st = zd_buf_check(&sse->data, "an event of the stream", err);
    return st;
}

/* The end of the line that begins at p: the first CR or LF, or NULL. */
static const uint8_t *line_end(const uint8_t *p, size_t n)
{
    const uint8_t *lf = memchr(p, '\n', n);
    const uint8_t *cr = memchr(p, '\r', lf ? (size_t)(lf - p) : n);

    return cr ? cr : lf;
}

enum zd_status zd_sse_feed(struct zd_sse *sse, struct zd_bytes bytes, zd_sse_fn fn, void *context,
                           struct zd_error *err)
{
    /* what lies beyond the limit is not looked at, so that the verdict is the same for every cut */
    const uint64_t room = ZD_UPSTREAM_MAX_BYTES - sse->n_seen;
    const uint8_t *p = bytes.p, *end = bytes.p + (bytes.n < room ? bytes.n : (size_t)room);
    enum zd_status st = ZD_OK;
    bool more = true;

    if (sse->over)
        return ZD_FAIL(err, ZD_LIMIT, sse->n_seen, "the stream has ended");
    sse->n_seen += (uint64_t)(end - p);
    while (st == ZD_OK && more && p < end) {
        const uint8_t *stop;
        struct zd_str line;

        if (sse->after_cr && *p == '\n')
            p++; /* the second half of CRLF */
        sse->after_cr = false;
        if (p == end)
            break;
        stop = line_end(p, (size_t)(end - p));
        if (!stop) {
            zd_buf_add(&sse->line, p, (size_t)(end - p));
            st = check(sse, err);
            break;
        }
        line = (struct zd_str){(const char *)p, (size_t)(stop - p)};
        if (sse->line.n > 0) {
            zd_buf_str(&sse->line, line);
            line = zd_buf_view(&sse->line);
        }
        st = check(sse, err);
        if (st == ZD_OK && line.n > ZD_SSE_EVENT_MAX_BYTES)
            st = ZD_FAIL(err, ZD_LIMIT, sse->n_seen, "a line of the stream is longer than allowed");
        if (st == ZD_OK)
            more = take_line(sse, line, fn, context);
        if (st == ZD_OK)
            st = check(sse, err);
        zd_buf_clear(&sse->line);
        sse->after_cr = *stop == '\r';
        p = stop + 1;
    }
    if (st == ZD_OK && more && bytes.n > room)
        st = ZD_FAIL(err, ZD_LIMIT, sse->n_seen, "the stream is longer than allowed");
    if (!more || st != ZD_OK)
        sse->over = true;
    return st;
}

enum zd_status zd_sse_finish(struct zd_sse *sse, zd_sse_fn fn, void *context, struct zd_error *err)
{
    enum zd_status st;
    bool more = true;

    if (sse->over)
        return ZD_OK;
    if (sse->line.n > 0)
        more = take_line(sse, zd_buf_view(&sse->line), fn, context);
    st = check(sse, err);
    if (st == ZD_OK && more)
        (void)event_out(sse, fn, context);
    sse->over = true;
    return st;
}

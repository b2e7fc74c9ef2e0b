/* sse: the event streams that backends send (WHATWG HTML, "Server-sent events", parsing), for bytes
 * from somebody who may be hostile.
 *
 * A push parser: bytes go in as they come, whole events come out, with one verdict however the
 * bytes were cut. Lines end in LF, CR or CRLF; a byte order mark at the start is skipped; `data`
 * lines are joined by LF; comments, `event`, `id` and `retry` are read over, because nothing here
 * depends on them. An event at the very end without its empty line is given out by _finish: some
 * services leave that line away.
 *
 * Limits: ZD_SSE_EVENT_MAX_BYTES an event, ZD_UPSTREAM_MAX_BYTES a stream. */
#ifndef ZD_MODEL_SSE_H
#define ZD_MODEL_SSE_H

#include "base/buf.h"

struct zd_sse {
    struct zd_buf line, data;
    uint64_t n_seen;
    bool has_data, after_cr, begun;
    bool over; /* a limit was passed: nothing more comes out */
};

/* What an event holds. False ends the feeding. */
typedef bool (*zd_sse_fn)(void *context, struct zd_str data);

void zd_sse_init(struct zd_sse *sse);
void zd_sse_done(struct zd_sse *sse);

/* Errors: ZD_LIMIT an event or the stream is too long; ZD_NOMEM. After one nothing more comes. */
enum zd_status zd_sse_feed(struct zd_sse *sse, struct zd_bytes bytes, zd_sse_fn fn, void *context,
                           struct zd_error *err) ZD_MUST_USE;
/* The stream has ended: gives out what was begun. */
enum zd_status zd_sse_finish(struct zd_sse *sse, zd_sse_fn fn, void *context,
                             struct zd_error *err) ZD_MUST_USE;

#endif

/* Replies of model services as HTTP (beside Z6): wire_reply.
 *
 * Oracle: one verdict, the same lines and the same content however the bytes were cut, and whatever
 * stands behind a whole reply is not taken for a part of it. */
#include <stdlib.h>
#include <string.h>

#include "model/wire_reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static bool keep_line(void *context, struct zd_str line)
{
    struct zd_buf *all = context;

    demand(memchr(line.p, '\n', line.n) == NULL);
    zd_buf_str(all, line);
    zd_buf_byte(all, '\n');
    return true;
}

static bool keep_content(void *context, struct zd_bytes piece)
{
    zd_buf_add(context, piece.p, piece.n);
    return true;
}

/* The verdict with the close, and the bytes used. */
static enum zd_wire_verdict run(const uint8_t *data, size_t size, size_t step, struct zd_buf *all,
                                size_t *ret_at)
{
    const struct zd_wire_sink sink = {all, keep_line, keep_content};
    enum zd_wire_verdict verdict = ZD_WIRE_MORE;
    struct zd_wire_reply reply;
    size_t at = 0;

    zd_wire_reply_begin(&reply);
    while (at < size && verdict == ZD_WIRE_MORE) {
        const size_t n = step < size - at ? step : size - at;
        size_t used;

        verdict = zd_wire_reply_feed(&reply, (struct zd_bytes){data + at, n}, &sink, &used);
        demand(used <= n && (verdict != ZD_WIRE_MORE || used == n));
        at += used;
    }
    demand(reply.line.n <= ZD_WIRE_HEAD_MAX_BYTES);
    if (verdict == ZD_WIRE_MORE)
        verdict = zd_wire_reply_closed(&reply);
    zd_wire_reply_end(&reply);
    *ret_at = at;
    return verdict;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zd_buf whole = {.max = (size_t)1 << 24}, cut = {.max = (size_t)1 << 24};
    size_t whole_at, cut_at;
    const enum zd_wire_verdict verdict = run(data, size, size, &whole, &whole_at);

    for (size_t step = 1; size > 0 && step < 40; step += step == 1 ? 1 + data[0] % 7u : 11) {
        zd_buf_clear(&cut);
        demand(run(data, size, step, &cut, &cut_at) == verdict);
        if (verdict == ZD_WIRE_DONE)
            demand(cut_at == whole_at && zd_str_eq(zd_buf_view(&whole), zd_buf_view(&cut)));
    }
    zd_buf_done(&whole);
    zd_buf_done(&cut);
    return 0;
}

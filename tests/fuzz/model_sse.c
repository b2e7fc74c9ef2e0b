/* Streams of a model service (Z6): the event parser, and the reading of each event.
 *
 * Oracles: the events are the same however the bytes were cut (whole, byte by byte, in pieces the
 * input itself chooses), with one verdict; and what zd_reply_read gives out is JSON that it reads
 * again as the same. */
#include <stdlib.h>
#include <string.h>

#include "base/caps.h"
#include "model/reply.h"
#include "model/sse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static bool keep(void *context, struct zd_str event)
{
    struct zd_buf *all = context;

    zd_buf_u32(all, (uint32_t)event.n);
    zd_buf_str(all, event);
    return !zd_str_eq(event, ZD_STR("[DONE]"));
}

/* Every event, each behind its length. `step` 0: whole; else pieces of step bytes. */
static enum zd_status run(const uint8_t *data, size_t size, size_t step, struct zd_buf *all)
{
    enum zd_status st = ZD_OK;
    struct zd_sse sse;

    zd_sse_init(&sse);
    for (size_t at = 0; at < size && st == ZD_OK && !sse.over;) {
        size_t n = step == 0 || step > size - at ? size - at : step;

        st = zd_sse_feed(&sse, (struct zd_bytes){data + at, n}, keep, all, NULL);
        at += n;
    }
    if (st == ZD_OK)
        st = zd_sse_finish(&sse, keep, all, NULL);
    zd_sse_done(&sse);
    return st;
}

static void read_event(struct zd_str event)
{
    const struct zd_profile *profile = zd_profile_at(0);
    struct zd_buf once = {.max = (size_t)1 << 24}, twice = {.max = (size_t)1 << 24};
    struct zd_reply_facts facts, again_facts;
    json_t *reply = NULL, *again = NULL;

    for (int kind = ZD_REPLY_CHUNK; kind <= ZD_REPLY_EMBEDDING; kind++) {
        if (zd_reply_read(event, (enum zd_reply_kind)kind, profile, ZD_STR("m"), &reply, &facts,
                          NULL) != ZD_OK ||
            facts.is_error)
            continue;
        demand(zd_json_write(reply, &once, NULL) == ZD_OK);
        demand(zd_reply_read(zd_buf_view(&once), (enum zd_reply_kind)kind, profile, ZD_STR("m"),
                             &again, &again_facts, NULL) == ZD_OK);
        demand(zd_json_write(again, &twice, NULL) == ZD_OK);
        demand(zd_str_eq(zd_buf_view(&once), zd_buf_view(&twice)));
        demand(facts.n_text_tokens == again_facts.n_text_tokens);
        json_decref(reply);
        json_decref(again);
        zd_buf_clear(&once);
        zd_buf_clear(&twice);
    }
    zd_buf_done(&once);
    zd_buf_done(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zd_buf whole = {.max = (size_t)1 << 24}, cut = {.max = (size_t)1 << 24};
    enum zd_status st = run(data, size, 0, &whole);
    struct zd_cursor events;
    char said[200];

    for (size_t step = 1; step < 16; step += step == 1 ? 1 : size > 0 ? 1 + data[0] % 5u : 3) {
        zd_buf_clear(&cut);
        demand(run(data, size, step, &cut) == st);
        demand(zd_str_eq(zd_buf_view(&whole), zd_buf_view(&cut)));
    }
    events = zd_cursor_of((struct zd_bytes){whole.p, whole.n});
    while (events.p < events.end) {
        struct zd_bytes event = zd_cursor_bytes(&events, zd_cursor_u32(&events));

        demand(!events.bad);
        read_event((struct zd_str){(const char *)event.p, event.n});
    }
    zd_reply_error_text((struct zd_str){(const char *)data, size}, said);
    demand(memchr(said, 0, sizeof said) != NULL);
    zd_buf_done(&whole);
    zd_buf_done(&cut);
    return 0;
}

/* upstream: requests to backends, over libcurl on the caller's event loop.
 *
 * One thread: that of the loop. Nothing here blocks: names are resolved on libcurl's own thread,
 * sockets are watched by libevent. What a backend may not do is decided here (egress.h): protocols
 * http and https only, no redirects, the address checked when the socket is opened, proxies from
 * the environment ignored, certificates and names verified, no coding of content (so no bomb), a
 * reply of at most ZD_UPSTREAM_MAX_BYTES.
 *
 * Clocks, in milliseconds of monotonic time: connecting; until the first byte of the reply;
 * between two pieces; the whole. A reply that is held back by _pause has no gap clock.
 *
 *     call = _start(…)  →  on_head, on_bytes …  →  on_end, once, then the call is gone
 *     _cancel(call)     →  gone at once, without on_end; its connection is closed */
#ifndef ZD_MODEL_UPSTREAM_H
#define ZD_MODEL_UPSTREAM_H

#include "base/buf.h"
#include "model/egress.h"

struct event_base;
struct zd_upstream;
struct zd_upstream_call;

/* Zero takes the default in the comment. */
struct zd_upstream_clocks {
    uint32_t connect_ms;    /* 5,000 */
    uint32_t first_byte_ms; /* 60,000 */
    uint32_t gap_ms;        /* 30,000 */
    uint32_t total_ms;      /* 600,000 */
};

enum zd_upstream_result {
    ZD_UPSTREAM_DONE,        /* the reply ended as it said it would */
    ZD_UPSTREAM_UNREACHABLE, /* no name, no connection, no agreement on TLS */
    ZD_UPSTREAM_FORBIDDEN,   /* the name led to an address that is not allowed */
    ZD_UPSTREAM_TIMEOUT,     /* one of the clocks */
    ZD_UPSTREAM_BROKEN,      /* the connection broke off, or what came is no HTTP */
    ZD_UPSTREAM_TOO_LARGE,
    ZD_UPSTREAM_STOPPED, /* a callback said so */
};

struct zd_upstream_head {
    int status;
    bool is_events;          /* Content-Type: text/event-stream */
    bool is_json;            /* application/json */
    uint32_t retry_after_ms; /* 0: not told; at most an hour */
};

struct zd_upstream_request {
    enum zd_place place;
    const char *url;           /* whole, NUL-terminated; copied */
    const char *authorization; /* "Bearer …", NULL for none; copied, wiped afterwards */
    struct zd_str body;        /* outlives the call; p NULL: GET */
    bool wants_events;
    struct zd_upstream_clocks clocks;
    void *context;
    void (*on_head)(void *context, const struct zd_upstream_head *head);
    bool (*on_bytes)(void *context, struct zd_bytes bytes); /* false stops the call */
    void (*on_end)(void *context, enum zd_upstream_result result);
};

/* The base outlives it. ca_file: more certificates to trust, NULL for none. Errors: ZD_NOMEM,
 * ZD_IO. */
enum zd_status zd_upstream_open(struct event_base *base, const char *ca_file,
                                struct zd_upstream **ret_upstream,
                                struct zd_error *err) ZD_MUST_USE;
void zd_upstream_close(struct zd_upstream *upstream); /* cancels what runs; NULL is fine */

/* Errors: ZD_NOMEM. on_end never comes from inside _start. */
enum zd_status zd_upstream_start(struct zd_upstream *upstream,
                                 const struct zd_upstream_request *request,
                                 struct zd_upstream_call **ret_call,
                                 struct zd_error *err) ZD_MUST_USE;
void zd_upstream_cancel(struct zd_upstream_call *call);
/* Reads no more until _resume; what has been read already still comes. */
void zd_upstream_pause(struct zd_upstream_call *call);
void zd_upstream_resume(struct zd_upstream_call *call);

/* "unreachable", "timeout", … */
const char *zd_upstream_result_word(enum zd_upstream_result result);

/* Once, in main, before any thread: libcurl then allocates through base. Errors: ZD_NOMEM. */
enum zd_status zd_upstream_init(struct zd_error *err) ZD_MUST_USE;

#endif

/* server: HTTP/1.1 connections, behind which handlers see whole requests and fill whole replies.
 * The one header that knows nothing of the event library and hides it from everybody else.
 *
 *     bytes → head (head.h) → app.begin: refuse, or say how much body and which lane
 *           → body (body.h) → app.handle on the loop, or on a lane's thread → reply → next request
 *
 * One thread owns every connection and never blocks: it parses, routes, and writes. Work that may
 * wait (the database, the index, a parser) runs on the threads of a lane; a lane takes a bounded
 * number of requests and answers 503 with Retry-After beyond. A request is seen by one thread at a
 * time; a reply whose client has left is dropped.
 *
 * Limits: a head has head_ms in total; a body, once body_grace_ms are over, at least min_rate bytes
 * a second, and so has the client's reading; a connection without a request lives idle_ms; an
 * address has max_per_address connections; the last `reserve` connections are for this machine's
 * own addresses, so that an administrator gets in while the door is full. Whoever is too slow is
 * cut, and so is who would let a reply wait when max_reply_total of them wait already. After a
 * request that is refused as malformed the connection is closed.
 *
 * Stopping: SIGTERM or SIGINT ends listening, lets every request that has begun finish within
 * drain_ms, and returns from _run; a second one returns at once.
 *
 * The library is libevent, of which only the event loop is used: its own HTTP layer reads what
 * this server must refuse. The reasons and figures stand in docs/dependencies.md. A reply may also
 * come later or in pieces (struct zd_http_later): the handler prepares it, on the loop or on a
 * lane's thread, and from then on everything happens on the loop.
 */
#ifndef ZD_HTTP_SERVER_H
#define ZD_HTTP_SERVER_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "http/body.h"
#include "http/head.h"

#define ZD_HTTP_MAX_LANES 4
#define ZD_HTTP_REPLY_MAX_BYTES (64 * ZD_MiB)
#define ZD_HTTP_TURN_MAX_US 5000 /* a turn of the loop that works longer is counted as slow */

struct zd_http_server;

struct zd_http_request;

/* How a handler holds on to a request whose reply comes later: it sets reply.later, and what it
 * keeps in reply.held, and returns. All of these are called on the loop.
 *
 *     start → zd_http_reply_now(request)                        a whole reply, when it is there
 *           → zd_http_stream_begin, _write …, zd_http_stream_end    in pieces
 *
 * A client that closes its side counts as gone: what was asked for it is given up at once. */
struct zd_http_later {
    void (*start)(void *context, struct zd_http_request *request);
    /* The last call, always and once: after the end, or because nobody waits any more, also where
     * start never came. Frees reply.held. Never comes from inside zd_http_stream_write. */
    void (*gone)(void *context, struct zd_http_request *request);
    /* What waits for the client has sunk to a quarter of ZD_STREAM_QUEUE_MAX_BYTES after it was
     * above it. */
    void (*room)(void *context, struct zd_http_request *request);
    /* Nothing was written for quiet_ms: to say something that means nothing, or the client and
     * what lies between will think us dead. */
    void (*quiet)(void *context, struct zd_http_request *request);
    /* The server is stopping: to be ended now. */
    void (*stop)(void *context, struct zd_http_request *request);
};

/* What a handler fills. Zero is an empty 200. */
struct zd_http_reply {
    int status;           /* 0: 200 */
    const char *type;     /* Content-Type, static; NULL with an empty body */
    const char *policy;   /* Content-Security-Policy, static; NULL: nothing may load */
    const char *cache;    /* Cache-Control, static; NULL: no-store */
    struct zd_buf body;   /* owned by the request */
    struct zd_str fixed;  /* p set: sent instead of body; outlives the server */
    struct zd_buf fields; /* more fields, each "Name: value\r\n", checked by the handler */
    bool close;           /* end the connection behind this reply */
    const struct zd_http_later *later; /* NULL: the reply is filled */
    void *held;                        /* the handler's, for later */
};

struct zd_http_request {
    struct zd_http_head head;
    struct zd_buf body;        /* complete when handle is called */
    struct zd_arena *arena;    /* lives as long as the request */
    char id[ZD_ID_TEXT_BYTES]; /* names the request in the log and in errors; no secret */
    char peer[48];             /* the client's address as text */
    const void *route;         /* the app's, set by begin */
    const char *route_name;    /* static, for the log; NULL "-" */
    const void *caller;        /* the app's, set by begin; lies in the arena */
    uint64_t begun_us;         /* monotonic, at the end of the head */
    struct zd_http_reply reply;

    /* The server's own. */
    struct zd_http_request *next;
    struct zd_http_conn *conn;
    int lane;
    uint64_t n_reserved, n_reply_held; /* bytes of the two totals of the config */
};

enum zd_http_way {
    ZD_HTTP_REPLY, /* the reply is filled; what body there is will not be read */
    ZD_HTTP_LOOP,  /* read the body, then handle on the loop: must not block or take 1 ms */
    ZD_HTTP_LANE,  /* read the body, then handle on a thread of plan.lane */
};

struct zd_http_plan {
    enum zd_http_way way;
    int lane;
    size_t max_body; /* more is answered with 413 */
};

/* The program behind the connections. */
struct zd_http_app {
    void *context;
    /* The head is complete. On the loop; must not block. */
    struct zd_http_plan (*begin)(void *context, struct zd_http_request *request);
    /* The body is complete. `worker` is what worker_open gave this thread, NULL on the loop. */
    void (*handle)(void *context, void *worker, struct zd_http_request *request);
    /* Fills the reply for what the server itself refuses: status and a constant sentence. */
    void (*refuse)(void *context, struct zd_http_request *request, int status, const char *why);
    /* The reply is on its way; on the loop. `status` may be that of a refused head. */
    void (*log)(void *context, const struct zd_http_request *request, int status, uint64_t n_bytes,
                uint64_t took_us);
    /* One state a lane thread, made on that thread; may be NULL, and may return NULL. */
    void *(*worker_open)(void *context, int lane);
    void (*worker_close)(void *context, void *worker);
};

struct zd_http_lane_config {
    int n_threads; /* 0: the lane does not exist */
    int max_queue; /* requests that may wait, 0: 256 */
};

/* Zero in any member takes the default in the comment. */
struct zd_http_config {
    const char *listen;       /* "127.0.0.1:8080"; "[::1]:8080"; port 0 takes a free one */
    uint32_t head_ms;         /* 10,000 */
    uint32_t idle_ms;         /* 60,000 */
    uint32_t body_grace_ms;   /* 5,000 */
    uint32_t min_rate;        /* 1,024 bytes a second */
    uint32_t linger_ms;       /* 2,000: after a refusal, for the client to read it */
    uint32_t drain_ms;        /* 10,000; streams are asked to end at half of it */
    uint32_t quiet_ms;        /* 15,000: a stream says something at least so often */
    uint32_t max_per_address; /* 100 */
    uint32_t max_connections; /* 10,240, less where the process may not have so many files */
    uint32_t reserve;         /* 32 of them */
    uint64_t max_body_total;  /* 256 MiB: all bodies being held at one time */
    uint64_t max_reply_total; /* 256 MiB: all replies that wait for their clients to read */
    struct zd_http_lane_config lanes[ZD_HTTP_MAX_LANES];
};

/* Binds and starts the lanes; the app outlives the server. The caller ends *ret_server with
 * zd_http_server_close. Errors: ZD_INVALID the address is malformed; ZD_IO it cannot be bound;
 * ZD_NOMEM. */
enum zd_status zd_http_server_open(const struct zd_http_config *config,
                                   const struct zd_http_app *app,
                                   struct zd_http_server **ret_server,
                                   struct zd_error *err) ZD_MUST_USE;

/* "127.0.0.1:8080", with the port that was taken. */
const char *zd_http_server_address(const struct zd_http_server *server);

/* Serves until stopped. Errors: ZD_IO the loop itself failed. */
enum zd_status zd_http_server_run(struct zd_http_server *server, struct zd_error *err) ZD_MUST_USE;

/* Ends _run as SIGTERM does; from any thread. */
void zd_http_server_stop(struct zd_http_server *server);

/* True from the moment of stopping: long work gives up. */
const atomic_bool *zd_http_server_stopping(const struct zd_http_server *server);

/* The loop, for what else runs on it. Opaque: struct event_base of libevent. */
struct event_base *zd_http_server_loop(struct zd_http_server *server);

/* For a request held by `later`, on the loop. _reply_now sends the reply as it is filled; the
 * request is then gone. _stream_begin sends its head (status, type, fields); _stream_write queues
 * a piece and gives the bytes that wait for the client: above ZD_STREAM_QUEUE_MAX_BYTES the caller
 * should produce no more until `room`; _stream_end sends what waits, and the request is gone. */
void zd_http_reply_now(struct zd_http_request *request);
void zd_http_stream_begin(struct zd_http_request *request);
size_t zd_http_stream_write(struct zd_http_request *request, struct zd_str piece);
void zd_http_stream_end(struct zd_http_request *request);

/* On the loop, for a request held by `later`, before its stream begins: it goes to the app's handle
 * once more, on a thread of the lane, and to `start` once more when that has returned. False: the
 * lane is full. */
bool zd_http_to_lane(struct zd_http_request *request, int lane);

/* When _run has returned: ends every connection and every lane, so that what the app holds for
 * them is given back while the loop is still there for it. */
void zd_http_server_halt(struct zd_http_server *server);

/* Halts where that was not done. NULL is fine. */
void zd_http_server_close(struct zd_http_server *server);

struct zd_http_gauges {
    uint64_t n_accepted, n_turned_away, n_requests, n_refused, n_cut, n_busy;
    uint64_t n_turns, n_slow_turns, slowest_turn_us; /* of the loop, by what they worked */
    uint32_t n_open, n_waiting;                      /* waiting: in the queues of the lanes */
};

/* On the loop's thread. */
void zd_http_server_gauges(struct zd_http_server *server, struct zd_http_gauges *ret_gauges);

/* "Not Found" for 404. */
const char *zd_http_reason(int status);

#endif

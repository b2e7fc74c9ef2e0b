/* model: the one door from the office to models. The face of this room.
 *
 *     admit       who calls: a key, its department, desk, scope
 *     exchange    reserve → choose a backend → wait for a place → send → read → settle
 *
 * An exchange is one request of a caller to a model by the name the office knows it by. It is
 * sent to one of the backends that offer the model; one that fails before the first token is
 * followed by the next, at most twice. What comes back is read as from a stranger (reply.h) and
 * handed on as it comes.
 *
 * Choosing: only backends whose model may see this class of data, is filed where the desk is
 * public, and is of the task; those of the lowest rank first; within a rank at random by weight,
 * or the cheapest first where the desk says so; those whose breaker is open, or that have asked
 * to be left alone, last; where there is no other, the request fails at once. A full backend, and
 * an engine of ours that is starting, is waited for; among those who wait, departments take
 * turns.
 *
 * Counting: before anything is sent, the most that the request can use is reserved from the
 * quotas of key, department and desk, or it is refused; when it ends, what it did use is settled
 * and the rest released. What is charged is never more than was reserved, so no balance goes
 * below nothing. A stream that breaks off is charged for what came. Every request is a row of
 * gateway.db (store/usage.h), written by a thread of its own within 50 ms; one that was lost to
 * a kill in between has been answered but not counted.
 *
 * Threads: all functions on the loop's thread, except where said. Nothing here blocks: the
 * database is another thread's, which also sees within half a second what a command line has
 * changed. A key that is revoked ends its running exchanges then. */
#ifndef ZD_MODEL_H
#define ZD_MODEL_H

#include "base/arena.h"
#include "base/json.h"
#include "model/reply.h"
#include "model/upstream.h"
#include "store/api_key.h"
#include "store/usage.h"

struct zd_gateway;
struct zd_exchange;

/* Zero takes the default in the comment. */
struct zd_gateway_limits {
    struct zd_upstream_clocks clocks;
    uint32_t queue_ms;    /* 30,000: waiting for a place at a backend */
    uint32_t max_waiting; /* 1,000 exchanges in all */
    uint32_t open_ms;     /* 30,000: a breaker stays open, doubled each time up to tenfold */
    uint32_t rest_ms;  /* 1,000: before an engine that ended is started again, doubled each time */
    uint32_t probe_ms; /* 10,000: between two looks whether a backend can be reached */
};

struct zd_gateway_options {
    const char *dir; /* the office: gateway.db and gateway.key are in it, made where missing */
    struct event_base *base; /* outlives the gateway */
    struct zd_gateway_limits limits;
    void (*log)(void *context, struct zd_str line); /* of any thread; may be NULL */
    void *log_context;
};

/* Errors: those of the store; ZD_BUSY another process serves this office. */
enum zd_status zd_gateway_open(const struct zd_gateway_options *options,
                               struct zd_gateway **ret_gateway, struct zd_error *err) ZD_MUST_USE;
/* Cancels what runs, writes what is counted, ends the engines. NULL is fine. */
void zd_gateway_close(struct zd_gateway *gateway);

/* Who calls, copied to the arena. */
struct zd_caller {
    struct zd_str key, department, desk;
    bool desk_is_public, cheapest;
    struct zd_str desk_model; /* that words the desk's answers; empty: none */
    uint32_t scope;
    enum zd_data_class data_class;
};

/* The caller of a secret. ZD_DENIED: no such key, revoked, or over. The time is the same for
 * every wrong secret. */
enum zd_status zd_gateway_admit(struct zd_gateway *gateway, struct zd_str secret,
                                struct zd_arena *arena, struct zd_caller *ret_caller,
                                struct zd_error *err) ZD_MUST_USE;

/* What a model's name stands for, for lists. */
struct zd_model_info {
    struct zd_str name, backend,
        filing; /* of the first that offers it; borrowed until the loop turns */
    enum zd_task task;
    uint32_t context_tokens;
};
/* The models that the caller may use, each once; and how often they would be chosen is not told.
 * Gives false past the last. *at begins at 0. */
bool zd_gateway_model_next(struct zd_gateway *gateway, const struct zd_caller *caller, size_t *at,
                           struct zd_model_info *ret_info);

/* How an exchange ended. */
struct zd_exchange_end {
    int status;       /* of HTTP: 200, or what to answer where nothing has been given out yet */
    const char *type; /* "invalid_request_error", "rate_limit_error", "api_error", …; static */
    const char *code; /* "model_not_found", "insufficient_quota", …; static */
    char message[200];
    uint32_t retry_after_s;      /* 0: not told */
    struct zd_reply_usage usage; /* the provider's; -1 not told */
};

struct zd_exchange_request {
    struct zd_caller caller; /* its texts outlive the exchange */
    struct zd_str id;        /* of the request, for the record */
    struct zd_str model;
    enum zd_task task;
    enum zd_data_class data_class; /* of what is sent; the higher of this and the caller's counts */
    bool local_only;               /* only backends in the office's own rooms */
    bool stream;
    json_t *body; /* an object, owned by the exchange from _start on, whatever comes back */
    void *context;
    /* A piece of a stream, or the whole reply; borrowed. */
    void (*on_reply)(void *context, json_t *reply);
    /* Once; the exchange is then gone. Not called after _cancel. */
    void (*on_end)(void *context, const struct zd_exchange_end *end);
};

/* Reserves and begins. NULL: refused at once, *ret_refusal says how; no callback comes. Callbacks
 * never come from inside _start. */
struct zd_exchange *zd_exchange_start(struct zd_gateway *gateway,
                                      const struct zd_exchange_request *request,
                                      struct zd_exchange_end *ret_refusal) ZD_MUST_USE;
/* Counts a request that no model answered: one request, no tokens. False: refused by a quota. */
bool zd_gateway_count(struct zd_gateway *gateway, const struct zd_caller *caller, struct zd_str id,
                      struct zd_str model, struct zd_exchange_end *ret_refusal) ZD_MUST_USE;

/* The client has left: the backend's connection is closed, what came is charged. */
void zd_exchange_cancel(struct zd_exchange *exchange);
void zd_exchange_pause(struct zd_exchange *exchange); /* reads no more from the backend … */
void zd_exchange_resume(struct zd_exchange *exchange);

/* Lines for Prometheus. */
void zd_gateway_metrics(struct zd_gateway *gateway, struct zd_buf *out);

/* The owner's own way to gateway.db, for commands. Any thread. The office's folder is made where
 * it is missing and `make` is true. Errors: ZD_NOT_FOUND; those of the store. */
enum zd_status zd_gateway_store(const char *dir, enum zd_store_mode mode,
                                struct zd_store **ret_store, struct zd_error *err) ZD_MUST_USE;
/* Seals a backend's secret with the office's key into out. Any thread. */
enum zd_status zd_gateway_seal(const char *dir, struct zd_str backend, struct zd_str secret,
                               struct zd_buf *out, struct zd_error *err) ZD_MUST_USE;

#endif

/* exchange_private: one exchange, as the files that share its life see it (exchange.c says how it goes).
 *
 *     exchange.c         its life: begun, tried, ended, cancelled
 *     exchange_charge.c  what it may use, what it is charged, its row
 *     exchange_queue.c   waiting for a place at a backend
 *     exchange_reply.c   what the backend says, and what is made of its failing */
#ifndef ZD_MODEL_EXCHANGE_PRIVATE_H
#define ZD_MODEL_EXCHANGE_PRIVATE_H

#include "model/model_private.h"

#define ZD_MODEL__CANDIDATES 8
#define ZD_MODEL__LONGEST_REST_MS 2000 /* a single backend that asks for more is not waited for */

enum phase { PHASE_WAITING, PHASE_RUNNING, PHASE_OVER };

struct zd_exchange {
    struct zd_gateway *gateway;
    struct zd_exchange *prev, *next;           /* all */
    struct zd_exchange *wait_prev, *wait_next; /* those who wait */
    struct zd_exchange_request request;
    struct zd_model__config *config;
    const struct zd_model__offer *offers[ZD_MODEL__CANDIDATES];
    size_t n_offers, at; /* the one that is asked */
    enum phase phase;
    bool is_waiting_list; /* on the list of those who wait */
    struct zd_upstream_call *call;
    struct zd_model__health *health; /* where it has a place */
    struct zd_upstream_head head;
    struct zd_buf body;                        /* as it is sent to … */
    const struct zd_model__offer *written_for; /* NULL: not written */
    struct zd_buf whole;                       /* a reply that is no stream */
    struct zd_sse sse;
    struct zd_model__reservation reservation;
    uint64_t reserved_in, reserved_out, estimate_in, estimate_out;
    struct zd_reply_usage told;
    uint64_t begun_us, wait_until_us, not_before_us, over_us;
    uint64_t n_sent; /* bytes of bodies that went out */
    int depth;       /* inside the owner's callbacks: not freed before they have returned */
    bool is_doomed;
    int64_t begun_wall;
    uint32_t n_tries;
    bool has_token, is_finished, is_done, is_paused, fails_soon;
    bool is_too_large; /* more than we read; that is no illness of the backend */
    struct zd_exchange_end end;
    char id[64];
};

/* What to answer where it ends without success. `type` and `code` are static. */
void zd_model__fail(struct zd_exchange_end *end, int status, const char *type, const char *code,
                    const char *message);

/* exchange.c */
void zd_model__exchange_try(struct zd_exchange *exchange);
/* The body as the backend gets it that is asked. False when memory ends. */
bool zd_model__exchange_write(struct zd_exchange *exchange);
/* Around the owner's callbacks, in which the owner may cancel the exchange. */
void zd_model__exchange_hold(struct zd_exchange *exchange);
void zd_model__exchange_let_go(struct zd_exchange *exchange);
/* Tells the owner, once. The exchange stays while its connection drains. */
void zd_model__exchange_tell(struct zd_exchange *exchange, enum zd_outcome outcome);
/* The exchange is over and has no connection. */
void zd_model__exchange_end(struct zd_exchange *exchange, enum zd_outcome outcome);
void zd_model__exchange_free(struct zd_exchange *exchange);

/* exchange_charge.c. False: refused by a quota, or memory ended. */
bool zd_model__exchange_reserve(struct zd_exchange *exchange, struct zd_exchange_end *refusal);
struct zd_usage_row zd_model__exchange_record(const struct zd_exchange *exchange,
                                              enum zd_outcome outcome);
/* Once: what was used is charged, the rest given back, the row written. */
void zd_model__exchange_settle(struct zd_exchange *exchange, enum zd_outcome outcome);

/* exchange_queue.c */
void zd_model__wait_enter(struct zd_exchange *exchange);
void zd_model__wait_leave(struct zd_exchange *exchange);
struct zd_model__health *zd_model__health_at(const struct zd_exchange *exchange, size_t i);
/* The next candidate from `at` on that has a place and is well; SIZE_MAX: none now. */
size_t zd_model__place_for(const struct zd_exchange *exchange, uint64_t now_us);
/* True when every candidate is left alone for longer than anybody should wait. */
bool zd_model__is_hopeless(const struct zd_exchange *exchange, uint64_t now_us);
/* The exchange's department was served now. */
void zd_model__take_turn(struct zd_exchange *exchange);
void zd_model__release_place(struct zd_exchange *exchange);
/* A place became free: of those who could use one, the first of the department that was served
 * longest ago. */
void zd_model__serve_waiting(struct zd_gateway *gateway);

/* exchange_reply.c: what libcurl's call says (model/upstream.h); the context is the exchange. */
void zd_model__on_head(void *context, const struct zd_upstream_head *head);
bool zd_model__on_bytes(void *context, struct zd_bytes bytes);
void zd_model__on_end(void *context, enum zd_upstream_result result);

#endif

/* model_private: what the files of the gateway share.
 *
 *     config.c    what gateway.db says, read whole by the clerk, immutable, counted
 *     clerk.c     the thread that owns gateway.db while the gateway is open
 *     quota.c     what is used, in memory
 *     route.c     candidates, breakers, the queue
 *     engine.c    services that the gateway runs itself
 *     probe.c     whether a backend that failed can be reached again
 *     exchange.c  one request's life, with exchange_*.c (exchange_private.h)
 *     gateway.c   open, close, configs coming in, the clock */
#ifndef ZD_MODEL_PRIVATE_H
#define ZD_MODEL_PRIVATE_H

#include <event2/event.h>
#include <pthread.h>

#include "model/model.h"
#include "model/sse.h"

struct zd_model__offer {
    const struct zd_model *model;
    const struct zd_backend *backend;
    const struct zd_profile *profile;
    struct zd_egress_url url;
    struct zd_str base;          /* the url without a slash at its end, NUL-terminated */
    struct zd_str authorization; /* "Bearer …", NUL-terminated; p NULL: none */
};

struct zd_model__config {
    struct zd_arena *arena;
    int n_users; /* on the loop */
    struct zd_backend_list backends;
    struct zd_model_list models;
    struct zd_desk_rows desks;
    struct zd_api_key_list keys;
    struct zd_quota_list quotas;
    struct zd_model__offer *offers; /* [models.n] */
    uint32_t *key_slots;            /* [n_slots] index + 1 into keys, by the hash; 0 free */
    size_t n_slots;                 /* a power of two */
};

/* config.c. On the clerk's thread. */
enum zd_status zd_model__config_read(struct zd_store *store, const uint8_t *seal_key,
                                     struct zd_model__config **ret_config, struct zd_error *err);
void zd_model__config_free(struct zd_model__config *config); /* wipes the secrets */
const struct zd_api_key *zd_model__config_key(const struct zd_model__config *config,
                                              const uint8_t hash[ZD_SHA256_BYTES]);
const struct zd_desk_row *zd_model__config_desk(const struct zd_model__config *config,
                                                struct zd_str name);

/* quota.c: what key, department and desk have used, by name, for as long as the process lives. */
struct zd_model__account {
    struct zd_model__account *next;
    enum zd_quota_kind kind;
    struct zd_str name;
    int64_t period[ZD_N_SPANS];               /* which minute, day, month the figures are of */
    uint64_t used[ZD_N_SPANS][ZD_N_MEASURES]; /* with what is reserved */
    uint64_t turn;                            /* departments: when it was last served */
};

struct zd_model__ledger {
    struct zd_model__account *buckets[1024];
    size_t n;
};

struct zd_model__reservation {
    struct zd_model__account *accounts[ZD_N_QUOTA_KINDS];
    int64_t period[ZD_N_SPANS];
    uint64_t amount[ZD_N_MEASURES];
};

struct zd_model__shortage {
    enum zd_quota_kind kind;
    enum zd_measure measure;
    enum zd_quota_span span;
    uint64_t left;
};

/* NULL when memory ends. */
struct zd_model__account *zd_model__account(struct zd_model__ledger *ledger,
                                            enum zd_quota_kind kind, struct zd_str name);
/* ZD_LIMIT: *ret_shortage is the quota that does not have so much left; nothing is then taken. */
enum zd_status zd_model__reserve(struct zd_model__ledger *ledger,
                                 const struct zd_quota_list *quotas, const struct zd_caller *caller,
                                 const uint64_t amount[ZD_N_MEASURES], int64_t wall_us, int32_t day,
                                 struct zd_model__reservation *ret_reservation,
                                 struct zd_model__shortage *ret_shortage, struct zd_error *err);
/* Gives back what was reserved beyond `charged`, which is at most the reservation. */
void zd_model__settle(struct zd_model__reservation *reservation,
                      const uint64_t charged[ZD_N_MEASURES]);
/* The least that is left of a measure over all quotas of the caller; UINT64_MAX: no quota. */
uint64_t zd_model__left(struct zd_model__ledger *ledger, const struct zd_quota_list *quotas,
                        const struct zd_caller *caller, enum zd_measure measure, int64_t wall_us,
                        int32_t day);
/* Adds what gateway.db holds of today and of this month. */
enum zd_status zd_model__ledger_load(struct zd_model__ledger *ledger, struct zd_store *store,
                                     int32_t today, struct zd_error *err);
void zd_model__ledger_free(struct zd_model__ledger *ledger);

/* clerk.c */
struct zd_model__clerk;
enum zd_status zd_model__clerk_open(struct zd_gateway *gateway, const char *dir,
                                    struct zd_model__clerk **ret_clerk, struct zd_error *err);
void zd_model__clerk_close(struct zd_model__clerk *clerk); /* writes what is left */
/* Hands over a copy. False: it has fallen too far behind, or memory ended; nothing new may then
 * be begun. */
bool zd_model__clerk_put(struct zd_model__clerk *clerk, const struct zd_usage_row *usage,
                         int32_t day);
bool zd_model__clerk_is_behind(struct zd_model__clerk *clerk);
/* The newest config since the last call, or NULL. On the loop, when on_news fires. */
struct zd_model__config *zd_model__clerk_config(struct zd_model__clerk *clerk);

/* route.c: a backend as it fares now. Known by its key through every config. */
struct zd_model__health {
    int64_t key; /* 0: free */
    char name[64];
    uint32_t n_running, n_failed_in_row, n_opened;
    uint64_t open_until_us; /* breaker; 0 closed */
    uint64_t rest_until_us; /* the backend asked to be left alone */
    bool is_down;           /* an engine of ours that is not ready */
    bool is_away;           /* a probe could not reach it; only while the breaker is open */
    bool is_trying;         /* half open: one exchange finds out */
    uint64_t n_requests, n_failures, n_tokens_in, n_tokens_out;
};

struct zd_model__engine; /* engine.c */

struct zd_model__probe { /* probe.c */
    struct zd_gateway *gateway;
    int64_t key; /* of the backend */
    struct zd_upstream_call *call;
    uint64_t next_us;
    int status;
};

struct zd_gateway {
    struct zd_gateway_limits limits;
    struct zd_model__config *config;
    struct zd_model__clerk *clerk;
    struct zd_upstream *upstream;
    struct zd_model__ledger ledger;
    struct zd_model__health health[ZD_BACKEND_MAX];
    struct zd_model__probe probes[ZD_BACKEND_MAX]; /* beside health */
    struct zd_exchange *exchanges, *waiting_first, *waiting_last;
    struct zd_model__engine *engines[ZD_BACKEND_MAX];
    uint32_t n_exchanges, n_waiting;
    struct event *on_news, *on_tick;
    struct event *on_soon; /* exchanges that end although nothing has come in */
    int news_fd, lock;
    int32_t today;
    uint64_t turn, seed;
    uint64_t n_refused, n_retried;
    char ca_file[4096];
    void (*log)(void *context, struct zd_str line);
    void *log_context;
};

void zd_model__log(struct zd_gateway *gateway, const char *fmt, ...) ZD_PRINTF(2, 3);
void zd_model__config_leave(struct zd_model__config *config);
struct zd_model__health *zd_model__health_of(struct zd_gateway *gateway, int64_t key);

/* The offers of a model that may serve the request, best first, at most `max`. */
size_t zd_model__candidates(struct zd_gateway *gateway, const struct zd_model__config *config,
                            const struct zd_exchange_request *request, uint64_t now_us,
                            const struct zd_model__offer **ret_offers, size_t max,
                            struct zd_exchange_end *ret_refusal);
bool zd_model__is_open(const struct zd_model__health *health, uint64_t now_us);
void zd_model__health_good(struct zd_model__health *health);
void zd_model__health_bad(struct zd_gateway *gateway, struct zd_model__health *health,
                          uint64_t now_us);

/* engine.c: the config has changed; the clock; the end, which waits for them. */
void zd_model__engines_config(struct zd_gateway *gateway);
void zd_model__engines_tick(struct zd_gateway *gateway, uint64_t now_us);
void zd_model__engines_stop(struct zd_gateway *gateway);

/* probe.c: the clock; the end. */
void zd_model__probes_tick(struct zd_gateway *gateway, uint64_t now_us);
void zd_model__probes_stop(struct zd_gateway *gateway);

/* exchange.c */
void zd_model__exchanges_tick(struct zd_gateway *gateway, uint64_t now_us);
void zd_model__exchanges_revoke(struct zd_gateway *gateway);
void zd_model__exchanges_cancel(struct zd_gateway *gateway);
void zd_model__exchanges_soon(struct zd_gateway *gateway);

#endif

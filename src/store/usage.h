/* usage: every request that went to a model: who asked, what class of data went where, and what it
 * cost. Kept three years (网络数据安全管理条例 art. 12: records of what was provided to others).
 *
 * A request is written when it is reserved and again when it ends. One that never ended, because
 * the process was killed, is closed at the next start with its estimate, as broken. What the
 * provider says stands beside our estimate; charged is what counts against quotas, and never more
 * than was reserved. No text of a question or an answer is ever here. */
#ifndef ZD_STORE_USAGE_H
#define ZD_STORE_USAGE_H

#include "store/quota.h"
#include "store/register.h"

#define ZD_USAGE_KEPT_DAYS 1096 /* three years */
#define ZD_USAGE_BATCH_MAX 1000

enum zd_outcome {
    ZD_OUTCOME_RUNNING,
    ZD_OUTCOME_DONE,
    ZD_OUTCOME_FAILED, /* the backend gave nothing: nothing is charged */
    ZD_OUTCOME_BROKEN, /* the stream broke off: what came is charged */
    ZD_OUTCOME_LEFT,   /* the client left: what came is charged */
};

struct zd_usage_row {
    struct zd_str id; /* of the request */
    int64_t begun, ended;
    struct zd_str api_key, department, desk, model, backend, host;
    int place;      /* enum zd_place */
    int data_class; /* enum zd_data_class */
    uint64_t n_bytes;
    uint64_t estimate_in, estimate_out;
    int64_t provider_in, provider_out; /* -1: not told */
    uint64_t charged_in, charged_out;
    uint64_t money; /* millionths of a yuan */
    enum zd_outcome outcome;
};

struct zd_usage_sum {
    enum zd_quota_kind kind;
    struct zd_str name;
    int32_t day; /* yyyymmdd, of the office's time zone */
    uint64_t n_requests, tokens_in, tokens_out, money;
};

struct zd_usage_list {
    struct zd_usage_row *p; /* [n] newest first */
    size_t n;
};

struct zd_usage_sums {
    struct zd_usage_sum *p; /* [n] */
    size_t n;
};

const char *zd_outcome_word(enum zd_outcome outcome);

/* A row to be written, and the day whose totals it counts in. */
struct zd_usage_entry {
    const struct zd_usage_row *usage;
    int32_t day;
};

/* Writes rows, each anew where its id is there already; of several with one id only the last. What
 * has ended and is charged is added to the totals of key, department and desk, each of which is
 * written once. Within the caller's transaction. n: at most ZD_USAGE_BATCH_MAX. */
enum zd_status zd_usage_put(struct zd_store *store, const struct zd_subject *subject,
                            const struct zd_usage_entry *entries, size_t n,
                            struct zd_error *err) ZD_MUST_USE;

/* Closes what was left running, and removes what is older than three years. */
enum zd_status zd_usage_tidy(struct zd_store *store, const struct zd_subject *subject,
                             struct zd_error *err) ZD_MUST_USE;

/* Totals of the days [from, to], those of one kind and name joined over the days where `by_day` is
 * false. At most 100,000 rows. */
enum zd_status zd_usage_sums(struct zd_store *store, const struct zd_subject *subject, int32_t from,
                             int32_t to, bool by_day, struct zd_arena *arena,
                             struct zd_usage_sums *ret_sums, struct zd_error *err) ZD_MUST_USE;

/* The newest `most` requests begun in [from, to), moments. */
enum zd_status zd_usage_list(struct zd_store *store, const struct zd_subject *subject, int64_t from,
                             int64_t to, size_t most, struct zd_arena *arena,
                             struct zd_usage_list *ret_list, struct zd_error *err) ZD_MUST_USE;

#endif

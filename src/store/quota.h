/* quota: how much a key, a department or a desk may use in a minute, a day, a month. */
#ifndef ZD_STORE_QUOTA_H
#define ZD_STORE_QUOTA_H

#include "store/store.h"

#define ZD_QUOTA_MAX 4096

enum zd_quota_kind { ZD_QUOTA_KEY, ZD_QUOTA_DEPARTMENT, ZD_QUOTA_DESK, ZD_N_QUOTA_KINDS };
enum zd_measure { ZD_MEASURE_REQUESTS, ZD_MEASURE_TOKENS, ZD_MEASURE_MONEY, ZD_N_MEASURES };
enum zd_quota_span { ZD_SPAN_MINUTE, ZD_SPAN_DAY, ZD_SPAN_MONTH, ZD_N_SPANS };

struct zd_quota {
    enum zd_quota_kind kind;
    struct zd_str name; /* a key's id, a department, a desk */
    enum zd_measure measure;
    enum zd_quota_span span;
    uint64_t amount; /* requests, tokens, millionths of a yuan */
};

struct zd_quota_list {
    struct zd_quota *p; /* [n] */
    size_t n;
};

/* "key", "department", "desk"; "requests", "tokens", "money"; "minute", "day", "month". */
const char *zd_quota_kind_word(enum zd_quota_kind kind);
enum zd_quota_kind zd_quota_kind_of(struct zd_str word); /* ZD_N_QUOTA_KINDS: none, as below */
const char *zd_measure_word(enum zd_measure measure);
enum zd_measure zd_measure_of(struct zd_str word);
const char *zd_span_word(enum zd_quota_span span);
enum zd_quota_span zd_span_of(struct zd_str word);

/* Sets it in the place of what was. Errors: ZD_DENIED; ZD_LIMIT. */
enum zd_status zd_quota_put(struct zd_store *store, const struct zd_subject *subject,
                            const struct zd_quota *quota, struct zd_error *err) ZD_MUST_USE;
/* The amount does not matter. Errors: ZD_NOT_FOUND; ZD_DENIED. */
enum zd_status zd_quota_remove(struct zd_store *store, const struct zd_subject *subject,
                               const struct zd_quota *quota, struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_quota_list(struct zd_store *store, const struct zd_subject *subject,
                             struct zd_arena *arena, struct zd_quota_list *ret_list,
                             struct zd_error *err) ZD_MUST_USE;

#endif

/* replacement: what a version says it replaces or repeals ("《…》同时废止").
 *
 * The statement is kept as read, whether or not the text it names is here: an older text that is
 * added later must still be found replaced. Targets are compared by keys that ingest makes, so
 * that 〔2019〕 and [2019] are one number and 《X》 and X one title.
 */
#ifndef ZD_STORE_REPLACEMENT_H
#define ZD_STORE_REPLACEMENT_H

#include "store/store.h"

struct zd_replacement {
    int64_t version;          /* key of the version that says so */
    struct zd_str title_key;  /* of the target, or "" */
    struct zd_str number_key; /* of the target, or "" */
    bool repeals_only;        /* nothing takes the target's place */
};

struct zd_replacement_list {
    struct zd_replacement *p; /* [n] */
    size_t n;
};

enum zd_status zd_replacement_add(struct zd_store *store, const struct zd_subject *subject,
                                  const struct zd_replacement *replacement,
                                  struct zd_error *err) ZD_MUST_USE;

/* What this version says. */
enum zd_status zd_replacement_by(struct zd_store *store, const struct zd_subject *subject,
                                 int64_t version, struct zd_arena *arena,
                                 struct zd_replacement_list *ret_list,
                                 struct zd_error *err) ZD_MUST_USE;

/* Who says so of a text with this title or this number; an empty key matches nothing. */
enum zd_status zd_replacement_of(struct zd_store *store, const struct zd_subject *subject,
                                 struct zd_str title_key, struct zd_str number_key,
                                 struct zd_arena *arena, struct zd_replacement_list *ret_list,
                                 struct zd_error *err) ZD_MUST_USE;

#endif

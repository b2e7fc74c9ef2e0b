/* region: where a text applies, as a tree: 东屏区 lies in 云岫市. Key 0 is everywhere. */
#ifndef ZD_STORE_REGION_H
#define ZD_STORE_REGION_H

#include "store/store.h"

/* The key for a name as officials write it, made where missing. "云岫市东屏区" is read from the
 * outside in and gives the key of 东屏区 in 云岫市; "" and "全国" give 0. Errors: ZD_DENIED. */
enum zd_status zd_region_make(struct zd_store *store, const struct zd_subject *subject,
                              struct zd_str name, uint32_t *ret_region,
                              struct zd_error *err) ZD_MUST_USE;

/* The whole name, "云岫市东屏区"; "" for 0. */
enum zd_status zd_region_name(struct zd_store *store, uint32_t region, struct zd_arena *arena,
                              struct zd_str *ret_name, struct zd_error *err) ZD_MUST_USE;

struct zd_region_list {
    uint32_t *p; /* [n] */
    size_t n;
};

/* The regions whose texts apply to a person in `name`: itself and all it lies in. Pass them to
 * the index filter; passages without region always apply. A district without a known parent lies
 * in the office's city where the office knows exactly one. Errors: ZD_NOT_FOUND no such region. */
enum zd_status zd_region_scope(struct zd_store *store, struct zd_str name, struct zd_arena *arena,
                               struct zd_region_list *ret_list, struct zd_error *err) ZD_MUST_USE;

/* The region whose name occurs in a text (a question), the longest one, or 0. */
enum zd_status zd_region_in_text(struct zd_store *store, struct zd_str text, uint32_t *ret_region,
                                 struct zd_error *err) ZD_MUST_USE;

#endif

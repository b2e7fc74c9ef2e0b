/* passage: the smallest unit that can be cited, as stored.
 *
 * Its key, the id in the index, is version key × 2^20 + ordinal: the passages of a version lie
 * together, the neighbours of a passage are key ± 1, and no second key is needed.
 */
#ifndef ZD_STORE_PASSAGE_H
#define ZD_STORE_PASSAGE_H

#include "base/kinds.h"
#include "store/store.h"

#define ZD_PASSAGE_ORDINAL_BITS 20

struct zd_stored_passage {
    int64_t key;      /* the id in the index */
    int64_t version;  /* key */
    int64_t document; /* key; filled by reads, ignored by _add */
    uint32_t ordinal; /* 0, 1, … in reading order */
    enum zd_passage_kind kind;
    enum zd_guide_field field;
    struct zd_str path, number, context;
    uint32_t start, end; /* bytes of the version's text */
    uint32_t page;       /* from 1; 0 none */
    struct zd_str text;  /* the bytes [start, end); filled by reads that say so */
};

int64_t zd_passage_key(int64_t version, uint32_t ordinal);
int64_t zd_passage_version(int64_t key);
uint32_t zd_passage_ordinal(int64_t key);

/* Inserts; key and text are ignored. Errors: ZD_LIMIT, ZD_DENIED. */
enum zd_status zd_passage_add(struct zd_store *store, const struct zd_subject *subject,
                              const struct zd_stored_passage *passage,
                              struct zd_error *err) ZD_MUST_USE;

/* With its text, in the arena. Errors: ZD_NOT_FOUND (also where it may not be seen). */
enum zd_status zd_passage_get(struct zd_store *store, const struct zd_subject *subject, int64_t key,
                              struct zd_arena *arena, struct zd_stored_passage *ret_passage,
                              struct zd_error *err) ZD_MUST_USE;

struct zd_stored_passage_list {
    struct zd_stored_passage *p; /* [n] */
    size_t n;
};

/* Up to `limit` passages of a version from ordinal `from`, in reading order; texts filled where
 * with_text. Errors: ZD_NOMEM. An unknown version gives none. */
enum zd_status zd_passage_of_version(struct zd_store *store, const struct zd_subject *subject,
                                     int64_t version, uint32_t from, size_t limit, bool with_text,
                                     struct zd_arena *arena,
                                     struct zd_stored_passage_list *ret_list,
                                     struct zd_error *err) ZD_MUST_USE;

#endif

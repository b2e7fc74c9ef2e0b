/* guard_db: the office's rules for data and its word lists, in a database file of their own,
 * DIR/guard.db, so that a server may record hits while documents are being added.
 *
 * A list is kept whole under its name and has a version that rises each time it is loaded. Every
 * change of rules and lists raises a stamp, by which a reader sees that its copy is old. Hits say
 * which word of which version was met, when, and in which request: never the text around it.
 */
#ifndef ZD_STORE_GUARD_DB_H
#define ZD_STORE_GUARD_DB_H

#include "store/store.h"

#define ZD_WORD_LIST_MAX_BYTES ((size_t)64 << 20)

#define ZD_DIRECTION_IN 1u  /* questions, requests, documents */
#define ZD_DIRECTION_OUT 2u /* answers, replies of models */

struct zd_word_list {
    struct zd_str name;
    struct zd_str words; /* one a line; empty where only the lists are read */
    uint64_t n_words;
    int64_t version;
    uint32_t directions; /* ZD_DIRECTION_ bits */
    bool blocks;         /* or else hits are only recorded */
    int64_t loaded_us;   /* wall clock */
};

struct zd_guard_hit {
    struct zd_str list, word; /* the word as the list has it */
    int64_t version;          /* of the list */
    uint32_t direction;
    bool blocked;
    struct zd_str request; /* for reading: the request it was met in */
    int64_t at_us;         /* for reading */
};

/* Opens DIR/guard.db. Errors: as zd_store_open. */
enum zd_status zd_guard_db_open(const char *office_dir, enum zd_store_mode mode,
                                struct zd_store **ret_store, struct zd_error *err) ZD_MUST_USE;

/* Raised by every change of rules or lists. */
enum zd_status zd_guard_stamp(struct zd_store *store, int64_t *ret_stamp,
                              struct zd_error *err) ZD_MUST_USE;

/* The action of a data class, both as words; *ret_action is empty (p NULL) where none is set.
 * Errors: ZD_DENIED for a subject other than the owner; ZD_NOMEM. */
enum zd_status zd_guard_rule_get(struct zd_store *store, const struct zd_subject *subject,
                                 struct zd_str data_class, struct zd_arena *arena,
                                 struct zd_str *ret_action, struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_guard_rule_set(struct zd_store *store, const struct zd_subject *subject,
                                 struct zd_str data_class, struct zd_str action,
                                 struct zd_error *err) ZD_MUST_USE;

/* Puts a list in the place of the one of its name, with the next version (list->version and
 * loaded_us are not read). Errors: ZD_DENIED; ZD_LIMIT too large; those of the store. */
enum zd_status zd_word_list_put(struct zd_store *store, const struct zd_subject *subject,
                                const struct zd_word_list *list, int64_t *ret_version,
                                struct zd_error *err) ZD_MUST_USE;
/* Errors: ZD_NOT_FOUND no list of this name. */
enum zd_status zd_word_list_remove(struct zd_store *store, const struct zd_subject *subject,
                                   struct zd_str name, struct zd_error *err) ZD_MUST_USE;
/* All lists by name, with or without their words. */
enum zd_status zd_word_lists(struct zd_store *store, const struct zd_subject *subject,
                             bool with_words, struct zd_arena *arena,
                             struct zd_word_list **ret_lists, size_t *ret_n,
                             struct zd_error *err) ZD_MUST_USE;

enum zd_status zd_guard_hit_add(struct zd_store *store, const struct zd_subject *subject,
                                struct zd_str request, const struct zd_guard_hit *hit,
                                struct zd_error *err) ZD_MUST_USE;
/* The newest `top` hits, newest first. */
enum zd_status zd_guard_hits(struct zd_store *store, const struct zd_subject *subject, size_t top,
                             struct zd_arena *arena, struct zd_guard_hit **ret_hits, size_t *ret_n,
                             struct zd_error *err) ZD_MUST_USE;

#endif

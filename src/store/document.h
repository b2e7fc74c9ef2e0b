/* document: one text with a life. Its states are versions (version.h).
 *
 * Two files that are states of one text (the 2018 and the 2023 wording of one law) are two
 * versions of one document; which files belong together is decided by ingest. A document whose id
 * was given from outside (JSON lines) is never joined with another.
 */
#ifndef ZD_STORE_DOCUMENT_H
#define ZD_STORE_DOCUMENT_H

#include "store/store.h"

struct zd_document {
    int64_t key;
    struct zd_str id; /* public: the given id, or 32 hexadecimal digits */
    bool id_given;
    struct zd_str title;     /* as its newest version has it */
    struct zd_str title_key; /* equal for two spellings of one title; "" is never compared */
    struct zd_str issuer_key;
    uint32_t region;     /* key of region.h; 0 everywhere */
    uint32_t access;     /* ZD_ACCESS_ bits, not 0 */
    int64_t created_us;  /* wall clock */
    uint32_t n_versions; /* read only */
};

/* Inserts; key and n_versions of `document` are ignored. Errors: ZD_INVALID where the id is taken
 * or too long; ZD_DENIED. */
enum zd_status zd_document_add(struct zd_store *store, const struct zd_subject *subject,
                               const struct zd_document *document, int64_t *ret_key,
                               struct zd_error *err) ZD_MUST_USE;

/* Gives an existing document (by key) the title, title_key, issuer_key, region and access of
 * `document`. Errors: ZD_NOT_FOUND, ZD_DENIED. */
enum zd_status zd_document_update(struct zd_store *store, const struct zd_subject *subject,
                                  const struct zd_document *document,
                                  struct zd_error *err) ZD_MUST_USE;

/* Strings are copied to the arena. Errors: ZD_NOT_FOUND (also where it may not be seen). */
enum zd_status zd_document_get(struct zd_store *store, const struct zd_subject *subject,
                               int64_t key, struct zd_arena *arena,
                               struct zd_document *ret_document, struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_document_find(struct zd_store *store, const struct zd_subject *subject,
                                struct zd_str id, struct zd_arena *arena,
                                struct zd_document *ret_document, struct zd_error *err) ZD_MUST_USE;

/* Removes it with its versions, texts, passages and statements. The caller removes its versions'
 * groups from the index in the same commit. Errors: ZD_NOT_FOUND, ZD_DENIED. */
enum zd_status zd_document_remove(struct zd_store *store, const struct zd_subject *subject,
                                  int64_t key, struct zd_error *err) ZD_MUST_USE;

struct zd_document_list {
    struct zd_document *p; /* [n] */
    size_t n;
};

/* At most `limit` documents with a key above `after` (0: from the start), in the order of keys. */
enum zd_status zd_document_page(struct zd_store *store, const struct zd_subject *subject,
                                int64_t after, size_t limit, struct zd_arena *arena,
                                struct zd_document_list *ret_list,
                                struct zd_error *err) ZD_MUST_USE;

/* Every document with this title_key, given ids included; at most `limit`. */
enum zd_status zd_document_with_title(struct zd_store *store, const struct zd_subject *subject,
                                      struct zd_str title_key, size_t limit, struct zd_arena *arena,
                                      struct zd_document_list *ret_list,
                                      struct zd_error *err) ZD_MUST_USE;

#endif

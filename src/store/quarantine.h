/* quarantine: files that carry a secrecy mark: that they came, never what they say.
 *
 * A row holds the file's hash and name, the mark and its place, who brought it by which door, and
 * when. The hash knows the file again; a person who finds that the mark is none releases the row,
 * and the file can then be added. Rows are never deleted: they are the record.
 */
#ifndef ZD_STORE_QUARANTINE_H
#define ZD_STORE_QUARANTINE_H

#include "base/hash.h"
#include "store/store.h"

struct zd_quarantined {
    int64_t key;
    struct zd_str id;   /* public, 32 hexadecimal digits */
    struct zd_str name; /* the file's path or name, or FILE:LINE */
    uint8_t raw_hash[ZD_SHA256_BYTES];
    struct zd_str level, mark; /* "机密"; the mark's own words: "机密★1年" */
    struct zd_str place;       /* for people: "正文第3行" */
    uint32_t page;             /* from 1; 0 where there is none */
    struct zd_str who;         /* brought it last */
    uint32_t n_times;          /* how often it came */
    int64_t first_us, last_us; /* wall clock */
    struct zd_str released_by; /* "" while it is set aside */
    int64_t released_us;
};

struct zd_quarantine_list {
    struct zd_quarantined *p; /* [n] */
    size_t n;
};

/* All take the owner only (ZD_DENIED). */

/* Records a file; one that is known by its hash is counted once more and gets the new name, mark and
 * who. id, n_times, the times and the release are not read. Needs an open transaction. */
enum zd_status zd_quarantine_add(struct zd_store *store, const struct zd_subject *subject,
                                 const struct zd_quarantined *file,
                                 struct zd_error *err) ZD_MUST_USE;

/* Whether a person has said that the mark in this file is none. */
enum zd_status zd_quarantine_is_released(struct zd_store *store, const struct zd_subject *subject,
                                         const uint8_t raw_hash[ZD_SHA256_BYTES],
                                         bool *ret_released, struct zd_error *err) ZD_MUST_USE;

/* Needs an open transaction. Errors: ZD_NOT_FOUND. */
enum zd_status zd_quarantine_release(struct zd_store *store, const struct zd_subject *subject,
                                     struct zd_str id, struct zd_str who,
                                     struct zd_error *err) ZD_MUST_USE;

/* The newest first, at most limit; those released among them. */
enum zd_status zd_quarantine_page(struct zd_store *store, const struct zd_subject *subject,
                                  size_t limit, struct zd_arena *arena,
                                  struct zd_quarantine_list *ret_list,
                                  struct zd_error *err) ZD_MUST_USE;

/* How many are set aside now. */
enum zd_status zd_quarantine_count(struct zd_store *store, const struct zd_subject *subject,
                                   uint64_t *ret_n, struct zd_error *err) ZD_MUST_USE;

#endif

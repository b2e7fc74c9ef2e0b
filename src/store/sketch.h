/* sketch: what is kept of a version so that the same text and near ones are found again, and the
 * further files that hold the same text. Rows go with their version. */
#ifndef ZD_STORE_SKETCH_H
#define ZD_STORE_SKETCH_H

#include "base/hash.h"
#include "store/store.h"

/* A version's content hash, and what it shares with versions that are near it. */
struct zd_stored_sketch {
    const uint8_t *content; /* [ZD_SHA256_BYTES] */
    const uint64_t *bands;  /* [n_bands] */
    size_t n_bands;
};

/* Errors: ZD_DENIED; those of the store. */
enum zd_status zd_sketch_add(struct zd_store *store, const struct zd_subject *subject,
                             int64_t version, const struct zd_stored_sketch *sketch,
                             struct zd_error *err) ZD_MUST_USE;

/* The key of the oldest version with this content; 0 for none. */
enum zd_status zd_sketch_same(struct zd_store *store, const struct zd_subject *subject,
                              const uint8_t content[ZD_SHA256_BYTES], int64_t *ret_version,
                              struct zd_error *err) ZD_MUST_USE;

/* The keys of the versions that share most bands, at most `limit`, most first. */
enum zd_status zd_sketch_near(struct zd_store *store, const struct zd_subject *subject,
                              const struct zd_stored_sketch *sketch, size_t limit,
                              int64_t *ret_versions, size_t *ret_n,
                              struct zd_error *err) ZD_MUST_USE;

/* A further file that holds the text of a version; one that is known stays as it is. */
enum zd_status zd_same_file_add(struct zd_store *store, const struct zd_subject *subject,
                                const uint8_t raw_hash[ZD_SHA256_BYTES], int64_t version,
                                struct zd_str source, struct zd_error *err) ZD_MUST_USE;
/* The version whose text is in this file; 0 for none. */
enum zd_status zd_same_file_find(struct zd_store *store, const struct zd_subject *subject,
                                 const uint8_t raw_hash[ZD_SHA256_BYTES], int64_t *ret_version,
                                 struct zd_error *err) ZD_MUST_USE;
/* Where further files with the text of a version came from, joined by line ends, in the arena. */
enum zd_status zd_same_file_sources(struct zd_store *store, const struct zd_subject *subject,
                                    int64_t version, struct zd_arena *arena,
                                    struct zd_str *ret_sources, struct zd_error *err) ZD_MUST_USE;

#endif

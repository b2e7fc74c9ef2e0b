/* source: what is watched (watch.db): folders, pages, feeds and site maps, and the pages found there.
 * A file of its own, so that noting a look never waits for an add. Owner only (ZD_DENIED). */
#ifndef ZD_STORE_SOURCE_H
#define ZD_STORE_SOURCE_H

#include "store/store.h"

struct zd_source {
    int64_t key;
    struct zd_str kind;        /* "folder", "page", "feed", "sitemap" */
    struct zd_str address;     /* absolute path, or URL */
    uint32_t every_min;        /* minutes between two looks */
    uint32_t from_min, to_min; /* minutes of the day between which it is looked at; equal: always */
    uint32_t pause_ms;         /* between two requests */
    int64_t looked_us;         /* the last look, 0 never */
    struct zd_str said;        /* how it ended, for people */
    uint64_t n_pages, n_gone;  /* read only */
};

struct zd_source_list {
    struct zd_source *p; /* [n] */
    size_t n;
};

struct zd_source_page {
    struct zd_str url;
    struct zd_str etag, modified; /* as the server said them, "" none */
    struct zd_str document;       /* public id, "" where it could not be added */
    struct zd_str said;           /* outcome and diff of the last change, for people */
    int64_t seen_us, gone_us;     /* last found; found gone, 0 where it is there */
};

struct zd_source_page_list {
    struct zd_source_page *p; /* [n] */
    size_t n;
};

enum zd_status zd_source_db_open(const char *office_dir, enum zd_store_mode mode,
                                 struct zd_store **ret_store, struct zd_error *err) ZD_MUST_USE;

/* Puts one; one of the same address gets the new settings. Errors: those of the store. */
enum zd_status zd_source_put(struct zd_store *store, const struct zd_subject *subject,
                             const struct zd_source *source, struct zd_error *err) ZD_MUST_USE;
/* With its pages; the documents stay. Errors: ZD_NOT_FOUND. */
enum zd_status zd_source_remove(struct zd_store *store, const struct zd_subject *subject,
                                int64_t key, struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_sources(struct zd_store *store, const struct zd_subject *subject,
                          struct zd_arena *arena, struct zd_source_list *ret_list,
                          struct zd_error *err) ZD_MUST_USE;
/* looked_us becomes now. */
enum zd_status zd_source_looked(struct zd_store *store, const struct zd_subject *subject,
                                int64_t key, struct zd_str said, struct zd_error *err) ZD_MUST_USE;

/* url "" gives all, in the order of addresses. */
enum zd_status zd_source_pages(struct zd_store *store, const struct zd_subject *subject,
                               int64_t source, struct zd_str url, struct zd_arena *arena,
                               struct zd_source_page_list *ret_list,
                               struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_source_page_put(struct zd_store *store, const struct zd_subject *subject,
                                  int64_t source, const struct zd_source_page *page,
                                  struct zd_error *err) ZD_MUST_USE;

#endif

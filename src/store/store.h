/* store: the office's database, the truth from which the index is derived. The face of this room.
 *
 * One function opens SQLite, always the same way: WAL, synchronous FULL, foreign keys, defensive,
 * no trusted schema, cell size checks, no memory mapping, a busy timeout. The schema stands in
 * schema.c and is described in docs/formats.md; migrations go forward only, each in one
 * transaction; a newer schema than this program knows is refused.
 *
 * The nouns have a header each: document.h, version.h, passage.h, replacement.h, region.h. Rows are
 * known inside the program by an integer `key`, outside by an `id` (documents) or an ordinal (a
 * version within its document). A version's key is its `group` in the index; a passage's key is
 * its id there. Keys are never used twice.
 *
 * Threads: a connection belongs to one thread at a time; each thread opens its own (0.2 ms).
 * One writer at a time in all processes: the caller holds the office's write lock (ingest.h).
 * SQL text is constant, values are bound, statements are prepared once a connection.
 */
#ifndef ZD_STORE_H
#define ZD_STORE_H

#include "base/arena.h"
#include "base/base.h"
#include "store/subject.h"

enum zd_store_mode {
    ZD_STORE_READ,  /* refuses every change; the file must be there */
    ZD_STORE_WRITE, /* makes and migrates the file where needed */
};

struct zd_store;

/* Once, in main, before any other use of SQLite: its memory then comes from base, so that a test
 * can fail the nth allocation. Without it SQLite uses its own. Errors: ZD_INVALID too late. */
enum zd_status zd_store_init(struct zd_error *err) ZD_MUST_USE;

/* Opens the database file `path`. On success the caller ends *ret_store with zd_store_close.
 * Errors: ZD_NOT_FOUND no such file (reading); ZD_INVALID another program's file, or a schema
 * newer than this program; ZD_CORRUPT not a database or damaged; ZD_BUSY; ZD_IO; ZD_NOMEM. */
enum zd_status zd_store_open(const char *path, enum zd_store_mode mode, struct zd_store **ret_store,
                             struct zd_error *err) ZD_MUST_USE;
/* The gateway's own file, gateway.db: backends, models, keys, quotas, usage. Apart from the
 * documents, so that counting a request never waits for an add; several processes may write it,
 * each waiting for the other. Errors as zd_store_open. */
enum zd_status zd_store_open_gateway(const char *path, enum zd_store_mode mode,
                                     struct zd_store **ret_store, struct zd_error *err) ZD_MUST_USE;

/* A number that changes when another connection has changed the file. Errors: ZD_IO, ZD_BUSY. */
enum zd_status zd_store_changes(struct zd_store *store, uint64_t *ret_number,
                                struct zd_error *err) ZD_MUST_USE;
void zd_store_close(struct zd_store *store); /* rolls back what is open; NULL is fine */

/* A transaction. A reader's sees one unchanging state of everything from its first read; a
 * writer's takes the database at once. Errors: ZD_BUSY, ZD_IO, ZD_CORRUPT. After ZD_IO from
 * _commit nothing more may be acknowledged: close the store. */
enum zd_status zd_store_begin(struct zd_store *store, struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_store_commit(struct zd_store *store, struct zd_error *err) ZD_MUST_USE;
void zd_store_abort(struct zd_store *store); /* fine where none is open */
bool zd_store_in_transaction(const struct zd_store *store);

/* One level within a transaction: what one document changed can be undone alone. */
enum zd_status zd_store_mark(struct zd_store *store, struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_store_mark_keep(struct zd_store *store, struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_store_mark_undo(struct zd_store *store, struct zd_error *err) ZD_MUST_USE;

/* The generation of the index that belongs to this state of the database; 0 before the first. */
enum zd_status zd_store_generation(struct zd_store *store, uint64_t *ret_generation,
                                   struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_store_set_generation(struct zd_store *store, uint64_t generation,
                                       struct zd_error *err) ZD_MUST_USE;

/* A setting of the office, UTF-8; *ret_value is empty (p NULL) where it is not set.
 * Errors: ZD_DENIED for a subject other than the owner; ZD_NOMEM. */
enum zd_status zd_setting_get(struct zd_store *store, const struct zd_subject *subject,
                              struct zd_str name, struct zd_arena *arena, struct zd_str *ret_value,
                              struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_setting_set(struct zd_store *store, const struct zd_subject *subject,
                              struct zd_str name, struct zd_str value,
                              struct zd_error *err) ZD_MUST_USE;

/* What the subject can see, counted. */
struct zd_store_figures {
    uint64_t n_documents, n_versions, n_passages, n_text_bytes, n_file_bytes;
};
enum zd_status zd_store_figures(struct zd_store *store, const struct zd_subject *subject,
                                struct zd_store_figures *ret_figures,
                                struct zd_error *err) ZD_MUST_USE;

/* Reads the whole file: SQLite's own check, foreign keys, that every passage lies inside its
 * version's text, and that every text has the hash it was stored with. Errors: ZD_CORRUPT naming the first thing wrong. */
enum zd_status zd_store_check(struct zd_store *store, struct zd_error *err) ZD_MUST_USE;

#endif

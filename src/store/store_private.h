/* store_private: what the files of this room share: statements, binding, columns.
 *
 * A query reads like this, with one exit:
 *
 *     struct zd_query q = {0};
 *     st = zd_store__prepare(store, SQL, &q, err);
 *     if (st != ZD_OK)
 *         goto out;
 *     zd_query__int(&q, key);
 *     st = zd_query__row(&q, &found, err);
 *     ...
 *   out:
 *     zd_query__done(&q);
 *
 * Parameters are bound in order; a failed bind sticks and is reported by the next step. A
 * statement is cached by the address of its constant text, so that text must be a static array.
 */
#ifndef ZD_STORE_PRIVATE_H
#define ZD_STORE_PRIVATE_H

#include <sqlite3.h>

#include "store/store.h"

#define ZD_STORE__MAX_STATEMENTS 128u

struct zd_store {
    sqlite3 *db;
    enum zd_store_mode mode;
    bool in_transaction;
    bool dead; /* a commit failed with an I/O error: nothing more is acknowledged */
    struct zd_store__slot {
        const char *sql;
        sqlite3_stmt *statement;
        bool busy;
    } slots[ZD_STORE__MAX_STATEMENTS]; /* open addressing by the address of sql */
};

struct zd_query {
    struct zd_store *store;
    struct zd_store__slot *slot;
    sqlite3_stmt *statement;
    int n_bound;
    int failed; /* the first bind that failed, or SQLITE_OK */
    int column; /* the next to be read */
};

/* Opens any database file of ours: schema.c says which schema it must have. */
struct zd_schema {
    const char *name; /* for messages: "zhidian.db" */
    int32_t application_id;
    const char *const *migrations; /* [n_migrations] SQL that leads from version i to i + 1 */
    int32_t n_migrations;
};
extern const struct zd_schema zd_store__documents_schema;
extern const struct zd_schema zd_store__gateway_schema;

enum zd_status zd_store__open(const char *path, enum zd_store_mode mode,
                              const struct zd_schema *schema, struct zd_store **ret_store,
                              struct zd_error *err) ZD_MUST_USE;

/* The same of the file in the office's folder that bears the schema's name. */
enum zd_status zd_store__open_in(const char *office_dir, enum zd_store_mode mode,
                                 const struct zd_schema *schema, struct zd_store **ret_store,
                                 struct zd_error *err) ZD_MUST_USE;

/* A SQLite result code as one of our errors, with SQLite's own words. */
enum zd_status zd_store__fail(sqlite3 *db, int code, const char *doing,
                              struct zd_error *err) ZD_MUST_USE;

enum zd_status zd_store__prepare(struct zd_store *store, const char *sql, struct zd_query *ret_q,
                                 struct zd_error *err) ZD_MUST_USE;
void zd_query__int(struct zd_query *q, int64_t v);
void zd_query__str(struct zd_query *q, struct zd_str s);     /* p NULL binds '' */
void zd_query__bytes(struct zd_query *q, struct zd_bytes b); /* borrowed until _done */

/* One step: *ret_row says whether there is a row. */
enum zd_status zd_query__row(struct zd_query *q, bool *ret_row, struct zd_error *err) ZD_MUST_USE;
/* Runs a statement that gives no rows, and ends the query whatever comes back. */
enum zd_status zd_query__run(struct zd_query *q, struct zd_error *err) ZD_MUST_USE;
/* The one number that a statement gives, 0 where it gives no row; ends the query like _run. */
enum zd_status zd_query__number(struct zd_query *q, int64_t *ret_n,
                                struct zd_error *err) ZD_MUST_USE;
void zd_query__done(struct zd_query *q); /* zero is fine */

/* Columns of the row, from the first; text is copied to the arena (p NULL: out of memory). */
int64_t zd_query__get_int(struct zd_query *q);
struct zd_str zd_query__get_str(struct zd_query *q, struct zd_arena *arena);
/* Copies exactly n bytes; another length gives zeros. */
void zd_query__get_bytes(struct zd_query *q, uint8_t *out, size_t n);

/* Runs one constant statement without parameters. */
enum zd_status zd_store__exec(struct zd_store *store, const char *sql,
                              struct zd_error *err) ZD_MUST_USE;

/* ZD_DENIED for who may not change documents. */
enum zd_status zd_store__may_write(const struct zd_store *store, const struct zd_subject *subject,
                                   struct zd_error *err) ZD_MUST_USE;

/* ZD_DENIED for anybody but the owner: the tables of the gateway are nobody else's business. */
enum zd_status zd_store__is_owner(const struct zd_subject *subject,
                                  struct zd_error *err) ZD_MUST_USE;

/* The text of a version, in parts (text.c); no check of who asks. _read copies [start, end). */
enum zd_status zd_store__text_add(struct zd_store *store, int64_t version, struct zd_str text,
                                  struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_store__text_remove(struct zd_store *store, int64_t version,
                                     struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_store__text_read(struct zd_store *store, int64_t version, uint64_t start,
                                   uint64_t end, char *out, struct zd_error *err) ZD_MUST_USE;

#endif

/* query: prepared statements, kept for the life of a connection and found by the address of
 * their constant text: no string is compared and none is built. 128 slots, open addressing; the
 * program has some 50 statements, and a full table is our own mistake.
 */
#include "store/store_private.h"

#include <assert.h>
#include <string.h>

static struct zd_store__slot *slot_of(struct zd_store *store, const char *sql)
{
    size_t at = ((uintptr_t)sql >> 3) * 0x9e3779b1u % ZD_STORE__MAX_STATEMENTS;

    for (size_t i = 0; i < ZD_STORE__MAX_STATEMENTS; i++) {
        struct zd_store__slot *slot = &store->slots[(at + i) % ZD_STORE__MAX_STATEMENTS];

        if (!slot->sql || slot->sql == sql)
            return slot;
    }
    return NULL;
}

enum zd_status zd_store__fail(sqlite3 *db, int code, const char *doing, struct zd_error *err)
{
    const char *says = db ? sqlite3_errmsg(db) : sqlite3_errstr(code);
    enum zd_status st;

    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the database (%s)", doing);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ZD_FAIL(err, ZD_BUSY, 0, "the database is in use by another process (%s)", doing);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ZD_FAIL(err, ZD_CORRUPT, 0, "the database is damaged (%s: %s)", doing, says);
    case SQLITE_TOOBIG:
        return ZD_FAIL(err, ZD_LIMIT, 0, "too large for the database (%s)", doing);
    case SQLITE_CONSTRAINT:
        st = ZD_INVALID;
        break;
    case SQLITE_INTERRUPT:
        st = ZD_BUSY;
        break;
    default:
        st = ZD_IO;
        break;
    }
    return ZD_FAIL(err, st, 0, "database: %s: %s", doing, says);
}

enum zd_status zd_store__prepare(struct zd_store *store, const char *sql, struct zd_query *ret_q,
                                 struct zd_error *err)
{
    struct zd_store__slot *slot = slot_of(store, sql);
    int code;

    if (store->dead)
        return ZD_FAIL(err, ZD_IO, 0, "the database failed to write to disk; restart the program");
    assert(slot && !slot->busy);
    if (!slot->sql) {
        code = sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &slot->statement,
                                  NULL);
        if (code != SQLITE_OK)
            return zd_store__fail(store->db, code, "prepare", err);
        slot->sql = sql;
    }
    slot->busy = true;
    *ret_q = (struct zd_query){.store = store, .slot = slot, .statement = slot->statement};
    return ZD_OK;
}

static void query_bound(struct zd_query *q, int code)
{
    if (code != SQLITE_OK && q->failed == SQLITE_OK)
        q->failed = code;
}

void zd_query__int(struct zd_query *q, int64_t v)
{
    query_bound(q, sqlite3_bind_int64(q->statement, ++q->n_bound, v));
}

void zd_query__str(struct zd_query *q, struct zd_str s)
{
    query_bound(q, sqlite3_bind_text64(q->statement, ++q->n_bound, s.p ? s.p : "", s.n,
                                       SQLITE_STATIC, SQLITE_UTF8));
}

void zd_query__bytes(struct zd_query *q, struct zd_bytes b)
{
    query_bound(q, sqlite3_bind_blob64(q->statement, ++q->n_bound, b.p ? (const void *)b.p : "",
                                       b.n, SQLITE_STATIC));
}

enum zd_status zd_query__row(struct zd_query *q, bool *ret_row, struct zd_error *err)
{
    int code = q->failed;

    if (code == SQLITE_OK)
        code = sqlite3_step(q->statement);
    q->column = 0;
    if (code == SQLITE_ROW || code == SQLITE_DONE) {
        *ret_row = code == SQLITE_ROW;
        return ZD_OK;
    }
    return zd_store__fail(q->store->db, code, "query", err);
}

enum zd_status zd_query__run(struct zd_query *q, struct zd_error *err)
{
    bool row;
    enum zd_status st = zd_query__row(q, &row, err);

    zd_query__done(q);
    return st;
}

enum zd_status zd_query__number(struct zd_query *q, int64_t *ret_n, struct zd_error *err)
{
    bool row = false;
    const enum zd_status st = zd_query__row(q, &row, err);

    if (st == ZD_OK)
        *ret_n = row ? zd_query__get_int(q) : 0;
    zd_query__done(q);
    return st;
}

void zd_query__done(struct zd_query *q)
{
    if (!q->statement)
        return;
    /* what these two return repeats the error of the step, which has been reported */
    (void)sqlite3_reset(q->statement);
    (void)sqlite3_clear_bindings(q->statement);
    q->slot->busy = false;
    *q = (struct zd_query){0};
}

int64_t zd_query__get_int(struct zd_query *q)
{
    return sqlite3_column_int64(q->statement, q->column++);
}

struct zd_str zd_query__get_str(struct zd_query *q, struct zd_arena *arena)
{
    int column = q->column++;
    const char *p = sqlite3_column_blob(q->statement, column);
    int n = sqlite3_column_bytes(q->statement, column);

    return zd_arena_str(arena, (struct zd_str){p ? p : "", p && n > 0 ? (size_t)n : 0});
}

void zd_query__get_bytes(struct zd_query *q, uint8_t *out, size_t n)
{
    int column = q->column++;
    const void *p = sqlite3_column_blob(q->statement, column);
    int got = sqlite3_column_bytes(q->statement, column);

    memset(out, 0, n);
    if (p && got >= 0 && (size_t)got == n)
        memcpy(out, p, n);
}

enum zd_status zd_store__exec(struct zd_store *store, const char *sql, struct zd_error *err)
{
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    return st == ZD_OK ? zd_query__run(&q, err) : st;
}

enum zd_status zd_store__may_write(const struct zd_store *store, const struct zd_subject *subject,
                                   struct zd_error *err)
{
    if (subject->role != ZD_ROLE_OWNER)
        return ZD_FAIL(err, ZD_DENIED, 0, "only the owner of the office may change documents");
    if (store->mode != ZD_STORE_WRITE)
        return ZD_FAIL(err, ZD_DENIED, 0, "the office is open for reading only");
    return ZD_OK;
}

enum zd_status zd_store__is_owner(const struct zd_subject *subject, struct zd_error *err)
{
    if (subject->role == ZD_ROLE_OWNER)
        return ZD_OK;
    return ZD_FAIL(err, ZD_DENIED, 0, "only the owner of the office may see this");
}

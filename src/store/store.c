/* store: transactions, the generation of the index, settings, and the check of the whole file. */
#include "store/store.h"

#include <string.h>

#include "base/buf.h"
#include "base/caps.h"
#include "base/hash.h"
#include "store/store_private.h"

enum zd_status zd_store_begin(struct zd_store *store, struct zd_error *err)
{
    static const char begin_write[] = "BEGIN IMMEDIATE";
    static const char begin_read[] = "BEGIN";
    enum zd_status st;

    if (store->mode == ZD_STORE_WRITE)
        st = zd_store__exec(store, begin_write, err);
    else
        st = zd_store__exec(store, begin_read, err);
    if (st == ZD_OK)
        store->in_transaction = true;
    return st;
}

enum zd_status zd_store_commit(struct zd_store *store, struct zd_error *err)
{
    static const char commit[] = "COMMIT";
    enum zd_status st = zd_store__exec(store, commit, err);

    if (st == ZD_OK) {
        store->in_transaction = false;
        return ZD_OK;
    }
    zd_store_abort(store);
    if (st == ZD_IO && store->mode == ZD_STORE_WRITE)
        store->dead = true;
    return st;
}

void zd_store_abort(struct zd_store *store)
{
    static const char rollback[] = "ROLLBACK";

    if (!store->in_transaction)
        return;
    store->in_transaction = false;
    if (!sqlite3_get_autocommit(store->db)) /* SQLite may have rolled back by itself */
        if (zd_store__exec(store, rollback, NULL) != ZD_OK)
            store->dead = true;
}

bool zd_store_in_transaction(const struct zd_store *store)
{
    return store->in_transaction;
}

enum zd_status zd_store_mark(struct zd_store *store, struct zd_error *err)
{
    static const char sql[] = "SAVEPOINT document";

    return zd_store__exec(store, sql, err);
}

enum zd_status zd_store_mark_keep(struct zd_store *store, struct zd_error *err)
{
    static const char sql[] = "RELEASE document";

    return zd_store__exec(store, sql, err);
}

enum zd_status zd_store_mark_undo(struct zd_store *store, struct zd_error *err)
{
    static const char undo[] = "ROLLBACK TO document";
    enum zd_status st = zd_store__exec(store, undo, err);

    return st == ZD_OK ? zd_store_mark_keep(store, err) : st;
}

enum zd_status zd_store_generation(struct zd_store *store, uint64_t *ret_generation,
                                   struct zd_error *err)
{
    static const char sql[] = "SELECT value FROM meta WHERE name = 'index_generation'";
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st == ZD_OK)
        st = zd_query__row(&q, &row, err);
    if (st == ZD_OK)
        *ret_generation = row ? (uint64_t)zd_query__get_int(&q) : 0;
    zd_query__done(&q);
    return st;
}

enum zd_status zd_store_set_generation(struct zd_store *store, uint64_t generation,
                                       struct zd_error *err)
{
    static const char sql[] = "INSERT INTO meta(name, value) VALUES('index_generation', ?)"
                              " ON CONFLICT(name) DO UPDATE SET value = excluded.value";
    struct zd_query q = {0};
    enum zd_status st;

    if (generation > INT64_MAX)
        return ZD_FAIL(err, ZD_LIMIT, 0, "the index generation is beyond what can be stored");
    st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__int(&q, (int64_t)generation);
    return zd_query__run(&q, err);
}

enum zd_status zd_setting_get(struct zd_store *store, const struct zd_subject *subject,
                              struct zd_str name, struct zd_arena *arena, struct zd_str *ret_value,
                              struct zd_error *err)
{
    static const char sql[] = "SELECT value FROM setting WHERE name = ?";
    struct zd_query q = {0};
    struct zd_str value = {0};
    bool row = false;
    enum zd_status st;

    if (subject->role != ZD_ROLE_OWNER)
        return ZD_FAIL(err, ZD_DENIED, 0, "only the owner of the office may read its settings");
    st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__str(&q, name);
    st = zd_query__row(&q, &row, err);
    if (st == ZD_OK && row) {
        value = zd_query__get_str(&q, arena);
        if (!value.p)
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a setting");
    }
    if (st == ZD_OK)
        *ret_value = value;
    zd_query__done(&q);
    return st;
}

enum zd_status zd_setting_set(struct zd_store *store, const struct zd_subject *subject,
                              struct zd_str name, struct zd_str value, struct zd_error *err)
{
    static const char sql[] = "INSERT INTO setting(name, value) VALUES(?, ?)"
                              " ON CONFLICT(name) DO UPDATE SET value = excluded.value";
    struct zd_query q = {0};
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__str(&q, name);
    zd_query__str(&q, value);
    return zd_query__run(&q, err);
}

enum zd_status zd_store_figures(struct zd_store *store, const struct zd_subject *subject,
                                struct zd_store_figures *ret_figures, struct zd_error *err)
{
    static const char sql[] =
        "SELECT (SELECT count(*) FROM document WHERE access & ?1 <> 0),"
        " count(*), coalesce(sum(v.n_passages), 0), coalesce(sum(v.n_bytes), 0),"
        " (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)"
        " FROM version v JOIN document d ON d.key = v.document WHERE d.access & ?1 <> 0";
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, subject->access);
    st = zd_query__row(&q, &row, err);
    if (st == ZD_OK && row) {
        ret_figures->n_documents = (uint64_t)zd_query__get_int(&q);
        ret_figures->n_versions = (uint64_t)zd_query__get_int(&q);
        ret_figures->n_passages = (uint64_t)zd_query__get_int(&q);
        ret_figures->n_text_bytes = (uint64_t)zd_query__get_int(&q);
        ret_figures->n_file_bytes = (uint64_t)zd_query__get_int(&q);
    }
    zd_query__done(&q);
    return st;
}

/* Fails with ZD_CORRUPT when a query that looks for faults gives a row. */
static enum zd_status check_none(struct zd_store *store, const char *sql, const char *what,
                                 struct zd_error *err)
{
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st == ZD_OK)
        st = zd_query__row(&q, &row, err);
    if (st == ZD_OK && row)
        st = ZD_FAIL(err, ZD_CORRUPT, (uint64_t)zd_query__get_int(&q),
                     "the database is damaged: %s", what);
    zd_query__done(&q);
    return st;
}

static enum zd_status check_integrity(struct zd_store *store, struct zd_error *err)
{
    static const char sql[] = "PRAGMA integrity_check(1)";
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st == ZD_OK)
        st = zd_query__row(&q, &row, err);
    if (st == ZD_OK && row) {
        const char *says = (const char *)sqlite3_column_text(q.statement, 0);

        if (!says || strcmp(says, "ok") != 0)
            st = ZD_FAIL(err, ZD_CORRUPT, 0, "the database is damaged: %s", says ? says : "?");
    }
    zd_query__done(&q);
    return st;
}

/* The next version above *key, its text read into *text and its hash; *ret_found false at the end. */
static enum zd_status next_text(struct zd_store *store, int64_t *key, struct zd_buf *text,
                                uint8_t hash[ZD_SHA256_BYTES], bool *ret_found,
                                struct zd_error *err)
{
    static const char sql[] = "SELECT key, n_bytes, text_hash FROM version WHERE key > ?"
                              " ORDER BY key LIMIT 1";
    struct zd_query q = {0};
    uint64_t n = 0;
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, *key);
    st = zd_query__row(&q, ret_found, err);
    if (st == ZD_OK && *ret_found) {
        *key = zd_query__get_int(&q);
        n = (uint64_t)zd_query__get_int(&q);
        zd_query__get_bytes(&q, hash, ZD_SHA256_BYTES);
    }
    zd_query__done(&q);
    if (st != ZD_OK || !*ret_found)
        return st;
    if (n > text->cap && !zd_grow(&text->p, &text->cap, (size_t)n, 1, ZD_TEXT_MAX_BYTES))
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to check a text of %llu bytes",
                       (unsigned long long)n);
    text->n = (size_t)n;
    return zd_store__text_read(store, *key, 0, n, (char *)text->p, err);
}

/* SQLite's pages carry no checksums: a bit that turns inside a text is found here only. */
static enum zd_status check_texts(struct zd_store *store, struct zd_error *err)
{
    struct zd_buf text = {.max = ZD_TEXT_MAX_BYTES};
    uint8_t said[ZD_SHA256_BYTES], got[ZD_SHA256_BYTES];
    int64_t key = 0;
    bool found = true;
    enum zd_status st = ZD_OK;

    while (st == ZD_OK) {
        st = next_text(store, &key, &text, said, &found, err);
        if (st != ZD_OK || !found)
            break;
        st = zd_sha256((struct zd_bytes){text.p, text.n}, got, err);
        if (st == ZD_OK && memcmp(said, got, sizeof got) != 0)
            st = ZD_FAIL(err, ZD_CORRUPT, (uint64_t)key,
                         "the database is damaged: the text of version %lld has changed",
                         (long long)key);
    }
    zd_buf_done(&text);
    return st;
}

enum zd_status zd_store_check(struct zd_store *store, struct zd_error *err)
{
    static const char keys[] = "SELECT rowid FROM pragma_foreign_key_check";
    static const char spans[] = "SELECT p.key FROM passage p LEFT JOIN version v"
                                " ON v.key = p.key >> 20"
                                " WHERE v.key IS NULL OR p.end > v.n_bytes LIMIT 1";
    static const char counts[] =
        "SELECT v.key FROM version v WHERE v.n_passages <> (SELECT count(*)"
        " FROM passage p WHERE p.key >= v.key << 20"
        " AND p.key < (v.key + 1) << 20) LIMIT 1";
    static const char texts[] = "SELECT v.key FROM version v WHERE v.n_bytes <> (SELECT"
                                " coalesce(sum(length(t.body)), 0) FROM text_part t"
                                " WHERE t.key >= v.key << 16 AND t.key < (v.key + 1) << 16)"
                                " LIMIT 1";
    static const char parts[] = "SELECT t.key FROM text_part t LEFT JOIN version v"
                                " ON v.key = t.key >> 16 WHERE v.key IS NULL LIMIT 1";
    static const char hollow[] = "SELECT d.key FROM document d LEFT JOIN version v"
                                 " ON v.document = d.key WHERE v.key IS NULL LIMIT 1";
    enum zd_status st = check_integrity(store, err);

    if (st == ZD_OK)
        st = check_none(store, keys, "a row points at one that is not there", err);
    if (st == ZD_OK)
        st = check_none(store, spans, "a passage lies outside its text", err);
    if (st == ZD_OK)
        st = check_none(store, counts, "a version has lost passages", err);
    if (st == ZD_OK)
        st = check_none(store, texts, "a version has lost text", err);
    if (st == ZD_OK)
        st = check_none(store, parts, "a text without its version", err);
    if (st == ZD_OK)
        st = check_none(store, hollow, "a document without a version", err);
    if (st == ZD_OK)
        st = check_texts(store, err);
    return st;
}

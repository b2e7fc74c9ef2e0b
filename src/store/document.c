/* document: queries over the document table. */
#include "store/document.h"

#include "base/caps.h"
#include "base/date.h"
#include "store/store_private.h"

/* The columns that every reading statement gives, in the order of document_read. */
#define COLUMNS                                                                                    \
    "d.key, d.id, d.id_given, d.title, d.title_key, d.issuer_key, d.region, d.access, d.created,"  \
    " (SELECT count(*) FROM version v WHERE v.document = d.key) FROM document d "

static enum zd_status document_check(const struct zd_document *document, struct zd_error *err)
{
    if (document->id.n == 0 || document->id.n > ZD_ID_MAX_BYTES)
        return ZD_FAIL(err, ZD_INVALID, 0, "a document id has 1 to %d bytes, not %zu",
                       ZD_ID_MAX_BYTES, document->id.n);
    if (document->title.n > ZD_TITLE_MAX_BYTES)
        return ZD_FAIL(err, ZD_LIMIT, 0, "the title has %zu bytes; at most %d are kept",
                       document->title.n, ZD_TITLE_MAX_BYTES);
    if (document->access == 0 || document->access > ZD_ACCESS_ALL)
        return ZD_FAIL(err, ZD_INVALID, 0, "a document must be open to somebody");
    return ZD_OK;
}

enum zd_status zd_document_add(struct zd_store *store, const struct zd_subject *subject,
                               const struct zd_document *document, int64_t *ret_key,
                               struct zd_error *err)
{
    static const char sql[] =
        "INSERT INTO document(id, id_given, title, title_key, issuer_key, region, access, created)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?)";
    struct zd_query q = {0};
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st == ZD_OK)
        st = document_check(document, err);
    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__str(&q, document->id);
    zd_query__int(&q, document->id_given);
    zd_query__str(&q, document->title);
    zd_query__str(&q, document->title_key);
    zd_query__str(&q, document->issuer_key);
    zd_query__int(&q, document->region);
    zd_query__int(&q, document->access);
    zd_query__int(&q, document->created_us ? document->created_us : zd_clock_wall_us());
    st = zd_query__run(&q, err);
    if (st == ZD_OK)
        *ret_key = sqlite3_last_insert_rowid(store->db);
    return st;
}

enum zd_status zd_document_update(struct zd_store *store, const struct zd_subject *subject,
                                  const struct zd_document *document, struct zd_error *err)
{
    static const char sql[] = "UPDATE document SET title = ?, title_key = ?, issuer_key = ?,"
                              " region = ?, access = ? WHERE key = ? AND access & ? <> 0";
    struct zd_query q = {0};
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st == ZD_OK)
        st = document_check(document, err);
    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__str(&q, document->title);
    zd_query__str(&q, document->title_key);
    zd_query__str(&q, document->issuer_key);
    zd_query__int(&q, document->region);
    zd_query__int(&q, document->access);
    zd_query__int(&q, document->key);
    zd_query__int(&q, subject->access);
    st = zd_query__run(&q, err);
    if (st == ZD_OK && sqlite3_changes(store->db) == 0)
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "no such document");
    return st;
}

static enum zd_status document_read(struct zd_query *q, struct zd_arena *arena,
                                    struct zd_document *ret_document, struct zd_error *err)
{
    struct zd_document d = {0};

    d.key = zd_query__get_int(q);
    d.id = zd_query__get_str(q, arena);
    d.id_given = zd_query__get_int(q) != 0;
    d.title = zd_query__get_str(q, arena);
    d.title_key = zd_query__get_str(q, arena);
    d.issuer_key = zd_query__get_str(q, arena);
    d.region = (uint32_t)zd_query__get_int(q);
    d.access = (uint32_t)zd_query__get_int(q);
    d.created_us = zd_query__get_int(q);
    d.n_versions = (uint32_t)zd_query__get_int(q);
    if (zd_arena_overflowed(arena))
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to read a document");
    *ret_document = d;
    return ZD_OK;
}

/* Ends the query. */
static enum zd_status document_read_one(struct zd_query *q, struct zd_arena *arena,
                                        struct zd_document *ret_document, struct zd_error *err)
{
    bool row = false;
    enum zd_status st = zd_query__row(q, &row, err);

    if (st == ZD_OK && !row)
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "no such document");
    if (st == ZD_OK)
        st = document_read(q, arena, ret_document, err);
    zd_query__done(q);
    return st;
}

/* Ends the query. */
static enum zd_status document_read_list(struct zd_query *q, size_t limit, struct zd_arena *arena,
                                         struct zd_document_list *ret_list, struct zd_error *err)
{
    struct zd_document *p = NULL;
    size_t n = 0, cap = 0;
    bool row = false;
    enum zd_status st;

    while ((st = zd_query__row(q, &row, err)) == ZD_OK && row && n < limit) {
        if (!zd_grow(&p, &cap, n + 1, sizeof *p, limit)) {
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to list documents");
            break;
        }
        st = document_read(q, arena, &p[n], err);
        if (st != ZD_OK)
            break;
        n++;
    }
    zd_query__done(q);
    if (st == ZD_OK) {
        struct zd_document *copy = zd_arena_array(arena, n ? n : 1, sizeof *copy);

        if (!copy)
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to list documents");
        for (size_t i = 0; st == ZD_OK && i < n; i++)
            copy[i] = p[i];
        if (st == ZD_OK)
            *ret_list = (struct zd_document_list){copy, n};
    }
    zd_free(p);
    return st;
}

enum zd_status zd_document_get(struct zd_store *store, const struct zd_subject *subject,
                               int64_t key, struct zd_arena *arena,
                               struct zd_document *ret_document, struct zd_error *err)
{
    static const char sql[] = "SELECT " COLUMNS "WHERE d.key = ? AND d.access & ? <> 0";
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, key);
    zd_query__int(&q, subject->access);
    return document_read_one(&q, arena, ret_document, err);
}

enum zd_status zd_document_find(struct zd_store *store, const struct zd_subject *subject,
                                struct zd_str id, struct zd_arena *arena,
                                struct zd_document *ret_document, struct zd_error *err)
{
    static const char sql[] = "SELECT " COLUMNS "WHERE d.id = ? AND d.access & ? <> 0";
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__str(&q, id);
    zd_query__int(&q, subject->access);
    return document_read_one(&q, arena, ret_document, err);
}

/* Removes the rows that hang on all versions of a document; FROM version is read before. */
static enum zd_status document_remove_rows(struct zd_store *store, int64_t key,
                                           struct zd_error *err)
{
    static const char texts[] = "DELETE FROM text_part WHERE key IN (SELECT t.key FROM version v"
                                " JOIN text_part t ON t.key >= v.key << 16"
                                " AND t.key < (v.key + 1) << 16 WHERE v.document = ?)";
    static const char passages[] = "DELETE FROM passage WHERE key IN (SELECT p.key FROM version v"
                                   " JOIN passage p ON p.key >= v.key << 20"
                                   " AND p.key < (v.key + 1) << 20 WHERE v.document = ?)";
    static const char versions[] = "DELETE FROM version WHERE document = ?";
    static const char document[] = "DELETE FROM document WHERE key = ?";
    static const char *const all[] = {texts, passages, versions, document};

    for (size_t i = 0; i < ZD_COUNT(all); i++) {
        struct zd_query q = {0};
        enum zd_status st = zd_store__prepare(store, all[i], &q, err);

        if (st != ZD_OK)
            return st;
        zd_query__int(&q, key);
        st = zd_query__run(&q, err);
        if (st != ZD_OK)
            return st;
    }
    return ZD_OK;
}

enum zd_status zd_document_remove(struct zd_store *store, const struct zd_subject *subject,
                                  int64_t key, struct zd_error *err)
{
    static const char sql[] = "SELECT 1 FROM document WHERE key = ? AND access & ? <> 0";
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__int(&q, key);
    zd_query__int(&q, subject->access);
    st = zd_query__row(&q, &row, err);
    zd_query__done(&q);
    if (st != ZD_OK)
        return st;
    if (!row)
        return ZD_FAIL(err, ZD_NOT_FOUND, 0, "no such document");
    return document_remove_rows(store, key, err);
}

enum zd_status zd_document_page(struct zd_store *store, const struct zd_subject *subject,
                                int64_t after, size_t limit, struct zd_arena *arena,
                                struct zd_document_list *ret_list, struct zd_error *err)
{
    static const char sql[] =
        "SELECT " COLUMNS "WHERE d.key > ? AND d.access & ? <> 0 ORDER BY d.key LIMIT ?";
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, after);
    zd_query__int(&q, subject->access);
    zd_query__int(&q, limit > INT32_MAX ? INT32_MAX : (int64_t)limit);
    return document_read_list(&q, limit, arena, ret_list, err);
}

enum zd_status zd_document_with_title(struct zd_store *store, const struct zd_subject *subject,
                                      struct zd_str title_key, size_t limit, struct zd_arena *arena,
                                      struct zd_document_list *ret_list, struct zd_error *err)
{
    static const char sql[] = "SELECT " COLUMNS "WHERE d.title_key = ? AND d.title_key <> ''"
                              " AND d.access & ? <> 0 ORDER BY d.key LIMIT ?";
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__str(&q, title_key);
    zd_query__int(&q, subject->access);
    zd_query__int(&q, limit > INT32_MAX ? INT32_MAX : (int64_t)limit);
    return document_read_list(&q, limit, arena, ret_list, err);
}

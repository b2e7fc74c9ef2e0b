/* version: queries over the version table. Texts are text.c's. */
#include "store/version.h"

#include "base/caps.h"
#include "base/date.h"
#include "base/utf8.h"
#include "store/store_private.h"

#define COLUMNS                                                                                    \
    "v.key, v.document, v.ordinal, v.source, v.raw_hash, v.text_hash, v.n_bytes, v.n_chars,"       \
    " v.n_passages, v.format, v.encoding, v.title, v.issuer, v.number, v.number_key, v.given,"     \
    " v.issued, v.effective, v.expires, v.valid_from, v.valid_to, v.end_kind, v.superseded_by,"    \
    " v.warnings, v.created, v.reading FROM version v JOIN document d ON d.key = v.document "

/* No text has anywhere near so many versions; a list is cut there. */
#define MAX_VERSIONS 10000

enum zd_validity zd_version_validity(const struct zd_version *version, int32_t on)
{
    if (version->valid_to && on > version->valid_to)
        return version->end == ZD_END_SUPERSEDED || version->end == ZD_END_REPEALED ? ZD_SUPERSEDED
                                                                                    : ZD_EXPIRED;
    if (!version->valid_from)
        return ZD_VALIDITY_UNKNOWN;
    return on < version->valid_from ? ZD_NOT_YET : ZD_IN_FORCE;
}

/* Takes the document's next ordinal. */
static enum zd_status version_ordinal(struct zd_store *store, const struct zd_subject *subject,
                                      int64_t document, int64_t *ret_ordinal, struct zd_error *err)
{
    static const char sql[] = "UPDATE document SET next_ordinal = next_ordinal + 1"
                              " WHERE key = ? AND access & ? <> 0 RETURNING next_ordinal - 1";
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, document);
    zd_query__int(&q, subject->access);
    st = zd_query__row(&q, &row, err);
    if (st == ZD_OK && !row)
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "no such document");
    if (st == ZD_OK)
        *ret_ordinal = zd_query__get_int(&q);
    zd_query__done(&q);
    return st;
}

static enum zd_status version_insert(struct zd_store *store, const struct zd_version *version,
                                     struct zd_str text, struct zd_error *err)
{
    static const char sql[] =
        "INSERT INTO version(document, ordinal, source, raw_hash, text_hash, n_bytes, n_chars,"
        " n_passages, format, encoding, title, issuer, number, number_key, given, issued,"
        " effective, expires, valid_from, valid_to, end_kind, superseded_by, warnings, created,"
        " reading) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, version->document);
    zd_query__int(&q, version->ordinal);
    zd_query__str(&q, version->source);
    zd_query__bytes(&q, (struct zd_bytes){version->raw_hash, sizeof version->raw_hash});
    zd_query__bytes(&q, (struct zd_bytes){version->text_hash, sizeof version->text_hash});
    zd_query__int(&q, (int64_t)text.n);
    zd_query__int(&q, (int64_t)version->n_chars);
    zd_query__int(&q, version->n_passages);
    zd_query__str(&q, version->format);
    zd_query__str(&q, version->encoding);
    zd_query__str(&q, version->title);
    zd_query__str(&q, version->issuer);
    zd_query__str(&q, version->number);
    zd_query__str(&q, version->number_key);
    zd_query__str(&q, version->given);
    zd_query__int(&q, version->issued);
    zd_query__int(&q, version->effective);
    zd_query__int(&q, version->expires);
    zd_query__int(&q, version->valid_from);
    zd_query__int(&q, version->valid_to);
    zd_query__int(&q, version->end);
    zd_query__int(&q, version->superseded_by);
    zd_query__str(&q, version->warnings);
    zd_query__int(&q, version->created_us);
    zd_query__str(&q, version->reading);
    return zd_query__run(&q, err);
}

enum zd_status zd_version_add(struct zd_store *store, const struct zd_subject *subject,
                              struct zd_version *version, struct zd_str text, struct zd_error *err)
{
    struct zd_version row = *version;
    int64_t ordinal = 0;
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st == ZD_OK && text.n > ZD_TEXT_MAX_BYTES)
        st = ZD_FAIL(err, ZD_LIMIT, 0, "the text has %zu bytes; at most %zu are kept", text.n,
                     (size_t)ZD_TEXT_MAX_BYTES);
    if (st == ZD_OK)
        st = version_ordinal(store, subject, version->document, &ordinal, err);
    if (st != ZD_OK)
        return st;
    row.ordinal = (uint32_t)ordinal;
    row.n_bytes = text.n;
    row.n_chars = zd_utf8_chars(text);
    row.created_us = zd_clock_wall_us();
    st = version_insert(store, &row, text, err);
    if (st != ZD_OK)
        return st;
    row.key = sqlite3_last_insert_rowid(store->db);
    if (row.key > UINT32_MAX)
        return ZD_FAIL(err, ZD_LIMIT, 0, "the database has given out all numbers for versions");
    st = zd_store__text_add(store, row.key, text, err);
    if (st == ZD_OK)
        *version = row;
    return st;
}

enum zd_status zd_version_remove(struct zd_store *store, const struct zd_subject *subject,
                                 int64_t key, struct zd_error *err)
{
    static const char version[] = "DELETE FROM version WHERE key = ?1 AND document IN"
                                  " (SELECT d.key FROM document d WHERE d.access & ?2 <> 0)";
    static const char passages[] = "DELETE FROM passage WHERE key >= ?1 << 20"
                                   " AND key < (?1 + 1) << 20";
    struct zd_query q = {0};
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st == ZD_OK)
        st = zd_store__prepare(store, version, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__int(&q, key);
    zd_query__int(&q, subject->access);
    st = zd_query__run(&q, err);
    if (st == ZD_OK && sqlite3_changes(store->db) == 0)
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "no such version");
    if (st == ZD_OK)
        st = zd_store__text_remove(store, key, err);
    if (st == ZD_OK)
        st = zd_store__prepare(store, passages, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__int(&q, key);
    return zd_query__run(&q, err);
}

enum zd_status zd_version_set_warnings(struct zd_store *store, const struct zd_subject *subject,
                                       int64_t key, struct zd_str warnings, struct zd_error *err)
{
    static const char sql[] = "UPDATE version SET warnings = ?1 WHERE key = ?2 AND document IN"
                              " (SELECT d.key FROM document d WHERE d.access & ?3 <> 0)";
    struct zd_query q = {0};
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__str(&q, warnings);
    zd_query__int(&q, key);
    zd_query__int(&q, subject->access);
    st = zd_query__run(&q, err);
    if (st == ZD_OK && sqlite3_changes(store->db) == 0)
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "no such version");
    return st;
}

enum zd_status zd_version_set_validity(struct zd_store *store, const struct zd_subject *subject,
                                       int64_t key, int32_t valid_from, int32_t valid_to,
                                       enum zd_version_end end, int64_t superseded_by,
                                       struct zd_error *err)
{
    static const char sql[] = "UPDATE version SET valid_from = ?2, valid_to = ?3, end_kind = ?4,"
                              " superseded_by = ?5 WHERE key = ?1 AND document IN"
                              " (SELECT d.key FROM document d WHERE d.access & ?6 <> 0)";
    struct zd_query q = {0};
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__int(&q, key);
    zd_query__int(&q, valid_from);
    zd_query__int(&q, valid_to);
    zd_query__int(&q, end);
    zd_query__int(&q, superseded_by);
    zd_query__int(&q, subject->access);
    st = zd_query__run(&q, err);
    if (st == ZD_OK && sqlite3_changes(store->db) == 0)
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "no such version");
    return st;
}

static enum zd_status version_read(struct zd_query *q, struct zd_arena *arena,
                                   struct zd_version *ret_version, struct zd_error *err)
{
    struct zd_version v = {0};

    v.key = zd_query__get_int(q);
    v.document = zd_query__get_int(q);
    v.ordinal = (uint32_t)zd_query__get_int(q);
    v.source = zd_query__get_str(q, arena);
    zd_query__get_bytes(q, v.raw_hash, sizeof v.raw_hash);
    zd_query__get_bytes(q, v.text_hash, sizeof v.text_hash);
    v.n_bytes = (uint64_t)zd_query__get_int(q);
    v.n_chars = (uint64_t)zd_query__get_int(q);
    v.n_passages = (uint32_t)zd_query__get_int(q);
    v.format = zd_query__get_str(q, arena);
    v.encoding = zd_query__get_str(q, arena);
    v.title = zd_query__get_str(q, arena);
    v.issuer = zd_query__get_str(q, arena);
    v.number = zd_query__get_str(q, arena);
    v.number_key = zd_query__get_str(q, arena);
    v.given = zd_query__get_str(q, arena);
    v.issued = (int32_t)zd_query__get_int(q);
    v.effective = (int32_t)zd_query__get_int(q);
    v.expires = (int32_t)zd_query__get_int(q);
    v.valid_from = (int32_t)zd_query__get_int(q);
    v.valid_to = (int32_t)zd_query__get_int(q);
    v.end = (enum zd_version_end)zd_query__get_int(q);
    v.superseded_by = zd_query__get_int(q);
    v.warnings = zd_query__get_str(q, arena);
    v.created_us = zd_query__get_int(q);
    v.reading = zd_query__get_str(q, arena);
    if (zd_arena_overflowed(arena))
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to read a version");
    *ret_version = v;
    return ZD_OK;
}

/* Ends the query. */
static enum zd_status version_read_one(struct zd_query *q, struct zd_arena *arena,
                                       struct zd_version *ret_version, struct zd_error *err)
{
    bool row = false;
    enum zd_status st = zd_query__row(q, &row, err);

    if (st == ZD_OK && !row)
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "no such version");
    if (st == ZD_OK)
        st = version_read(q, arena, ret_version, err);
    zd_query__done(q);
    return st;
}

/* Ends the query. */
static enum zd_status version_read_list(struct zd_query *q, struct zd_arena *arena,
                                        struct zd_version_list *ret_list, struct zd_error *err)
{
    struct zd_version *p = NULL, *copy;
    size_t n = 0, cap = 0;
    bool row = false;
    enum zd_status st;

    while ((st = zd_query__row(q, &row, err)) == ZD_OK && row && n < MAX_VERSIONS) {
        if (!zd_grow(&p, &cap, n + 1, sizeof *p, MAX_VERSIONS)) {
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to list versions");
            break;
        }
        st = version_read(q, arena, &p[n], err);
        if (st != ZD_OK)
            break;
        n++;
    }
    zd_query__done(q);
    if (st == ZD_OK) {
        copy = zd_arena_array(arena, n ? n : 1, sizeof *copy);
        if (!copy)
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to list versions");
        for (size_t i = 0; st == ZD_OK && i < n; i++)
            copy[i] = p[i];
        if (st == ZD_OK)
            *ret_list = (struct zd_version_list){copy, n};
    }
    zd_free(p);
    return st;
}

enum zd_status zd_version_get(struct zd_store *store, const struct zd_subject *subject, int64_t key,
                              struct zd_arena *arena, struct zd_version *ret_version,
                              struct zd_error *err)
{
    static const char sql[] = "SELECT " COLUMNS "WHERE v.key = ? AND d.access & ? <> 0";
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, key);
    zd_query__int(&q, subject->access);
    return version_read_one(&q, arena, ret_version, err);
}

static enum zd_status brief_read(struct zd_query *q, struct zd_arena *arena,
                                 struct zd_version_brief *ret_brief, struct zd_error *err)
{
    struct zd_version_brief b = {.document = zd_query__get_int(q)};

    b.n_passages = (uint32_t)zd_query__get_int(q);
    zd_query__get_bytes(q, b.text_hash, sizeof b.text_hash);
    b.region = (uint32_t)zd_query__get_int(q);
    b.title_key = zd_query__get_str(q, arena);
    if (zd_arena_overflowed(arena))
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to read a version");
    *ret_brief = b;
    return ZD_OK;
}

enum zd_status zd_version_get_brief(struct zd_store *store, const struct zd_subject *subject,
                                    int64_t key, struct zd_arena *arena,
                                    struct zd_version_brief *ret_brief, struct zd_error *err)
{
    static const char sql[] = "SELECT v.document, v.n_passages, v.text_hash, d.region, d.title_key"
                              " FROM version v JOIN document d ON d.key = v.document"
                              " WHERE v.key = ? AND d.access & ? <> 0";
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, key);
    zd_query__int(&q, subject->access);
    st = zd_query__row(&q, &row, err);
    if (st == ZD_OK && !row)
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "no such version");
    if (st == ZD_OK)
        st = brief_read(&q, arena, ret_brief, err);
    zd_query__done(&q);
    return st;
}

enum zd_status zd_version_find(struct zd_store *store, const struct zd_subject *subject,
                               int64_t document, uint32_t ordinal, struct zd_arena *arena,
                               struct zd_version *ret_version, struct zd_error *err)
{
    static const char sql[] =
        "SELECT " COLUMNS "WHERE v.document = ? AND v.ordinal = ? AND d.access & ? <> 0";
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, document);
    zd_query__int(&q, ordinal);
    zd_query__int(&q, subject->access);
    return version_read_one(&q, arena, ret_version, err);
}

enum zd_status zd_version_of_document(struct zd_store *store, const struct zd_subject *subject,
                                      int64_t document, struct zd_arena *arena,
                                      struct zd_version_list *ret_list, struct zd_error *err)
{
    static const char sql[] =
        "SELECT " COLUMNS "WHERE v.document = ? AND d.access & ? <> 0 ORDER BY v.ordinal";
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, document);
    zd_query__int(&q, subject->access);
    return version_read_list(&q, arena, ret_list, err);
}

enum zd_status zd_version_from_source(struct zd_store *store, const struct zd_subject *subject,
                                      struct zd_str source, struct zd_arena *arena,
                                      struct zd_version_list *ret_list, struct zd_error *err)
{
    static const char sql[] =
        "SELECT " COLUMNS "WHERE v.source = ? AND substr(v.source, 1, 1) = '/'"
        " AND d.access & ? <> 0 ORDER BY v.key DESC";
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__str(&q, source);
    zd_query__int(&q, subject->access);
    return version_read_list(&q, arena, ret_list, err);
}

enum zd_status zd_version_with_hash(struct zd_store *store, const struct zd_subject *subject,
                                    const uint8_t raw_hash[ZD_SHA256_BYTES], struct zd_arena *arena,
                                    struct zd_version_list *ret_list, struct zd_error *err)
{
    static const char sql[] =
        "SELECT " COLUMNS "WHERE v.raw_hash = ? AND d.access & ? <> 0 ORDER BY v.key";
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__bytes(&q, (struct zd_bytes){raw_hash, ZD_SHA256_BYTES});
    zd_query__int(&q, subject->access);
    return version_read_list(&q, arena, ret_list, err);
}

enum zd_status zd_version_with_number(struct zd_store *store, const struct zd_subject *subject,
                                      struct zd_str number_key, struct zd_arena *arena,
                                      struct zd_version_list *ret_list, struct zd_error *err)
{
    static const char sql[] = "SELECT " COLUMNS "WHERE v.number_key = ? AND v.number_key <> ''"
                              " AND d.access & ? <> 0 ORDER BY v.key";
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__str(&q, number_key);
    zd_query__int(&q, subject->access);
    return version_read_list(&q, arena, ret_list, err);
}

enum zd_status zd_version_ended_by(struct zd_store *store, const struct zd_subject *subject,
                                   int64_t key, struct zd_arena *arena,
                                   struct zd_version_list *ret_list, struct zd_error *err)
{
    static const char sql[] = "SELECT " COLUMNS "WHERE v.superseded_by = ? AND v.superseded_by <> 0"
                              " AND d.access & ? <> 0 ORDER BY v.key";
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, key);
    zd_query__int(&q, subject->access);
    return version_read_list(&q, arena, ret_list, err);
}

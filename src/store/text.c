/* text: the texts of versions, stored in parts under the key version × 2^16 + part.
 *
 * Parts have ZD_TEXT_PART_BYTES each but the last, and are cut at bytes, not at characters:
 * only spans that begin and end at characters are ever asked for. Rejected: one BLOB a version
 * (a passage near the end of a large text would walk all its pages) and a copy of its text in
 * each passage (twice the database).
 */
#include <string.h>

#include "base/utf8.h"
#include "store/store_private.h"
#include "store/version.h"

enum zd_status zd_store__text_add(struct zd_store *store, int64_t version, struct zd_str text,
                                  struct zd_error *err)
{
    static const char sql[] = "INSERT INTO text_part(key, body) VALUES(?, ?)";
    int64_t part = 0;

    for (size_t at = 0; at < text.n; at += ZD_TEXT_PART_BYTES, part++) {
        struct zd_query q = {0};
        enum zd_status st = zd_store__prepare(store, sql, &q, err);

        if (st != ZD_OK)
            return st;
        zd_query__int(&q, version * 65536 + part);
        zd_query__bytes(&q, zd_str_bytes(zd_str_cut(text, at, at + ZD_TEXT_PART_BYTES)));
        st = zd_query__run(&q, err);
        if (st != ZD_OK)
            return st;
    }
    return ZD_OK;
}

enum zd_status zd_store__text_remove(struct zd_store *store, int64_t version, struct zd_error *err)
{
    static const char sql[] = "DELETE FROM text_part WHERE key >= ?1 << 16"
                              " AND key < (?1 + 1) << 16";
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, version);
    return zd_query__run(&q, err);
}

/* Copies the bytes [start, end) into out; the caller knows that the version may be seen. */
enum zd_status zd_store__text_read(struct zd_store *store, int64_t version, uint64_t start,
                                   uint64_t end, char *out, struct zd_error *err)
{
    static const char sql[] =
        "SELECT key & 65535, body FROM text_part WHERE key >= ? AND key <= ? ORDER BY key";
    struct zd_query q = {0};
    uint64_t copied = 0;
    bool row = false;
    enum zd_status st = ZD_OK;

    if (start >= end)
        return ZD_OK;
    st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__int(&q, version * 65536 + (int64_t)(start / ZD_TEXT_PART_BYTES));
    zd_query__int(&q, version * 65536 + (int64_t)((end - 1) / ZD_TEXT_PART_BYTES));
    while ((st = zd_query__row(&q, &row, err)) == ZD_OK && row) {
        uint64_t at = (uint64_t)zd_query__get_int(&q) * ZD_TEXT_PART_BYTES;
        const char *body = sqlite3_column_blob(q.statement, 1);
        int n_body = sqlite3_column_bytes(q.statement, 1);
        uint64_t from = start > at ? start - at : 0, to = end - at;

        if (to > (uint64_t)(n_body > 0 ? n_body : 0))
            to = (uint64_t)(n_body > 0 ? n_body : 0);
        if (!body || from >= to || at + from != start + copied)
            break;
        memcpy(out + copied, body + from, (size_t)(to - from));
        copied += to - from;
    }
    zd_query__done(&q);
    if (st == ZD_OK && copied != end - start)
        st = ZD_FAIL(err, ZD_CORRUPT, start, "a part of the text of version %lld is missing",
                     (long long)version);
    return st;
}

static enum zd_status text_length(struct zd_store *store, const struct zd_subject *subject,
                                  int64_t version, uint64_t *ret_n, struct zd_error *err)
{
    static const char sql[] = "SELECT v.n_bytes FROM version v JOIN document d"
                              " ON d.key = v.document WHERE v.key = ? AND d.access & ? <> 0";
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, version);
    zd_query__int(&q, subject->access);
    st = zd_query__row(&q, &row, err);
    if (st == ZD_OK && !row)
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "no such version");
    if (st == ZD_OK)
        *ret_n = (uint64_t)zd_query__get_int(&q);
    zd_query__done(&q);
    return st;
}

enum zd_status zd_version_text(struct zd_store *store, const struct zd_subject *subject,
                               int64_t key, uint64_t start, uint64_t end, struct zd_arena *arena,
                               struct zd_str *ret_text, struct zd_error *err)
{
    uint64_t n = 0;
    char *p;
    enum zd_status st = text_length(store, subject, key, &n, err);

    if (st != ZD_OK)
        return st;
    if (end > n)
        end = n;
    if (start > end)
        start = end;
    p = zd_arena_alloc(arena, (size_t)(end - start) + 1);
    if (!p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a text");
    st = zd_store__text_read(store, key, start, end, p, err);
    if (st == ZD_OK)
        *ret_text = (struct zd_str){p, (size_t)(end - start)};
    return st;
}

enum zd_status zd_version_chars_before(struct zd_store *store, const struct zd_subject *subject,
                                       int64_t key, uint64_t at, uint64_t *ret_chars,
                                       struct zd_error *err)
{
    static const char sql[] =
        "SELECT key & 65535, body FROM text_part WHERE key >= ? AND key <= ? ORDER BY key";
    struct zd_query q = {0};
    uint64_t n = 0, chars = 0;
    bool row = false;
    enum zd_status st = text_length(store, subject, key, &n, err);

    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__int(&q, key * 65536);
    zd_query__int(&q, key * 65536 + (int64_t)((at < n ? at : n) / ZD_TEXT_PART_BYTES));
    while ((st = zd_query__row(&q, &row, err)) == ZD_OK && row) {
        uint64_t from = (uint64_t)zd_query__get_int(&q) * ZD_TEXT_PART_BYTES;
        const unsigned char *body = sqlite3_column_blob(q.statement, 1);
        int n_body = sqlite3_column_bytes(q.statement, 1);

        /* counts the bytes that begin a character, so that a cut inside one does not matter */
        for (uint64_t i = 0; body && n_body > 0 && i < (uint64_t)n_body && from + i < at; i++)
            chars += (body[i] & 0xc0) != 0x80;
    }
    zd_query__done(&q);
    if (st == ZD_OK)
        *ret_chars = chars;
    return st;
}

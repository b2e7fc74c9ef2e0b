/* passage: queries over the passage table. */
#include "store/passage.h"

#include "base/caps.h"
#include "store/store_private.h"

#define ORDINAL_MAX (((int64_t)1 << ZD_PASSAGE_ORDINAL_BITS) - 1)

#define COLUMNS                                                                                    \
    "p.key, v.document, p.kind, p.field, p.path, p.number, p.start, p.end, p.page, p.context"      \
    " FROM passage p JOIN version v ON v.key = p.key >> 20 JOIN document d ON d.key = v.document "

int64_t zd_passage_key(int64_t version, uint32_t ordinal)
{
    return version * (ORDINAL_MAX + 1) + ordinal;
}

int64_t zd_passage_version(int64_t key)
{
    return key >> ZD_PASSAGE_ORDINAL_BITS;
}

uint32_t zd_passage_ordinal(int64_t key)
{
    return (uint32_t)(key & ORDINAL_MAX);
}

enum zd_status zd_passage_add(struct zd_store *store, const struct zd_subject *subject,
                              const struct zd_stored_passage *passage, struct zd_error *err)
{
    static const char sql[] = "INSERT INTO passage(key, kind, field, path, number, start, end,"
                              " page, context) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)";
    struct zd_query q = {0};
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st != ZD_OK)
        return st;
    if (passage->ordinal >= ZD_DOCUMENT_MAX_PASSAGES)
        return ZD_FAIL(err, ZD_LIMIT, passage->start, "more than %d passages in one document",
                       ZD_DOCUMENT_MAX_PASSAGES);
    st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__int(&q, zd_passage_key(passage->version, passage->ordinal));
    zd_query__int(&q, passage->kind);
    zd_query__int(&q, passage->field);
    zd_query__str(&q, passage->path);
    zd_query__str(&q, passage->number);
    zd_query__int(&q, passage->start);
    zd_query__int(&q, passage->end);
    zd_query__int(&q, passage->page);
    zd_query__str(&q, passage->context);
    return zd_query__run(&q, err);
}

static enum zd_status passage_read(struct zd_query *q, struct zd_arena *arena,
                                   struct zd_stored_passage *ret_passage, struct zd_error *err)
{
    struct zd_stored_passage p = {0};

    p.key = zd_query__get_int(q);
    p.version = zd_passage_version(p.key);
    p.ordinal = zd_passage_ordinal(p.key);
    p.document = zd_query__get_int(q);
    p.kind = (enum zd_passage_kind)zd_query__get_int(q);
    p.field = (enum zd_guide_field)zd_query__get_int(q);
    p.path = zd_query__get_str(q, arena);
    p.number = zd_query__get_str(q, arena);
    p.start = (uint32_t)zd_query__get_int(q);
    p.end = (uint32_t)zd_query__get_int(q);
    p.page = (uint32_t)zd_query__get_int(q);
    p.context = zd_query__get_str(q, arena);
    if (zd_arena_overflowed(arena))
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to read a passage");
    if (p.start > p.end)
        return ZD_FAIL(err, ZD_CORRUPT, (uint64_t)p.key, "a passage ends before it begins");
    *ret_passage = p;
    return ZD_OK;
}

static enum zd_status passage_read_text(struct zd_store *store, struct zd_arena *arena,
                                        struct zd_stored_passage *passage, struct zd_error *err)
{
    size_t n = passage->end - passage->start;
    char *p = zd_arena_alloc(arena, n + 1);
    enum zd_status st;

    if (!p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to read a passage");
    st = zd_store__text_read(store, passage->version, passage->start, passage->end, p, err);
    if (st == ZD_OK)
        passage->text = (struct zd_str){p, n};
    return st;
}

enum zd_status zd_passage_get(struct zd_store *store, const struct zd_subject *subject, int64_t key,
                              struct zd_arena *arena, struct zd_stored_passage *ret_passage,
                              struct zd_error *err)
{
    static const char sql[] = "SELECT " COLUMNS "WHERE p.key = ? AND d.access & ? <> 0";
    struct zd_stored_passage passage = {0};
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, key);
    zd_query__int(&q, subject->access);
    st = zd_query__row(&q, &row, err);
    if (st == ZD_OK && !row)
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "no such passage");
    if (st == ZD_OK)
        st = passage_read(&q, arena, &passage, err);
    zd_query__done(&q);
    if (st == ZD_OK)
        st = passage_read_text(store, arena, &passage, err);
    if (st == ZD_OK)
        *ret_passage = passage;
    return st;
}

/* Counts first, so that the array is made once at its size. */
static enum zd_status passage_count(struct zd_store *store, int64_t version, uint32_t from,
                                    size_t limit, size_t *ret_n, struct zd_error *err)
{
    static const char sql[] = "SELECT count(*) FROM passage WHERE key >= ? AND key < ?";
    struct zd_query q = {0};
    bool row = false;
    size_t n = 0;
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, zd_passage_key(version, from));
    zd_query__int(&q, zd_passage_key(version + 1, 0));
    st = zd_query__row(&q, &row, err);
    if (st == ZD_OK && row)
        n = (size_t)zd_query__get_int(&q);
    zd_query__done(&q);
    if (st == ZD_OK)
        *ret_n = n < limit ? n : limit;
    return st;
}

enum zd_status zd_passage_of_version(struct zd_store *store, const struct zd_subject *subject,
                                     int64_t version, uint32_t from, size_t limit, bool with_text,
                                     struct zd_arena *arena,
                                     struct zd_stored_passage_list *ret_list, struct zd_error *err)
{
    static const char sql[] = "SELECT " COLUMNS "WHERE p.key >= ? AND p.key < ?"
                              " AND d.access & ? <> 0 ORDER BY p.key";
    struct zd_stored_passage *p = NULL;
    struct zd_query q = {0};
    size_t n = 0, most = 0;
    bool row = false;
    enum zd_status st = ZD_OK;

    if (from <= ORDINAL_MAX)
        st = passage_count(store, version, from, limit, &most, err);
    if (st != ZD_OK)
        return st;
    p = zd_arena_array(arena, most ? most : 1, sizeof *p);
    if (!p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to list passages");
    st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__int(&q, zd_passage_key(version, from > ORDINAL_MAX ? 0 : from));
    zd_query__int(&q, zd_passage_key(version + 1, 0));
    zd_query__int(&q, subject->access);
    while (st == ZD_OK && n < most && (st = zd_query__row(&q, &row, err)) == ZD_OK && row) {
        st = passage_read(&q, arena, &p[n], err);
        if (st == ZD_OK)
            n++;
    }
    zd_query__done(&q);
    for (size_t i = 0; with_text && st == ZD_OK && i < n; i++)
        st = passage_read_text(store, arena, &p[i], err);
    if (st == ZD_OK)
        *ret_list = (struct zd_stored_passage_list){p, n};
    return st;
}

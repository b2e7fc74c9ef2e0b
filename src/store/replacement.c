/* replacement: queries over the replacement table. */
#include "store/replacement.h"

#include "store/store_private.h"

#define MAX_REPLACEMENTS 1000

#define COLUMNS                                                                                    \
    "r.version, r.title_key, r.number_key, r.repeals_only FROM replacement r"                      \
    " JOIN version v ON v.key = r.version JOIN document d ON d.key = v.document "

enum zd_status zd_replacement_add(struct zd_store *store, const struct zd_subject *subject,
                                  const struct zd_replacement *replacement, struct zd_error *err)
{
    static const char sql[] = "INSERT INTO replacement(version, title_key, number_key,"
                              " repeals_only) VALUES(?, ?, ?, ?)";
    struct zd_query q = {0};
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__int(&q, replacement->version);
    zd_query__str(&q, replacement->title_key);
    zd_query__str(&q, replacement->number_key);
    zd_query__int(&q, replacement->repeals_only);
    return zd_query__run(&q, err);
}

/* Ends the query. */
static enum zd_status replacement_read_list(struct zd_query *q, struct zd_arena *arena,
                                            struct zd_replacement_list *ret_list,
                                            struct zd_error *err)
{
    struct zd_replacement *p = NULL, *copy;
    size_t n = 0, cap = 0;
    bool row = false;
    enum zd_status st;

    while ((st = zd_query__row(q, &row, err)) == ZD_OK && row && n < MAX_REPLACEMENTS) {
        if (!zd_grow(&p, &cap, n + 1, sizeof *p, MAX_REPLACEMENTS))
            break;
        p[n].version = zd_query__get_int(q);
        p[n].title_key = zd_query__get_str(q, arena);
        p[n].number_key = zd_query__get_str(q, arena);
        p[n].repeals_only = zd_query__get_int(q) != 0;
        n++;
    }
    zd_query__done(q);
    if (st == ZD_OK) {
        copy = zd_arena_array(arena, n ? n : 1, sizeof *copy);
        if (zd_arena_overflowed(arena) || !copy)
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to list replacements");
        for (size_t i = 0; st == ZD_OK && i < n; i++)
            copy[i] = p[i];
        if (st == ZD_OK)
            *ret_list = (struct zd_replacement_list){copy, n};
    }
    zd_free(p);
    return st;
}

enum zd_status zd_replacement_by(struct zd_store *store, const struct zd_subject *subject,
                                 int64_t version, struct zd_arena *arena,
                                 struct zd_replacement_list *ret_list, struct zd_error *err)
{
    static const char sql[] =
        "SELECT " COLUMNS "WHERE r.version = ? AND d.access & ? <> 0 ORDER BY r.key";
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, version);
    zd_query__int(&q, subject->access);
    return replacement_read_list(&q, arena, ret_list, err);
}

enum zd_status zd_replacement_of(struct zd_store *store, const struct zd_subject *subject,
                                 struct zd_str title_key, struct zd_str number_key,
                                 struct zd_arena *arena, struct zd_replacement_list *ret_list,
                                 struct zd_error *err)
{
    static const char sql[] = "SELECT " COLUMNS "WHERE ((r.title_key = ?1 AND r.title_key <> '') OR"
                              " (r.number_key = ?2 AND r.number_key <> ''))"
                              " AND d.access & ?3 <> 0 ORDER BY r.key";
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__str(&q, title_key);
    zd_query__str(&q, number_key);
    zd_query__int(&q, subject->access);
    return replacement_read_list(&q, arena, ret_list, err);
}

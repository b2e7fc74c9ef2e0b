/* backend: queries over the backend table. */
#include "store/backend.h"

#include "base/date.h"
#include "store/store_private.h"

const char *zd_place_word(enum zd_place place)
{
    static const char *const words[] = {"own room", "in the country", "abroad"};

    return (size_t)place < ZD_COUNT(words) ? words[place] : "?";
}

static enum zd_status backend_count(struct zd_store *store, struct zd_str but, int64_t *ret_n,
                                    struct zd_error *err)
{
    static const char sql[] = "SELECT count(*) FROM backend WHERE name <> ?";
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__str(&q, but);
    return zd_query__number(&q, ret_n, err);
}

enum zd_status zd_backend_put(struct zd_store *store, const struct zd_subject *subject,
                              const struct zd_backend *backend, struct zd_error *err)
{
    static const char sql[] =
        "INSERT INTO backend(name, profile, url, place, secret, command, max_parallel, created)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(name) DO UPDATE SET"
        " profile = excluded.profile, url = excluded.url, place = excluded.place,"
        " secret = iif(length(excluded.secret) > 0, excluded.secret, secret),"
        " command = excluded.command, max_parallel = excluded.max_parallel";
    struct zd_query q = {0};
    int64_t n = 0;
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st == ZD_OK)
        st = backend_count(store, backend->name, &n, err);
    if (st == ZD_OK && n >= ZD_BACKEND_MAX)
        st = ZD_FAIL(err, ZD_LIMIT, 0, "an office has at most %d backends", ZD_BACKEND_MAX);
    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__str(&q, backend->name);
    zd_query__str(&q, backend->profile);
    zd_query__str(&q, backend->url);
    zd_query__int(&q, backend->place);
    zd_query__bytes(&q, zd_str_bytes(backend->secret));
    zd_query__str(&q, backend->command);
    zd_query__int(&q, backend->max_parallel);
    zd_query__int(&q, zd_clock_wall_us());
    return zd_query__run(&q, err);
}

enum zd_status zd_backend_remove(struct zd_store *store, const struct zd_subject *subject,
                                 struct zd_str name, struct zd_error *err)
{
    static const char sql[] = "DELETE FROM backend WHERE name = ? RETURNING key";
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__str(&q, name);
    st = zd_query__row(&q, &row, err);
    if (st == ZD_OK && row)
        st = zd_query__row(&q, &(bool){false}, err); /* a statement changes things once it ends */
    zd_query__done(&q);
    if (st == ZD_OK && !row)
        return ZD_FAIL(err, ZD_NOT_FOUND, 0, "there is no backend of this name");
    return st;
}

enum zd_status zd_backend_list(struct zd_store *store, const struct zd_subject *subject,
                               struct zd_arena *arena, struct zd_backend_list *ret_list,
                               struct zd_error *err)
{
    static const char sql[] = "SELECT key, name, profile, url, place, secret, command, max_parallel"
                              " FROM backend ORDER BY key";
    struct zd_backend_list list = {.p = zd_arena_array(arena, ZD_BACKEND_MAX, sizeof *list.p)};
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__is_owner(subject, err);

    if (st == ZD_OK && !list.p)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to list the backends");
    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    while ((st = zd_query__row(&q, &row, err)) == ZD_OK && row && list.n < ZD_BACKEND_MAX) {
        struct zd_backend *b = &list.p[list.n++];

        b->key = zd_query__get_int(&q);
        b->name = zd_query__get_str(&q, arena);
        b->profile = zd_query__get_str(&q, arena);
        b->url = zd_query__get_str(&q, arena);
        b->place = (enum zd_place)zd_query__get_int(&q);
        b->secret = zd_query__get_str(&q, arena);
        b->command = zd_query__get_str(&q, arena);
        b->max_parallel = (uint32_t)zd_query__get_int(&q);
    }
    zd_query__done(&q);
    if (st == ZD_OK && zd_arena_overflowed(arena))
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to list the backends");
    if (st == ZD_OK)
        *ret_list = list;
    return st;
}

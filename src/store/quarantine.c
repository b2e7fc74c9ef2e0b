/* quarantine: queries over the quarantine table, see quarantine.h. */
#include "store/quarantine.h"

#include "base/date.h"
#include "store/store_private.h"

#define MAX_PAGE 1000

#define COLUMNS                                                                                    \
    "key, id, name, raw_hash, level, mark, place, page, who, n_times, first, last, released_by,"   \
    " released"

static enum zd_status quarantine_query(struct zd_store *store, const struct zd_subject *subject,
                                       const char *sql, struct zd_query *q, struct zd_error *err)
{
    enum zd_status st = zd_store__is_owner(subject, err);

    return st == ZD_OK ? zd_store__prepare(store, sql, q, err) : st;
}

enum zd_status zd_quarantine_add(struct zd_store *store, const struct zd_subject *subject,
                                 const struct zd_quarantined *file, struct zd_error *err)
{
    static const char sql[] =
        "INSERT INTO quarantine(id, name, raw_hash, level, mark, place, page, who, n_times, first,"
        " last) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1, ?9, ?9) ON CONFLICT(raw_hash) DO UPDATE "
        "SET"
        " name = excluded.name, level = excluded.level, mark = excluded.mark,"
        " place = excluded.place, page = excluded.page, who = excluded.who,"
        " n_times = n_times + 1, last = excluded.last";
    struct zd_query q = {0};
    char id[ZD_ID_TEXT_BYTES];
    enum zd_status st = zd_id_new(id, err);

    if (st == ZD_OK)
        st = quarantine_query(store, subject, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__str(&q, zd_str_c(id));
    zd_query__str(&q, file->name);
    zd_query__bytes(&q, (struct zd_bytes){file->raw_hash, sizeof file->raw_hash});
    zd_query__str(&q, file->level);
    zd_query__str(&q, file->mark);
    zd_query__str(&q, file->place);
    zd_query__int(&q, file->page);
    zd_query__str(&q, file->who);
    zd_query__int(&q, zd_clock_wall_us());
    return zd_query__run(&q, err);
}

enum zd_status zd_quarantine_is_released(struct zd_store *store, const struct zd_subject *subject,
                                         const uint8_t raw_hash[ZD_SHA256_BYTES],
                                         bool *ret_released, struct zd_error *err)
{
    static const char sql[] = "SELECT 1 FROM quarantine WHERE raw_hash = ? AND released <> 0";
    struct zd_query q = {0};
    enum zd_status st = quarantine_query(store, subject, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__bytes(&q, (struct zd_bytes){raw_hash, ZD_SHA256_BYTES});
    st = zd_query__row(&q, ret_released, err);
    zd_query__done(&q);
    return st;
}

static enum zd_status quarantine_has(struct zd_store *store, const struct zd_subject *subject,
                                     struct zd_str id, struct zd_error *err)
{
    static const char sql[] = "SELECT 1 FROM quarantine WHERE id = ?";
    struct zd_query q = {0};
    bool found = false;
    enum zd_status st = quarantine_query(store, subject, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__str(&q, id);
    st = zd_query__row(&q, &found, err);
    zd_query__done(&q);
    if (st == ZD_OK && !found)
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "no file with this id was quarantined");
    return st;
}

enum zd_status zd_quarantine_release(struct zd_store *store, const struct zd_subject *subject,
                                     struct zd_str id, struct zd_str who, struct zd_error *err)
{
    static const char sql[] =
        "UPDATE quarantine SET released = ?, released_by = ? WHERE id = ? AND released = 0";
    struct zd_query q = {0};
    enum zd_status st = quarantine_has(store, subject, id, err);

    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__int(&q, zd_clock_wall_us());
    zd_query__str(&q, who);
    zd_query__str(&q, id);
    return zd_query__run(&q, err);
}

static void quarantine_read(struct zd_query *q, struct zd_arena *arena, struct zd_quarantined *file)
{
    *file = (struct zd_quarantined){.key = zd_query__get_int(q)};
    file->id = zd_query__get_str(q, arena);
    file->name = zd_query__get_str(q, arena);
    zd_query__get_bytes(q, file->raw_hash, sizeof file->raw_hash);
    file->level = zd_query__get_str(q, arena);
    file->mark = zd_query__get_str(q, arena);
    file->place = zd_query__get_str(q, arena);
    file->page = (uint32_t)zd_query__get_int(q);
    file->who = zd_query__get_str(q, arena);
    file->n_times = (uint32_t)zd_query__get_int(q);
    file->first_us = zd_query__get_int(q);
    file->last_us = zd_query__get_int(q);
    file->released_by = zd_query__get_str(q, arena);
    file->released_us = zd_query__get_int(q);
}

enum zd_status zd_quarantine_page(struct zd_store *store, const struct zd_subject *subject,
                                  size_t limit, struct zd_arena *arena,
                                  struct zd_quarantine_list *ret_list, struct zd_error *err)
{
    static const char sql[] = "SELECT " COLUMNS " FROM quarantine ORDER BY last DESC, key DESC"
                              " LIMIT ?";
    struct zd_query q = {0};
    struct zd_quarantined *p;
    bool row = false;
    size_t n = 0;
    enum zd_status st = quarantine_query(store, subject, sql, &q, err);

    if (st != ZD_OK)
        return st;
    limit = limit < MAX_PAGE ? limit : MAX_PAGE;
    p = zd_arena_array(arena, limit ? limit : 1, sizeof *p);
    zd_query__int(&q, (int64_t)limit);
    while (p && n < limit && (st = zd_query__row(&q, &row, err)) == ZD_OK && row)
        quarantine_read(&q, arena, &p[n++]);
    zd_query__done(&q);
    if (st == ZD_OK && (!p || zd_arena_overflowed(arena)))
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to list what is quarantined");
    if (st == ZD_OK)
        *ret_list = (struct zd_quarantine_list){p, n};
    return st;
}

enum zd_status zd_quarantine_count(struct zd_store *store, const struct zd_subject *subject,
                                   uint64_t *ret_n, struct zd_error *err)
{
    static const char sql[] = "SELECT count(*) FROM quarantine WHERE released = 0";
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = quarantine_query(store, subject, sql, &q, err);

    if (st != ZD_OK)
        return st;
    st = zd_query__row(&q, &row, err);
    if (st == ZD_OK)
        *ret_n = row ? (uint64_t)zd_query__get_int(&q) : 0;
    zd_query__done(&q);
    return st;
}

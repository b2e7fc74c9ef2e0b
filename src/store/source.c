/* source: queries over watch.db, see source.h. */
#include "store/source.h"

#include "base/date.h"
#include "store/store_private.h"

#define MAX_ROWS 100000

static const char watch_1[] = "CREATE TABLE source("
                              " key INTEGER PRIMARY KEY AUTOINCREMENT,"
                              " kind TEXT NOT NULL,"
                              " address TEXT NOT NULL UNIQUE,"
                              " every_min INTEGER NOT NULL,"
                              " from_min INTEGER NOT NULL,"
                              " to_min INTEGER NOT NULL,"
                              " pause_ms INTEGER NOT NULL,"
                              " looked INTEGER NOT NULL DEFAULT 0,"
                              " said TEXT NOT NULL DEFAULT '');"
                              "CREATE TABLE page("
                              " source INTEGER NOT NULL REFERENCES source(key) ON DELETE CASCADE,"
                              " url TEXT NOT NULL,"
                              " etag TEXT NOT NULL,"
                              " modified TEXT NOT NULL,"
                              " document TEXT NOT NULL,"
                              " said TEXT NOT NULL,"
                              " seen INTEGER NOT NULL,"
                              " gone INTEGER NOT NULL,"
                              " PRIMARY KEY(source, url)) WITHOUT ROWID;"
                              "PRAGMA application_id = 0x5a445741;"
                              "PRAGMA user_version = 1;";

static const char *const watch_migrations[] = {watch_1};

static const struct zd_schema watch_schema = {
    .name = "watch.db",
    .application_id = 0x5a445741, /* "ZDWA" */
    .migrations = watch_migrations,
    .n_migrations = (int32_t)ZD_COUNT(watch_migrations),
};

enum zd_status zd_source_db_open(const char *office_dir, enum zd_store_mode mode,
                                 struct zd_store **ret_store, struct zd_error *err)
{
    return zd_store__open_in(office_dir, mode, &watch_schema, ret_store, err);
}

static enum zd_status source_query(struct zd_store *store, const struct zd_subject *subject,
                                   const char *sql, struct zd_query *q, struct zd_error *err)
{
    enum zd_status st = zd_store__is_owner(subject, err);

    return st == ZD_OK ? zd_store__prepare(store, sql, q, err) : st;
}

enum zd_status zd_source_put(struct zd_store *store, const struct zd_subject *subject,
                             const struct zd_source *source, struct zd_error *err)
{
    static const char sql[] =
        "INSERT INTO source(kind, address, every_min, from_min, to_min, pause_ms)"
        " VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT(address) DO UPDATE SET kind = excluded.kind,"
        " every_min = excluded.every_min, from_min = excluded.from_min,"
        " to_min = excluded.to_min, pause_ms = excluded.pause_ms";
    struct zd_query q = {0};
    enum zd_status st = source_query(store, subject, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__str(&q, source->kind);
    zd_query__str(&q, source->address);
    zd_query__int(&q, source->every_min);
    zd_query__int(&q, source->from_min);
    zd_query__int(&q, source->to_min);
    zd_query__int(&q, source->pause_ms);
    return zd_query__run(&q, err);
}

enum zd_status zd_source_remove(struct zd_store *store, const struct zd_subject *subject,
                                int64_t key, struct zd_error *err)
{
    static const char sql[] = "DELETE FROM source WHERE key = ?";
    struct zd_query q = {0};
    enum zd_status st = source_query(store, subject, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, key);
    st = zd_query__run(&q, err);
    if (st == ZD_OK && sqlite3_changes(store->db) == 0)
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "no source has this number");
    return st;
}

static void source_read(struct zd_query *q, struct zd_arena *arena, struct zd_source *s)
{
    *s = (struct zd_source){.key = zd_query__get_int(q)};
    s->kind = zd_query__get_str(q, arena);
    s->address = zd_query__get_str(q, arena);
    s->every_min = (uint32_t)zd_query__get_int(q);
    s->from_min = (uint32_t)zd_query__get_int(q);
    s->to_min = (uint32_t)zd_query__get_int(q);
    s->pause_ms = (uint32_t)zd_query__get_int(q);
    s->looked_us = zd_query__get_int(q);
    s->said = zd_query__get_str(q, arena);
    s->n_pages = (uint64_t)zd_query__get_int(q);
    s->n_gone = (uint64_t)zd_query__get_int(q);
}

enum zd_status zd_sources(struct zd_store *store, const struct zd_subject *subject,
                          struct zd_arena *arena, struct zd_source_list *ret_list,
                          struct zd_error *err)
{
    static const char sql[] =
        "SELECT key, kind, address, every_min, from_min, to_min, pause_ms, looked, said,"
        " (SELECT count(*) FROM page WHERE source = key),"
        " (SELECT count(*) FROM page WHERE source = key AND gone <> 0) FROM source ORDER BY key";
    struct zd_source *p = NULL, *copy;
    struct zd_query q = {0};
    size_t n = 0, cap = 0;
    bool row = false;
    enum zd_status st = source_query(store, subject, sql, &q, err);

    if (st != ZD_OK)
        return st;
    while ((st = zd_query__row(&q, &row, err)) == ZD_OK && row &&
           zd_grow(&p, &cap, n + 1, sizeof *p, MAX_ROWS))
        source_read(&q, arena, &p[n++]);
    zd_query__done(&q);
    copy = zd_arena_array(arena, n ? n : 1, sizeof *copy);
    if (st == ZD_OK && (row || !copy || zd_arena_overflowed(arena)))
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to list sources");
    for (size_t i = 0; st == ZD_OK && i < n; i++)
        copy[i] = p[i];
    zd_free(p);
    if (st == ZD_OK)
        *ret_list = (struct zd_source_list){copy, n};
    return st;
}

enum zd_status zd_source_looked(struct zd_store *store, const struct zd_subject *subject,
                                int64_t key, struct zd_str said, struct zd_error *err)
{
    static const char sql[] = "UPDATE source SET looked = ?, said = ? WHERE key = ?";
    struct zd_query q = {0};
    enum zd_status st = source_query(store, subject, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, zd_clock_wall_us());
    zd_query__str(&q, said);
    zd_query__int(&q, key);
    return zd_query__run(&q, err);
}

static void page_read(struct zd_query *q, struct zd_arena *arena, struct zd_source_page *page)
{
    page->url = zd_query__get_str(q, arena);
    page->etag = zd_query__get_str(q, arena);
    page->modified = zd_query__get_str(q, arena);
    page->document = zd_query__get_str(q, arena);
    page->said = zd_query__get_str(q, arena);
    page->seen_us = zd_query__get_int(q);
    page->gone_us = zd_query__get_int(q);
}

enum zd_status zd_source_pages(struct zd_store *store, const struct zd_subject *subject,
                               int64_t source, struct zd_str url, struct zd_arena *arena,
                               struct zd_source_page_list *ret_list, struct zd_error *err)
{
    static const char sql[] = "SELECT url, etag, modified, document, said, seen, gone FROM page"
                              " WHERE source = ?1 AND (?2 = '' OR url = ?2) ORDER BY url";
    struct zd_source_page *p = NULL, *copy;
    struct zd_query q = {0};
    size_t n = 0, cap = 0;
    bool row = false;
    enum zd_status st = source_query(store, subject, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, source);
    zd_query__str(&q, url);
    while ((st = zd_query__row(&q, &row, err)) == ZD_OK && row &&
           zd_grow(&p, &cap, n + 1, sizeof *p, MAX_ROWS))
        page_read(&q, arena, &p[n++]);
    zd_query__done(&q);
    copy = zd_arena_array(arena, n ? n : 1, sizeof *copy);
    if (st == ZD_OK && (row || !copy || zd_arena_overflowed(arena)))
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to list pages");
    for (size_t i = 0; st == ZD_OK && i < n; i++)
        copy[i] = p[i];
    zd_free(p);
    if (st == ZD_OK)
        *ret_list = (struct zd_source_page_list){copy, n};
    return st;
}

enum zd_status zd_source_page_put(struct zd_store *store, const struct zd_subject *subject,
                                  int64_t source, const struct zd_source_page *page,
                                  struct zd_error *err)
{
    static const char sql[] = "INSERT OR REPLACE INTO page(source, url, etag, modified, document,"
                              " said, seen, gone) VALUES(?, ?, ?, ?, ?, ?, ?, ?)";
    struct zd_query q = {0};
    enum zd_status st = source_query(store, subject, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, source);
    zd_query__str(&q, page->url);
    zd_query__str(&q, page->etag);
    zd_query__str(&q, page->modified);
    zd_query__str(&q, page->document);
    zd_query__str(&q, page->said);
    zd_query__int(&q, page->seen_us);
    zd_query__int(&q, page->gone_us);
    return zd_query__run(&q, err);
}

/* guard_db: queries over guard.db, see guard_db.h and docs/formats.md. Only the owner's subject
 * reads or changes anything here. */
#include "store/guard_db.h"

#include "base/date.h"
#include "store/store_private.h"

static const char guard_1[] = "CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL)"
                              " WITHOUT ROWID;"
                              "INSERT INTO meta(name, value) VALUES('stamp', 1);"
                              "CREATE TABLE rule(data_class TEXT PRIMARY KEY, action TEXT NOT NULL)"
                              " WITHOUT ROWID;"
                              "CREATE TABLE list("
                              " name TEXT PRIMARY KEY CHECK(length(name) > 0),"
                              " version INTEGER NOT NULL,"
                              " directions INTEGER NOT NULL,"
                              " blocks INTEGER NOT NULL,"
                              " n_words INTEGER NOT NULL,"
                              " loaded INTEGER NOT NULL,"
                              " words BLOB NOT NULL);"
                              "CREATE TABLE last_version("
                              " name TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;"
                              "CREATE TABLE hit("
                              " key INTEGER PRIMARY KEY AUTOINCREMENT,"
                              " at INTEGER NOT NULL,"
                              " request TEXT NOT NULL,"
                              " list TEXT NOT NULL,"
                              " version INTEGER NOT NULL,"
                              " word TEXT NOT NULL,"
                              " direction INTEGER NOT NULL,"
                              " blocked INTEGER NOT NULL);"
                              "PRAGMA application_id = 0x5a444744;"
                              "PRAGMA user_version = 1;";

static const char *const guard_migrations[] = {guard_1};

static const struct zd_schema guard_schema = {
    .name = "guard.db",
    .application_id = 0x5a444744, /* "ZDGD" */
    .migrations = guard_migrations,
    .n_migrations = (int32_t)ZD_COUNT(guard_migrations),
};

enum zd_status zd_guard_db_open(const char *office_dir, enum zd_store_mode mode,
                                struct zd_store **ret_store, struct zd_error *err)
{
    return zd_store__open_in(office_dir, mode, &guard_schema, ret_store, err);
}

static enum zd_status may_read(const struct zd_subject *subject, struct zd_error *err)
{
    if (subject->role != ZD_ROLE_OWNER)
        return ZD_FAIL(err, ZD_DENIED, 0, "only the owner of the office may see its rules");
    return ZD_OK;
}

enum zd_status zd_guard_stamp(struct zd_store *store, int64_t *ret_stamp, struct zd_error *err)
{
    static const char sql[] = "SELECT value FROM meta WHERE name = 'stamp'";
    struct zd_query q = {0};
    const enum zd_status st = zd_store__prepare(store, sql, &q, err);

    return st == ZD_OK ? zd_query__number(&q, ret_stamp, err) : st;
}

static enum zd_status raise_stamp(struct zd_store *store, struct zd_error *err)
{
    static const char sql[] = "UPDATE meta SET value = value + 1 WHERE name = 'stamp'";

    return zd_store__exec(store, sql, err);
}

/* Ends a change: what raised no error is committed with a new stamp. */
static enum zd_status end_change(struct zd_store *store, enum zd_status st, struct zd_error *err)
{
    if (st == ZD_OK)
        st = raise_stamp(store, err);
    if (st == ZD_OK)
        st = zd_store_commit(store, err);
    if (st != ZD_OK)
        zd_store_abort(store);
    return st;
}

static enum zd_status begin_change(struct zd_store *store, const struct zd_subject *subject,
                                   struct zd_error *err)
{
    enum zd_status st = zd_store__may_write(store, subject, err);

    return st == ZD_OK ? zd_store_begin(store, err) : st;
}

enum zd_status zd_guard_rule_get(struct zd_store *store, const struct zd_subject *subject,
                                 struct zd_str data_class, struct zd_arena *arena,
                                 struct zd_str *ret_action, struct zd_error *err)
{
    static const char sql[] = "SELECT action FROM rule WHERE data_class = ?";
    struct zd_query q = {0};
    struct zd_str action = {0};
    bool row = false;
    enum zd_status st = may_read(subject, err);

    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__str(&q, data_class);
    st = zd_query__row(&q, &row, err);
    if (st == ZD_OK && row) {
        action = zd_query__get_str(&q, arena);
        if (!action.p)
            st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for a rule");
    }
    zd_query__done(&q);
    if (st == ZD_OK)
        *ret_action = action;
    return st;
}

enum zd_status zd_guard_rule_set(struct zd_store *store, const struct zd_subject *subject,
                                 struct zd_str data_class, struct zd_str action,
                                 struct zd_error *err)
{
    static const char sql[] = "INSERT INTO rule(data_class, action) VALUES(?, ?)"
                              " ON CONFLICT(data_class) DO UPDATE SET action = excluded.action";
    struct zd_query q = {0};
    enum zd_status st = begin_change(store, subject, err);

    if (st != ZD_OK)
        return st;
    st = zd_store__prepare(store, sql, &q, err);
    if (st == ZD_OK) {
        zd_query__str(&q, data_class);
        zd_query__str(&q, action);
        st = zd_query__run(&q, err);
    }
    return end_change(store, st, err);
}

/* The next version of a list; numbers of removed lists do not come back. */
static enum zd_status next_version(struct zd_store *store, struct zd_str name, int64_t *ret_version,
                                   struct zd_error *err)
{
    static const char sql[] = "INSERT INTO last_version(name, version) VALUES(?, 1)"
                              " ON CONFLICT(name) DO UPDATE SET version = version + 1"
                              " RETURNING version";
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__str(&q, name);
    st = zd_query__row(&q, &row, err);
    if (st == ZD_OK && row)
        *ret_version = zd_query__get_int(&q);
    zd_query__done(&q);
    return st;
}

static enum zd_status put_row(struct zd_store *store, const struct zd_word_list *list,
                              int64_t version, struct zd_error *err)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO list(name, version, directions, blocks, n_words, loaded, words)"
        " VALUES(?, ?, ?, ?, ?, ?, ?)";
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__str(&q, list->name);
    zd_query__int(&q, version);
    zd_query__int(&q, list->directions);
    zd_query__int(&q, list->blocks);
    zd_query__int(&q, (int64_t)list->n_words);
    zd_query__int(&q, zd_clock_wall_us());
    zd_query__bytes(&q, zd_str_bytes(list->words));
    return zd_query__run(&q, err);
}

enum zd_status zd_word_list_put(struct zd_store *store, const struct zd_subject *subject,
                                const struct zd_word_list *list, int64_t *ret_version,
                                struct zd_error *err)
{
    int64_t version = 0;
    enum zd_status st;

    if (list->words.n > ZD_WORD_LIST_MAX_BYTES)
        return ZD_FAIL(err, ZD_LIMIT, 0, "a word list is larger than %zu bytes",
                       ZD_WORD_LIST_MAX_BYTES);
    st = begin_change(store, subject, err);
    if (st != ZD_OK)
        return st;
    st = next_version(store, list->name, &version, err);
    if (st == ZD_OK)
        st = put_row(store, list, version, err);
    st = end_change(store, st, err);
    if (st == ZD_OK)
        *ret_version = version;
    return st;
}

enum zd_status zd_word_list_remove(struct zd_store *store, const struct zd_subject *subject,
                                   struct zd_str name, struct zd_error *err)
{
    static const char sql[] = "DELETE FROM list WHERE name = ?";
    struct zd_query q = {0};
    enum zd_status st = begin_change(store, subject, err);

    if (st != ZD_OK)
        return st;
    st = zd_store__prepare(store, sql, &q, err);
    if (st == ZD_OK) {
        zd_query__str(&q, name);
        st = zd_query__run(&q, err);
    }
    if (st == ZD_OK && sqlite3_changes(store->db) == 0)
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "no word list of this name");
    return end_change(store, st, err);
}

static enum zd_status read_list(struct zd_query *q, struct zd_arena *arena,
                                struct zd_word_list *list, struct zd_error *err)
{
    list->name = zd_query__get_str(q, arena);
    list->version = zd_query__get_int(q);
    list->directions = (uint32_t)zd_query__get_int(q);
    list->blocks = zd_query__get_int(q) != 0;
    list->n_words = (uint64_t)zd_query__get_int(q);
    list->loaded_us = zd_query__get_int(q);
    list->words = zd_query__get_str(q, arena);
    if (!list->name.p || !list->words.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the word lists");
    return ZD_OK;
}

#define MAX_LISTS 1000

enum zd_status zd_word_lists(struct zd_store *store, const struct zd_subject *subject,
                             bool with_words, struct zd_arena *arena,
                             struct zd_word_list **ret_lists, size_t *ret_n, struct zd_error *err)
{
    static const char sql[] =
        "SELECT name, version, directions, blocks, n_words, loaded,"
        " CASE WHEN ? THEN words ELSE '' END FROM list ORDER BY name LIMIT 1000";
    struct zd_word_list *lists = zd_arena_array(arena, MAX_LISTS, sizeof *lists);
    struct zd_query q = {0};
    size_t n = 0;
    bool row = true;
    enum zd_status st = may_read(subject, err);

    if (st == ZD_OK && !lists)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the word lists");
    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__int(&q, with_words);
    while (st == ZD_OK && row && n < MAX_LISTS) {
        st = zd_query__row(&q, &row, err);
        if (st == ZD_OK && row)
            st = read_list(&q, arena, &lists[n++], err);
    }
    zd_query__done(&q);
    if (st == ZD_OK) {
        *ret_lists = lists;
        *ret_n = n;
    }
    return st;
}

enum zd_status zd_guard_hit_add(struct zd_store *store, const struct zd_subject *subject,
                                struct zd_str request, const struct zd_guard_hit *hit,
                                struct zd_error *err)
{
    static const char sql[] = "INSERT INTO hit(at, request, list, version, word, direction,"
                              " blocked) VALUES(?, ?, ?, ?, ?, ?, ?)";
    struct zd_query q = {0};
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__int(&q, zd_clock_wall_us());
    zd_query__str(&q, request);
    zd_query__str(&q, hit->list);
    zd_query__int(&q, hit->version);
    zd_query__str(&q, hit->word);
    zd_query__int(&q, hit->direction);
    zd_query__int(&q, hit->blocked);
    return zd_query__run(&q, err);
}

static enum zd_status read_hit(struct zd_query *q, struct zd_arena *arena, struct zd_guard_hit *hit,
                               struct zd_error *err)
{
    hit->at_us = zd_query__get_int(q);
    hit->request = zd_query__get_str(q, arena);
    hit->list = zd_query__get_str(q, arena);
    hit->version = zd_query__get_int(q);
    hit->word = zd_query__get_str(q, arena);
    hit->direction = (uint32_t)zd_query__get_int(q);
    hit->blocked = zd_query__get_int(q) != 0;
    if (!hit->request.p || !hit->list.p || !hit->word.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the hits");
    return ZD_OK;
}

enum zd_status zd_guard_hits(struct zd_store *store, const struct zd_subject *subject, size_t top,
                             struct zd_arena *arena, struct zd_guard_hit **ret_hits, size_t *ret_n,
                             struct zd_error *err)
{
    static const char sql[] = "SELECT at, request, list, version, word, direction, blocked"
                              " FROM hit ORDER BY key DESC LIMIT ?";
    struct zd_guard_hit *hits = zd_arena_array(arena, top ? top : 1, sizeof *hits);
    struct zd_query q = {0};
    size_t n = 0;
    bool row = true;
    enum zd_status st = may_read(subject, err);

    if (st == ZD_OK && !hits)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the hits");
    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__int(&q, (int64_t)top);
    while (st == ZD_OK && row && n < top) {
        st = zd_query__row(&q, &row, err);
        if (st == ZD_OK && row)
            st = read_hit(&q, arena, &hits[n++], err);
    }
    zd_query__done(&q);
    if (st == ZD_OK) {
        *ret_hits = hits;
        *ret_n = n;
    }
    return st;
}

/* region: queries over the region table, and how an official place name falls into levels.
 *
 * A name is cut behind 省, 市, 区, 县, 旗, 州, 镇, 乡 and 街道 once the level has two characters;
 * a rest of one character belongs to the level before (新市区). A name without such an end is one
 * level. Names of regions are public: no subject is asked for reading them.
 */
#include "store/region.h"

#include <string.h>

#include "base/utf8.h"
#include "store/store_private.h"

#define MAX_LEVELS 8

static bool ends_level(struct zd_str level)
{
    const struct zd_str ends[] = {
        ZD_STR("省"), ZD_STR("市"), ZD_STR("区"), ZD_STR("县"),   ZD_STR("旗"),
        ZD_STR("州"), ZD_STR("镇"), ZD_STR("乡"), ZD_STR("街道"),
    };

    for (size_t i = 0; i < ZD_COUNT(ends); i++)
        if (zd_str_ends(level, ends[i]))
            return true;
    return false;
}

/* The levels of a name from the outside in; the last takes what is too deep. */
static size_t cut_levels(struct zd_str name, struct zd_str levels[MAX_LEVELS])
{
    size_t n = 0, start = 0, chars = 0;

    for (size_t at = 0; at < name.n;) {
        zd_utf8_next(name, &at);
        chars++;
        if (at < name.n && (chars < 2 || !ends_level(zd_str_cut(name, start, at))))
            continue;
        if (n > 0 && (chars < 2 || n == MAX_LEVELS))
            levels[n - 1].n += at - start;
        else
            levels[n++] = zd_str_cut(name, start, at);
        start = at;
        chars = 0;
    }
    return n;
}

/* The region of this name in `parent`; with any_parent, the only one of this name anywhere.
 * *ret_key stays 0 where there is none. */
static enum zd_status region_look_up(struct zd_store *store, struct zd_str name, int64_t parent,
                                     bool any_parent, int64_t *ret_key, struct zd_error *err)
{
    static const char exact[] = "SELECT key, 1 FROM region WHERE name = ? AND parent = ?";
    static const char any[] = "SELECT max(key), count(*) FROM region WHERE name = ?";
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st;

    *ret_key = 0;
    if (any_parent)
        st = zd_store__prepare(store, any, &q, err);
    else
        st = zd_store__prepare(store, exact, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__str(&q, name);
    if (!any_parent)
        zd_query__int(&q, parent);
    st = zd_query__row(&q, &row, err);
    if (st == ZD_OK && row) {
        int64_t key = zd_query__get_int(&q);

        if (zd_query__get_int(&q) == 1)
            *ret_key = key;
    }
    zd_query__done(&q);
    return st;
}

static enum zd_status region_insert(struct zd_store *store, struct zd_str name, int64_t parent,
                                    int64_t *ret_key, struct zd_error *err)
{
    static const char sql[] = "INSERT INTO region(name, parent) VALUES(?, ?)";
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__str(&q, name);
    zd_query__int(&q, parent);
    st = zd_query__run(&q, err);
    if (st == ZD_OK)
        *ret_key = sqlite3_last_insert_rowid(store->db);
    return st;
}

static enum zd_status region_adopt(struct zd_store *store, int64_t key, int64_t parent,
                                   struct zd_error *err)
{
    static const char sql[] = "UPDATE region SET parent = ? WHERE key = ?";
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, parent);
    zd_query__int(&q, key);
    return zd_query__run(&q, err);
}

/* One level below `parent` (0: the outermost). A region first met without what it lies in is
 * adopted when a fuller name comes. */
static enum zd_status region_level(struct zd_store *store, struct zd_str name, int64_t parent,
                                   int64_t *ret_key, struct zd_error *err)
{
    int64_t key = 0;
    enum zd_status st = region_look_up(store, name, parent, parent == 0, &key, err);

    if (st == ZD_OK && key == 0 && parent != 0) {
        st = region_look_up(store, name, 0, false, &key, err);
        if (st == ZD_OK && key != 0)
            st = region_adopt(store, key, parent, err);
    }
    if (st == ZD_OK && key == 0)
        st = region_insert(store, name, parent, &key, err);
    if (st == ZD_OK)
        *ret_key = key;
    return st;
}

enum zd_status zd_region_make(struct zd_store *store, const struct zd_subject *subject,
                              struct zd_str name, uint32_t *ret_region, struct zd_error *err)
{
    struct zd_str levels[MAX_LEVELS];
    size_t n;
    int64_t key = 0;
    enum zd_status st = zd_store__may_write(store, subject, err);

    name = zd_str_trim(name);
    if (st == ZD_OK && (name.n == 0 || zd_str_eq(name, ZD_STR("全国")))) {
        *ret_region = 0;
        return ZD_OK;
    }
    if (st == ZD_OK && name.n > 256)
        st = ZD_FAIL(err, ZD_INVALID, 0, "a region's name of %zu bytes", name.n);
    n = st == ZD_OK ? cut_levels(name, levels) : 0;
    for (size_t i = 0; st == ZD_OK && i < n; i++)
        st = region_level(store, levels[i], key, &key, err);
    if (st == ZD_OK)
        *ret_region = (uint32_t)key;
    return st;
}

/* Name and parent of one region. Errors: ZD_NOT_FOUND. */
static enum zd_status region_get(struct zd_store *store, int64_t key, struct zd_arena *arena,
                                 struct zd_str *ret_name, int64_t *ret_parent, struct zd_error *err)
{
    static const char sql[] = "SELECT name, parent FROM region WHERE key = ?";
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, key);
    st = zd_query__row(&q, &row, err);
    if (st == ZD_OK && !row)
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "no such region");
    if (st == ZD_OK) {
        *ret_name = zd_query__get_str(&q, arena);
        *ret_parent = zd_query__get_int(&q);
        if (!ret_name->p)
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a region's name");
    }
    zd_query__done(&q);
    return st;
}

enum zd_status zd_region_name(struct zd_store *store, uint32_t region, struct zd_arena *arena,
                              struct zd_str *ret_name, struct zd_error *err)
{
    struct zd_str name = ZD_STR("");
    int64_t key = region;

    for (int level = 0; key != 0 && level < MAX_LEVELS; level++) {
        struct zd_str part = {0};
        enum zd_status st = region_get(store, key, arena, &part, &key, err);

        if (st != ZD_OK)
            return st;
        name = zd_arena_printf(arena, "%.*s%.*s", (int)part.n, part.p, (int)name.n, name.p);
        if (!name.p)
            return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a region's name");
    }
    *ret_name = name;
    return ZD_OK;
}

/* The one city that the office knows, where it knows exactly one; else 0. */
static enum zd_status region_only_city(struct zd_store *store, int64_t *ret_key,
                                       struct zd_error *err)
{
    static const char sql[] = "SELECT max(key), count(*) FROM region WHERE name LIKE '%市'";
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st == ZD_OK)
        st = zd_query__row(&q, &row, err);
    if (st == ZD_OK && row) {
        int64_t key = zd_query__get_int(&q);

        *ret_key = zd_query__get_int(&q) == 1 ? key : 0;
    }
    zd_query__done(&q);
    return st;
}

enum zd_status zd_region_scope(struct zd_store *store, struct zd_str name, struct zd_arena *arena,
                               struct zd_region_list *ret_list, struct zd_error *err)
{
    struct zd_str levels[MAX_LEVELS], seen = {0};
    uint32_t *p = zd_arena_array(arena, MAX_LEVELS + 1, sizeof *p);
    size_t n = 0, n_levels = cut_levels(zd_str_trim(name), levels);
    int64_t key = 0, parent = 0;
    enum zd_status st = ZD_OK;

    if (!p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for regions");
    for (size_t i = 0; st == ZD_OK && i < n_levels; i++) {
        st = region_look_up(store, levels[i], key, key == 0, &parent, err);
        if (st == ZD_OK && parent == 0 && i > 0) /* the inner one may still lack its parent */
            st = region_look_up(store, levels[i], 0, true, &parent, err);
        if (st == ZD_OK && parent == 0 && i + 1 == n_levels && key == 0)
            return ZD_FAIL(err, ZD_NOT_FOUND, 0, "no text of this office is for the region %.*s",
                           (int)(name.n < 100 ? name.n : 100), name.p);
        if (parent != 0)
            key = parent;
    }
    for (; st == ZD_OK && key != 0 && n < MAX_LEVELS; key = parent) {
        p[n++] = (uint32_t)key;
        st = region_get(store, key, arena, &seen, &parent, err);
    }
    if (st == ZD_OK && n == 1 && !zd_str_ends(seen, ZD_STR("市")) &&
        !zd_str_ends(seen, ZD_STR("省"))) {
        st = region_only_city(store, &parent, err);
        if (st == ZD_OK && parent != 0)
            p[n++] = (uint32_t)parent;
    }
    if (st == ZD_OK)
        *ret_list = (struct zd_region_list){p, n};
    return st;
}

enum zd_status zd_region_in_text(struct zd_store *store, struct zd_str text, uint32_t *ret_region,
                                 struct zd_error *err)
{
    static const char sql[] = "SELECT key FROM region WHERE instr(?, name) > 0"
                              " ORDER BY (parent <> 0 OR substr(name, -1) IN ('区', '县', '旗'))"
                              " DESC, length(name) DESC LIMIT 1";
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__str(&q, text);
    st = zd_query__row(&q, &row, err);
    if (st == ZD_OK)
        *ret_region = row ? (uint32_t)zd_query__get_int(&q) : 0;
    zd_query__done(&q);
    return st;
}

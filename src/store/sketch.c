/* sketch: queries over the tables sketch, sketch_band and same_file, see sketch.h. */
#include "store/sketch.h"

#include "base/buf.h"
#include "base/date.h"
#include "store/store_private.h"

#define MAX_BANDS 64
#define MAX_SOURCES_BYTES 65536

static enum zd_status add_bands(struct zd_store *store, int64_t version,
                                const struct zd_stored_sketch *sketch, struct zd_error *err)
{
    static const char sql[] = "INSERT OR IGNORE INTO sketch_band(hash, version) VALUES(?, ?)";
    enum zd_status st = ZD_OK;

    for (size_t i = 0; st == ZD_OK && i < sketch->n_bands; i++) {
        struct zd_query q = {0};

        st = zd_store__prepare(store, sql, &q, err);
        if (st != ZD_OK)
            return st;
        zd_query__int(&q, (int64_t)sketch->bands[i]);
        zd_query__int(&q, version);
        st = zd_query__run(&q, err);
    }
    return st;
}

enum zd_status zd_sketch_add(struct zd_store *store, const struct zd_subject *subject,
                             int64_t version, const struct zd_stored_sketch *sketch,
                             struct zd_error *err)
{
    static const char sql[] = "INSERT INTO sketch(version, content) VALUES(?, ?)";
    struct zd_query q = {0};
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__int(&q, version);
    zd_query__bytes(&q, (struct zd_bytes){sketch->content, ZD_SHA256_BYTES});
    st = zd_query__run(&q, err);
    return st == ZD_OK ? add_bands(store, version, sketch, err) : st;
}

/* The number that a query over a hash gives, 0 for no row. */
static enum zd_status find_by_hash(struct zd_store *store, const char *sql,
                                   const struct zd_subject *subject, const uint8_t *hash,
                                   int64_t *ret_version, struct zd_error *err)
{
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__bytes(&q, (struct zd_bytes){hash, ZD_SHA256_BYTES});
    zd_query__int(&q, subject->access);
    return zd_query__number(&q, ret_version, err);
}

enum zd_status zd_sketch_same(struct zd_store *store, const struct zd_subject *subject,
                              const uint8_t content[ZD_SHA256_BYTES], int64_t *ret_version,
                              struct zd_error *err)
{
    static const char sql[] =
        "SELECT s.version FROM sketch s JOIN version v ON v.key = s.version"
        " JOIN document d ON d.key = v.document WHERE s.content = ? AND d.access & ? <> 0"
        " ORDER BY s.version LIMIT 1";

    return find_by_hash(store, sql, subject, content, ret_version, err);
}

/* Adds the versions of one band to the tally. */
static enum zd_status count_band(struct zd_store *store, const struct zd_subject *subject,
                                 uint64_t band, int64_t *versions, uint32_t *shared, size_t most,
                                 size_t *n, struct zd_error *err)
{
    static const char sql[] =
        "SELECT b.version FROM sketch_band b JOIN version v ON v.key = b.version"
        " JOIN document d ON d.key = v.document WHERE b.hash = ? AND d.access & ? <> 0"
        " ORDER BY b.version LIMIT 64";
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, (int64_t)band);
    zd_query__int(&q, subject->access);
    while ((st = zd_query__row(&q, &row, err)) == ZD_OK && row) {
        const int64_t version = zd_query__get_int(&q);
        size_t i = 0;

        while (i < *n && versions[i] != version)
            i++;
        if (i == most)
            continue;
        if (i == *n) {
            versions[i] = version;
            shared[i] = 0;
            ++*n;
        }
        shared[i]++;
    }
    zd_query__done(&q);
    return st;
}

enum zd_status zd_sketch_near(struct zd_store *store, const struct zd_subject *subject,
                              const struct zd_stored_sketch *sketch, size_t limit,
                              int64_t *ret_versions, size_t *ret_n, struct zd_error *err)
{
    int64_t versions[256];
    uint32_t shared[256];
    size_t n = 0;
    enum zd_status st = ZD_OK;

    for (size_t i = 0; st == ZD_OK && i < sketch->n_bands && i < MAX_BANDS; i++)
        st = count_band(store, subject, sketch->bands[i], versions, shared, ZD_COUNT(versions), &n,
                        err);
    if (st != ZD_OK)
        return st;
    *ret_n = 0;
    while (*ret_n < limit) {
        size_t best = n;

        for (size_t i = 0; i < n; i++)
            if (shared[i] > 0 && (best == n || shared[i] > shared[best]))
                best = i;
        if (best == n)
            break;
        ret_versions[(*ret_n)++] = versions[best];
        shared[best] = 0;
    }
    return ZD_OK;
}

enum zd_status zd_same_file_add(struct zd_store *store, const struct zd_subject *subject,
                                const uint8_t raw_hash[ZD_SHA256_BYTES], int64_t version,
                                struct zd_str source, struct zd_error *err)
{
    static const char sql[] = "INSERT OR IGNORE INTO same_file(raw_hash, version, source, created)"
                              " VALUES(?, ?, ?, ?)";
    struct zd_query q = {0};
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__bytes(&q, (struct zd_bytes){raw_hash, ZD_SHA256_BYTES});
    zd_query__int(&q, version);
    zd_query__str(&q, source);
    zd_query__int(&q, zd_clock_wall_us());
    return zd_query__run(&q, err);
}

enum zd_status zd_same_file_find(struct zd_store *store, const struct zd_subject *subject,
                                 const uint8_t raw_hash[ZD_SHA256_BYTES], int64_t *ret_version,
                                 struct zd_error *err)
{
    static const char sql[] =
        "SELECT f.version FROM same_file f JOIN version v ON v.key = f.version"
        " JOIN document d ON d.key = v.document WHERE f.raw_hash = ? AND d.access & ? <> 0";

    return find_by_hash(store, sql, subject, raw_hash, ret_version, err);
}

enum zd_status zd_same_file_sources(struct zd_store *store, const struct zd_subject *subject,
                                    int64_t version, struct zd_arena *arena,
                                    struct zd_str *ret_sources, struct zd_error *err)
{
    static const char sql[] = "SELECT f.source FROM same_file f JOIN version v ON v.key = f.version"
                              " JOIN document d ON d.key = v.document WHERE f.version = ?"
                              " AND d.access & ? <> 0 ORDER BY f.created";
    struct zd_buf out = {.max = MAX_SOURCES_BYTES};
    struct zd_str copy = {0};
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, version);
    zd_query__int(&q, subject->access);
    while ((st = zd_query__row(&q, &row, err)) == ZD_OK && row) {
        struct zd_str source = zd_query__get_str(&q, arena);

        if (out.n + source.n + 1 > out.max)
            break; /* enough are named */
        if (out.n > 0)
            zd_buf_byte(&out, '\n');
        zd_buf_str(&out, source);
    }
    zd_query__done(&q);
    if (st == ZD_OK && !out.bad)
        copy = zd_arena_str(arena, zd_buf_view(&out));
    zd_buf_done(&out);
    if (st == ZD_OK && !copy.p)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to list files");
    if (st == ZD_OK)
        *ret_sources = copy;
    return st;
}

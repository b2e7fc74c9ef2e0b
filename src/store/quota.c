/* quota: queries over the quota table. */
#include "store/quota.h"

#include "store/store_private.h"

static const char *const kinds[ZD_N_QUOTA_KINDS] = {"key", "department", "desk"};
static const char *const measures[ZD_N_MEASURES] = {"requests", "tokens", "money"};
static const char *const spans[ZD_N_SPANS] = {"minute", "day", "month"};

static size_t word_in(const char *const *words, size_t n, struct zd_str word)
{
    size_t i = 0;

    while (i < n && !zd_str_eq(word, zd_str_c(words[i])))
        i++;
    return i;
}

const char *zd_quota_kind_word(enum zd_quota_kind kind)
{
    return (size_t)kind < ZD_COUNT(kinds) ? kinds[kind] : "?";
}

enum zd_quota_kind zd_quota_kind_of(struct zd_str word)
{
    return (enum zd_quota_kind)word_in(kinds, ZD_COUNT(kinds), word);
}

const char *zd_measure_word(enum zd_measure measure)
{
    return (size_t)measure < ZD_COUNT(measures) ? measures[measure] : "?";
}

enum zd_measure zd_measure_of(struct zd_str word)
{
    return (enum zd_measure)word_in(measures, ZD_COUNT(measures), word);
}

const char *zd_span_word(enum zd_quota_span span)
{
    return (size_t)span < ZD_COUNT(spans) ? spans[span] : "?";
}

enum zd_quota_span zd_span_of(struct zd_str word)
{
    return (enum zd_quota_span)word_in(spans, ZD_COUNT(spans), word);
}

static enum zd_status quota_count(struct zd_store *store, int64_t *ret_n, struct zd_error *err)
{
    static const char sql[] = "SELECT count(*) FROM quota";
    struct zd_query q = {0};
    const enum zd_status st = zd_store__prepare(store, sql, &q, err);

    return st == ZD_OK ? zd_query__number(&q, ret_n, err) : st;
}

static void quota_bind(struct zd_query *q, const struct zd_quota *quota)
{
    zd_query__int(q, quota->kind);
    zd_query__str(q, quota->name);
    zd_query__int(q, quota->measure);
    zd_query__int(q, quota->span);
}

enum zd_status zd_quota_put(struct zd_store *store, const struct zd_subject *subject,
                            const struct zd_quota *quota, struct zd_error *err)
{
    static const char sql[] = "INSERT INTO quota(kind, name, measure, span, amount)"
                              " VALUES(?, ?, ?, ?, ?) ON CONFLICT(kind, name, measure, span)"
                              " DO UPDATE SET amount = excluded.amount";
    struct zd_query q = {0};
    int64_t n = 0;
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st == ZD_OK)
        st = quota_count(store, &n, err);
    if (st == ZD_OK && n >= ZD_QUOTA_MAX)
        st = ZD_FAIL(err, ZD_LIMIT, 0, "an office has at most %d quotas", ZD_QUOTA_MAX);
    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    quota_bind(&q, quota);
    zd_query__int(&q, (int64_t)quota->amount);
    return zd_query__run(&q, err);
}

enum zd_status zd_quota_remove(struct zd_store *store, const struct zd_subject *subject,
                               const struct zd_quota *quota, struct zd_error *err)
{
    static const char sql[] = "DELETE FROM quota WHERE kind = ? AND name = ? AND measure = ?"
                              " AND span = ? RETURNING kind";
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__may_write(store, subject, err);

    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    quota_bind(&q, quota);
    st = zd_query__row(&q, &row, err);
    if (st == ZD_OK && row)
        st = zd_query__row(&q, &(bool){false}, err);
    zd_query__done(&q);
    if (st == ZD_OK && !row)
        return ZD_FAIL(err, ZD_NOT_FOUND, 0, "there is no such quota");
    return st;
}

enum zd_status zd_quota_list(struct zd_store *store, const struct zd_subject *subject,
                             struct zd_arena *arena, struct zd_quota_list *ret_list,
                             struct zd_error *err)
{
    static const char sql[] =
        "SELECT kind, name, measure, span, amount FROM quota ORDER BY kind, name, measure, span";
    struct zd_quota_list list = {.p = zd_arena_array(arena, ZD_QUOTA_MAX, sizeof *list.p)};
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__is_owner(subject, err);

    if (st == ZD_OK && !list.p)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to list the quotas");
    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    while ((st = zd_query__row(&q, &row, err)) == ZD_OK && row && list.n < ZD_QUOTA_MAX) {
        struct zd_quota *quota = &list.p[list.n++];

        quota->kind = (enum zd_quota_kind)zd_query__get_int(&q);
        quota->name = zd_query__get_str(&q, arena);
        quota->measure = (enum zd_measure)zd_query__get_int(&q);
        quota->span = (enum zd_quota_span)zd_query__get_int(&q);
        quota->amount = (uint64_t)zd_query__get_int(&q);
    }
    zd_query__done(&q);
    if (st == ZD_OK && zd_arena_overflowed(arena))
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to list the quotas");
    if (st == ZD_OK)
        *ret_list = list;
    return st;
}

/* usage: queries over the tables usage and usage_total. */
#include "store/usage.h"

#include <assert.h>

#include "base/date.h"
#include "store/store_private.h"

#define MAX_SUMS 100000
#define DAY_US (86400 * INT64_C(1000000))

const char *zd_outcome_word(enum zd_outcome outcome)
{
    static const char *const words[] = {"running", "done", "failed", "broken", "left"};

    return (size_t)outcome < ZD_COUNT(words) ? words[outcome] : "?";
}

/* --- totals of a batch ------------------------------------------------------------------------ */

/* Sums in memory, so that a batch writes each total once. */
struct totals {
    struct zd_usage_sum p[64];
    size_t n;
};

static enum zd_status total_write(struct zd_store *store, const struct zd_usage_sum *sum,
                                  struct zd_error *err)
{
    static const char sql[] =
        "INSERT INTO usage_total(kind, name, day, n_requests, tokens_in, tokens_out, money)"
        " VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT(kind, name, day) DO UPDATE SET"
        " n_requests = n_requests + excluded.n_requests, tokens_in = tokens_in + "
        "excluded.tokens_in,"
        " tokens_out = tokens_out + excluded.tokens_out, money = money + excluded.money";
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, sum->kind);
    zd_query__str(&q, sum->name);
    zd_query__int(&q, sum->day);
    zd_query__int(&q, (int64_t)sum->n_requests);
    zd_query__int(&q, (int64_t)sum->tokens_in);
    zd_query__int(&q, (int64_t)sum->tokens_out);
    zd_query__int(&q, (int64_t)sum->money);
    return zd_query__run(&q, err);
}

static enum zd_status totals_write(struct zd_store *store, struct totals *totals,
                                   struct zd_error *err)
{
    enum zd_status st = ZD_OK;

    for (size_t i = 0; st == ZD_OK && i < totals->n; i++)
        st = total_write(store, &totals->p[i], err);
    totals->n = 0;
    return st;
}

/* Where the table is full, what is in it is written first. */
static enum zd_status totals_add(struct zd_store *store, struct totals *totals,
                                 enum zd_quota_kind kind, struct zd_str name,
                                 const struct zd_usage_entry *entry, struct zd_error *err)
{
    struct zd_usage_sum *sum = totals->p;
    enum zd_status st = ZD_OK;

    while (sum < totals->p + totals->n &&
           !(sum->kind == kind && sum->day == entry->day && zd_str_eq(sum->name, name)))
        sum++;
    if (sum == totals->p + ZD_COUNT(totals->p)) {
        st = totals_write(store, totals, err);
        sum = totals->p;
    }
    if (sum == totals->p + totals->n) {
        totals->n++;
        *sum = (struct zd_usage_sum){.kind = kind, .name = name, .day = entry->day};
    }
    sum->n_requests++;
    sum->tokens_in += entry->usage->charged_in;
    sum->tokens_out += entry->usage->charged_out;
    sum->money += entry->usage->money;
    return st;
}

/* --- rows ------------------------------------------------------------------------------------- */

static void usage_bind(struct zd_query *q, const struct zd_usage_row *u)
{
    zd_query__str(q, u->id);
    zd_query__int(q, u->begun);
    zd_query__int(q, u->ended);
    zd_query__str(q, u->api_key);
    zd_query__str(q, u->department);
    zd_query__str(q, u->desk);
    zd_query__str(q, u->model);
    zd_query__str(q, u->backend);
    zd_query__str(q, u->host);
    zd_query__int(q, u->place);
    zd_query__int(q, u->data_class);
    zd_query__int(q, (int64_t)u->n_bytes);
    zd_query__int(q, (int64_t)u->estimate_in);
    zd_query__int(q, (int64_t)u->estimate_out);
    zd_query__int(q, u->provider_in);
    zd_query__int(q, u->provider_out);
    zd_query__int(q, (int64_t)u->charged_in);
    zd_query__int(q, (int64_t)u->charged_out);
    zd_query__int(q, (int64_t)u->money);
    zd_query__int(q, u->outcome);
}

static enum zd_status row_put(struct zd_store *store, const struct zd_usage_row *usage,
                              struct zd_error *err)
{
    static const char sql[] =
        "INSERT INTO usage(id, begun, ended, api_key, department, desk, model, backend, host,"
        " place, data_class, n_bytes, estimate_in, estimate_out, provider_in, provider_out,"
        " charged_in, charged_out, money, outcome)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT(id) DO UPDATE SET ended = excluded.ended, backend = excluded.backend,"
        " host = excluded.host, place = excluded.place, n_bytes = excluded.n_bytes,"
        " estimate_in = excluded.estimate_in, estimate_out = excluded.estimate_out,"
        " provider_in = excluded.provider_in, provider_out = excluded.provider_out,"
        " charged_in = excluded.charged_in, charged_out = excluded.charged_out,"
        " money = excluded.money, outcome = excluded.outcome";
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    usage_bind(&q, usage);
    return zd_query__run(&q, err);
}

#define ID_SLOTS 2048u /* a power of two, more than a batch has */

/* The slot of an id in a table of the entries seen, each by its number + 1; 0: not seen. */
static uint16_t *slot_of(uint16_t slots[ID_SLOTS], const struct zd_usage_entry *entries,
                         struct zd_str id)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (size_t i = 0; i < id.n; i++)
        hash = (hash ^ (uint8_t)id.p[i]) * 16777619u;
    for (;; hash++) {
        uint16_t *slot = &slots[hash % ID_SLOTS];

        if (*slot == 0 || zd_str_eq(entries[*slot - 1].usage->id, id))
            return slot;
    }
}

static enum zd_status charge(struct zd_store *store, struct totals *totals,
                             const struct zd_usage_entry *entry, struct zd_error *err)
{
    const struct zd_usage_row *usage = entry->usage;
    enum zd_status st;

    if (usage->outcome == ZD_OUTCOME_RUNNING || usage->outcome == ZD_OUTCOME_FAILED)
        return ZD_OK;
    st = totals_add(store, totals, ZD_QUOTA_KEY, usage->api_key, entry, err);
    if (st == ZD_OK)
        st = totals_add(store, totals, ZD_QUOTA_DEPARTMENT, usage->department, entry, err);
    if (st == ZD_OK)
        st = totals_add(store, totals, ZD_QUOTA_DESK, usage->desk, entry, err);
    return st;
}

enum zd_status zd_usage_put(struct zd_store *store, const struct zd_subject *subject,
                            const struct zd_usage_entry *entries, size_t n, struct zd_error *err)
{
    uint16_t slots[ID_SLOTS] = {0};
    struct totals totals = {.n = 0};
    enum zd_status st = zd_store__may_write(store, subject, err);

    assert(n <= ZD_USAGE_BATCH_MAX);
    for (size_t i = 0; i < n; i++)
        *slot_of(slots, entries, entries[i].usage->id) = (uint16_t)(i + 1);
    for (size_t i = 0; st == ZD_OK && i < n; i++) {
        if (*slot_of(slots, entries, entries[i].usage->id) == i + 1)
            st = row_put(store, entries[i].usage, err);
        if (st == ZD_OK)
            st = charge(store, &totals, &entries[i], err);
    }
    if (st == ZD_OK)
        st = totals_write(store, &totals, err);
    return st;
}

static void usage_read(struct zd_query *q, struct zd_arena *arena, struct zd_usage_row *u)
{
    u->id = zd_query__get_str(q, arena);
    u->begun = zd_query__get_int(q);
    u->ended = zd_query__get_int(q);
    u->api_key = zd_query__get_str(q, arena);
    u->department = zd_query__get_str(q, arena);
    u->desk = zd_query__get_str(q, arena);
    u->model = zd_query__get_str(q, arena);
    u->backend = zd_query__get_str(q, arena);
    u->host = zd_query__get_str(q, arena);
    u->place = (int)zd_query__get_int(q);
    u->data_class = (int)zd_query__get_int(q);
    u->n_bytes = (uint64_t)zd_query__get_int(q);
    u->estimate_in = (uint64_t)zd_query__get_int(q);
    u->estimate_out = (uint64_t)zd_query__get_int(q);
    u->provider_in = zd_query__get_int(q);
    u->provider_out = zd_query__get_int(q);
    u->charged_in = (uint64_t)zd_query__get_int(q);
    u->charged_out = (uint64_t)zd_query__get_int(q);
    u->money = (uint64_t)zd_query__get_int(q);
    u->outcome = (enum zd_outcome)zd_query__get_int(q);
}

#define COLUMNS                                                                                    \
    "id, begun, ended, api_key, department, desk, model, backend, host, place, data_class,"        \
    " n_bytes, estimate_in, estimate_out, provider_in, provider_out, charged_in, charged_out,"     \
    " money, outcome FROM usage "

/* One request that was left running; *ret_found false where there is none. Charged is what had
 * been reserved, so that a kill never makes anything cheaper. */
static enum zd_status close_one(struct zd_store *store, const struct zd_subject *subject,
                                struct zd_arena *arena, bool *ret_found, struct zd_error *err)
{
    static const char sql[] = "SELECT " COLUMNS "WHERE ended = 0 LIMIT 1";
    struct zd_usage_row usage = {0};
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st == ZD_OK)
        st = zd_query__row(&q, ret_found, err);
    if (st == ZD_OK && *ret_found)
        usage_read(&q, arena, &usage);
    zd_query__done(&q);
    if (st != ZD_OK || !*ret_found)
        return st;
    usage.ended = zd_clock_wall_us();
    usage.outcome = ZD_OUTCOME_BROKEN;
    return zd_usage_put(store, subject, &(struct zd_usage_entry){&usage, zd_date_today()}, 1, err);
}

static enum zd_status remove_old(struct zd_store *store, struct zd_error *err)
{
    static const char sql[] = "DELETE FROM usage WHERE begun < ?";
    struct zd_query q = {0};
    enum zd_status st = zd_store__prepare(store, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, zd_clock_wall_us() - (int64_t)ZD_USAGE_KEPT_DAYS * DAY_US);
    return zd_query__run(&q, err);
}

enum zd_status zd_usage_tidy(struct zd_store *store, const struct zd_subject *subject,
                             struct zd_error *err)
{
    struct zd_arena *arena = zd_arena_new((size_t)1 << 20);
    bool found = true;
    enum zd_status st;

    if (arena)
        st = zd_store__may_write(store, subject, err);
    else
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to tidy the usage");
    if (st == ZD_OK)
        st = zd_store_begin(store, err);
    while (st == ZD_OK && found) {
        zd_arena_reset(arena);
        st = close_one(store, subject, arena, &found, err);
    }
    if (st == ZD_OK)
        st = remove_old(store, err);
    if (st == ZD_OK)
        st = zd_store_commit(store, err);
    zd_store_abort(store);
    zd_arena_free(arena);
    return st;
}

/* Runs a query over two days and reads its rows. */
static enum zd_status read_sums(struct zd_query *q, int32_t from, int32_t to,
                                struct zd_arena *arena, struct zd_usage_sums *ret_sums,
                                struct zd_error *err)
{
    struct zd_usage_sum *p = NULL;
    size_t n = 0, cap = 0;
    bool row = false;
    enum zd_status st;

    zd_query__int(q, from);
    zd_query__int(q, to);
    while ((st = zd_query__row(q, &row, err)) == ZD_OK && row && n < MAX_SUMS) {
        if (!zd_grow(&p, &cap, n + 1, sizeof *p, MAX_SUMS)) {
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the totals");
            break;
        }
        p[n].kind = (enum zd_quota_kind)zd_query__get_int(q);
        p[n].name = zd_query__get_str(q, arena);
        p[n].day = (int32_t)zd_query__get_int(q);
        p[n].n_requests = (uint64_t)zd_query__get_int(q);
        p[n].tokens_in = (uint64_t)zd_query__get_int(q);
        p[n].tokens_out = (uint64_t)zd_query__get_int(q);
        p[n].money = (uint64_t)zd_query__get_int(q);
        n++;
    }
    zd_query__done(q);
    if (st == ZD_OK) {
        ret_sums->p = zd_arena_array(arena, n ? n : 1, sizeof *p);
        ret_sums->n = n;
        if (!ret_sums->p || zd_arena_overflowed(arena))
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the totals");
        for (size_t i = 0; st == ZD_OK && i < n; i++)
            ret_sums->p[i] = p[i];
    }
    zd_free(p);
    return st;
}

enum zd_status zd_usage_sums(struct zd_store *store, const struct zd_subject *subject, int32_t from,
                             int32_t to, bool by_day, struct zd_arena *arena,
                             struct zd_usage_sums *ret_sums, struct zd_error *err)
{
    static const char days[] =
        "SELECT kind, name, day, n_requests, tokens_in, tokens_out, money"
        " FROM usage_total WHERE day BETWEEN ? AND ? ORDER BY kind, name, day";
    static const char joined[] =
        "SELECT kind, name, 0, sum(n_requests), sum(tokens_in),"
        " sum(tokens_out), sum(money) FROM usage_total"
        " WHERE day BETWEEN ? AND ? GROUP BY kind, name ORDER BY kind, name";
    struct zd_query q = {0};
    enum zd_status st = zd_store__is_owner(subject, err);

    if (st != ZD_OK)
        return st;
    if (by_day)
        st = zd_store__prepare(store, days, &q, err);
    else
        st = zd_store__prepare(store, joined, &q, err);
    return st == ZD_OK ? read_sums(&q, from, to, arena, ret_sums, err) : st;
}

enum zd_status zd_usage_list(struct zd_store *store, const struct zd_subject *subject, int64_t from,
                             int64_t to, size_t most, struct zd_arena *arena,
                             struct zd_usage_list *ret_list, struct zd_error *err)
{
    static const char sql[] =
        "SELECT " COLUMNS "WHERE begun >= ? AND begun < ? ORDER BY begun DESC, key DESC LIMIT ?";
    struct zd_usage_list list = {.p = zd_arena_array(arena, most ? most : 1, sizeof *list.p)};
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = zd_store__is_owner(subject, err);

    if (st == ZD_OK && !list.p)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to list the usage");
    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__int(&q, from);
    zd_query__int(&q, to);
    zd_query__int(&q, (int64_t)most);
    while ((st = zd_query__row(&q, &row, err)) == ZD_OK && row && list.n < most)
        usage_read(&q, arena, &list.p[list.n++]);
    zd_query__done(&q);
    if (st == ZD_OK && zd_arena_overflowed(arena))
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to list the usage");
    if (st == ZD_OK)
        *ret_list = list;
    return st;
}

/* quota: what is used, in memory (see model_private.h).
 *
 * Spans are calendar minutes, days and months of the office's time zone, so that a person can
 * check them. A reservation stands in the figures of the spans it was made in; when it is settled
 * in a later one, the old span is over and only the figures of spans that still run change. */
#include <string.h>

#include "base/hash.h"
#include "model/model_private.h"

#define MAX_ACCOUNTS 100000
#define MINUTE_US INT64_C(60000000)

struct zd_model__account *zd_model__account(struct zd_model__ledger *ledger,
                                            enum zd_quota_kind kind, struct zd_str name)
{
    uint64_t h = zd_hash64(zd_str_bytes(name), (uint64_t)kind + 1);
    struct zd_model__account **slot = &ledger->buckets[h % ZD_COUNT(ledger->buckets)];
    struct zd_model__account *account;
    char *copy;

    for (; *slot; slot = &(*slot)->next)
        if ((*slot)->kind == kind && zd_str_eq((*slot)->name, name))
            return *slot;
    if (ledger->n >= MAX_ACCOUNTS)
        return NULL;
    account = zd_alloc(sizeof *account + name.n + 1);
    if (!account)
        return NULL;
    copy = (char *)(account + 1);
    memcpy(copy, name.p ? name.p : "", name.n);
    account->kind = kind;
    account->name = (struct zd_str){copy, name.n};
    *slot = account;
    ledger->n++;
    return account;
}

void zd_model__ledger_free(struct zd_model__ledger *ledger)
{
    for (size_t i = 0; i < ZD_COUNT(ledger->buckets); i++)
        while (ledger->buckets[i]) {
            struct zd_model__account *next = ledger->buckets[i]->next;

            zd_free(ledger->buckets[i]);
            ledger->buckets[i] = next;
        }
    ledger->n = 0;
}

static void periods_of(int64_t wall_us, int32_t day, int64_t ret_period[ZD_N_SPANS])
{
    ret_period[ZD_SPAN_MINUTE] = wall_us / MINUTE_US;
    ret_period[ZD_SPAN_DAY] = day;
    ret_period[ZD_SPAN_MONTH] = day / 100;
}

/* Spans that are over begin again at nothing. A clock that is put back does not: what was used in
 * a later span still counts. */
static void turn_over(struct zd_model__account *account, const int64_t period[ZD_N_SPANS])
{
    for (int span = 0; span < ZD_N_SPANS; span++)
        if (account->period[span] < period[span]) {
            account->period[span] = period[span];
            memset(account->used[span], 0, sizeof account->used[span]);
        }
}

static struct zd_str name_of(const struct zd_caller *caller, enum zd_quota_kind kind)
{
    return kind == ZD_QUOTA_KEY          ? caller->key
           : kind == ZD_QUOTA_DEPARTMENT ? caller->department
                                         : caller->desk;
}

/* "*" is a quota of each one of its kind that has none of its own. */
static bool applies(const struct zd_quota_list *quotas, const struct zd_quota *quota,
                    struct zd_str name)
{
    if (zd_str_eq(quota->name, name))
        return true;
    if (!zd_str_eq(quota->name, ZD_STR("*")))
        return false;
    for (size_t i = 0; i < quotas->n; i++) {
        const struct zd_quota *other = &quotas->p[i];

        if (other->kind == quota->kind && other->measure == quota->measure &&
            other->span == quota->span && zd_str_eq(other->name, name))
            return false;
    }
    return true;
}

static uint64_t left_of(const struct zd_model__account *account, const struct zd_quota *quota)
{
    uint64_t used = account->used[quota->span][quota->measure];

    return quota->amount > used ? quota->amount - used : 0;
}

enum zd_status zd_model__reserve(struct zd_model__ledger *ledger,
                                 const struct zd_quota_list *quotas, const struct zd_caller *caller,
                                 const uint64_t amount[ZD_N_MEASURES], int64_t wall_us, int32_t day,
                                 struct zd_model__reservation *ret_reservation,
                                 struct zd_model__shortage *ret_shortage, struct zd_error *err)
{
    struct zd_model__reservation reservation = {0};

    periods_of(wall_us, day, reservation.period);
    memcpy(reservation.amount, amount, sizeof reservation.amount);
    for (int kind = 0; kind < ZD_N_QUOTA_KINDS; kind++) {
        struct zd_model__account *account = zd_model__account(
            ledger, (enum zd_quota_kind)kind, name_of(caller, (enum zd_quota_kind)kind));

        if (!account)
            return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to count");
        turn_over(account, reservation.period);
        reservation.accounts[kind] = account;
    }
    for (size_t i = 0; i < quotas->n; i++) {
        const struct zd_quota *quota = &quotas->p[i];
        const struct zd_model__account *account = reservation.accounts[quota->kind];

        if (applies(quotas, quota, account->name) &&
            amount[quota->measure] > left_of(account, quota)) {
            *ret_shortage = (struct zd_model__shortage){quota->kind, quota->measure, quota->span,
                                                        left_of(account, quota)};
            return ZD_FAIL(err, ZD_LIMIT, 0, "the quota of %s in a %s for this %s is used up",
                           zd_measure_word(quota->measure), zd_span_word(quota->span),
                           zd_quota_kind_word(quota->kind));
        }
    }
    for (int kind = 0; kind < ZD_N_QUOTA_KINDS; kind++)
        for (int span = 0; span < ZD_N_SPANS; span++)
            for (int m = 0; m < ZD_N_MEASURES; m++)
                reservation.accounts[kind]->used[span][m] += amount[m];
    *ret_reservation = reservation;
    return ZD_OK;
}

void zd_model__settle(struct zd_model__reservation *reservation,
                      const uint64_t charged[ZD_N_MEASURES])
{
    for (int kind = 0; kind < ZD_N_QUOTA_KINDS; kind++) {
        struct zd_model__account *account = reservation->accounts[kind];

        for (int span = 0; account && span < ZD_N_SPANS; span++)
            for (int m = 0; account->period[span] == reservation->period[span] && m < ZD_N_MEASURES;
                 m++)
                account->used[span][m] -= reservation->amount[m] - charged[m];
    }
    *reservation = (struct zd_model__reservation){0};
}

uint64_t zd_model__left(struct zd_model__ledger *ledger, const struct zd_quota_list *quotas,
                        const struct zd_caller *caller, enum zd_measure measure, int64_t wall_us,
                        int32_t day)
{
    uint64_t least = UINT64_MAX;
    int64_t period[ZD_N_SPANS];

    periods_of(wall_us, day, period);
    for (size_t i = 0; i < quotas->n; i++) {
        const struct zd_quota *quota = &quotas->p[i];
        struct zd_model__account *account;

        if (quota->measure != measure || !applies(quotas, quota, name_of(caller, quota->kind)))
            continue;
        account = zd_model__account(ledger, quota->kind, name_of(caller, quota->kind));
        if (!account)
            return 0;
        turn_over(account, period);
        if (left_of(account, quota) < least)
            least = left_of(account, quota);
    }
    return least;
}

enum zd_status zd_model__ledger_load(struct zd_model__ledger *ledger, struct zd_store *store,
                                     int32_t today, struct zd_error *err)
{
    struct zd_arena *arena = zd_arena_new((size_t)64 << 20);
    struct zd_usage_sums sums = {0};
    enum zd_status st;

    if (arena)
        st = zd_usage_sums(store, zd_subject_owner(), today / 100 * 100, today, true, arena, &sums,
                           err);
    else
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to count");
    for (size_t i = 0; st == ZD_OK && i < sums.n; i++) {
        const struct zd_usage_sum *sum = &sums.p[i];
        struct zd_model__account *account = zd_model__account(ledger, sum->kind, sum->name);
        const uint64_t amounts[ZD_N_MEASURES] = {sum->n_requests, sum->tokens_in + sum->tokens_out,
                                                 sum->money};

        if (!account) {
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to count");
            break;
        }
        account->period[ZD_SPAN_DAY] = today;
        account->period[ZD_SPAN_MONTH] = today / 100;
        for (int m = 0; m < ZD_N_MEASURES; m++) {
            account->used[ZD_SPAN_MONTH][m] += amounts[m];
            if (sum->day == today)
                account->used[ZD_SPAN_DAY][m] += amounts[m];
        }
    }
    zd_arena_free(arena);
    return st;
}

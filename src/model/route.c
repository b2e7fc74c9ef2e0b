/* route: which backends may serve a request, in which order, and how each fares.
 *
 * The breaker of a backend opens after FAILURES_TO_OPEN failures in a row and keeps everybody away
 * for open_ms, or until a probe has reached it (probe.c); then one exchange may try, and closes it or
 * opens it for longer. Health is what real requests met: a probe says only that somebody is there. */
#include <math.h>
#include <string.h>

#include "base/date.h"
#include "model/model_private.h"

#define FAILURES_TO_OPEN 5
#define LONGEST_OPEN_FACTOR 10u

struct zd_model__health *zd_model__health_of(struct zd_gateway *gateway, int64_t key)
{
    for (size_t i = 0; i < ZD_COUNT(gateway->health); i++)
        if (gateway->health[i].key == key)
            return &gateway->health[i];
    return NULL;
}

bool zd_model__is_open(const struct zd_model__health *health, uint64_t now_us)
{
    if (health->is_down || health->is_away || health->rest_until_us > now_us)
        return true;
    return health->open_until_us > now_us || (health->open_until_us > 0 && health->is_trying);
}

void zd_model__health_good(struct zd_model__health *health)
{
    health->n_failed_in_row = health->n_opened = 0;
    health->open_until_us = 0;
    health->is_trying = false;
}

void zd_model__health_bad(struct zd_gateway *gateway, struct zd_model__health *health,
                          uint64_t now_us)
{
    uint64_t factor;

    health->n_failures++;
    health->is_trying = false;
    if (++health->n_failed_in_row < FAILURES_TO_OPEN)
        return;
    factor = health->n_opened < 4 ? 1u << health->n_opened : LONGEST_OPEN_FACTOR;
    if (factor > LONGEST_OPEN_FACTOR)
        factor = LONGEST_OPEN_FACTOR;
    if (health->open_until_us <= now_us) {
        health->n_opened++;
        zd_model__log(gateway, "backend=%s breaker=open failures=%u", health->name,
                      health->n_failed_in_row);
    }
    health->open_until_us = now_us + gateway->limits.open_ms * 1000ull * factor;
}

static uint64_t random_next(struct zd_gateway *gateway)
{
    gateway->seed ^= gateway->seed << 13; /* xorshift64 (Marsaglia 2003): fair shares, no secret */
    gateway->seed ^= gateway->seed >> 7;
    gateway->seed ^= gateway->seed << 17;
    return gateway->seed;
}

/* Why the offer may not serve the request; NULL: it may. */
static const char *reason_against(const struct zd_model__offer *offer,
                                  const struct zd_exchange_request *request)
{
    enum zd_data_class data_class = request->data_class > request->caller.data_class
                                        ? request->data_class
                                        : request->caller.data_class;

    if (offer->model->task != request->task)
        return "task_not_offered";
    if (request->caller.desk_is_public && offer->model->filing.n == 0)
        return "model_not_filed";
    if (!(offer->model->classes >> data_class & 1))
        return "data_class_not_allowed";
    if (request->local_only && offer->backend->place != ZD_PLACE_ROOM)
        return "local_only";
    return NULL;
}

static uint64_t price_of(const struct zd_model__offer *offer)
{
    return offer->model->price_in * 3 + offer->model->price_out; /* reads weigh more than writes */
}

/* What the offer is worth among those of its rank, higher first: chance by weight (Efraimidis and
 * Spirakis 2006: the largest of u^(1/w)), or cheapness. */
static double standing(struct zd_gateway *gateway, const struct zd_model__offer *offer,
                       bool cheapest)
{
    double chance = (double)(random_next(gateway) >> 11) / 9007199254740992.0;

    if (cheapest)
        return -(double)price_of(offer) + chance / 2;
    return log(chance + 1e-18) / offer->model->weight;
}

static void refuse(struct zd_exchange_end *refusal, const char *code)
{
    static const struct {
        const char *code, *message;
    } rows[] = {
        {"task_not_offered", "this model does not do what was asked"},
        {"model_not_filed", "a model without a filing number cannot serve a public desk"},
        {"data_class_not_allowed", "this model may not see data of this class"},
        {"local_only", "this text may only go to models in the office's own rooms"},
    };

    *refusal = (struct zd_exchange_end){.status = 404,
                                        .type = "invalid_request_error",
                                        .code = "model_not_found",
                                        .usage = {-1, -1}};
    memcpy(refusal->message, "there is no model of this name", 31);
    for (size_t i = 0; code && i < ZD_COUNT(rows); i++)
        if (strcmp(rows[i].code, code) == 0) {
            refusal->status = i == 0 ? 400 : 403;
            refusal->type = i == 0 ? "invalid_request_error" : "permission_error";
            refusal->code = rows[i].code;
            memcpy(refusal->message, rows[i].message, strlen(rows[i].message) + 1);
        }
}

size_t zd_model__candidates(struct zd_gateway *gateway, const struct zd_model__config *config,
                            const struct zd_exchange_request *request, uint64_t now_us,
                            const struct zd_model__offer **ret_offers, size_t max,
                            struct zd_exchange_end *ret_refusal)
{
    struct {
        const struct zd_model__offer *offer;
        double standing;
        bool open;
    } found[ZD_BACKEND_MAX] = {{NULL, 0, false}}, one;
    const char *against = NULL;
    size_t n = 0;

    for (size_t i = 0; i < config->models.n && n < ZD_COUNT(found); i++) {
        const struct zd_model__offer *offer = &config->offers[i];
        const struct zd_model__health *health;
        size_t at;

        if (!zd_str_eq(offer->model->name, request->model))
            continue;
        if (reason_against(offer, request)) {
            against = reason_against(offer, request);
            continue;
        }
        health = zd_model__health_of(gateway, offer->backend->key);
        if (!health)
            continue;
        one.offer = offer;
        one.open = zd_model__is_open(health, now_us);
        one.standing = standing(gateway, offer, request->caller.cheapest);
        for (at = n++; at > 0; at--) { /* sorted as they come: there are few */
            const struct zd_model *before = found[at - 1].offer->model;

            if (found[at - 1].open != one.open       ? one.open
                : before->rank != offer->model->rank ? before->rank < offer->model->rank
                                                     : found[at - 1].standing >= one.standing)
                break;
            found[at] = found[at - 1];
        }
        found[at] = one;
    }
    if (n == 0)
        refuse(ret_refusal, against);
    if (n > max)
        n = max;
    for (size_t i = 0; i < n; i++)
        ret_offers[i] = found[i].offer;
    return n;
}

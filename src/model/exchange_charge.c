/* exchange_charge: what an exchange may use, what it is charged, and its row (see model.h). */
#include "model/exchange_private.h"

#include <string.h>

#include "base/date.h"

#define LEAST_OUTPUT_TOKENS 16u
#define ENVELOPE_TOKENS 16u /* what a message costs beside its words */

/* --- what a request may use ------------------------------------------------------------------ */

/* Every text in the body counts, with its names: a little too much, never too little. */
static uint64_t input_tokens(struct zd_exchange *exchange)
{
    const json_t *messages = json_object_get(exchange->request.body, "messages");

    if (!zd_model__exchange_write(exchange))
        return UINT32_MAX;
    return zd_token_estimate(zd_buf_view(&exchange->body)) +
           json_array_size(messages) * ENVELOPE_TOKENS;
}

static uint64_t number_of(const json_t *body, const char *name)
{
    json_int_t n = json_integer_value(json_object_get(body, name));

    return n > 0 ? (uint64_t)n : 0;
}

static uint64_t money_of(const struct zd_model *model, uint64_t in, uint64_t out)
{
    return (model->price_in * in + model->price_out * out + 999999) / 1000000;
}

/* The dearest of the candidates, so that the reservation covers whichever answers. */
static uint64_t dearest(const struct zd_exchange *exchange, uint64_t in, uint64_t out)
{
    uint64_t most = 0;

    for (size_t i = 0; i < exchange->n_offers; i++) {
        uint64_t money = money_of(exchange->offers[i]->model, in, out);

        most = money > most ? money : most;
    }
    return most;
}

/* How many tokens the reply may have: what the caller asked for, within the model's most; where
 * the caller did not say, also within what the quotas leave. */
static uint64_t output_tokens(struct zd_exchange *exchange)
{
    const struct zd_model *model = exchange->offers[0]->model;
    struct zd_gateway *gateway = exchange->gateway;
    json_t *body = exchange->request.body;
    uint64_t asked = number_of(body, "max_completion_tokens"), n_choices = number_of(body, "n");
    uint64_t most = model->output_tokens, left;

    if (exchange->request.task == ZD_TASK_EMBEDDING)
        return 0;
    if (asked == 0)
        asked = number_of(body, "max_tokens");
    if (n_choices == 0)
        n_choices = 1;
    if (asked > 0)
        return (asked < most ? asked : most) * n_choices;
    left = zd_model__left(&gateway->ledger, &exchange->config->quotas, &exchange->request.caller,
                          ZD_MEASURE_TOKENS, zd_clock_wall_us(), gateway->today);
    if (left != UINT64_MAX && left < exchange->reserved_in + most * n_choices) {
        uint64_t rest = left > exchange->reserved_in ? left - exchange->reserved_in : 0;

        most = rest / n_choices < LEAST_OUTPUT_TOKENS ? LEAST_OUTPUT_TOKENS : rest / n_choices;
        if (!zd_json_set_new(body, "max_tokens", json_integer((json_int_t)most)))
            most = model->output_tokens;
        exchange->written_for = NULL;
    }
    return most * n_choices;
}

static uint32_t seconds_left(enum zd_quota_span span, int64_t wall_us)
{
    int64_t seconds = wall_us / 1000000;

    if (span == ZD_SPAN_MINUTE)
        return (uint32_t)(60 - seconds % 60);
    return 3600; /* a day or a month: to come back in an hour does no harm */
}

bool zd_model__exchange_reserve(struct zd_exchange *exchange, struct zd_exchange_end *refusal)
{
    struct zd_gateway *gateway = exchange->gateway;
    struct zd_model__shortage shortage = {0};
    struct zd_error err = {0};
    uint64_t amount[ZD_N_MEASURES];
    int64_t now = zd_clock_wall_us();
    enum zd_status st;

    exchange->estimate_in = input_tokens(exchange);
    exchange->reserved_in = exchange->estimate_in + exchange->estimate_in / 2;
    exchange->reserved_out = output_tokens(exchange);
    amount[ZD_MEASURE_REQUESTS] = 1;
    amount[ZD_MEASURE_TOKENS] = exchange->reserved_in + exchange->reserved_out;
    amount[ZD_MEASURE_MONEY] = dearest(exchange, exchange->reserved_in, exchange->reserved_out);
    st = zd_model__reserve(&gateway->ledger, &exchange->config->quotas, &exchange->request.caller,
                           amount, now, gateway->today, &exchange->reservation, &shortage, &err);
    if (st == ZD_OK)
        return true;
    if (st != ZD_LIMIT) {
        zd_model__fail(refusal, 503, "api_error", "busy", "no memory left to count the request");
        return false;
    }
    zd_model__fail(refusal, 429, "rate_limit_error",
                   shortage.span == ZD_SPAN_MINUTE ? "rate_limit_exceeded" : "insufficient_quota",
                   err.what);
    refusal->retry_after_s = seconds_left(shortage.span, now);
    return false;
}

/* --- the record ------------------------------------------------------------------------------ */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

struct zd_usage_row zd_model__exchange_record(const struct zd_exchange *exchange,
                                              enum zd_outcome outcome)
{
    const struct zd_model__offer *offer = exchange->offers[exchange->at];
    const struct zd_caller *caller = &exchange->request.caller;
    bool charged = outcome != ZD_OUTCOME_FAILED;
    bool told = exchange->told.in >= 0;
    struct zd_usage_row usage = {
        .id = zd_str_c(exchange->id),
        .begun = exchange->begun_wall,
        .ended = outcome == ZD_OUTCOME_RUNNING ? 0 : zd_clock_wall_us(),
        .api_key = caller->key,
        .department = caller->department,
        .desk = caller->desk,
        .model = exchange->request.model,
        .backend = offer->backend->name,
        .host = offer->url.host,
        .place = (int)offer->backend->place,
        .data_class = (int)exchange->request.data_class,
        .n_bytes = exchange->n_sent,
        .estimate_in = exchange->estimate_in,
        .estimate_out = exchange->estimate_out,
        .provider_in = exchange->told.in,
        .provider_out = exchange->told.out,
        .outcome = outcome,
    };

    if (outcome == ZD_OUTCOME_RUNNING) { /* a kill leaves the reservation as what is charged */
        usage.charged_in = exchange->reserved_in;
        usage.charged_out = exchange->reserved_out;
    } else if (charged) {
        usage.charged_in = least(told ? (uint64_t)exchange->told.in : exchange->estimate_in,
                                 exchange->reserved_in);
        usage.charged_out =
            least(exchange->told.out >= 0 ? (uint64_t)exchange->told.out : exchange->estimate_out,
                  exchange->reserved_out);
    }
    usage.money = money_of(offer->model, usage.charged_in, usage.charged_out);
    return usage;
}

/* Once: what was used is charged, the rest given back, the row written. */
void zd_model__exchange_settle(struct zd_exchange *exchange, enum zd_outcome outcome)
{
    struct zd_gateway *gateway = exchange->gateway;
    struct zd_usage_row usage;
    uint64_t charged[ZD_N_MEASURES];

    if (!exchange->reservation.accounts[0])
        return;
    usage = zd_model__exchange_record(exchange, outcome);
    charged[ZD_MEASURE_REQUESTS] = outcome != ZD_OUTCOME_FAILED;
    charged[ZD_MEASURE_TOKENS] = usage.charged_in + usage.charged_out;
    charged[ZD_MEASURE_MONEY] = least(usage.money, exchange->reservation.amount[ZD_MEASURE_MONEY]);
    usage.money = charged[ZD_MEASURE_MONEY];
    zd_model__settle(&exchange->reservation, charged);
    if (exchange->health) {
        exchange->health->n_tokens_in += usage.charged_in;
        exchange->health->n_tokens_out += usage.charged_out;
    }
    if (!zd_model__clerk_put(gateway->clerk, &usage, gateway->today))
        zd_model__log(gateway, "usage id=%s is lost: too far behind", exchange->id);
}

/* --- without a model --------------------------------------------------------------------- */

bool zd_gateway_count(struct zd_gateway *gateway, const struct zd_caller *caller, struct zd_str id,
                      struct zd_str model, struct zd_exchange_end *ret_refusal)
{
    const uint64_t amount[ZD_N_MEASURES] = {[ZD_MEASURE_REQUESTS] = 1};
    struct zd_model__reservation reservation = {0};
    struct zd_model__shortage shortage = {0};
    struct zd_error err = {0};
    int64_t now = zd_clock_wall_us();
    struct zd_usage_row usage = {
        .id = id,
        .begun = now,
        .ended = now,
        .api_key = caller->key,
        .department = caller->department,
        .desk = caller->desk,
        .model = model,
        .data_class = (int)caller->data_class,
        .provider_in = -1,
        .provider_out = -1,
        .outcome = ZD_OUTCOME_DONE,
    };
    enum zd_status st =
        zd_model__reserve(&gateway->ledger, &gateway->config->quotas, caller, amount, now,
                          gateway->today, &reservation, &shortage, &err);

    if (st == ZD_OK) {
        (void)zd_model__clerk_put(gateway->clerk, &usage, gateway->today);
        return true;
    }
    *ret_refusal = (struct zd_exchange_end){.usage = {-1, -1}};
    zd_model__fail(ret_refusal, 429, "rate_limit_error",
                   shortage.span == ZD_SPAN_MINUTE ? "rate_limit_exceeded" : "insufficient_quota",
                   err.what);
    ret_refusal->retry_after_s = seconds_left(shortage.span, now);
    gateway->n_refused++;
    return false;
}

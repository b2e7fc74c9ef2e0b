/* exchange: one request to a model, from the reservation to the record (see model.h).
 *
 *     WAITING  → a place at a backend is free →  RUNNING  → … first token … →  RUNNING
 *        ↑                                          │ failed before the first token
 *        └────────── the next candidate ────────────┘ (at most RETRIES times)
 *
 * An exchange that is over for its owner (the stream said [DONE]) stays until the connection has
 * ended or DRAIN_MS are over, so that the connection can serve again. Ends are told from the loop,
 * never from inside _start: an exchange that has failed without any event is put on the way by
 * on_soon. */
#include <stdio.h>
#include <string.h>

#include "base/caps.h"
#include "base/date.h"
#include "model/model_private.h"

#define RETRIES 2
#define CANDIDATES 8
#define DRAIN_MS 1000
#define LONGEST_REST_MS 2000 /* a single backend that asks for more is not waited for */
#define LEAST_OUTPUT_TOKENS 16u
#define ENVELOPE_TOKENS 16u /* what a message costs beside its words */

enum phase { PHASE_WAITING, PHASE_RUNNING, PHASE_OVER };

struct zd_exchange {
    struct zd_gateway *gateway;
    struct zd_exchange *prev, *next;           /* all */
    struct zd_exchange *wait_prev, *wait_next; /* those who wait */
    struct zd_exchange_request request;
    struct zd_model__config *config;
    const struct zd_model__offer *offers[CANDIDATES];
    size_t n_offers, at; /* the one that is asked */
    enum phase phase;
    bool is_waiting_list; /* on the list of those who wait */
    struct zd_upstream_call *call;
    struct zd_model__health *health; /* where it has a place */
    struct zd_upstream_head head;
    struct zd_buf body;                        /* as it is sent to … */
    const struct zd_model__offer *written_for; /* NULL: not written */
    struct zd_buf whole;                       /* a reply that is no stream */
    struct zd_sse sse;
    struct zd_model__reservation reservation;
    uint64_t reserved_in, reserved_out, estimate_in, estimate_out;
    struct zd_reply_usage told;
    uint64_t begun_us, wait_until_us, not_before_us, over_us;
    uint64_t n_sent; /* bytes of bodies that went out */
    int depth;       /* inside the owner's callbacks: not freed before they have returned */
    bool is_doomed;
    int64_t begun_wall;
    uint32_t n_tries;
    bool has_token, is_finished, is_done, is_paused, fails_soon;
    bool is_too_large; /* more than we read; that is no illness of the backend */
    struct zd_exchange_end end;
    char id[64];
};

static void exchange_try(struct zd_exchange *exchange);

static void fail(struct zd_exchange_end *end, int status, const char *type, const char *code,
                 const char *message)
{
    end->status = status;
    end->type = type;
    end->code = code;
    (void)snprintf(end->message, sizeof end->message, "%.199s", message);
}

/* --- what a request may use ------------------------------------------------------------------ */

/* The body as the backend gets that is asked: what differs by service is set anew where another was
 * asked before. */
static bool write_body(struct zd_exchange *exchange)
{
    const struct zd_model__offer *offer = exchange->offers[exchange->at];
    json_t *body = exchange->request.body;
    json_t *options;
    bool ok;

    if (exchange->written_for == offer)
        return true;
    exchange->written_for = NULL;
    ok = zd_json_set_str(body, "model", offer->model->upstream);
    if (ok && exchange->request.stream) {
        (void)json_object_del(body, "stream_options");
        if (offer->profile->asks_usage) {
            options = json_object();
            ok = zd_json_set_new(options, "include_usage", json_true()) &&
                 json_object_set(body, "stream_options", options) == 0;
            json_decref(options);
        }
    }
    zd_buf_clear(&exchange->body);
    if (!ok || zd_json_write(body, &exchange->body, NULL) != ZD_OK)
        return false;
    exchange->written_for = offer;
    return true;
}

/* Every text in the body counts, with its names: a little too much, never too little. */
static uint64_t input_tokens(struct zd_exchange *exchange)
{
    const json_t *messages = json_object_get(exchange->request.body, "messages");

    if (!write_body(exchange))
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

static bool exchange_reserve(struct zd_exchange *exchange, struct zd_exchange_end *refusal)
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
        fail(refusal, 503, "api_error", "busy", "no memory left to count the request");
        return false;
    }
    fail(refusal, 429, "rate_limit_error",
         shortage.span == ZD_SPAN_MINUTE ? "rate_limit_exceeded" : "insufficient_quota", err.what);
    refusal->retry_after_s = seconds_left(shortage.span, now);
    return false;
}

/* --- the record ------------------------------------------------------------------------------ */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static struct zd_usage_row record_of(const struct zd_exchange *exchange, enum zd_outcome outcome)
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
static void exchange_settle(struct zd_exchange *exchange, enum zd_outcome outcome)
{
    struct zd_gateway *gateway = exchange->gateway;
    struct zd_usage_row usage;
    uint64_t charged[ZD_N_MEASURES];

    if (!exchange->reservation.accounts[0])
        return;
    usage = record_of(exchange, outcome);
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

/* --- places and the queue -------------------------------------------------------------------- */

static void wait_leave(struct zd_exchange *exchange)
{
    struct zd_gateway *gateway = exchange->gateway;

    if (!exchange->is_waiting_list)
        return;
    if (exchange->wait_prev)
        exchange->wait_prev->wait_next = exchange->wait_next;
    else
        gateway->waiting_first = exchange->wait_next;
    if (exchange->wait_next)
        exchange->wait_next->wait_prev = exchange->wait_prev;
    else
        gateway->waiting_last = exchange->wait_prev;
    exchange->wait_prev = exchange->wait_next = NULL;
    exchange->is_waiting_list = false;
    gateway->n_waiting--;
}

static void wait_enter(struct zd_exchange *exchange)
{
    struct zd_gateway *gateway = exchange->gateway;

    exchange->phase = PHASE_WAITING;
    if (exchange->is_waiting_list)
        return;
    exchange->wait_prev = gateway->waiting_last;
    exchange->wait_next = NULL;
    if (gateway->waiting_last)
        gateway->waiting_last->wait_next = exchange;
    else
        gateway->waiting_first = exchange;
    gateway->waiting_last = exchange;
    exchange->is_waiting_list = true;
    gateway->n_waiting++;
}

static struct zd_model__health *health_at(const struct zd_exchange *exchange, size_t i)
{
    return zd_model__health_of(exchange->gateway, exchange->offers[i]->backend->key);
}

static bool has_place(const struct zd_exchange *exchange, size_t i, uint64_t now_us)
{
    const struct zd_model__health *health = health_at(exchange, i);

    return health && !zd_model__is_open(health, now_us) &&
           health->n_running < exchange->offers[i]->backend->max_parallel;
}

/* The next candidate from `at` on that has a place and is well; SIZE_MAX: none now. */
static size_t place_for(const struct zd_exchange *exchange, uint64_t now_us)
{
    for (size_t i = exchange->at; i < exchange->n_offers; i++)
        if (has_place(exchange, i, now_us))
            return i;
    return SIZE_MAX;
}

/* True when every candidate is left alone for longer than anybody should wait. */
static bool is_hopeless(const struct zd_exchange *exchange, uint64_t now_us)
{
    for (size_t i = exchange->at; i < exchange->n_offers; i++) {
        const struct zd_model__health *health = health_at(exchange, i);

        if (health && health->open_until_us <= now_us &&
            health->rest_until_us <= now_us + LONGEST_REST_MS * 1000ull)
            return false;
    }
    return true;
}

/* The exchange's department was served now. */
static void take_turn(struct zd_exchange *exchange)
{
    struct zd_model__account *department = exchange->reservation.accounts[ZD_QUOTA_DEPARTMENT];

    if (department)
        department->turn = ++exchange->gateway->turn;
}

/* A place became free: of those who could use one, the first of the department that was served
 * longest ago. */
static void serve_waiting(struct zd_gateway *gateway)
{
    uint64_t now = zd_clock_mono_us();
    struct zd_exchange *best;

    do {
        uint64_t turn = UINT64_MAX;

        best = NULL;
        for (struct zd_exchange *e = gateway->waiting_first; e; e = e->wait_next) {
            const struct zd_model__account *department =
                e->reservation.accounts[ZD_QUOTA_DEPARTMENT];

            if (e->not_before_us <= now && !e->fails_soon && department &&
                department->turn < turn && place_for(e, now) != SIZE_MAX) {
                best = e;
                turn = department->turn;
            }
        }
        if (best)
            exchange_try(best);
    } while (best);
}

/* --- the end --------------------------------------------------------------------------------- */

static void exchange_free(struct zd_exchange *exchange)
{
    struct zd_gateway *gateway = exchange->gateway;

    wait_leave(exchange);
    if (exchange->depth > 0) {
        exchange->is_doomed = true;
        return;
    }
    if (exchange->prev)
        exchange->prev->next = exchange->next;
    else
        gateway->exchanges = exchange->next;
    if (exchange->next)
        exchange->next->prev = exchange->prev;
    gateway->n_exchanges--;
    zd_buf_done(&exchange->body);
    zd_buf_done(&exchange->whole);
    zd_sse_done(&exchange->sse);
    json_decref(exchange->request.body);
    zd_model__config_leave(exchange->config);
    zd_free(exchange);
}

/* Around the owner's callbacks, in which the owner may cancel the exchange. */
static void hold(struct zd_exchange *exchange)
{
    exchange->depth++;
}

static void let_go(struct zd_exchange *exchange)
{
    if (--exchange->depth == 0 && exchange->is_doomed)
        exchange_free(exchange);
}

static void release_place(struct zd_exchange *exchange)
{
    if (!exchange->health)
        return;
    exchange->health->is_trying = false;
    exchange->health->n_running--;
    exchange->health = NULL;
}

/* Tells the owner, once. The exchange stays while its connection drains. */
static void tell_end(struct zd_exchange *exchange, enum zd_outcome outcome)
{
    void (*on_end)(void *, const struct zd_exchange_end *) = exchange->request.on_end;

    if (exchange->phase == PHASE_OVER)
        return;
    exchange->phase = PHASE_OVER;
    exchange->over_us = zd_clock_mono_us();
    wait_leave(exchange);
    exchange_settle(exchange, outcome);
    exchange->end.usage = exchange->told;
    on_end(exchange->request.context, &exchange->end);
}

/* The exchange is over and has no connection. */
static void exchange_end(struct zd_exchange *exchange, enum zd_outcome outcome)
{
    struct zd_gateway *gateway = exchange->gateway;

    release_place(exchange);
    tell_end(exchange, outcome);
    exchange_free(exchange);
    serve_waiting(gateway);
}

/* --- what a backend says --------------------------------------------------------------------- */

static bool take_reply(struct zd_exchange *exchange, struct zd_str text, enum zd_reply_kind kind)
{
    const struct zd_model__offer *offer = exchange->offers[exchange->at];
    struct zd_reply_facts facts;
    struct zd_error err = {0};
    json_t *reply = NULL;

    if (zd_reply_read(text, kind, offer->profile, exchange->request.model, &reply, &facts, &err) !=
        ZD_OK) {
        fail(&exchange->end, 502, "api_error", "upstream_malformed",
             "the backend's reply cannot be read");
        return false;
    }
    if (facts.is_error) {
        char said[200];

        zd_reply_error_text(text, said);
        fail(&exchange->end, 502, "api_error", "upstream_error",
             said[0] ? said : "the backend reported an error");
        return false;
    }
    exchange->has_token = exchange->has_token || facts.has_text || facts.is_finished;
    exchange->is_finished = exchange->is_finished || facts.is_finished;
    exchange->estimate_out += facts.n_text_tokens;
    if (facts.usage.in >= 0)
        exchange->told.in = facts.usage.in;
    if (facts.usage.out >= 0)
        exchange->told.out = facts.usage.out;
    exchange->request.on_reply(exchange->request.context, reply);
    json_decref(reply);
    return true;
}

static bool on_event(void *context, struct zd_str data)
{
    struct zd_exchange *exchange = context;

    if (exchange->phase == PHASE_OVER)
        return false;
    if (zd_str_eq(zd_str_trim(data), ZD_STR("[DONE]"))) {
        exchange->is_done = true;
        return false;
    }
    return data.n == 0 || take_reply(exchange, data, ZD_REPLY_CHUNK);
}

static void on_head(void *context, const struct zd_upstream_head *head)
{
    struct zd_exchange *exchange = context;

    exchange->head = *head;
}

static bool is_good_stream(const struct zd_exchange *exchange)
{
    return exchange->request.stream && exchange->head.status == 200 && !exchange->head.is_json;
}

/* The stream is whole: the owner hears it now, the connection ends by itself. */
static void stream_done(struct zd_exchange *exchange)
{
    if (!exchange->has_token) {
        fail(&exchange->end, 502, "api_error", "upstream_empty", "the backend's reply is empty");
        return;
    }
    zd_model__health_good(exchange->health);
    exchange->end.status = 200;
    tell_end(exchange, ZD_OUTCOME_DONE);
}

static bool take_bytes(struct zd_exchange *exchange, struct zd_bytes bytes)
{
    struct zd_error err = {0};

    if (exchange->phase == PHASE_OVER)
        return true; /* what stands behind [DONE] is nobody's */
    if (!is_good_stream(exchange)) {
        zd_buf_add(&exchange->whole, bytes.p, bytes.n);
        return !exchange->whole.bad;
    }
    if (zd_sse_feed(&exchange->sse, bytes, on_event, exchange, &err) != ZD_OK) {
        fail(&exchange->end, 502, "api_error", "upstream_malformed", err.what);
        return false;
    }
    if (exchange->phase != PHASE_OVER && exchange->is_done)
        stream_done(exchange);
    return exchange->end.status == 0 || exchange->end.status == 200;
}

static bool on_bytes(void *context, struct zd_bytes bytes)
{
    struct zd_exchange *exchange = context;
    bool more;

    hold(exchange);
    more = take_bytes(exchange, bytes);
    let_go(exchange);
    return more;
}

/* --- failing and trying again ---------------------------------------------------------------- */

static void say_result(struct zd_exchange *exchange, enum zd_upstream_result result)
{
    struct zd_exchange_end *end = &exchange->end;

    if (end->status != 0 && end->status != 200)
        return;
    switch (result) {
    case ZD_UPSTREAM_TIMEOUT:
        fail(end, 504, "api_error", "upstream_timeout", "the backend did not answer in time");
        break;
    case ZD_UPSTREAM_TOO_LARGE:
        exchange->is_too_large = true;
        fail(end, 502, "api_error", "upstream_too_large", "the backend's reply is too long");
        break;
    case ZD_UPSTREAM_UNREACHABLE:
    case ZD_UPSTREAM_FORBIDDEN:
        fail(end, 502, "api_error", "upstream_unreachable", "the backend cannot be reached");
        break;
    default:
        fail(end, 502, "api_error", "upstream_broken", "the backend's reply broke off");
    }
}

/* A status that is the caller's own fault is told to the caller; any other is the backend's. */
static bool say_status(struct zd_exchange *exchange)
{
    const struct zd_upstream_head *head = &exchange->head;
    struct zd_exchange_end *end = &exchange->end;
    char said[200];

    zd_reply_error_text(zd_buf_view(&exchange->whole), said);
    switch (head->status) {
    case 400:
    case 413:
    case 422:
        fail(end, head->status, "invalid_request_error", "upstream_refused",
             said[0] ? said : "the backend refused the request");
        return false;
    case 401:
    case 403:
    case 404:
        fail(end, 502, "api_error", "upstream_refused",
             "the backend refused us: its key, its model or its address is not right");
        return true;
    case 429:
        fail(end, 429, "rate_limit_error", "upstream_busy", "the backend asks to be left alone");
        end->retry_after_s = (head->retry_after_ms + 999) / 1000;
        return true;
    case 408:
    case 504:
        fail(end, 504, "api_error", "upstream_timeout", "the backend did not answer in time");
        return true;
    case 503:
    case 529:
        fail(end, 503, "api_error", "upstream_busy", "the backend is overloaded");
        end->retry_after_s = (head->retry_after_ms + 999) / 1000;
        return true;
    default:
        fail(end, 502, "api_error", "upstream_error", "the backend failed");
        return true;
    }
}

/* The backend has failed this try. Before the first token the next candidate is asked, or the same
 * again a little later; otherwise the exchange ends. */
static void try_failed(struct zd_exchange *exchange, bool is_backends_fault)
{
    struct zd_gateway *gateway = exchange->gateway;
    struct zd_model__health *health = exchange->health;
    uint64_t now = zd_clock_mono_us();
    uint32_t rest_ms = exchange->head.retry_after_ms;
    bool again;

    if (is_backends_fault && health) {
        if (exchange->head.status == 429 || (exchange->head.status == 503 && rest_ms > 0))
            health->rest_until_us = now + (rest_ms ? rest_ms : 1000) * 1000ull;
        if (exchange->head.status != 429 && !exchange->is_too_large)
            zd_model__health_bad(gateway, health, now);
    } else if (health) {
        zd_model__health_good(health);
    }
    release_place(exchange);
    again = is_backends_fault && !exchange->has_token && exchange->n_tries <= RETRIES &&
            (exchange->at + 1 < exchange->n_offers || rest_ms <= LONGEST_REST_MS) &&
            !is_hopeless(exchange, now);
    if (!again) {
        exchange_end(exchange, exchange->has_token ? ZD_OUTCOME_BROKEN : ZD_OUTCOME_FAILED);
        return;
    }
    gateway->n_retried++;
    if (exchange->at + 1 < exchange->n_offers) {
        exchange->at++;
        exchange->not_before_us = now;
    } else { /* the only one: after what it asked for, and up to half as much again */
        uint64_t wait_us = (rest_ms ? rest_ms : 100u << exchange->n_tries) * 1000ull;

        gateway->seed = gateway->seed * 6364136223846793005ull + 1442695040888963407ull;
        exchange->not_before_us = now + wait_us + (gateway->seed >> 33) % (wait_us / 2 + 1);
    }
    exchange->wait_until_us = exchange->not_before_us + gateway->limits.queue_ms * 1000ull;
    wait_enter(exchange);
    serve_waiting(gateway);
}

/* A reply that is no stream, or that should have been one. */
static void whole_ended(struct zd_exchange *exchange)
{
    enum zd_reply_kind kind =
        exchange->request.task == ZD_TASK_EMBEDDING ? ZD_REPLY_EMBEDDING : ZD_REPLY_COMPLETION;

    if (exchange->request.stream)
        fail(&exchange->end, 502, "api_error", "upstream_malformed",
             "the backend did not answer with a stream");
    else if (take_reply(exchange, zd_buf_view(&exchange->whole), kind)) {
        zd_model__health_good(exchange->health);
        exchange->end.status = 200;
        exchange_end(exchange, ZD_OUTCOME_DONE);
        return;
    }
    try_failed(exchange, true);
}

static void take_end(struct zd_exchange *exchange, enum zd_upstream_result result)
{
    struct zd_gateway *gateway = exchange->gateway;

    exchange->call = NULL;
    if (exchange->phase == PHASE_OVER) {
        release_place(exchange);
        exchange_free(exchange);
        serve_waiting(gateway);
        return;
    }
    if (result == ZD_UPSTREAM_DONE && exchange->head.status != 200) {
        bool backends_fault = say_status(exchange);

        try_failed(exchange, backends_fault);
        return;
    }
    if (result == ZD_UPSTREAM_DONE && !is_good_stream(exchange)) {
        whole_ended(exchange);
        return;
    }
    if (result == ZD_UPSTREAM_DONE && exchange->end.status == 0 &&
        zd_sse_finish(&exchange->sse, on_event, exchange, NULL) == ZD_OK &&
        exchange->end.status == 0 && exchange->has_token &&
        (exchange->is_done || exchange->is_finished)) {
        zd_model__health_good(exchange->health); /* some services leave [DONE] away */
        exchange->end.status = 200;
        exchange_end(exchange, ZD_OUTCOME_DONE);
        return;
    }
    say_result(exchange, result);
    try_failed(exchange, true);
}

static void on_end(void *context, enum zd_upstream_result result)
{
    struct zd_exchange *exchange = context;

    hold(exchange);
    take_end(exchange, result);
    let_go(exchange);
}

/* --- sending --------------------------------------------------------------------------------- */

static bool exchange_send(struct zd_exchange *exchange)
{
    static const char *const paths[ZD_N_TASKS] = {"/chat/completions", "/embeddings"};
    const struct zd_model__offer *offer = exchange->offers[exchange->at];
    struct zd_gateway *gateway = exchange->gateway;
    struct zd_buf url = {.max = 2048};
    struct zd_upstream_request request = {
        .place = offer->backend->place,
        .authorization = offer->authorization.p,
        .wants_events = exchange->request.stream,
        .clocks = gateway->limits.clocks,
        .context = exchange,
        .on_head = on_head,
        .on_bytes = on_bytes,
        .on_end = on_end,
    };
    bool ok = write_body(exchange);

    zd_buf_str(&url, offer->base);
    zd_buf_c(&url, paths[exchange->request.task]);
    request.url = zd_buf_cstr(&url);
    request.body = zd_buf_view(&exchange->body);
    ok = ok && request.url &&
         zd_upstream_start(gateway->upstream, &request, &exchange->call, NULL) == ZD_OK;
    if (ok)
        exchange->n_sent += exchange->body.n;
    zd_buf_done(&url);
    return ok;
}

/* Begins with a candidate that has a place; waits where none has. */
static void exchange_try(struct zd_exchange *exchange)
{
    struct zd_gateway *gateway = exchange->gateway;
    uint64_t now = zd_clock_mono_us();
    size_t at = exchange->not_before_us <= now ? place_for(exchange, now) : SIZE_MAX;
    struct zd_usage_row usage;

    if (at == SIZE_MAX) {
        wait_enter(exchange);
        return;
    }
    wait_leave(exchange);
    exchange->at = at;
    exchange->phase = PHASE_RUNNING;
    exchange->n_tries++;
    exchange->head = (struct zd_upstream_head){0};
    exchange->end = (struct zd_exchange_end){.usage = {-1, -1}};
    exchange->told = (struct zd_reply_usage){-1, -1};
    zd_buf_clear(&exchange->whole);
    exchange->whole.max = ZD_UPSTREAM_MAX_BYTES;
    zd_sse_done(&exchange->sse);
    zd_sse_init(&exchange->sse);
    exchange->health = health_at(exchange, at);
    exchange->health->n_running++;
    exchange->health->n_requests++;
    if (exchange->health->open_until_us > 0)
        exchange->health->is_trying = true;
    take_turn(exchange);
    if (!exchange_send(exchange)) {
        fail(&exchange->end, 503, "api_error", "busy", "no memory left for the request");
        release_place(exchange);
        exchange->fails_soon = true;
        wait_enter(exchange);
        event_active(gateway->on_soon, EV_TIMEOUT, 0);
        return;
    }
    usage = record_of(exchange, ZD_OUTCOME_RUNNING);
    (void)zd_model__clerk_put(gateway->clerk, &usage, gateway->today); /* the end is what counts */
}

/* --- the face -------------------------------------------------------------------------------- */

static bool check_scope(const struct zd_exchange_request *request, struct zd_exchange_end *refusal)
{
    uint32_t wanted =
        request->task == ZD_TASK_CHAT ? ZD_SCOPE_CHAT | ZD_SCOPE_DESK : ZD_SCOPE_EMBEDDING;

    if (request->caller.scope & wanted)
        return true;
    fail(refusal, 403, "permission_error", "scope_not_allowed", "this key does not open that");
    return false;
}

static struct zd_exchange *exchange_new(struct zd_gateway *gateway,
                                        const struct zd_exchange_request *request,
                                        struct zd_exchange_end *refusal)
{
    struct zd_exchange *exchange = zd_alloc(sizeof *exchange);

    if (!exchange || zd_model__clerk_is_behind(gateway->clerk)) {
        fail(refusal, 503, "api_error", "busy", "the usage cannot be written: try again later");
        refusal->retry_after_s = 5;
        zd_free(exchange);
        json_decref(request->body);
        return NULL;
    }
    exchange->gateway = gateway;
    exchange->request = *request;
    if (exchange->request.data_class < request->caller.data_class)
        exchange->request.data_class = request->caller.data_class;
    exchange->config = gateway->config;
    exchange->config->n_users++;
    exchange->begun_us = zd_clock_mono_us();
    exchange->begun_wall = zd_clock_wall_us();
    exchange->wait_until_us = exchange->begun_us + gateway->limits.queue_ms * 1000ull;
    exchange->told = (struct zd_reply_usage){-1, -1};
    exchange->body.max = 2 * ZD_CHAT_BODY_MAX_BYTES;
    memcpy(exchange->id, request->id.p,
           request->id.n < sizeof exchange->id ? request->id.n : sizeof exchange->id - 1);
    exchange->next = gateway->exchanges;
    if (gateway->exchanges)
        gateway->exchanges->prev = exchange;
    gateway->exchanges = exchange;
    gateway->n_exchanges++;
    return exchange;
}

struct zd_exchange *zd_exchange_start(struct zd_gateway *gateway,
                                      const struct zd_exchange_request *request,
                                      struct zd_exchange_end *ret_refusal)
{
    struct zd_exchange *exchange;

    *ret_refusal = (struct zd_exchange_end){.usage = {-1, -1}};
    exchange = exchange_new(gateway, request, ret_refusal);
    if (!exchange)
        return NULL;
    if (check_scope(&exchange->request, ret_refusal))
        exchange->n_offers =
            zd_model__candidates(gateway, exchange->config, &exchange->request, exchange->begun_us,
                                 exchange->offers, CANDIDATES, ret_refusal);
    if (exchange->n_offers > 0 && gateway->n_waiting >= gateway->limits.max_waiting &&
        place_for(exchange, exchange->begun_us) == SIZE_MAX) {
        fail(ret_refusal, 503, "api_error", "busy", "too many requests wait for a backend");
        ret_refusal->retry_after_s = 2;
        exchange->n_offers = 0;
    }
    if (exchange->n_offers > 0 && is_hopeless(exchange, exchange->begun_us)) {
        fail(ret_refusal, 503, "api_error", "upstream_unavailable",
             "the backend has failed and is left alone for a while");
        ret_refusal->retry_after_s = (gateway->limits.open_ms + 999) / 1000;
        exchange->n_offers = 0;
    }
    if (exchange->n_offers == 0 || !exchange_reserve(exchange, ret_refusal)) {
        gateway->n_refused++;
        exchange_free(exchange);
        return NULL;
    }
    exchange_try(exchange);
    return exchange;
}

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
    fail(ret_refusal, 429, "rate_limit_error",
         shortage.span == ZD_SPAN_MINUTE ? "rate_limit_exceeded" : "insufficient_quota", err.what);
    ret_refusal->retry_after_s = seconds_left(shortage.span, now);
    gateway->n_refused++;
    return false;
}

void zd_exchange_cancel(struct zd_exchange *exchange)
{
    struct zd_gateway *gateway;
    struct zd_upstream_call *call;

    if (!exchange || exchange->phase == PHASE_OVER)
        return;
    gateway = exchange->gateway;
    call = exchange->call;
    exchange->phase = PHASE_OVER;
    wait_leave(exchange);
    exchange_settle(exchange, call ? ZD_OUTCOME_LEFT : ZD_OUTCOME_FAILED);
    if (exchange->health)
        exchange->health->is_trying = false; /* it has found out nothing */
    release_place(exchange);
    exchange->call = NULL;
    zd_upstream_cancel(call);
    exchange_free(exchange);
    serve_waiting(gateway);
}

void zd_exchange_pause(struct zd_exchange *exchange)
{
    exchange->is_paused = true;
    if (exchange->call)
        zd_upstream_pause(exchange->call);
}

void zd_exchange_resume(struct zd_exchange *exchange)
{
    exchange->is_paused = false;
    if (exchange->call)
        zd_upstream_resume(exchange->call);
}

void zd_model__exchanges_soon(struct zd_gateway *gateway)
{
    struct zd_exchange *e = gateway->waiting_first;

    while (e) {
        if (!e->fails_soon) {
            e = e->wait_next;
            continue;
        }
        exchange_end(e, e->has_token ? ZD_OUTCOME_BROKEN : ZD_OUTCOME_FAILED);
        e = gateway->waiting_first; /* the list may have changed anywhere */
    }
}

/* What waits too long fails; what drains too long is cut. */
void zd_model__exchanges_tick(struct zd_gateway *gateway, uint64_t now_us)
{
    struct zd_exchange *next;

    for (struct zd_exchange *e = gateway->exchanges; e; e = next) {
        next = e->next;
        if (e->phase == PHASE_WAITING && !e->fails_soon &&
            (now_us >= e->wait_until_us || is_hopeless(e, now_us))) {
            if (e->end.status == 0)
                fail(&e->end, 503, "api_error", "busy", "no backend had a place in time");
            e->end.retry_after_s = 5;
            e->fails_soon = true;
            event_active(gateway->on_soon, EV_TIMEOUT, 0);
        } else if (e->phase == PHASE_OVER && e->call && now_us - e->over_us >= DRAIN_MS * 1000ull) {
            struct zd_upstream_call *call = e->call;

            e->call = NULL;
            zd_upstream_cancel(call);
            release_place(e);
            exchange_free(e);
        }
    }
    serve_waiting(gateway);
}

/* Exchanges of keys that are no longer valid end now. */
void zd_model__exchanges_revoke(struct zd_gateway *gateway)
{
    for (struct zd_exchange *e = gateway->exchanges; e; e = e->next) {
        const struct zd_api_key_list *keys = &gateway->config->keys;
        bool revoked = e->phase != PHASE_OVER;

        for (size_t i = 0; i < keys->n && revoked; i++)
            revoked = !(keys->p[i].revoked == 0 && zd_str_eq(keys->p[i].id, e->request.caller.key));
        if (!revoked)
            continue;
        fail(&e->end, 401, "authentication_error", "key_revoked", "this key was revoked");
        if (e->call)
            zd_upstream_cancel(e->call);
        e->call = NULL;
        release_place(e);
        e->fails_soon = true;
        wait_enter(e);
        event_active(gateway->on_soon, EV_TIMEOUT, 0);
    }
}

void zd_model__exchanges_cancel(struct zd_gateway *gateway)
{
    while (gateway->exchanges) {
        struct zd_exchange *exchange = gateway->exchanges;
        struct zd_upstream_call *call = exchange->call;

        if (exchange->phase != PHASE_OVER)
            exchange_settle(exchange, ZD_OUTCOME_LEFT);
        exchange->call = NULL;
        zd_upstream_cancel(call);
        exchange_free(exchange);
    }
}

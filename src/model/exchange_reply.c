/* exchange_reply: what a backend says, and what is made of its failing. */
#include "model/exchange_private.h"

#include "base/caps.h"
#include "base/date.h"

#define RETRIES 2

/* --- what a backend says --------------------------------------------------------------------- */

static bool take_reply(struct zd_exchange *exchange, struct zd_str text, enum zd_reply_kind kind)
{
    const struct zd_model__offer *offer = exchange->offers[exchange->at];
    struct zd_reply_facts facts;
    struct zd_error err = {0};
    json_t *reply = NULL;

    if (zd_reply_read(text, kind, offer->profile, exchange->request.model, &reply, &facts, &err) !=
        ZD_OK) {
        zd_model__fail(&exchange->end, 502, "api_error", "upstream_malformed",
                       "the backend's reply cannot be read");
        return false;
    }
    if (facts.is_error) {
        char said[200];

        zd_reply_error_text(text, said);
        zd_model__fail(&exchange->end, 502, "api_error", "upstream_error",
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

void zd_model__on_head(void *context, const struct zd_upstream_head *head)
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
        zd_model__fail(&exchange->end, 502, "api_error", "upstream_empty",
                       "the backend's reply is empty");
        return;
    }
    zd_model__health_good(exchange->health);
    exchange->end.status = 200;
    zd_model__exchange_tell(exchange, ZD_OUTCOME_DONE);
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
        zd_model__fail(&exchange->end, 502, "api_error", "upstream_malformed", err.what);
        return false;
    }
    if (exchange->phase != PHASE_OVER && exchange->is_done)
        stream_done(exchange);
    return exchange->end.status == 0 || exchange->end.status == 200;
}

bool zd_model__on_bytes(void *context, struct zd_bytes bytes)
{
    struct zd_exchange *exchange = context;
    bool more;

    zd_model__exchange_hold(exchange);
    more = take_bytes(exchange, bytes);
    zd_model__exchange_let_go(exchange);
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
        zd_model__fail(end, 504, "api_error", "upstream_timeout",
                       "the backend did not answer in time");
        break;
    case ZD_UPSTREAM_TOO_LARGE:
        exchange->is_too_large = true;
        zd_model__fail(end, 502, "api_error", "upstream_too_large",
                       "the backend's reply is too long");
        break;
    case ZD_UPSTREAM_UNREACHABLE:
    case ZD_UPSTREAM_FORBIDDEN:
        zd_model__fail(end, 502, "api_error", "upstream_unreachable",
                       "the backend cannot be reached");
        break;
    default:
        zd_model__fail(end, 502, "api_error", "upstream_broken", "the backend's reply broke off");
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
        zd_model__fail(end, head->status, "invalid_request_error", "upstream_refused",
                       said[0] ? said : "the backend refused the request");
        return false;
    case 401:
    case 403:
    case 404:
        zd_model__fail(end, 502, "api_error", "upstream_refused",
                       "the backend refused us: its key, its model or its address is not right");
        return true;
    case 429:
        zd_model__fail(end, 429, "rate_limit_error", "upstream_busy",
                       "the backend asks to be left alone");
        end->retry_after_s = (head->retry_after_ms + 999) / 1000;
        return true;
    case 408:
    case 504:
        zd_model__fail(end, 504, "api_error", "upstream_timeout",
                       "the backend did not answer in time");
        return true;
    case 503:
    case 529:
        zd_model__fail(end, 503, "api_error", "upstream_busy", "the backend is overloaded");
        end->retry_after_s = (head->retry_after_ms + 999) / 1000;
        return true;
    default:
        zd_model__fail(end, 502, "api_error", "upstream_error", "the backend failed");
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
    zd_model__release_place(exchange);
    again = is_backends_fault && !exchange->has_token && exchange->n_tries <= RETRIES &&
            (exchange->at + 1 < exchange->n_offers || rest_ms <= ZD_MODEL__LONGEST_REST_MS) &&
            !zd_model__is_hopeless(exchange, now);
    if (!again) {
        zd_model__exchange_end(exchange,
                               exchange->has_token ? ZD_OUTCOME_BROKEN : ZD_OUTCOME_FAILED);
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
    zd_model__wait_enter(exchange);
    zd_model__serve_waiting(gateway);
}

/* A reply that is no stream, or that should have been one. */
static void whole_ended(struct zd_exchange *exchange)
{
    enum zd_reply_kind kind =
        exchange->request.task == ZD_TASK_EMBEDDING ? ZD_REPLY_EMBEDDING : ZD_REPLY_COMPLETION;

    if (exchange->request.stream)
        zd_model__fail(&exchange->end, 502, "api_error", "upstream_malformed",
                       "the backend did not answer with a stream");
    else if (take_reply(exchange, zd_buf_view(&exchange->whole), kind)) {
        zd_model__health_good(exchange->health);
        exchange->end.status = 200;
        zd_model__exchange_end(exchange, ZD_OUTCOME_DONE);
        return;
    }
    try_failed(exchange, true);
}

static void take_end(struct zd_exchange *exchange, enum zd_upstream_result result)
{
    struct zd_gateway *gateway = exchange->gateway;

    exchange->call = NULL;
    if (exchange->phase == PHASE_OVER) {
        zd_model__release_place(exchange);
        zd_model__exchange_free(exchange);
        zd_model__serve_waiting(gateway);
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
        zd_model__exchange_end(exchange, ZD_OUTCOME_DONE);
        return;
    }
    say_result(exchange, result);
    try_failed(exchange, true);
}

void zd_model__on_end(void *context, enum zd_upstream_result result)
{
    struct zd_exchange *exchange = context;

    zd_model__exchange_hold(exchange);
    take_end(exchange, result);
    zd_model__exchange_let_go(exchange);
}

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
#include "model/exchange_private.h"

#include <stdio.h>
#include <string.h>

#include "base/caps.h"
#include "base/date.h"

#define DRAIN_MS 1000

void zd_model__fail(struct zd_exchange_end *end, int status, const char *type, const char *code,
                    const char *message)
{
    end->status = status;
    end->type = type;
    end->code = code;
    (void)snprintf(end->message, sizeof end->message, "%.199s", message);
}

/* --- the end --------------------------------------------------------------------------------- */

void zd_model__exchange_free(struct zd_exchange *exchange)
{
    struct zd_gateway *gateway = exchange->gateway;

    zd_model__wait_leave(exchange);
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
void zd_model__exchange_hold(struct zd_exchange *exchange)
{
    exchange->depth++;
}

void zd_model__exchange_let_go(struct zd_exchange *exchange)
{
    if (--exchange->depth == 0 && exchange->is_doomed)
        zd_model__exchange_free(exchange);
}

/* Tells the owner, once. The exchange stays while its connection drains. */
void zd_model__exchange_tell(struct zd_exchange *exchange, enum zd_outcome outcome)
{
    void (*on_end)(void *, const struct zd_exchange_end *) = exchange->request.on_end;

    if (exchange->phase == PHASE_OVER)
        return;
    exchange->phase = PHASE_OVER;
    exchange->over_us = zd_clock_mono_us();
    zd_model__wait_leave(exchange);
    zd_model__exchange_settle(exchange, outcome);
    exchange->end.usage = exchange->told;
    on_end(exchange->request.context, &exchange->end);
}

/* The exchange is over and has no connection. */
void zd_model__exchange_end(struct zd_exchange *exchange, enum zd_outcome outcome)
{
    struct zd_gateway *gateway = exchange->gateway;

    zd_model__release_place(exchange);
    zd_model__exchange_tell(exchange, outcome);
    zd_model__exchange_free(exchange);
    zd_model__serve_waiting(gateway);
}

/* --- sending --------------------------------------------------------------------------------- */

/* The body as the backend gets that is asked: what differs by service is set anew where another was
 * asked before. */
bool zd_model__exchange_write(struct zd_exchange *exchange)
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
        .on_head = zd_model__on_head,
        .on_bytes = zd_model__on_bytes,
        .on_end = zd_model__on_end,
    };
    bool ok = zd_model__exchange_write(exchange);

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
void zd_model__exchange_try(struct zd_exchange *exchange)
{
    struct zd_gateway *gateway = exchange->gateway;
    uint64_t now = zd_clock_mono_us();
    size_t at = exchange->not_before_us <= now ? zd_model__place_for(exchange, now) : SIZE_MAX;
    struct zd_usage_row usage;

    if (at == SIZE_MAX) {
        zd_model__wait_enter(exchange);
        return;
    }
    zd_model__wait_leave(exchange);
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
    exchange->health = zd_model__health_at(exchange, at);
    exchange->health->n_running++;
    exchange->health->n_requests++;
    if (exchange->health->open_until_us > 0)
        exchange->health->is_trying = true;
    zd_model__take_turn(exchange);
    if (!exchange_send(exchange)) {
        zd_model__fail(&exchange->end, 503, "api_error", "busy", "no memory left for the request");
        zd_model__release_place(exchange);
        exchange->fails_soon = true;
        zd_model__wait_enter(exchange);
        event_active(gateway->on_soon, EV_TIMEOUT, 0);
        return;
    }
    usage = zd_model__exchange_record(exchange, ZD_OUTCOME_RUNNING);
    (void)zd_model__clerk_put(gateway->clerk, &usage, gateway->today); /* the end is what counts */
}

/* --- the face -------------------------------------------------------------------------------- */

static bool check_scope(const struct zd_exchange_request *request, struct zd_exchange_end *refusal)
{
    uint32_t wanted =
        request->task == ZD_TASK_CHAT ? ZD_SCOPE_CHAT | ZD_SCOPE_DESK : ZD_SCOPE_EMBEDDING;

    if (request->caller.scope & wanted)
        return true;
    zd_model__fail(refusal, 403, "permission_error", "scope_not_allowed",
                   "this key does not open that");
    return false;
}

static struct zd_exchange *exchange_new(struct zd_gateway *gateway,
                                        const struct zd_exchange_request *request,
                                        struct zd_exchange_end *refusal)
{
    struct zd_exchange *exchange = zd_alloc(sizeof *exchange);

    if (!exchange || zd_model__clerk_is_behind(gateway->clerk)) {
        zd_model__fail(refusal, 503, "api_error", "busy",
                       "the usage cannot be written: try again later");
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
                                 exchange->offers, ZD_MODEL__CANDIDATES, ret_refusal);
    if (exchange->n_offers > 0 && gateway->n_waiting >= gateway->limits.max_waiting &&
        zd_model__place_for(exchange, exchange->begun_us) == SIZE_MAX) {
        zd_model__fail(ret_refusal, 503, "api_error", "busy",
                       "too many requests wait for a backend");
        ret_refusal->retry_after_s = 2;
        exchange->n_offers = 0;
    }
    if (exchange->n_offers > 0 && zd_model__is_hopeless(exchange, exchange->begun_us)) {
        zd_model__fail(ret_refusal, 503, "api_error", "upstream_unavailable",
                       "the backend has failed and is left alone for a while");
        ret_refusal->retry_after_s = (gateway->limits.open_ms + 999) / 1000;
        exchange->n_offers = 0;
    }
    if (exchange->n_offers == 0 || !zd_model__exchange_reserve(exchange, ret_refusal)) {
        gateway->n_refused++;
        zd_model__exchange_free(exchange);
        return NULL;
    }
    zd_model__exchange_try(exchange);
    return exchange;
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
    zd_model__wait_leave(exchange);
    zd_model__exchange_settle(exchange, call ? ZD_OUTCOME_LEFT : ZD_OUTCOME_FAILED);
    if (exchange->health)
        exchange->health->is_trying = false; /* it has found out nothing */
    zd_model__release_place(exchange);
    exchange->call = NULL;
    zd_upstream_cancel(call);
    zd_model__exchange_free(exchange);
    zd_model__serve_waiting(gateway);
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
        zd_model__exchange_end(e, e->has_token ? ZD_OUTCOME_BROKEN : ZD_OUTCOME_FAILED);
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
            (now_us >= e->wait_until_us || zd_model__is_hopeless(e, now_us))) {
            if (e->end.status == 0)
                zd_model__fail(&e->end, 503, "api_error", "busy", "no backend had a place in time");
            e->end.retry_after_s = 5;
            e->fails_soon = true;
            event_active(gateway->on_soon, EV_TIMEOUT, 0);
        } else if (e->phase == PHASE_OVER && e->call && now_us - e->over_us >= DRAIN_MS * 1000ull) {
            struct zd_upstream_call *call = e->call;

            e->call = NULL;
            zd_upstream_cancel(call);
            zd_model__release_place(e);
            zd_model__exchange_free(e);
        }
    }
    zd_model__serve_waiting(gateway);
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
        zd_model__fail(&e->end, 401, "authentication_error", "key_revoked", "this key was revoked");
        if (e->call)
            zd_upstream_cancel(e->call);
        e->call = NULL;
        zd_model__release_place(e);
        e->fails_soon = true;
        zd_model__wait_enter(e);
        event_active(gateway->on_soon, EV_TIMEOUT, 0);
    }
}

void zd_model__exchanges_cancel(struct zd_gateway *gateway)
{
    while (gateway->exchanges) {
        struct zd_exchange *exchange = gateway->exchanges;
        struct zd_upstream_call *call = exchange->call;

        if (exchange->phase != PHASE_OVER)
            zd_model__exchange_settle(exchange, ZD_OUTCOME_LEFT);
        exchange->call = NULL;
        zd_upstream_cancel(call);
        zd_model__exchange_free(exchange);
    }
}

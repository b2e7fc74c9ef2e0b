/* api_openai.c: the OpenAI face: /v1/chat/completions, /v1/embeddings, /v1/models.
 *
 *     handle   small body: read and guarded here, on the loop; else, and for a desk's evidence,
 *              once more on a lane's thread
 *     start    the chat begins; its pieces become events, its whole the reply
 *
 * Nothing is sent before the first piece, so that whatever fails before it has its own status. A
 * stream that fails later ends with one event that holds the error, and without [DONE]. */
#include <string.h>

#include "base/json.h"
#include "desk/chat.h"
#include "http/app_private.h"

#define LOOP_MAX_BYTES 16384 /* a body of more is read on a lane: the loop must not stop for it */

/* What one request holds until its end. */
struct talk {
    struct zd_http_site *site;
    struct zd_http_request *request;
    struct zd_chat *chat; /* NULL: not read yet */
    struct zd_buf piece;
    struct zd_exchange_end end;
    bool has_begun; /* the head of the stream is out */
    bool in_start, has_ended, is_paused;
};

/* The error in the OpenAI form, as the reply. */
static void fill_error(struct zd_http_request *request, const struct zd_exchange_end *end)
{
    json_t *error = zd_chat_error_json(end, zd_str_c(request->id));
    struct zd_http_reply *reply = &request->reply;

    zd_buf_clear(&reply->body);
    reply->status = end->status;
    reply->type = "application/json; charset=utf-8";
    if (end->retry_after_s > 0)
        zd_buf_printf(&reply->fields, "Retry-After: %u\r\n", end->retry_after_s);
    if (end->status == 401)
        zd_buf_c(&reply->fields, "WWW-Authenticate: Bearer realm=\"zhidian\"\r\n");
    if (!error || zd_json_write(error, &reply->body, NULL) != ZD_OK) {
        zd_buf_clear(&reply->body);
        reply->fixed = ZD_STR("{\"error\":{\"message\":\"out of memory\",\"type\":\"api_error\","
                              "\"param\":null,\"code\":\"busy\"}}");
    }
    json_decref(error);
}

void zd_http__openai_error(struct zd_http_request *request, int status, const char *code,
                           const char *message)
{
    struct zd_exchange_end end = {.status = status,
                                  .type = status == 401   ? "authentication_error"
                                          : status == 429 ? "rate_limit_error"
                                          : status >= 500 ? "api_error"
                                                          : "invalid_request_error",
                                  .code = code};

    memcpy(end.message, message, strnlen(message, sizeof end.message - 1));
    fill_error(request, &end);
}

/* "data: …\n\n" of a value, or of a word where there is none. */
static void send_event(struct talk *talk, const json_t *value, struct zd_str word)
{
    size_t waits;

    zd_buf_clear(&talk->piece);
    zd_buf_c(&talk->piece, "data: ");
    if (!value)
        zd_buf_str(&talk->piece, word);
    else if (zd_json_write(value, &talk->piece, NULL) != ZD_OK)
        return;
    zd_buf_c(&talk->piece, "\n\n");
    waits = zd_http_stream_write(talk->request, zd_buf_view(&talk->piece));
    if (waits > ZD_STREAM_QUEUE_MAX_BYTES && !talk->is_paused) {
        talk->is_paused = true;
        zd_chat_pause(talk->chat);
    }
}

static void begin_stream(struct talk *talk)
{
    if (talk->has_begun)
        return;
    talk->has_begun = true;
    talk->request->reply.status = 200;
    talk->request->reply.type = "text/event-stream; charset=utf-8";
    zd_http_stream_begin(talk->request);
}

static void on_reply(void *context, json_t *reply)
{
    struct talk *talk = context;
    struct zd_http_reply *out = &talk->request->reply;

    if (zd_chat_is_stream(talk->chat)) {
        begin_stream(talk);
        send_event(talk, reply, ZD_STR(""));
        return;
    }
    zd_buf_clear(&out->body);
    out->status = 200;
    out->type = "application/json; charset=utf-8";
    if (zd_json_write(reply, &out->body, NULL) != ZD_OK)
        out->body.bad = true; /* the server then says 503 */
}

/* The chat is over: ends the stream, or sends the reply. The talk is gone afterwards. */
static void finish(struct talk *talk)
{
    struct zd_http_request *request = talk->request;
    const struct zd_exchange_end *end = &talk->end;

    if (!talk->has_begun) {
        if (end->status != 200)
            fill_error(request, end);
        if (end->status == 200 && zd_chat_is_stream(talk->chat)) {
            begin_stream(talk); /* it had nothing to say */
        } else {
            zd_http_reply_now(request);
            return;
        }
    }
    if (end->status == 200) {
        send_event(talk, NULL, ZD_STR("[DONE]"));
    } else {
        json_t *error = zd_chat_error_json(end, zd_str_c(request->id));

        send_event(talk, error, ZD_STR("{\"error\":{\"message\":\"out of memory\"}}"));
        json_decref(error);
    }
    zd_http_stream_end(request);
}

static void on_end(void *context, const struct zd_exchange_end *end)
{
    struct talk *talk = context;

    talk->end = *end;
    talk->has_ended = true;
    if (!talk->in_start)
        finish(talk);
}

/* --- what the server says ---------------------------------------------------------------------- */

static void later_start(void *context, struct zd_http_request *request)
{
    struct talk *talk = request->reply.held;
    const struct zd_chat_sink sink = {talk, on_reply, on_end};
    bool ok;

    (void)context;
    if (!talk->has_ended && (!talk->chat || zd_chat_needs_ground(talk->chat))) {
        if (zd_http_to_lane(request, ZD_HTTP_LANE_ASK))
            return;
        talk->end = (struct zd_exchange_end){
            .status = 503, .type = "api_error", .code = "busy", .retry_after_s = 1};
        memcpy(talk->end.message, "too many requests are waiting", 30);
        talk->has_ended = true;
    }
    if (!talk->has_ended) {
        talk->in_start = true;
        ok = zd_chat_start(talk->chat, talk->site->gateway, &sink, &talk->end);
        talk->in_start = false;
        if (!ok)
            talk->has_ended = true;
    }
    if (talk->has_ended)
        finish(talk);
}

static void later_gone(void *context, struct zd_http_request *request)
{
    struct talk *talk = request->reply.held;

    (void)context;
    zd_chat_free(talk->chat);
    zd_buf_done(&talk->piece);
    zd_free(talk);
}

static void later_room(void *context, struct zd_http_request *request)
{
    struct talk *talk = request->reply.held;

    (void)context;
    if (talk->is_paused) {
        talk->is_paused = false;
        zd_chat_resume(talk->chat);
    }
}

static void later_quiet(void *context, struct zd_http_request *request)
{
    struct talk *talk = request->reply.held;

    (void)context;
    if (!talk->chat || !zd_chat_is_stream(talk->chat))
        return;
    begin_stream(talk);
    (void)zd_http_stream_write(request, ZD_STR(": \n\n"));
}

static void later_stop(void *context, struct zd_http_request *request)
{
    struct talk *talk = request->reply.held;

    (void)context;
    if (talk->has_ended)
        return;
    zd_chat_free(talk->chat);
    talk->chat = NULL;
    talk->end = (struct zd_exchange_end){
        .status = 503, .type = "api_error", .code = "stopping", .retry_after_s = 5};
    memcpy(talk->end.message, "the server is stopping", 23);
    talk->has_ended = true;
    finish(talk);
}

static const struct zd_http_later later = {later_start, later_gone, later_room, later_quiet,
                                           later_stop};

/* --- handlers ---------------------------------------------------------------------------------- */

static struct talk *talk_begin(struct zd_http_call *call)
{
    struct talk *talk = call->reply->held;

    if (talk)
        return talk; /* the second time, on a lane */
    talk = zd_alloc(sizeof *talk);
    if (!talk) {
        zd_http__openai_error(call->request, 503, "busy", "no memory left for the request");
        return NULL;
    }
    talk->site = call->site;
    talk->request = call->request;
    talk->piece.max = ZD_UPSTREAM_MAX_BYTES * 2;
    call->reply->held = talk;
    call->reply->later = &later;
    return talk;
}

/* "X-Zhidian-Data-Class: internal". False: no such class. */
static bool read_class(const struct zd_http_call *call, enum zd_data_class *ret_class)
{
    struct zd_str word = zd_http_head_find(&call->request->head, "x-zhidian-data-class");

    *ret_class = ZD_DATA_PUBLIC;
    if (!word.p)
        return true;
    *ret_class = zd_data_class_of(word);
    return *ret_class < ZD_N_DATA_CLASSES;
}

static void read_body(struct zd_http_call *call, struct talk *talk, enum zd_task task)
{
    struct zd_chat_request request = {
        .body = zd_buf_view(&call->request->body),
        .task = task,
        .caller = call->caller,
        .id = zd_str_c(call->request->id),
        .guard = call->site->guard,
    };

    if (read_class(call, &request.data_class)) {
        zd_chat_prepare(&request, &talk->chat, &talk->end);
    } else {
        talk->end = (struct zd_exchange_end){
            .status = 400, .type = "invalid_request_error", .code = "invalid_data_class"};
        memcpy(talk->end.message, "X-Zhidian-Data-Class names no class", 36);
    }
    talk->has_ended = talk->chat == NULL;
}

static void publish(void *context, struct zd_citation *citation)
{
    zd_http__publish(context, citation);
}

static void ground(struct zd_http_call *call, struct talk *talk)
{
    struct zd_error err = {0};

    if (call->worker && zd_chat_ground(talk->chat, call->worker->desk, call->site->contact, publish,
                                       call, &err) == ZD_OK)
        return;
    talk->has_ended = true;
    talk->end = (struct zd_exchange_end){
        .status = 503, .type = "api_error", .code = "busy", .retry_after_s = 2};
    memcpy(talk->end.message, "the office cannot be read now", 30);
    if (err.status == ZD_INVALID || err.status == ZD_LIMIT) {
        talk->end.status = 400;
        talk->end.type = "invalid_request_error";
        talk->end.code = "invalid_question";
        memcpy(talk->end.message, err.what, strnlen(err.what, sizeof talk->end.message - 1) + 1);
        talk->end.message[sizeof talk->end.message - 1] = '\0';
    }
}

static void handle(struct zd_http_call *call, enum zd_task task)
{
    struct talk *talk;

    if (!call->site->gateway) {
        zd_http__openai_error(call->request, 503, "no_gateway",
                              "another process serves this office's models");
        return;
    }
    if (!zd_http__is_json(zd_http_head_find(&call->request->head, "content-type"))) {
        zd_http__openai_error(call->request, 415, "unsupported_type",
                              "the body must be application/json");
        return;
    }
    talk = talk_begin(call);
    if (!talk || (!call->on_lane && call->request->body.n > LOOP_MAX_BYTES))
        return;
    if (!talk->chat)
        read_body(call, talk, task);
    if (talk->chat && call->on_lane && zd_chat_needs_ground(talk->chat))
        ground(call, talk);
}

void zd_http__chat_completions(struct zd_http_call *call)
{
    handle(call, ZD_TASK_CHAT);
}

void zd_http__embeddings(struct zd_http_call *call)
{
    handle(call, ZD_TASK_EMBEDDING);
}

static json_t *model_json(struct zd_str name, struct zd_str owner)
{
    json_t *o = json_object();

    if (zd_json_set_str(o, "id", name) && zd_json_set_str(o, "object", ZD_STR("model")) &&
        zd_json_set_new(o, "created", json_integer(0)) && zd_json_set_str(o, "owned_by", owner))
        return o;
    json_decref(o);
    return NULL;
}

/* The desk of the caller. NULL: it may not ask it. */
static json_t *desk_json(struct zd_http_call *call)
{
    struct zd_str name = zd_arena_printf(call->arena, ZD_DESK_PREFIX "%.*s",
                                         (int)call->caller.desk.n, call->caller.desk.p);

    return call->caller.scope & ZD_SCOPE_DESK ? model_json(name, ZD_STR("zhidian")) : NULL;
}

void zd_http__models_list(struct zd_http_call *call)
{
    json_t *o = json_object(), *list = json_array(), *desk;
    struct zd_model_info info;
    size_t at = 0;
    bool ok = list != NULL;

    if (!call->site->gateway) {
        json_decref(list);
        json_decref(o);
        zd_http__openai_error(call->request, 503, "no_gateway",
                              "another process serves this office's models");
        return;
    }
    desk = desk_json(call);
    if (desk)
        ok = json_array_append_new(list, desk) == 0;
    while (ok && zd_gateway_model_next(call->site->gateway, &call->caller, &at, &info))
        ok = json_array_append_new(list, model_json(info.name, info.backend)) == 0;
    ok =
        ok && zd_json_set_str(o, "object", ZD_STR("list")) && json_object_set(o, "data", list) == 0;
    json_decref(list);
    if (!ok) {
        json_decref(o);
        o = NULL;
    }
    zd_http__reply_json(call, 200, o);
}

void zd_http__models_show(struct zd_http_call *call)
{
    struct zd_str desk = zd_arena_printf(call->arena, ZD_DESK_PREFIX "%.*s",
                                         (int)call->caller.desk.n, call->caller.desk.p);
    struct zd_model_info info;
    size_t at = 0;

    if ((call->caller.scope & ZD_SCOPE_DESK) && zd_str_eq(call->id, desk)) {
        zd_http__reply_json(call, 200, desk_json(call));
        return;
    }
    while (call->site->gateway &&
           zd_gateway_model_next(call->site->gateway, &call->caller, &at, &info))
        if (zd_str_eq(info.name, call->id)) {
            zd_http__reply_json(call, 200, model_json(info.name, info.backend));
            return;
        }
    zd_http__openai_error(call->request, 404, "model_not_found", "there is no model of this name");
}

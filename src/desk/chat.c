/* chat: bodies, guard, pass-through (see chat.h).
 *
 * The body is checked only for what we rely on: the rest is the model's business and goes through
 * as it came (tools, response_format, temperature, …). No field may name an address to fetch:
 * pictures come as data: or not at all. */
#include "desk/chat.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "desk/chat_private.h"
#include "guard/label.h"

#define ARENA_MAX_BYTES (64 * ZD_MiB)
#define MAX_TEXTS 4096
#define MAX_MESSAGES 2048

void zd_chat__refuse(struct zd_exchange_end *end, int status, const char *type, const char *code,
                     const char *message)
{
    *end =
        (struct zd_exchange_end){.status = status, .type = type, .code = code, .usage = {-1, -1}};
    (void)snprintf(end->message, sizeof end->message, "%.199s", message);
}

static void refuse_body(struct zd_exchange_end *end, const char *message)
{
    zd_chat__refuse(end, 400, "invalid_request_error", "invalid_body", message);
}

json_t *zd_chat_error_json(const struct zd_exchange_end *end, struct zd_str id)
{
    json_t *inner = json_object(), *outer = json_object();
    bool ok = zd_json_set_str(inner, "message", zd_str_c(end->message)) &&
              zd_json_set_str(inner, "type", zd_str_c(end->type)) &&
              zd_json_set_new(inner, "param", json_null()) &&
              zd_json_set_str(inner, "code", zd_str_c(end->code)) &&
              zd_json_set_str(inner, "request_id", id) && outer &&
              json_object_set(outer, "error", inner) == 0;

    json_decref(inner);
    if (ok)
        return outer;
    json_decref(outer);
    return NULL;
}

/* --- the texts of a body, in one order for reading and for writing back ---------------------- */

struct texts {
    json_t **values; /* [n] strings of the body */
    size_t n, cap;
    const char *fault;
};

static void texts_add(struct texts *texts, json_t *value)
{
    if (!json_is_string(value) || json_string_length(value) == 0)
        return;
    if (zd_grow(&texts->values, &texts->cap, texts->n + 1, sizeof(json_t *), MAX_TEXTS))
        texts->values[texts->n++] = value;
    else
        texts->fault = "too many texts in one request";
}

/* A part of a message: text, or a picture that lies in the request itself. */
static void texts_of_part(struct texts *texts, const json_t *part)
{
    const json_t *image = json_object_get(part, "image_url");
    struct zd_str url = json_is_string(image)
                            ? (struct zd_str){json_string_value(image), json_string_length(image)}
                            : zd_json_str(image, "url");

    texts_add(texts, json_object_get(part, "text"));
    if (image && !zd_str_starts(url, ZD_STR("data:")))
        texts->fault = "a picture must lie in the request (data:…): no address is fetched";
}

static void texts_of_message(struct texts *texts, const json_t *message)
{
    json_t *content = json_object_get(message, "content");
    const json_t *calls = json_object_get(message, "tool_calls");

    if (!json_is_object(message) || !json_is_string(json_object_get(message, "role"))) {
        texts->fault = "each message is an object with a role";
        return;
    }
    if (content && !json_is_string(content) && !json_is_array(content) && !json_is_null(content))
        texts->fault = "the content of a message is a string or a list of parts";
    texts_add(texts, content);
    for (size_t i = 0; i < json_array_size(content); i++)
        texts_of_part(texts, json_array_get(content, i));
    texts_add(texts, json_object_get(message, "reasoning_content"));
    for (size_t i = 0; i < json_array_size(calls); i++)
        texts_add(texts, json_object_get(json_object_get(json_array_get(calls, i), "function"),
                                         "arguments"));
}

static void texts_of_body(struct texts *texts, const json_t *body, enum zd_task task)
{
    const json_t *messages = json_object_get(body, "messages");
    json_t *input = json_object_get(body, "input");

    if (task == ZD_TASK_EMBEDDING) {
        if (!json_is_string(input) && !json_is_array(input))
            texts->fault = "input is a string or a list of strings";
        texts_add(texts, input);
        for (size_t i = 0; i < json_array_size(input); i++)
            texts_add(texts, json_array_get(input, i));
        return;
    }
    if (!json_is_array(messages) || json_array_size(messages) == 0)
        texts->fault = "messages is a list with at least one message";
    else if (json_array_size(messages) > MAX_MESSAGES)
        texts->fault = "too many messages";
    for (size_t i = 0; !texts->fault && i < json_array_size(messages); i++)
        texts_of_message(texts, json_array_get(messages, i));
}

/* --- the guard -------------------------------------------------------------------------------- */

static bool look(struct zd_chat *chat, const struct texts *texts, bool local,
                 struct zd_guard_verdict *verdict, struct zd_exchange_end *refusal)
{
    struct zd_str *views = zd_arena_array(chat->arena, texts->n + 1, sizeof *views);
    struct zd_error err = {0};

    for (size_t i = 0; views && i < texts->n; i++)
        views[i] = (struct zd_str){json_string_value(texts->values[i]),
                                   json_string_length(texts->values[i])};
    if (!views || zd_guard_outgoing(chat->hold->guard, views, texts->n, chat->data_class, local,
                                    chat->arena, verdict, &err) != ZD_OK) {
        zd_chat__refuse(refusal, 503, "api_error", "busy", "no memory left to look at the request");
        return false;
    }
    zd_chat__guard_note(chat->office_guard, chat->hold, chat->id, verdict->hits, verdict->n_hits);
    return true;
}

/* What the guard says of the body: masked where it must be, or bound to the office's own rooms. */
static bool guard_body(struct zd_chat *chat, const struct texts *texts,
                       struct zd_exchange_end *refusal)
{
    const enum zd_data_class declared = chat->data_class;
    struct zd_guard_verdict verdict = {0};

    if (!look(chat, texts, false, &verdict, refusal))
        return false;
    chat->data_class = verdict.data_class;
    if (verdict.action == ZD_GUARD_BLOCK) {
        char why[200];

        (void)snprintf(why, sizeof why, "%.*s",
                       (int)(verdict.reason.n < 190 ? verdict.reason.n : 0),
                       verdict.reason.p ? verdict.reason.p : "");
        zd_chat__refuse(refusal, 403, "permission_error", "content_blocked",
                        why[0] ? why : "the guard does not let this text out");
        return false;
    }
    if (verdict.action == ZD_GUARD_LOCAL) {
        chat->local_only = true;
        return true;
    }
    chat->mask = verdict.mask;
    if (verdict.action == ZD_GUARD_MASK)
        chat->data_class = declared; /* what made it more is no longer there */
    for (size_t i = 0; i < texts->n; i++)
        if (verdict.texts[i].p != json_string_value(texts->values[i]) &&
            json_string_setn(texts->values[i], verdict.texts[i].p, verdict.texts[i].n) != 0) {
            zd_chat__refuse(refusal, 503, "api_error", "busy", "no memory left to mask");
            return false;
        }
    return true;
}

bool zd_chat__restore(struct zd_chat *chat, size_t choice, struct zd_str piece, bool last,
                      struct zd_buf *out)
{
    struct zd_guard_reply **reply = &chat->replies[choice];
    enum zd_status st = ZD_OK;

    if (!zd_guard_words(chat->hold->guard) && (!chat->mask || zd_mask_count(chat->mask) == 0)) {
        zd_buf_str(out, piece);
        return !out->bad;
    }
    if (!*reply)
        st = zd_guard_reply_new(chat->hold->guard, chat->mask, reply, NULL);
    if (st == ZD_OK)
        st = zd_guard_reply_feed(*reply, piece, out, NULL);
    if (st == ZD_OK && last)
        st = zd_guard_reply_end(*reply, out, NULL);
    return st == ZD_OK;
}

/* --- reading a request ------------------------------------------------------------------------ */

static bool read_options(struct zd_chat *chat, struct zd_exchange_end *refusal)
{
    const json_t *stream = json_object_get(chat->body, "stream");
    const json_t *options = json_object_get(chat->body, "stream_options");
    const json_t *n = json_object_get(chat->body, "n");
    struct zd_str model = zd_json_str(chat->body, "model");

    if (model.n == 0 || model.n > 128) {
        refuse_body(refusal, "model names a model or a desk");
        return false;
    }
    if ((stream && !json_is_boolean(stream) && !json_is_null(stream)) ||
        (n && !json_is_null(n) &&
         (!json_is_integer(n) || json_integer_value(n) < 1 ||
          json_integer_value(n) > ZD_CHOICES_MAX))) {
        refuse_body(refusal, "stream is true or false, n is 1 to 16");
        return false;
    }
    chat->model = zd_arena_str(chat->arena, model);
    chat->stream = json_is_true(stream);
    chat->wants_usage = json_is_true(json_object_get(options, "include_usage"));
    if (zd_str_starts(chat->model, ZD_STR(ZD_DESK_PREFIX)))
        chat->desk = zd_str_cut(chat->model, strlen(ZD_DESK_PREFIX), chat->model.n);
    return true;
}

/* What a message of the user says, in the arena; empty for any other's. */
static struct zd_str user_text(struct zd_chat *chat, const json_t *message)
{
    const json_t *content = json_object_get(message, "content");
    struct zd_buf text = {.max = ZD_CHAT_BODY_MAX_BYTES};
    struct zd_str said;

    if (!zd_str_eq(zd_json_str(message, "role"), ZD_STR("user")))
        return ZD_STR("");
    zd_buf_str(&text, zd_json_str(message, "content"));
    for (size_t part = 0; part < json_array_size(content); part++)
        zd_buf_str(&text, zd_json_str(json_array_get(content, part), "text"));
    said = zd_arena_str(chat->arena, zd_buf_view(&text));
    zd_buf_done(&text);
    return said;
}

/* The last thing the user said is the question; what the user said before is the conversation that
 * it may lean on. What the assistant is said to have answered counts for nothing: anybody can have
 * written it. */
static bool read_question(struct zd_chat *chat, struct zd_exchange_end *refusal)
{
    const json_t *messages = json_object_get(chat->body, "messages");
    size_t first = ZD_COUNT(chat->history);

    for (size_t i = json_array_size(messages); i > 0 && first > 0; i--) {
        struct zd_str said = user_text(chat, json_array_get(messages, i - 1));

        if (said.n == 0)
            continue;
        if (chat->question.n == 0)
            chat->question = said;
        else
            chat->history[--first] = said;
    }
    chat->n_history = ZD_COUNT(chat->history) - first;
    memmove(chat->history, chat->history + first, chat->n_history * sizeof *chat->history);
    if (chat->question.n > 0 && chat->question.n <= ZD_QUESTION_MAX_BYTES)
        return true;
    refuse_body(refusal, "a desk needs a question of the user of at most 4,096 bytes");
    return false;
}

static bool check_desk(const struct zd_chat *chat, struct zd_exchange_end *refusal)
{
    if (chat->task == ZD_TASK_CHAT && zd_str_eq(chat->desk, chat->caller.desk) &&
        (chat->caller.scope & ZD_SCOPE_DESK))
        return true;
    zd_chat__refuse(refusal, 404, "invalid_request_error", "model_not_found",
                    "there is no desk of this name for this key");
    return false;
}

static bool copy_caller(struct zd_chat *chat, const struct zd_chat_request *request)
{
    struct zd_caller *to = &chat->caller;

    *to = request->caller;
    to->key = zd_arena_str(chat->arena, to->key);
    to->department = zd_arena_str(chat->arena, to->department);
    to->desk = zd_arena_str(chat->arena, to->desk);
    to->desk_model = zd_arena_str(chat->arena, to->desk_model);
    chat->id = zd_arena_str(chat->arena, request->id);
    return !zd_arena_overflowed(chat->arena);
}

static bool prepare(struct zd_chat *chat, const struct zd_chat_request *request,
                    struct zd_exchange_end *refusal)
{
    struct texts texts = {0};
    struct zd_error err = {0};
    bool ok = false;

    if (!copy_caller(chat, request)) {
        zd_chat__refuse(refusal, 503, "api_error", "busy", "no memory left for the request");
    } else if (zd_json_parse(request->body, &chat->body, &err) != ZD_OK) {
        refuse_body(refusal, err.what);
    } else if (!json_is_object(chat->body)) {
        refuse_body(refusal, "the body is no JSON object");
    } else if (read_options(chat, refusal)) {
        texts_of_body(&texts, chat->body, chat->task);
        if (texts.fault)
            refuse_body(refusal, texts.fault);
        else if (chat->desk.p)
            ok = check_desk(chat, refusal) && read_question(chat, refusal);
        else
            ok = guard_body(chat, &texts, refusal);
    }
    zd_free(texts.values);
    return ok;
}

void zd_chat_prepare(const struct zd_chat_request *request, struct zd_chat **ret_chat,
                     struct zd_exchange_end *ret_refusal)
{
    struct zd_chat *chat = zd_alloc(sizeof *chat);

    *ret_chat = NULL;
    if (chat)
        chat->arena = zd_arena_new(ARENA_MAX_BYTES);
    if (!chat || !chat->arena) {
        zd_free(chat);
        zd_chat__refuse(ret_refusal, 503, "api_error", "busy", "no memory left for the request");
        return;
    }
    chat->task = request->task;
    chat->data_class = request->data_class > request->caller.data_class
                           ? request->data_class
                           : request->caller.data_class;
    chat->office_guard = request->guard;
    chat->hold = zd_chat__guard_take(request->guard);
    chat->created = zd_clock_wall_us() / 1000000;
    if (prepare(chat, request, ret_refusal)) {
        *ret_chat = chat;
        return;
    }
    zd_chat_free(chat);
}

bool zd_chat_is_stream(const struct zd_chat *chat)
{
    return chat->stream;
}

bool zd_chat_needs_ground(const struct zd_chat *chat)
{
    return chat->desk.p && !chat->is_grounded;
}

/* --- what comes back -------------------------------------------------------------------------- */

void zd_chat__end(struct zd_chat *chat, const struct zd_exchange_end *end)
{
    if (chat->is_over)
        return;
    chat->is_over = true;
    chat->sink.on_end(chat->sink.context, end);
}

/* The head of every reply is ours: the id of the request, and when it was asked. */
static bool set_head(struct zd_chat *chat, json_t *reply)
{
    char id[80];

    (void)snprintf(id, sizeof id, "chatcmpl-%.*s", (int)chat->id.n, chat->id.p);
    return zd_json_set_str(reply, "id", zd_str_c(id)) &&
           zd_json_set_new(reply, "created", json_integer(chat->created));
}

/* A whole reply, or the chunk that ends a choice, says by its metadata that a model worded it; the
 * words themselves are a program's and stay as they came. */
static bool set_label(struct zd_chat *chat, json_t *reply)
{
    const json_t *choice = json_array_get(json_object_get(reply, "choices"), 0);

    return !json_is_string(json_object_get(choice, "finish_reason")) ||
           zd_json_set_new(reply, "AIGC", zd_label_json(chat->model, chat->id));
}

/* Restores the text of one choice, in place. False: blocked, or memory ended. */
static bool restore_choice(struct zd_chat *chat, json_t *choice, const char *part_name)
{
    json_t *part = json_object_get(choice, part_name);
    size_t index = (size_t)json_integer_value(json_object_get(choice, "index"));
    bool last = json_is_string(json_object_get(choice, "finish_reason"));
    bool has_role = !chat->stream || chat->roles >> index & 1 || json_object_get(part, "role");
    struct zd_str content = zd_json_str(part, "content");
    struct zd_buf out = {.max = ZD_UPSTREAM_MAX_BYTES * 2};
    bool ok = has_role || zd_json_set_str(part, "role", ZD_STR("assistant"));

    chat->roles |= 1u << index; /* some services leave it away; clients rely on it */
    if (content.n > 0 || last) {
        ok = zd_chat__restore(chat, index, content, last, &out);
        if (json_is_string(json_object_get(part, "content")) || out.n > 0)
            ok = zd_json_set_str(part, "content", zd_buf_view(&out)) && ok;
    }
    zd_buf_done(&out);
    return ok;
}

/* The guard stops the reply: what stood before the word is shown, then it says why it ends. */
static void stop_reply(struct zd_chat *chat, json_t *reply, json_t *choice)
{
    if (zd_json_set_str(choice, "finish_reason", ZD_STR("content_filter")) &&
        set_label(chat, reply))
        chat->sink.on_reply(chat->sink.context, reply);
    zd_exchange_cancel(chat->exchange);
    chat->exchange = NULL;
    zd_chat__end(chat, &(struct zd_exchange_end){.status = 200, .usage = {-1, -1}});
}

static void on_reply(void *context, json_t *reply)
{
    struct zd_chat *chat = context;
    json_t *choices = json_object_get(reply, "choices");

    if (chat->is_over)
        return;
    if (chat->task == ZD_TASK_CHAT && !(set_head(chat, reply) && set_label(chat, reply)))
        return;
    for (size_t i = 0; i < json_array_size(choices); i++) {
        json_t *choice = json_array_get(choices, i);

        if (!restore_choice(chat, choice, chat->stream ? "delta" : "message")) {
            stop_reply(chat, reply, choice);
            return;
        }
    }
    if (chat->stream && !chat->wants_usage) {
        if (json_array_size(choices) == 0)
            return;
        (void)json_object_del(reply, "usage");
    }
    chat->sink.on_reply(chat->sink.context, reply);
}

static void on_end(void *context, const struct zd_exchange_end *end)
{
    struct zd_chat *chat = context;

    chat->exchange = NULL;
    zd_chat__end(chat, end);
}

bool zd_chat_start(struct zd_chat *chat, struct zd_gateway *gateway,
                   const struct zd_chat_sink *sink, struct zd_exchange_end *ret_refusal)
{
    struct zd_exchange_request request = {
        .caller = chat->caller,
        .id = chat->id,
        .model = chat->model,
        .task = chat->task,
        .data_class = chat->data_class,
        .local_only = chat->local_only,
        .stream = chat->stream,
        .context = chat,
        .on_reply = on_reply,
        .on_end = on_end,
    };

    chat->gateway = gateway;
    chat->sink = *sink;
    if (chat->desk.p)
        return zd_chat__desk_start(chat, ret_refusal);
    request.body = chat->body;
    chat->body = NULL;
    chat->exchange = zd_exchange_start(gateway, &request, ret_refusal);
    return chat->exchange != NULL;
}

void zd_chat_pause(struct zd_chat *chat)
{
    if (chat->exchange)
        zd_exchange_pause(chat->exchange);
}

void zd_chat_resume(struct zd_chat *chat)
{
    if (chat->exchange)
        zd_exchange_resume(chat->exchange);
}

void zd_chat_free(struct zd_chat *chat)
{
    if (!chat)
        return;
    chat->is_over = true;
    zd_exchange_cancel(chat->exchange);
    for (size_t i = 0; i < ZD_COUNT(chat->replies); i++) {
        size_t n = 0;
        const struct zd_guard_hit *hits =
            chat->replies[i] ? zd_guard_reply_hits(chat->replies[i], &n) : NULL;

        zd_chat__guard_note(chat->office_guard, chat->hold, chat->id, hits, n);
        zd_guard_reply_free(chat->replies[i]);
    }
    zd_chat__guard_give(chat->office_guard, chat->hold);
    zd_check_free(chat->check);
    zd_buf_done(&chat->shown);
    json_decref(chat->body);
    zd_arena_free(chat->arena);
    zd_free(chat);
}

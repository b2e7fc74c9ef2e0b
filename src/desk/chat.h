/* chat: a request in the OpenAI form, from its body to the words that come back: the one place
 * where guard, gateway and evidence meet.
 *
 *     prepare   body → read, held to its form; guard: what may leave, masked (any thread)
 *     ground    of a desk: question → evidence → extracted answer (a thread that may wait)
 *     start     pass-through: gateway → guard → sink
 *               desk: the model's words, sentence by sentence, where each stands in the evidence;
 *               or the extracted answer
 *
 * Two kinds of names: "desk:NAME" is a desk of the office, whose answers rest on its evidence and
 * carry citations; every other is a model of the register, passed through.
 *
 * A desk answers without any model: where it has none, where the model is down, slow or hostile,
 * the extracted answer comes in its place. The evidence is decided before a model is asked, and a
 * refusal never reaches one. */
#ifndef ZD_DESK_CHAT_H
#define ZD_DESK_CHAT_H

#include "desk/desk.h"
#include "model/model.h"

#define ZD_DESK_PREFIX "desk:"

/* The guard of an office, kept fresh by a thread of its own; shared by all chats. */
struct zd_chat_guard;
/* Errors: those of zd_guard_load. */
enum zd_status zd_chat_guard_open(const char *office_dir, struct zd_chat_guard **ret_guard,
                                  struct zd_error *err) ZD_MUST_USE;
void zd_chat_guard_close(struct zd_chat_guard *guard); /* after its chats; NULL is fine */

struct zd_chat;

struct zd_chat_request {
    struct zd_str body; /* JSON */
    enum zd_task task;
    struct zd_caller caller;
    struct zd_str id;              /* of the request */
    enum zd_data_class data_class; /* that the caller says its text is of */
    struct zd_chat_guard *guard;
};

/* Reads the body and lets the guard look at it. Any thread. On failure *ret_refusal says what to
 * answer and *ret_chat is NULL. The caller ends a chat with zd_chat_free. */
void zd_chat_prepare(const struct zd_chat_request *request, struct zd_chat **ret_chat,
                     struct zd_exchange_end *ret_refusal);

bool zd_chat_is_stream(const struct zd_chat *chat);
/* True until zd_chat_ground has been called for a chat with a desk. */
bool zd_chat_needs_ground(const struct zd_chat *chat);

/* Finds evidence and extracts the answer. publish is called with each citation, to give it the
 * address under which it is shown. Not on the loop. Errors: as zd_desk_ask. */
enum zd_status zd_chat_ground(struct zd_chat *chat, struct zd_desk *desk, struct zd_str contact,
                              void (*publish)(void *context, struct zd_citation *citation),
                              void *context, struct zd_error *err) ZD_MUST_USE;

struct zd_chat_sink {
    void *context;
    /* A chunk of a stream or the whole reply; borrowed. */
    void (*on_reply)(void *context, json_t *reply);
    /* Once, perhaps from inside _start; the chat may be freed by it, but for there. */
    void (*on_end)(void *context, const struct zd_exchange_end *end);
};

/* On the loop. False: refused, *ret_refusal says how; nothing comes to the sink. */
bool zd_chat_start(struct zd_chat *chat, struct zd_gateway *gateway,
                   const struct zd_chat_sink *sink,
                   struct zd_exchange_end *ret_refusal) ZD_MUST_USE;
void zd_chat_pause(struct zd_chat *chat);
void zd_chat_resume(struct zd_chat *chat);
/* Cancels what runs. On the loop, except for a chat that was never started. NULL is fine. */
void zd_chat_free(struct zd_chat *chat);

/* {"error": {…}} in the OpenAI form, with our request's id. NULL when memory ends. */
json_t *zd_chat_error_json(const struct zd_exchange_end *end, struct zd_str id);

#endif

/* chat_private: what chat.c (bodies, guard, pass-through), chat_desk.c (desks) and chat_guard.c share. */
#ifndef ZD_DESK_CHAT_PRIVATE_H
#define ZD_DESK_CHAT_PRIVATE_H

#include "answer/check.h"
#include "base/caps.h"
#include "desk/chat.h"
#include "guard/guard.h"
#include "retrieve/follow.h"

#define ZD_CHAT__ANSWER_MAX_BYTES (256 * 1024)

struct zd_chat {
    struct zd_arena *arena;
    json_t *body; /* NULL once the gateway has it */
    struct zd_caller caller;
    struct zd_str id, model;
    enum zd_task task;
    enum zd_data_class data_class;
    bool stream, wants_usage, local_only;
    struct zd_chat_guard *office_guard;
    struct zd_chat__hold *hold; /* of the guard, until the chat ends */
    struct zd_mask *mask;
    struct zd_guard_reply *replies[ZD_CHOICES_MAX]; /* made when first needed */
    struct zd_gateway *gateway;
    struct zd_exchange *exchange;
    struct zd_chat_sink sink;
    int64_t created;
    uint32_t roles; /* choices whose role was told, a bit each */
    bool is_over;   /* the sink has heard the end */
    /* A desk's. */
    struct zd_str desk, question;
    struct zd_str history[ZD_FOLLOW_MAX_TURNS]; /* [n_history] asked before, oldest first */
    size_t n_history;
    bool is_grounded, has_role, has_note, is_generated;
    struct zd_answer answer;
    struct zd_check *check; /* of the model's sentences; NULL: no model is asked */
    struct zd_buf shown;    /* of the model's words */
    uint64_t n_shown, n_removed;
    bool is_blocked; /* by a listed word, or memory ended: nothing more is shown */
};

/* chat_guard.c: holds the guard of now, and lets it go. */
struct zd_chat__hold {
    struct zd_guard *guard;
    int n_users; /* the guard's own */
};
struct zd_chat__hold *zd_chat__guard_take(struct zd_chat_guard *guard);
void zd_chat__guard_give(struct zd_chat_guard *guard,
                         struct zd_chat__hold *hold); /* NULL is fine */
/* Has listed words of a request or reply recorded, later. */
void zd_chat__guard_note(struct zd_chat_guard *guard, struct zd_chat__hold *hold, struct zd_str id,
                         const struct zd_guard_hit *hits, size_t n);

/* chat.c */
void zd_chat__refuse(struct zd_exchange_end *end, int status, const char *type, const char *code,
                     const char *message);
/* The model's words as they may be shown: data put back, listed words looked for. False: a listed
 * word blocks. `last`: nothing more comes of this choice. */
bool zd_chat__restore(struct zd_chat *chat, size_t choice, struct zd_str piece, bool last,
                      struct zd_buf *out);
void zd_chat__end(struct zd_chat *chat, const struct zd_exchange_end *end);

/* chat_plain.c: the words with everything escaped that a reader of Markdown would fetch or run; in the
 * arena, or the words themselves. Empty when memory ends. */
struct zd_str zd_chat__plain(struct zd_chat *chat, struct zd_str words);

/* chat_desk.c */
bool zd_chat__desk_start(struct zd_chat *chat, struct zd_exchange_end *ret_refusal);

#endif

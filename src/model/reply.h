/* reply: what a backend said, read as from a stranger and written anew.
 *
 * A backend's JSON is never passed on as it came: known members of the right kind are copied into
 * a new value, everything else is dropped, so that what a client gets has one form whatever the
 * service, and nothing hostile in the form reaches a client's reader. Text inside is text: it is
 * passed on unchanged.
 *
 * Depth, size and numbers are bounded by base/json.h and caps.h. */
#ifndef ZD_MODEL_REPLY_H
#define ZD_MODEL_REPLY_H

#include "base/json.h"
#include "model/profile.h"

enum zd_reply_kind {
    ZD_REPLY_CHUNK,      /* chat.completion.chunk: one event of a stream */
    ZD_REPLY_COMPLETION, /* chat.completion */
    ZD_REPLY_EMBEDDING,  /* list of embeddings */
};

/* Tokens as the provider counts them; -1 where it does not say. */
struct zd_reply_usage {
    int64_t in, out;
};

struct zd_reply_facts {
    struct zd_reply_usage usage;
    uint64_t n_text_tokens; /* our estimate of what the reply says */
    bool has_text;          /* content, reasoning or a tool call: a first token */
    bool is_finished;       /* a choice gives its reason to end */
    bool is_error;          /* {"error": …}: *ret_reply is then NULL */
};

/* What comes from a backend that is asked to speak as `model`. On success the caller ends
 * *ret_reply with json_decref. Errors: ZD_INVALID not the form that was asked for; ZD_LIMIT;
 * ZD_NOMEM. */
enum zd_status zd_reply_read(struct zd_str text, enum zd_reply_kind kind,
                             const struct zd_profile *profile, struct zd_str model,
                             json_t **ret_reply, struct zd_reply_facts *ret_facts,
                             struct zd_error *err) ZD_MUST_USE;

/* The sentence in an error body of any of the services, cut to fit; "" where there is none. */
void zd_reply_error_text(struct zd_str body, char ret_text[200]);

/* About how many tokens a text is: a Han character counts 3/4, another 3 bytes count 3/4. The
 * tokenisers of the services differ by a third; the provider's figure stands beside it. */
uint64_t zd_token_estimate(struct zd_str text);

#endif

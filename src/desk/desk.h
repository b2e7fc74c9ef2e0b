/* desk: where the stages are put together: what a person or a program asks of an office, from
 * question to answer. The face of this room.
 *
 *     ask     follow up → understand → rank → refuse or extract → answer
 *     search  understand → rank
 *
 * A desk is one thread's handle on an office: it begins a consistent view for each call, so an
 * answer rests on one commit of database and index. All results live in the caller's arena.
 */
#ifndef ZD_DESK_H
#define ZD_DESK_H

#include <jansson.h>

#include "answer/answer.h"
#include "answer/learn.h"
#include "ingest/office.h"

struct zd_desk;

/* The office must outlive the desk. Errors: those of zd_view_open. */
enum zd_status zd_desk_open(struct zd_office *office, struct zd_desk **ret_desk,
                            struct zd_error *err) ZD_MUST_USE;
void zd_desk_close(struct zd_desk *desk); /* NULL is fine */

/* What is asked, and how. Zero means: today, everywhere, the default threshold. */
struct zd_ask {
    struct zd_str question;
    const struct zd_str *history; /* [n_history] questions asked before, oldest first */
    size_t n_history;
    int32_t as_of;
    struct zd_str region;
    bool explain; /* search: say why each hit stands where it does */
    struct zd_answer_options options;
};

/* A refusal is an answer, not an error. Errors: ZD_INVALID and ZD_LIMIT of the question;
 * those of store and index. */
enum zd_status zd_desk_ask(struct zd_desk *desk, const struct zd_subject *subject,
                           const struct zd_ask *ask, struct zd_arena *arena,
                           struct zd_answer *ret_answer, struct zd_error *err) ZD_MUST_USE;

/* Asks as zd_desk_ask does, and keeps the question with its known answer for learning.
 * Errors: as zd_desk_ask; those of zd_answer_learner_add. */
enum zd_status zd_desk_learn(struct zd_desk *desk, const struct zd_subject *subject,
                             const struct zd_ask *ask, const struct zd_answer_gold *gold,
                             struct zd_arena *arena, struct zd_answer_learner *learner,
                             struct zd_error *err) ZD_MUST_USE;

/* How a confidence is told to a person, the same everywhere: high from 0.8, middle from 0.5. */
enum zd_sureness { ZD_SURE_LITTLE, ZD_SURE_MIDDLE, ZD_SURE_HIGH };
enum zd_sureness zd_sureness_of(double confidence);

/* One hit of a search, ready to be shown. */
struct zd_found {
    struct zd_citation citation;
    struct zd_ranked ranked;
    struct zd_explanation explanation; /* empty unless asked for */
};

struct zd_search {
    struct zd_question question;
    struct zd_found *p; /* [n] best first */
    size_t n;
    bool partial;
    uint64_t took_us;
};

/* `top` from 1 to ZD_TOP_MAX. Errors: as zd_desk_ask. */
enum zd_status zd_desk_search(struct zd_desk *desk, const struct zd_subject *subject,
                              const struct zd_ask *ask, size_t top, struct zd_arena *arena,
                              struct zd_search *ret_search, struct zd_error *err) ZD_MUST_USE;

/* The best documents of a question, each by its best passage. */
struct zd_document_hit {
    struct zd_str id;     /* public */
    struct zd_str source; /* path it came from, "" for none */
    double score;
};
struct zd_document_hits {
    struct zd_document_hit *p; /* [n] best first */
    size_t n;
};
enum zd_status zd_desk_search_documents(struct zd_desk *desk, const struct zd_subject *subject,
                                        const struct zd_ask *ask, size_t top,
                                        struct zd_arena *arena, struct zd_document_hits *ret_hits,
                                        struct zd_error *err) ZD_MUST_USE;

/* The contract's objects (docs/manual.md). The caller ends *ret_json with json_decref.
 * Errors: ZD_NOMEM. */
enum zd_status zd_answer_json(const struct zd_answer *answer, json_t **ret_json,
                              struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_search_json(const struct zd_search *search, json_t **ret_json,
                              struct zd_error *err) ZD_MUST_USE;

#endif

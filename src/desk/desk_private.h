/* What the files of this room share and no other room may include. */
#ifndef ZD_DESK_PRIVATE_H
#define ZD_DESK_PRIVATE_H

#include "desk/desk.h"
#include "retrieve/follow.h"

/* The answer that gives a choice back to the asker (conversation.c). Errors: ZD_NOMEM. */
enum zd_status zd_desk__ask_back(const struct zd_follow *follow, const struct zd_question *question,
                                 struct zd_arena *arena, struct zd_answer *ret_answer,
                                 struct zd_error *err) ZD_MUST_USE;

/* Where the question is certainly answered by counting over a table (counted.c), fills *ret_answer
 * and sets *ret_counted. Errors: those of the store; ZD_NOMEM. */
enum zd_status zd_desk__count(const struct zd_question *question, const struct zd_ranking *ranking,
                              const struct zd_reader *reader, struct zd_arena *arena,
                              struct zd_answer *ret_answer, bool *ret_counted,
                              struct zd_error *err) ZD_MUST_USE;

struct zd_scope zd_desk__scope(const struct zd_ask *ask);

/* Understands a question and ranks for it. Errors: those of zd_understand and zd_rank. */
enum zd_status zd_desk__rank(const struct zd_reader *reader, const struct zd_ask *ask, size_t top,
                             struct zd_arena *arena, struct zd_question *ret_question,
                             struct zd_ranking *ret_ranking, struct zd_error *err) ZD_MUST_USE;

/* Where the answer is one part of the clause it is cited from, the path goes on to that part:
 * "第七条" becomes "第七条第二款第（三）项". A whole clause, or words from two parts, need no more.
 * Errors: ZD_NOMEM. */
enum zd_status zd_desk__add_place(struct zd_str words, struct zd_citation *citation,
                                  struct zd_arena *arena, struct zd_error *err) ZD_MUST_USE;

/* Where the question asks several things (answer/parts.h) that stand in several places, makes the
 * answer one of parts; else leaves it as it is (parts.c). `ask` stands alone, and `answer` is what
 * the whole question gave. Errors: those of zd_follow and zd_answer_make. */
enum zd_status zd_desk__answer_parts(const struct zd_reader *reader, const struct zd_ask *ask,
                                     struct zd_arena *arena, struct zd_answer *answer,
                                     struct zd_error *err) ZD_MUST_USE;

#endif

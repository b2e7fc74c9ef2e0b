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

#endif

/* question_file: a set of questions as JSON lines, read line by line (docs/manual.md). */
#ifndef ZD_DESK_QUESTION_FILE_H
#define ZD_DESK_QUESTION_FILE_H

#include <jansson.h>

#include "base/arena.h"

/* The next line of a text, trimmed; moves *at behind it. Empty lines come too. */
struct zd_str zd_question_line(struct zd_str text, size_t *at);

/* Lines that are not empty. */
uint64_t zd_question_lines(struct zd_str text);

/* The object of a line; a bare NaN, which Python writes for a missing answer, is read as null.
 * The caller ends *ret_question with json_decref. Errors: ZD_INVALID naming line `number`;
 * ZD_NOMEM. */
enum zd_status zd_question_parse(struct zd_str line, uint64_t number, struct zd_arena *arena,
                                 json_t **ret_question, struct zd_error *err) ZD_MUST_USE;

#endif

/* lessons: what use teaches (store/lesson.h), kept without personal data and handed to training.
 *
 * A clerk approves an answer or names the right document; a question that the office's texts do not
 * answer is kept by the server itself. `train` adds all of them to the office's own questions: the
 * approved and corrected ones as questions with their document, so that the ranker learns from them
 * and the model remembers them (semantic/memory.h); the unanswered ones as questions that the office
 * cannot answer, from which the gate learns.
 */
#ifndef ZD_DESK_LESSONS_H
#define ZD_DESK_LESSONS_H

#include <jansson.h>

#include "base/buf.h"
#include "store/lesson.h"

/* Masks personal data in the question and records the lesson in DIR/lessons.db.
 * Errors: those of zd_lesson_put and of opening the database. */
enum zd_status zd_lessons_keep(const char *office_dir, const struct zd_subject *subject,
                               const struct zd_lesson *lesson, struct zd_arena *arena,
                               struct zd_error *err) ZD_MUST_USE;

/* Lessons for reading, empty where the office has none yet; as zd_lesson_page. */
enum zd_status zd_lessons_read(const char *office_dir, const struct zd_subject *subject,
                               enum zd_lesson_kind kind, size_t top, struct zd_arena *arena,
                               struct zd_lesson_list *ret_list, struct zd_error *err) ZD_MUST_USE;

/* Appends all lessons as lines of a question file: {"id", "query", "region", "relevant", "answer"}. */
enum zd_status zd_lessons_questions(const char *office_dir, struct zd_buf *out,
                                    struct zd_error *err) ZD_MUST_USE;

/* For the API and --json; NULL when memory ends. */
json_t *zd_lesson_json(const struct zd_lesson *lesson);

#endif

/* answer: what was answered, kept so that a citation can be opened and a complaint checked later.
 *
 * Answers stand in their own file, answers.db, beside zhidian.db: adding documents holds the main
 * database for seconds, and no citizen waits for that. The file is opened, checked and synced the
 * same way. Whoever stores an answer has masked persons in the question before.
 */
#ifndef ZD_STORE_ANSWER_H
#define ZD_STORE_ANSWER_H

#include "base/hash.h"
#include "store/store.h"

struct zd_answers;

/* Errors: as zd_store_open. One thread at a time. */
enum zd_status zd_answers_open(const char *path, struct zd_answers **ret_answers,
                               struct zd_error *err) ZD_MUST_USE;
void zd_answers_close(struct zd_answers *answers); /* NULL is fine */

/* Keeps one answer (its whole JSON object) under a fresh id. Durable when it returns. */
enum zd_status zd_answers_add(struct zd_answers *answers, const struct zd_subject *subject,
                              struct zd_str question, struct zd_str json,
                              char ret_id[ZD_ID_TEXT_BYTES], struct zd_error *err) ZD_MUST_USE;

/* The JSON of an answer, in the arena. Errors: ZD_NOT_FOUND (also where it may not be seen: a
 * visitor sees the answers given to visitors). */
enum zd_status zd_answers_get(struct zd_answers *answers, const struct zd_subject *subject,
                              struct zd_str id, struct zd_arena *arena, struct zd_str *ret_json,
                              struct zd_error *err) ZD_MUST_USE;

/* Removes answers older than a moment (wall clock). */
enum zd_status zd_answers_forget(struct zd_answers *answers, const struct zd_subject *subject,
                                 int64_t before_us, uint64_t *ret_n,
                                 struct zd_error *err) ZD_MUST_USE;

#endif

/* lesson: what the office learnt from use: answers that a person approved or put right, and questions
 * that nothing answered. In a database file of their own, DIR/lessons.db, so that a server may
 * record while documents are being added. `train` learns from all of them (desk/lessons.h).
 *
 * A question that comes again is counted, not stored twice. Past ZD_LESSON_MAX rows the oldest
 * unanswered questions go first; what a person said is never dropped to make room.
 */
#ifndef ZD_STORE_LESSON_H
#define ZD_STORE_LESSON_H

#include "store/store.h"

#define ZD_LESSON_MAX 20000
#define ZD_LESSON_ANSWER_MAX_BYTES 16384

enum zd_lesson_kind {
    ZD_LESSON_APPROVED,
    ZD_LESSON_CORRECTED,
    ZD_LESSON_UNANSWERED,
    ZD_N_LESSON_KINDS
};

struct zd_lesson {
    int64_t key; /* for reading, like n_times and the times */
    enum zd_lesson_kind kind;
    struct zd_str question; /* without personal data: the caller masks it */
    struct zd_str region;   /* asked for, or empty */
    struct zd_str document; /* public id of the one that answers; empty for UNANSWERED */
    struct zd_str answer;   /* the words that answer, or empty */
    struct zd_str who;      /* said so */
    uint32_t n_times;
    int64_t first_us, last_us; /* wall clock */
};
struct zd_lesson_list {
    struct zd_lesson *p; /* [n] */
    size_t n;
};

/* "approved", "corrected", "unanswered"; ZD_N_LESSON_KINDS: none of them. */
const char *zd_lesson_kind_word(enum zd_lesson_kind kind);
enum zd_lesson_kind zd_lesson_kind_of(struct zd_str word);

/* Opens DIR/lessons.db. Errors: as zd_store_open. */
enum zd_status zd_lesson_db_open(const char *office_dir, enum zd_store_mode mode,
                                 struct zd_store **ret_store, struct zd_error *err) ZD_MUST_USE;

/* All take the owner only (ZD_DENIED). */

/* Records one, in a transaction of its own. The same question, kind and document is counted and takes
 * the new answer and who; a person's word on a question takes its unanswered row away.
 * Errors: ZD_INVALID no question, or none or too many words where a document is due; ZD_LIMIT full
 * of what persons said. */
enum zd_status zd_lesson_put(struct zd_store *store, const struct zd_subject *subject,
                             const struct zd_lesson *lesson, struct zd_error *err) ZD_MUST_USE;
/* Errors: ZD_NOT_FOUND. */
enum zd_status zd_lesson_remove(struct zd_store *store, const struct zd_subject *subject,
                                int64_t key, struct zd_error *err) ZD_MUST_USE;
/* The most asked first, then the newest; at most `top`. kind ZD_N_LESSON_KINDS: all. */
enum zd_status zd_lesson_page(struct zd_store *store, const struct zd_subject *subject,
                              enum zd_lesson_kind kind, size_t top, struct zd_arena *arena,
                              struct zd_lesson_list *ret_list, struct zd_error *err) ZD_MUST_USE;

#endif

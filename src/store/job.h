/* job: files that wait to be read: the queue's table.
 *
 * A job holds the file's bytes until it is done, then only what became of it. It is leased for a time
 * by the one runner of the office (ingest/queue.h), who renews the lease while the file is read; a
 * lease that ran out, or that was taken back, is worth nothing: its holder can neither renew it nor end
 * the job. How a job ended is written in the transaction that writes the document, so a job is done
 * exactly where its document is there.
 */
#ifndef ZD_STORE_JOB_H
#define ZD_STORE_JOB_H

#include "store/store.h"

#define ZD_JOB_MAX_ATTEMPTS 3 /* begun so often without an end, it fails */
#define ZD_JOB_MAX_PRIORITY 9

#define ZD_JOB_STATE_TABLE(X)                                                                      \
    X(WAITING, "waiting")                                                                          \
    X(RUNNING, "running")                                                                          \
    X(DONE, "done")                                                                                \
    X(FAILED, "failed")

#define ZD_JOB_ENUM(name, word) ZD_JOB_##name,
enum zd_job_state { ZD_JOB_STATE_TABLE(ZD_JOB_ENUM) ZD_JOB_STATE_COUNT };
#undef ZD_JOB_ENUM

const char *zd_job_state_word(enum zd_job_state state); /* "" outside the table */

struct zd_job {
    int64_t key;
    struct zd_str id, name;
    struct zd_str given, document_id; /* facts as lines, and the id, that the person said */
    struct zd_bytes body;             /* only where leased */
    enum zd_job_state state;
    int32_t priority; /* 0 … 9, high first */
    uint32_t attempts;
    int64_t leased_until_us; /* wall clock; 0 where not running */
    struct zd_str outcome, reason, document;
    uint32_t version, n_passages;
    int64_t created_us, finished_us;
};

struct zd_job_list {
    struct zd_job *p; /* [n], without bodies */
    size_t n;
};

/* All take the owner only (ZD_DENIED). Changes need an open transaction or make their own commit. */

/* id, name, given, document_id, body, priority, state (WAITING or FAILED), outcome and reason are
 * read. A job whose id is there already stays as it is. */
enum zd_status zd_job_add(struct zd_store *store, const struct zd_subject *subject,
                          const struct zd_job *job, struct zd_error *err) ZD_MUST_USE;

/* Takes the next job: highest priority, then oldest; its attempt is counted. The body is the
 * arena's. *ret_job has key 0 where nothing waits. */
enum zd_status zd_job_lease(struct zd_store *store, const struct zd_subject *subject,
                            int64_t until_us, struct zd_arena *arena, struct zd_job *ret_job,
                            struct zd_error *err) ZD_MUST_USE;

/* Whether the lease of this job, as zd_job_lease gave it, still holds. */
enum zd_status zd_job_is_held(struct zd_store *store, const struct zd_subject *subject,
                              const struct zd_job *job, bool *ret_held,
                              struct zd_error *err) ZD_MUST_USE;
/* Makes it last until then. Errors: ZD_NOT_FOUND it holds no more. */
enum zd_status zd_job_renew(struct zd_store *store, const struct zd_subject *subject,
                            const struct zd_job *job, int64_t until_us,
                            struct zd_error *err) ZD_MUST_USE;

/* Ends a leased job: state DONE or FAILED, outcome, reason, document, version, n_passages are written
 * and the bytes dropped, except of what failed for another reason than a secrecy mark and may be
 * retried; ended jobs older than a week go. Errors: ZD_NOT_FOUND its lease holds no more. */
enum zd_status zd_job_finish(struct zd_store *store, const struct zd_subject *subject,
                             const struct zd_job *job, struct zd_error *err) ZD_MUST_USE;

/* Takes back a job that waits or is being read: it has failed, with that reason. Errors: ZD_NOT_FOUND
 * no such job; ZD_INVALID it has ended. */
enum zd_status zd_job_cancel(struct zd_store *store, const struct zd_subject *subject,
                             struct zd_str id, struct zd_error *err) ZD_MUST_USE;
/* Lets a job that failed wait again, with its attempts counted from 0. Errors: ZD_NOT_FOUND;
 * ZD_INVALID it has not failed, or its bytes are gone (it was cancelled or quarantined). */
enum zd_status zd_job_retry(struct zd_store *store, const struct zd_subject *subject,
                            struct zd_str id, struct zd_error *err) ZD_MUST_USE;

/* What runs under a lease that ended before `leased_before_us` waits again, or fails where it was
 * begun too often; INT64_MAX: whatever runs. */
enum zd_status zd_job_recover(struct zd_store *store, const struct zd_subject *subject,
                              int64_t leased_before_us, struct zd_error *err) ZD_MUST_USE;

/* Whether anything waits, or runs under a lease that has ended by now. */
enum zd_status zd_job_any_waiting(struct zd_store *store, const struct zd_subject *subject,
                                  bool *ret_any, struct zd_error *err) ZD_MUST_USE;

/* Errors: ZD_NOT_FOUND. */
enum zd_status zd_job_find(struct zd_store *store, const struct zd_subject *subject,
                           struct zd_str id, struct zd_arena *arena, struct zd_job *ret_job,
                           struct zd_error *err) ZD_MUST_USE;

/* The newest first, at most limit. */
enum zd_status zd_job_page(struct zd_store *store, const struct zd_subject *subject, size_t limit,
                           struct zd_arena *arena, struct zd_job_list *ret_list,
                           struct zd_error *err) ZD_MUST_USE;

/* How many jobs are in each state. */
enum zd_status zd_job_counts(struct zd_store *store, const struct zd_subject *subject,
                             uint64_t ret_counts[ZD_JOB_STATE_COUNT],
                             struct zd_error *err) ZD_MUST_USE;

#endif

/* queue: files that are read in the background, by the one who serves.
 *
 *     upload → a row of the table job, committed, its id told
 *     runner → lease → read in a worker, without any lock → document and "done" in one commit
 *
 * A job is leased for half a minute by whoever holds the office's queue.lock, and the lease renewed as
 * long as its worker reads. The system takes the lock back from a process that dies: the next runner
 * begins at once again what was running. What a living runner could not end (a full disk) is begun again
 * when its lease is over; both at most ZD_JOB_MAX_ATTEMPTS times. A reading has its own limits
 * (parse/spawn.h), so none is stuck; one that fails is "failed" with its reason and stops nobody. A job
 * that is taken back while it is read ends within a second or two. Between jobs others who change the
 * office have their turn. An archive of files becomes a job for each (queue_archive.c).
 */
#ifndef ZD_INGEST_QUEUE_H
#define ZD_INGEST_QUEUE_H

#include "ingest/ingest.h"
#include "store/job.h"

/* Puts a file in the queue of the office; when it returns the file is safe. `facts` may be NULL.
 * Errors: ZD_BUSY others have held the office for seconds; as zd_ingest_open. */
enum zd_status zd_queue_add(const char *office, const struct zd_subject *subject,
                            struct zd_str name, struct zd_bytes raw,
                            const struct zd_ingest_facts *facts, int32_t priority, char ret_id[33],
                            struct zd_error *err) ZD_MUST_USE;

/* Takes back a job that waits or is being read, or lets one that failed wait again; committed when it returns.
 * Errors: as zd_job_cancel and zd_job_retry; ZD_BUSY; as zd_ingest_open. */
enum zd_status zd_queue_cancel(const char *office, const struct zd_subject *subject,
                               struct zd_str id, struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_queue_retry(const char *office, const struct zd_subject *subject,
                              struct zd_str id, struct zd_error *err) ZD_MUST_USE;

struct zd_queue;

/* Starts the runner's thread on an office that exists. Errors: ZD_NOMEM; ZD_LIMIT. */
enum zd_status zd_queue_open(const char *office, struct zd_queue **ret_queue,
                             struct zd_error *err) ZD_MUST_USE;
/* There is something new: looks at once rather than within a second. NULL is fine. */
void zd_queue_wake(struct zd_queue *queue);
/* Stops it; what is being read is given up and waits again. NULL is fine. */
void zd_queue_close(struct zd_queue *queue);

#endif

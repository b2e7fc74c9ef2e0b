/* queue_private: the runner of the queue, as its two files share it: queue_run.c and queue_archive.c. */
#ifndef ZD_INGEST_QUEUE_PRIVATE_H
#define ZD_INGEST_QUEUE_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "ingest/ingest_private.h"
#include "ingest/queue.h"

struct zd_queue {
    struct zd_buf dir, db_path, lock_path;
    struct zd_parser *parser;
    struct zd_arena *arena;    /* of the job in hand: its bytes and what was read */
    struct zd_job job;         /* the one in hand */
    bool lost;                 /* its lease, while it was read */
    uint64_t look_us, beat_us; /* when to look at the lease, to renew it; monotonic clock */
    int lock;                  /* the right to run, or -1 */
    pthread_t thread;
    pthread_mutex_t mutex; /* guards stopping and woken; held while waiting */
    pthread_cond_t wake;
    bool stopping, woken, started;
    atomic_bool cancel;
};

/* The office for a moment, others waited for; `report` and its context as in ingest.h, or NULL.
 * Errors: ZD_BUSY it is time to stop; as zd_ingest_open. */
enum zd_status zd_queue__enter(struct zd_queue *q, zd_ingest_report_fn report, void *context,
                               struct zd_ingest **ret_ingest, struct zd_error *err) ZD_MUST_USE;

/* Ends the job in hand without a document of its own. Errors: ZD_NOT_FOUND it was taken back. */
enum zd_status zd_queue__finish_alone(struct zd_queue *q, enum zd_job_state state,
                                      const char *outcome, const char *reason) ZD_MUST_USE;

/* Where the file in hand, refused as a document for *why, is an archive: a job for each of its members,
 * the end of its own, and *ret_done. Where it is one that may not be read, *why says so.
 * Errors: ZD_BUSY, ZD_NOT_FOUND as above; those of the machine. */
enum zd_status zd_queue__try_archive(struct zd_queue *q, struct zd_error *why,
                                     bool *ret_done) ZD_MUST_USE;

#endif

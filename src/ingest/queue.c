/* queue.c: the queue as those see it who put files in, take them back or try them again; queue_run.c
 * reads them. See queue.h. */
#include "ingest/queue.h"

#include <time.h>

#include "base/caps.h"
#include "ingest/ingest_private.h"

#define RETRY_MS 20u
#define ADD_TRIES 150 /* three seconds for others who change the office */

static enum zd_status add_job(struct zd_ingest *ingest, const struct zd_job *job,
                              struct zd_error *err)
{
    enum zd_status st = zd_store_begin(ingest->store, err);

    if (st == ZD_OK)
        st = zd_job_add(ingest->store, ingest->options.subject, job, err);
    if (st == ZD_OK)
        return zd_store_commit(ingest->store, err);
    zd_store_abort(ingest->store);
    return st;
}

/* The office for a change of the queue, others waited for. */
static enum zd_status open_for_queue(const char *office, const struct zd_subject *subject,
                                     struct zd_ingest **ret_ingest, struct zd_error *err)
{
    const struct zd_ingest_options options = {.subject = subject,
                                              .merges = ZD_INGEST_MERGE_ELSEWHERE};
    const struct timespec pause = {.tv_nsec = (long)RETRY_MS * 1000000};
    enum zd_status st = ZD_BUSY;

    for (int i = 0; st == ZD_BUSY && i < ADD_TRIES; i++) {
        if (i > 0)
            (void)nanosleep(&pause, NULL);
        st = zd_ingest_open(office, &options, ret_ingest, err);
    }
    return st;
}

enum zd_status zd_queue_add(const char *office, const struct zd_subject *subject,
                            struct zd_str name, struct zd_bytes raw,
                            const struct zd_ingest_facts *facts, int32_t priority, char ret_id[33],
                            struct zd_error *err)
{
    struct zd_ingest *ingest = NULL;
    struct zd_job job = {.body = raw, .priority = priority};
    enum zd_status st = zd_id_new(ret_id, err);

    if (st == ZD_OK && (raw.n == 0 || raw.n > ZD_UPLOAD_MAX_BYTES))
        st = ZD_FAIL(err, raw.n ? ZD_LIMIT : ZD_INVALID, 0,
                     "the file is empty or larger than %zu MB", ZD_UPLOAD_MAX_BYTES / ZD_MiB);
    if (st == ZD_OK)
        st = open_for_queue(office, subject, &ingest, err);
    if (st != ZD_OK)
        return st;
    job.id = zd_str_c(ret_id);
    job.name = zd_ingest__clean_name(name, ingest->arena);
    job.given = facts ? zd_ingest__facts_text(facts, ingest->arena) : ZD_STR("");
    job.document_id = facts ? facts->id : ZD_STR("");
    st = add_job(ingest, &job, err);
    zd_ingest_close(ingest);
    return st;
}

/* One change of one job, in a commit of its own. */
static enum zd_status change_job(const char *office, const struct zd_subject *subject,
                                 struct zd_str id,
                                 enum zd_status (*change)(struct zd_store *,
                                                          const struct zd_subject *, struct zd_str,
                                                          struct zd_error *),
                                 struct zd_error *err)
{
    struct zd_ingest *ingest = NULL;
    enum zd_status st = open_for_queue(office, subject, &ingest, err);

    if (st == ZD_OK)
        st = zd_store_begin(ingest->store, err);
    if (st == ZD_OK)
        st = change(ingest->store, subject, id, err);
    if (st == ZD_OK)
        st = zd_store_commit(ingest->store, err);
    zd_ingest_close(ingest); /* rolls back what was not committed */
    return st;
}

enum zd_status zd_queue_cancel(const char *office, const struct zd_subject *subject,
                               struct zd_str id, struct zd_error *err)
{
    return change_job(office, subject, id, zd_job_cancel, err);
}

enum zd_status zd_queue_retry(const char *office, const struct zd_subject *subject,
                              struct zd_str id, struct zd_error *err)
{
    return change_job(office, subject, id, zd_job_retry, err);
}

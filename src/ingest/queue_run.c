/* queue_run.c: the one who reads the files of the queue, see queue.h.
 *
 *     lease → read in a worker, without any lock → document and end of the job in one commit
 *
 * While a worker reads, the parser lets the runner look about (on_beat): whether the job is still his,
 * which a cancel changes, and whether it is time to make the lease last longer. A job that no commit
 * ended, because a disk was full or the office closed to us, is found again when its lease is over.
 */
#include <time.h>

#include "base/caps.h"
#include "base/date.h"
#include "base/durable.h"
#include "ingest/queue_private.h"

#define PATH_MAX_BYTES 4096
#define LOOK_MS 1000u
#define RETRY_MS 20u
#define LEASE_US ((int64_t)30 * 1000000)
#define BEAT_US ((uint64_t)5 * 1000000) /* a lease is renewed so often: five may be missed */

static struct timespec in_ms(uint32_t ms)
{
    struct timespec until;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    return until;
}

/* Waits; false where it is time to stop. */
static bool rest(struct zd_queue *q, uint32_t ms)
{
    struct timespec until = in_ms(ms);
    bool stopping;

    (void)pthread_mutex_lock(&q->mutex);
    if (!q->stopping && !q->woken)
        (void)pthread_cond_timedwait(&q->wake, &q->mutex, &until);
    q->woken = false;
    stopping = q->stopping;
    (void)pthread_mutex_unlock(&q->mutex);
    return !stopping;
}

struct told {
    struct zd_job *job;
    struct zd_arena *arena;
};

static void on_report(void *context, const struct zd_ingest_report *report)
{
    struct told *told = context;
    struct zd_job *job = told->job;

    job->state = report->error ? ZD_JOB_FAILED : ZD_JOB_DONE;
    job->outcome = zd_str_c(zd_ingest_outcome_word(report->outcome));
    job->document = zd_arena_str(told->arena, report->document);
    job->version = report->version;
    job->n_passages = report->n_passages;
    if (report->error)
        job->reason = zd_arena_str(told->arena, zd_str_c(report->error->what));
}

enum zd_status zd_queue__enter(struct zd_queue *q, zd_ingest_report_fn report, void *context,
                               struct zd_ingest **ret_ingest, struct zd_error *err)
{
    const struct zd_ingest_options options = {
        .report = report,
        .report_context = context,
        .who = "queue",
        .merges = ZD_INGEST_MERGE_ELSEWHERE,
    };
    enum zd_status st;

    while ((st = zd_ingest_open(zd_buf_cstr(&q->dir), &options, ret_ingest, err)) == ZD_BUSY)
        if (!rest(q, RETRY_MS))
            return ZD_BUSY;
    return st;
}

static enum zd_status lease(struct zd_queue *q, struct zd_error *err)
{
    struct zd_ingest *ingest = NULL;
    int64_t now = zd_clock_wall_us();
    enum zd_status st = zd_queue__enter(q, NULL, NULL, &ingest, err);

    q->job = (struct zd_job){0};
    q->lost = false;
    q->look_us = zd_clock_mono_us() + (uint64_t)LOOK_MS * 1000;
    q->beat_us = zd_clock_mono_us() + BEAT_US;
    if (st == ZD_OK)
        st = zd_store_begin(ingest->store, err);
    if (st == ZD_OK)
        st = zd_job_recover(ingest->store, zd_subject_owner(), now, err);
    if (st == ZD_OK)
        st =
            zd_job_lease(ingest->store, zd_subject_owner(), now + LEASE_US, q->arena, &q->job, err);
    if (st == ZD_OK)
        st = zd_store_commit(ingest->store, err);
    zd_ingest_close(ingest);
    return st;
}

/* ---- while a worker reads ---- */

/* What cannot be seen now is seen at the next look. */
static bool is_held(struct zd_queue *q)
{
    struct zd_store *store = NULL;
    bool held = true;

    if (zd_store_open(zd_buf_cstr(&q->db_path), ZD_STORE_READ, &store, NULL) == ZD_OK &&
        zd_job_is_held(store, zd_subject_owner(), &q->job, &held, NULL) != ZD_OK)
        held = true;
    zd_store_close(store);
    return held;
}

/* Tries once: where others hold the office, the next look tries again. */
static enum zd_status renew(struct zd_queue *q)
{
    const struct zd_ingest_options options = {.merges = ZD_INGEST_MERGE_ELSEWHERE};
    struct zd_ingest *ingest = NULL;
    enum zd_status st = zd_ingest_open(zd_buf_cstr(&q->dir), &options, &ingest, NULL);

    if (st == ZD_OK)
        st = zd_job_renew(ingest->store, zd_subject_owner(), &q->job, zd_clock_wall_us() + LEASE_US,
                          NULL);
    zd_ingest_close(ingest);
    return st;
}

static bool on_beat(void *context)
{
    struct zd_queue *q = context;
    uint64_t now = zd_clock_mono_us();

    if (now < q->look_us)
        return true;
    q->look_us = now + (uint64_t)LOOK_MS * 1000;
    if (!is_held(q))
        q->lost = true;
    else if (now >= q->beat_us && renew(q) == ZD_OK)
        q->beat_us = now + BEAT_US;
    return !q->lost;
}

/* ---- the end of a job ---- */

/* The document and the end of its job, in one commit. `why` has ZD_OK where it was read. */
static enum zd_status take(struct zd_ingest *ingest, struct zd_job *job,
                           const struct zd_parsed *parsed, const struct zd_error *why,
                           struct zd_error *err)
{
    struct zd_ingest__input input = {.name = job->name, .source = job->name, .parsed = *parsed};
    bool done = false;
    enum zd_status st = zd_sha256(job->body, input.raw_hash, err);

    input.facts = zd_ingest__facts_read(job->given);
    input.id = input.facts.id = job->document_id;
    while (zd_str_starts(input.source, ZD_STR("/"))) /* a name from outside is never a path */
        input.source = zd_str_cut(input.source, 1, input.source.n);
    if (st == ZD_OK && why->status != ZD_OK) {
        zd_ingest__report_failed(ingest, input.name, why);
        done = true;
    } else if (st == ZD_OK) {
        st = zd_ingest__look_for_same(ingest, &input, &done, err);
    }
    if (st == ZD_OK && !done)
        st = zd_ingest__take(ingest, &input, err);
    if (st == ZD_OK)
        st = zd_ingest__begin(ingest, err);
    if (st == ZD_OK)
        st = zd_job_finish(ingest->store, zd_subject_owner(), job, err);
    if (st == ZD_OK)
        st = zd_ingest_flush(ingest, err);
    return st;
}

enum zd_status zd_queue__finish_alone(struct zd_queue *q, enum zd_job_state state,
                                      const char *outcome, const char *reason)
{
    struct zd_ingest *ingest = NULL;
    enum zd_status st = zd_queue__enter(q, NULL, NULL, &ingest, NULL);

    q->job.state = state;
    q->job.outcome = zd_str_c(outcome);
    q->job.reason = zd_str_c(reason);
    if (st == ZD_OK)
        st = zd_store_begin(ingest->store, NULL);
    if (st == ZD_OK)
        st = zd_job_finish(ingest->store, zd_subject_owner(), &q->job, NULL);
    if (st == ZD_OK)
        st = zd_store_commit(ingest->store, NULL);
    zd_ingest_close(ingest);
    return st;
}

/* ---- the runner ---- */

/* One job from lease to commit. False where nothing waits, something failed that is not the file's,
 * or it is time to stop. */
static bool run_one(struct zd_queue *q)
{
    struct told told = {&q->job, q->arena};
    struct zd_ingest *ingest = NULL;
    struct zd_parsed parsed = {0};
    struct zd_error why = {0};
    bool done = false;
    enum zd_status st;

    zd_arena_reset(q->arena);
    if (lease(q, NULL) != ZD_OK || q->job.key == 0)
        return false;
    st = zd_parser_file(q->parser, q->job.body, q->job.name, q->arena, &parsed, &why);
    if (st != ZD_OK && st != ZD_BUSY)
        st = zd_queue__try_archive(q, &why, &done);
    if (st == ZD_OK && !done)
        st = zd_queue__enter(q, on_report, &told, &ingest, NULL);
    if (st == ZD_OK && !done)
        st = take(ingest, &q->job, &parsed, &why, NULL);
    zd_ingest_close(ingest);
    return st == ZD_OK || q->lost || st == ZD_NOT_FOUND; /* taken back: the next one's turn */
}

static bool any_waiting(struct zd_queue *q)
{
    struct zd_store *store = NULL;
    bool any = false;

    if (zd_store_open(zd_buf_cstr(&q->db_path), ZD_STORE_READ, &store, NULL) == ZD_OK &&
        zd_job_any_waiting(store, zd_subject_owner(), &any, NULL) != ZD_OK)
        any = false;
    zd_store_close(store);
    return any;
}

/* Becomes the one runner of the office; what another one left running waits again. */
static bool take_over(struct zd_queue *q)
{
    struct zd_ingest *ingest = NULL;
    enum zd_status st;

    if (q->lock >= 0)
        return true;
    if (zd_durable_lock(zd_buf_cstr(&q->lock_path), &q->lock, NULL) != ZD_OK)
        return false;
    st = zd_queue__enter(q, NULL, NULL, &ingest, NULL);
    if (st == ZD_OK)
        st = zd_job_recover(ingest->store, zd_subject_owner(), INT64_MAX, NULL);
    zd_ingest_close(ingest);
    if (st != ZD_OK) {
        zd_durable_unlock(q->lock);
        q->lock = -1;
    }
    return st == ZD_OK;
}

static void *runner_main(void *context)
{
    struct zd_queue *q = context;

    do
        while (take_over(q) && any_waiting(q) && run_one(q))
            ;
    while (rest(q, LOOK_MS));
    return NULL;
}

enum zd_status zd_queue_open(const char *office, struct zd_queue **ret_queue, struct zd_error *err)
{
    struct zd_queue *q = zd_alloc(sizeof *q);
    struct zd_parser_options options = {0};
    enum zd_status st;

    if (!q)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a queue");
    q->lock = -1;
    (void)pthread_mutex_init(&q->mutex, NULL);
    (void)pthread_cond_init(&q->wake, NULL);
    q->dir.max = q->db_path.max = q->lock_path.max = PATH_MAX_BYTES;
    zd_buf_c(&q->dir, office);
    zd_buf_printf(&q->db_path, "%s/zhidian.db", office);
    zd_buf_printf(&q->lock_path, "%s/queue.lock", office);
    q->arena = zd_arena_new(ZD_DOCUMENT_MAX_ARENA_BYTES + ZD_UPLOAD_MAX_BYTES);
    options.cancel = &q->cancel;
    options.beat = on_beat;
    options.beat_context = q;
    if (!q->arena)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a queue");
    else if (!zd_buf_cstr(&q->dir) || !zd_buf_cstr(&q->db_path) || !zd_buf_cstr(&q->lock_path))
        st = ZD_FAIL(err, ZD_LIMIT, 0, "the path of the office is too long");
    else
        st = zd_parser_open(&options, &q->parser, err);
    if (st == ZD_OK && pthread_create(&q->thread, NULL, runner_main, q) != 0)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no thread left for a queue");
    if (st != ZD_OK) {
        zd_queue_close(q);
        return st;
    }
    q->started = true;
    *ret_queue = q;
    return ZD_OK;
}

void zd_queue_wake(struct zd_queue *q)
{
    if (!q)
        return;
    (void)pthread_mutex_lock(&q->mutex);
    q->woken = true;
    (void)pthread_cond_signal(&q->wake);
    (void)pthread_mutex_unlock(&q->mutex);
}

void zd_queue_close(struct zd_queue *q)
{
    if (!q)
        return;
    atomic_store(&q->cancel, true);
    (void)pthread_mutex_lock(&q->mutex);
    q->stopping = true;
    (void)pthread_cond_signal(&q->wake);
    (void)pthread_mutex_unlock(&q->mutex);
    if (q->started)
        (void)pthread_join(q->thread, NULL);
    if (q->lock >= 0)
        zd_durable_unlock(q->lock);
    zd_parser_close(q->parser);
    zd_arena_free(q->arena);
    (void)pthread_cond_destroy(&q->wake);
    (void)pthread_mutex_destroy(&q->mutex);
    zd_buf_done(&q->lock_path);
    zd_buf_done(&q->db_path);
    zd_buf_done(&q->dir);
    zd_free(q);
}

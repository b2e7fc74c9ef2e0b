/* queue.c: see queue.h. */
#include "ingest/queue.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/caps.h"
#include "base/date.h"
#include "base/durable.h"
#include "ingest/ingest_private.h"

#define PATH_MAX_BYTES 4096
#define LOOK_MS 1000u
#define RETRY_MS 20u
#define ADD_TRIES 150 /* three seconds for others who change the office */
#define LEASE_US ((int64_t)(ZD_WORKER_MAX_WALL_SECONDS + 60) * 1000000)

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

/* ---- putting in ---- */

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

/* ---- the runner ---- */

struct zd_queue {
    struct zd_buf dir, db_path, lock_path;
    struct zd_parser *parser;
    struct zd_arena *arena; /* of the job in hand: its bytes and what was read */
    int lock;               /* the right to run, or -1 */
    pthread_t thread;
    pthread_mutex_t mutex; /* guards stopping and woken; held while waiting */
    pthread_cond_t wake;
    bool stopping, woken, started;
    atomic_bool cancel;
};

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

/* The office for a moment, others waited for. */
static enum zd_status enter(struct zd_queue *q, struct told *told, struct zd_ingest **ret_ingest,
                            struct zd_error *err)
{
    const struct zd_ingest_options options = {
        .report = on_report,
        .report_context = told,
        .who = "queue",
        .merges = ZD_INGEST_MERGE_ELSEWHERE,
    };
    enum zd_status st;

    while ((st = zd_ingest_open(zd_buf_cstr(&q->dir), &options, ret_ingest, err)) == ZD_BUSY)
        if (!rest(q, RETRY_MS))
            return ZD_BUSY;
    return st;
}

static enum zd_status lease(struct zd_queue *q, struct zd_job *job, struct zd_error *err)
{
    struct zd_ingest *ingest = NULL;
    enum zd_status st = enter(q, NULL, &ingest, err);

    if (st == ZD_OK)
        st = zd_store_begin(ingest->store, err);
    if (st == ZD_OK)
        st = zd_job_lease(ingest->store, zd_subject_owner(), zd_clock_wall_us() + LEASE_US,
                          q->arena, job, err);
    if (st == ZD_OK)
        st = zd_store_commit(ingest->store, err);
    zd_ingest_close(ingest);
    return st;
}

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

/* One job from lease to commit. False where nothing waits or it is time to stop. */
static bool run_one(struct zd_queue *q)
{
    struct zd_job job = {0};
    struct told told = {&job, q->arena};
    struct zd_ingest *ingest = NULL;
    struct zd_parsed parsed = {0};
    struct zd_error why = {0};
    enum zd_status st;

    zd_arena_reset(q->arena);
    if (lease(q, &job, NULL) != ZD_OK || job.key == 0)
        return false;
    st = zd_parser_file(q->parser, job.body, job.name, q->arena, &parsed, &why);
    if (st == ZD_BUSY)
        return false; /* stopped: it waits again when the next runner comes */
    if (enter(q, &told, &ingest, NULL) != ZD_OK)
        return false;
    st = take(ingest, &job, &parsed, &why, NULL);
    zd_ingest_close(ingest);
    return st == ZD_OK;
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
    st = enter(q, NULL, &ingest, NULL);
    if (st == ZD_OK)
        st = zd_job_recover(ingest->store, zd_subject_owner(), NULL);
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

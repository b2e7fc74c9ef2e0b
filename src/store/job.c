/* job: queries over the job table, see job.h. */
#include "store/job.h"

#include "base/caps.h"
#include "base/date.h"
#include "store/store_private.h"

#define KEEP_US ((int64_t)7 * 86400 * 1000000)
#define MAX_PAGE 1000

#define COLUMNS                                                                                    \
    "key, id, name, given, document_id, state, priority, attempts, leased_until, outcome, reason," \
    " document, version, n_passages, created, finished"

const char *zd_job_state_word(enum zd_job_state state)
{
    static const char *const words[] = {
#define JOB_WORD(name, word) word,
        ZD_JOB_STATE_TABLE(JOB_WORD)
#undef JOB_WORD
    };

    return (size_t)state < ZD_COUNT(words) ? words[state] : "";
}

static enum zd_status job_query(struct zd_store *store, const struct zd_subject *subject,
                                const char *sql, struct zd_query *q, struct zd_error *err)
{
    enum zd_status st = zd_store__is_owner(subject, err);

    return st == ZD_OK ? zd_store__prepare(store, sql, q, err) : st;
}

static void job_read(struct zd_query *q, struct zd_arena *arena, struct zd_job *job)
{
    int64_t state;

    *job = (struct zd_job){.key = zd_query__get_int(q)};
    job->id = zd_query__get_str(q, arena);
    job->name = zd_query__get_str(q, arena);
    job->given = zd_query__get_str(q, arena);
    job->document_id = zd_query__get_str(q, arena);
    state = zd_query__get_int(q);
    job->state =
        state >= 0 && state < ZD_JOB_STATE_COUNT ? (enum zd_job_state)state : ZD_JOB_FAILED;
    job->priority = (int32_t)zd_query__get_int(q);
    job->attempts = (uint32_t)zd_query__get_int(q);
    job->leased_until_us = zd_query__get_int(q);
    job->outcome = zd_query__get_str(q, arena);
    job->reason = zd_query__get_str(q, arena);
    job->document = zd_query__get_str(q, arena);
    job->version = (uint32_t)zd_query__get_int(q);
    job->n_passages = (uint32_t)zd_query__get_int(q);
    job->created_us = zd_query__get_int(q);
    job->finished_us = zd_query__get_int(q);
}

enum zd_status zd_job_add(struct zd_store *store, const struct zd_subject *subject,
                          const struct zd_job *job, struct zd_error *err)
{
    static const char sql[] =
        "INSERT INTO job(id, name, given, document_id, body, priority, state, outcome, reason,"
        " created, finished) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
        " CASE WHEN ?7 < 2 THEN 0 ELSE ?10 END) ON CONFLICT(id) DO NOTHING";
    struct zd_query q = {0};
    enum zd_status st = job_query(store, subject, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__str(&q, job->id);
    zd_query__str(&q, job->name);
    zd_query__str(&q, job->given);
    zd_query__str(&q, job->document_id);
    zd_query__bytes(&q, job->body);
    zd_query__int(&q, job->priority);
    zd_query__int(&q, job->state);
    zd_query__str(&q, job->outcome);
    zd_query__str(&q, job->reason);
    zd_query__int(&q, zd_clock_wall_us());
    return zd_query__run(&q, err);
}

/* One row of a query that was bound; *ret_found says whether there was one. Ends the query. */
static enum zd_status job_one(struct zd_query *q, struct zd_arena *arena, struct zd_job *ret_job,
                              bool *ret_found, struct zd_error *err)
{
    enum zd_status st = zd_query__row(q, ret_found, err);

    if (st == ZD_OK && *ret_found)
        job_read(q, arena, ret_job);
    zd_query__done(q);
    if (st == ZD_OK && zd_arena_overflowed(arena))
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a job");
    return st;
}

/* The file's bytes, as text of the row (a BLOB is read by its length). */
static enum zd_status job_body(struct zd_store *store, const struct zd_subject *subject,
                               int64_t key, struct zd_arena *arena, struct zd_bytes *ret_body,
                               struct zd_error *err)
{
    static const char sql[] = "SELECT body FROM job WHERE key = ?";
    struct zd_query q = {0};
    struct zd_str body = {NULL, 0};
    bool found = false;
    enum zd_status st = job_query(store, subject, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, key);
    st = zd_query__row(&q, &found, err);
    if (st == ZD_OK && found)
        body = zd_query__get_str(&q, arena);
    zd_query__done(&q);
    if (st == ZD_OK && !body.p)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a file that waits");
    *ret_body = zd_str_bytes(body);
    return st;
}

enum zd_status zd_job_lease(struct zd_store *store, const struct zd_subject *subject,
                            int64_t until_us, struct zd_arena *arena, struct zd_job *ret_job,
                            struct zd_error *err)
{
    static const char next[] =
        "SELECT " COLUMNS " FROM job WHERE state = 0 ORDER BY priority DESC, key LIMIT 1";
    static const char take[] = "UPDATE job SET state = 1, attempts = attempts + 1,"
                               " leased_until = ? WHERE key = ?";
    struct zd_job job = {0};
    struct zd_query q = {0};
    bool found = false;
    enum zd_status st = job_query(store, subject, next, &q, err);

    if (st == ZD_OK)
        st = job_one(&q, arena, &job, &found, err);
    if (st != ZD_OK || !found) {
        *ret_job = (struct zd_job){0};
        return st;
    }
    st = job_body(store, subject, job.key, arena, &job.body, err);
    if (st == ZD_OK)
        st = zd_store__prepare(store, take, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__int(&q, until_us);
    zd_query__int(&q, job.key);
    job.attempts++;
    *ret_job = job;
    return zd_query__run(&q, err);
}

enum zd_status zd_job_is_held(struct zd_store *store, const struct zd_subject *subject,
                              const struct zd_job *job, bool *ret_held, struct zd_error *err)
{
    static const char sql[] = "SELECT 1 FROM job WHERE key = ? AND state = 1 AND attempts = ?";
    struct zd_query q = {0};
    enum zd_status st = job_query(store, subject, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, job->key);
    zd_query__int(&q, job->attempts);
    st = zd_query__row(&q, ret_held, err);
    zd_query__done(&q);
    return st;
}

/* A change that only the holder of the lease may make has been run: did it find the job his? */
static enum zd_status job_was_held(struct zd_store *store, struct zd_error *err)
{
    if (sqlite3_changes(store->db) == 0)
        return ZD_FAIL(err, ZD_NOT_FOUND, 0, "the job was taken back");
    return ZD_OK;
}

enum zd_status zd_job_renew(struct zd_store *store, const struct zd_subject *subject,
                            const struct zd_job *job, int64_t until_us, struct zd_error *err)
{
    static const char sql[] =
        "UPDATE job SET leased_until = ? WHERE key = ? AND state = 1 AND attempts = ?";
    struct zd_query q = {0};
    enum zd_status st = job_query(store, subject, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, until_us);
    zd_query__int(&q, job->key);
    zd_query__int(&q, job->attempts);
    st = zd_query__run(&q, err);
    return st == ZD_OK ? job_was_held(store, err) : st;
}

enum zd_status zd_job_finish(struct zd_store *store, const struct zd_subject *subject,
                             const struct zd_job *job, struct zd_error *err)
{
    static const char end[] =
        "UPDATE job SET state = ?1, outcome = ?2, reason = ?3, document = ?4, version = ?5,"
        " n_passages = ?6, finished = ?7, leased_until = 0,"
        " body = CASE WHEN ?1 = 3 AND ?2 = 'failed' THEN body ELSE x'' END"
        " WHERE key = ?8 AND state = 1 AND attempts = ?9";
    static const char old[] = "DELETE FROM job WHERE state >= 2 AND finished < ?";
    int64_t now = zd_clock_wall_us();
    struct zd_query q = {0};
    enum zd_status st = job_query(store, subject, end, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, job->state);
    zd_query__str(&q, job->outcome);
    zd_query__str(&q, job->reason);
    zd_query__str(&q, job->document);
    zd_query__int(&q, job->version);
    zd_query__int(&q, job->n_passages);
    zd_query__int(&q, now);
    zd_query__int(&q, job->key);
    zd_query__int(&q, job->attempts);
    st = zd_query__run(&q, err);
    if (st == ZD_OK)
        st = job_was_held(store, err);
    if (st == ZD_OK)
        st = zd_store__prepare(store, old, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__int(&q, now - KEEP_US);
    return zd_query__run(&q, err);
}

/* Runs a change of one job that is bound by its id; what did not apply is `otherwise`. */
static enum zd_status job_change(struct zd_store *store, const struct zd_subject *subject,
                                 const char *sql, struct zd_str id, const char *otherwise,
                                 struct zd_error *err)
{
    static const char exists[] = "SELECT 1 FROM job WHERE id = ?";
    struct zd_query q = {0};
    bool found = false;
    enum zd_status st = job_query(store, subject, exists, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__str(&q, id);
    st = zd_query__row(&q, &found, err);
    zd_query__done(&q);
    if (st == ZD_OK && !found)
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "there is no such job");
    if (st == ZD_OK)
        st = zd_store__prepare(store, sql, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__str(&q, id);
    zd_query__int(&q, zd_clock_wall_us());
    st = zd_query__run(&q, err);
    if (st == ZD_OK && sqlite3_changes(store->db) == 0)
        st = ZD_FAIL(err, ZD_INVALID, 0, "%s", otherwise);
    return st;
}

enum zd_status zd_job_cancel(struct zd_store *store, const struct zd_subject *subject,
                             struct zd_str id, struct zd_error *err)
{
    static const char sql[] = "UPDATE job SET state = 3, outcome = 'failed', body = x'',"
                              " reason = 'cancelled', finished = ?2, leased_until = 0"
                              " WHERE id = ?1 AND state IN (0, 1)";

    return job_change(store, subject, sql, id, "the job has ended already", err);
}

enum zd_status zd_job_retry(struct zd_store *store, const struct zd_subject *subject,
                            struct zd_str id, struct zd_error *err)
{
    static const char sql[] =
        "UPDATE job SET state = 0, outcome = '', reason = '', finished = 0, attempts = 0,"
        " leased_until = 0 WHERE id = ?1 AND state = 3 AND length(body) > 0 AND ?2 > 0";

    return job_change(store, subject, sql, id,
                      "the job has not failed, or its file is not kept any more", err);
}

enum zd_status zd_job_recover(struct zd_store *store, const struct zd_subject *subject,
                              int64_t leased_before_us, struct zd_error *err)
{
    static const char give_up[] =
        "UPDATE job SET state = 3, outcome = 'failed', leased_until = 0, finished = ?,"
        " reason = 'its reading was begun several times and never came to an end'"
        " WHERE state = 1 AND attempts >= ? AND leased_until < ?";
    static const char again[] =
        "UPDATE job SET state = 0, leased_until = 0 WHERE state = 1 AND leased_until < ?";
    struct zd_query q = {0};
    enum zd_status st = job_query(store, subject, give_up, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, zd_clock_wall_us());
    zd_query__int(&q, ZD_JOB_MAX_ATTEMPTS);
    zd_query__int(&q, leased_before_us);
    st = zd_query__run(&q, err);
    if (st == ZD_OK)
        st = zd_store__prepare(store, again, &q, err);
    if (st != ZD_OK)
        return st;
    zd_query__int(&q, leased_before_us);
    return zd_query__run(&q, err);
}

enum zd_status zd_job_any_waiting(struct zd_store *store, const struct zd_subject *subject,
                                  bool *ret_any, struct zd_error *err)
{
    static const char sql[] =
        "SELECT 1 FROM job WHERE state = 0 OR (state = 1 AND leased_until < ?) LIMIT 1";
    struct zd_query q = {0};
    enum zd_status st = job_query(store, subject, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__int(&q, zd_clock_wall_us());
    st = zd_query__row(&q, ret_any, err);
    zd_query__done(&q);
    return st;
}

enum zd_status zd_job_find(struct zd_store *store, const struct zd_subject *subject,
                           struct zd_str id, struct zd_arena *arena, struct zd_job *ret_job,
                           struct zd_error *err)
{
    static const char sql[] = "SELECT " COLUMNS " FROM job WHERE id = ?";
    struct zd_query q = {0};
    bool found = false;
    enum zd_status st = job_query(store, subject, sql, &q, err);

    if (st != ZD_OK)
        return st;
    zd_query__str(&q, id);
    st = job_one(&q, arena, ret_job, &found, err);
    if (st == ZD_OK && !found)
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "there is no such job");
    return st;
}

enum zd_status zd_job_page(struct zd_store *store, const struct zd_subject *subject, size_t limit,
                           struct zd_arena *arena, struct zd_job_list *ret_list,
                           struct zd_error *err)
{
    static const char sql[] = "SELECT " COLUMNS " FROM job ORDER BY key DESC LIMIT ?";
    struct zd_query q = {0};
    struct zd_job *p;
    bool row = false;
    size_t n = 0;
    enum zd_status st = job_query(store, subject, sql, &q, err);

    if (st != ZD_OK)
        return st;
    limit = limit < MAX_PAGE ? limit : MAX_PAGE;
    p = zd_arena_array(arena, limit, sizeof *p);
    zd_query__int(&q, (int64_t)limit);
    while (p && n < limit && (st = zd_query__row(&q, &row, err)) == ZD_OK && row)
        job_read(&q, arena, &p[n++]);
    zd_query__done(&q);
    if (st == ZD_OK && (!p || zd_arena_overflowed(arena)))
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to list jobs");
    if (st == ZD_OK)
        *ret_list = (struct zd_job_list){p, n};
    return st;
}

enum zd_status zd_job_counts(struct zd_store *store, const struct zd_subject *subject,
                             uint64_t ret_counts[ZD_JOB_STATE_COUNT], struct zd_error *err)
{
    static const char sql[] = "SELECT state, count(*) FROM job GROUP BY state";
    struct zd_query q = {0};
    bool row = false;
    enum zd_status st = job_query(store, subject, sql, &q, err);

    for (int i = 0; i < ZD_JOB_STATE_COUNT; i++)
        ret_counts[i] = 0;
    while (st == ZD_OK && (st = zd_query__row(&q, &row, err)) == ZD_OK && row) {
        int64_t state = zd_query__get_int(&q), n = zd_query__get_int(&q);

        if (state >= 0 && state < ZD_JOB_STATE_COUNT)
            ret_counts[state] = (uint64_t)n;
    }
    zd_query__done(&q);
    return st;
}

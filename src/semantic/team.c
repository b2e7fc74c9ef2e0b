/* team.c: see team.h. Jobs are numbered; a worker that sees a new number takes parts from one
 * counter until none is left. The counter is atomic, everything else stands under the lock. */
#include "semantic/team.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

struct zd_team {
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    pthread_t threads[ZD_TEAM_MAX_THREADS];
    unsigned n_threads; /* beside the owner */
    unsigned n_busy;    /* of them */
    uint64_t job;
    bool ending;
    zd_team_fn fn;
    void *context;
    size_t n_parts;
    atomic_size_t next;
};

static void take_parts(struct zd_team *team)
{
    size_t part;

    while ((part = atomic_fetch_add(&team->next, 1)) < team->n_parts)
        team->fn(team->context, part);
}

static void *work(void *argument)
{
    struct zd_team *team = argument;
    uint64_t seen = 0;

    pthread_mutex_lock(&team->lock);
    for (;;) {
        while (team->job == seen && !team->ending)
            pthread_cond_wait(&team->work, &team->lock);
        if (team->ending)
            break;
        seen = team->job;
        pthread_mutex_unlock(&team->lock);
        take_parts(team);
        pthread_mutex_lock(&team->lock);
        if (--team->n_busy == 0)
            pthread_cond_signal(&team->done);
    }
    pthread_mutex_unlock(&team->lock);
    return NULL;
}

enum zd_status zd_team_new(unsigned n_threads, struct zd_team **ret_team, struct zd_error *err)
{
    struct zd_team *team = zd_alloc(sizeof *team);
    const long n_processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (!team)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for threads");
    if (n_threads == 0)
        n_threads = n_processors > 0 ? (unsigned)n_processors : 1;
    if (n_threads > ZD_TEAM_MAX_THREADS)
        n_threads = ZD_TEAM_MAX_THREADS;
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->work, NULL);
    pthread_cond_init(&team->done, NULL);
    for (; team->n_threads + 1 < n_threads; team->n_threads++)
        if (pthread_create(&team->threads[team->n_threads], NULL, work, team) != 0) {
            zd_team_free(team);
            return ZD_FAIL(err, ZD_IO, 0, "no thread to be had");
        }
    *ret_team = team;
    return ZD_OK;
}

void zd_team_free(struct zd_team *team)
{
    if (!team)
        return;
    pthread_mutex_lock(&team->lock);
    team->ending = true;
    pthread_cond_broadcast(&team->work);
    pthread_mutex_unlock(&team->lock);
    for (unsigned i = 0; i < team->n_threads; i++)
        pthread_join(team->threads[i], NULL);
    pthread_cond_destroy(&team->done);
    pthread_cond_destroy(&team->work);
    pthread_mutex_destroy(&team->lock);
    zd_free(team);
}

void zd_team_run(struct zd_team *team, zd_team_fn fn, void *context, size_t n_parts)
{
    pthread_mutex_lock(&team->lock);
    team->fn = fn;
    team->context = context;
    team->n_parts = n_parts;
    atomic_store(&team->next, 0);
    team->n_busy = team->n_threads;
    team->job++;
    pthread_cond_broadcast(&team->work);
    pthread_mutex_unlock(&team->lock);
    take_parts(team);
    pthread_mutex_lock(&team->lock);
    while (team->n_busy > 0)
        pthread_cond_wait(&team->done, &team->lock);
    pthread_mutex_unlock(&team->lock);
}

/* lane.c: threads that may wait, so that the loop need not.
 *
 * A lane is a bounded queue under one lock. The loop pushes, a thread handles the request and puts
 * it on the server's list of done ones, whose lock is taken after the lane's is let go; no lock is
 * held while a handler runs. The first entry of the list wakes the loop through an eventfd.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "http/server_private.h"

/* The next request, or NULL when the lane stops; what was queued is then left to the loop. */
static struct zd_http_request *lane_take(struct zd_http_lane *lane)
{
    struct zd_http_request *request = NULL;

    (void)pthread_mutex_lock(&lane->lock);
    while (!lane->first && !lane->stop)
        (void)pthread_cond_wait(&lane->wake, &lane->lock);
    if (!lane->stop) {
        request = lane->first;
        lane->first = request->next;
        if (!lane->first)
            lane->last = NULL;
        lane->n_waiting--;
        request->next = NULL;
    }
    (void)pthread_mutex_unlock(&lane->lock);
    return request;
}

static void tell_loop(struct zd_http_server *server, struct zd_http_request *request)
{
    uint64_t one = 1;
    bool first;

    (void)pthread_mutex_lock(&server->done_lock);
    first = server->done == NULL;
    request->next = server->done;
    server->done = request;
    (void)pthread_mutex_unlock(&server->done_lock);
    while (first && write(server->done_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

static void *lane_main(void *argument)
{
    struct zd_http_lane *lane = argument;
    const struct zd_http_app *app = &lane->server->app;
    void *worker = app->worker_open ? app->worker_open(app->context, lane->number) : NULL;
    struct zd_http_request *request;

    while ((request = lane_take(lane))) {
        app->handle(app->context, worker, request);
        tell_loop(lane->server, request);
    }
    if (app->worker_close)
        app->worker_close(app->context, worker);
    return NULL;
}

enum zd_status zd_http__lane_start(struct zd_http_server *server, int number,
                                   const struct zd_http_lane_config *config, struct zd_error *err)
{
    struct zd_http_lane *lane = &server->lanes[number];

    lane->server = server;
    lane->number = number;
    lane->max_queue = config->max_queue ? config->max_queue : 256;
    if (config->n_threads <= 0)
        return ZD_OK;
    lane->threads = zd_alloc((size_t)config->n_threads * sizeof *lane->threads);
    if (!lane->threads)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for the threads of lane %d", number);
    (void)pthread_mutex_init(&lane->lock, NULL);
    (void)pthread_cond_init(&lane->wake, NULL);
    for (int i = 0; i < config->n_threads; i++) {
        if (pthread_create(&lane->threads[i], NULL, lane_main, lane) != 0)
            return ZD_FAIL(err, ZD_IO, 0, "thread %d of lane %d does not start", i + 1, number);
        lane->n_threads++;
    }
    return ZD_OK;
}

void zd_http__lane_stop(struct zd_http_lane *lane)
{
    if (!lane->threads)
        return;
    (void)pthread_mutex_lock(&lane->lock);
    lane->stop = true;
    (void)pthread_cond_broadcast(&lane->wake);
    (void)pthread_mutex_unlock(&lane->lock);
    for (int i = 0; i < lane->n_threads; i++)
        (void)pthread_join(lane->threads[i], NULL);
    zd_free(lane->threads);
    (void)pthread_cond_destroy(&lane->wake);
    (void)pthread_mutex_destroy(&lane->lock);
    while (lane->first) {
        struct zd_http_request *request = lane->first;

        lane->first = request->next;
        zd_http__request_free(lane->server, request);
    }
}

bool zd_http__lane_push(struct zd_http_lane *lane, struct zd_http_request *request)
{
    bool taken = false;

    if (!lane->threads)
        return false;
    (void)pthread_mutex_lock(&lane->lock);
    if (lane->n_waiting < lane->max_queue && !lane->stop) {
        request->next = NULL;
        if (lane->last)
            lane->last->next = request;
        else
            lane->first = request;
        lane->last = request;
        lane->n_waiting++;
        taken = true;
        (void)pthread_cond_signal(&lane->wake);
    }
    (void)pthread_mutex_unlock(&lane->lock);
    return taken;
}

int zd_http__lane_waiting(struct zd_http_lane *lane)
{
    int n;

    if (!lane->threads)
        return 0;
    (void)pthread_mutex_lock(&lane->lock);
    n = lane->n_waiting;
    (void)pthread_mutex_unlock(&lane->lock);
    return n;
}

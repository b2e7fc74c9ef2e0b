/* log.c: see log.h. Two buffers under one lock: one is filled, the other is being written. */
#include "http/log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "base/buf.h"

#define MAX_WAITING_BYTES 1048576
#define WAIT_MS 250 /* between looks at whether the server ends */

struct zd_http_log {
    int fd;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct zd_buf waiting; /* under lock */
    uint64_t n_dropped;    /* under lock */
    bool stop;             /* under lock */
};

static bool is_stopping(struct zd_http_log *log)
{
    bool stop;

    (void)pthread_mutex_lock(&log->lock);
    stop = log->stop;
    (void)pthread_mutex_unlock(&log->lock);
    return stop;
}

/* Writes what fd takes at once, so that a reader that stands still cannot hold the end of the
 * server: a pipe or terminal that is ready takes PIPE_BUF bytes without waiting. */
static void put(struct zd_http_log *log, struct zd_str s)
{
    while (s.n > 0) {
        struct pollfd ready = {.fd = log->fd, .events = POLLOUT};
        ssize_t n;

        if (poll(&ready, 1, WAIT_MS) == 0) {
            if (is_stopping(log))
                return;
            continue;
        }
        n = write(log->fd, s.p, s.n < PIPE_BUF ? s.n : PIPE_BUF);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return; /* nobody to tell: the next lines may fare better */
        s.p += n;
        s.n -= (size_t)n;
    }
}

static void *log_main(void *argument)
{
    struct zd_http_log *log = argument;
    struct zd_buf taken = {.max = MAX_WAITING_BYTES};
    bool stop = false;

    while (!stop) {
        struct zd_buf swap = taken;

        (void)pthread_mutex_lock(&log->lock);
        while (log->waiting.n == 0 && !log->stop)
            (void)pthread_cond_wait(&log->wake, &log->lock);
        stop = log->stop;
        taken = log->waiting;
        log->waiting = swap;
        zd_buf_clear(&log->waiting);
        (void)pthread_mutex_unlock(&log->lock);
        put(log, zd_buf_view(&taken));
        zd_buf_clear(&taken);
    }
    zd_buf_done(&taken);
    return NULL;
}

enum zd_status zd_http_log_open(int fd, struct zd_http_log **ret_log, struct zd_error *err)
{
    struct zd_http_log *log = zd_alloc(sizeof *log);

    if (!log)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the log");
    log->fd = fd;
    log->waiting.max = MAX_WAITING_BYTES;
    (void)pthread_mutex_init(&log->lock, NULL);
    (void)pthread_cond_init(&log->wake, NULL);
    if (pthread_create(&log->thread, NULL, log_main, log) != 0) {
        zd_free(log);
        return ZD_FAIL(err, ZD_IO, 0, "the thread of the log does not start");
    }
    *ret_log = log;
    return ZD_OK;
}

void zd_http_log_line(struct zd_http_log *log, struct zd_str line)
{
    if (!log)
        return;
    (void)pthread_mutex_lock(&log->lock);
    if (log->waiting.n + line.n + 64 > MAX_WAITING_BYTES) {
        log->n_dropped++;
    } else {
        if (log->n_dropped > 0) {
            zd_buf_printf(&log->waiting, "dropped=%llu\n", (unsigned long long)log->n_dropped);
            log->n_dropped = 0;
        }
        zd_buf_str(&log->waiting, line);
        zd_buf_byte(&log->waiting, '\n');
        (void)pthread_cond_signal(&log->wake);
    }
    (void)pthread_mutex_unlock(&log->lock);
}

void zd_http_log_close(struct zd_http_log *log)
{
    if (!log)
        return;
    (void)pthread_mutex_lock(&log->lock);
    log->stop = true;
    (void)pthread_cond_signal(&log->wake);
    (void)pthread_mutex_unlock(&log->lock);
    (void)pthread_join(log->thread, NULL);
    put(log, zd_buf_view(&log->waiting));
    zd_buf_done(&log->waiting);
    (void)pthread_cond_destroy(&log->wake);
    (void)pthread_mutex_destroy(&log->lock);
    zd_free(log);
}

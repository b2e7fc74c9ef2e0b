/* watcher.c: the sources of an office, looked at in a thread of the one who serves it. It waits where the
 * command line watches, and goes on when that ends; what fails for a moment is tried again. */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "model/upstream.h"
#include "watch/watch_private.h"

#define PATH_MAX_BYTES 4096
#define RETRY_MS 10000

struct zd_watcher {
    struct zd_buf office; /* NUL-terminated */
    struct zd_watch_options options;
    atomic_bool cancel;
    int stop_fd;
    pthread_t thread;
    bool started;
};

static void *watcher_main(void *context)
{
    struct zd_watcher *w = context;
    struct pollfd stop = {.fd = w->stop_fd, .events = POLLIN};
    struct zd_error err = {0};
    char told[sizeof err.what + 16] = "";

    while (!atomic_load(&w->cancel)) {
        char line[sizeof told];

        if (zd_watch_run(&w->options, false, &err) == ZD_OK)
            continue; /* cancelled */
        (void)snprintf(line, sizeof line, "waiting: %s", err.what);
        if (w->options.tell && strcmp(line, told) != 0)
            w->options.tell(w->options.tell_context, zd_str_c(line));
        memcpy(told, line, sizeof told);
        (void)poll(&stop, 1, RETRY_MS);
    }
    return NULL;
}

enum zd_status zd_watcher_open(const char *office, zd_watch_fn tell, void *tell_context,
                               struct zd_watcher **ret_watcher, struct zd_error *err)
{
    struct zd_watcher *w = zd_alloc(sizeof *w);
    enum zd_status st;

    if (!w)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to watch");
    w->office.max = PATH_MAX_BYTES;
    zd_buf_c(&w->office, office);
    w->stop_fd = eventfd(0, EFD_CLOEXEC);
    st = zd_upstream_init(err); /* libcurl, before there are threads */
    if (st == ZD_OK && w->stop_fd < 0)
        st = ZD_FAIL(err, ZD_IO, 0, "cannot make an event to stop by");
    else if (st == ZD_OK && !zd_buf_cstr(&w->office))
        st = ZD_FAIL(err, ZD_LIMIT, 0, "the path of the office is too long");
    w->options = (struct zd_watch_options){.office = zd_buf_cstr(&w->office),
                                           .who = "watch",
                                           .cancel = &w->cancel,
                                           .stop_fd = w->stop_fd,
                                           .tell = tell,
                                           .tell_context = tell_context};
    if (st == ZD_OK && pthread_create(&w->thread, NULL, watcher_main, w) != 0)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no thread left to watch");
    w->started = st == ZD_OK;
    if (st == ZD_OK)
        *ret_watcher = w;
    else
        zd_watcher_close(w);
    return st;
}

void zd_watcher_close(struct zd_watcher *w)
{
    if (!w)
        return;
    atomic_store(&w->cancel, true);
    if (w->stop_fd >= 0)
        (void)eventfd_write(w->stop_fd, 1);
    if (w->started)
        (void)pthread_join(w->thread, NULL);
    if (w->stop_fd >= 0)
        (void)close(w->stop_fd);
    zd_buf_done(&w->office);
    zd_free(w);
}

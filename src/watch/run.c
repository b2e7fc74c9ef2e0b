/* run.c: when each source is looked at, and what all looks share. Folders are watched with inotify:
 * a change in one is a reason to look at it at once, a moment after it has become quiet. */
#include <fts.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/durable.h"
#include "watch/watch_private.h"

#define ARENA_BYTES ((size_t)256 << 20)
#define OPEN_TRIES 250
#define OPEN_REST_MS 40
#define QUIET_MS 300
#define MOST_REST_MS 60000
#define MAX_WATCHES 8192
#define LINE_BYTES 2048

void zd_watch__tell(const struct zd_watch__look *look, const char *fmt, ...)
{
    char line[LINE_BYTES];
    va_list arguments;
    int n;

    if (!look->options->tell)
        return;
    va_start(arguments, fmt);
    n = vsnprintf(line, sizeof line, fmt, arguments);
    va_end(arguments);
    if (n > 0)
        look->options->tell(
            look->options->tell_context,
            (struct zd_str){line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1});
}

static bool is_cancelled(const struct zd_watch_options *options)
{
    return options->cancel && atomic_load(options->cancel);
}

bool zd_watch__is_cancelled(const struct zd_watch__look *look)
{
    return is_cancelled(look->options);
}

enum zd_status zd_watch__open(const struct zd_watch__look *look, zd_ingest_report_fn report,
                              void *context, struct zd_ingest **ret_ingest, struct zd_error *err)
{
    const struct zd_ingest_options options = {
        .report = report,
        .report_context = context,
        .cancel = look->options->cancel,
        .who = look->options->who ? look->options->who : "watch",
    };
    enum zd_status st = ZD_BUSY;

    for (int i = 0; st == ZD_BUSY && i < OPEN_TRIES && !zd_watch__is_cancelled(look); i++) {
        if (i > 0)
            (void)poll(NULL, 0, OPEN_REST_MS);
        st = zd_ingest_open(look->options->office, &options, ret_ingest, err);
    }
    return st;
}

enum zd_status zd_watch__gone(struct zd_watch__look *look, struct zd_source_page *page,
                              struct zd_error *err)
{
    const struct zd_str line =
        ZD_STR("来源已不存在，请核对是否仍有效 / its source is gone: see whether it still holds");
    struct zd_ingest *ingest = NULL;
    enum zd_status st = ZD_OK;

    page->gone_us = look->begun_us;
    page->said = ZD_STR("gone");
    if (page->document.n > 0) {
        st = zd_watch__open(look, NULL, NULL, &ingest, err);
        if (st == ZD_OK)
            st = zd_ingest_warn(ingest, page->document, line, err);
        zd_ingest_close(ingest);
        if (st == ZD_NOT_FOUND)
            st = ZD_OK; /* removed by a person meanwhile */
    }
    if (st == ZD_OK)
        st = zd_source_page_put(look->store, zd_subject_owner(), look->source->key, page, err);
    if (st != ZD_OK)
        return st; /* who stops us meanwhile was told nothing that does not stand */
    look->n_gone++;
    zd_watch__tell(look, "gone %.*s", (int)page->url.n, page->url.p);
    return ZD_OK;
}

enum zd_status zd_watch_look(const struct zd_watch_options *options, const struct zd_source *source,
                             struct zd_error *err)
{
    struct zd_watch__look look = {.options = options,
                                  .source = source,
                                  .arena = zd_arena_new(ARENA_BYTES),
                                  .begun_us = zd_clock_wall_us()};
    struct zd_error why = {0};
    char said[400];
    enum zd_status st =
        look.arena
            ? zd_source_db_open(options->office, ZD_STORE_WRITE, &look.store, err)
            : (enum zd_status)ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to look at a source");

    if (st != ZD_OK)
        goto out;
    st = zd_str_eq(source->kind, ZD_STR("folder")) ? zd_watch__folder(&look, &why)
                                                   : zd_watch__web(&look, &why);
    if (st == ZD_OK)
        (void)snprintf(said, sizeof said, "+%u ~%u =%u gone %u failed %u", look.n_new,
                       look.n_changed, look.n_same, look.n_gone, look.n_failed);
    else
        (void)snprintf(said, sizeof said, "failed: %s", why.what);
    if (st != ZD_OK)
        zd_watch__tell(&look, "failed %.*s: %s", (int)source->address.n, source->address.p,
                       why.what);
    st = zd_source_looked(look.store, zd_subject_owner(), source->key, zd_str_c(said), err);
out:
    zd_store_close(look.store);
    zd_arena_free(look.arena);
    return st;
}

/* ---- times ---- */

static bool in_window(const struct zd_source *source)
{
    const time_t now = time(NULL);
    struct tm local;
    uint32_t minute;

    if (source->from_min == source->to_min || !localtime_r(&now, &local))
        return true;
    minute = (uint32_t)(local.tm_hour * 60 + local.tm_min);
    return source->from_min < source->to_min
               ? minute >= source->from_min && minute < source->to_min
               : minute >= source->from_min || minute < source->to_min;
}

static bool is_due(const struct zd_source *source)
{
    return source->looked_us + (int64_t)source->every_min * 60000000 <= zd_clock_wall_us() &&
           in_window(source);
}

/* ---- folders ---- */

struct folders {
    int fd;
    struct {
        int watch;
        int64_t source;
        bool changed;
    } p[MAX_WATCHES];
    size_t n;
};

static void add_watch(struct folders *f, const char *path, int64_t source)
{
    const int watch = inotify_add_watch(f->fd, path,
                                        IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                            IN_CREATE | IN_ONLYDIR);

    for (size_t i = 0; i < f->n; i++)
        if (f->p[i].watch == watch)
            return;
    if (watch < 0 || f->n == MAX_WATCHES)
        return;
    f->p[f->n].watch = watch;
    f->p[f->n].source = source;
    f->p[f->n++].changed = false;
}

/* Every folder below; called again after each look, since new ones come. */
static void add_watches(struct folders *f, const struct zd_source *source)
{
    char root[4096];
    char *roots[2] = {root, NULL};
    FTSENT *entry;
    FTS *walk;

    if (f->fd < 0 || source->address.n >= sizeof root)
        return;
    (void)snprintf(root, sizeof root, "%.*s", (int)source->address.n, source->address.p);
    walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    while (walk && (entry = fts_read(walk)) != NULL) {
        if (entry->fts_level > 0 && entry->fts_name[0] == '.')
            (void)fts_set(walk, entry, FTS_SKIP);
        else if (entry->fts_info == FTS_D)
            add_watch(f, entry->fts_path, source->key);
    }
    if (walk)
        (void)fts_close(walk);
}

static void read_events(struct folders *f)
{
    _Alignas(struct inotify_event) char room[16384];
    ssize_t n = read(f->fd, room, sizeof room);

    for (ssize_t at = 0; at + (ssize_t)sizeof(struct inotify_event) <= n;) {
        struct inotify_event event;

        memcpy(&event, room + at, sizeof event);
        for (size_t i = 0; i < f->n; i++)
            f->p[i].changed |= f->p[i].watch == event.wd || (event.mask & IN_Q_OVERFLOW) != 0;
        at += (ssize_t)sizeof event + event.len;
    }
}

static bool take_changed(struct folders *f, int64_t source)
{
    bool changed = false;

    for (size_t i = 0; i < f->n; i++)
        if (f->p[i].source == source) {
            changed |= f->p[i].changed;
            f->p[i].changed = false;
        }
    return changed;
}

/* Waits for a change of a folder, and until it is quiet again; at most `ms`, or until it is time to
 * stop. */
static void wait_for_change(struct folders *f, const struct zd_watch_options *options, int ms)
{
    const int stop = options->stop_fd > 0 ? options->stop_fd : -1;
    struct pollfd on[2] = {{.fd = f->fd, .events = POLLIN}, {.fd = stop, .events = POLLIN}};

    while (poll(on, 2, ms) > 0 && on[1].revents == 0) {
        read_events(f);
        ms = QUIET_MS;
    }
}

/* ---- all sources ---- */

static enum zd_status look_at_due(const struct zd_watch_options *options, bool all, bool first,
                                  struct folders *folders, struct zd_arena *arena,
                                  struct zd_error *err)
{
    struct zd_source_list sources = {0};
    struct zd_store *store = NULL;
    enum zd_status st = zd_source_db_open(options->office, ZD_STORE_READ, &store, err);

    if (st == ZD_NOT_FOUND)
        return ZD_OK; /* no source was ever named */
    if (st == ZD_OK)
        st = zd_sources(store, zd_subject_owner(), arena, &sources, err);
    zd_store_close(store);
    for (size_t i = 0; st == ZD_OK && i < sources.n && !is_cancelled(options); i++) {
        const struct zd_source *source = &sources.p[i];
        const bool folder = zd_str_eq(source->kind, ZD_STR("folder"));
        const bool changed = folder && take_changed(folders, source->key);

        if (folder)
            add_watches(folders, source); /* before the look: nothing falls between */
        if (all || changed || (first && folder) || is_due(source))
            st = zd_watch_look(options, source, err);
    }
    return st;
}

static enum zd_status lock_sources(const char *office, int *ret_lock, struct zd_error *err)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/watch.lock", office);
    enum zd_status st;

    if (n < 0 || (size_t)n >= sizeof path)
        return ZD_FAIL(err, ZD_LIMIT, 0, "the path of the office is too long");
    st = zd_durable_lock(path, ret_lock, err);
    if (st == ZD_BUSY)
        return ZD_FAIL(err, ZD_BUSY, 0,
                       "another process looks at this office's sources already (serve does)");
    return st;
}

enum zd_status zd_watch_run(const struct zd_watch_options *options, bool once, struct zd_error *err)
{
    int lock = -1;
    struct zd_arena *arena = zd_arena_new(ARENA_BYTES);
    struct folders *folders = zd_alloc(sizeof *folders);
    bool first = true;
    enum zd_status st = ZD_OK;

    if (!arena || !folders)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to watch");
    else
        st = lock_sources(options->office, &lock, err);
    if (st == ZD_OK)
        folders->fd = once ? -1 : inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    while (st == ZD_OK && !is_cancelled(options)) {
        zd_arena_reset(arena);
        st = look_at_due(options, once, first, folders, arena, err);
        if (first && !once && options->tell)
            options->tell(options->tell_context, ZD_STR("watching"));
        first = false;
        if (once)
            break;
        if (st == ZD_OK && !is_cancelled(options))
            wait_for_change(folders, options, MOST_REST_MS);
    }
    if (lock >= 0)
        zd_durable_unlock(lock);
    if (folders && folders->fd >= 0)
        (void)close(folders->fd);
    zd_free(folders);
    zd_arena_free(arena);
    return st;
}

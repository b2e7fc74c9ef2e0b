/* watch: sources that change: folders, web pages, feeds and site maps. The face of this room.
 *
 *     folder            every file below it is added; one that is gone is flagged
 *     page              fetched with the tag and time it was last seen with
 *     feed, sitemap     fetched; then the pages it names on its own host
 *
 * A page becomes the document "web-" and 32 hexadecimal digits of its address; a changed page takes
 * the place of its last state, and what changed is noted, line by line. A page or file that is gone
 * is flagged (in `watch list`, and as a warning of its document), never removed and never kept
 * silently. Nothing is asked of any host that no source names, nor what its robots.txt forbids; each
 * address is checked when the socket opens (fetch.h).
 */
#ifndef ZD_WATCH_WATCH_H
#define ZD_WATCH_WATCH_H

#include <stdatomic.h>

#include "base/base.h"
#include "store/source.h"

/* Told what happens, one line each: "added http://…". */
typedef void (*zd_watch_fn)(void *context, struct zd_str line);

struct zd_watch_options {
    const char *office;
    const char *who;           /* as in ingest.h; NULL: "watch" */
    const atomic_bool *cancel; /* NULL: never */
    int stop_fd;               /* readable when `cancel` was set, to end a wait; 0: none */
    zd_watch_fn tell;          /* NULL: nobody listens */
    void *tell_context;
};

/* One look at a source, whatever its times say. What fails there is told and noted.
 * Errors: those of the stores and of zd_ingest_open; ZD_NOMEM. */
enum zd_status zd_watch_look(const struct zd_watch_options *options, const struct zd_source *source,
                             struct zd_error *err) ZD_MUST_USE;

/* Looks at every source: once now, or whenever its time has come or a folder changes, until
 * cancelled. One process at a time does so for an office, by the lock watch.lock.
 * Errors: ZD_BUSY another one does; as zd_watch_look. */
enum zd_status zd_watch_run(const struct zd_watch_options *options, bool once,
                            struct zd_error *err) ZD_MUST_USE;

/* Looks at the sources in a thread, for one who serves; waits while another process does so. */
struct zd_watcher;

/* `tell` is called in that thread, NULL: nobody listens. Errors: ZD_NOMEM; ZD_IO; ZD_LIMIT. */
enum zd_status zd_watcher_open(const char *office, zd_watch_fn tell, void *tell_context,
                               struct zd_watcher **ret_watcher, struct zd_error *err) ZD_MUST_USE;
/* Stops it after the file or page in hand. NULL is fine. */
void zd_watcher_close(struct zd_watcher *watcher);

#endif

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
    zd_watch_fn tell;          /* NULL: nobody listens */
    void *tell_context;
};

/* One look at a source, whatever its times say. What fails there is told and noted.
 * Errors: those of the stores and of zd_ingest_open; ZD_NOMEM. */
enum zd_status zd_watch_look(const struct zd_watch_options *options, const struct zd_source *source,
                             struct zd_error *err) ZD_MUST_USE;

/* Looks at every source: once now, or whenever its time has come or a folder changes, until
 * cancelled. */
enum zd_status zd_watch_run(const struct zd_watch_options *options, bool once,
                            struct zd_error *err) ZD_MUST_USE;

#endif

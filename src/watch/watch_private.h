/* watch_private: a look under way, and what the files of this room share. */
#ifndef ZD_WATCH_PRIVATE_H
#define ZD_WATCH_PRIVATE_H

#include "base/arena.h"
#include "base/buf.h"
#include "ingest/ingest.h"
#include "watch/watch.h"

struct zd_watch__look {
    const struct zd_watch_options *options;
    const struct zd_source *source;
    struct zd_store *store; /* watch.db */
    struct zd_arena *arena;
    int64_t begun_us;
    uint32_t n_new, n_changed, n_same, n_gone, n_failed;
};

enum zd_status zd_watch__folder(struct zd_watch__look *look, struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_watch__web(struct zd_watch__look *look, struct zd_error *err) ZD_MUST_USE;

/* Opens the office for changes, waiting some seconds for others. */
enum zd_status zd_watch__open(const struct zd_watch__look *look, zd_ingest_report_fn report,
                              void *context, struct zd_ingest **ret_ingest,
                              struct zd_error *err) ZD_MUST_USE;
/* Notes that a page is gone, and warns in its document. Counts and tells. */
enum zd_status zd_watch__gone(struct zd_watch__look *look, struct zd_source_page *page,
                              struct zd_error *err) ZD_MUST_USE;
ZD_PRINTF(2, 3)
void zd_watch__tell(const struct zd_watch__look *look, const char *fmt, ...);
bool zd_watch__is_cancelled(const struct zd_watch__look *look);

#endif

/* folder.c: one look at a folder: everything below it is added (what is there unchanged costs reading
 * it), and files that were seen before and are not there any more are flagged. */
#include <unistd.h>

#include "base/date.h"
#include "watch/watch_private.h"

struct seen {
    struct zd_watch__look *look;
    enum zd_status status;
    struct zd_error *err;
};

static void on_report(void *context, const struct zd_ingest_report *report)
{
    struct seen *seen = context;
    struct zd_watch__look *look = seen->look;
    struct zd_source_page page = {.url = report->name,
                                  .etag = ZD_STR(""),
                                  .modified = ZD_STR(""),
                                  .document = report->document,
                                  .said = zd_str_c(zd_ingest_outcome_word(report->outcome)),
                                  .seen_us = look->begun_us};

    look->n_new += report->outcome == ZD_INGEST_ADDED;
    look->n_changed += report->outcome == ZD_INGEST_REPLACED;
    look->n_same += report->outcome == ZD_INGEST_UNCHANGED;
    look->n_failed += report->error != NULL;
    if (report->outcome != ZD_INGEST_UNCHANGED)
        zd_watch__tell(look, "%s %.*s%s%s", zd_ingest_outcome_word(report->outcome),
                       (int)report->name.n, report->name.p, report->error ? ": " : "",
                       report->error ? report->error->what : "");
    if (seen->status == ZD_OK)
        seen->status = zd_source_page_put(look->store, zd_subject_owner(), look->source->key, &page,
                                          seen->err);
}

static enum zd_status flag_gone(struct zd_watch__look *look, struct zd_error *err)
{
    struct zd_source_page_list pages = {0};
    enum zd_status st = zd_source_pages(look->store, zd_subject_owner(), look->source->key,
                                        ZD_STR(""), look->arena, &pages, err);

    for (size_t i = 0; st == ZD_OK && i < pages.n; i++) {
        struct zd_str path =
            zd_arena_printf(look->arena, "%.*s", (int)pages.p[i].url.n, pages.p[i].url.p);

        if (!path.p)
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a path");
        else if (pages.p[i].gone_us == 0 && pages.p[i].seen_us < look->begun_us &&
                 access(path.p, F_OK) != 0)
            st = zd_watch__gone(look, &pages.p[i], err);
    }
    return st;
}

enum zd_status zd_watch__folder(struct zd_watch__look *look, struct zd_error *err)
{
    struct seen seen = {look, ZD_OK, err};
    struct zd_ingest *ingest = NULL;
    struct zd_str path =
        zd_arena_printf(look->arena, "%.*s", (int)look->source->address.n, look->source->address.p);
    enum zd_status st =
        path.p ? zd_watch__open(look, on_report, &seen, &ingest, err)
               : (enum zd_status)ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a path");

    if (st == ZD_OK)
        st = zd_ingest_path(ingest, path.p, NULL, err);
    if (st == ZD_NOT_FOUND)
        st = ZD_OK; /* the folder is gone: so are its files */
    if (st == ZD_OK)
        st = zd_ingest_flush(ingest, err);
    zd_ingest_close(ingest);
    if (st == ZD_OK)
        st = seen.status;
    return st == ZD_OK && !zd_watch__is_cancelled(look) ? flag_gone(look, err) : st;
}

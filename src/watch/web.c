/* web.c: one look at a page, a feed or a site map: robots.txt first, then the pages, each with the tag
 * and time it was last seen with, a pause between any two requests. */
#include <poll.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/hash.h"
#include "ingest/office.h"
#include "store/document.h"
#include "store/version.h"
#include "watch/fetch.h"
#include "watch/links.h"
#include "watch/robots.h"
#include "watch/watch_private.h"

#define MAX_PAGES 5000
#define MAX_MOVES 3
#define DIFF_MAX_LINES 20000
#define ID_HEX 32

/* ---- what changed in a page ---- */

struct lines {
    struct zd_str *p;
    size_t n;
};

static int by_text(const void *a, const void *b)
{
    return zd_str_cmp(*(const struct zd_str *)a, *(const struct zd_str *)b);
}

static bool lines_of(struct zd_str text, struct zd_arena *arena, struct lines *ret)
{
    struct lines lines = {.p = zd_arena_array(arena, DIFF_MAX_LINES, sizeof *lines.p)};

    for (size_t at = 0; lines.p && at < text.n && lines.n < DIFF_MAX_LINES;) {
        size_t end = zd_str_find(text, ZD_STR("\n"), at);
        struct zd_str line;

        end = end == SIZE_MAX ? text.n : end;
        line = zd_str_trim(zd_str_cut(text, at, end));
        if (line.n > 0)
            lines.p[lines.n++] = line;
        at = end + 1;
    }
    if (!lines.p)
        return false;
    qsort(lines.p, lines.n, sizeof *lines.p, by_text);
    *ret = lines;
    return true;
}

/* "+3 −1 行", of lines as a set with repeats. */
static struct zd_str diff_of(struct zd_str before, struct zd_str after, struct zd_arena *arena)
{
    struct lines a, b;
    size_t i = 0, k = 0, gone = 0, come = 0;

    if (!lines_of(before, arena, &a) || !lines_of(after, arena, &b))
        return ZD_STR("");
    while (i < a.n || k < b.n) {
        const int order = i == a.n ? 1 : k == b.n ? -1 : zd_str_cmp(a.p[i], b.p[k]);

        gone += order < 0;
        come += order > 0;
        i += order <= 0;
        k += order >= 0;
    }
    return zd_arena_printf(arena, "+%zu −%zu 行 lines", come, gone);
}

/* The newest text of a document; "" where there is none. */
static struct zd_str text_of(const struct zd_watch__look *look, struct zd_str id)
{
    struct zd_version_list versions = {0};
    struct zd_document document = {0};
    struct zd_office *office = NULL;
    struct zd_view *view = NULL;
    struct zd_str text = {"", 0};
    enum zd_status st = zd_office_open(look->options->office, &office, NULL);

    if (st == ZD_OK)
        st = zd_view_open(office, &view, NULL);
    if (st == ZD_OK)
        st = zd_view_begin(view, NULL);
    if (st == ZD_OK)
        st = zd_document_find(zd_view_store(view), zd_subject_owner(), id, look->arena, &document,
                              NULL);
    if (st == ZD_OK)
        st = zd_version_of_document(zd_view_store(view), zd_subject_owner(), document.key,
                                    look->arena, &versions, NULL);
    if (st == ZD_OK && versions.n > 0)
        st =
            zd_version_text(zd_view_store(view), zd_subject_owner(), versions.p[versions.n - 1].key,
                            0, versions.p[versions.n - 1].n_bytes, look->arena, &text, NULL);
    zd_view_close(view);
    zd_office_close(office);
    return st == ZD_OK ? text : ZD_STR("");
}

/* ---- one page ---- */

struct outcome {
    struct zd_arena *arena;
    enum zd_ingest_outcome outcome;
    struct zd_str why;
};

static void on_report(void *context, const struct zd_ingest_report *report)
{
    struct outcome *o = context;

    o->outcome = report->outcome;
    if (report->error)
        o->why = zd_arena_str(o->arena, zd_str_c(report->error->what));
}

/* Adds what came; fills document and said of the page. */
static enum zd_status add_page(struct zd_watch__look *look, struct zd_source_page *page,
                               struct zd_str body, struct zd_error *err)
{
    struct outcome outcome = {look->arena, ZD_INGEST_FAILED, {"", 0}};
    struct zd_ingest_facts facts = {0};
    struct zd_ingest *ingest = NULL;
    struct zd_str before, diff = {"", 0};
    uint8_t hash[ZD_SHA256_BYTES];
    char hex[2 * ZD_SHA256_BYTES + 1];
    enum zd_status st = zd_sha256(zd_str_bytes(page->url), hash, err);

    if (st != ZD_OK)
        return st;
    facts.id = zd_arena_printf(look->arena, "web-%.*s", ID_HEX, zd_hex(hash, sizeof hash, hex));
    if (!facts.id.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a page");
    before = text_of(look, facts.id);
    st = zd_watch__open(look, on_report, &outcome, &ingest, err);
    if (st == ZD_OK)
        st = zd_ingest_bytes(ingest, page->url, zd_str_bytes(body), &facts, err);
    if (st == ZD_OK)
        st = zd_ingest_flush(ingest, err);
    zd_ingest_close(ingest);
    if (st != ZD_OK)
        return st;
    if (outcome.outcome == ZD_INGEST_REPLACED)
        diff = diff_of(before, text_of(look, facts.id), look->arena);
    look->n_new += outcome.outcome == ZD_INGEST_ADDED;
    look->n_changed += outcome.outcome == ZD_INGEST_REPLACED;
    look->n_same += outcome.outcome == ZD_INGEST_UNCHANGED;
    look->n_failed += outcome.why.n > 0;
    if (outcome.why.n == 0)
        page->document = facts.id;
    if (outcome.outcome != ZD_INGEST_UNCHANGED || page->said.n == 0)
        page->said =
            zd_arena_printf(look->arena, "%s %.*s%.*s", zd_ingest_outcome_word(outcome.outcome),
                            (int)diff.n, diff.p, (int)outcome.why.n, outcome.why.p);
    if (outcome.outcome != ZD_INGEST_UNCHANGED)
        zd_watch__tell(look, "%.*s %.*s", (int)page->said.n, page->said.p, (int)page->url.n,
                       page->url.p);
    return ZD_OK;
}

/* What is known of a page, or a fresh one. */
static enum zd_status known_page(struct zd_watch__look *look, struct zd_str url,
                                 struct zd_source_page *ret_page, struct zd_error *err)
{
    struct zd_source_page_list pages = {0};
    enum zd_status st = zd_source_pages(look->store, zd_subject_owner(), look->source->key, url,
                                        look->arena, &pages, err);

    *ret_page = pages.n > 0 ? pages.p[0]
                            : (struct zd_source_page){.url = url,
                                                      .etag = ZD_STR(""),
                                                      .modified = ZD_STR(""),
                                                      .document = ZD_STR(""),
                                                      .said = ZD_STR("")};
    return st;
}

static void pause_between(const struct zd_watch__look *look)
{
    struct pollfd stop = {.fd = look->options->stop_fd > 0 ? look->options->stop_fd : -1,
                          .events = POLLIN};

    if (look->source->pause_ms > 0 && !zd_watch__is_cancelled(look))
        (void)poll(&stop, 1, (int)look->source->pause_ms); /* a signal ends it */
}

/* Fetches, following moves on the same host. */
static enum zd_status fetch(struct zd_watch__look *look, struct zd_str url, struct zd_str etag,
                            struct zd_str modified, struct zd_buf *body,
                            struct zd_fetched *ret_fetched, struct zd_error *err)
{
    struct zd_str host;
    enum zd_status st = zd_watch_url_check(url, look->arena, &host, err);

    for (int moves = 0; st == ZD_OK; moves++) {
        zd_buf_clear(body);
        st = zd_watch_fetch(url, etag, modified, look->options->cancel, look->arena, body,
                            ret_fetched, err);
        if (st != ZD_OK || ret_fetched->status < 301 || ret_fetched->status > 308 ||
            ret_fetched->status == 304 || moves == MAX_MOVES)
            break;
        url = ret_fetched->moved;
        if (zd_str_starts(url, ZD_STR("/")) && !zd_str_starts(url, ZD_STR("//")))
            url = zd_arena_printf(look->arena, "%.*s%.*s", (int)host.n, host.p, (int)url.n, url.p);
        if (!url.p || !zd_str_starts(url, host) || url.n <= host.n || url.p[host.n] != '/')
            break; /* to another host: not followed */
        pause_between(look);
    }
    return st;
}

static enum zd_status look_at_page(struct zd_watch__look *look, struct zd_str url,
                                   struct zd_error *err)
{
    struct zd_buf body = {.max = ZD_WATCH_PAGE_MAX_BYTES};
    struct zd_source_page page;
    struct zd_fetched fetched = {0};
    enum zd_status st = known_page(look, url, &page, err);

    if (st == ZD_OK)
        st = fetch(look, url, page.etag, page.modified, &body, &fetched, err);
    if (st != ZD_OK)
        goto out;
    if (fetched.status == 404 || fetched.status == 410) {
        if (page.gone_us == 0)
            st = zd_watch__gone(look, &page, err);
        goto out;
    }
    if (fetched.status != 200 && fetched.status != 304) {
        look->n_failed++;
        zd_watch__tell(look, "failed %.*s: %s %d", (int)url.n, url.p,
                       fetched.why ? fetched.why : "status", fetched.status);
        goto out; /* for now: what is known of it stays */
    }
    if (fetched.status == 304)
        look->n_same++;
    else
        st = add_page(look, &page, zd_buf_view(&body), err);
    if (st != ZD_OK)
        goto out;
    if (fetched.status == 200) {
        page.etag = fetched.etag;
        page.modified = fetched.modified;
    }
    page.seen_us = look->begun_us;
    page.gone_us = 0;
    st = zd_source_page_put(look->store, zd_subject_owner(), look->source->key, &page, err);
out:
    zd_buf_done(&body);
    return st;
}

/* ---- a source ---- */

/* The rules of the host; false where they cannot be had, which forbids all. */
static enum zd_status read_robots(struct zd_watch__look *look, struct zd_str host,
                                  struct zd_buf *robots, bool *ret_may, struct zd_error *err)
{
    struct zd_str url = zd_arena_printf(look->arena, "%.*s/robots.txt", (int)host.n, host.p);
    struct zd_fetched fetched = {0};
    enum zd_status st =
        url.p ? fetch(look, url, ZD_STR(""), ZD_STR(""), robots, &fetched, err)
              : (enum zd_status)ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for an address");

    if (st != ZD_OK)
        return st;
    *ret_may = fetched.status == 200 || (fetched.status >= 400 && fetched.status < 500);
    if (fetched.status != 200)
        zd_buf_clear(robots);
    if (!*ret_may)
        zd_watch__tell(look, "failed %.*s: %s", (int)url.n, url.p,
                       fetched.why ? fetched.why : "robots.txt cannot be had");
    return ZD_OK;
}

static struct zd_str path_of(struct zd_str url, struct zd_str host)
{
    return url.n > host.n ? zd_str_cut(url, host.n, url.n) : ZD_STR("/");
}

static enum zd_status look_at_all(struct zd_watch__look *look, const struct zd_str *urls, size_t n,
                                  struct zd_str host, struct zd_str robots, struct zd_error *err)
{
    enum zd_status st = ZD_OK;

    for (size_t i = 0; st == ZD_OK && i < n && !zd_watch__is_cancelled(look); i++) {
        if (!zd_robots_allows(robots, path_of(urls[i], host))) {
            zd_watch__tell(look, "forbidden by robots.txt %.*s", (int)urls[i].n, urls[i].p);
            continue;
        }
        pause_between(look);
        st = look_at_page(look, urls[i], err);
        if (st == ZD_INVALID) { /* an address in the feed that is none */
            zd_watch__tell(look, "failed %.*s: %s", (int)urls[i].n, urls[i].p, err->what);
            look->n_failed++;
            st = ZD_OK;
        }
    }
    return st;
}

/* The pages that a feed names, and those that it named before: they may be gone. */
static enum zd_status look_at_feed(struct zd_watch__look *look, struct zd_str host,
                                   struct zd_str robots, struct zd_error *err)
{
    struct zd_buf body = {.max = ZD_WATCH_PAGE_MAX_BYTES};
    struct zd_source_page_list known = {0};
    struct zd_fetched fetched = {0};
    struct zd_links links = {0};
    enum zd_status st;

    pause_between(look);
    st = fetch(look, look->source->address, ZD_STR(""), ZD_STR(""), &body, &fetched, err);
    if (st == ZD_OK && fetched.status != 200) {
        look->n_failed++;
        zd_watch__tell(look, "failed %.*s: %s %d", (int)look->source->address.n,
                       look->source->address.p, fetched.why ? fetched.why : "status",
                       fetched.status);
        goto out;
    }
    if (st == ZD_OK)
        st = zd_source_pages(look->store, zd_subject_owner(), look->source->key, ZD_STR(""),
                             look->arena, &known, err);
    if (st == ZD_OK)
        st = zd_links_of(zd_buf_view(&body), host, MAX_PAGES, look->arena, &links, err);
    for (size_t i = 0; st == ZD_OK && i < known.n && links.n < MAX_PAGES; i++) {
        bool named = known.p[i].gone_us != 0;

        for (size_t k = 0; k < links.n && !named; k++)
            named = zd_str_eq(links.p[k], known.p[i].url);
        if (!named)
            links.p[links.n++] = known.p[i].url;
    }
    if (st == ZD_OK && links.n_elsewhere > 0)
        zd_watch__tell(look, "left out %zu of other hosts", links.n_elsewhere);
    if (st == ZD_OK)
        st = look_at_all(look, links.p, links.n, host, robots, err);
out:
    zd_buf_done(&body);
    return st;
}

enum zd_status zd_watch__web(struct zd_watch__look *look, struct zd_error *err)
{
    struct zd_buf robots = {.max = ZD_WATCH_PAGE_MAX_BYTES};
    const struct zd_str url = look->source->address;
    struct zd_str host = {"", 0};
    bool may = false;
    enum zd_status st = zd_watch_url_check(url, look->arena, &host, err);

    if (st == ZD_OK)
        st = read_robots(look, host, &robots, &may, err);
    if (st == ZD_OK && !may)
        look->n_failed++;
    else if (st == ZD_OK && zd_str_eq(look->source->kind, ZD_STR("page")))
        st = look_at_all(look, &url, 1, host, zd_buf_view(&robots), err);
    else if (st == ZD_OK && zd_robots_allows(zd_buf_view(&robots), path_of(url, host)))
        st = look_at_feed(look, host, zd_buf_view(&robots), err);
    else if (st == ZD_OK)
        zd_watch__tell(look, "forbidden by robots.txt %.*s", (int)url.n, url.p);
    zd_buf_done(&robots);
    return st;
}

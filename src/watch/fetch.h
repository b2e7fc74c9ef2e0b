/* fetch: one page over HTTP, as a watcher asks: only of the source's own host, at the address that
 * the name leads to when the socket opens (model/egress.h), with the time or tag it was last seen
 * with. No cookies, no proxies of the environment, no redirects to another host. Blocks. */
#ifndef ZD_WATCH_FETCH_H
#define ZD_WATCH_FETCH_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/buf.h"

#define ZD_WATCH_PAGE_MAX_BYTES ((size_t)32 << 20)

struct zd_fetched {
    int status;                   /* of HTTP; 0: nothing came, see why */
    struct zd_str etag, modified; /* in the arena; "" none */
    struct zd_str moved;          /* where a redirect leads, as it stands; "" none */
    const char *why;
};

/* "http://host/path?query" checked and split: *ret_host borrowed from url. Errors: ZD_INVALID. */
enum zd_status zd_watch_url_check(struct zd_str url, struct zd_arena *arena,
                                  struct zd_str *ret_host, struct zd_error *err) ZD_MUST_USE;

/* etag and modified may be ""; body gets the reply. Failures of the network are in ret_fetched.
 * Errors: ZD_INVALID the url; ZD_NOMEM. */
enum zd_status zd_watch_fetch(struct zd_str url, struct zd_str etag, struct zd_str modified,
                              const atomic_bool *cancel, struct zd_arena *arena,
                              struct zd_buf *body, struct zd_fetched *ret_fetched,
                              struct zd_error *err) ZD_MUST_USE;

#endif

/* links: the pages that a feed (RSS 2.0, Atom RFC 4287) or a site map (sitemaps.org) names. */
#ifndef ZD_WATCH_LINKS_H
#define ZD_WATCH_LINKS_H

#include "base/arena.h"
#include "base/base.h"

struct zd_links {
    struct zd_str *p; /* [n] whole addresses on the host, in the order of the file, each once */
    size_t n;
    size_t n_elsewhere; /* of other hosts: left out */
};

/* The links of items, entries and url elements. `host` is "http://name:port"; an address that begins
 * with "/" is of this host. The text is scanned for its tags, nothing of it is expanded but &amp;.
 * At most `most`. Errors: ZD_NOMEM. */
enum zd_status zd_links_of(struct zd_str xml, struct zd_str host, size_t most,
                           struct zd_arena *arena, struct zd_links *ret_links,
                           struct zd_error *err) ZD_MUST_USE;

#endif

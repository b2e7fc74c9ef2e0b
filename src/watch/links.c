/* links.c: see links.h. */
#include "watch/links.h"

#include "base/buf.h"

#define LINK_MAX_BYTES 1024

/* &amp; and CDATA taken away. */
static struct zd_str plain(struct zd_str s, struct zd_arena *arena)
{
    struct zd_buf out = {.max = LINK_MAX_BYTES};
    struct zd_str copy = {0};

    s = zd_str_trim(s);
    if (zd_str_starts(s, ZD_STR("<![CDATA[")) && zd_str_ends(s, ZD_STR("]]>")))
        s = zd_str_trim(zd_str_cut(s, 9, s.n - 3));
    for (size_t i = 0; i < s.n;) {
        const bool amp = zd_str_starts(zd_str_cut(s, i, s.n), ZD_STR("&amp;"));

        zd_buf_byte(&out, (uint8_t)s.p[i]);
        i += amp ? 5 : 1;
    }
    if (!out.bad)
        copy = zd_arena_str(arena, zd_buf_view(&out));
    zd_buf_done(&out);
    return copy;
}

/* What stands in the first <name …>…</name> of s; p NULL where there is none. */
static struct zd_str inside(struct zd_str s, const char *open, const char *close)
{
    size_t at = zd_str_find(s, zd_str_c(open), 0), end;

    if (at == SIZE_MAX)
        return (struct zd_str){NULL, 0};
    at = zd_str_find(s, ZD_STR(">"), at);
    end = at == SIZE_MAX ? SIZE_MAX : zd_str_find(s, zd_str_c(close), at);
    return end == SIZE_MAX ? (struct zd_str){NULL, 0} : zd_str_cut(s, at + 1, end);
}

/* <link href="…"> of an entry, an alternate one. */
static struct zd_str href_of(struct zd_str entry)
{
    size_t at = 0;

    while ((at = zd_str_find(entry, ZD_STR("<link"), at)) != SIZE_MAX) {
        const size_t end = zd_str_find(entry, ZD_STR(">"), at);
        const struct zd_str tag = zd_str_cut(entry, at, end);
        size_t href = zd_str_find(tag, ZD_STR("href="), 0), close;
        const bool other = zd_str_find(tag, ZD_STR("rel="), 0) != SIZE_MAX &&
                           zd_str_find(tag, ZD_STR("alternate"), 0) == SIZE_MAX;

        at += 5;
        if (href == SIZE_MAX || other || href + 6 >= tag.n)
            continue;
        close = zd_str_find(tag, tag.p[href + 5] == '\'' ? ZD_STR("'") : ZD_STR("\""), href + 6);
        if (close != SIZE_MAX)
            return zd_str_cut(tag, href + 6, close);
    }
    return (struct zd_str){NULL, 0};
}

static bool is_there(const struct zd_links *links, struct zd_str url)
{
    for (size_t i = 0; i < links->n; i++)
        if (zd_str_eq(links->p[i], url))
            return true;
    return false;
}

static bool add_link(struct zd_links *links, struct zd_str link, struct zd_str host,
                     struct zd_arena *arena)
{
    struct zd_str url = plain(link, arena);

    if (zd_str_starts(url, ZD_STR("/")) && !zd_str_starts(url, ZD_STR("//")))
        url = zd_arena_printf(arena, "%.*s%.*s", (int)host.n, host.p, (int)url.n, url.p);
    url = zd_str_cut(url, 0, zd_str_find(url, ZD_STR("#"), 0));
    if (zd_arena_overflowed(arena))
        return false;
    if (!zd_str_starts(url, host) || url.n <= host.n || url.p[host.n] != '/')
        links->n_elsewhere += url.n > 0;
    else if (!is_there(links, url))
        links->p[links->n++] = url;
    return true;
}

enum zd_status zd_links_of(struct zd_str xml, struct zd_str host, size_t most,
                           struct zd_arena *arena, struct zd_links *ret_links, struct zd_error *err)
{
    static const struct {
        const char *open, *close;
    } kinds[] = {{"<item", "</item>"}, {"<entry", "</entry>"}, {"<url>", "</url>"}};
    struct zd_links links = {.p = zd_arena_array(arena, most ? most : 1, sizeof *links.p)};
    bool ok = links.p != NULL;

    for (size_t k = 0; ok && k < ZD_COUNT(kinds); k++)
        for (size_t at = 0; ok && links.n < most;) {
            size_t end;
            struct zd_str entry, link;

            at = zd_str_find(xml, zd_str_c(kinds[k].open), at);
            end = at == SIZE_MAX ? SIZE_MAX : zd_str_find(xml, zd_str_c(kinds[k].close), at);
            if (end == SIZE_MAX)
                break;
            entry = zd_str_cut(xml, at, end);
            link = k == 2 ? inside(entry, "<loc", "</loc>") : inside(entry, "<link", "</link>");
            if (k < 2 && link.n == 0)
                link = href_of(entry);
            ok = link.n == 0 || add_link(&links, link, host, arena);
            at = end;
        }
    if (!ok)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the links of a feed");
    *ret_links = links;
    return ZD_OK;
}

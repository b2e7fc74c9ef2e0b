/* page_document.c: the original as a readable page, with the cited words marked and in view.
 *
 * The version's text is shown line by line: a heading line (第…章, or a short line that opens a
 * part) stands out, rows whose cells are joined by tabs become a table, the rest are paragraphs.
 * Large texts come in parts of PART_BYTES cut at line ends, so that a page stays readable; without
 * ?part= the part with the cited words is shown.
 */
#include <string.h>

#include "base/date.h"
#include "base/utf8.h"
#include "http/page.h"

#define PART_BYTES ((size_t)262144)

/* The bytes to be marked. */
struct mark {
    size_t start, end;
    bool begun; /* the anchor stands already */
};

/* Text of [from, to) with the marked bytes inside <mark>. */
static void marked_text(struct zd_buf *out, struct zd_str text, size_t from, size_t to,
                        struct mark *mark)
{
    size_t a = mark->start < from ? from : mark->start > to ? to : mark->start;
    size_t b = mark->end < a ? a : mark->end > to ? to : mark->end;

    zd_html_escape(out, zd_str_cut(text, from, a));
    if (b > a) {
        zd_buf_c(out, mark->begun ? "<mark>" : "<mark id=\"cited\" tabindex=\"-1\">");
        mark->begun = true;
        zd_html_escape(out, zd_str_cut(text, a, b));
        zd_buf_c(out, "</mark>");
    }
    zd_html_escape(out, zd_str_cut(text, b, to));
}

/* "第三章 …", "第一编 …": a short line that begins with 第 and soon has 编, 章 or 节. */
static bool is_division(struct zd_str line)
{
    struct zd_str head = zd_str_cut(line, 0, zd_utf8_byte_of(line, 8));

    return zd_str_starts(line, ZD_STR("第")) && zd_utf8_chars(line) <= 40 &&
           (zd_str_find(head, ZD_STR("章"), 0) != SIZE_MAX ||
            zd_str_find(head, ZD_STR("编"), 0) != SIZE_MAX ||
            zd_str_find(head, ZD_STR("节"), 0) != SIZE_MAX) &&
           zd_str_find(head, ZD_STR("条"), 0) == SIZE_MAX;
}

static void table_row(struct zd_buf *out, struct zd_str text, size_t from, size_t to,
                      struct mark *mark)
{
    zd_buf_c(out, "<tr>");
    for (;;) {
        size_t tab = zd_str_find(zd_str_cut(text, 0, to), ZD_STR("\t"), from);

        zd_buf_c(out, "<td>");
        marked_text(out, text, from, tab == SIZE_MAX ? to : tab, mark);
        zd_buf_c(out, "</td>");
        if (tab == SIZE_MAX)
            break;
        from = tab + 1;
    }
    zd_buf_c(out, "</tr>\n");
}

static void lines(struct zd_buf *out, struct zd_str text, size_t from, size_t to,
                  struct zd_str title, struct mark *mark)
{
    bool in_table = false;

    while (from < to) {
        size_t end = zd_str_find(text, ZD_STR("\n"), from);
        struct zd_str line;
        bool is_row;

        end = end == SIZE_MAX || end > to ? to : end;
        line = zd_str_cut(text, from, end);
        is_row = zd_str_find(line, ZD_STR("\t"), 0) != SIZE_MAX;
        if (is_row != in_table)
            zd_buf_c(out, is_row ? "<div class=\"scroll\" tabindex=\"0\"><table>\n"
                                 : "</table></div>\n");
        in_table = is_row;
        if (is_row) {
            table_row(out, text, from, end, mark);
        } else if (zd_str_trim(line).n > 0) {
            bool stands_out = is_division(line) || zd_str_eq(zd_str_trim(line), title);

            zd_buf_c(out, stands_out ? "<p class=\"division\">" : "<p>");
            marked_text(out, text, from, end, mark);
            zd_buf_c(out, "</p>\n");
        }
        from = end + 1;
    }
    if (in_table)
        zd_buf_c(out, "</table></div>\n");
}

/* Where part number `part` (from 0) begins: a line start. */
static size_t part_start(struct zd_str text, size_t part)
{
    size_t at;

    if (part == 0 || part * PART_BYTES >= text.n)
        return part == 0 ? 0 : text.n;
    at = zd_str_find(text, ZD_STR("\n"), part * PART_BYTES);
    return at == SIZE_MAX ? text.n : at + 1;
}

static size_t part_of(struct zd_str text, size_t at)
{
    size_t part = at / PART_BYTES;

    while (part > 0 && part_start(text, part) > at)
        part--; /* more than once where a line is longer than a part */
    return part;
}

static struct zd_str self_link(struct zd_http_call *call, uint32_t version, const char *rest)
{
    struct zd_buf id = {.max = 4096};
    struct zd_str kept = zd_page_kept(call, '&'), link;

    zd_url_encode(&id, call->id);
    link = zd_arena_printf(call->arena, "/doc/%.*s?version=%u%s%.*s", (int)id.n, (const char *)id.p,
                           version, rest, (int)kept.n, kept.p);
    zd_buf_done(&id);
    return link.p ? link : ZD_STR("/");
}

static void other_versions(struct zd_http_call *call, const struct zd_version_list *versions,
                           uint32_t shown)
{
    struct zd_buf *out = &call->reply->body;
    int32_t today = zd_date_today();

    if (versions->n < 2)
        return;
    ZD_HTML(out, "<details class=\"versions\"><summary>{}</summary><ul>\n",
            zd_page_word(call, ZD_W_VERSIONS));
    for (size_t i = versions->n; i > 0; i--) {
        const struct zd_version *v = &versions->p[i - 1];

        if (v->ordinal == shown)
            continue;
        ZD_HTML(out, "<li><a href=\"{}\">{}</a> <span class=\"quiet\">{}</span> ",
                self_link(call, v->ordinal, ""), v->title,
                zd_page_date(call, v->effective ? v->effective : v->issued));
        zd_page_status(call, zd_version_validity(v, today));
        zd_buf_c(out, "</li>\n");
    }
    zd_buf_c(out, "</ul></details>\n");
}

static void facts(struct zd_http_call *call, const struct zd_version *v)
{
    struct zd_buf *out = &call->reply->body;

    ZD_HTML(out, "<h1 lang=\"zh-CN\">{}</h1>\n<p>", v->title);
    zd_page_status(call, zd_version_validity(v, zd_date_today()));
    zd_buf_c(out, "</p>\n<dl>\n");
    zd_page_fact(call, ZD_W_NUMBER, v->number, true);
    zd_page_fact(call, ZD_W_ISSUER, v->issuer, true);
    zd_page_fact(call, ZD_W_ISSUED, zd_page_date(call, v->issued), false);
    zd_page_fact(call, ZD_W_EFFECTIVE, zd_page_date(call, v->effective), false);
    zd_page_fact(call, ZD_W_EXPIRES, zd_page_date(call, v->expires ? v->expires : v->valid_to),
                 false);
    zd_buf_c(out, "</dl>\n");
}

static void part_links(struct zd_http_call *call, uint32_t version, size_t part, size_t n_parts)
{
    struct zd_buf *out = &call->reply->body;
    struct zd_str number = zd_arena_printf(call->arena, "&part=%zu", part);
    struct zd_str next = zd_arena_printf(call->arena, "&part=%zu", part + 2);

    if (n_parts < 2 || !number.p || !next.p)
        return;
    ZD_HTML(out, "<nav class=\"parts\" aria-label=\"{}\"><span>{} {} / {}</span> ",
            zd_page_word(call, ZD_W_FULL_TEXT), zd_page_word(call, ZD_W_FULL_TEXT),
            zd_arena_printf(call->arena, "%zu", part + 1),
            zd_arena_printf(call->arena, "%zu", n_parts));
    if (part > 0)
        ZD_HTML(out, "<a rel=\"prev\" href=\"{}\">{}</a> ", self_link(call, version, number.p),
                zd_page_word(call, ZD_W_PREVIOUS));
    if (part + 1 < n_parts)
        ZD_HTML(out, "<a rel=\"next\" href=\"{}\">{}</a>", self_link(call, version, next.p),
                zd_page_word(call, ZD_W_FOLLOWING));
    zd_buf_c(out, "</nav>\n");
}

static void show(struct zd_http_call *call, const struct zd_version *v,
                 const struct zd_version_list *versions, struct zd_str text, struct mark *mark,
                 size_t part)
{
    struct zd_buf *out = &call->reply->body;
    size_t n_parts = part_of(text, text.n > 0 ? text.n - 1 : 0) + 1;

    if (part == 0)
        part = mark->end > mark->start ? part_of(text, mark->start) : 0;
    else
        part--;
    part = part >= n_parts ? n_parts - 1 : part;
    zd_page_begin(call, v->title);
    zd_buf_c(out, "<article class=\"document\">\n<header class=\"card\">\n");
    facts(call, v);
    other_versions(call, versions, v->ordinal);
    if (mark->end > mark->start)
        ZD_HTML(out, "<p class=\"quiet\">{} · <a href=\"#cited\">{}</a></p>\n",
                zd_page_word(call, ZD_W_CITED), zd_page_word(call, ZD_W_TO_CITED));
    ZD_HTML(out, "<p><a href=\"/{}\">{}</a></p>\n</header>\n", zd_page_kept(call, '?'),
            zd_page_word(call, ZD_W_BACK));
    part_links(call, v->ordinal, part, n_parts);
    ZD_HTML(out, "<div class=\"card text\" lang=\"zh-CN\">\n<h2 class=\"unseen\">{}</h2>\n",
            zd_page_word(call, ZD_W_FULL_TEXT));
    lines(out, text, part_start(text, part), part_start(text, part + 1), v->title, mark);
    zd_buf_c(out, "</div>\n");
    part_links(call, v->ordinal, part, n_parts);
    zd_buf_c(out, "</article>\n");
    zd_page_end(call);
}

void zd_http__page_document(struct zd_http_call *call)
{
    uint64_t start, end, ordinal, part;
    struct zd_version_list versions = {0};
    struct zd_document document = {0};
    struct zd_version version = {0};
    struct zd_error err = {.status = ZD_BUSY};
    struct zd_str text = {"", 0};
    struct mark mark = {0};
    struct zd_store *store;
    enum zd_status st;

    if (!zd_http__param_number(call, "start", 0, 0, ZD_TEXT_MAX_BYTES, &start) ||
        !zd_http__param_number(call, "end", 0, 0, ZD_TEXT_MAX_BYTES, &end) ||
        !zd_http__param_number(call, "version", 0, 1, 1000000, &ordinal) ||
        !zd_http__param_number(call, "part", 0, 1, 1000000, &part))
        return;
    if (!call->worker || zd_view_begin(call->worker->view, &err) != ZD_OK) {
        zd_http__fail_with(call, &err);
        return;
    }
    store = zd_view_store(call->worker->view);
    st = zd_http__version_of(call, store, ordinal, &document, &version, &err);
    if (st == ZD_OK)
        st = zd_version_of_document(store, call->subject, document.key, call->arena, &versions,
                                    &err);
    if (st == ZD_OK)
        st = zd_version_text(store, call->subject, version.key, 0, version.n_bytes, call->arena,
                             &text, &err);
    zd_view_end(call->worker->view);
    if (st != ZD_OK) {
        zd_http__fail_with(call, &err);
        return;
    }
    mark.start = zd_utf8_byte_of(text, (size_t)start);
    mark.end = end > start ? zd_utf8_byte_of(text, (size_t)end) : mark.start;
    show(call, &version, &versions, text, &mark, (size_t)part);
}

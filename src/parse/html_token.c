/* html_token.c: a page as tags and runs of text, as HTML 5 section 13.2.5 cuts it.
 *
 * Tags are told from a table of names; of attributes only those that matter here are kept. The
 * content of raw elements runs to their own end tag. A tag that never closes ends with the page.
 * Each byte is looked at once; a title's or script's end is found by one search.
 */
#include <string.h>

#include "base/caps.h"
#include "parse/html_private.h"

struct tag_name {
    const char *name;
    enum zd_parse__tag tag;
};

/* In the order of their names, for a binary search. */
static const struct tag_name tag_names[] = {
    {"a", ZD_TAG_A},
    {"abbr", ZD_TAG_INLINE},
    {"address", ZD_TAG_BLOCK},
    {"article", ZD_TAG_BLOCK},
    {"aside", ZD_TAG_NAV},
    {"b", ZD_TAG_BOLD},
    {"big", ZD_TAG_INLINE},
    {"blockquote", ZD_TAG_BLOCK},
    {"br", ZD_TAG_BR},
    {"button", ZD_TAG_DROP},
    {"canvas", ZD_TAG_DROP},
    {"caption", ZD_TAG_CAPTION},
    {"center", ZD_TAG_BLOCK},
    {"code", ZD_TAG_INLINE},
    {"dd", ZD_TAG_DD},
    {"del", ZD_TAG_DROP},
    {"details", ZD_TAG_BLOCK},
    {"dir", ZD_TAG_LIST},
    {"div", ZD_TAG_BLOCK},
    {"dl", ZD_TAG_DL},
    {"dt", ZD_TAG_DT},
    {"em", ZD_TAG_INLINE},
    {"fieldset", ZD_TAG_BLOCK},
    {"figcaption", ZD_TAG_BLOCK},
    {"figure", ZD_TAG_BLOCK},
    {"font", ZD_TAG_INLINE},
    {"footer", ZD_TAG_NAV},
    {"form", ZD_TAG_BLOCK},
    {"h1", ZD_TAG_HEADING},
    {"h2", ZD_TAG_HEADING},
    {"h3", ZD_TAG_HEADING},
    {"h4", ZD_TAG_HEADING},
    {"h5", ZD_TAG_HEADING},
    {"h6", ZD_TAG_HEADING},
    {"header", ZD_TAG_BLOCK},
    {"hr", ZD_TAG_HR},
    {"i", ZD_TAG_INLINE},
    {"iframe", ZD_TAG_RAW},
    {"ins", ZD_TAG_INLINE},
    {"label", ZD_TAG_INLINE},
    {"li", ZD_TAG_LI},
    {"main", ZD_TAG_BLOCK},
    {"map", ZD_TAG_DROP},
    {"math", ZD_TAG_INLINE},
    {"menu", ZD_TAG_NAV},
    {"meta", ZD_TAG_META},
    {"nav", ZD_TAG_NAV},
    {"noembed", ZD_TAG_RAW},
    {"noframes", ZD_TAG_RAW},
    {"noscript", ZD_TAG_DROP},
    {"object", ZD_TAG_DROP},
    {"ol", ZD_TAG_LIST},
    {"p", ZD_TAG_P},
    {"pre", ZD_TAG_PRE},
    {"rp", ZD_TAG_DROP},
    {"rt", ZD_TAG_DROP},
    {"s", ZD_TAG_DROP},
    {"script", ZD_TAG_RAW},
    {"section", ZD_TAG_BLOCK},
    {"select", ZD_TAG_DROP},
    {"small", ZD_TAG_INLINE},
    {"span", ZD_TAG_INLINE},
    {"strike", ZD_TAG_DROP},
    {"strong", ZD_TAG_BOLD},
    {"style", ZD_TAG_RAW},
    {"sub", ZD_TAG_INLINE},
    {"summary", ZD_TAG_SUMMARY},
    {"sup", ZD_TAG_INLINE},
    {"svg", ZD_TAG_DROP},
    {"table", ZD_TAG_TABLE},
    {"tbody", ZD_TAG_SECTION},
    {"td", ZD_TAG_TD},
    {"template", ZD_TAG_DROP},
    {"textarea", ZD_TAG_RAW},
    {"tfoot", ZD_TAG_SECTION},
    {"th", ZD_TAG_TH},
    {"thead", ZD_TAG_SECTION},
    {"title", ZD_TAG_TITLE},
    {"tr", ZD_TAG_TR},
    {"u", ZD_TAG_INLINE},
    {"ul", ZD_TAG_LIST},
    {"video", ZD_TAG_DROP},
    {"xmp", ZD_TAG_RAW},
};

static char lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c;
}

static bool is_letter(char c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static int compare_name(struct zd_str name, const char *word)
{
    size_t i;

    for (i = 0; i < name.n && word[i]; i++)
        if (lower(name.p[i]) != word[i])
            return (unsigned char)lower(name.p[i]) < (unsigned char)word[i] ? -1 : 1;
    return i < name.n ? 1 : word[i] ? -1 : 0;
}

static bool is_name(struct zd_str name, const char *word)
{
    return compare_name(name, word) == 0;
}

static enum zd_parse__tag tag_of(struct zd_str name)
{
    size_t low = 0, high = ZD_COUNT(tag_names);

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = compare_name(name, tag_names[mid].name);

        if (order == 0)
            return tag_names[mid].tag;
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return ZD_TAG_UNKNOWN;
}

/* ---- attributes ---- */

static uint32_t span_value(struct zd_str value)
{
    uint32_t n = 0;

    for (size_t i = 0; i < value.n && value.p[i] >= '0' && value.p[i] <= '9' && n < 10000; i++)
        n = n * 10 + (uint32_t)(value.p[i] - '0');
    return n < 1 ? 1 : n > 1000 ? 1000 : n;
}

/* True where `style` holds `property: value` in any spelling of blanks and case. */
static bool style_has(struct zd_str style, const char *property, const char *value)
{
    size_t n = strlen(property), m = strlen(value);

    for (size_t i = 0; i + n < style.n; i++) {
        size_t at = i + n;

        if (compare_name(zd_str_cut(style, i, i + n), property) != 0)
            continue;
        if (i > 0 && style.p[i - 1] != ';' && !is_blank(style.p[i - 1]))
            continue;
        while (at < style.n && is_blank(style.p[at]))
            at++;
        if (at >= style.n || style.p[at] != ':')
            continue;
        for (at++; at < style.n && is_blank(style.p[at]);)
            at++;
        if (compare_name(zd_str_cut(style, at, at + m), value) == 0 &&
            (at + m >= style.n || !(is_letter(style.p[at + m]) || style.p[at + m] == '.' ||
                                    (style.p[at + m] >= '1' && style.p[at + m] <= '9'))))
            return true;
    }
    return false;
}

static bool style_hides(struct zd_str style)
{
    return style_has(style, "display", "none") || style_has(style, "visibility", "hidden") ||
           style_has(style, "font-size", "0") || style_has(style, "opacity", "0") ||
           style_has(style, "mso-hide", "all") || style_has(style, "text-indent", "-9999px") ||
           style_has(style, "left", "-9999px");
}

static void keep_attribute(struct zd_parse__attributes *a, struct zd_str name, struct zd_str value)
{
    struct {
        const char *name;
        struct zd_str *to;
    } const rows[] = {{"id", &a->id},
                      {"class", &a->class_name},
                      {"role", &a->role},
                      {"style", &a->style},
                      {"name", &a->name},
                      {"content", &a->content},
                      {"property", &a->property}};

    for (size_t i = 0; i < ZD_COUNT(rows); i++)
        if (is_name(name, rows[i].name)) {
            if (rows[i].to->p == NULL) /* the first of two wins */
                *rows[i].to = value;
            if (rows[i].to == &a->style) {
                a->hidden = a->hidden || style_hides(value);
                a->centred = a->centred || style_has(value, "text-align", "center");
            }
            return;
        }
    if (is_name(name, "hidden"))
        a->hidden = true;
    else if (is_name(name, "aria-hidden"))
        a->hidden = a->hidden || is_name(value, "true");
    else if (is_name(name, "colspan"))
        a->col_span = span_value(value);
    else if (is_name(name, "rowspan"))
        a->row_span = span_value(value);
    else if (is_name(name, "href"))
        a->has_href = true;
    else if (is_name(name, "align"))
        a->centred = a->centred || is_name(value, "center");
}

static struct zd_str attribute_value(struct zd_str page, size_t *at)
{
    size_t i = *at, from;
    struct zd_str value;

    while (i < page.n && is_blank(page.p[i]))
        i++;
    if (i >= page.n || page.p[i] != '=')
        return ZD_STR("");
    for (i++; i < page.n && is_blank(page.p[i]);)
        i++;
    if (i < page.n && (page.p[i] == '"' || page.p[i] == '\'')) {
        const char *end = memchr(page.p + i + 1, page.p[i], page.n - i - 1);

        from = i + 1;
        i = end ? (size_t)(end - page.p) : page.n;
        value = zd_str_cut(page, from, i);
        *at = i < page.n ? i + 1 : i;
        return value;
    }
    for (from = i; i < page.n && !is_blank(page.p[i]) && page.p[i] != '>';)
        i++;
    *at = i;
    return zd_str_cut(page, from, i);
}

/* Reads attributes up to and over '>'. */
static enum zd_status read_attributes(struct zd_str page, size_t *at,
                                      struct zd_parse__attributes *a, struct zd_error *err)
{
    size_t i = *at, n = 0;

    while (i < page.n && page.p[i] != '>') {
        size_t from = i;
        struct zd_str name, value;

        if (is_blank(page.p[i]) || page.p[i] == '/') {
            i++;
            continue;
        }
        while (i < page.n && !is_blank(page.p[i]) && page.p[i] != '=' && page.p[i] != '>' &&
               page.p[i] != '/')
            i++;
        name = zd_str_cut(page, from, i);
        value = attribute_value(page, &i);
        if (i == from)
            i++; /* a stray sign */
        if (++n > ZD_HTML_MAX_ATTRIBUTES)
            return ZD_FAIL(err, ZD_LIMIT, from,
                           "an element of the page has more than %d attributes",
                           ZD_HTML_MAX_ATTRIBUTES);
        keep_attribute(a, name, value);
    }
    *at = i < page.n ? i + 1 : i;
    return ZD_OK;
}

/* ---- tags ---- */

static size_t name_end(struct zd_str page, size_t at)
{
    while (at < page.n && !is_blank(page.p[at]) && page.p[at] != '>' && page.p[at] != '/')
        at++;
    return at;
}

/* The byte where "</name" stands at or behind `at`, or the page's end. */
static size_t raw_end(struct zd_str page, size_t at, struct zd_str name)
{
    while (at < page.n) {
        const char *open = memchr(page.p + at, '<', page.n - at);
        size_t i, k;

        if (!open)
            break;
        i = (size_t)(open - page.p);
        at = i + 1;
        if (at >= page.n || page.p[at] != '/')
            continue;
        for (k = 0;
             k < name.n && at + 1 + k < page.n && lower(page.p[at + 1 + k]) == lower(name.p[k]);)
            k++;
        if (k == name.n && (at + 1 + k >= page.n || !is_letter(page.p[at + 1 + k])))
            return i;
    }
    return page.n;
}

static size_t skip_to(struct zd_str page, size_t at, struct zd_str mark)
{
    size_t end = zd_str_find(page, mark, at);

    return end == SIZE_MAX ? page.n : end + mark.n;
}

static enum zd_status read_open(struct zd_str page, size_t *at, struct zd_parse__html_token *t,
                                struct zd_error *err)
{
    size_t from = *at + 1, to = name_end(page, from);
    enum zd_status st;

    t->kind = ZD_HTML_OPEN;
    t->name = zd_str_cut(page, from, to);
    t->tag = tag_of(t->name);
    t->level = t->tag == ZD_TAG_HEADING ? t->name.p[1] - '0' : 0;
    t->is_thead = is_name(t->name, "thead");
    *at = to;
    st = read_attributes(page, at, &t->attributes, err);
    if (st != ZD_OK)
        return st;
    if (t->tag == ZD_TAG_RAW || t->tag == ZD_TAG_TITLE) {
        t->start = (uint32_t)*at;
        *at = raw_end(page, *at, t->name);
        t->end = (uint32_t)*at;
        *at = skip_to(page, *at, ZD_STR(">"));
    }
    return ZD_OK;
}

/* A run of text up to the next thing that is markup. */
static void read_text(struct zd_str page, size_t *at, struct zd_parse__html_token *t)
{
    const char *open = memchr(page.p + *at + 1, '<', page.n - *at - 1);

    t->kind = ZD_HTML_TEXT;
    t->tag = ZD_TAG_TEXT;
    t->start = (uint32_t)*at;
    *at = open ? (size_t)(open - page.p) : page.n;
    t->end = (uint32_t)*at;
}

enum zd_status zd_parse__html_next(struct zd_str page, size_t *at,
                                   struct zd_parse__html_token *ret_token, struct zd_error *err)
{
    struct zd_parse__html_token t = {.kind = ZD_HTML_END};
    enum zd_status st = ZD_OK;

    while (*at < page.n) {
        struct zd_str here = zd_str_cut(page, *at, page.n);

        if (zd_str_starts(here, ZD_STR("<!--"))) {
            *at = skip_to(page, *at + 4, ZD_STR("-->"));
        } else if (zd_str_starts(here, ZD_STR("<!")) || zd_str_starts(here, ZD_STR("<?"))) {
            *at = skip_to(page, *at, ZD_STR(">"));
        } else if (here.n > 2 && here.p[0] == '<' && here.p[1] == '/' && is_letter(here.p[2])) {
            size_t to = name_end(page, *at + 2);

            t.kind = ZD_HTML_CLOSE;
            t.name = zd_str_cut(page, *at + 2, to);
            t.tag = tag_of(t.name);
            *at = skip_to(page, to, ZD_STR(">"));
            break;
        } else if (here.n > 1 && here.p[0] == '<' && is_letter(here.p[1])) {
            st = read_open(page, at, &t, err);
            break;
        } else {
            read_text(page, at, &t);
            break;
        }
    }
    if (st == ZD_OK)
        *ret_token = t;
    return st;
}

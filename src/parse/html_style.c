/* html_style.c: the few rules of a page's own style sheet that hide text.
 *
 * Only simple selectors are understood, ".name" and "#name", alone or in a list, and only rules
 * that say display:none outside of @media blocks (which are for print or small screens). That is
 * what pages use for tabs, mobile copies and bait; a cascade is not worked out.
 */
#include <string.h>

#include "parse/html_private.h"

#define CSS_MAX_BYTES ((size_t)1 << 20)

static bool is_name_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_';
}

/* True where the body of a rule says display:none in any spelling of blanks. */
static bool hides(struct zd_str body)
{
    size_t at = zd_str_find(body, ZD_STR("display"), 0);

    while (at != SIZE_MAX) {
        at += strlen("display");
        while (at < body.n && (body.p[at] == ' ' || body.p[at] == ':'))
            at++;
        if (zd_str_starts(zd_str_cut(body, at, body.n), ZD_STR("none")))
            return true;
        at = zd_str_find(body, ZD_STR("display"), at);
    }
    return false;
}

static void keep_selector(struct zd_parse__tree *tree, struct zd_str selector)
{
    selector = zd_parse__trim(selector);
    if (selector.n < 2 || (selector.p[0] != '.' && selector.p[0] != '#') ||
        tree->n_hidden == ZD_HTML_MAX_HIDDEN)
        return;
    for (size_t i = 1; i < selector.n; i++)
        if (!is_name_char(selector.p[i]))
            return;
    tree->hidden[tree->n_hidden++] = selector;
}

static void keep_selectors(struct zd_parse__tree *tree, struct zd_str list)
{
    size_t from = 0;

    for (size_t i = 0; i <= list.n; i++)
        if (i == list.n || list.p[i] == ',') {
            keep_selector(tree, zd_str_cut(list, from, i));
            from = i + 1;
        }
}

void zd_parse__html_style(struct zd_parse__tree *tree, struct zd_str css)
{
    size_t from = 0, open = 0, depth = 0;

    css = zd_str_cut(css, 0, CSS_MAX_BYTES);
    for (size_t i = 0; i < css.n; i++) {
        if (css.p[i] == '{') {
            if (depth++ == 0)
                open = i;
        } else if (css.p[i] == '}' && depth > 0) {
            if (--depth == 0) {
                struct zd_str selectors = zd_str_cut(css, from, open);

                if (!memchr(selectors.p, '@', selectors.n) && hides(zd_str_cut(css, open, i)))
                    keep_selectors(tree, selectors);
                from = i + 1;
            }
        }
    }
}

/* Whether the list of classes holds the word. */
static bool has_class(struct zd_str list, struct zd_str word)
{
    for (size_t at = zd_str_find(list, word, 0); at != SIZE_MAX;
         at = zd_str_find(list, word, at + 1)) {
        bool starts = at == 0 || !is_name_char(list.p[at - 1]);
        bool ends = at + word.n == list.n || !is_name_char(list.p[at + word.n]);

        if (starts && ends)
            return true;
    }
    return false;
}

bool zd_parse__html_style_hides(const struct zd_parse__tree *tree,
                                const struct zd_parse__attributes *a)
{
    static const char *const showing[] = {"on",   "active", "show",     "cur",  "current",
                                          "open", "in",     "selected", "block"};
    bool hidden = false;

    if (a->class_name.n + a->id.n == 0)
        return false;
    for (size_t i = 0; i < tree->n_hidden && !hidden; i++) {
        struct zd_str name = zd_str_cut(tree->hidden[i], 1, tree->hidden[i].n);

        hidden =
            tree->hidden[i].p[0] == '#' ? zd_str_eq(a->id, name) : has_class(a->class_name, name);
    }
    for (size_t i = 0; hidden && i < ZD_COUNT(showing); i++)
        if (has_class(a->class_name, zd_str_c(showing[i])))
            return false;
    return hidden;
}

/* html_tree.c: tags → a flat tree, see html_private.h.
 *
 *   – An element is a node behind its parent; the stack holds those still open, at most
 *     ZD_HTML_MAX_DEPTH. A subtree ends where its element is popped.
 *   – Start tags imply ends: a block ends an open p, li ends li, td ends td, tr ends tr, up to
 *     the border that HTML 5 calls scope (a list for li, a cell or table for everything).
 *   – An end tag closes down to its element, if that is open in scope; one that is not, or an
 *     inline one with a block in between, is passed over. How many elements of each kind are open is
 *     counted, so that stray end tags cost nothing.
 *   – Inside a link is a state, not a place in the tree: a link that was never closed ends with
 *     the element it stands in, and </a> ends it wherever it stands.
 *   – Cells without a row get one.
 */
#include <string.h>

#include "base/caps.h"
#include "base/utf8.h"
#include "parse/html_private.h"

#define MAX_WORK ((uint64_t)1 << 30)

struct tree_maker {
    struct zd_parse__tree *tree;
    struct zd_error *err;
    uint32_t stack[ZD_HTML_MAX_DEPTH]; /* nodes; stack[0] is the root */
    size_t depth;
    uint32_t n_open[ZD_TAG_COUNT];
    size_t link_depth; /* of the open link, 0: none */
    size_t at;
    uint64_t work; /* stack levels looked at: bounded, or stray end tags could cost hours */
};

static struct zd_parse__node *top(struct tree_maker *t)
{
    return &t->tree->nodes[t->stack[t->depth - 1]];
}

static enum zd_parse__tag open_tag(const struct tree_maker *t, size_t level)
{
    return (enum zd_parse__tag)t->tree->nodes[t->stack[level]].tag;
}

static enum zd_status node_add(struct tree_maker *t, enum zd_parse__tag tag, uint32_t *ret_node)
{
    struct zd_parse__tree *tree = t->tree;
    struct zd_parse__node *node;

    if (tree->n >= ZD_HTML_MAX_NODES)
        return ZD_FAIL(t->err, ZD_LIMIT, t->at, "the page has more than %d elements; split it",
                       ZD_HTML_MAX_NODES);
    if (!zd_grow(&tree->nodes, &tree->cap, tree->n + 1, sizeof *tree->nodes, ZD_HTML_MAX_NODES))
        return ZD_FAIL(t->err, ZD_NOMEM, t->at, "no memory for the page");
    node = &tree->nodes[tree->n];
    *node = (struct zd_parse__node){.tag = (uint8_t)tag, .col_span = 1, .row_span = 1};
    node->end = (uint32_t)tree->n + 1;
    if (t->depth) {
        node->parent = t->stack[t->depth - 1];
        node->hidden = top(t)->hidden;
    }
    *ret_node = (uint32_t)tree->n++;
    return ZD_OK;
}

static void pop(struct tree_maker *t)
{
    struct zd_parse__node *node = top(t);

    node->end = (uint32_t)t->tree->n;
    t->n_open[node->tag]--;
    t->depth--;
    if (t->link_depth > t->depth)
        t->link_depth = 0;
}

static void pop_to(struct tree_maker *t, size_t level)
{
    while (t->depth > level)
        pop(t);
}

static bool is_border(enum zd_parse__tag here, enum zd_parse__tag tag)
{
    switch (tag) {
    case ZD_TAG_TD:
    case ZD_TAG_TH:
    case ZD_TAG_TR:
    case ZD_TAG_SECTION:
    case ZD_TAG_CAPTION:
        return here == ZD_TAG_TABLE;
    case ZD_TAG_TABLE:
        return false;
    case ZD_TAG_LI:
        return here == ZD_TAG_LIST || here == ZD_TAG_TD || here == ZD_TAG_TH ||
               here == ZD_TAG_TABLE;
    case ZD_TAG_DT:
    case ZD_TAG_DD:
        return here == ZD_TAG_DL || here == ZD_TAG_TD || here == ZD_TAG_TH || here == ZD_TAG_TABLE;
    default:
        return here == ZD_TAG_TD || here == ZD_TAG_TH || here == ZD_TAG_TABLE ||
               here == ZD_TAG_CAPTION;
    }
}

/* The stack level of the innermost open element of the kind in scope, or 0. */
static size_t find_open(struct tree_maker *t, enum zd_parse__tag tag)
{
    if (t->n_open[tag] == 0)
        return 0;
    for (size_t level = t->depth - 1; level > 0; level--) {
        enum zd_parse__tag here = open_tag(t, level);

        t->work++;
        if (here == tag)
            return level;
        if (is_border(here, tag))
            return 0;
    }
    return 0;
}

static void close_open(struct tree_maker *t, enum zd_parse__tag tag)
{
    size_t level = find_open(t, tag);

    if (level)
        pop_to(t, level);
}

static bool is_inline(enum zd_parse__tag tag)
{
    return tag == ZD_TAG_INLINE || tag == ZD_TAG_BOLD || tag == ZD_TAG_A;
}

static bool is_cell(enum zd_parse__tag tag)
{
    return tag == ZD_TAG_TD || tag == ZD_TAG_TH;
}

static enum zd_status push(struct tree_maker *t, const struct zd_parse__html_token *token,
                           enum zd_parse__tag tag)
{
    const struct zd_parse__attributes *a = token ? &token->attributes : NULL;
    struct zd_parse__node *node;
    enum zd_status st;
    uint32_t i;

    if (t->depth == ZD_HTML_MAX_DEPTH)
        return ZD_FAIL(t->err, ZD_LIMIT, t->at,
                       "more than %d elements of the page are open at once", ZD_HTML_MAX_DEPTH);
    st = node_add(t, tag, &i);
    if (st != ZD_OK)
        return st;
    node = &t->tree->nodes[i];
    if (a) {
        node->level = (uint8_t)token->level;
        node->is_thead = token->is_thead;
        node->hidden = node->hidden || a->hidden || zd_parse__html_style_hides(t->tree, a);
        node->centred = a->centred;
        node->col_span = (uint16_t)(a->col_span ? a->col_span : 1);
        node->row_span = (uint16_t)(a->row_span ? a->row_span : 1);
        node->furniture_name = !is_inline(tag) && zd_parse__html_furniture_name(a);
    }
    t->stack[t->depth++] = i;
    t->n_open[tag]++;
    return ZD_OK;
}

/* What a start tag ends before it begins. */
static void imply_ends(struct tree_maker *t, enum zd_parse__tag tag)
{
    if (!is_inline(tag) && tag != ZD_TAG_BR && tag != ZD_TAG_DROP)
        close_open(t, ZD_TAG_P);
    if (tag == ZD_TAG_LI)
        close_open(t, ZD_TAG_LI);
    if (tag == ZD_TAG_DT || tag == ZD_TAG_DD) {
        close_open(t, ZD_TAG_DT);
        close_open(t, ZD_TAG_DD);
    }
    if (tag == ZD_TAG_HEADING && open_tag(t, t->depth - 1) == ZD_TAG_HEADING)
        pop(t);
    if (is_cell(tag) || tag == ZD_TAG_TR || tag == ZD_TAG_SECTION || tag == ZD_TAG_CAPTION) {
        close_open(t, ZD_TAG_TD);
        close_open(t, ZD_TAG_TH);
        close_open(t, ZD_TAG_CAPTION);
    }
    if (tag == ZD_TAG_TR || tag == ZD_TAG_SECTION)
        close_open(t, ZD_TAG_TR);
    if (tag == ZD_TAG_SECTION)
        close_open(t, ZD_TAG_SECTION);
    if (tag == ZD_TAG_TABLE && t->n_open[ZD_TAG_TABLE] > 0) {
        enum zd_parse__tag here = open_tag(t, t->depth - 1);

        if (here == ZD_TAG_TABLE || here == ZD_TAG_TR || here == ZD_TAG_SECTION)
            close_open(t, ZD_TAG_TABLE);
    }
}

static struct zd_str first_of(struct zd_str a, struct zd_str b)
{
    return a.n ? a : b;
}

static bool same_word(struct zd_str s, const char *word)
{
    size_t n = strlen(word);

    if (s.n != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((s.p[i] | 0x20) != (word[i] | 0x20))
            return false;
    return true;
}

/* The words of the head that say what the text is: names that government sites must write. */
static void read_meta(struct zd_parse__tree *tree, const struct zd_parse__attributes *a)
{
    struct {
        const char *name;
        struct zd_str *to;
    } const rows[] = {{"ArticleTitle", &tree->meta_title},
                      {"og:title", &tree->meta_title},
                      {"ContentSource", &tree->meta_issuer},
                      {"PubDate", &tree->meta_date},
                      {"others", NULL}};
    struct zd_str name = first_of(a->name, a->property);

    for (size_t i = 0; i < ZD_COUNT(rows); i++)
        if (rows[i].to && rows[i].to->n == 0 && same_word(name, rows[i].name))
            *rows[i].to = zd_parse__trim(a->content);
}

static enum zd_status open_element(struct tree_maker *t, const struct zd_parse__html_token *token)
{
    enum zd_status st;
    uint32_t i;

    switch (token->tag) {
    case ZD_TAG_UNKNOWN:
        return ZD_OK;
    case ZD_TAG_RAW:
        if (same_word(token->name, "style"))
            zd_parse__html_style(t->tree, zd_str_cut(t->tree->page, token->start, token->end));
        return ZD_OK;
    case ZD_TAG_TITLE:
        if (t->tree->title.n == 0)
            t->tree->title = zd_str_cut(t->tree->page, token->start, token->end);
        return ZD_OK;
    case ZD_TAG_META:
        read_meta(t->tree, &token->attributes);
        return ZD_OK;
    case ZD_TAG_BR:
        return node_add(t, ZD_TAG_BR, &i);
    case ZD_TAG_HR:
        imply_ends(t, ZD_TAG_HR);
        return node_add(t, ZD_TAG_HR, &i);
    default:
        break;
    }
    imply_ends(t, token->tag);
    if (is_cell(token->tag) && t->n_open[ZD_TAG_TABLE] > 0 && find_open(t, ZD_TAG_TR) == 0) {
        st = push(t, NULL, ZD_TAG_TR);
        if (st != ZD_OK)
            return st;
    }
    st = push(t, token, token->tag);
    if (st == ZD_OK && token->tag == ZD_TAG_A)
        t->link_depth = token->attributes.has_href ? t->depth : 0;
    return st;
}

static void close_element(struct tree_maker *t, enum zd_parse__tag tag)
{
    size_t level;

    if (tag == ZD_TAG_A)
        t->link_depth = 0;
    if (tag <= ZD_TAG_ROOT || tag >= ZD_TAG_COUNT)
        return;
    level = find_open(t, tag);
    if (level == 0)
        return;
    if (is_inline(tag))
        for (size_t i = level + 1; i < t->depth; i++)
            if (!is_inline(open_tag(t, i)))
                return;
    pop_to(t, level);
}

static enum zd_status add_text(struct tree_maker *t, const struct zd_parse__html_token *token)
{
    struct zd_parse__node *node;
    enum zd_status st;
    uint32_t i;

    st = node_add(t, ZD_TAG_TEXT, &i);
    if (st != ZD_OK)
        return st;
    node = &t->tree->nodes[i];
    node->start = token->start;
    node->stop = token->end;
    node->in_link = t->link_depth > 0;
    return ZD_OK;
}

enum zd_status zd_parse__html_tree(struct zd_str page, struct zd_parse__tree *tree,
                                   struct zd_error *err)
{
    struct tree_maker t = {.tree = tree, .err = err};
    enum zd_status st;

    tree->page = page;
    st = push(&t, NULL, ZD_TAG_ROOT);
    while (st == ZD_OK) {
        struct zd_parse__html_token token;

        st = zd_parse__html_next(page, &t.at, &token, err);
        if (st != ZD_OK || token.kind == ZD_HTML_END)
            break;
        if (t.work > MAX_WORK) {
            st = ZD_FAIL(err, ZD_LIMIT, t.at, "the page's tags are too tangled to be read");
            break;
        }
        if (token.kind == ZD_HTML_TEXT)
            st = add_text(&t, &token);
        else if (token.kind == ZD_HTML_OPEN)
            st = open_element(&t, &token);
        else
            close_element(&t, token.tag);
    }
    pop_to(&t, 0);
    return st;
}

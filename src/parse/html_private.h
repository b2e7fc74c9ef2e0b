/* html_private: what the files of the HTML reader share; Markdown borrows the entities.
 *
 *     html_token.c   bytes → tags and text        html_entities.c  &nbsp; → U+00A0
 *     html_tree.c    tags → a flat tree           html_furniture.c which parts of it are the site
 *     html.c         the rest of it → blocks          html_style.c    what <style> hides
 *
 * The reader is our own and not a library's, because it must be bounded: libgumbo walks its tree by
 * recursion, never checks an allocation, and takes quadratic time where a page reopens its
 * formatting elements; no check beforehand foresees what it will build. Here every step is linear,
 * the open elements stand on a stack of ZD_HTML_MAX_DEPTH, and nodes lie in one array in the order
 * of the page, so that a subtree is the range [i, nodes[i].end). What of HTML 5's tree building
 * changes the words or their order is kept: implied end tags, scope at tables, raw text.
 */
#ifndef ZD_PARSE_HTML_PRIVATE_H
#define ZD_PARSE_HTML_PRIVATE_H

#include "base/buf.h"
#include "parse/parse_private.h"

/* Appends what the character reference at s.p[0] == '&' stands for and yields the bytes used (at
 * least 1: a lone & is itself). Numbers that are no character become U+FFFD; the names are those
 * of HTML 4 and XHTML; the final ; may be missing after nbsp, lt, gt, amp and quot only. */
size_t zd_parse__entity(struct zd_str s, struct zd_buf *out);

enum zd_parse__tag {
    ZD_TAG_UNKNOWN, /* transparent: neither node nor level */
    ZD_TAG_TEXT,    /* a run of text, not an element */
    ZD_TAG_ROOT,
    ZD_TAG_INLINE, /* span, font, label … */
    ZD_TAG_BOLD,
    ZD_TAG_A,
    ZD_TAG_BR,
    ZD_TAG_HR,
    ZD_TAG_META,
    ZD_TAG_TITLE,
    ZD_TAG_RAW,   /* script, style …: their content is no markup and no text */
    ZD_TAG_DROP,  /* form controls, ruby readings …: markup without words of the text */
    ZD_TAG_NAV,   /* nav, footer, menu, aside: furniture by their name */
    ZD_TAG_BLOCK, /* div, section … */
    ZD_TAG_P,
    ZD_TAG_PRE,
    ZD_TAG_HEADING, /* with a level */
    ZD_TAG_LIST,
    ZD_TAG_LI,
    ZD_TAG_DL,
    ZD_TAG_DT,
    ZD_TAG_DD,
    ZD_TAG_SUMMARY,
    ZD_TAG_TABLE,
    ZD_TAG_CAPTION,
    ZD_TAG_SECTION, /* thead, tbody, tfoot */
    ZD_TAG_TR,
    ZD_TAG_TD,
    ZD_TAG_TH,
    ZD_TAG_COUNT
};

struct zd_parse__attributes {
    struct zd_str id, class_name, role, style, name, content, property;
    uint32_t col_span, row_span;
    bool hidden, has_href, centred;
};

struct zd_parse__html_token {
    enum { ZD_HTML_END, ZD_HTML_TEXT, ZD_HTML_OPEN, ZD_HTML_CLOSE } kind;
    enum zd_parse__tag tag;
    struct zd_str name; /* as written */
    int level;          /* headings */
    bool is_thead;
    uint32_t start, end; /* of text, or of a title's raw content */
    struct zd_parse__attributes attributes;
};

/* The next token of the page from *at on. Errors: ZD_LIMIT too many attributes on one element. */
enum zd_status zd_parse__html_next(struct zd_str page, size_t *at,
                                   struct zd_parse__html_token *ret_token,
                                   struct zd_error *err) ZD_MUST_USE;

struct zd_parse__node {
    uint32_t parent, end;       /* end: the first node behind this one's subtree */
    uint32_t start, stop;       /* text: bytes of the page */
    uint32_t n_chars, n_linked; /* characters below, and those of them inside links */
    uint32_t n_links, n_stops;  /* links and full stops below */
    uint16_t col_span, row_span;
    uint8_t tag, level;
    bool hidden, dropped, in_link, is_thead, furniture_name, centred, has_h1;
};

#define ZD_HTML_MAX_HIDDEN 64

struct zd_parse__tree {
    struct zd_str page;
    struct zd_parse__node *nodes; /* [n], zd_alloc; nodes[0] is the root */
    size_t n, cap;
    struct zd_str hidden[ZD_HTML_MAX_HIDDEN]; /* ".tab", "#ad": what <style> does not display */
    size_t n_hidden;
    struct zd_str title; /* raw content of <title> */
    struct zd_str meta_title, meta_issuer, meta_number, meta_date;
};

/* Page → tree. The caller frees tree->nodes with zd_free, also after a failure.
 * Errors: ZD_LIMIT naming the cap; ZD_NOMEM. */
enum zd_status zd_parse__html_tree(struct zd_str page, struct zd_parse__tree *tree,
                                   struct zd_error *err) ZD_MUST_USE;

/* Reads the rules of one <style> that hide a class or an id outright. */
void zd_parse__html_style(struct zd_parse__tree *tree, struct zd_str css);
/* Whether such a rule hides an element. One that also has a class of showing ("tab on") is shown. */
bool zd_parse__html_style_hides(const struct zd_parse__tree *tree,
                                const struct zd_parse__attributes *attributes);

/* Marks what is not the text (node.dropped on subtrees' roots) and yields how many such parts. */
uint32_t zd_parse__html_furniture(struct zd_parse__tree *tree);
/* Whether the words of an id, a class or a role name a part of the site. */
bool zd_parse__html_furniture_name(const struct zd_parse__attributes *attributes);
/* A short line that is the site's ("当前位置：…", "【打印】 【关闭】"). */
bool zd_parse__html_furniture_line(struct zd_str line);

#endif

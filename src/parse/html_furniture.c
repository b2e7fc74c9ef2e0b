/* html_furniture.c: what of a page is the site and not the text.
 *
 *   1. Never text: what is hidden (hidden, aria-hidden, display:none, …), form controls, what HTML
 *      calls nav, footer, aside or menu.
 *   2. Furniture by name: a word of its id, class or role, unless more than a third of the page's
 *      running text stands in it (a site may call its main column "nav-content").
 *   3. Furniture by look: a block of at least LINKS_MIN links whose characters are mostly inside
 *      links and that holds no sentence.
 *
 * Two passes over the flat tree: counts from the end up to the parents, marks from the start down.
 * A page that would lose all its text keeps what rules 2 and 3 took.
 */
#include <string.h>

#include "base/utf8.h"
#include "parse/html_private.h"
#include "text/text.h"

#define LINKS_MIN 3
#define LINKED_SHARE 60 /* per cent */
#define LINE_MAX_CHARS 60

static char lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c;
}

/* Names matched as whole words, and from six letters on as a word's beginning or end as well. */
static bool is_furniture_word(const char *word, size_t n)
{
    static const char *const names[] = {
        "nav",        "menu",       "foot",        "footer",        "breadcrumb", "breadcrumbs",
        "crumb",      "crumbs",     "sidebar",     "share",         "bdshare",    "print",
        "toolbar",    "pager",      "pagination",  "related",       "recommend",  "qrcode",
        "ewm",        "login",      "search",      "topbar",        "banner",     "copyright",
        "friendlink", "links",      "advert",      "popup",         "dialog",     "cookie",
        "fontsize",   "navigation", "contentinfo", "complementary", "position",   "curpos",
        "dqwz",       "location",   "weizhi",      "daohang",       "fenxiang",   "dayin",
        "guanbi",     "zihao",      "skip",        "accessibility", "navbar",     "submenu",
        "leftnav",    "rightnav",   "topnav",      "mainnav",       "subnav",     "sitemap",
        "menubar",    "tablist",    "wza",         "statement"};

    for (size_t i = 0; i < ZD_COUNT(names); i++) {
        size_t m = strlen(names[i]);

        if (n == m && memcmp(word, names[i], n) == 0)
            return true;
        if (m >= 6 && n > m && n <= m + 8 &&
            (memcmp(word, names[i], m) == 0 || memcmp(word + n - m, names[i], m) == 0))
            return true;
    }
    return false;
}

/* Cuts into words at signs, digits and from a small to a capital letter ("leftNav"). */
static bool has_furniture_word(struct zd_str s)
{
    char word[40];
    size_t n = 0;

    for (size_t i = 0; i <= s.n; i++) {
        char c = ' ';
        bool letter, hump;

        if (i < s.n)
            c = s.p[i];
        letter = lower(c) >= 'a' && lower(c) <= 'z';
        hump = i > 0 && i < s.n && c >= 'A' && c <= 'Z' && s.p[i - 1] >= 'a' && s.p[i - 1] <= 'z';
        if (!letter || hump) {
            if (n && is_furniture_word(word, n))
                return true;
            n = 0;
        }
        if (letter && n < sizeof word)
            word[n++] = lower(c);
    }
    return false;
}

bool zd_parse__html_furniture_name(const struct zd_parse__attributes *a)
{
    return has_furniture_word(a->id) || has_furniture_word(a->class_name) ||
           has_furniture_word(a->role);
}

static bool is_furniture_line(struct zd_str line)
{
    static const char *const starts[] = {
        "当前位置",     "目前位置",   "您的位置",   "您现在的位置", "您所在的位置", "所在位置",
        "上一篇",       "下一篇",     "上一条",     "下一条",       "分享到",       "分享：",
        "扫一扫",       "字体：",     "字体:",      "字号：",       "字号:",        "【打印",
        "打印本页",     "关闭窗口",   "【关闭",     "返回顶部",     "版权所有",     "网站标识码",
        "技术支持",     "主办单位：", "承办单位：", "主办：",       "承办：",       "京公网安备",
        "您访问的链接", "首页 >",     "首页>",      "首页 »",       "打印 关闭",    "【字体",
        "[字体",        "[打印",      "[关闭",      "网站地图",     "无障碍",       "欢迎访问",
        "建议使用",     "今天是",     "您是第",     "访问量",       "收藏本站"};

    for (size_t i = 0; i < ZD_COUNT(starts); i++)
        if (zd_str_starts(line, zd_str_c(starts[i])))
            return true;
    return zd_str_find(line, ZD_STR("ICP备"), 0) != SIZE_MAX ||
           zd_str_find(line, ZD_STR("公网安备"), 0) != SIZE_MAX;
}

bool zd_parse__html_furniture_line(struct zd_str line)
{
    struct zd_buf folded = {.max = 4096};
    bool found;

    if (zd_parse__chars(line) > LINE_MAX_CHARS)
        return false;
    found = is_furniture_line(line);
    if (!found) {
        zd_text_fold(line, &folded); /* pages in Traditional characters */
        found = !folded.bad && is_furniture_line(zd_buf_view(&folded));
        zd_buf_done(&folded);
    }
    return found;
}

/* ---- counting ---- */

static void count_text(struct zd_parse__node *node, struct zd_str page)
{
    struct zd_str text = zd_str_cut(page, node->start, node->stop);
    size_t at = 0;

    while (at < text.n) {
        uint32_t c = zd_utf8_next(text, &at);

        node->n_chars += !zd_parse__is_space(c);
        node->n_stops += c == 0x3002 || c == 0xFF1B;
    }
    if (node->in_link)
        node->n_linked = node->n_chars;
}

static void count(struct zd_parse__tree *tree)
{
    for (size_t i = tree->n; i-- > 0;) {
        struct zd_parse__node *node = &tree->nodes[i];
        struct zd_parse__node *parent = &tree->nodes[node->parent];

        if (node->tag == ZD_TAG_TEXT)
            count_text(node, tree->page);
        node->n_links += node->tag == ZD_TAG_A;
        node->has_h1 = node->has_h1 || (node->tag == ZD_TAG_HEADING && node->level == 1);
        if (i == 0 || node->hidden)
            continue;
        parent->n_chars += node->n_chars;
        parent->n_linked += node->n_linked;
        parent->n_links += node->n_links;
        parent->n_stops += node->n_stops;
        parent->has_h1 = parent->has_h1 || node->has_h1;
    }
}

/* ---- marking ---- */

static bool is_block(const struct zd_parse__node *node)
{
    switch ((enum zd_parse__tag)node->tag) {
    case ZD_TAG_BLOCK:
    case ZD_TAG_P:
    case ZD_TAG_LIST:
    case ZD_TAG_DL:
    case ZD_TAG_TABLE:
    case ZD_TAG_TR:
    case ZD_TAG_TD:
        return true;
    default:
        return false;
    }
}

static bool is_link_list(const struct zd_parse__node *node)
{
    return is_block(node) && node->n_links >= LINKS_MIN && node->n_stops == 0 && !node->has_h1 &&
           node->n_linked * 100ull >= node->n_chars * (uint64_t)LINKED_SHARE;
}

static bool is_small_part(const struct zd_parse__tree *tree, const struct zd_parse__node *node)
{
    uint64_t all = tree->nodes[0].n_chars - tree->nodes[0].n_linked;
    uint64_t own = node->n_chars - node->n_linked;

    return own * 3 <= all && !node->has_h1;
}

static bool is_furniture(const struct zd_parse__tree *tree, const struct zd_parse__node *node,
                         bool strict)
{
    if (node->hidden || node->tag == ZD_TAG_DROP)
        return true;
    if (node->tag == ZD_TAG_NAV)
        return strict && is_small_part(tree, node);
    if (!strict)
        return false;
    return (node->furniture_name && is_small_part(tree, node)) || is_link_list(node);
}

/* Marks, and yields the characters that are left. */
static uint64_t mark(struct zd_parse__tree *tree, bool strict, uint32_t *ret_dropped)
{
    uint64_t left = 0;

    *ret_dropped = 0;
    for (size_t i = 0; i < tree->n;) {
        struct zd_parse__node *node = &tree->nodes[i];

        node->dropped = i > 0 && is_furniture(tree, node, strict);
        if (node->dropped) {
            *ret_dropped += node->n_chars > 0;
            i = node->end;
            continue;
        }
        if (node->tag == ZD_TAG_TEXT)
            left += node->n_chars;
        i++;
    }
    return left;
}

uint32_t zd_parse__html_furniture(struct zd_parse__tree *tree)
{
    uint32_t n_dropped;

    count(tree);
    if (mark(tree, true, &n_dropped) == 0)
        (void)mark(tree, false, &n_dropped);
    return n_dropped;
}

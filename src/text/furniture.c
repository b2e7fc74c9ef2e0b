/* furniture.c: what sites add behind an article, see zd_clean in text.h.
 *
 * Only the end of the text is looked at: the earliest line of furniture after which nothing else
 * stands. A heading of a list (相关推荐) makes short lines behind it, the names of other articles,
 * furniture too; weak lines (欢迎, 登录) are furniture behind other furniture only. What stands in
 * the middle of a text stays, whatever it says. */
#include "text/clean_private.h"

#include <string.h>

#include "base/utf8.h"

#define TAIL_MAX_LINES 80
#define NAME_MAX_CHARS 45

enum furniture { NOT_FURNITURE, NAME_OF_ARTICLE, WEAK, STRONG, LIST_HEADING };

/* A line without white space and without what trails behind its words. */
struct squeezed {
    char p[96];
    size_t n;
    bool cut; /* longer than that */
};

static void squeeze(struct zd_str s, struct squeezed *out)
{
    size_t at = 0;

    *out = (struct squeezed){.n = 0};
    while (at < s.n) {
        uint32_t c = zd_utf8_next(s, &at);

        if (c == ' ' || c == '\t' || c == 0x3000 || c == 0xA0 || c == '#' || c == '*' || c == '>')
            continue;
        if (out->n + 4 > sizeof out->p) {
            out->cut = true;
            return;
        }
        out->n += zd_utf8_put(c, out->p + out->n);
    }
}

static bool is_whole(const struct squeezed *line, const char *const *words, size_t n_words)
{
    static const char *const trails[] = {"：", ":", "~", "～", "！", "!", "。", "…", ">", "»"};
    struct zd_str s = {line->p, line->n};

    for (size_t i = 0; i < ZD_COUNT(trails); i++) {
        struct zd_str trail = zd_str_c(trails[i]);

        while (zd_str_ends(s, trail)) {
            s.n -= trail.n;
            i = 0;
        }
    }
    for (size_t i = 0; i < n_words; i++)
        if (zd_str_eq(s, zd_str_c(words[i])))
            return true;
    return false;
}

static bool begins(const struct squeezed *line, const char *const *words, size_t n_words)
{
    for (size_t i = 0; i < n_words; i++)
        if (zd_str_starts((struct zd_str){line->p, line->n}, zd_str_c(words[i])))
            return true;
    return false;
}

static enum furniture classify(struct zd_str bare)
{
    static const char *const headings[] = {
        "相关推荐", "相关阅读", "相关文章",   "相关新闻", "相关内容", "推荐阅读", "延伸阅读",
        "热门推荐", "热门文章", "热门阅读",   "猜你喜欢", "为你推荐", "为您推荐", "精彩推荐",
        "最新文章", "随机文章", "大家都在看", "更多推荐", "热点推荐"};
    static const char *const wholes[] = {"评论列表",
                                         "最新评论",
                                         "全部评论",
                                         "网友评论",
                                         "发表评论",
                                         "你发表评论",
                                         "您发表评论",
                                         "我要评论",
                                         "写评论",
                                         "评论",
                                         "暂无评论",
                                         "还没有评论",
                                         "返回顶部",
                                         "返回列表",
                                         "打印本页",
                                         "关闭窗口",
                                         "【打印本页】",
                                         "【关闭窗口】",
                                         "打印本页关闭窗口",
                                         "【打印】【关闭】",
                                         "[打印][关闭]",
                                         "上一篇",
                                         "下一篇",
                                         "加载更多",
                                         "展开全文",
                                         "阅读全文",
                                         "阅读原文",
                                         "微信扫一扫",
                                         "分享",
                                         "点赞",
                                         "收藏",
                                         "举报"};
    static const char *const starts[] = {"上一篇：",
                                         "上一篇:",
                                         "下一篇：",
                                         "下一篇:",
                                         "上一条：",
                                         "上一条:",
                                         "下一条：",
                                         "下一条:",
                                         "分享到",
                                         "分享至",
                                         "责任编辑：",
                                         "责任编辑:",
                                         "责编：",
                                         "责编:",
                                         "免责声明：",
                                         "免责声明:",
                                         "版权声明：",
                                         "版权声明:",
                                         "声明：本文",
                                         "声明:本文",
                                         "暂无评论，",
                                         "暂无评论,",
                                         "转载请注明",
                                         "未经授权不得转载",
                                         "未经允许不得转载",
                                         "本文链接：",
                                         "本文链接:",
                                         "本文地址：",
                                         "本文地址:",
                                         "扫一扫在手机",
                                         "扫一扫，在手机",
                                         "微信扫一扫",
                                         "扫码关注",
                                         "文章标签：",
                                         "文章标签:",
                                         "标签：",
                                         "标签:",
                                         "阅读量：",
                                         "浏览次数：",
                                         "点击次数："};
    static const char *const weak[] = {
        "欢迎", "欢迎您", "欢迎光临", "登录", "注册", "登录注册", "登录后评论", "请先登录",
        "提交", "回复",   "取消回复", "昵称", "邮箱", "网址",     "匿名",       "打印",
        "关闭", "顶部",   "赞",       "踩",   "微信", "微博",     "QQ空间",     "复制链接"};
    struct squeezed line;
    struct zd_str end = ZD_STR("。");

    squeeze(bare, &line);
    if (!line.cut && is_whole(&line, headings, ZD_COUNT(headings)))
        return LIST_HEADING;
    if (!line.cut && is_whole(&line, wholes, ZD_COUNT(wholes)))
        return STRONG;
    if (begins(&line, starts, ZD_COUNT(starts)))
        return STRONG;
    if (!line.cut && is_whole(&line, weak, ZD_COUNT(weak)))
        return WEAK;
    if (zd_utf8_chars(bare) <= NAME_MAX_CHARS && !zd_str_ends(bare, end))
        return NAME_OF_ARTICLE;
    return NOT_FURNITURE;
}

/* The line before i that is neither blank nor gone, or n for none. */
static size_t line_before(const struct zd_clean_lines *lines, size_t i)
{
    while (i-- > 0)
        if (!lines->p[i].gone && lines->p[i].bare.n > 0)
            return i;
    return lines->n;
}

/* Walks back from the end. Names of articles wait for the heading that makes them furniture; a
 * line that nothing can excuse ends the walk. */
static size_t find_start(const struct zd_clean_lines *lines)
{
    size_t start = lines->n, n_waiting = 0;
    size_t i = line_before(lines, lines->n);

    for (int step = 0; i < lines->n && step < TAIL_MAX_LINES; step++) {
        enum furniture kind = classify(lines->p[i].bare);

        if (kind == NOT_FURNITURE)
            break;
        if (kind == NAME_OF_ARTICLE || kind == WEAK)
            n_waiting += kind == NAME_OF_ARTICLE;
        else if (kind == LIST_HEADING || n_waiting == 0)
            start = i;
        if (kind == LIST_HEADING)
            n_waiting = 0;
        i = line_before(lines, i);
    }
    return start;
}

uint32_t zd_furniture_mark(struct zd_clean_lines *lines)
{
    size_t start = find_start(lines);
    uint32_t n = 0;

    if (start == lines->n || line_before(lines, start) == lines->n)
        return 0; /* none, or nothing but furniture: then it is the text */
    for (size_t i = line_before(lines, start) + 1; i < lines->n; i++) {
        n += !lines->p[i].gone && lines->p[i].bare.n > 0;
        lines->p[i].gone = true;
    }
    return n;
}

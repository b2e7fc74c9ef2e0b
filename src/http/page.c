/* page.c: see page.h. */
#include "http/page.h"

#include <string.h>

#define POLICY                                                                                     \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src "        \
    "'self'; "                                                                                     \
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/* A balance on its pivot (支点). */
#define SEAL                                                                                       \
    "<svg class=\"seal\" viewBox=\"0 0 32 32\" aria-hidden=\"true\" fill=\"none\" "                \
    "stroke=\"#e8c67a\" stroke-width=\"1.8\" stroke-linecap=\"round\"><circle cx=\"16\" "          \
    "cy=\"16\" "                                                                                   \
    "r=\"15\"/><path d=\"M16 7v16M11 24h10M8 11h16M8 11l-3 7h6zM24 11l-3 7h6z\"/></svg>"

struct zd_str zd_page_word(const struct zd_http_call *call, enum zd_page_word word)
{
#define WORDS(name, zh, en) {{"" zh, sizeof(zh) - 1}, {"" en, sizeof(en) - 1}},
    static const struct zd_str words[ZD_W_COUNT][2] = {ZD_PAGE_WORD_TABLE(WORDS)};
#undef WORDS

    return words[word][call->lang == ZD_HTTP_EN ? 1 : 0];
}

bool zd_page_is_large(const struct zd_http_call *call)
{
    return zd_str_eq(zd_url_param(&call->query, "large"), ZD_STR("1"));
}

struct zd_str zd_page_kept(struct zd_http_call *call, char first)
{
    bool lang = zd_url_param(&call->query, "lang").n > 0, large = zd_page_is_large(call);
    const char *code = call->lang == ZD_HTTP_EN ? "en" : "zh";

    if (lang && large)
        return zd_arena_printf(call->arena, "%clang=%s&large=1", first, code);
    if (lang)
        return zd_arena_printf(call->arena, "%clang=%s", first, code);
    if (large)
        return zd_arena_printf(call->arena, "%clarge=1", first);
    return ZD_STR("");
}

struct zd_str zd_page_date(struct zd_http_call *call, int32_t date)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    int year = date / 10000, month = date / 100 % 100, day = date % 100;

    if (date <= 0 || month < 1 || month > 12)
        return ZD_STR("");
    if (call->lang == ZD_HTTP_EN)
        return zd_arena_printf(call->arena, "%d %s %d", day, months[month - 1], year);
    return zd_arena_printf(call->arena, "%d年%d月%d日", year, month, day);
}

struct zd_str zd_page_word_with(struct zd_http_call *call, enum zd_page_word word, const char *name,
                                struct zd_str text)
{
    struct zd_str whole = zd_page_word(call, word);
    struct zd_str hole = zd_arena_printf(call->arena, "{%s}", name);
    size_t at = hole.p ? zd_str_find(whole, hole, 0) : SIZE_MAX;

    if (at == SIZE_MAX)
        return whole;
    return zd_arena_printf(call->arena, "%.*s%.*s%.*s", (int)at, whole.p, (int)text.n, text.p,
                           (int)(whole.n - at - hole.n), whole.p + at + hole.n);
}

/* This page's address with one parameter set to value, or left out where value is NULL. */
static struct zd_str address_with(struct zd_http_call *call, const char *name, const char *value)
{
    const struct zd_http_head *head = &call->request->head;
    struct zd_buf out = {.max = 65536};
    struct zd_str result;
    char mark = '?';

    zd_buf_str(&out, zd_http_head_str(head, head->path));
    for (size_t i = 0; i < call->query.n; i++) {
        if (zd_str_eq(call->query.p[i].name, zd_str_c(name)))
            continue;
        zd_buf_byte(&out, (uint8_t)mark);
        zd_url_encode(&out, call->query.p[i].name);
        zd_buf_byte(&out, '=');
        zd_url_encode(&out, call->query.p[i].value);
        mark = '&';
    }
    if (value)
        zd_buf_printf(&out, "%c%s=%s", mark, name, value);
    result = out.bad ? ZD_STR("/") : zd_arena_str(call->arena, zd_buf_view(&out));
    zd_buf_done(&out);
    return result.p ? result : ZD_STR("/");
}

static void page_head(struct zd_http_call *call, struct zd_str title)
{
    struct zd_buf *out = &call->reply->body;
    bool english = call->lang == ZD_HTTP_EN;

    ZD_HTML(out,
            "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            "<title>{}{}{}</title>\n",
            english ? ZD_STR("en") : ZD_STR("zh-CN"), title, title.n ? ZD_STR(" · ") : ZD_STR(""),
            zd_page_word(call, ZD_W_SITE));
    ZD_HTML(out,
            "<link rel=\"icon\" href=\"{}\" type=\"image/svg+xml\">\n"
            "<link rel=\"stylesheet\" href=\"{}\">\n<script src=\"{}\" defer></script>\n</head>\n",
            zd_str_c(zd_page_asset("icon.svg")), zd_str_c(zd_page_asset("page.css")),
            zd_str_c(zd_page_asset("page.js")));
    ZD_HTML(out, "<body class=\"{}\">\n<a class=\"skip\" href=\"#main\">{}</a>\n",
            zd_page_is_large(call) ? ZD_STR("large") : ZD_STR("normal"),
            zd_page_word(call, ZD_W_SKIP));
}

/* The band at the top: name, language, print size. */
static void page_band(struct zd_http_call *call)
{
    struct zd_buf *out = &call->reply->body;
    bool english = call->lang == ZD_HTTP_EN, large = zd_page_is_large(call);

    ZD_HTML(out,
            "<header class=\"band\"><div class=\"wrap\">\n<a class=\"brand\" href=\"/{}\">" SEAL
            "<span><b>{}</b><small>{}</small>"
            "</span></a>\n<nav aria-label=\"{}\">\n",
            zd_page_kept(call, '?'), zd_page_word(call, ZD_W_SITE), zd_page_word(call, ZD_W_SLOGAN),
            zd_page_word(call, ZD_W_VIEW_NAV));
    ZD_HTML(out, "<a id=\"size\" href=\"{}\" data-large=\"{}\" data-normal=\"{}\">{}</a>\n",
            address_with(call, "large", large ? NULL : "1"), zd_page_word(call, ZD_W_LARGE),
            zd_page_word(call, ZD_W_NORMAL), zd_page_word(call, large ? ZD_W_NORMAL : ZD_W_LARGE));
    ZD_HTML(out, "<a href=\"{}\" hreflang=\"{}\" lang=\"{}\">{}</a>\n</nav>\n</div></header>\n",
            address_with(call, "lang", english ? "zh" : "en"),
            english ? ZD_STR("zh-CN") : ZD_STR("en"), english ? ZD_STR("zh-CN") : ZD_STR("en"),
            english ? ZD_STR("中文") : ZD_STR("English"));
}

void zd_page_begin(struct zd_http_call *call, struct zd_str title)
{
    call->reply->type = "text/html; charset=utf-8";
    call->reply->policy = POLICY;
    page_head(call, title);
    page_band(call);
    zd_buf_c(&call->reply->body, "<main id=\"main\" tabindex=\"-1\"><div class=\"wrap\">\n");
}

void zd_page_end(struct zd_http_call *call)
{
    ZD_HTML(
        &call->reply->body,
        "</div></main>\n<footer><div class=\"wrap\"><p>{}</p></div></footer>\n</body>\n</html>\n",
        zd_page_word(call, ZD_W_NOTE));
}

void zd_page_error(struct zd_http_call *call, int status)
{
    struct zd_buf *out = &call->reply->body;
    enum zd_page_word what = status == 404   ? ZD_W_ERR_404
                             : status == 413 ? ZD_W_ERR_413
                             : status == 503 ? ZD_W_ERR_503
                             : status < 500  ? ZD_W_ERR_400
                                             : ZD_W_ERR_500;

    zd_buf_clear(out);
    call->reply->status = status;
    zd_page_begin(call, zd_page_word(call, ZD_W_ERR_TITLE));
    ZD_HTML(out,
            "<section class=\"card problem\" id=\"result\" tabindex=\"-1\"><h1>{}</h1><p>{}</p>"
            "<p class=\"quiet\">{} {}</p><p><a href=\"/{}\">{}</a></p></section>\n",
            zd_page_word(call, ZD_W_ERR_TITLE), zd_page_word(call, what),
            zd_page_word(call, ZD_W_ERR_ID), zd_str_c(call->request->id), zd_page_kept(call, '?'),
            zd_page_word(call, ZD_W_BACK));
    zd_page_end(call);
}

void zd_page_status(struct zd_http_call *call, enum zd_validity status)
{
    static const struct {
        enum zd_page_word word;
        const char *mark;
    } rows[] = {
        [ZD_IN_FORCE] = {ZD_W_ST_IN_FORCE, "st-in"},
        [ZD_NOT_YET] = {ZD_W_ST_NOT_YET, "st-not"},
        [ZD_EXPIRED] = {ZD_W_ST_EXPIRED, "st-out"},
        [ZD_SUPERSEDED] = {ZD_W_ST_SUPERSEDED, "st-out"},
        [ZD_VALIDITY_UNKNOWN] = {ZD_W_ST_UNKNOWN, "st-un"},
    };

    ZD_HTML(&call->reply->body, "<span class=\"status {}\">{}</span>", zd_str_c(rows[status].mark),
            zd_page_word(call, rows[status].word));
}

void zd_page_fact(struct zd_http_call *call, enum zd_page_word name, struct zd_str value,
                  bool lang_zh)
{
    if (value.n == 0)
        return;
    if (lang_zh && call->lang == ZD_HTTP_EN)
        ZD_HTML(&call->reply->body, "<div><dt>{}</dt><dd lang=\"zh-CN\">{}</dd></div>\n",
                zd_page_word(call, name), value);
    else
        ZD_HTML(&call->reply->body, "<div><dt>{}</dt><dd>{}</dd></div>\n", zd_page_word(call, name),
                value);
}

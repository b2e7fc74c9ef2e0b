/* page_ask.c: the citizen's page: the question, then the answer with its evidence, or a refusal
 * with its reason and the next step. */
#include "base/date.h"
#include "base/utf8.h"
#include "http/page.h"

#define QUOTE_MAX_CHARS 600 /* of one citation; the whole stands behind its link */
#define RELATED_MAX 3

static void put(struct zd_http_call *call, const char *literal)
{
    zd_buf_c(&call->reply->body, literal);
}

/* What the form must carry on although it does not show it. */
static void hidden_fields(struct zd_http_call *call)
{
    struct zd_str lang = call->lang == ZD_HTTP_EN ? ZD_STR("en") : ZD_STR("zh");

    if (zd_url_param(&call->query, "lang").n > 0)
        ZD_HTML(&call->reply->body, "<input type=\"hidden\" name=\"lang\" value=\"{}\">\n", lang);
    if (zd_page_is_large(call))
        put(call, "<input type=\"hidden\" name=\"large\" value=\"1\">\n");
}

static void form(struct zd_http_call *call)
{
    struct zd_buf *out = &call->reply->body;
    struct zd_str region = zd_url_param(&call->query, "region");
    struct zd_str as_of = zd_url_param(&call->query, "as_of");

    ZD_HTML(out,
            "<form id=\"ask\" class=\"card\" action=\"/\" method=\"get\" role=\"search\" "
            "data-waiting=\"{}\" data-failed=\"{}\">\n"
            "<label class=\"big\" for=\"q\">{}</label>\n",
            zd_page_word(call, ZD_W_WAITING), zd_page_word(call, ZD_W_FAILED),
            zd_page_word(call, ZD_W_QUESTION));
    ZD_HTML(out,
            "<textarea id=\"q\" name=\"q\" rows=\"2\" maxlength=\"1300\" required "
            "aria-describedby=\"q-hint\" autocomplete=\"off\">{}</textarea>\n"
            "<p class=\"hint\" id=\"q-hint\">{}</p>\n",
            zd_url_param(&call->query, "q"), zd_page_word(call, ZD_W_QUESTION_HINT));
    ZD_HTML(out, "<details{}><summary>{}</summary>\n<div class=\"pair\">\n",
            region.n + as_of.n > 0 ? ZD_STR(" open") : ZD_STR(""), zd_page_word(call, ZD_W_NARROW));
    ZD_HTML(out,
            "<p><label for=\"region\">{}</label><input id=\"region\" name=\"region\" "
            "maxlength=\"60\" value=\"{}\" aria-describedby=\"r-hint\">"
            "<span class=\"hint\" id=\"r-hint\">{}</span></p>\n",
            zd_page_word(call, ZD_W_REGION), region, zd_page_word(call, ZD_W_REGION_HINT));
    ZD_HTML(out,
            "<p><label for=\"as_of\">{}</label><input id=\"as_of\" name=\"as_of\" type=\"date\" "
            "value=\"{}\" aria-describedby=\"d-hint\"><span class=\"hint\" id=\"d-hint\">{}</span>"
            "</p>\n</div></details>\n",
            zd_page_word(call, ZD_W_AS_OF), as_of, zd_page_word(call, ZD_W_AS_OF_HINT));
    hidden_fields(call);
    ZD_HTML(out, "<button type=\"submit\">{}</button>\n</form>\n", zd_page_word(call, ZD_W_SUBMIT));
}

/* Text of the document as paragraphs, one a line, cut at max_chars. */
static void official_words(struct zd_http_call *call, struct zd_str text, size_t max_chars)
{
    struct zd_str shown = zd_str_cut(text, 0, zd_utf8_byte_of(text, max_chars));
    bool cut = shown.n < text.n;

    for (size_t at = 0; at < shown.n;) {
        size_t end = zd_str_find(shown, ZD_STR("\n"), at);
        struct zd_str line;

        end = end == SIZE_MAX ? shown.n : end;
        line = zd_str_trim(zd_str_cut(shown, at, end));
        at = end + 1;
        if (line.n > 0)
            ZD_HTML(&call->reply->body, "<p>{}{}</p>\n", line,
                    cut && at >= shown.n ? ZD_STR("……") : ZD_STR(""));
    }
}

static void citation(struct zd_http_call *call, const struct zd_citation *c, size_t number)
{
    struct zd_buf *out = &call->reply->body;
    struct zd_str link = zd_http__link_of(call, c, zd_page_kept(call, '&')), n, page;

    n = zd_arena_printf(call->arena, "%zu", number);
    page = c->page ? zd_arena_printf(call->arena, "%u", c->page) : ZD_STR("");
    ZD_HTML(out,
            "<li class=\"card cite\" id=\"cite-{}\">\n<h4 lang=\"zh-CN\"><a href=\"{}\">{}</a> ", n,
            link, c->title.n ? c->title : c->document);
    zd_page_status(call, c->status);
    put(call, "</h4>\n<dl>\n");
    zd_page_fact(call, ZD_W_NUMBER, c->number, true);
    zd_page_fact(call, ZD_W_ISSUER, c->issuer, true);
    zd_page_fact(call, ZD_W_PLACE, c->path, true);
    zd_page_fact(call, ZD_W_PAGE, page, false);
    zd_page_fact(call, ZD_W_EFFECTIVE, zd_page_date(call, c->effective), false);
    zd_page_fact(call, ZD_W_EXPIRES, zd_page_date(call, c->expires), false);
    ZD_HTML(out, "</dl>\n<blockquote lang=\"zh-CN\" cite=\"{}\">\n", link);
    official_words(call, c->text, QUOTE_MAX_CHARS);
    ZD_HTML(
        out,
        "</blockquote>\n<p class=\"acts\"><a class=\"open\" href=\"{}\" "
        "aria-describedby=\"cite-{}\">{}</a> "
        "<button type=\"button\" class=\"copy\" hidden data-done=\"{}\">{}</button></p>\n</li>\n",
        link, n, zd_page_word(call, ZD_W_OPEN), zd_page_word(call, ZD_W_COPIED),
        zd_page_word(call, ZD_W_COPY));
}

/* "Question: …", and what it was taken to mean where that says more. */
static void understood(struct zd_http_call *call, const struct zd_answer *a)
{
    struct zd_buf *out = &call->reply->body;
    bool today = a->question.on == 0 || a->question.on == zd_date_today();
    struct zd_str date = zd_page_date(call, a->question.on ? a->question.on : zd_date_today());

    ZD_HTML(out, "<div class=\"asked\"><p><b>{}</b> <span lang=\"zh-CN\">{}</span></p>\n",
            zd_page_word(call, ZD_W_UNDERSTOOD), a->question.text);
    ZD_HTML(out, "<p class=\"quiet\">{}",
            zd_page_word_with(call, today ? ZD_W_SCOPE_TODAY : ZD_W_SCOPE_DAY, "date", date));
    if (a->question.region.n > 0)
        ZD_HTML(out, " · {} <span lang=\"zh-CN\">{}</span>", zd_page_word(call, ZD_W_REGION),
                a->question.region);
    if (a->question.understood.n > 0 && !zd_str_eq(a->question.understood, a->question.text))
        ZD_HTML(out, " · {} <span lang=\"zh-CN\">{}</span>", zd_page_word(call, ZD_W_UNDERSTOOD_AS),
                a->question.understood);
    put(call, "</p></div>\n");
    if (a->partial)
        ZD_HTML(out, "<p class=\"warn\">{}</p>\n", zd_page_word(call, ZD_W_PARTIAL));
}

static void answered(struct zd_http_call *call, const struct zd_answer *a)
{
    struct zd_buf *out = &call->reply->body;
    static const enum zd_page_word sure[] = {[ZD_SURE_LITTLE] = ZD_W_CONF_LOW,
                                             [ZD_SURE_MIDDLE] = ZD_W_CONF_MIDDLE,
                                             [ZD_SURE_HIGH] = ZD_W_CONF_HIGH};

    ZD_HTML(out,
            "<section class=\"card answer\" aria-labelledby=\"answer-h\">\n<h2 id=\"answer-h\">"
            "{}</h2>\n<p class=\"quiet\">{}</p>\n<div class=\"words\" lang=\"zh-CN\">\n",
            zd_page_word(call, ZD_W_ANSWER), zd_page_word(call, ZD_W_VERBATIM));
    official_words(call, a->answer, SIZE_MAX);
    ZD_HTML(out, "</div>\n<p class=\"sure\"><b>{}</b> {}</p>\n</section>\n",
            zd_page_word(call, ZD_W_CONFIDENCE),
            zd_page_word(call, sure[zd_sureness_of(a->confidence)]));
    ZD_HTML(out, "<h3>{}</h3>\n<ol class=\"cites\">\n", zd_page_word(call, ZD_W_EVIDENCE));
    for (size_t i = 0; i < a->n_citations; i++)
        citation(call, &a->citations[i], i + 1);
    put(call, "</ol>\n");
}

/* A reason is "Chinese。 / English": the half that the page speaks. The contact in it may hold a
 * slash of its own, so the full stop is looked for too. */
static struct zd_str in_language(const struct zd_http_call *call, struct zd_str both)
{
    const struct zd_str stop = ZD_STR("。"), border = ZD_STR("。 / ");
    size_t at = zd_str_find(both, border, 0);

    if (at == SIZE_MAX)
        return both;
    return call->lang == ZD_HTTP_EN ? zd_str_cut(both, at + border.n, both.n)
                                    : zd_str_cut(both, 0, at + stop.n);
}

static void refused(struct zd_http_call *call, const struct zd_answer *a)
{
    static const enum zd_page_word reasons[] = {
        [ZD_REFUSAL_NONE] = ZD_W_REF_NOTHING,
        [ZD_REFUSAL_NOTHING] = ZD_W_REF_NOTHING,
        [ZD_REFUSAL_NOT_IN_FORCE] = ZD_W_REF_NOT_IN_FORCE,
        [ZD_REFUSAL_OTHER_REGION] = ZD_W_REF_OTHER_REGION,
    };
    struct zd_buf *out = &call->reply->body;

    ZD_HTML(out,
            "<section class=\"card refusal\" aria-labelledby=\"answer-h\">\n<h2 id=\"answer-h\">{}"
            "</h2>\n",
            zd_page_word(call, ZD_W_REFUSED));
    if (a->reason.n > 0)
        official_words(call, in_language(call, a->reason), SIZE_MAX);
    else
        ZD_HTML(out, "<p>{}</p>\n", zd_page_word(call, reasons[a->refusal]));
    ZD_HTML(out, "<h3>{}</h3>\n<ul>\n<li>{}</li>\n<li>{}</li>\n", zd_page_word(call, ZD_W_NEXT),
            call->site->contact.n ? call->site->contact : zd_page_word(call, ZD_W_NEXT_CALL),
            zd_page_word(call, ZD_W_NEXT_REPHRASE));
    if (zd_url_param(&call->query, "region").n + zd_url_param(&call->query, "as_of").n > 0)
        ZD_HTML(out, "<li>{}</li>\n", zd_page_word(call, ZD_W_NEXT_SCOPE));
    put(call, "</ul>\n</section>\n");
    if (a->n_citations == 0)
        return;
    ZD_HTML(out, "<h3>{}</h3>\n<ol class=\"cites\">\n", zd_page_word(call, ZD_W_RELATED));
    for (size_t i = 0; i < a->n_citations && i < RELATED_MAX; i++)
        citation(call, &a->citations[i], i + 1);
    put(call, "</ol>\n");
}

static void result(struct zd_http_call *call, const struct zd_answer *a)
{
    put(call, "<div id=\"result\" tabindex=\"-1\">\n");
    if (a) {
        understood(call, a);
        if (a->refused)
            refused(call, a);
        else
            answered(call, a);
    }
    put(call,
        "</div>\n<p id=\"live\" class=\"unseen\" role=\"status\" aria-live=\"polite\"></p>\n");
}

static bool ask_desk(struct zd_http_call *call, struct zd_answer *ret_answer)
{
    struct zd_ask ask = {
        .question = zd_url_param(&call->query, "q"),
        .region = zd_url_param(&call->query, "region"),
        .options.contact = call->site->contact,
    };
    struct zd_error err = {.status = ZD_BUSY};

    if (!zd_http__param_date(call, "as_of", &ask.as_of))
        return false;
    if (call->worker && zd_desk_ask(call->worker->desk, call->subject, &ask, call->arena,
                                    ret_answer, &err) == ZD_OK)
        return true;
    zd_http__fail_with(call, &err);
    return false;
}

void zd_http__page_ask(struct zd_http_call *call)
{
    struct zd_str question = zd_str_trim(zd_url_param(&call->query, "q"));
    struct zd_answer answer = {0};

    if (question.n > 0 && !ask_desk(call, &answer))
        return;
    zd_page_begin(call, question.n > 0 ? zd_str_cut(question, 0, zd_utf8_byte_of(question, 30))
                                       : ZD_STR(""));
    ZD_HTML(&call->reply->body, "<h1>{}</h1>\n<p class=\"lead\">{}</p>\n",
            zd_page_word(call, ZD_W_ASK_TITLE), zd_page_word(call, ZD_W_ASK_LEAD));
    form(call);
    result(call, question.n > 0 ? &answer : NULL);
    zd_page_end(call);
}

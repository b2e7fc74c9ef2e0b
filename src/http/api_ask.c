/* api_ask.c: questions over the API: ask, by body or by query, and search. */
#include "base/date.h"
#include "base/json.h"
#include "http/app_private.h"

struct zd_str zd_http__link_of(struct zd_http_call *call, const struct zd_citation *c,
                               struct zd_str rest)
{
    struct zd_buf id = {.max = 4096};
    struct zd_str link;

    zd_url_encode(&id, c->document);
    link = zd_arena_printf(call->arena, "/doc/%.*s?version=%u&start=%llu&end=%llu%.*s#cited",
                           (int)id.n, (const char *)id.p, c->version, (unsigned long long)c->start,
                           (unsigned long long)c->end, (int)rest.n, rest.p);
    zd_buf_done(&id);
    return link.p ? link : ZD_STR("/");
}

void zd_http__publish(struct zd_http_call *call, struct zd_citation *c)
{
    for (size_t i = c->source.n; i > 0; i--)
        if (c->source.p[i - 1] == '/') {
            c->source = zd_str_cut(c->source, i, c->source.n);
            break;
        }
    c->url = zd_http__link_of(call, c, ZD_STR(""));
}

static void answer(struct zd_http_call *call, const struct zd_ask *ask)
{
    struct zd_answer found = {0};
    struct zd_error err = {0};
    json_t *value = NULL;

    if (!call->worker) {
        err.status = ZD_BUSY;
        zd_http__fail_with(call, &err);
        return;
    }
    if (zd_desk_ask(call->worker->desk, call->subject, ask, call->arena, &found, &err) != ZD_OK) {
        zd_http__fail_with(call, &err);
        return;
    }
    for (size_t i = 0; i < found.n_citations; i++)
        zd_http__publish(call, &found.citations[i]);
    zd_http__note_unanswered(call, ask, &found);
    if (zd_answer_json(&found, &value, &err) != ZD_OK)
        zd_http__fail_with(call, &err);
    else
        zd_http__reply_json(call, 200, value);
}

void zd_http__ask_get(struct zd_http_call *call)
{
    struct zd_ask ask = {
        .question = zd_url_param(&call->query, "q"),
        .region = zd_url_param(&call->query, "region"),
        .options.contact = call->site->contact,
    };

    if (zd_http__param_date(call, "as_of", &ask.as_of))
        answer(call, &ask);
}

bool zd_http__is_json(struct zd_str type)
{
    struct zd_str kind = ZD_STR("application/json");

    return zd_str_starts(type, kind) &&
           (type.n == kind.n || type.p[kind.n] == ';' || type.p[kind.n] == ' ');
}

bool zd_http__member(struct zd_http_call *call, const json_t *object, const char *name,
                     struct zd_str *ret_text)
{
    const json_t *value = json_object_get(object, name);

    if (value && !json_is_string(value) && !json_is_null(value)) {
        zd_http__fail(call, 400, "invalid", "a member that must be a string is not one");
        return false;
    }
    *ret_text = zd_json_str(object, name);
    return true;
}

/* The questions asked before: an array of strings, or nothing. */
static bool read_history(struct zd_http_call *call, const json_t *object, struct zd_ask *ask)
{
    const json_t *array = json_object_get(object, "history"), *one;
    struct zd_str *history;
    size_t i;

    if (!array || json_is_null(array))
        return true;
    history = zd_arena_array(call->arena, json_array_size(array) + 1, sizeof *history);
    json_array_foreach(array, i, one)
    {
        if (!json_is_string(one) || !history)
            break;
        history[i] = (struct zd_str){json_string_value(one), json_string_length(one)};
    }
    if (!json_is_array(array) || i < json_array_size(array)) {
        zd_http__fail(call, 400, "invalid", "history is not an array of strings");
        return false;
    }
    ask->history = history;
    ask->n_history = i;
    return true;
}

static bool only_known_members(struct zd_http_call *call, json_t *object)
{
    static const char *const known[] = {"question", "as_of", "region", "desk", "history"};
    const char *key;
    json_t *value;

    if (!json_is_object(object)) {
        zd_http__fail(call, 400, "invalid", "the body is not a JSON object");
        return false;
    }
    json_object_foreach(object, key, value)
    {
        bool found = false;

        for (size_t i = 0; i < ZD_COUNT(known); i++)
            found = found || zd_str_eq(zd_str_c(key), zd_str_c(known[i]));
        if (!found) {
            zd_http__fail(call, 400, "invalid",
                          "the members are question, as_of, region, desk and history");
            return false;
        }
    }
    return true;
}

bool zd_http__read_json(struct zd_http_call *call, json_t **ret_body)
{
    struct zd_error err = {0};

    if (!zd_http__is_json(zd_http_head_find(&call->request->head, "content-type"))) {
        zd_http__fail(call, 415, "unsupported_type", "the body must be application/json");
        return false;
    }
    if (zd_json_parse(zd_buf_view(&call->request->body), ret_body, &err) == ZD_OK)
        return true;
    if (err.status == ZD_LIMIT)
        err.status = ZD_INVALID; /* nested too deep: malformed, not too large */
    zd_http__fail_with(call, &err);
    return false;
}

void zd_http__ask_post(struct zd_http_call *call)
{
    struct zd_ask ask = {.options.contact = call->site->contact};
    struct zd_str as_of = {NULL, 0}, desk = {NULL, 0};
    json_t *body = NULL;

    if (!zd_http__read_json(call, &body))
        return;
    if (!only_known_members(call, body) ||
        !zd_http__member(call, body, "question", &ask.question) ||
        !zd_http__member(call, body, "region", &ask.region) ||
        !zd_http__member(call, body, "as_of", &as_of) ||
        !zd_http__member(call, body, "desk", &desk) || !read_history(call, body, &ask))
        goto out;
    if (as_of.n > 0 && zd_date_parse(as_of, &ask.as_of, NULL) != ZD_OK) {
        zd_http__fail(call, 400, "invalid", "as_of is not a date YYYY-MM-DD");
        goto out;
    }
    if (desk.n > 0 && !zd_str_eq(desk, ZD_STR("public"))) {
        zd_http__fail(call, 404, "not_found", "no such desk");
        goto out;
    }
    answer(call, &ask);
out:
    json_decref(body);
}

void zd_http__search(struct zd_http_call *call)
{
    struct zd_ask ask = {
        .question = zd_url_param(&call->query, "q"),
        .region = zd_url_param(&call->query, "region"),
    };
    struct zd_search found = {0};
    struct zd_error err = {0};
    uint64_t top, explain;
    json_t *value = NULL;

    if (!zd_http__param_date(call, "as_of", &ask.as_of) ||
        !zd_http__param_number(call, "top", 10, 1, 100, &top) ||
        !zd_http__param_number(call, "explain", 0, 0, 1, &explain))
        return;
    ask.explain = explain == 1;
    if (!call->worker) {
        err.status = ZD_BUSY;
        zd_http__fail_with(call, &err);
        return;
    }
    if (zd_desk_search(call->worker->desk, call->subject, &ask, (size_t)top, call->arena, &found,
                       &err) != ZD_OK) {
        zd_http__fail_with(call, &err);
        return;
    }
    for (size_t i = 0; i < found.n; i++)
        zd_http__publish(call, &found.p[i].citation);
    if (zd_search_json(&found, &value, &err) != ZD_OK)
        zd_http__fail_with(call, &err);
    else
        zd_http__reply_json(call, 200, value);
}

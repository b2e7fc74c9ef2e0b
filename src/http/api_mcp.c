/* api_mcp.c: the agents' door: a Model Context Protocol server over the office's evidence
 * (specification 2025-06-18, streamable HTTP without sessions: each POST is answered with JSON).
 *
 * Read-only: search, read a passage with its validity, ask. Nothing here changes anything, and
 * nothing here can be asked for that the API does not give to the same caller. Requests from a
 * page of another origin are refused (DNS rebinding). */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/json.h"
#include "http/app_private.h"
#include "store/passage.h"

#define PROTOCOL "2025-06-18"
#define PARSE_ERROR (-32700)
#define INVALID_REQUEST (-32600)
#define METHOD_NOT_FOUND (-32601)
#define INVALID_PARAMS (-32602)
#define INTERNAL_ERROR (-32603)

/* The tools as they are listed. JSON text, so that it reads as it goes out. */
static const char tools_text[] =
    "{\"tools\":["
    "{\"name\":\"search\",\"title\":\"检索\",\"description\":"
    "\"在本单位文件中检索段落，返回原文、出处与效力。"
    "Find passages of the office's documents, with source and validity.\","
    "\"annotations\":{\"readOnlyHint\":true,\"openWorldHint\":false},"
    "\"inputSchema\":{\"type\":\"object\",\"properties\":{"
    "\"question\":{\"type\":\"string\",\"description\":\"要找什么 / what to find\"},"
    "\"top\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":50,\"default\":5},"
    "\"as_of\":{\"type\":\"string\",\"description\":\"YYYY-MM-DD\"},"
    "\"region\":{\"type\":\"string\"}},\"required\":[\"question\"],\"additionalProperties\":false}}"
    ","
    "{\"name\":\"read_passage\",\"title\":\"读原文\",\"description\":"
    "\"按文档、版本和字符位置读原文，并给出其效力。"
    "Read the official text at a place, with its validity.\","
    "\"annotations\":{\"readOnlyHint\":true,\"openWorldHint\":false},"
    "\"inputSchema\":{\"type\":\"object\",\"properties\":{"
    "\"document\":{\"type\":\"string\"},"
    "\"version\":{\"type\":\"integer\",\"minimum\":1,\"description\":\"省略则为现行版本 / newest "
    "in force\"},"
    "\"start\":{\"type\":\"integer\",\"minimum\":0,\"default\":0},"
    "\"end\":{\"type\":\"integer\",\"minimum\":0,\"description\":\"至多 8000 字 / at most 8,000 "
    "characters\"}},"
    "\"required\":[\"document\"],\"additionalProperties\":false}},"
    "{\"name\":\"ask\",\"title\":\"提问\",\"description\":"
    "\"提问，得到原文答复和出处；没有依据则说明不作答的原因。"
    "Ask; the official words and their source, or a refusal with its reason.\","
    "\"annotations\":{\"readOnlyHint\":true,\"openWorldHint\":false},"
    "\"inputSchema\":{\"type\":\"object\",\"properties\":{"
    "\"question\":{\"type\":\"string\"},\"as_of\":{\"type\":\"string\",\"description\":\"YYYY-MM-"
    "DD\"},"
    "\"region\":{\"type\":\"string\"}},\"required\":[\"question\"],\"additionalProperties\":false}}"
    "]}";

#define READ_MAX_CHARS 8000

/* --- JSON-RPC ---------------------------------------------------------------------------------- */

/* {"jsonrpc", "id", "result" | "error"}; takes `result`. */
static void answer(struct zd_http_call *call, json_t *id, json_t *result)
{
    json_t *o = json_object();
    bool ok = zd_json_set_str(o, "jsonrpc", ZD_STR("2.0")) && json_object_set(o, "id", id) == 0 &&
              result && json_object_set(o, "result", result) == 0;

    json_decref(result);
    if (!ok) {
        json_decref(o);
        o = NULL;
    }
    zd_http__reply_json(call, 200, o);
}

static void answer_error(struct zd_http_call *call, json_t *id, int status, int code,
                         const char *message)
{
    json_t *o = json_object(), *error = json_object();
    bool ok = zd_json_set_str(o, "jsonrpc", ZD_STR("2.0")) &&
              json_object_set_new(o, "id", id ? json_incref(id) : json_null()) == 0 &&
              zd_json_set_new(error, "code", json_integer(code)) &&
              zd_json_set_str(error, "message", zd_str_c(message)) &&
              json_object_set(o, "error", error) == 0;

    json_decref(error);
    if (!ok) {
        json_decref(o);
        o = NULL;
    }
    zd_http__reply_json(call, status, o);
}

/* A tool's result: its value as text for a model and as structure for a program. Takes `value`. */
static json_t *tool_result(json_t *value, bool is_error)
{
    json_t *result = json_object(), *content = json_array(), *part = json_object();
    struct zd_buf text = {.max = 16 * ZD_MiB};
    bool ok = value && zd_json_write(value, &text, NULL) == ZD_OK &&
              zd_json_set_str(part, "type", ZD_STR("text")) &&
              zd_json_set_str(part, "text", zd_buf_view(&text)) && content &&
              json_array_append(content, part) == 0 &&
              json_object_set(result, "content", content) == 0 &&
              (is_error || json_object_set(result, "structuredContent", value) == 0) &&
              zd_json_set_new(result, "isError", json_boolean(is_error));

    zd_buf_done(&text);
    json_decref(value);
    json_decref(content);
    json_decref(part);
    if (ok)
        return result;
    json_decref(result);
    return NULL;
}

static json_t *tool_fault(const char *message)
{
    json_t *value = json_object();

    if (!zd_json_set_str(value, "error", zd_str_c(message))) {
        json_decref(value);
        value = NULL;
    }
    return tool_result(value, true);
}

static json_t *fault_of(const struct zd_error *err)
{
    switch (err->status) {
    case ZD_INVALID:
    case ZD_LIMIT:
        return tool_fault(err->what);
    case ZD_NOT_FOUND:
        return tool_fault("no such document or version");
    default:
        return tool_fault("busy, please try again");
    }
}

/* --- tools --------------------------------------------------------------------------------------- */

static bool read_scope(const json_t *arguments, struct zd_ask *ask)
{
    struct zd_str as_of = zd_json_str(arguments, "as_of");

    ask->question = zd_json_str(arguments, "question");
    ask->region = zd_json_str(arguments, "region");
    return as_of.n == 0 || zd_date_parse(as_of, &ask->as_of, NULL) == ZD_OK;
}

static json_t *tool_search(struct zd_http_call *call, const json_t *arguments)
{
    const json_t *top = json_object_get(arguments, "top");
    json_int_t n = top ? json_integer_value(top) : 5;
    struct zd_search found = {0};
    struct zd_ask ask = {0};
    struct zd_error err = {0};
    json_t *value = NULL;

    if (!read_scope(arguments, &ask))
        return tool_fault("as_of is not a date YYYY-MM-DD");
    if (n < 1 || n > 50)
        return tool_fault("top is 1 to 50");
    if (zd_desk_search(call->worker->desk, call->subject, &ask, (size_t)n, call->arena, &found,
                       &err) != ZD_OK)
        return fault_of(&err);
    for (size_t i = 0; i < found.n; i++)
        zd_http__publish(call, &found.p[i].citation);
    return zd_search_json(&found, &value, &err) == ZD_OK ? tool_result(value, false)
                                                         : fault_of(&err);
}

static json_t *tool_ask(struct zd_http_call *call, const json_t *arguments)
{
    struct zd_ask ask = {.options.contact = call->site->contact};
    struct zd_answer found = {0};
    struct zd_error err = {0};
    json_t *value = NULL;

    if (!read_scope(arguments, &ask))
        return tool_fault("as_of is not a date YYYY-MM-DD");
    if (zd_desk_ask(call->worker->desk, call->subject, &ask, call->arena, &found, &err) != ZD_OK)
        return fault_of(&err);
    for (size_t i = 0; i < found.n_citations; i++)
        zd_http__publish(call, &found.citations[i]);
    return zd_answer_json(&found, &value, &err) == ZD_OK ? tool_result(value, false)
                                                         : fault_of(&err);
}

/* The passage as JSON: its words and what they are worth today. */
static json_t *place_json(const struct zd_document *document, const struct zd_version *version,
                          struct zd_str text, uint64_t start, uint64_t end, int32_t today)
{
    json_t *o = json_object();
    bool ok = zd_json_set_str(o, "document", document->id) &&
              zd_json_set_count(o, "version", version->ordinal) &&
              zd_json_set_str(o, "title", version->title) &&
              zd_json_set_str(o, "issuer", version->issuer) &&
              zd_json_set_str(o, "number", version->number) &&
              zd_json_set_count(o, "start", start) && zd_json_set_count(o, "end", end) &&
              zd_json_set_count(o, "chars", version->n_chars) && zd_json_set_str(o, "text", text) &&
              zd_json_set_date(o, "effective", version->valid_from) &&
              zd_json_set_date(o, "expires", version->valid_to) &&
              zd_json_set_str(o, "status",
                              zd_str_c(zd_validity_word(zd_version_validity(version, today))));

    if (ok)
        return o;
    json_decref(o);
    return NULL;
}

/* The characters [start, end) of a text, which is UTF-8. */
static struct zd_str cut_chars(struct zd_str text, uint64_t start, uint64_t end)
{
    size_t from = SIZE_MAX, to = text.n;
    uint64_t n = 0;

    for (size_t i = 0; i < text.n; i++) {
        if (((uint8_t)text.p[i] & 0xc0) == 0x80)
            continue;
        if (n == start)
            from = i;
        if (n == end) {
            to = i;
            break;
        }
        n++;
    }
    return from == SIZE_MAX ? (struct zd_str){"", 0} : zd_str_cut(text, from, to);
}

static json_t *read_place(struct zd_http_call *call, const json_t *arguments)
{
    const json_t *end_wanted = json_object_get(arguments, "end");
    json_int_t start = json_integer_value(json_object_get(arguments, "start"));
    json_int_t end = end_wanted ? json_integer_value(end_wanted) : start + READ_MAX_CHARS;
    json_int_t ordinal = json_integer_value(json_object_get(arguments, "version"));
    struct zd_store *store = zd_view_store(call->worker->view);
    struct zd_document document = {0};
    struct zd_version version = {0};
    struct zd_error err = {0};
    struct zd_str text = {NULL, 0};
    json_t *value;
    enum zd_status st;

    if (start < 0 || end <= start || end - start > READ_MAX_CHARS || ordinal < 0)
        return tool_fault("start and end name up to 8,000 characters");
    call->id = zd_json_str(arguments, "document");
    st = zd_http__version_of(call, store, (uint64_t)ordinal, &document, &version, &err);
    if (st == ZD_OK)
        st = zd_version_text(store, call->subject, version.key, 0, version.n_bytes, call->arena,
                             &text, &err);
    if (st != ZD_OK)
        return fault_of(&err);
    if ((uint64_t)end > version.n_chars)
        end = (json_int_t)version.n_chars;
    value = place_json(&document, &version, cut_chars(text, (uint64_t)start, (uint64_t)end),
                       (uint64_t)start, (uint64_t)end, zd_date_today());
    return tool_result(value, false);
}

static json_t *tool_read(struct zd_http_call *call, const json_t *arguments)
{
    struct zd_error err = {0};
    json_t *result;

    if (zd_view_begin(call->worker->view, &err) != ZD_OK)
        return fault_of(&err);
    result = read_place(call, arguments);
    zd_view_end(call->worker->view);
    return result;
}

static const struct {
    const char *name;
    json_t *(*run)(struct zd_http_call *call, const json_t *arguments);
    const char *members; /* that it takes, by spaces */
} tools[] = {
    {"search", tool_search, " question top as_of region "},
    {"read_passage", tool_read, " document version start end "},
    {"ask", tool_ask, " question as_of region "},
};

static bool takes(const char *members, const char *key)
{
    char word[40];

    return snprintf(word, sizeof word, " %s ", key) < (int)sizeof word && strstr(members, word);
}

static void call_tool(struct zd_http_call *call, json_t *id, const json_t *params)
{
    struct zd_str name = zd_json_str(params, "name");
    json_t *arguments = json_object_get(params, "arguments"), *value;
    const char *key;

    for (size_t i = 0; i < ZD_COUNT(tools); i++) {
        if (!zd_str_eq(name, zd_str_c(tools[i].name)))
            continue;
        json_object_foreach(arguments, key, value)
        {
            if (!takes(tools[i].members, key)) {
                answer_error(call, id, 200, INVALID_PARAMS, "the tool has no such argument");
                return;
            }
        }
        answer(call, id, tools[i].run(call, arguments));
        return;
    }
    answer_error(call, id, 200, INVALID_PARAMS, "there is no tool of this name");
}

/* --- methods ------------------------------------------------------------------------------------- */

static json_t *greeting(const json_t *params)
{
    static const char *const known[] = {"2025-06-18", "2025-03-26", "2024-11-05"};
    struct zd_str wanted = zd_json_str(params, "protocolVersion");
    const char *version = PROTOCOL;
    json_t *o = json_object(), *info = json_object(), *abilities = json_object();
    bool ok;

    for (size_t i = 0; i < ZD_COUNT(known); i++)
        if (zd_str_eq(wanted, zd_str_c(known[i])))
            version = known[i];
    ok =
        zd_json_set_str(o, "protocolVersion", zd_str_c(version)) &&
        zd_json_set_new(abilities, "tools", json_object()) &&
        json_object_set(o, "capabilities", abilities) == 0 &&
        zd_json_set_str(info, "name", ZD_STR("zhidian")) &&
        zd_json_set_str(info, "title", ZD_STR("支点")) &&
        zd_json_set_str(info, "version", ZD_STR(ZD_VERSION)) &&
        json_object_set(o, "serverInfo", info) == 0 &&
        zd_json_set_str(o, "instructions",
                        ZD_STR("只读。答复以原文为准，引用时给出标题、条款与效力。Read-only. Quote "
                               "the official words with title, clause and validity."));
    json_decref(info);
    json_decref(abilities);
    if (ok)
        return o;
    json_decref(o);
    return NULL;
}

/* A request of the other side. */
static void method(struct zd_http_call *call, json_t *message)
{
    struct zd_str name = zd_json_str(message, "method");
    json_t *id = json_object_get(message, "id");
    const json_t *params = json_object_get(message, "params");
    json_t *listed = NULL;

    if (zd_str_eq(name, ZD_STR("initialize")))
        answer(call, id, greeting(params));
    else if (zd_str_eq(name, ZD_STR("ping")))
        answer(call, id, json_object());
    else if (zd_str_eq(name, ZD_STR("tools/list")))
        answer(call, id,
               zd_json_parse(zd_str_c(tools_text), &listed, NULL) == ZD_OK ? listed : NULL);
    else if (zd_str_eq(name, ZD_STR("tools/call")))
        call_tool(call, id, params);
    else
        answer_error(call, id, 200, METHOD_NOT_FOUND, "there is no such method");
}

/* A page of another site must not reach us through its visitor's browser. */
static bool is_same_origin(const struct zd_http_head *head)
{
    struct zd_str origin = zd_http_head_find(head, "origin"),
                  host = zd_http_head_find(head, "host");
    size_t at = zd_str_find(origin, ZD_STR("://"), 0);

    return !origin.p || (at != SIZE_MAX && zd_str_eq(zd_str_cut(origin, at + 3, origin.n), host));
}

void zd_http__mcp(struct zd_http_call *call)
{
    const struct zd_http_head *head = &call->request->head;
    json_t *message = NULL;
    const json_t *id;
    struct zd_error err = {0};

    if (!is_same_origin(head)) {
        zd_http__fail(call, 403, "denied", "not from another site");
        return;
    }
    if (!zd_http__is_json(zd_http_head_find(head, "content-type"))) {
        zd_http__fail(call, 415, "unsupported_type", "the body must be application/json");
        return;
    }
    if (!call->worker) {
        err.status = ZD_BUSY;
        zd_http__fail_with(call, &err);
        return;
    }
    if (zd_json_parse(zd_buf_view(&call->request->body), &message, &err) != ZD_OK) {
        answer_error(call, NULL, 400, PARSE_ERROR, "this is not JSON");
        return;
    }
    id = json_object_get(message, "id");
    if (!json_is_object(message) || !zd_str_eq(zd_json_str(message, "jsonrpc"), ZD_STR("2.0")) ||
        (id && !json_is_string(id) && !json_is_integer(id)))
        answer_error(call, NULL, 400, INVALID_REQUEST, "this is not a JSON-RPC 2.0 request");
    else if (!id || !json_object_get(message, "method"))
        call->reply->status = 202; /* a notification, or an answer to nothing of ours */
    else
        method(call, message);
    json_decref(message);
}

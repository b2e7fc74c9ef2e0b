/* reply: see reply.h. */
#include "model/reply.h"

#include <string.h>

#include "base/caps.h"

#define MAX_TOKENS_TOLD 1000000000

uint64_t zd_token_estimate(struct zd_str text)
{
    uint64_t wide = 0, narrow = 0;

    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = (uint8_t)text.p[i];

        if (c >= 0xe0)
            wide++;
        else if (c < 0x80)
            narrow++;
    }
    return (wide * 3 + narrow + 3) / 4;
}

/* Copies a member that is a string; a null too where `or_null`. False: memory ended. */
static bool copy_text(json_t *to, const char *as, const json_t *from, const char *name,
                      struct zd_reply_facts *facts)
{
    const json_t *value = json_object_get(from, name);
    struct zd_str text;

    if (!json_is_string(value))
        return true;
    text = (struct zd_str){json_string_value(value), json_string_length(value)};
    if (facts && text.n > 0) {
        facts->has_text = true;
        facts->n_text_tokens += zd_token_estimate(text);
    }
    return zd_json_set_str(to, as, text);
}

static bool copy_number(json_t *to, const json_t *from, const char *name)
{
    const json_t *value = json_object_get(from, name);

    if (!json_is_integer(value))
        return true;
    return zd_json_set_new(to, name, json_integer(json_integer_value(value)));
}

/* {"index", "id", "type", "function": {"name", "arguments"}}; NULL: malformed or no memory. */
static json_t *tool_call(const json_t *from, struct zd_reply_facts *facts)
{
    const json_t *function = json_object_get(from, "function");
    json_t *to = json_object(), *inner = json_object();
    bool ok = json_is_object(from) && copy_number(to, from, "index") &&
              copy_text(to, "id", from, "id", NULL) && copy_text(to, "type", from, "type", NULL) &&
              copy_text(inner, "name", function, "name", facts) &&
              copy_text(inner, "arguments", function, "arguments", facts) &&
              (!function || json_object_set(to, "function", inner) == 0);

    facts->has_text = true;
    json_decref(inner);
    if (ok)
        return to;
    json_decref(to);
    return NULL;
}

static bool copy_tool_calls(json_t *to, const json_t *from, struct zd_reply_facts *facts)
{
    const json_t *calls = json_object_get(from, "tool_calls");
    json_t *list;

    if (!json_is_array(calls) || json_array_size(calls) == 0)
        return true;
    if (json_array_size(calls) > ZD_TOOL_CALLS_MAX)
        return false;
    list = json_array();
    for (size_t i = 0; list && i < json_array_size(calls); i++) {
        if (json_array_append_new(list, tool_call(json_array_get(calls, i), facts)) != 0) {
            json_decref(list);
            return false;
        }
    }
    return zd_json_set_new(to, "tool_calls", list);
}

/* A delta or a message. */
static json_t *part_of(const json_t *from, const struct zd_profile *profile, bool whole,
                       struct zd_reply_facts *facts)
{
    const char *reasoning =
        json_object_get(from, profile->reasoning) ? profile->reasoning : "reasoning_content";
    json_t *to = json_object();
    bool ok =
        copy_text(to, "role", from, "role", NULL) &&
        (!whole || json_object_get(to, "role") ||
         zd_json_set_str(to, "role", ZD_STR("assistant"))) &&
        copy_text(to, "content", from, "content", facts) &&
        (!whole || json_object_get(to, "content") || zd_json_set_new(to, "content", json_null())) &&
        copy_text(to, "reasoning_content", from, reasoning, facts) &&
        copy_text(to, "refusal", from, "refusal", facts) && copy_tool_calls(to, from, facts);

    if (ok)
        return to;
    json_decref(to);
    return NULL;
}

/* One choice; NULL: malformed or no memory. */
static json_t *choice_of(const json_t *from, size_t place, enum zd_reply_kind kind,
                         const struct zd_profile *profile, struct zd_reply_facts *facts)
{
    const char *name = kind == ZD_REPLY_CHUNK ? "delta" : "message";
    const json_t *part = json_object_get(from, name), *index = json_object_get(from, "index");
    const json_t *reason = json_object_get(from, "finish_reason");
    const json_t *logprobs = json_object_get(from, "logprobs");
    json_int_t n = index ? json_integer_value(index) : (json_int_t)place;
    json_t *to;
    bool ok;

    if (!json_is_object(from) || (index && !json_is_integer(index)) || n < 0 ||
        n >= ZD_CHOICES_MAX || (part && !json_is_object(part) && !json_is_null(part)) ||
        (kind == ZD_REPLY_COMPLETION && !json_is_object(part)))
        return NULL;
    if (json_is_string(reason) && json_string_length(reason) > 0)
        facts->is_finished = true;
    else
        reason = NULL;
    to = json_object();
    ok = zd_json_set_new(to, "index", json_integer(n)) &&
         zd_json_set_new(to, name, part_of(part, profile, kind == ZD_REPLY_COMPLETION, facts)) &&
         (!json_is_object(logprobs) || zd_json_set_new(to, "logprobs", json_deep_copy(logprobs))) &&
         (reason ? copy_text(to, "finish_reason", from, "finish_reason", NULL)
                 : zd_json_set_new(to, "finish_reason", json_null()));
    if (ok)
        return to;
    json_decref(to);
    return NULL;
}

static int64_t told_tokens(const json_t *usage, const char *name)
{
    const json_t *value = json_object_get(usage, name);
    json_int_t n = json_is_integer(value) ? json_integer_value(value) : -1;

    return n >= 0 && n <= MAX_TOKENS_TOLD ? (int64_t)n : -1;
}

/* The usage object with the figures that make sense; a negative or huge one is left out. */
static bool copy_usage(json_t *to, const json_t *from, struct zd_reply_facts *facts)
{
    static const char *const more[] = {"prompt_cache_hit_tokens", "prompt_cache_miss_tokens"};
    static const char *const details[] = {"prompt_tokens_details", "completion_tokens_details"};
    const json_t *usage = json_object_get(from, "usage");
    json_t *copy;
    bool ok;

    facts->usage.in = told_tokens(usage, "prompt_tokens");
    facts->usage.out = told_tokens(usage, "completion_tokens");
    if (facts->usage.in < 0)
        return true;
    copy = json_object();
    ok = zd_json_set_new(copy, "prompt_tokens", json_integer(facts->usage.in)) &&
         zd_json_set_new(copy, "completion_tokens",
                         json_integer(facts->usage.out < 0 ? 0 : facts->usage.out)) &&
         zd_json_set_new(
             copy, "total_tokens",
             json_integer(facts->usage.in + (facts->usage.out < 0 ? 0 : facts->usage.out)));
    for (size_t i = 0; ok && i < ZD_COUNT(more); i++)
        ok = told_tokens(usage, more[i]) < 0 || copy_number(copy, usage, more[i]);
    for (size_t i = 0; ok && i < ZD_COUNT(details); i++)
        if (json_is_object(json_object_get(usage, details[i])))
            ok = zd_json_set_new(copy, details[i],
                                 json_deep_copy(json_object_get(usage, details[i])));
    if (!ok) {
        json_decref(copy);
        return false;
    }
    return zd_json_set_new(to, "usage", copy);
}

static bool copy_choices(json_t *to, const json_t *from, enum zd_reply_kind kind,
                         const struct zd_profile *profile, struct zd_reply_facts *facts)
{
    const json_t *choices = json_object_get(from, "choices");
    size_t n = json_array_size(choices);
    json_t *list;

    if (!json_is_array(choices) || n > ZD_CHOICES_MAX || (kind == ZD_REPLY_COMPLETION && n == 0))
        return false;
    list = json_array();
    for (size_t i = 0; list && i < n; i++) {
        if (json_array_append_new(
                list, choice_of(json_array_get(choices, i), i, kind, profile, facts)) != 0) {
            json_decref(list);
            return false;
        }
    }
    return zd_json_set_new(to, "choices", list);
}

static bool is_embedding(const json_t *value)
{
    if (json_is_string(value))
        return true;
    if (!json_is_array(value))
        return false;
    for (size_t i = 0; i < json_array_size(value); i++)
        if (!json_is_number(json_array_get(value, i)))
            return false;
    return true;
}

static bool copy_embeddings(json_t *to, json_t *from)
{
    const json_t *data = json_object_get(from, "data");
    json_t *list = json_array();
    bool ok = json_is_array(data) && list;

    for (size_t i = 0; ok && i < json_array_size(data); i++) {
        const json_t *one = json_array_get(data, i);
        json_t *vector = json_object_get(one, "embedding"), *row = json_object();

        ok = is_embedding(vector) && zd_json_set_str(row, "object", ZD_STR("embedding")) &&
             zd_json_set_new(row, "index", json_integer((json_int_t)i)) &&
             json_object_set(row, "embedding", vector) == 0 && json_array_append(list, row) == 0;
        json_decref(row);
    }
    if (!ok) {
        json_decref(list);
        return false;
    }
    return zd_json_set_new(to, "data", list);
}

static bool copy_head(json_t *to, const json_t *from, enum zd_reply_kind kind, struct zd_str model)
{
    static const char *const objects[] = {"chat.completion.chunk", "chat.completion", "list"};

    if (kind != ZD_REPLY_EMBEDDING &&
        !(copy_text(to, "id", from, "id", NULL) &&
          zd_json_set_new(to, "created", json_integer(0)) && copy_number(to, from, "created")))
        return false;
    return zd_json_set_str(to, "object", zd_str_c(objects[kind])) &&
           zd_json_set_str(to, "model", model);
}

enum zd_status zd_reply_read(struct zd_str text, enum zd_reply_kind kind,
                             const struct zd_profile *profile, struct zd_str model,
                             json_t **ret_reply, struct zd_reply_facts *ret_facts,
                             struct zd_error *err)
{
    struct zd_reply_facts facts = {.usage = {-1, -1}};
    json_t *from = NULL, *to = NULL, *error;
    enum zd_status st = zd_json_parse(text, &from, err);
    bool ok;

    if (st != ZD_OK)
        return st;
    error = json_object_get(from, "error");
    if (error && !json_is_null(error)) {
        facts.is_error = true;
    } else {
        to = json_object();
        ok = json_is_object(from) && copy_head(to, from, kind, model) &&
             (kind == ZD_REPLY_EMBEDDING ? copy_embeddings(to, from)
                                         : copy_choices(to, from, kind, profile, &facts)) &&
             copy_usage(to, from, &facts);
        if (!ok) {
            json_decref(to);
            to = NULL;
            st = ZD_FAIL(err, ZD_INVALID, 0, "the backend's reply has not the agreed form");
        }
    }
    json_decref(from);
    if (st == ZD_OK) {
        *ret_reply = to;
        *ret_facts = facts;
    }
    return st;
}

void zd_reply_error_text(struct zd_str body, char ret_text[200])
{
    static const char *const names[] = {"message", "error_msg", "msg", "detail"};
    json_t *value = NULL;
    const json_t *inner;
    struct zd_error line = {0};
    struct zd_str text = {NULL, 0};
    bool is_cut = false;

    ret_text[0] = '\0';
    if (zd_json_parse(body, &value, NULL) != ZD_OK)
        return;
    inner = json_object_get(value, "error");
    if (json_is_string(inner))
        text = zd_json_str(value, "error");
    if (!json_is_object(inner))
        inner = value;
    for (size_t i = 0; text.n == 0 && i < ZD_COUNT(names); i++)
        text = zd_json_str(inner, names[i]);
    while (text.n > 150 || (text.n > 0 && is_cut && ((uint8_t)text.p[text.n] & 0xc0) == 0x80)) {
        is_cut = true;
        text.n = text.n > 150 ? 150 : text.n - 1;
    }
    zd_error_set(&line, ZD_OK, 0, "%.*s", (int)text.n, text.p ? text.p : "");
    memcpy(ret_text, line.what, strlen(line.what) + 1);
    json_decref(value);
}

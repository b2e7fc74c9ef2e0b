/* json.c: see json.h. */
#include "base/json.h"

#include <string.h>

#include "base/caps.h"
#include "base/date.h"

void zd_json_init(void)
{
    json_set_alloc_funcs(zd_alloc, zd_free);
    json_object_seed(0);
}

/* The byte at which brackets nest deeper than max_depth, or SIZE_MAX. Strings are skipped. */
static size_t too_deep_at(struct zd_str text, size_t max_depth)
{
    size_t depth = 0;
    bool in_string = false;

    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > max_depth)
                return i;
        } else if ((c == ']' || c == '}') && depth > 0) {
            depth--;
        }
    }
    return SIZE_MAX;
}

enum zd_status zd_json_parse(struct zd_str text, json_t **ret_value, struct zd_error *err)
{
    json_error_t problem;
    json_t *value;
    size_t deep = too_deep_at(text, ZD_JSON_MAX_DEPTH);

    if (deep != SIZE_MAX)
        return ZD_FAIL(err, ZD_LIMIT, deep, "JSON nests deeper than %d at byte %zu",
                       ZD_JSON_MAX_DEPTH, deep);
    value = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);
    if (!value) {
        uint64_t at = problem.position < 0 ? 0 : (uint64_t)problem.position;

        if (json_error_code(&problem) == json_error_out_of_memory)
            return ZD_FAIL(err, ZD_NOMEM, at, "out of memory for reading JSON");
        return ZD_FAIL(err, ZD_INVALID, at, "not JSON: %s (line %d, column %d)", problem.text,
                       problem.line, problem.column);
    }
    *ret_value = value;
    return ZD_OK;
}

static int append_dump(const char *p, size_t n, void *data)
{
    struct zd_buf *out = data;

    zd_buf_add(out, p, n);
    return out->bad ? -1 : 0;
}

enum zd_status zd_json_write(const json_t *value, struct zd_buf *out, struct zd_error *err)
{
    const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(9);

    if (json_dump_callback(value, append_dump, out, flags) != 0 && !out->bad)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for writing JSON");
    return zd_buf_check(out, "JSON", err);
}

struct zd_str zd_json_str(const json_t *object, const char *key)
{
    const json_t *member = json_object_get(object, key);

    if (!json_is_string(member))
        return (struct zd_str){"", 0};
    return (struct zd_str){json_string_value(member), json_string_length(member)};
}

bool zd_json_set_str(json_t *object, const char *key, struct zd_str s)
{
    return zd_json_set_new(object, key, json_stringn(s.p ? s.p : "", s.n));
}

bool zd_json_set_count(json_t *object, const char *key, uint64_t n)
{
    return zd_json_set_new(object, key, json_integer((json_int_t)n));
}

bool zd_json_set_date(json_t *object, const char *key, int32_t date)
{
    char text[ZD_DATE_TEXT_BYTES];

    return zd_json_set_str(object, key, zd_str_c(zd_date_text(date, text)));
}

bool zd_json_set_new(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

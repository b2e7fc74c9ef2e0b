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

/* --- writing ----------------------------------------------------------------------------------
 *
 * The same bytes as json_dump_callback's, at a fraction of its cost: the library decodes each
 * character of a string and hands it on in pieces, whereas most strings have nothing to escape.
 * Values too deep for the frames, and reals, are still the library's. */

#define DUMP_FLAGS (JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(9))
#define WRITE_FRAMES 64

struct frame {
    json_t *value; /* an object or an array that is being written */
    void *member;  /* the object's next */
    size_t at;     /* members written */
};

static void write_escaped(uint8_t c, struct zd_buf *out)
{
    static const char names[] = "\b"
                                "b"
                                "\t"
                                "t"
                                "\n"
                                "n"
                                "\f"
                                "f"
                                "\r"
                                "r"
                                "\""
                                "\""
                                "\\"
                                "\\";

    for (size_t i = 0; i + 1 < sizeof names; i += 2)
        if ((uint8_t)names[i] == c) {
            zd_buf_byte(out, '\\');
            zd_buf_byte(out, (uint8_t)names[i + 1]);
            return;
        }
    zd_buf_printf(out, "\\u%04X", c);
}

static void write_string(struct zd_str s, struct zd_buf *out)
{
    size_t from = 0;

    zd_buf_byte(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        const uint8_t c = (uint8_t)s.p[i];

        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        zd_buf_add(out, s.p + from, i - from);
        write_escaped(c, out);
        from = i + 1;
    }
    zd_buf_add(out, s.p + from, s.n - from);
    zd_buf_byte(out, '"');
}

static void write_integer(json_int_t value, struct zd_buf *out)
{
    char digits[20];
    size_t n = sizeof digits;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do {
        digits[--n] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (value < 0)
        zd_buf_byte(out, '-');
    zd_buf_add(out, digits + n, sizeof digits - n);
}

/* A value that needs no frame. False: the library could not write it. */
static bool write_whole(const json_t *value, struct zd_buf *out)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        write_string((struct zd_str){json_string_value(value), json_string_length(value)}, out);
        return true;
    case JSON_INTEGER:
        write_integer(json_integer_value(value), out);
        return true;
    case JSON_TRUE:
        zd_buf_c(out, "true");
        return true;
    case JSON_FALSE:
        zd_buf_c(out, "false");
        return true;
    case JSON_NULL:
        zd_buf_c(out, "null");
        return true;
    default:
        return json_dump_callback(value, append_dump, out, DUMP_FLAGS) == 0;
    }
}

/* The next member of the frame's value, NULL behind the last; writes what stands before it. */
static json_t *next_member(struct frame *frame, struct zd_buf *out)
{
    const bool is_object = json_is_object(frame->value);
    json_t *member = NULL;

    if (is_object ? frame->member != NULL : frame->at < json_array_size(frame->value)) {
        if (frame->at > 0)
            zd_buf_byte(out, ',');
        if (is_object) {
            write_string(zd_str_c(json_object_iter_key(frame->member)), out);
            zd_buf_byte(out, ':');
            member = json_object_iter_value(frame->member);
            frame->member = json_object_iter_next(frame->value, frame->member);
        } else {
            member = json_array_get(frame->value, frame->at);
        }
        frame->at++;
    }
    return member;
}

static bool write_value(json_t *value, struct zd_buf *out)
{
    struct frame frames[WRITE_FRAMES];
    size_t n = 0;
    bool ok = true;

    while (ok && value && !out->bad) {
        if ((json_is_object(value) || json_is_array(value)) && n < WRITE_FRAMES) {
            frames[n++] = (struct frame){value, json_object_iter(value), 0};
            zd_buf_byte(out, json_is_object(value) ? '{' : '[');
        } else {
            ok = write_whole(value, out);
        }
        for (value = NULL; ok && n > 0 && !(value = next_member(&frames[n - 1], out)); n--)
            zd_buf_byte(out, json_is_object(frames[n - 1].value) ? '}' : ']');
    }
    return ok;
}

enum zd_status zd_json_write(const json_t *value, struct zd_buf *out, struct zd_error *err)
{
    union {
        const json_t *read;
        json_t *walked; /* the library's iterators take what they only read as not const */
    } all = {value};

    if (!value || (!write_value(all.walked, out) && !out->bad))
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

/* url.c: see url.h. RFC 3986 for the escapes; application/x-www-form-urlencoded for queries. */
#include "http/url.h"

#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Controls have no place in a name, a date or a question; line ends do in a question. */
static bool is_bad_control(unsigned char c)
{
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
}

enum zd_status zd_url_decode(struct zd_str s, bool is_query, struct zd_arena *arena,
                             struct zd_str *ret_text, struct zd_error *err)
{
    char *out = zd_arena_alloc(arena, s.n + 1);
    size_t n = 0;

    if (!out)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for a part of the address");
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (c == '%') {
            int high = i + 1 < s.n ? hex_value(s.p[i + 1]) : -1;
            int low = i + 2 < s.n ? hex_value(s.p[i + 2]) : -1;

            if (high < 0 || low < 0)
                return ZD_FAIL(err, ZD_INVALID, i, "a '%%' in the address stands without digits");
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && is_query) {
            c = ' ';
        }
        if (is_bad_control((unsigned char)c))
            return ZD_FAIL(err, ZD_INVALID, i, "the address holds a control character");
        out[n++] = c;
    }
    if (zd_utf8_valid_prefix((struct zd_bytes){(uint8_t *)out, n}) != n)
        return ZD_FAIL(err, ZD_INVALID, 0, "the address is not UTF-8");
    *ret_text = (struct zd_str){out, n};
    return ZD_OK;
}

enum zd_status zd_url_query_parse(struct zd_str s, struct zd_arena *arena,
                                  struct zd_url_query *ret_query, struct zd_error *err)
{
    struct zd_url_query query = {.n = 0};

    for (size_t at = 0; at < s.n;) {
        size_t end = zd_str_find(s, ZD_STR("&"), at);
        struct zd_url_param *param = &query.p[query.n];
        struct zd_str pair;
        enum zd_status st;
        size_t equals;

        end = end == SIZE_MAX ? s.n : end;
        pair = zd_str_cut(s, at, end);
        at = end + 1;
        if (pair.n == 0)
            continue;
        if (query.n == ZD_URL_MAX_PARAMS)
            return ZD_FAIL(err, ZD_LIMIT, at, "more than %d parameters", ZD_URL_MAX_PARAMS);
        equals = zd_str_find(pair, ZD_STR("="), 0);
        equals = equals == SIZE_MAX ? pair.n : equals;
        st = zd_url_decode(zd_str_cut(pair, 0, equals), true, arena, &param->name, err);
        if (st == ZD_OK)
            st = zd_url_decode(zd_str_cut(pair, equals + 1, pair.n), true, arena, &param->value,
                               err);
        if (st != ZD_OK)
            return st;
        for (size_t i = 0; i < query.n; i++)
            if (zd_str_eq(query.p[i].name, param->name))
                return ZD_FAIL(err, ZD_INVALID, at, "a parameter is given twice");
        query.n++;
    }
    *ret_query = query;
    return ZD_OK;
}

struct zd_str zd_url_param(const struct zd_url_query *query, const char *name)
{
    for (size_t i = 0; i < query->n; i++)
        if (zd_str_eq(query->p[i].name, zd_str_c(name)))
            return query->p[i].value;
    return (struct zd_str){NULL, 0};
}

void zd_url_encode(struct zd_buf *out, struct zd_str s)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if ((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
            (c != 0 && strchr("-._~", c))) {
            zd_buf_byte(out, c);
        } else {
            zd_buf_byte(out, '%');
            zd_buf_byte(out, (uint8_t)digits[c >> 4]);
            zd_buf_byte(out, (uint8_t)digits[c & 15]);
        }
    }
}

bool zd_url_matches(struct zd_str path, const char *pattern, struct zd_str *ret_id)
{
    struct zd_str id = {NULL, 0};
    size_t at = 0;

    for (; *pattern; pattern++) {
        if (strncmp(pattern, "{id}", 4) == 0) {
            size_t end = at;

            while (end < path.n && path.p[end] != '/')
                end++;
            if (end == at)
                return false;
            id = zd_str_cut(path, at, end);
            at = end;
            pattern += 3;
        } else if (at == path.n || path.p[at++] != *pattern) {
            return false;
        }
    }
    if (at != path.n)
        return false;
    if (id.p)
        *ret_id = id;
    return true;
}

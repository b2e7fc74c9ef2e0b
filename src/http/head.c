/* head.c: the push parser of request heads (see head.h), after RFC 9112 sections 2 to 6.
 *
 * One state a byte position of the grammar
 *
 *     head   = [ CRLF ] method SP target SP "HTTP/" digit "." digit CRLF *( field CRLF ) CRLF
 *     field  = name ":" OWS value OWS
 *
 * and one table of byte classes. Names and values are kept as offsets into the head's own bytes,
 * so nothing is copied twice. Fields that decide the framing are judged when their line ends, the
 * combination when the head ends.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "http/head.h"

enum {
    AT_START,
    AT_LEAD_LF,
    IN_METHOD,
    AT_TARGET,
    IN_TARGET,
    IN_VERSION,
    AT_LINE_LF,
    AT_FIELD,
    IN_NAME,
    AT_VALUE,
    IN_VALUE,
    AT_VALUE_LF,
    AT_END_LF,
    AT_DONE,
    AT_REFUSED,
};

enum { C_TOKEN = 1, C_TARGET = 2, C_VALUE = 4, C_HOST = 8 };

/* What an ASCII byte may be part of, sixteen a row. Targets: visible bytes but #"<>\; values:
 * visible bytes, SP and HTAB; hosts: letters, digits and -._~:[]%. Names as RFC 9110 5.6.2. */
// clang-format off
static const uint8_t ascii_class[128] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    4, 7, 4, 5, 7, 15, 7, 7, 6, 6, 7, 7, 6, 15, 15, 6,
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 14, 6, 4, 6, 4, 6,
    6, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 14, 4, 14, 7, 15,
    7, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 6, 7, 6, 15, 0,
};
// clang-format on

static uint8_t class_of(uint8_t c)
{
    return c < 128 ? ascii_class[c] : C_VALUE; /* obs-text */
}

static enum zd_http_parse refuse(struct zd_http_head *h, int status, const char *why)
{
    h->refusal = (struct zd_http_refusal){status, h->n_bytes, why};
    h->state = AT_REFUSED;
    return ZD_HTTP_REFUSED;
}

static const char *const methods[] = {
    [ZD_HTTP_GET] = "GET",         [ZD_HTTP_HEAD] = "HEAD",   [ZD_HTTP_POST] = "POST",
    [ZD_HTTP_PUT] = "PUT",         [ZD_HTTP_PATCH] = "PATCH", [ZD_HTTP_DELETE] = "DELETE",
    [ZD_HTTP_OPTIONS] = "OPTIONS",
};

const char *zd_http_method_name(enum zd_http_method method)
{
    return methods[method];
}

struct zd_str zd_http_head_str(const struct zd_http_head *head, struct zd_http_span span)
{
    return (struct zd_str){head->bytes ? head->bytes + span.at : "", span.n};
}

static bool same_name(struct zd_str s, const char *lower)
{
    return s.n == strlen(lower) && strncasecmp(s.p, lower, s.n) == 0;
}

struct zd_str zd_http_head_find(const struct zd_http_head *head, const char *name)
{
    for (uint16_t i = 0; i < head->n_fields; i++)
        if (same_name(zd_http_head_str(head, head->fields[i].name), name))
            return zd_http_head_str(head, head->fields[i].value);
    return (struct zd_str){NULL, 0};
}

static enum zd_http_parse end_method(struct zd_http_head *h)
{
    for (size_t i = 0; i < ZD_COUNT(methods); i++)
        if (h->n_bytes - h->mark == (int)strlen(methods[i]) &&
            memcmp(h->bytes + h->mark, methods[i], strlen(methods[i])) == 0) {
            h->method = (enum zd_http_method)i;
            return ZD_HTTP_MORE;
        }
    return refuse(h, 501, "the method is not known here");
}

/* The length of "http://authority" before an absolute target's path, 0 for any other form. */
static size_t absolute_prefix(struct zd_str t, struct zd_str *ret_authority)
{
    size_t scheme = 0, i;

    if (t.n > 7 && strncasecmp(t.p, "http://", 7) == 0)
        scheme = 7;
    else if (t.n > 8 && strncasecmp(t.p, "https://", 8) == 0)
        scheme = 8;
    if (scheme == 0)
        return 0;
    for (i = scheme; i < t.n && t.p[i] != '/' && t.p[i] != '?'; i++)
        ;
    *ret_authority = (struct zd_str){t.p + scheme, i - scheme};
    return i;
}

static enum zd_http_parse end_target(struct zd_http_head *h)
{
    struct zd_http_span *t = &h->target;
    struct zd_str s, authority;
    size_t skip, mark;

    t->at = h->mark;
    t->n = (uint16_t)(h->n_bytes - h->mark);
    s = zd_http_head_str(h, *t);
    if (s.n == 1 && s.p[0] == '*') {
        h->path = *t;
        return h->method == ZD_HTTP_OPTIONS ? ZD_HTTP_MORE
                                            : refuse(h, 400, "only OPTIONS may ask for *");
    }
    skip = absolute_prefix(s, &authority);
    if (skip == s.n || s.p[skip] != '/')
        return refuse(h, 400, "the target is not a path");
    for (mark = skip; mark < s.n && s.p[mark] != '?'; mark++)
        if (strchr("^`{|}", s.p[mark]))
            return refuse(h, 400, "a byte in the path must be percent-encoded");
    h->path = (struct zd_http_span){(uint16_t)(t->at + skip), (uint16_t)(mark - skip)};
    if (mark < s.n)
        h->query = (struct zd_http_span){(uint16_t)(t->at + mark + 1), (uint16_t)(s.n - mark - 1)};
    return ZD_HTTP_MORE;
}

static enum zd_http_parse end_version(struct zd_http_head *h)
{
    struct zd_http_span span = {h->mark, (uint16_t)(h->n_bytes - h->mark)};
    struct zd_str s = zd_http_head_str(h, span);

    if (s.n != 8 || memcmp(s.p, "HTTP/", 5) != 0 || s.p[5] < '0' || s.p[5] > '9' || s.p[6] != '.' ||
        s.p[7] < '0' || s.p[7] > '9')
        return refuse(h, 400, "the version is malformed");
    if (s.p[5] != '1')
        return refuse(h, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    h->minor = s.p[7] == '0' ? 0 : 1;
    return ZD_HTTP_MORE;
}

static enum zd_http_parse judge_length(struct zd_http_head *h, struct zd_str v)
{
    uint64_t n = 0;

    if (h->saw_length)
        return refuse(h, 400, "Content-Length is repeated");
    h->saw_length = true;
    if (v.n == 0 || v.n > 15)
        return refuse(h, 400, "Content-Length is not a number");
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] < '0' || v.p[i] > '9')
            return refuse(h, 400, "Content-Length is not a number");
        n = n * 10 + (uint64_t)(v.p[i] - '0');
    }
    h->length = n;
    h->has_length = true;
    return ZD_HTTP_MORE;
}

static enum zd_http_parse judge_coding(struct zd_http_head *h, struct zd_str v)
{
    if (h->saw_coding)
        return refuse(h, 400, "Transfer-Encoding is repeated");
    h->saw_coding = true;
    if (!same_name(v, "chunked"))
        return refuse(h, 400, "the only transfer coding is chunked");
    h->chunked = true;
    return ZD_HTTP_MORE;
}

/* "name", "1.2.3.4" or "[::1]", each with ":port" or without. */
static enum zd_http_parse judge_host(struct zd_http_head *h, struct zd_str v)
{
    size_t at = 0;

    if (h->host)
        return refuse(h, 400, "Host is repeated");
    h->host = h->n_fields;
    if (v.n > 255)
        return refuse(h, 400, "Host is too long");
    if (v.n > 0 && v.p[0] == '[') {
        while (at < v.n && v.p[at] != ']' && (class_of((uint8_t)v.p[at]) & C_HOST))
            at++;
        if (at == v.n || v.p[at++] != ']')
            return refuse(h, 400, "Host is not a host name");
    } else {
        while (at < v.n && (class_of((uint8_t)v.p[at]) & C_HOST) && !strchr(":[]", v.p[at]))
            at++;
        if (at == 0)
            return refuse(h, 400, "Host is not a host name");
    }
    if (at < v.n && v.p[at++] != ':')
        return refuse(h, 400, "Host is not a host name");
    for (; at < v.n; at++)
        if (v.p[at] < '0' || v.p[at] > '9')
            return refuse(h, 400, "Host has no right port");
    return ZD_HTTP_MORE;
}

/* Connection is a list; only two of its words concern this hop. */
static void judge_connection(struct zd_http_head *h, struct zd_str v)
{
    for (size_t at = 0; at < v.n;) {
        size_t end = at;
        struct zd_str word;

        while (end < v.n && v.p[end] != ',')
            end++;
        word = zd_str_trim(zd_str_cut(v, at, end));
        h->saw_close = h->saw_close || same_name(word, "close");
        h->saw_keep = h->saw_keep || same_name(word, "keep-alive");
        at = end + 1;
    }
}

static enum zd_http_parse end_field(struct zd_http_head *h)
{
    struct zd_http_field *f = &h->fields[h->n_fields];
    struct zd_str name, value;

    f->value = (struct zd_http_span){h->mark, (uint16_t)(h->n_bytes - h->mark)};
    while (f->value.n > 0 && strchr(" \t", h->bytes[f->value.at + f->value.n - 1]))
        f->value.n--;
    name = zd_http_head_str(h, f->name);
    value = zd_http_head_str(h, f->value);
    h->n_fields++;
    switch (name.n) {
    case 4:
        return same_name(name, "host") ? judge_host(h, value) : ZD_HTTP_MORE;
    case 6:
        if (!same_name(name, "expect"))
            return ZD_HTTP_MORE;
        h->expects_continue = same_name(value, "100-continue");
        return h->expects_continue ? ZD_HTTP_MORE : refuse(h, 417, "the expectation is not known");
    case 10:
        if (same_name(name, "connection"))
            judge_connection(h, value);
        return ZD_HTTP_MORE;
    case 14:
        return same_name(name, "content-length") ? judge_length(h, value) : ZD_HTTP_MORE;
    case 17:
        return same_name(name, "transfer-encoding") ? judge_coding(h, value) : ZD_HTTP_MORE;
    default:
        return ZD_HTTP_MORE;
    }
}

static bool same_text(struct zd_str a, struct zd_str b)
{
    return a.p && b.p && a.n == b.n && strncasecmp(a.p, b.p, b.n) == 0;
}

static enum zd_http_parse end_head(struct zd_http_head *h)
{
    struct zd_str authority = {NULL, 0};
    struct zd_str host = {NULL, 0};

    if (h->host)
        host = zd_http_head_str(h, h->fields[h->host - 1].value);
    if (h->minor == 1 && !h->host)
        return refuse(h, 400, "Host is missing");
    if (h->chunked && h->has_length)
        return refuse(h, 400, "Content-Length and Transfer-Encoding contradict each other");
    if (h->chunked && h->minor == 0)
        return refuse(h, 400, "HTTP/1.0 has no transfer coding");
    if (absolute_prefix(zd_http_head_str(h, h->target), &authority) > 0 &&
        !same_text(authority, host))
        return refuse(h, 400, "the target and Host name different hosts");
    h->keep_alive = h->minor == 1 && !h->saw_close;
    h->state = AT_DONE;
    return ZD_HTTP_DONE;
}

/* Begins the next field at this byte, or ends the head. */
static enum zd_http_parse begin_field(struct zd_http_head *h, uint8_t c)
{
    if (c == '\r') {
        h->state = AT_END_LF;
        return ZD_HTTP_MORE;
    }
    if (c == ' ' || c == '\t')
        return refuse(h, 400, "a line begins with white space");
    if (!(class_of(c) & C_TOKEN))
        return refuse(h, 400, "a field name holds a byte that is not allowed");
    if (h->n_fields == ZD_HTTP_MAX_FIELDS)
        return refuse(h, 431, "too many fields");
    h->mark = h->n_bytes;
    h->state = IN_NAME;
    return ZD_HTTP_MORE;
}

static enum zd_http_parse step_start(struct zd_http_head *h, uint8_t c)
{
    if (c == '\r' && h->n_lead == 0) {
        h->state = AT_LEAD_LF;
        return ZD_HTTP_MORE;
    }
    if (!(class_of(c) & C_TOKEN))
        return refuse(h, 400, "the request does not begin with a method");
    h->mark = h->n_bytes;
    h->state = IN_METHOD;
    return ZD_HTTP_MORE;
}

static enum zd_http_parse step_method(struct zd_http_head *h, uint8_t c)
{
    enum zd_http_parse v;

    if (class_of(c) & C_TOKEN)
        return h->n_bytes - h->mark < ZD_HTTP_HEAD_MAX_METHOD
                   ? ZD_HTTP_MORE
                   : refuse(h, 501, "the method is not known here");
    v = c == ' ' ? end_method(h) : refuse(h, 400, "the method is malformed");
    if (v == ZD_HTTP_MORE)
        h->state = AT_TARGET;
    return v;
}

static enum zd_http_parse step_target(struct zd_http_head *h, uint8_t c)
{
    enum zd_http_parse v;

    if (class_of(c) & C_TARGET)
        return h->n_bytes - h->mark < ZD_HTTP_URI_MAX_BYTES
                   ? ZD_HTTP_MORE
                   : refuse(h, 414, "the target is too long");
    v = c == ' ' ? end_target(h) : refuse(h, 400, "the target is malformed");
    if (v == ZD_HTTP_MORE) {
        h->mark = (uint16_t)(h->n_bytes + 1);
        h->state = IN_VERSION;
    }
    return v;
}

static enum zd_http_parse step_version(struct zd_http_head *h, uint8_t c)
{
    if (c != '\r')
        return h->n_bytes - h->mark < 8 && c > ' ' && c < 0x7f
                   ? ZD_HTTP_MORE
                   : refuse(h, 400, "the version is malformed");
    h->state = AT_LINE_LF;
    return end_version(h);
}

/* The states of the request line. */
static enum zd_http_parse step_line(struct zd_http_head *h, uint8_t c)
{
    switch (h->state) {
    case AT_START:
        return step_start(h, c);
    case AT_LEAD_LF:
        h->n_lead = 2;
        h->state = AT_START;
        return c == '\n' ? ZD_HTTP_MORE : refuse(h, 400, "a CR stands alone");
    case IN_METHOD:
        return step_method(h, c);
    case AT_TARGET:
        h->mark = h->n_bytes;
        h->state = IN_TARGET;
        return class_of(c) & C_TARGET ? ZD_HTTP_MORE : refuse(h, 400, "the target is malformed");
    case IN_TARGET:
        return step_target(h, c);
    case IN_VERSION:
        return step_version(h, c);
    default: /* AT_LINE_LF */
        h->state = AT_FIELD;
        return c == '\n' ? ZD_HTTP_MORE : refuse(h, 400, "a CR stands alone");
    }
}

/* The states of the fields. */
static enum zd_http_parse step_field(struct zd_http_head *h, uint8_t c)
{
    switch (h->state) {
    case AT_FIELD:
        return begin_field(h, c);
    case IN_NAME:
        if (class_of(c) & C_TOKEN)
            return ZD_HTTP_MORE;
        if (c != ':')
            return refuse(h, 400, "a field name holds a byte that is not allowed");
        h->fields[h->n_fields].name =
            (struct zd_http_span){h->mark, (uint16_t)(h->n_bytes - h->mark)};
        h->mark = (uint16_t)(h->n_bytes + 1);
        h->state = AT_VALUE;
        return ZD_HTTP_MORE;
    case AT_VALUE:
        if (c == ' ' || c == '\t') {
            h->mark = (uint16_t)(h->n_bytes + 1);
            return ZD_HTTP_MORE;
        }
        h->state = IN_VALUE;
        /* fall through */
    case IN_VALUE:
        if (class_of(c) & C_VALUE)
            return ZD_HTTP_MORE;
        if (c != '\r')
            return refuse(h, 400, "a field value holds a byte that is not allowed");
        h->state = AT_VALUE_LF;
        return end_field(h);
    case AT_VALUE_LF:
        h->state = AT_FIELD;
        return c == '\n' ? ZD_HTTP_MORE : refuse(h, 400, "a CR stands alone");
    default: /* AT_END_LF */
        return c == '\n' ? end_head(h) : refuse(h, 400, "a CR stands alone");
    }
}

static bool room_for(struct zd_http_head *h, size_t n)
{
    size_t need = h->n_bytes + n, cap = h->n_cap ? h->n_cap : 512;
    char *p;

    if (need > ZD_HTTP_HEAD_MAX_BYTES)
        need = ZD_HTTP_HEAD_MAX_BYTES;
    while (cap < need)
        cap *= 2;
    if (cap == h->n_cap)
        return true;
    p = zd_realloc(h->bytes, cap);
    if (!p)
        return false;
    h->bytes = p;
    h->n_cap = (uint16_t)cap;
    return true;
}

enum zd_http_parse zd_http_head_feed(struct zd_http_head *head, const void *bytes, size_t n,
                                     size_t *ret_used)
{
    const uint8_t *p = bytes;
    enum zd_http_parse v = ZD_HTTP_MORE;
    size_t i;

    *ret_used = 0;
    if (head->state == AT_REFUSED)
        return ZD_HTTP_REFUSED;
    if (!room_for(head, n))
        return refuse(head, 503, "memory ended");
    for (i = 0; i < n && v == ZD_HTTP_MORE; i++) {
        if (head->n_bytes == ZD_HTTP_HEAD_MAX_BYTES) {
            v = refuse(head, 431, "the head is too large");
            break;
        }
        head->bytes[head->n_bytes] = (char)p[i];
        v = head->state < AT_FIELD ? step_line(head, p[i]) : step_field(head, p[i]);
        head->n_bytes++;
    }
    *ret_used = i;
    return v;
}

void zd_http_head_reset(struct zd_http_head *head)
{
    char *bytes = head->bytes;
    uint16_t cap = head->n_cap;

    memset(head, 0, sizeof *head);
    head->bytes = bytes;
    head->n_cap = cap;
}

void zd_http_head_done(struct zd_http_head *head)
{
    zd_free(head->bytes);
    memset(head, 0, sizeof *head);
}

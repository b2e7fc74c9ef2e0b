/* body.c: plain and chunked bodies (see body.h), RFC 9112 sections 6.2 and 7.1.
 *
 *     chunked = *( size [ extension ] CRLF content CRLF ) "0" [ extension ] CRLF *( field CRLF ) CRLF
 */
#include <string.h>

#include "http/body.h"

enum {
    IN_PLAIN,
    IN_SIZE,
    IN_EXTENSION,
    AT_SIZE_LF,
    IN_CONTENT,
    AT_CONTENT_CR,
    AT_CONTENT_LF,
    AT_TRAILER,
    IN_TRAILER_NAME,
    IN_TRAILER_VALUE,
    AT_TRAILER_LF,
    AT_END_LF,
    AT_DONE,
    AT_REFUSED,
};

static enum zd_http_parse refuse(struct zd_http_body *b, int status, const char *why)
{
    b->refusal = (struct zd_http_refusal){status, 0, why};
    b->state = AT_REFUSED;
    return ZD_HTTP_REFUSED;
}

void zd_http_body_begin(struct zd_http_body *body, const struct zd_http_head *head,
                        uint64_t max_bytes)
{
    *body = (struct zd_http_body){.max = max_bytes, .chunked = head->chunked};
    if (head->chunked) {
        body->state = IN_SIZE;
    } else {
        body->left = head->length;
        body->state = head->length > 0 ? IN_PLAIN : AT_DONE;
        if (head->length > max_bytes)
            (void)refuse(body, 413, "the body is too large");
    }
}

bool zd_http_body_empty(const struct zd_http_body *body)
{
    return body->state == AT_DONE;
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_token(uint8_t c)
{
    return c > ' ' && c < 0x7f && !strchr("\"(),/:;<=>?@[\\]{}", c);
}

static enum zd_http_parse step_size(struct zd_http_body *b, uint8_t c)
{
    int digit = hex_value(c);

    if (digit >= 0) {
        if (++b->n_digits > 8)
            return refuse(b, 400, "a chunk size has too many digits");
        b->left = b->left * 16 + (uint64_t)digit;
        return ZD_HTTP_MORE;
    }
    if (b->n_digits == 0 || (c != '\r' && c != ';'))
        return refuse(b, 400, "a chunk size is not a hexadecimal number");
    if (b->left > b->max - b->n_content)
        return refuse(b, 413, "the body is too large");
    b->state = c == '\r' ? AT_SIZE_LF : IN_EXTENSION;
    return ZD_HTTP_MORE;
}

/* An extension may be anything printable; a quoted string may hold a ';' but never a line end. */
static enum zd_http_parse step_extension(struct zd_http_body *b, uint8_t c)
{
    if (++b->n_extension > ZD_HTTP_BODY_MAX_EXTENSIONS)
        return refuse(b, 400, "the chunk extensions are too long");
    if (c == '"')
        b->quoted = !b->quoted;
    if (c == '\r' && !b->quoted) {
        b->state = AT_SIZE_LF;
        return ZD_HTTP_MORE;
    }
    if (!b->quoted && c != '"' && c != ';' && c != '=' && !is_token(c))
        return refuse(b, 400, "a chunk extension is malformed");
    if (c < ' ' || c == 0x7f)
        return refuse(b, 400, "a chunk extension holds a byte that is not allowed");
    return ZD_HTTP_MORE;
}

static enum zd_http_parse step_trailer(struct zd_http_body *b, uint8_t c)
{
    if (++b->n_trailer > ZD_HTTP_BODY_MAX_TRAILER)
        return refuse(b, 400, "the trailer is too long");
    switch (b->state) {
    case AT_TRAILER:
        b->state = c == '\r' ? AT_END_LF : IN_TRAILER_NAME;
        return c == '\r' || is_token(c) ? ZD_HTTP_MORE : refuse(b, 400, "a trailer is malformed");
    case IN_TRAILER_NAME:
        if (c == ':')
            b->state = IN_TRAILER_VALUE;
        return c == ':' || is_token(c) ? ZD_HTTP_MORE : refuse(b, 400, "a trailer is malformed");
    case IN_TRAILER_VALUE:
        if (c == '\r')
            b->state = AT_TRAILER_LF;
        else if ((c < ' ' && c != '\t') || c == 0x7f)
            return refuse(b, 400, "a trailer holds a byte that is not allowed");
        return ZD_HTTP_MORE;
    case AT_TRAILER_LF:
        b->state = AT_TRAILER;
        return c == '\n' ? ZD_HTTP_MORE : refuse(b, 400, "a CR stands alone");
    default: /* AT_END_LF */
        if (c != '\n')
            return refuse(b, 400, "a CR stands alone");
        b->state = AT_DONE;
        return ZD_HTTP_DONE;
    }
}

/* One byte that is not content. */
static enum zd_http_parse step(struct zd_http_body *b, uint8_t c)
{
    switch (b->state) {
    case IN_SIZE:
        return step_size(b, c);
    case IN_EXTENSION:
        return step_extension(b, c);
    case AT_SIZE_LF:
        b->state = b->left > 0 ? IN_CONTENT : AT_TRAILER;
        return c == '\n' ? ZD_HTTP_MORE : refuse(b, 400, "a CR stands alone");
    case AT_CONTENT_CR:
        b->state = AT_CONTENT_LF;
        return c == '\r' ? ZD_HTTP_MORE : refuse(b, 400, "a chunk is longer than its size");
    case AT_CONTENT_LF:
        b->state = IN_SIZE;
        b->n_digits = 0;
        return c == '\n' ? ZD_HTTP_MORE : refuse(b, 400, "a CR stands alone");
    default:
        return step_trailer(b, c);
    }
}

enum zd_http_parse zd_http_body_feed(struct zd_http_body *body, const void *bytes, size_t n,
                                     size_t *ret_used, struct zd_bytes *ret_content)
{
    const uint8_t *p = bytes;
    enum zd_http_parse v = ZD_HTTP_MORE;
    size_t i = 0;

    *ret_used = 0;
    *ret_content = (struct zd_bytes){NULL, 0};
    if (body->state == AT_REFUSED)
        return ZD_HTTP_REFUSED;
    if (body->state == AT_DONE)
        return ZD_HTTP_DONE;
    while (i < n && v == ZD_HTTP_MORE && body->state != IN_CONTENT && body->state != IN_PLAIN)
        v = step(body, p[i++]);
    if (v == ZD_HTTP_MORE && i < n) {
        size_t run = n - i < body->left ? n - i : (size_t)body->left;

        *ret_content = (struct zd_bytes){p + i, run};
        body->left -= run;
        body->n_content += run;
        i += run;
        if (body->left == 0 && body->state == IN_PLAIN) {
            body->state = AT_DONE;
            v = ZD_HTTP_DONE;
        } else if (body->left == 0) {
            body->state = AT_CONTENT_CR;
        }
    }
    *ret_used = i;
    return v;
}

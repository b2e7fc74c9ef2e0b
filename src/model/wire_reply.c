/* wire_reply: see wire_reply.h.
 *
 *     STATUS → FIELDS → LENGTH                                → DONE
 *                     → SIZE → CHUNK → CHUNK_END → SIZE …
 *                            → TRAILERS                       → DONE
 *                     → UNTIL_CLOSE
 *
 * Lines are taken where they lie; only one that a piece cuts is put together in `line`. */
#include "model/wire_reply.h"

#include <string.h>
#include <strings.h>

enum state {
    AT_STATUS,
    IN_FIELDS,
    IN_LENGTH,
    AT_SIZE,
    IN_CHUNK,
    AT_CHUNK_END,
    IN_TRAILERS,
    UNTIL_CLOSE,
    IS_DONE,
    IS_BROKEN,
};

void zd_wire_reply_begin(struct zd_wire_reply *reply)
{
    *reply = (struct zd_wire_reply){.line = {.max = ZD_WIRE_HEAD_MAX_BYTES}};
}

void zd_wire_reply_end(struct zd_wire_reply *reply)
{
    zd_buf_done(&reply->line);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool has_name(struct zd_str line, const char *name, struct zd_str *ret_value)
{
    const size_t n = strlen(name);

    if (line.n <= n || line.p[n] != ':' || strncasecmp(line.p, name, n) != 0)
        return false;
    *ret_value = zd_str_trim(zd_str_cut(line, n + 1, line.n));
    return true;
}

static bool is_word(struct zd_str value, const char *word)
{
    return value.n == strlen(word) && strncasecmp(value.p, word, value.n) == 0;
}

/* "HTTP/1.1 200 OK" */
static bool take_status(struct zd_wire_reply *reply, struct zd_str line)
{
    if (line.n < 12 || !zd_str_starts(line, ZD_STR("HTTP/1.")) || !is_digit(line.p[7]) ||
        line.p[8] != ' ' || !is_digit(line.p[9]) || !is_digit(line.p[10]) ||
        !is_digit(line.p[11]) || (line.n > 12 && line.p[12] != ' '))
        return false;
    reply->status = (line.p[9] - '0') * 100 + (line.p[10] - '0') * 10 + (line.p[11] - '0');
    reply->keeps = line.p[7] != '0';
    reply->has_length = reply->is_chunked = false;
    reply->left = 0;
    reply->state = IN_FIELDS;
    return reply->status >= 100;
}

static bool take_length(struct zd_wire_reply *reply, struct zd_str value)
{
    uint64_t n = 0;

    if (value.n == 0 || value.n > 18)
        return false;
    for (size_t i = 0; i < value.n; i++) {
        if (!is_digit(value.p[i]))
            return false;
        n = n * 10 + (uint64_t)(value.p[i] - '0');
    }
    if (reply->has_length && reply->left != n)
        return false;
    reply->has_length = true;
    reply->left = n;
    return true;
}

static bool take_field(struct zd_wire_reply *reply, struct zd_str line)
{
    struct zd_str value;

    if (has_name(line, "content-length", &value))
        return take_length(reply, value);
    if (has_name(line, "transfer-encoding", &value)) {
        reply->is_chunked = is_word(value, "chunked");
        return reply->is_chunked;
    }
    if (has_name(line, "connection", &value) && !is_word(value, "keep-alive"))
        reply->keeps = false;
    return true;
}

/* The empty line: how long the content lasts. */
static bool head_over(struct zd_wire_reply *reply)
{
    if (reply->is_chunked && reply->has_length)
        return false;
    if (reply->status < 200) {
        reply->state = AT_STATUS;
        return reply->status != 101; /* nothing was asked to change */
    }
    if (reply->status == 204 || reply->status == 304)
        reply->state = IS_DONE;
    else if (reply->is_chunked)
        reply->state = AT_SIZE;
    else if (reply->has_length)
        reply->state = reply->left > 0 ? IN_LENGTH : IS_DONE;
    else
        reply->state = UNTIL_CLOSE;
    return true;
}

static int hex_of(char c)
{
    if (is_digit(c))
        return c - '0';
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A size, with an extension that nobody reads. */
static bool take_size(struct zd_wire_reply *reply, struct zd_str line)
{
    uint64_t n = 0;
    size_t i = 0;

    for (; i < line.n && i < 15 && hex_of(line.p[i]) >= 0; i++)
        n = n * 16 + (uint64_t)hex_of(line.p[i]);
    if (i == 0 || line.n > ZD_WIRE_CHUNK_LINE_MAX_BYTES ||
        (i < line.n && line.p[i] != ';' && line.p[i] != ' ' && line.p[i] != '\t'))
        return false;
    reply->left = n;
    reply->state = n > 0 ? IN_CHUNK : IN_TRAILERS;
    return true;
}

/* One whole line without its end. */
static bool take_line(struct zd_wire_reply *reply, struct zd_str line,
                      const struct zd_wire_sink *sink)
{
    switch (reply->state) {
    case AT_STATUS:
        return take_status(reply, line) && sink->on_line(sink->context, line);
    case IN_FIELDS:
        if (line.n == 0)
            return head_over(reply);
        return take_field(reply, line) && sink->on_line(sink->context, line);
    case AT_SIZE:
        return take_size(reply, line);
    case AT_CHUNK_END:
        reply->state = AT_SIZE;
        return line.n == 0;
    default: /* IN_TRAILERS: they say nothing that we read */
        if (line.n == 0)
            reply->state = IS_DONE;
        return true;
    }
}

static bool is_of_head(const struct zd_wire_reply *reply)
{
    return reply->state == AT_STATUS || reply->state == IN_FIELDS || reply->state == IN_TRAILERS;
}

/* Takes bytes up to the end of a line; gives how many. */
static size_t feed_line(struct zd_wire_reply *reply, const uint8_t *p, size_t n,
                        const struct zd_wire_sink *sink)
{
    const uint8_t *stop = memchr(p, '\n', n);
    const size_t used = stop ? (size_t)(stop - p) + 1 : n;
    const size_t most = is_of_head(reply) ? ZD_WIRE_HEAD_MAX_BYTES - (size_t)reply->n_head
                                          : ZD_WIRE_CHUNK_LINE_MAX_BYTES;
    struct zd_str line = {(const char *)p, used - (stop ? 1 : 0)};
    bool ok = reply->line.n + line.n <= most;

    if (ok && (!stop || reply->line.n > 0)) {
        zd_buf_str(&reply->line, line);
        line = zd_buf_view(&reply->line);
        ok = !reply->line.bad;
    }
    if (ok && stop) {
        if (is_of_head(reply))
            reply->n_head += line.n;
        if (line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
        ok = take_line(reply, line, sink);
        zd_buf_clear(&reply->line);
    }
    if (!ok)
        reply->state = IS_BROKEN;
    return used;
}

/* Takes content; gives how many bytes. */
static size_t feed_content(struct zd_wire_reply *reply, const uint8_t *p, size_t n,
                           const struct zd_wire_sink *sink)
{
    if (reply->state != UNTIL_CLOSE) {
        n = n < reply->left ? n : (size_t)reply->left;
        reply->left -= n;
    }
    if (!sink->on_content(sink->context, (struct zd_bytes){p, n}))
        reply->state = IS_BROKEN;
    else if (reply->left == 0 && reply->state == IN_LENGTH)
        reply->state = IS_DONE;
    else if (reply->left == 0 && reply->state == IN_CHUNK)
        reply->state = AT_CHUNK_END;
    return n;
}

enum zd_wire_verdict zd_wire_reply_feed(struct zd_wire_reply *reply, struct zd_bytes bytes,
                                        const struct zd_wire_sink *sink, size_t *ret_used)
{
    size_t at = 0;

    while (at < bytes.n && reply->state < IS_DONE) {
        const bool is_content =
            reply->state == IN_LENGTH || reply->state == IN_CHUNK || reply->state == UNTIL_CLOSE;

        at += is_content ? feed_content(reply, bytes.p + at, bytes.n - at, sink)
                         : feed_line(reply, bytes.p + at, bytes.n - at, sink);
    }
    *ret_used = at;
    return reply->state == IS_DONE     ? ZD_WIRE_DONE
           : reply->state == IS_BROKEN ? ZD_WIRE_BROKEN
                                       : ZD_WIRE_MORE;
}

enum zd_wire_verdict zd_wire_reply_closed(const struct zd_wire_reply *reply)
{
    return reply->state == UNTIL_CLOSE || reply->state == IS_DONE ? ZD_WIRE_DONE : ZD_WIRE_BROKEN;
}

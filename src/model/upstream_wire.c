/* upstream_wire: calls to a plain address, over connections of our own (upstream_private.h).
 *
 * A service in the office's own room is "http://10.0.0.5:8000/v1": no name to look up, no TLS. For
 * these libcurl's care costs more than the request itself, so they go a short way: a kept connection
 * to the same address, one sendmsg in the turn of the loop that decided it, and the reply read where
 * it lies (wire_reply.h). Everything else is libcurl's.
 *
 *     idle, newest first → asked → whole reply → idle again
 *                                → anything else → closed
 *
 * An idle connection is watched: whatever happens on it closes it. One that had gone all the same when
 * it was asked is followed by a fresh one, once, as long as no byte has come back.
 * Where the address may be is checked for every call (egress.h). */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/event_struct.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/caps.h"
#include "base/date.h"
#include "base/seal.h"
#include "model/upstream_private.h"

#define MAX_IDLE_LINES 256
#define IDLE_US 60000000 /* older ones are not asked again: most services close at about this */
#define SCRATCH_BYTES 16384
#define READS_IN_A_ROW 4 /* then the others get their turn */
#define ASKS_MAX_BYTES 16384

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

struct zd_upstream__line {
    struct zd_upstream *upstream;
    struct zd_upstream__line *prev, *next; /* idle */
    struct zd_upstream_call *call;         /* NULL: idle */
    struct event on_read, on_write;
    union address address;
    uint64_t idle_since_us;
    int fd;
    bool was_used;
};

struct zd_upstream__wire {
    struct zd_upstream__line *idle, *idle_last;
    size_t n_idle;
    uint8_t scratch[SCRATCH_BYTES];
};

/* --- the url ---------------------------------------------------------------------------------- */

static bool port_of(struct zd_str text, uint16_t *ret_port)
{
    uint32_t port = 0;

    if (text.n == 0 || text.n > 5)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        port = port * 10 + (uint32_t)(text.p[i] - '0');
    }
    *ret_port = (uint16_t)port;
    return port > 0 && port <= UINT16_MAX;
}

/* "10.0.0.5:8000", "[fd00::5]", with port 80 where none is told. */
static bool address_of(struct zd_str authority, union address *ret_address)
{
    union address address = {.any = {0}};
    char host[INET6_ADDRSTRLEN];
    const bool is_v6 = authority.n > 0 && authority.p[0] == '[';
    const size_t stop = zd_str_find(authority, is_v6 ? ZD_STR("]") : ZD_STR(":"), 0);
    struct zd_str name = zd_str_cut(authority, is_v6, stop < authority.n ? stop : authority.n);
    const size_t behind = is_v6 ? stop + 1 : stop;
    uint16_t port = 80;

    if ((is_v6 && stop == SIZE_MAX) || name.n >= sizeof host)
        return false;
    if (stop != SIZE_MAX && behind < authority.n &&
        (authority.p[behind] != ':' ||
         !port_of(zd_str_cut(authority, behind + 1, authority.n), &port)))
        return false;
    memcpy(host, name.p, name.n);
    host[name.n] = '\0';
    if (is_v6) {
        address.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
        if (inet_pton(AF_INET6, host, &address.v6.sin6_addr) != 1)
            return false;
    } else {
        address.v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
        if (inet_pton(AF_INET, host, &address.v4.sin_addr) != 1)
            return false;
    }
    *ret_address = address;
    return true;
}

/* Parts of "http://ADDRESS/PATH". */
static bool url_parts(const char *url, struct zd_str *ret_authority, struct zd_str *ret_path)
{
    const struct zd_str all = zd_str_c(url);
    const size_t from = strlen("http://");
    size_t slash;

    if (!zd_str_starts(all, ZD_STR("http://")))
        return false;
    for (size_t i = 0; i < all.n; i++)
        if ((uint8_t)all.p[i] <= ' ' || all.p[i] == 0x7f || all.p[i] == '#')
            return false;
    slash = zd_str_find(all, ZD_STR("/"), from);
    if (slash == SIZE_MAX)
        return false;
    *ret_authority = zd_str_cut(all, from, slash);
    *ret_path = zd_str_cut(all, slash, all.n);
    return true;
}

static bool is_field_text(const char *text)
{
    for (; *text; text++)
        if ((uint8_t)*text < ' ' || *text == 0x7f)
            return false;
    return true;
}

bool zd_upstream__wire_takes(const struct zd_upstream_request *request)
{
    struct zd_str authority, path;
    union address address;

    return url_parts(request->url, &authority, &path) && address_of(authority, &address) &&
           (!request->authorization || is_field_text(request->authorization));
}

/* --- connections ------------------------------------------------------------------------------ */

static bool same_address(const union address *a, const union address *b)
{
    if (a->any.sa_family != b->any.sa_family)
        return false;
    if (a->any.sa_family == AF_INET)
        return a->v4.sin_port == b->v4.sin_port && a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
    return a->v6.sin6_port == b->v6.sin6_port &&
           memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof a->v6.sin6_addr) == 0;
}

static void idle_unlink(struct zd_upstream__line *line)
{
    struct zd_upstream__wire *wire = line->upstream->wire;

    if (line->prev)
        line->prev->next = line->next;
    else
        wire->idle = line->next;
    if (line->next)
        line->next->prev = line->prev;
    else
        wire->idle_last = line->prev;
    line->prev = line->next = NULL;
    wire->n_idle--;
}

static void idle_link(struct zd_upstream__line *line)
{
    struct zd_upstream__wire *wire = line->upstream->wire;

    line->next = wire->idle;
    if (wire->idle)
        wire->idle->prev = line;
    else
        wire->idle_last = line;
    wire->idle = line;
    wire->n_idle++;
}

/* Of no list and no call. */
static void line_close(struct zd_upstream__line *line)
{
    (void)event_del(&line->on_read);
    (void)event_del(&line->on_write);
    (void)close(line->fd);
    zd_free(line);
}

/* The newest idle one to the address; those that are too old go. */
static struct zd_upstream__line *idle_take(struct zd_upstream *upstream,
                                           const union address *address)
{
    struct zd_upstream__wire *wire = upstream->wire;
    const uint64_t now = zd_clock_mono_us();
    struct zd_upstream__line *line;

    while ((line = wire->idle_last) && now - line->idle_since_us > IDLE_US) {
        idle_unlink(line);
        line_close(line);
    }
    for (line = wire->idle; line; line = line->next)
        if (same_address(&line->address, address)) {
            idle_unlink(line);
            return line;
        }
    return NULL;
}

static void on_read(evutil_socket_t fd, short what, void *argument);
static void on_write(evutil_socket_t fd, short what, void *argument);

/* A socket that begins to connect. NULL: *ret_result says why; memory where that is _DONE. */
static struct zd_upstream__line *line_dial(struct zd_upstream *upstream,
                                           const union address *address,
                                           enum zd_upstream_result *ret_result)
{
    const socklen_t n = address->any.sa_family == AF_INET ? sizeof address->v4 : sizeof address->v6;
    struct zd_upstream__line *line = zd_alloc(sizeof *line);
    const int one = 1;

    *ret_result = ZD_UPSTREAM_DONE;
    if (!line)
        return NULL;
    line->upstream = upstream;
    line->address = *address;
    line->fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (line->fd < 0) {
        zd_free(line);
        return NULL;
    }
    (void)setsockopt(line->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    (void)event_assign(&line->on_read, upstream->base, line->fd, EV_READ | EV_PERSIST, on_read,
                       line);
    (void)event_assign(&line->on_write, upstream->base, line->fd, EV_WRITE, on_write, line);
    if (connect(line->fd, &address->any, n) != 0 && errno != EINPROGRESS)
        *ret_result = ZD_UPSTREAM_UNREACHABLE;
    if (*ret_result == ZD_UPSTREAM_DONE && event_add(&line->on_write, NULL) == 0)
        return line;
    line_close(line);
    return NULL;
}

/* --- one call --------------------------------------------------------------------------------- */

/* A fresh connection for the call. False: no memory; the call may also have ended. */
static bool call_dial(struct zd_upstream_call *call, const union address *address)
{
    enum zd_upstream_result result;

    call->line = line_dial(call->upstream, address, &result);
    if (call->line) {
        call->line->call = call;
        call->is_connecting = true;
        return true;
    }
    if (result == ZD_UPSTREAM_DONE)
        return false;
    zd_upstream__call_end(call, result);
    return true;
}

/* The connection has ended under the call. */
static void call_lost(struct zd_upstream_call *call)
{
    struct zd_upstream__line *line = call->line;
    const union address address = line->address;
    enum zd_wire_verdict verdict = zd_wire_reply_closed(&call->reply);

    if (line->was_used && !call->is_again && call->n_head == 0 && call->reply.line.n == 0) {
        call->is_again = true;
        call->n_sent = 0;
        call->line = NULL;
        line_close(line);
        if (!call_dial(call, &address))
            zd_upstream__call_end(call, ZD_UPSTREAM_BROKEN);
        return;
    }
    if (verdict == ZD_WIRE_DONE)
        zd_upstream__tell_head(call);
    zd_upstream__call_end(
        call,
        zd_upstream__result(call, verdict == ZD_WIRE_DONE ? ZD_UPSTREAM_DONE : ZD_UPSTREAM_BROKEN));
}

static struct iovec part_of(struct zd_str s)
{
    struct iovec part = {.iov_len = s.n};

    memcpy(&part.iov_base, &s.p, sizeof s.p); /* an iovec takes what it only reads as not const */
    return part;
}

static bool is_sent(const struct zd_upstream_call *call)
{
    return call->n_sent == call->asks.n + call->request.body.n;
}

/* Sends what the socket takes. */
static void call_send(struct zd_upstream_call *call)
{
    const struct zd_str asks = zd_buf_view(&call->asks), body = call->request.body;

    while (!is_sent(call)) {
        struct iovec parts[2];
        struct msghdr message = {.msg_iov = parts};
        const size_t from = call->n_sent > asks.n ? call->n_sent - asks.n : 0;
        ssize_t n;

        if (call->n_sent < asks.n)
            parts[message.msg_iovlen++] = part_of(zd_str_cut(asks, call->n_sent, asks.n));
        if (from < body.n)
            parts[message.msg_iovlen++] = part_of(zd_str_cut(body, from, body.n));
        n = sendmsg(call->line->fd, &message, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            (void)event_add(&call->line->on_write, NULL);
            return;
        }
        if (n < 0) { /* a service that refuses may have said so before it closed: read that */
            if (call->line->was_used && !call->is_again)
                call_lost(call);
            return;
        }
        call->n_sent += (size_t)n;
    }
}

static bool on_line(void *context, struct zd_str text)
{
    return zd_upstream__take_line(context, text);
}

static bool on_content(void *context, struct zd_bytes piece)
{
    return zd_upstream__take_content(context, piece);
}

static void call_take(struct zd_upstream_call *call, struct zd_bytes bytes)
{
    const struct zd_wire_sink sink = {call, on_line, on_content};
    size_t used;
    enum zd_wire_verdict verdict = zd_wire_reply_feed(&call->reply, bytes, &sink, &used);

    if (call->ended || verdict == ZD_WIRE_MORE)
        return;
    if (verdict == ZD_WIRE_DONE) {
        zd_upstream__tell_head(call);
        call->is_whole = used == bytes.n && call->reply.keeps && is_sent(call);
    }
    zd_upstream__call_end(
        call,
        zd_upstream__result(call, verdict == ZD_WIRE_DONE ? ZD_UPSTREAM_DONE : ZD_UPSTREAM_BROKEN));
}

/* Reads for the call until the socket is empty, the owner has enough, or others want their turn. */
static void line_read(struct zd_upstream__line *line)
{
    struct zd_upstream_call *call = line->call;
    struct zd_upstream__wire *wire = line->upstream->wire;

    for (int i = 0; i < READS_IN_A_ROW && call->line == line && !call->ended; i++) {
        ssize_t n;

        if (call->wants_pause) {
            call->is_paused = true;
            (void)event_del(&line->on_read);
            return;
        }
        n = recv(line->fd, wire->scratch, sizeof wire->scratch, 0);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return;
        if (n <= 0) {
            call_lost(call);
            return;
        }
        call_take(call, (struct zd_bytes){wire->scratch, (size_t)n});
        if ((size_t)n < sizeof wire->scratch)
            return;
    }
}

static void on_read(evutil_socket_t fd, short what, void *argument)
{
    struct zd_upstream__line *line = argument;
    struct zd_upstream *upstream = line->upstream;

    (void)fd;
    (void)what;
    if (!line->call) { /* idle: it has closed, or says what nobody asked for */
        idle_unlink(line);
        line_close(line);
        return;
    }
    if (line->call->ended)
        return;
    upstream->depth++;
    line_read(line);
    upstream->depth--;
    zd_upstream__settle(upstream);
}

/* It is connected, or the socket takes more. */
static void line_write(struct zd_upstream__line *line)
{
    struct zd_upstream_call *call = line->call;
    socklen_t n = sizeof(int);
    int fault = 0;

    if (call->is_connecting) {
        if (getsockopt(line->fd, SOL_SOCKET, SO_ERROR, &fault, &n) != 0 || fault != 0 ||
            event_add(&line->on_read, NULL) != 0) {
            zd_upstream__call_end(call, ZD_UPSTREAM_UNREACHABLE);
            return;
        }
        call->is_connecting = false;
        call->heard_us = zd_clock_mono_us();
    }
    call_send(call);
}

static void on_write(evutil_socket_t fd, short what, void *argument)
{
    struct zd_upstream__line *line = argument;
    struct zd_upstream *upstream = line->upstream;

    (void)fd;
    (void)what;
    if (!line->call || line->call->ended)
        return;
    upstream->depth++;
    line_write(line);
    upstream->depth--;
    zd_upstream__settle(upstream);
}

/* The head of the request. */
static bool write_asks(struct zd_upstream_call *call, struct zd_str authority, struct zd_str path)
{
    const struct zd_upstream_request *request = &call->request;
    struct zd_buf *out = &call->asks;

    out->max = ASKS_MAX_BYTES;
    zd_buf_str(out, request->body.p ? ZD_STR("POST ") : ZD_STR("GET "));
    zd_buf_str(out, path);
    zd_buf_str(out, ZD_STR(" HTTP/1.1\r\nHost: "));
    zd_buf_str(out, authority);
    zd_buf_str(out, request->wants_events
                        ? ZD_STR("\r\nAccept: text/event-stream\r\nUser-Agent: zhidian\r\n")
                        : ZD_STR("\r\nAccept: application/json\r\nUser-Agent: zhidian\r\n"));
    if (request->authorization) {
        zd_buf_str(out, ZD_STR("Authorization: "));
        zd_buf_c(out, request->authorization);
        zd_buf_str(out, ZD_STR("\r\n"));
    }
    if (request->body.p)
        zd_buf_printf(out, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
                      request->body.n);
    zd_buf_str(out, ZD_STR("\r\n"));
    return !out->bad;
}

bool zd_upstream__wire_start(struct zd_upstream_call *call)
{
    struct zd_str authority, path;
    union address address;

    if (!url_parts(call->request.url, &authority, &path) || !address_of(authority, &address) ||
        !write_asks(call, authority, path))
        return false;
    if (!zd_egress_allows(&address.any, call->request.place)) {
        call->forbidden = true;
        zd_upstream__call_end(call, ZD_UPSTREAM_FORBIDDEN);
        return true;
    }
    zd_wire_reply_begin(&call->reply);
    call->line = idle_take(call->upstream, &address);
    if (!call->line)
        return call_dial(call, &address);
    call->line->call = call;
    call_send(call);
    return true;
}

void zd_upstream__wire_resume(struct zd_upstream_call *call)
{
    if (event_add(&call->line->on_read, NULL) != 0)
        zd_upstream__call_end(call, ZD_UPSTREAM_BROKEN);
}

void zd_upstream__wire_leave(struct zd_upstream_call *call)
{
    struct zd_upstream__line *line = call->line;

    if (call->asks.p)
        zd_wipe(call->asks.p, call->asks.cap);
    zd_buf_done(&call->asks);
    zd_wire_reply_end(&call->reply);
    if (!line)
        return;
    line->call = NULL;
    if (!call->is_whole || line->upstream->wire->n_idle >= MAX_IDLE_LINES) {
        line_close(line);
        return;
    }
    line->was_used = true;
    line->idle_since_us = zd_clock_mono_us();
    idle_link(line);
}

enum zd_status zd_upstream__wire_open(struct zd_upstream *upstream, struct zd_error *err)
{
    upstream->wire = zd_alloc(sizeof *upstream->wire);
    return upstream->wire ? ZD_OK
                          : ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for requests to backends");
}

void zd_upstream__wire_close(struct zd_upstream *upstream)
{
    struct zd_upstream__line *line;

    while (upstream->wire && (line = upstream->wire->idle)) {
        idle_unlink(line);
        line_close(line);
    }
    zd_free(upstream->wire);
}

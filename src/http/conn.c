/* conn.c: one connection's life (see server.h).
 *
 *     IDLE → IN_HEAD → IN_BODY → BUSY → SENDING → IDLE …
 *                 ↘ refused ↘         ↘ not kept → LINGER → closed
 *
 * Strictly one request at a time: bytes that come while a request is with a lane or its reply is on
 * the way wait in `pending`, which is bounded; when it is full the socket is not read. A reply is
 * written straight to the socket and only what does not fit waits for the loop. Each state is a
 * list in order of entry, so a clock tick looks at the heads of lists only; bodies and replies,
 * which have a minimum rate, are looked at one by one.
 *
 * A request whose reply comes later (LATER) is the app's between its callbacks. What it writes
 * goes to the socket at once; what does not fit waits in `out`. A write that fails only marks the
 * connection, so that the app is never called back from inside its own call.
 *
 * A connection that dies inside a callback goes to the list of the dead and is freed when the
 * callback ends, so no function needs to tell its caller that the ground is gone.
 * Threads: the loop's only.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/date.h"
#include "http/server_private.h"

#define LINGER_MAX_BYTES (16 * ZD_MiB)
#define READS_IN_A_ROW 4 /* then the others get their turn */

static void list_remove(struct zd_http_list *list, struct zd_http_conn *conn)
{
    if (conn->prev)
        conn->prev->next = conn->next;
    else
        list->first = conn->next;
    if (conn->next)
        conn->next->prev = conn->prev;
    else
        list->last = conn->prev;
    conn->prev = conn->next = NULL;
}

static void list_append(struct zd_http_list *list, struct zd_http_conn *conn)
{
    conn->prev = list->last;
    if (list->last)
        list->last->next = conn;
    else
        list->first = conn;
    list->last = conn;
}

static void conn_enter(struct zd_http_conn *conn, enum zd_http_state state)
{
    list_remove(&conn->server->lists[conn->state], conn);
    conn->state = state;
    conn->since_us = zd_clock_mono_us();
    list_append(&conn->server->lists[state], conn);
}

void zd_http__conn_kill(struct zd_http_conn *conn)
{
    struct zd_http_server *server = conn->server;

    if (conn->state == ZD_HTTP_DEAD)
        return;
    (void)event_del(&conn->on_read);
    (void)event_del(&conn->on_write);
    (void)close(conn->fd);
    conn->fd = -1;
    if (conn->request && conn->state == ZD_HTTP_BUSY)
        conn->request->conn = NULL; /* a lane has it: freed when it comes back */
    else
        zd_http__request_free(server, conn->request);
    conn->request = NULL;
    zd_http__guest_leave(server, conn->guest);
    server->gauges.n_open--;
    conn_enter(conn, ZD_HTTP_DEAD);
}

/* Frees what died since the callback began. */
static void bury(struct zd_http_server *server)
{
    struct zd_http_conn *conn;

    if (server->depth > 0)
        return;
    while ((conn = server->lists[ZD_HTTP_DEAD].first)) {
        list_remove(&server->lists[ZD_HTTP_DEAD], conn);
        zd_buf_done(&conn->pending);
        zd_buf_done(&conn->out);
        zd_free(conn);
    }
    if (atomic_load(&server->stopping) && server->gauges.n_open == 0)
        zd_http__turn_last(server);
}

/* Around everything that acts on connections. */
static void enter(struct zd_http_server *server)
{
    server->depth++;
}

static void leave(struct zd_http_server *server)
{
    server->depth--;
    bury(server);
    (void)zd_http__turn_spent(server);
}

/* Everything is said and the client may still be sending: reads on, so that closing does not take
 * the reply back. */
static void conn_linger(struct zd_http_conn *conn)
{
    zd_http__request_free(conn->server, conn->request);
    conn->request = NULL;
    zd_buf_done(&conn->pending);
    conn->pending.max = ZD_HTTP_PENDING_MAX_BYTES;
    if (shutdown(conn->fd, SHUT_WR) != 0 || conn->peer_done) {
        zd_http__conn_kill(conn);
        return;
    }
    if (!conn->reading) {
        conn->reading = true;
        (void)event_add(&conn->on_read, NULL);
    }
    conn_enter(conn, ZD_HTTP_LINGER);
}

static void conn_sent(struct zd_http_conn *conn)
{
    if (!conn->keep) {
        conn_linger(conn);
        return;
    }
    zd_http__request_free(conn->server, conn->request);
    conn->request = NULL;
    conn_enter(conn, ZD_HTTP_IDLE);
    if (!conn->reading && !conn->peer_done) {
        conn->reading = true;
        (void)event_add(&conn->on_read, NULL);
    }
}

/* What the reply's content is on the wire: nothing for HEAD. */
static struct zd_str content_of(const struct zd_http_request *request)
{
    if (request->head.method == ZD_HTTP_HEAD || request->reply.status == 204 ||
        request->reply.status == 304)
        return (struct zd_str){"", 0};
    return zd_http__reply_content(request);
}

/* Through memcpy, because an iovec takes what it only reads as not const. */
static struct iovec part_of(struct zd_str s)
{
    struct iovec part = {.iov_len = s.n};

    memcpy(&part.iov_base, &s.p, sizeof s.p);
    return part;
}

/* A reply that waits for its client keeps its memory; all of them together are bounded. */
static bool may_wait(struct zd_http_conn *conn)
{
    struct zd_http_server *server = conn->server;
    struct zd_http_request *request = conn->request;
    uint64_t n = request->reply.body.cap;

    if (request->n_reply_held > 0)
        return true;
    if (n > server->config.max_reply_total - server->n_reply_held)
        return false;
    request->n_reply_held = n;
    server->n_reply_held += n;
    return true;
}

/* Writes as much as the socket takes; the rest waits for the loop. */
static void conn_flush(struct zd_http_conn *conn)
{
    struct zd_str head = zd_buf_view(&conn->out), content = content_of(conn->request);
    uint64_t total = (uint64_t)head.n + content.n;

    while (conn->sent < total) {
        struct iovec parts[2];
        struct msghdr message = {.msg_iov = parts};
        size_t from = conn->sent > head.n ? (size_t)conn->sent - head.n : 0;
        ssize_t n;

        if (conn->sent < head.n)
            parts[message.msg_iovlen++] = part_of(zd_str_cut(head, (size_t)conn->sent, head.n));
        if (from < content.n)
            parts[message.msg_iovlen++] = part_of(zd_str_cut(content, from, content.n));
        n = sendmsg(conn->fd, &message, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) && may_wait(conn)) {
            if (conn->state != ZD_HTTP_SENDING)
                conn_enter(conn, ZD_HTTP_SENDING);
            (void)event_add(&conn->on_write, NULL);
            return;
        }
        if (n < 0) {
            conn->server->gauges.n_cut += errno == EAGAIN || errno == EWOULDBLOCK;
            zd_http__conn_kill(conn);
            return;
        }
        conn->sent += (uint64_t)n;
    }
    conn_sent(conn);
}

/* The reply is filled: sends it. */
static void conn_reply(struct zd_http_conn *conn)
{
    struct zd_http_server *server = conn->server;
    struct zd_http_request *request = conn->request;
    struct zd_http_reply *reply;
    int status;

    assert(request);
    reply = &request->reply;
    if (reply->body.bad || reply->fields.bad) {
        zd_buf_clear(&reply->body);
        zd_buf_clear(&reply->fields);
        reply->fixed = (struct zd_str){NULL, 0};
        server->app.refuse(server->app.context, request, 503, "memory ended");
    }
    status = reply->status ? reply->status : 200;
    conn->keep = conn->keep && !reply->close && !atomic_load(&server->stopping);
    conn->sent = 0;
    zd_buf_clear(&conn->out);
    conn->out.max = 8192;
    zd_http__reply_head(server, request, conn->keep, ZD_HTTP_LENGTH, &conn->out);
    server->gauges.n_requests++;
    if (conn->out.bad) {
        zd_http__conn_kill(conn);
        return;
    }
    if (server->app.log)
        server->app.log(server->app.context, request, status, content_of(request).n,
                        request->begun_us ? zd_clock_mono_us() - request->begun_us : 0);
    if (!request->reply.later)
        zd_arena_reset(request->arena); /* the reply lies in its buffers; the client may be slow */
    conn_flush(conn);
}

/* What the server itself refuses; the connection ends behind it. */
static void conn_refuse(struct zd_http_conn *conn, int status, const char *why)
{
    struct zd_http_server *server = conn->server;

    conn->keep = false;
    server->app.refuse(server->app.context, conn->request, status, why);
    conn_reply(conn);
}

/* The handler has returned: the reply is filled, or comes later. */
static void conn_handled(struct zd_http_conn *conn)
{
    struct zd_http_server *server = conn->server;
    struct zd_http_request *request = conn->request;

    if (!request->reply.later) {
        conn_reply(conn);
        return;
    }
    request->conn = conn;
    conn->quiet_since_us = zd_clock_mono_us();
    conn->waits_since_us = conn->n_waited = conn->n_streamed = 0;
    conn->streaming = conn->chunked = conn->ending = conn->was_full = false;
    conn->broken = conn->told_stop = false;
    conn_enter(conn, ZD_HTTP_LATER);
    request->reply.later->start(server->app.context, request);
}

static void conn_handle(struct zd_http_conn *conn)
{
    struct zd_http_server *server = conn->server;
    struct zd_http_request *request = conn->request;

    if (request->lane < 0) {
        server->app.handle(server->app.context, NULL, request);
        conn_handled(conn);
        return;
    }
    conn_enter(conn, ZD_HTTP_BUSY);
    request->conn = conn;
    if (!zd_http__lane_push(&server->lanes[request->lane], request)) {
        server->gauges.n_busy++;
        request->conn = NULL;
        conn_enter(conn, ZD_HTTP_SENDING);
        zd_buf_c(&request->reply.fields, "Retry-After: 1\r\n");
        server->app.refuse(server->app.context, request, 503, "too many requests are waiting");
        conn_reply(conn);
    }
}

/* The head is complete: asks the app, and begins the body where there is one. */
static void conn_begin(struct zd_http_conn *conn)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    struct zd_http_server *server = conn->server;
    struct zd_http_request *request = conn->request;
    struct zd_http_plan plan;

    request->begun_us = zd_clock_mono_us();
    conn->keep = request->head.keep_alive;
    memcpy(request->peer, conn->peer, sizeof request->peer);
    plan = server->app.begin(server->app.context, request);
    request->lane = plan.way == ZD_HTTP_LANE ? plan.lane : -1;
    if (plan.way == ZD_HTTP_REPLY) {
        if (request->head.chunked || request->head.length > 0)
            conn->keep = false;
        conn_reply(conn);
        return;
    }
    request->body.max = plan.max_body;
    zd_http_body_begin(&conn->body, &request->head, plan.max_body);
    if (conn->body.refusal.status) {
        server->gauges.n_refused++;
        conn_refuse(conn, conn->body.refusal.status, conn->body.refusal.why);
        return;
    }
    if (zd_http_body_empty(&conn->body)) {
        conn_handle(conn);
        return;
    }
    conn_enter(conn, ZD_HTTP_IN_BODY);
    if (request->head.expects_continue &&
        send(conn->fd, go_on, sizeof go_on - 1, MSG_NOSIGNAL) != (ssize_t)sizeof go_on - 1)
        zd_http__conn_kill(conn);
}

static size_t feed_head(struct zd_http_conn *conn, const uint8_t *p, size_t n)
{
    struct zd_http_server *server = conn->server;
    size_t used = 0;

    if (!conn->request) {
        conn->request = zd_http__request_new(server);
        if (!conn->request) {
            zd_http__conn_kill(conn);
            return n;
        }
    }
    if (conn->state == ZD_HTTP_IDLE)
        conn_enter(conn, ZD_HTTP_IN_HEAD);
    switch (zd_http_head_feed(&conn->request->head, p, n, &used)) {
    case ZD_HTTP_DONE:
        conn_begin(conn);
        break;
    case ZD_HTTP_REFUSED:
        server->gauges.n_refused++;
        conn_refuse(conn, conn->request->head.refusal.status, conn->request->head.refusal.why);
        break;
    case ZD_HTTP_MORE:
        break;
    }
    return used;
}

static size_t feed_body(struct zd_http_conn *conn, const uint8_t *p, size_t n)
{
    struct zd_http_server *server = conn->server;
    struct zd_http_request *request = conn->request;
    struct zd_bytes content;
    enum zd_http_parse verdict;
    size_t used = 0;

    verdict = zd_http_body_feed(&conn->body, p, n, &used, &content);
    zd_buf_add(&request->body, content.p, content.n);
    request->n_reserved += content.n;
    server->n_body_held += content.n;
    if (request->body.bad || server->n_body_held > server->config.max_body_total)
        conn_refuse(conn, 503, "too many bodies are being held");
    else if (verdict == ZD_HTTP_DONE)
        conn_handle(conn);
    else if (verdict == ZD_HTTP_REFUSED) {
        server->gauges.n_refused++;
        conn_refuse(conn, conn->body.refusal.status, conn->body.refusal.why);
    }
    return used;
}

/* Feeds bytes until they end or the request must be waited for; keeps what is left. */
static void conn_feed(struct zd_http_conn *conn, const uint8_t *p, size_t n)
{
    while (n > 0) {
        size_t used;

        if (conn->state == ZD_HTTP_IDLE || conn->state == ZD_HTTP_IN_HEAD)
            used = feed_head(conn, p, n);
        else if (conn->state == ZD_HTTP_IN_BODY)
            used = feed_body(conn, p, n);
        else
            break;
        p += used;
        n -= used;
    }
    if (n == 0 || conn->state == ZD_HTTP_LINGER || conn->state == ZD_HTTP_DEAD)
        return;
    zd_buf_add(&conn->pending, p, n);
    if (conn->pending.bad)
        zd_http__conn_kill(conn);
}

/* Goes on with what came while the connection was busy. */
static void conn_resume(struct zd_http_conn *conn)
{
    while (conn->state == ZD_HTTP_IDLE && conn->pending.n > 0) {
        struct zd_buf bytes = conn->pending;

        conn->pending = (struct zd_buf){.max = ZD_HTTP_PENDING_MAX_BYTES};
        conn_feed(conn, bytes.p, bytes.n);
        zd_buf_done(&bytes);
    }
    if (conn->state == ZD_HTTP_IDLE && (conn->peer_done || atomic_load(&conn->server->stopping)))
        zd_http__conn_kill(conn);
}

void zd_http__conn_done(struct zd_http_conn *conn)
{
    struct zd_http_server *server = conn->server;

    enter(server);
    conn_enter(conn, ZD_HTTP_SENDING);
    conn->request->conn = NULL;
    conn_handled(conn);
    conn_resume(conn);
    leave(server);
}

/* The app has acted from outside a callback of ours: goes on with what waited. */
static void conn_after(struct zd_http_conn *conn)
{
    struct zd_http_server *server = conn->server;

    if (server->depth > 0)
        return; /* whoever called does so */
    enter(server);
    conn_resume(conn);
    leave(server);
}

void zd_http_reply_now(struct zd_http_request *request)
{
    struct zd_http_conn *conn = request->conn;

    assert(conn && conn->state == ZD_HTTP_LATER && !conn->streaming);
    conn_enter(conn, ZD_HTTP_SENDING);
    request->conn = NULL;
    conn_reply(conn);
    conn_after(conn);
}

bool zd_http_to_lane(struct zd_http_request *request, int lane)
{
    struct zd_http_conn *conn = request->conn;
    struct zd_http_server *server = conn->server;

    assert(conn->state == ZD_HTTP_LATER && !conn->streaming);
    conn_enter(conn, ZD_HTTP_BUSY);
    request->lane = lane;
    if (zd_http__lane_push(&server->lanes[lane], request))
        return true;
    server->gauges.n_busy++;
    request->lane = -1;
    conn_enter(conn, ZD_HTTP_LATER);
    return false;
}

/* The last byte of a stream is sent. */
static void stream_over(struct zd_http_conn *conn)
{
    struct zd_http_server *server = conn->server;
    struct zd_http_request *request = conn->request;
    int status = request->reply.status ? request->reply.status : 200;

    if (server->app.log)
        server->app.log(server->app.context, request, status, conn->n_streamed,
                        zd_clock_mono_us() - request->begun_us);
    conn_enter(conn, ZD_HTTP_SENDING);
    request->conn = NULL;
    conn_sent(conn);
}

static size_t stream_waiting(const struct zd_http_conn *conn)
{
    return conn->out.n - (size_t)conn->sent;
}

/* Sends what the socket takes. A failure marks the connection. */
static void stream_send(struct zd_http_conn *conn)
{
    struct zd_http_server *server = conn->server;
    struct zd_http_request *request = conn->request;

    while (!conn->broken && stream_waiting(conn) > 0) {
        ssize_t n = send(conn->fd, conn->out.p + conn->sent, stream_waiting(conn), MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (n < 0) {
            conn->broken = true;
            break;
        }
        conn->sent += (uint64_t)n;
        conn->n_waited += (uint64_t)n;
    }
    if (stream_waiting(conn) == 0) {
        zd_buf_clear(&conn->out);
        conn->sent = 0;
        conn->waits_since_us = 0;
    } else if (conn->sent > ZD_STREAM_QUEUE_MAX_BYTES / 2) {
        memmove(conn->out.p, conn->out.p + conn->sent, stream_waiting(conn));
        conn->out.n -= (size_t)conn->sent;
        conn->sent = 0;
    }
    if (stream_waiting(conn) > 0 && conn->waits_since_us == 0) {
        conn->waits_since_us = zd_clock_mono_us();
        conn->n_waited = 0;
    }
    server->n_reply_held += stream_waiting(conn);
    server->n_reply_held -= request->n_reply_held;
    request->n_reply_held = stream_waiting(conn);
    if (server->n_reply_held > server->config.max_reply_total)
        conn->broken = true;
    if (conn->broken)
        event_active(&conn->on_write, EV_WRITE, 0); /* taken apart from the loop */
    else if (stream_waiting(conn) > 0)
        (void)event_add(&conn->on_write, NULL);
    (void)zd_http__turn_spent(server); /* a stream is written to from outside our callbacks */
}

void zd_http_stream_begin(struct zd_http_request *request)
{
    struct zd_http_conn *conn = request->conn;
    struct zd_http_server *server = conn->server;
    enum zd_http_framing framing = ZD_HTTP_CHUNKED;

    assert(conn->state == ZD_HTTP_LATER && !conn->streaming);
    conn->keep = conn->keep && !request->reply.close && !atomic_load(&server->stopping);
    if (request->head.minor == 0) {
        framing = ZD_HTTP_UNTIL_CLOSE;
        conn->keep = false;
    }
    conn->streaming = true;
    conn->chunked = framing == ZD_HTTP_CHUNKED;
    conn->sent = 0;
    zd_buf_clear(&conn->out);
    conn->out.max = 4 * ZD_MiB;
    zd_http__reply_head(server, request, conn->keep, framing, &conn->out);
    server->gauges.n_requests++;
    stream_send(conn);
}

size_t zd_http_stream_write(struct zd_http_request *request, struct zd_str piece)
{
    struct zd_http_conn *conn = request->conn;

    if (piece.n == 0 || conn->broken)
        return 0;
    if (conn->chunked)
        zd_buf_printf(&conn->out, "%zx\r\n", piece.n);
    zd_buf_str(&conn->out, piece);
    if (conn->chunked)
        zd_buf_str(&conn->out, ZD_STR("\r\n"));
    conn->n_streamed += piece.n;
    conn->quiet_since_us = zd_clock_mono_us();
    conn->broken = conn->broken || conn->out.bad;
    stream_send(conn);
    if (stream_waiting(conn) > ZD_STREAM_QUEUE_MAX_BYTES)
        conn->was_full = true;
    return conn->broken ? 0 : stream_waiting(conn);
}

void zd_http_stream_end(struct zd_http_request *request)
{
    struct zd_http_conn *conn = request->conn;

    conn->ending = true;
    if (conn->chunked)
        zd_buf_str(&conn->out, ZD_STR("0\r\n\r\n"));
    conn->broken = conn->broken || conn->out.bad;
    stream_send(conn);
    if (conn->broken || stream_waiting(conn) > 0)
        return; /* on_write goes on */
    stream_over(conn);
    conn_after(conn);
}

/* The socket takes more, or a write has failed. */
static void stream_writable(struct zd_http_conn *conn)
{
    struct zd_http_request *request = conn->request;

    if (!conn->broken)
        stream_send(conn);
    if (conn->broken) {
        conn->server->gauges.n_cut++;
        zd_http__conn_kill(conn);
    } else if (conn->ending && stream_waiting(conn) == 0) {
        stream_over(conn);
    } else if (conn->was_full && !conn->ending &&
               stream_waiting(conn) <= ZD_STREAM_QUEUE_MAX_BYTES / 4) {
        conn->was_full = false;
        request->reply.later->room(conn->server->app.context, request);
    }
}

static bool waits_for_reply(const struct zd_http_conn *conn)
{
    return conn->state == ZD_HTTP_BUSY || conn->state == ZD_HTTP_SENDING ||
           conn->state == ZD_HTTP_LATER;
}

static void stop_reading(struct zd_http_conn *conn)
{
    conn->reading = false;
    (void)event_del(&conn->on_read);
}

static void conn_take(struct zd_http_conn *conn, size_t n)
{
    if (conn->state == ZD_HTTP_LINGER) {
        conn->n_lingered += n;
        if (conn->n_lingered > LINGER_MAX_BYTES)
            zd_http__conn_kill(conn);
    } else {
        conn_feed(conn, conn->server->scratch, n);
    }
}

static void on_read(evutil_socket_t fd, short what, void *argument)
{
    struct zd_http_conn *conn = argument;
    struct zd_http_server *server = conn->server;

    (void)what;
    enter(server);
    for (int i = 0; i < READS_IN_A_ROW && conn->state != ZD_HTTP_DEAD; i++) {
        size_t room = sizeof server->scratch;
        ssize_t n;

        if (waits_for_reply(conn))
            room = conn->pending.max - conn->pending.n;
        if (room == 0) {
            stop_reading(conn);
            break;
        }
        n = recv(fd, server->scratch, room, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            break;
        if (n == 0 && waits_for_reply(conn) && conn->state != ZD_HTTP_LATER) {
            conn->peer_done = true; /* it may still be listening */
            stop_reading(conn);
            break;
        }
        if (n <= 0) {
            zd_http__conn_kill(conn);
            break;
        }
        conn_take(conn, (size_t)n);
        if ((size_t)n < room)
            break;
    }
    if (conn->state == ZD_HTTP_IDLE)
        conn_resume(conn);
    leave(server);
}

static void on_write(evutil_socket_t fd, short what, void *argument)
{
    struct zd_http_conn *conn = argument;
    struct zd_http_server *server = conn->server;

    (void)fd;
    (void)what;
    enter(server);
    if (conn->state == ZD_HTTP_SENDING)
        conn_flush(conn);
    else if (conn->state == ZD_HTTP_LATER && conn->streaming)
        stream_writable(conn);
    conn_resume(conn);
    leave(server);
}

void zd_http__conn_new(struct zd_http_server *server, int fd, struct zd_http_guest *guest,
                       const char *peer)
{
    struct zd_http_conn *conn = zd_alloc(sizeof *conn);

    if (!conn ||
        event_assign(&conn->on_read, server->base, fd, EV_READ | EV_PERSIST, on_read, conn) != 0 ||
        event_assign(&conn->on_write, server->base, fd, EV_WRITE, on_write, conn) != 0 ||
        event_add(&conn->on_read, NULL) != 0) {
        zd_http__guest_leave(server, guest);
        zd_free(conn);
        (void)close(fd);
        return;
    }
    conn->server = server;
    conn->fd = fd;
    conn->guest = guest;
    conn->reading = true;
    conn->pending.max = ZD_HTTP_PENDING_MAX_BYTES;
    memcpy(conn->peer, peer, strnlen(peer, sizeof conn->peer - 1));
    conn->state = ZD_HTTP_IDLE;
    conn->since_us = zd_clock_mono_us();
    list_append(&server->lists[ZD_HTTP_IDLE], conn);
    server->gauges.n_open++;
}

static void kill_due(struct zd_http_server *server, enum zd_http_state state, uint32_t after_ms,
                     uint64_t now_us)
{
    struct zd_http_conn *conn;

    while ((conn = server->lists[state].first) && now_us - conn->since_us >= after_ms * 1000ull &&
           !zd_http__turn_spent(server))
        zd_http__conn_kill(conn);
}

/* True when n bytes since `since_us` are fewer than the minimum rate asks. */
static bool is_too_slow(const struct zd_http_server *server, uint64_t since_us, uint64_t n,
                        uint64_t now_us)
{
    uint64_t grace_us = server->config.body_grace_ms * 1000ull;
    uint64_t over_us = now_us - since_us;

    return over_us > grace_us && n < (over_us - grace_us) * server->config.min_rate / 1000000;
}

/* Streams: who reads too slowly is cut, who has heard nothing for long hears something, and when
 * the server stops each is asked to end. */
static void tick_later(struct zd_http_server *server, uint64_t now_us)
{
    bool stopping =
        server->stop_us != 0 && now_us - server->stop_us >= server->config.drain_ms * 500ull;
    struct zd_http_conn *conn, *next;

    for (conn = server->lists[ZD_HTTP_LATER].first; conn && !zd_http__turn_spent(server);
         conn = next) {
        const struct zd_http_later *later = conn->request->reply.later;

        next = conn->next;
        if (conn->waits_since_us != 0 &&
            is_too_slow(server, conn->waits_since_us, conn->n_waited, now_us)) {
            server->gauges.n_cut++;
            zd_http__conn_kill(conn);
        } else if (stopping && !conn->told_stop && !conn->ending) {
            conn->told_stop = true;
            later->stop(server->app.context, conn->request);
        } else if (!conn->ending &&
                   now_us - conn->quiet_since_us >= server->config.quiet_ms * 1000ull) {
            conn->quiet_since_us = now_us;
            later->quiet(server->app.context, conn->request);
        }
    }
}

bool zd_http__conn_tick(struct zd_http_server *server, uint64_t now_us)
{
    struct zd_http_conn *conn, *next;
    bool is_spent;

    enter(server);
    tick_later(server, now_us);
    kill_due(server, ZD_HTTP_IDLE, server->config.idle_ms, now_us);
    kill_due(server, ZD_HTTP_LINGER, server->config.linger_ms, now_us);
    while ((conn = server->lists[ZD_HTTP_IN_HEAD].first) &&
           now_us - conn->since_us >= server->config.head_ms * 1000ull &&
           !zd_http__turn_spent(server)) {
        server->gauges.n_cut++;
        conn_refuse(conn, 408, "the head took too long");
    }
    for (conn = server->lists[ZD_HTTP_IN_BODY].first; conn && !zd_http__turn_spent(server);
         conn = next) {
        next = conn->next;
        if (is_too_slow(server, conn->since_us, conn->body.n_content, now_us)) {
            server->gauges.n_cut++;
            conn_refuse(conn, 408, "the body comes too slowly");
        }
    }
    for (conn = server->lists[ZD_HTTP_SENDING].first; conn && !zd_http__turn_spent(server);
         conn = next) {
        next = conn->next;
        if (is_too_slow(server, conn->since_us, conn->sent, now_us)) {
            server->gauges.n_cut++;
            zd_http__conn_kill(conn);
        }
    }
    is_spent = zd_http__turn_spent(server);
    leave(server);
    return !is_spent;
}

void zd_http__conn_drain(struct zd_http_server *server)
{
    while (server->lists[ZD_HTTP_IDLE].first)
        zd_http__conn_kill(server->lists[ZD_HTTP_IDLE].first);
    bury(server);
}

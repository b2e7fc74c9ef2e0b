/* upstream: see upstream.h. A call's life, whichever way it goes (upstream_private.h). */
#include "model/upstream_private.h"

#include <string.h>
#include <strings.h>

#include "base/caps.h"
#include "base/date.h"

#define CLOCK_TICK_MS 50
#define HEAD_MAX_BYTES 65536

const char *zd_upstream_result_word(enum zd_upstream_result result)
{
    static const char *const words[] = {
        "done", "unreachable", "forbidden address", "timeout", "broken", "too large", "stopped"};

    return (size_t)result < ZD_COUNT(words) ? words[result] : "?";
}

static void call_unlink(struct zd_upstream_call *call, struct zd_upstream_call **list)
{
    if (call->prev)
        call->prev->next = call->next;
    else
        *list = call->next;
    if (call->next)
        call->next->prev = call->prev;
    call->prev = call->next = NULL;
}

static void call_link(struct zd_upstream_call *call, struct zd_upstream_call **list)
{
    call->prev = NULL;
    call->next = *list;
    if (*list)
        (*list)->prev = call;
    *list = call;
}

/* Never inside one of libcurl's callbacks. */
static void call_free(struct zd_upstream_call *call)
{
    zd_upstream__curl_leave(call);
    zd_upstream__wire_leave(call);
    zd_free(call);
}

void zd_upstream__call_end(struct zd_upstream_call *call, enum zd_upstream_result result)
{
    if (call->ended)
        return;
    call->ended = true;
    call->result = result;
    call_unlink(call, &call->upstream->running);
    call_link(call, &call->upstream->over);
}

void zd_upstream__settle(struct zd_upstream *upstream)
{
    struct zd_upstream_call *call;

    if (upstream->depth > 0)
        return;
    while ((call = upstream->over)) {
        void (*on_end)(void *, enum zd_upstream_result) = call->request.on_end;
        void *context = call->request.context;
        enum zd_upstream_result result = call->result;
        bool tell = !call->cancelled;

        call_unlink(call, &upstream->over);
        call_free(call);
        if (tell)
            on_end(context, result);
    }
}

enum zd_upstream_result zd_upstream__result(const struct zd_upstream_call *call,
                                            enum zd_upstream_result otherwise)
{
    if (call->forbidden)
        return ZD_UPSTREAM_FORBIDDEN;
    if (call->is_stopped)
        return ZD_UPSTREAM_STOPPED;
    if (call->n_bytes > ZD_UPSTREAM_MAX_BYTES)
        return ZD_UPSTREAM_TOO_LARGE;
    return otherwise;
}

/* --- what a reply says ------------------------------------------------------------------------ */

void zd_upstream__tell_head(struct zd_upstream_call *call)
{
    if (call->has_head)
        return;
    call->has_head = true;
    if (call->request.on_head)
        call->request.on_head(call->request.context, &call->head);
}

/* A number of seconds; a date is not waited for. */
static uint32_t seconds_of(struct zd_str text)
{
    uint32_t seconds = 0;

    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9' || i == 4)
            return i == 4 ? 3600000 : 0;
        seconds = seconds * 10 + (uint32_t)(text.p[i] - '0');
    }
    return seconds > 3600 ? 3600000 : seconds * 1000;
}

static int status_of(struct zd_str line)
{
    const size_t at = zd_str_find(line, ZD_STR(" "), 0);
    int status = 0;

    for (size_t i = at == SIZE_MAX ? line.n : at + 1; i < line.n && i <= at + 3; i++)
        if (line.p[i] >= '0' && line.p[i] <= '9')
            status = status * 10 + (line.p[i] - '0');
    return status;
}

static bool field_is(struct zd_str line, const char *name, struct zd_str *ret_value)
{
    size_t n = strlen(name);

    if (line.n <= n || line.p[n] != ':' || strncasecmp(line.p, name, n) != 0)
        return false;
    *ret_value = zd_str_trim(zd_str_cut(line, n + 1, line.n));
    return true;
}

static bool has_type(struct zd_str value, const char *type)
{
    return value.n >= strlen(type) && strncasecmp(value.p, type, strlen(type)) == 0;
}

bool zd_upstream__take_line(struct zd_upstream_call *call, struct zd_str line)
{
    struct zd_str value;

    call->heard_us = zd_clock_mono_us();
    call->n_head += line.n;
    if (call->ended || call->n_head > HEAD_MAX_BYTES)
        return false;
    if (zd_str_starts(line, ZD_STR("HTTP/"))) {
        call->head = (struct zd_upstream_head){.status = status_of(line)};
    } else if (field_is(line, "content-type", &value)) {
        call->head.is_events = has_type(value, "text/event-stream");
        call->head.is_json = has_type(value, "application/json");
    } else if (field_is(line, "retry-after", &value)) {
        call->head.retry_after_ms = seconds_of(value);
    } else if (field_is(line, "content-encoding", &value)) {
        call->is_coded = !has_type(value, "identity");
    }
    return true;
}

bool zd_upstream__take_content(struct zd_upstream_call *call, struct zd_bytes piece)
{
    call->heard_us = zd_clock_mono_us();
    call->n_bytes += piece.n;
    if (call->is_coded || call->n_bytes > ZD_UPSTREAM_MAX_BYTES)
        return false;
    zd_upstream__tell_head(call);
    if (!call->ended && !call->request.on_bytes(call->request.context, piece)) {
        call->is_stopped = true;
        return false;
    }
    return !call->ended;
}

/* --- clocks ----------------------------------------------------------------------------------- */

static bool is_late(const struct zd_upstream_call *call, uint64_t now_us)
{
    const struct zd_upstream_clocks *clocks = &call->request.clocks;
    const uint32_t gap_ms = call->n_bytes > 0 ? clocks->gap_ms : clocks->first_byte_ms;

    return now_us - call->begun_us >= clocks->total_ms * 1000ull ||
           (call->is_connecting && now_us - call->begun_us >= clocks->connect_ms * 1000ull) ||
           (!call->is_paused && !call->wants_pause && now_us > call->heard_us &&
            now_us - call->heard_us >= gap_ms * 1000ull);
}

static void on_tick(evutil_socket_t fd, short what, void *argument)
{
    struct zd_upstream *upstream = argument;
    uint64_t now = zd_clock_mono_us();
    struct zd_upstream_call *next;

    (void)fd;
    (void)what;
    for (struct zd_upstream_call *call = upstream->running; call; call = next) {
        next = call->next;
        if (is_late(call, now))
            zd_upstream__call_end(call, ZD_UPSTREAM_TIMEOUT);
    }
    zd_upstream__settle(upstream);
    if (!upstream->running) {
        (void)event_del(upstream->on_tick);
        upstream->ticking = false;
    }
}

static void on_soon(evutil_socket_t fd, short what, void *argument)
{
    (void)fd;
    (void)what;
    zd_upstream__settle(argument);
}

/* --- the face --------------------------------------------------------------------------------- */

enum zd_status zd_upstream_open(struct event_base *base, const char *ca_file,
                                struct zd_upstream **ret_upstream, struct zd_error *err)
{
    struct zd_upstream *upstream = zd_alloc(sizeof *upstream);
    enum zd_status st = ZD_OK;

    if (!upstream)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for requests to backends");
    upstream->base = base;
    upstream->ca_file = ca_file;
    upstream->on_tick = event_new(base, -1, EV_PERSIST, on_tick, upstream);
    upstream->on_soon = event_new(base, -1, 0, on_soon, upstream);
    if (!upstream->on_tick || !upstream->on_soon)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for requests to backends");
    if (st == ZD_OK)
        st = zd_upstream__curl_open(upstream, err);
    if (st == ZD_OK)
        st = zd_upstream__wire_open(upstream, err);
    if (st != ZD_OK) {
        zd_upstream_close(upstream);
        return st;
    }
    *ret_upstream = upstream;
    return ZD_OK;
}

void zd_upstream_close(struct zd_upstream *upstream)
{
    if (!upstream)
        return;
    while (upstream->running) {
        struct zd_upstream_call *call = upstream->running;

        call_unlink(call, &upstream->running);
        call_free(call);
    }
    zd_upstream__settle(upstream);
    zd_upstream__wire_close(upstream);
    zd_upstream__curl_close(upstream);
    if (upstream->on_soon)
        event_free(upstream->on_soon);
    if (upstream->on_tick)
        event_free(upstream->on_tick);
    zd_free(upstream);
}

static void complete_clocks(struct zd_upstream_clocks *clocks)
{
    if (clocks->connect_ms == 0)
        clocks->connect_ms = 5000;
    if (clocks->first_byte_ms == 0)
        clocks->first_byte_ms = 60000;
    if (clocks->gap_ms == 0)
        clocks->gap_ms = 30000;
    if (clocks->total_ms == 0)
        clocks->total_ms = 600000;
}

enum zd_status zd_upstream_start(struct zd_upstream *upstream,
                                 const struct zd_upstream_request *request,
                                 struct zd_upstream_call **ret_call, struct zd_error *err)
{
    static const struct timeval tick = {.tv_usec = CLOCK_TICK_MS * 1000};
    struct zd_upstream_call *call = zd_alloc(sizeof *call);
    bool ok;

    if (!call)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a request to a backend");
    call->upstream = upstream;
    call->request = *request;
    complete_clocks(&call->request.clocks);
    call->begun_us = call->heard_us = zd_clock_mono_us();
    call_link(call, &upstream->running);
    upstream->depth++; /* nothing is told from inside this function */
    ok = zd_upstream__wire_takes(request) ? zd_upstream__wire_start(call)
                                          : zd_upstream__curl_start(call);
    upstream->depth--;
    call->request.url = call->request.authorization = NULL; /* each way has copies */
    if (!ok) {
        call_unlink(call, call->ended ? &upstream->over : &upstream->running);
        call_free(call);
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a request to a backend");
    }
    if (call->ended)
        event_active(upstream->on_soon, EV_TIMEOUT, 0);
    if (!upstream->ticking && event_add(upstream->on_tick, &tick) == 0)
        upstream->ticking = true;
    *ret_call = call;
    return ZD_OK;
}

void zd_upstream_cancel(struct zd_upstream_call *call)
{
    if (!call || call->cancelled)
        return;
    call->cancelled = true;
    zd_upstream__call_end(call, ZD_UPSTREAM_STOPPED);
    zd_upstream__settle(call->upstream);
}

void zd_upstream_pause(struct zd_upstream_call *call)
{
    call->wants_pause = true;
}

void zd_upstream_resume(struct zd_upstream_call *call)
{
    call->wants_pause = false;
    if (!call->is_paused || call->ended)
        return;
    call->is_paused = false;
    call->heard_us = zd_clock_mono_us();
    if (call->line)
        zd_upstream__wire_resume(call);
    else
        zd_upstream__curl_resume(call);
}

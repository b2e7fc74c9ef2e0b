/* upstream: see upstream.h.
 *
 * libcurl's multi interface in its event form: it says which sockets it waits for and when it
 * wants to be called, libevent calls it. Handles are kept for the next call with their connections
 * in the multi's cache. A call that ends, or is cancelled, inside a callback of libcurl is taken
 * apart only when libcurl has returned: its functions may not be called from its callbacks. */
#include "model/upstream.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <string.h>
#include <strings.h>

#include "base/caps.h"
#include "base/date.h"
#include "base/seal.h"

#define SPARE_HANDLES 256
#define MAX_IDLE_CONNECTIONS 256L
#define CLOCK_TICK_MS 50
#define HEAD_MAX_BYTES 65536

struct zd_upstream_call {
    struct zd_upstream *upstream;
    struct zd_upstream_call *prev, *next;
    CURL *curl;
    struct curl_slist *fields;
    struct zd_upstream_request request;
    struct zd_upstream_head head;
    uint64_t begun_us, heard_us; /* heard: the last piece */
    uint64_t n_bytes, n_head;
    bool is_added, is_paused, wants_pause;
    bool has_head;             /* told to the owner */
    bool is_coded, is_stopped; /* stopped: by a callback */
    bool forbidden;
    bool ended; /* on the list of the ended: on_end comes next */
    bool cancelled;
    enum zd_upstream_result result;
};

struct zd_upstream {
    struct event_base *base;
    struct event *on_timer, *on_tick;
    CURLM *multi;
    struct zd_upstream_call *running, *over; /* over: to be taken apart */
    CURL *spare[SPARE_HANDLES];
    size_t n_spare;
    const char *ca_file;
    int depth; /* inside libcurl */
    bool ticking;
};

static void *curl_alloc(size_t n)
{
    return zd_realloc(NULL, n ? n : 1);
}

static void *curl_calloc(size_t n, size_t size)
{
    size_t total;

    if (!zd_size_mul(n, size, &total))
        return NULL;
    return zd_alloc(total ? total : 1);
}

static void *curl_realloc(void *p, size_t n)
{
    return zd_realloc(p, n ? n : 1);
}

static char *curl_copy(const char *s)
{
    size_t n = strlen(s) + 1;
    char *p = zd_realloc(NULL, n);

    if (p)
        memcpy(p, s, n);
    return p;
}

enum zd_status zd_upstream_init(struct zd_error *err)
{
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, curl_alloc, zd_free, curl_realloc, curl_copy,
                             curl_calloc) != CURLE_OK)
        return ZD_FAIL(err, ZD_NOMEM, 0, "libcurl does not start");
    return ZD_OK;
}

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

/* Takes the call out of libcurl and frees it; never inside one of libcurl's callbacks. */
static void call_free(struct zd_upstream_call *call)
{
    struct zd_upstream *upstream = call->upstream;

    if (call->is_added)
        (void)curl_multi_remove_handle(upstream->multi, call->curl);
    /* one whose transfer broke off keeps buffers that a new one cannot change */
    if (call->curl && call->ended && call->result == ZD_UPSTREAM_DONE &&
        upstream->n_spare < SPARE_HANDLES) {
        (void)curl_easy_setopt(call->curl, CURLOPT_HTTPHEADER, NULL); /* freed below */
        (void)curl_easy_setopt(call->curl, CURLOPT_POSTFIELDS, NULL);
        upstream->spare[upstream->n_spare++] = call->curl;
    } else {
        curl_easy_cleanup(call->curl);
    }
    for (struct curl_slist *field = call->fields; field; field = field->next)
        zd_wipe(field->data, strlen(field->data));
    curl_slist_free_all(call->fields);
    zd_free(call);
}

/* The call is over: its owner is told once libcurl has returned. */
static void call_end(struct zd_upstream_call *call, enum zd_upstream_result result)
{
    if (call->ended)
        return;
    call->ended = true;
    call->result = result;
    call_unlink(call, &call->upstream->running);
    call_link(call, &call->upstream->over);
}

/* Tells the owners of what has ended. An owner may start and cancel calls meanwhile. */
static void settle(struct zd_upstream *upstream)
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

static enum zd_upstream_result result_of(const struct zd_upstream_call *call, CURLcode code)
{
    if (call->forbidden)
        return ZD_UPSTREAM_FORBIDDEN;
    if (call->is_stopped)
        return ZD_UPSTREAM_STOPPED;
    if (call->n_bytes > ZD_UPSTREAM_MAX_BYTES)
        return ZD_UPSTREAM_TOO_LARGE;
    switch (code) {
    case CURLE_OK:
        return ZD_UPSTREAM_DONE;
    case CURLE_OPERATION_TIMEDOUT:
        return ZD_UPSTREAM_TIMEOUT;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
        return ZD_UPSTREAM_UNREACHABLE;
    default:
        return ZD_UPSTREAM_BROKEN;
    }
}

static void tell_head(struct zd_upstream_call *call)
{
    long status = 0;

    if (call->has_head)
        return;
    call->has_head = true;
    (void)curl_easy_getinfo(call->curl, CURLINFO_RESPONSE_CODE, &status);
    call->head.status = (int)status;
    if (call->request.on_head)
        call->request.on_head(call->request.context, &call->head);
}

static void read_messages(struct zd_upstream *upstream)
{
    CURLMsg *message;
    int n_left;

    while ((message = curl_multi_info_read(upstream->multi, &n_left))) {
        struct zd_upstream_call *call = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&call);
        if (call && !call->ended) {
            enum zd_upstream_result result = result_of(call, message->data.result);

            if (result == ZD_UPSTREAM_DONE)
                tell_head(call);
            call_end(call, result);
        }
    }
}

static void act(struct zd_upstream *upstream, curl_socket_t socket, int what)
{
    int n_running;

    upstream->depth++;
    (void)curl_multi_socket_action(upstream->multi, socket, what, &n_running);
    upstream->depth--;
    read_messages(upstream);
    settle(upstream);
}

static void on_socket_event(evutil_socket_t fd, short what, void *argument)
{
    act(argument, fd,
        (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_timer_event(evutil_socket_t fd, short what, void *argument)
{
    (void)fd;
    (void)what;
    act(argument, CURL_SOCKET_TIMEOUT, 0);
}

/* libcurl waits for this socket, or no longer. */
static int on_socket(CURL *curl, curl_socket_t socket, int what, void *argument, void *assigned)
{
    struct zd_upstream *upstream = argument;
    struct event *event = assigned;
    short events = EV_PERSIST;

    (void)curl;
    if (event) {
        (void)event_free(event);
        (void)curl_multi_assign(upstream->multi, socket, NULL);
    }
    if (what == CURL_POLL_REMOVE)
        return 0;
    if (what & CURL_POLL_IN)
        events = (short)(events | EV_READ);
    if (what & CURL_POLL_OUT)
        events = (short)(events | EV_WRITE);
    event = event_new(upstream->base, socket, events, on_socket_event, upstream);
    if (!event || event_add(event, NULL) != 0 ||
        curl_multi_assign(upstream->multi, socket, event) != CURLM_OK) {
        if (event)
            event_free(event);
        return -1;
    }
    return 0;
}

static int on_timeout(CURLM *multi, long ms, void *argument)
{
    struct zd_upstream *upstream = argument;
    struct timeval after = {.tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000};

    (void)multi;
    if (ms < 0)
        return event_del(upstream->on_timer) == 0 ? 0 : -1;
    return event_add(upstream->on_timer, &after) == 0 ? 0 : -1;
}

/* Where the socket leads is known here, after the name was resolved. */
static curl_socket_t on_open(void *argument, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct zd_upstream_call *call = argument;

    if (purpose != CURLSOCKTYPE_IPCXN || !zd_egress_allows(&address->addr, call->request.place)) {
        call->forbidden = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                  address->protocol);
}

/* Its type is libcurl's. NOLINTNEXTLINE(readability-non-const-parameter) */
static size_t on_write(char *p, size_t size, size_t n, void *argument)
{
    struct zd_upstream_call *call = argument;
    struct zd_bytes bytes = {(const uint8_t *)p, size * n};

    if (call->ended)
        return 0;
    if (call->wants_pause) {
        call->is_paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    call->heard_us = zd_clock_mono_us();
    call->n_bytes += bytes.n;
    if (call->is_coded || call->n_bytes > ZD_UPSTREAM_MAX_BYTES)
        return 0;
    tell_head(call);
    if (!call->ended && !call->request.on_bytes(call->request.context, bytes)) {
        call->is_stopped = true;
        return 0;
    }
    return call->ended ? 0 : bytes.n;
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

/* Its type is libcurl's. NOLINTNEXTLINE(readability-non-const-parameter) */
static size_t on_field(char *p, size_t size, size_t n, void *argument)
{
    struct zd_upstream_call *call = argument;
    struct zd_str line = {p, size * n}, value;

    call->heard_us = zd_clock_mono_us();
    call->n_head += line.n;
    if (call->ended || call->n_head > HEAD_MAX_BYTES)
        return 0;
    if (zd_str_starts(line, ZD_STR("HTTP/")))
        call->head = (struct zd_upstream_head){0};
    else if (field_is(line, "content-type", &value)) {
        call->head.is_events = has_type(value, "text/event-stream");
        call->head.is_json = has_type(value, "application/json");
    } else if (field_is(line, "retry-after", &value))
        call->head.retry_after_ms = seconds_of(value);
    else if (field_is(line, "content-encoding", &value))
        call->is_coded = !has_type(value, "identity");
    return line.n;
}

/* The clocks that libcurl does not have. */
static void on_tick(evutil_socket_t fd, short what, void *argument)
{
    struct zd_upstream *upstream = argument;
    uint64_t now = zd_clock_mono_us();
    struct zd_upstream_call *next;

    (void)fd;
    (void)what;
    for (struct zd_upstream_call *call = upstream->running; call; call = next) {
        const struct zd_upstream_clocks *clocks = &call->request.clocks;
        uint64_t gap_us = (call->n_bytes > 0 ? clocks->gap_ms : clocks->first_byte_ms) * 1000ull;

        next = call->next;
        if (now - call->begun_us >= clocks->total_ms * 1000ull ||
            (!call->is_paused && !call->wants_pause && now > call->heard_us &&
             now - call->heard_us >= gap_us))
            call_end(call, ZD_UPSTREAM_TIMEOUT);
    }
    settle(upstream);
    if (!upstream->running) {
        (void)event_del(upstream->on_tick);
        upstream->ticking = false;
    }
}

static enum zd_status make_events(struct zd_upstream *upstream, struct zd_error *err)
{
    upstream->on_timer = event_new(upstream->base, -1, 0, on_timer_event, upstream);
    upstream->on_tick = event_new(upstream->base, -1, EV_PERSIST, on_tick, upstream);
    upstream->multi = curl_multi_init();
    if (!upstream->on_timer || !upstream->on_tick || !upstream->multi)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for requests to backends");
    if (curl_multi_setopt(upstream->multi, CURLMOPT_SOCKETFUNCTION, on_socket) != CURLM_OK ||
        curl_multi_setopt(upstream->multi, CURLMOPT_SOCKETDATA, upstream) != CURLM_OK ||
        curl_multi_setopt(upstream->multi, CURLMOPT_TIMERFUNCTION, on_timeout) != CURLM_OK ||
        curl_multi_setopt(upstream->multi, CURLMOPT_TIMERDATA, upstream) != CURLM_OK ||
        curl_multi_setopt(upstream->multi, CURLMOPT_MAXCONNECTS, MAX_IDLE_CONNECTIONS) != CURLM_OK)
        return ZD_FAIL(err, ZD_IO, 0, "libcurl does not take its settings");
    return ZD_OK;
}

enum zd_status zd_upstream_open(struct event_base *base, const char *ca_file,
                                struct zd_upstream **ret_upstream, struct zd_error *err)
{
    struct zd_upstream *upstream = zd_alloc(sizeof *upstream);
    enum zd_status st;

    if (!upstream)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for requests to backends");
    upstream->base = base;
    upstream->ca_file = ca_file;
    st = make_events(upstream, err);
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
    settle(upstream);
    while (upstream->n_spare > 0)
        curl_easy_cleanup(upstream->spare[--upstream->n_spare]);
    if (upstream->multi)
        (void)curl_multi_cleanup(upstream->multi);
    if (upstream->on_timer)
        event_free(upstream->on_timer);
    if (upstream->on_tick)
        event_free(upstream->on_tick);
    zd_free(upstream);
}

static bool add_field(struct zd_upstream_call *call, const char *line)
{
    struct curl_slist *longer = curl_slist_append(call->fields, line);

    if (!longer)
        return false;
    call->fields = longer;
    return true;
}

static bool add_fields(struct zd_upstream_call *call)
{
    struct zd_buf line = {.max = 4096};
    const char *authorization = call->request.authorization;
    bool ok = (!call->request.body.p || add_field(call, "Content-Type: application/json")) &&
              add_field(call, call->request.wants_events ? "Accept: text/event-stream"
                                                         : "Accept: application/json") &&
              add_field(call, "Expect:") && add_field(call, "User-Agent: zhidian");

    if (ok && authorization) {
        zd_buf_printf(&line, "Authorization: %s", authorization);
        ok = zd_buf_cstr(&line) && add_field(call, zd_buf_cstr(&line));
        if (line.p)
            zd_wipe(line.p, line.cap);
        zd_buf_done(&line);
    }
    return ok;
}

#define SET(option, value) (curl_easy_setopt(curl, option, value) == CURLE_OK)

/* What is the same for every call. */
static CURL *handle_new(const struct zd_upstream *upstream)
{
    CURL *curl = curl_easy_init();

    if (curl && SET(CURLOPT_PROTOCOLS_STR, "http,https") && SET(CURLOPT_FOLLOWLOCATION, 0L) &&
        SET(CURLOPT_PROXY, "") && SET(CURLOPT_NOSIGNAL, 1L) && SET(CURLOPT_SSL_VERIFYPEER, 1L) &&
        SET(CURLOPT_SSL_VERIFYHOST, 2L) && SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
        SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) && SET(CURLOPT_HTTP09_ALLOWED, 0L) &&
        SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) && SET(CURLOPT_BUFFERSIZE, 8192L) &&
        SET(CURLOPT_UPLOAD_BUFFERSIZE, 16384L) && SET(CURLOPT_OPENSOCKETFUNCTION, on_open) &&
        SET(CURLOPT_WRITEFUNCTION, on_write) && SET(CURLOPT_HEADERFUNCTION, on_field) &&
        (!upstream->ca_file || SET(CURLOPT_CAINFO, upstream->ca_file)))
        return curl;
    curl_easy_cleanup(curl);
    return NULL;
}

/* What is of one call: all of it is set for each. */
static bool set_options(struct zd_upstream_call *call)
{
    const struct zd_upstream_request *request = &call->request;
    CURL *curl = call->curl;

    return SET(CURLOPT_URL, request->url) && SET(CURLOPT_PRIVATE, (void *)call) &&
           SET(CURLOPT_CONNECTTIMEOUT_MS, (long)request->clocks.connect_ms) &&
           SET(CURLOPT_OPENSOCKETDATA, call) && SET(CURLOPT_WRITEDATA, call) &&
           SET(CURLOPT_HEADERDATA, call) && SET(CURLOPT_HTTPHEADER, call->fields) &&
           (request->body.p ? SET(CURLOPT_POST, 1L) &&
                                  SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.n) &&
                                  SET(CURLOPT_POSTFIELDS, request->body.p)
                            : SET(CURLOPT_POSTFIELDS, NULL) && SET(CURLOPT_HTTPGET, 1L));
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

    if (!call)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a request to a backend");
    call->upstream = upstream;
    call->request = *request;
    complete_clocks(&call->request.clocks);
    call->begun_us = call->heard_us = zd_clock_mono_us();
    call->curl =
        upstream->n_spare > 0 ? upstream->spare[--upstream->n_spare] : handle_new(upstream);
    upstream->depth++; /* nothing ends inside this function */
    if (call->curl && add_fields(call) && set_options(call) &&
        curl_multi_add_handle(upstream->multi, call->curl) == CURLM_OK)
        call->is_added = true;
    upstream->depth--;
    call->request.url = call->request.authorization = NULL; /* libcurl has copies */
    if (!call->is_added) {
        call_free(call);
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a request to a backend");
    }
    call_link(call, &upstream->running);
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
    call_end(call, ZD_UPSTREAM_STOPPED);
    settle(call->upstream);
}

void zd_upstream_pause(struct zd_upstream_call *call)
{
    call->wants_pause = true;
}

void zd_upstream_resume(struct zd_upstream_call *call)
{
    struct zd_upstream *upstream = call->upstream;

    call->wants_pause = false;
    if (!call->is_paused || call->ended)
        return;
    call->is_paused = false;
    call->heard_us = zd_clock_mono_us();
    upstream->depth++; /* what was held back comes from inside this call */
    (void)curl_easy_pause(call->curl, CURLPAUSE_CONT);
    upstream->depth--;
    settle(upstream);
}

/* upstream_curl: calls over libcurl (upstream_private.h): whatever needs a name or TLS.
 *
 * libcurl's multi interface in its event form: it says which sockets it waits for and when it
 * wants to be called, libevent calls it. Handles are kept for the next call with their connections
 * in the multi's cache. A call that ends, or is cancelled, inside a callback of libcurl is taken
 * apart only when libcurl has returned: its functions may not be called from its callbacks. */
#include <string.h>

#include "base/caps.h"
#include "base/seal.h"
#include "model/upstream_private.h"

#define MAX_IDLE_CONNECTIONS 256L

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

void zd_upstream__curl_leave(struct zd_upstream_call *call)
{
    struct zd_upstream *upstream = call->upstream;

    if (call->is_added)
        (void)curl_multi_remove_handle(upstream->multi, call->curl);
    /* one whose transfer broke off keeps buffers that a new one cannot change */
    if (call->curl && call->ended && call->result == ZD_UPSTREAM_DONE &&
        upstream->n_spare < ZD_COUNT(upstream->spare)) {
        (void)curl_easy_setopt(call->curl, CURLOPT_HTTPHEADER, NULL); /* freed below */
        (void)curl_easy_setopt(call->curl, CURLOPT_POSTFIELDS, NULL);
        upstream->spare[upstream->n_spare++] = call->curl;
    } else {
        curl_easy_cleanup(call->curl);
    }
    for (struct curl_slist *field = call->fields; field; field = field->next)
        zd_wipe(field->data, strlen(field->data));
    curl_slist_free_all(call->fields);
}

static enum zd_upstream_result result_of(CURLcode code)
{
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
            enum zd_upstream_result result =
                zd_upstream__result(call, result_of(message->data.result));

            if (result == ZD_UPSTREAM_DONE)
                zd_upstream__tell_head(call);
            zd_upstream__call_end(call, result);
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
    zd_upstream__settle(upstream);
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
    struct zd_bytes piece = {(const uint8_t *)p, size * n};

    if (call->ended)
        return 0;
    if (call->wants_pause) {
        call->is_paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    return zd_upstream__take_content(call, piece) ? piece.n : 0;
}

/* Its type is libcurl's. NOLINTNEXTLINE(readability-non-const-parameter) */
static size_t on_field(char *p, size_t size, size_t n, void *argument)
{
    const struct zd_str line = {p, size * n};

    return zd_upstream__take_line(argument, line) ? line.n : 0;
}

enum zd_status zd_upstream__curl_open(struct zd_upstream *upstream, struct zd_error *err)
{
    upstream->on_timer = event_new(upstream->base, -1, 0, on_timer_event, upstream);
    upstream->multi = curl_multi_init();
    if (!upstream->on_timer || !upstream->multi)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for requests to backends");
    if (curl_multi_setopt(upstream->multi, CURLMOPT_SOCKETFUNCTION, on_socket) != CURLM_OK ||
        curl_multi_setopt(upstream->multi, CURLMOPT_SOCKETDATA, upstream) != CURLM_OK ||
        curl_multi_setopt(upstream->multi, CURLMOPT_TIMERFUNCTION, on_timeout) != CURLM_OK ||
        curl_multi_setopt(upstream->multi, CURLMOPT_TIMERDATA, upstream) != CURLM_OK ||
        curl_multi_setopt(upstream->multi, CURLMOPT_MAXCONNECTS, MAX_IDLE_CONNECTIONS) != CURLM_OK)
        return ZD_FAIL(err, ZD_IO, 0, "libcurl does not take its settings");
    return ZD_OK;
}

void zd_upstream__curl_close(struct zd_upstream *upstream)
{
    while (upstream->n_spare > 0)
        curl_easy_cleanup(upstream->spare[--upstream->n_spare]);
    if (upstream->multi)
        (void)curl_multi_cleanup(upstream->multi);
    if (upstream->on_timer)
        event_free(upstream->on_timer);
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

bool zd_upstream__curl_start(struct zd_upstream_call *call)
{
    struct zd_upstream *upstream = call->upstream;

    call->curl =
        upstream->n_spare > 0 ? upstream->spare[--upstream->n_spare] : handle_new(upstream);
    if (call->curl && add_fields(call) && set_options(call) &&
        curl_multi_add_handle(upstream->multi, call->curl) == CURLM_OK)
        call->is_added = true;
    return call->is_added;
}

void zd_upstream__curl_resume(struct zd_upstream_call *call)
{
    struct zd_upstream *upstream = call->upstream;

    upstream->depth++; /* what was held back comes from inside this call */
    (void)curl_easy_pause(call->curl, CURLPAUSE_CONT);
    upstream->depth--;
    zd_upstream__settle(upstream);
}

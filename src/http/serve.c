/* serve.c: the app behind the server: routes a head, checks the role, opens the lanes' handles,
 * writes the log, and runs until stopped (see http.h). */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "http/app_private.h"
#include "http/page.h"

static bool wants_html(const struct zd_http_request *request)
{
    struct zd_str accept = zd_http_head_find(&request->head, "accept");
    struct zd_str path = zd_http_head_str(&request->head, request->head.path);

    return !zd_str_starts(path, ZD_STR("/api/")) &&
           zd_str_find(accept, ZD_STR("text/html"), 0) != SIZE_MAX;
}

/* A call with what the head alone gives; enough for errors. */
static struct zd_http_call call_of(struct zd_http_site *site, struct zd_http_request *request)
{
    const struct zd_http_route *route = request->route;
    struct zd_http_call call = {
        .site = site,
        .request = request,
        .reply = &request->reply,
        .arena = request->arena,
        .subject = zd_subject_visitor(),
        .is_page = wants_html(request),
    };

    if (route && (route->handler == zd_http__page_ask || route->handler == zd_http__page_document))
        call.is_page = true;
    else if (route && !zd_str_starts(zd_str_c(route->path), ZD_STR("/doc")))
        call.is_page = false;
    return call;
}

static struct zd_http_plan reply_now(struct zd_http_call *call, int status, const char *code,
                                     const char *message)
{
    call->lang = zd_http__lang_of(call);
    zd_http__fail(call, status, code, message);
    return (struct zd_http_plan){.way = ZD_HTTP_REPLY};
}

/* Neither method nor path: 404, 405, or the answer to OPTIONS. */
static struct zd_http_plan without_route(struct zd_http_call *call, const char *allow)
{
    const struct zd_http_head *head = &call->request->head;
    bool all = zd_str_eq(zd_http_head_str(head, head->path), ZD_STR("*"));

    if (all || allow[0])
        zd_buf_printf(&call->reply->fields, "Allow: %s%sOPTIONS\r\n", allow, allow[0] ? ", " : "");
    if (head->method == ZD_HTTP_OPTIONS && (all || allow[0])) {
        call->reply->status = 204;
        return (struct zd_http_plan){.way = ZD_HTTP_REPLY};
    }
    if (allow[0])
        return reply_now(call, 405, "method_not_allowed", "this path does not take the method");
    return reply_now(call, 404, "not_found", "no such page");
}

/* The key that the request shows, with its rights, into the request. False: none that is valid. */
static bool admit(struct zd_http_site *site, struct zd_http_request *request)
{
    struct zd_str field = zd_http_head_find(&request->head, "authorization");
    struct zd_caller *caller = zd_arena_alloc(request->arena, sizeof *caller);

    if (!site->gateway || !caller || !zd_str_starts(field, ZD_STR("Bearer ")) ||
        zd_gateway_admit(site->gateway, zd_str_cut(field, 7, field.n), request->arena, caller,
                         NULL) != ZD_OK)
        return false;
    request->caller = caller;
    return true;
}

static struct zd_http_plan on_begin(void *context, struct zd_http_request *request)
{
    struct zd_http_site *site = context;
    struct zd_str id = {NULL, 0};
    const struct zd_http_route *route;
    struct zd_http_call call;
    char allow[48];

    route = zd_http__route_find(request->head.method,
                                zd_http_head_str(&request->head, request->head.path), &id, allow);
    request->route = route;
    request->route_name = route ? route->operation : NULL;
    call = call_of(site, request);
    if (!route)
        return without_route(&call, allow);
    if (route->role == ZD_HTTP_KEY) {
        if (!admit(site, request))
            return reply_now(&call, 401, "invalid_api_key", "this needs a valid API key");
    } else if ((route->role == ZD_HTTP_OWNER ||
                zd_http_head_find(&request->head, "authorization").p) &&
               !zd_http__token_is_right(site->token_hash, request) &&
               (route->role == ZD_HTTP_OWNER || !admit(site, request))) {
        zd_buf_c(&request->reply.fields, "WWW-Authenticate: Bearer realm=\"zhidian\"\r\n");
        return reply_now(&call, 401, "unauthorized", "this needs the admin token");
    }
    return (struct zd_http_plan){.way = route->lane < 0 ? ZD_HTTP_LOOP : ZD_HTTP_LANE,
                                 .lane = route->lane,
                                 .max_body = route->max_body};
}

static void on_handle(void *context, void *worker, struct zd_http_request *request)
{
    const struct zd_http_route *route = request->route;
    const struct zd_http_head *head = &request->head;
    struct zd_http_call call = call_of(context, request);
    struct zd_str id = {NULL, 0};
    struct zd_error err = {0};
    enum zd_status st;
    char allow[48];

    call.worker = worker;
    call.on_lane = request->lane >= 0;
    if (request->caller)
        call.caller = *(const struct zd_caller *)request->caller;
    else if (zd_http_head_find(head, "authorization").p) /* on_begin found it right */
        call.subject = zd_subject_owner();
    (void)zd_http__route_find(head->method, zd_http_head_str(head, head->path), &id, allow);
    call.lang = zd_http__lang_of(&call);
    st = zd_url_query_parse(zd_http_head_str(head, head->query), call.arena, &call.query, &err);
    if (st == ZD_OK && id.p)
        st = zd_url_decode(id, false, call.arena, &call.id, &err);
    if (st != ZD_OK) {
        zd_http__fail_with(&call, &err);
        return;
    }
    call.lang = zd_http__lang_of(&call);
    route->handler(&call);
}

static void on_refuse(void *context, struct zd_http_request *request, int status, const char *why)
{
    const char *code = status == 503   ? "busy"
                       : status == 413 ? "too_large"
                       : status == 408 ? "too_slow"
                                       : "malformed";

    (void)context;
    zd_http__error_json(request, status, code, why);
}

static const char *name_of(size_t i)
{
    const struct zd_http_route *route = zd_http__route_at(i);

    return route ? route->operation : NULL;
}

void zd_http__metrics(struct zd_http_call *call)
{
    struct zd_http_gauges gauges;

    zd_http_server_gauges(call->site->server, &gauges);
    call->reply->type = "text/plain; version=0.0.4; charset=utf-8";
    zd_http_metrics_write(&call->site->metrics, &gauges, name_of, &call->reply->body);
    if (call->site->gateway)
        zd_gateway_metrics(call->site->gateway, &call->reply->body);
}

/* The line of a request: never its question, its address or its sender. */
static void on_log(void *context, const struct zd_http_request *request, int status,
                   uint64_t n_bytes, uint64_t took_us)
{
    struct zd_http_site *site = context;
    const struct zd_http_route *route = request->route;
    char text[256], at[32];
    struct timespec now;
    struct tm tm;
    int n;

    zd_http_metrics_count(&site->metrics, route ? (size_t)(route - zd_http__route_at(0)) : SIZE_MAX,
                          status, took_us);
    if (!site->log)
        return;
    (void)clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (!gmtime_r(&now.tv_sec, &tm) || strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        at[0] = '\0';
    n = snprintf(text, sizeof text, "time=%s id=%s route=%s status=%d bytes=%llu us=%llu", at,
                 request->id, request->route_name ? request->route_name : "-", status,
                 (unsigned long long)n_bytes, (unsigned long long)took_us);
    zd_http_log_line(site->log, (struct zd_str){text, (size_t)n});
}

static void on_worker_close(void *context, void *opened)
{
    struct zd_http_worker *worker = opened;

    (void)context;
    if (!worker)
        return;
    zd_desk_close(worker->desk);
    zd_view_close(worker->view);
    zd_free(worker);
}

static void *on_worker_open(void *context, int lane)
{
    struct zd_http_site *site = context;
    struct zd_http_worker *worker = zd_alloc(sizeof *worker);

    if (!worker || lane != ZD_HTTP_LANE_ASK)
        return worker;
    if (zd_desk_open(site->office, &worker->desk, NULL) != ZD_OK ||
        zd_view_open(site->office, &worker->view, NULL) != ZD_OK) {
        on_worker_close(context, worker);
        return NULL;
    }
    return worker;
}

static int readers_of(int wanted)
{
    long n = wanted > 0 ? wanted : sysconf(_SC_NPROCESSORS_ONLN);

    return n < 1 ? 1 : n > 16 ? 16 : (int)n;
}

static void on_gateway_log(void *context, struct zd_str line)
{
    struct zd_http_site *site = context;

    zd_http_log_line(site->log, line);
}

/* An office whose models another process serves is served without them. */
static enum zd_status open_gateway(struct zd_http_site *site,
                                   const struct zd_http_serve_options *options,
                                   struct zd_error *err)
{
    const struct zd_gateway_options gateway = {
        .dir = zd_office_dir(site->office),
        .base = zd_http_server_loop(site->server),
        .limits = options->gateway,
        .log = on_gateway_log,
        .log_context = site,
    };
    enum zd_status st = zd_gateway_open(&gateway, &site->gateway, err);

    if (st != ZD_BUSY)
        return st;
    zd_http_log_line(site->log, ZD_STR("another process serves this office's models"));
    return ZD_OK;
}

enum zd_status zd_http_serve(struct zd_office *office, const struct zd_http_serve_options *options,
                             struct zd_error *err)
{
    struct zd_http_config config = options->config;
    struct zd_http_site *site = zd_alloc(sizeof *site);
    char token[ZD_HTTP_TOKEN_BYTES] = "";
    const struct zd_http_app app = {
        .context = site,
        .begin = on_begin,
        .handle = on_handle,
        .refuse = on_refuse,
        .log = on_log,
        .worker_open = on_worker_open,
        .worker_close = on_worker_close,
    };
    enum zd_status st;

    if (!site)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the site");
    site->office = office;
    site->contact = options->contact;
    site->queue = options->queue;
    config.lanes[ZD_HTTP_LANE_ASK].n_threads = readers_of(options->n_readers);
    config.lanes[ZD_HTTP_LANE_WRITE].n_threads = 1;
    config.lanes[ZD_HTTP_LANE_WRITE].max_queue = 16;
    st = zd_http__token_ready(zd_office_dir(office), site->token_hash, token, err);
    if (st == ZD_OK && options->log_fd > 0)
        st = zd_http_log_open(options->log_fd, &site->log, err);
    if (st == ZD_OK)
        st = zd_chat_guard_open(zd_office_dir(office), &site->guard, err);
    if (st == ZD_OK)
        st = zd_http_server_open(&config, &app, &site->server, err);
    if (st == ZD_OK)
        st = open_gateway(site, options, err);
    if (st == ZD_OK) {
        if (options->on_ready)
            options->on_ready(options->ready_context, zd_http_server_address(site->server),
                              token[0] ? token : NULL);
        explicit_bzero(token, sizeof token);
        st = zd_http_server_run(site->server, err);
    }
    if (site->server)
        zd_http_server_halt(site->server);
    zd_gateway_close(site->gateway);
    zd_http_server_close(site->server);
    zd_chat_guard_close(site->guard);
    zd_http_log_close(site->log);
    zd_free(site);
    return st;
}

enum zd_status zd_http_limit_set(struct zd_http_serve_options *options, const char *assignment,
                                 struct zd_error *err)
{
    struct zd_http_config *config = &options->config;
    struct zd_gateway_limits *gateway = &options->gateway;
    const struct {
        const char *name;
        uint32_t *value;
    } rows[] = {
        {"head_ms", &config->head_ms},
        {"idle_ms", &config->idle_ms},
        {"body_grace_ms", &config->body_grace_ms},
        {"min_rate", &config->min_rate},
        {"linger_ms", &config->linger_ms},
        {"drain_ms", &config->drain_ms},
        {"quiet_ms", &config->quiet_ms},
        {"max_per_address", &config->max_per_address},
        {"max_connections", &config->max_connections},
        {"reserve", &config->reserve},
        {"connect_ms", &gateway->clocks.connect_ms},
        {"first_byte_ms", &gateway->clocks.first_byte_ms},
        {"gap_ms", &gateway->clocks.gap_ms},
        {"total_ms", &gateway->clocks.total_ms},
        {"queue_ms", &gateway->queue_ms},
        {"open_ms", &gateway->open_ms},
        {"rest_ms", &gateway->rest_ms},
        {"probe_ms", &gateway->probe_ms},
        {"max_waiting", &gateway->max_waiting},
    };
    const char *equals = strchr(assignment, '=');
    uint64_t value = 0;

    if (!equals || !equals[1] || strlen(equals + 1) > 9 ||
        strspn(equals + 1, "0123456789") != strlen(equals + 1))
        return ZD_FAIL(err, ZD_INVALID, 0, "'%s' is not LIMIT=NUMBER", assignment);
    for (const char *p = equals + 1; *p; p++)
        value = value * 10 + (uint64_t)(*p - '0');
    for (size_t i = 0; i < ZD_COUNT(rows); i++)
        if (zd_str_eq((struct zd_str){assignment, (size_t)(equals - assignment)},
                      zd_str_c(rows[i].name))) {
            *rows[i].value = (uint32_t)value;
            return ZD_OK;
        }
    return ZD_FAIL(err, ZD_INVALID, 0, "there is no limit '%.*s'", (int)(equals - assignment),
                   assignment);
}

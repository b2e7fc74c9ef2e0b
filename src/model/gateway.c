/* gateway: open, close, settings coming in, the clock (see model.h). */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/date.h"
#include "base/durable.h"
#include "base/hash.h"
#include "model/model_private.h"

#define TICK_MS 100

void zd_model__log(struct zd_gateway *gateway, const char *fmt, ...)
{
    char line[400];
    va_list ap;
    int n;

    if (!gateway->log)
        return;
    va_start(ap, fmt);
    n = vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    if (n > 0)
        gateway->log(gateway->log_context, (struct zd_str){line, strnlen(line, sizeof line)});
}

void zd_model__config_leave(struct zd_model__config *config)
{
    if (config && --config->n_users == 0)
        zd_model__config_free(config);
}

/* Each backend has its figures from its first config on; those of removed ones make room. */
static void take_backends(struct zd_gateway *gateway)
{
    const struct zd_backend_list *list = &gateway->config->backends;

    for (size_t i = 0; i < ZD_COUNT(gateway->health); i++) {
        struct zd_model__health *health = &gateway->health[i];
        bool kept = health->n_running > 0;

        for (size_t b = 0; b < list->n; b++)
            kept = kept || list->p[b].key == health->key;
        if (!kept)
            *health = (struct zd_model__health){0};
    }
    for (size_t b = 0; b < list->n; b++) {
        struct zd_model__health *health = zd_model__health_of(gateway, list->p[b].key);
        size_t n = list->p[b].name.n;

        if (!health)
            health = zd_model__health_of(gateway, 0);
        if (!health)
            continue; /* gone ones still run; the next config finds room */
        health->key = list->p[b].key;
        n = n < sizeof health->name ? n : sizeof health->name - 1;
        memcpy(health->name, list->p[b].name.p, n);
        health->name[n] = '\0';
    }
}

static void take_config(struct zd_gateway *gateway)
{
    struct zd_model__config *config = zd_model__clerk_config(gateway->clerk);

    if (!config)
        return;
    zd_model__config_leave(gateway->config);
    gateway->config = config;
    config->n_users++;
    take_backends(gateway);
    zd_model__engines_config(gateway);
    zd_model__exchanges_revoke(gateway);
}

static void on_news(evutil_socket_t fd, short what, void *argument)
{
    uint64_t n;

    (void)what;
    if (read(fd, &n, sizeof n) > 0)
        take_config(argument);
}

static void on_tick(evutil_socket_t fd, short what, void *argument)
{
    struct zd_gateway *gateway = argument;

    (void)fd;
    (void)what;
    gateway->today = zd_date_today();
    zd_model__engines_tick(gateway, zd_clock_mono_us());
    zd_model__probes_tick(gateway, zd_clock_mono_us());
    zd_model__exchanges_tick(gateway, zd_clock_mono_us());
}

static void on_soon(evutil_socket_t fd, short what, void *argument)
{
    (void)fd;
    (void)what;
    zd_model__exchanges_soon(argument);
}

static enum zd_status make_events(struct zd_gateway *gateway, struct event_base *base,
                                  struct zd_error *err)
{
    static const struct timeval tick = {.tv_usec = TICK_MS * 1000};

    gateway->news_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (gateway->news_fd < 0)
        return ZD_FAIL(err, ZD_IO, 0, "no descriptor left for the gateway");
    gateway->on_news = event_new(base, gateway->news_fd, EV_READ | EV_PERSIST, on_news, gateway);
    gateway->on_tick = event_new(base, -1, EV_PERSIST, on_tick, gateway);
    gateway->on_soon = event_new(base, -1, 0, on_soon, gateway);
    if (!gateway->on_news || !gateway->on_tick || !gateway->on_soon ||
        event_add(gateway->on_news, NULL) != 0 || event_add(gateway->on_tick, &tick) != 0)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the gateway");
    return ZD_OK;
}

static void complete_limits(struct zd_gateway_limits *limits)
{
    if (limits->queue_ms == 0)
        limits->queue_ms = 30000;
    if (limits->max_waiting == 0)
        limits->max_waiting = 1000;
    if (limits->open_ms == 0)
        limits->open_ms = 30000;
    if (limits->rest_ms == 0)
        limits->rest_ms = 1000;
    if (limits->probe_ms == 0)
        limits->probe_ms = 10000;
}

static enum zd_status take_lock(struct zd_gateway *gateway, const char *dir, struct zd_error *err)
{
    char path[4096];

    if (snprintf(path, sizeof path, "%s/gateway.lock", dir) >= (int)sizeof path ||
        snprintf(gateway->ca_file, sizeof gateway->ca_file, "%s/ca.pem", dir) >=
            (int)sizeof gateway->ca_file)
        return ZD_FAIL(err, ZD_LIMIT, 0, "the path of the office is too long");
    if (zd_durable_lock(path, &gateway->lock, err) == ZD_OK)
        return ZD_OK;
    gateway->lock = -1;
    return ZD_FAIL(err, ZD_BUSY, 0, "another process serves this office's models");
}

enum zd_status zd_gateway_open(const struct zd_gateway_options *options,
                               struct zd_gateway **ret_gateway, struct zd_error *err)
{
    struct zd_gateway *gateway = zd_alloc(sizeof *gateway);
    enum zd_status st;

    if (!gateway)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the gateway");
    gateway->news_fd = gateway->lock = -1;
    gateway->limits = options->limits;
    gateway->log = options->log;
    gateway->log_context = options->log_context;
    gateway->today = zd_date_today();
    complete_limits(&gateway->limits);
    st = take_lock(gateway, options->dir, err);
    if (st == ZD_OK)
        st = zd_random(&gateway->seed, sizeof gateway->seed, err);
    gateway->seed |= 1;
    if (st == ZD_OK)
        st = make_events(gateway, options->base, err);
    if (st == ZD_OK)
        st = zd_upstream_open(options->base,
                              access(gateway->ca_file, R_OK) == 0 ? gateway->ca_file : NULL,
                              &gateway->upstream, err);
    if (st == ZD_OK)
        st = zd_model__clerk_open(gateway, options->dir, &gateway->clerk, err);
    if (st != ZD_OK) {
        zd_gateway_close(gateway);
        return st;
    }
    take_config(gateway);
    *ret_gateway = gateway;
    return ZD_OK;
}

void zd_gateway_close(struct zd_gateway *gateway)
{
    struct event *events[3];

    if (!gateway)
        return;
    zd_model__exchanges_cancel(gateway);
    zd_model__engines_stop(gateway);
    zd_model__probes_stop(gateway);
    zd_upstream_close(gateway->upstream);
    zd_model__clerk_close(gateway->clerk);
    events[0] = gateway->on_news;
    events[1] = gateway->on_tick;
    events[2] = gateway->on_soon;
    for (size_t i = 0; i < ZD_COUNT(events); i++)
        if (events[i])
            event_free(events[i]);
    if (gateway->news_fd >= 0)
        (void)close(gateway->news_fd);
    zd_model__config_leave(gateway->config);
    zd_model__ledger_free(&gateway->ledger);
    if (gateway->lock >= 0)
        zd_durable_unlock(gateway->lock);
    zd_free(gateway);
}

static enum zd_status copy_caller(struct zd_arena *arena, const struct zd_api_key *key,
                                  const struct zd_desk_row *desk, struct zd_caller *ret_caller,
                                  struct zd_error *err)
{
    struct zd_caller caller = {
        .key = zd_arena_str(arena, key->id),
        .department = zd_arena_str(arena, key->department),
        .desk = zd_arena_str(arena, key->desk),
        .desk_model = zd_arena_str(arena, desk->model),
        .desk_is_public = desk->is_public,
        .cheapest = desk->cheapest,
        .scope = key->scope,
        .data_class = key->data_class,
    };

    if (!caller.key.p || !caller.department.p || !caller.desk.p || !caller.desk_model.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the caller");
    *ret_caller = caller;
    return ZD_OK;
}

enum zd_status zd_gateway_admit(struct zd_gateway *gateway, struct zd_str secret,
                                struct zd_arena *arena, struct zd_caller *ret_caller,
                                struct zd_error *err)
{
    const struct zd_desk_row *desk = NULL;
    const struct zd_api_key *key = NULL;
    uint8_t hash[ZD_SHA256_BYTES];
    bool alive;

    if (zd_api_key_hash(secret, hash))
        key = zd_model__config_key(gateway->config, hash);
    alive = key && key->revoked == 0 && (key->expires == 0 || key->expires > zd_clock_wall_us());
    if (alive)
        desk = zd_model__config_desk(gateway->config, key->desk);
    if (!desk)
        return ZD_FAIL(err, ZD_DENIED, 0, "no such key, or it is no longer valid");
    return copy_caller(arena, key, desk, ret_caller, err);
}

static uint32_t scope_of(enum zd_task task)
{
    return task == ZD_TASK_CHAT ? ZD_SCOPE_CHAT : ZD_SCOPE_EMBEDDING;
}

bool zd_gateway_model_next(struct zd_gateway *gateway, const struct zd_caller *caller, size_t *at,
                           struct zd_model_info *ret_info)
{
    const struct zd_model__config *config = gateway->config;

    while (*at < config->models.n) {
        const struct zd_model *model = &config->models.p[(*at)++];
        bool repeats = *at > 1 && zd_str_eq(model->name, config->models.p[*at - 2].name);

        if (repeats || !(caller->scope & scope_of(model->task)) ||
            (caller->desk_is_public && model->filing.n == 0) ||
            !(model->classes >> caller->data_class & 1))
            continue;
        *ret_info = (struct zd_model_info){.name = model->name,
                                           .backend = model->backend,
                                           .filing = model->filing,
                                           .task = model->task,
                                           .context_tokens = model->context_tokens};
        return true;
    }
    return false;
}

static void metric(struct zd_buf *out, const char *name, const char *type, const char *help)
{
    zd_buf_printf(out, "# HELP zhidian_model_%s %s\n# TYPE zhidian_model_%s %s\n", name, help, name,
                  type);
}

void zd_gateway_metrics(struct zd_gateway *gateway, struct zd_buf *out)
{
    static const struct {
        const char *name, *type, *help;
    } rows[] = {
        {"running", "gauge", "exchanges with the backend now"},
        {"requests_total", "counter", "requests sent to the backend"},
        {"failures_total", "counter", "requests that the backend failed"},
        {"breaker_open", "gauge", "1 while the backend is left alone"},
        {"tokens_in_total", "counter", "tokens sent, as charged"},
        {"tokens_out_total", "counter", "tokens received, as charged"},
    };
    uint64_t now = zd_clock_mono_us();

    metric(out, "waiting", "gauge", "exchanges that wait for a place at a backend");
    zd_buf_printf(out, "zhidian_model_waiting %u\n", gateway->n_waiting);
    metric(out, "refused_total", "counter", "requests over a quota, or to no model");
    zd_buf_printf(out, "zhidian_model_refused_total %llu\n",
                  (unsigned long long)gateway->n_refused);
    metric(out, "retried_total", "counter", "attempts after a first one failed");
    zd_buf_printf(out, "zhidian_model_retried_total %llu\n",
                  (unsigned long long)gateway->n_retried);
    for (size_t r = 0; r < ZD_COUNT(rows); r++) {
        metric(out, rows[r].name, rows[r].type, rows[r].help);
        for (size_t i = 0; i < ZD_COUNT(gateway->health); i++) {
            const struct zd_model__health *h = &gateway->health[i];
            const uint64_t values[] = {h->n_running,   h->n_requests,
                                       h->n_failures,  zd_model__is_open(h, now),
                                       h->n_tokens_in, h->n_tokens_out};

            if (h->key != 0)
                zd_buf_printf(out, "zhidian_model_%s{backend=\"%s\"} %llu\n", rows[r].name, h->name,
                              (unsigned long long)values[r]);
        }
    }
}

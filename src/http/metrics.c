/* metrics.c: see metrics.h. */
#include "http/metrics.h"

static const uint64_t bounds_us[ZD_HTTP_METRICS_BUCKETS] = {
    1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 1000000, 5000000};

void zd_http_metrics_count(struct zd_http_metrics *metrics, size_t route, int status,
                           uint64_t took_us)
{
    size_t row = route < ZD_HTTP_METRICS_ROUTES ? route : ZD_HTTP_METRICS_ROUTES - 1;
    size_t bucket = 0;

    while (bucket < ZD_HTTP_METRICS_BUCKETS && took_us > bounds_us[bucket])
        bucket++;
    metrics->n[row][status >= 100 && status < 600 ? status / 100 : 0]++;
    metrics->us[row] += took_us;
    metrics->buckets[row][bucket]++;
}

static void write_route(const struct zd_http_metrics *m, size_t row, const char *name,
                        struct zd_buf *out)
{
    uint64_t n = 0;

    for (size_t i = 0; i <= ZD_HTTP_METRICS_BUCKETS; i++) {
        n += m->buckets[row][i];
        if (i < ZD_HTTP_METRICS_BUCKETS)
            zd_buf_printf(out, "zhidian_http_seconds_bucket{route=\"%s\",le=\"%g\"} %llu\n", name,
                          (double)bounds_us[i] / 1e6, (unsigned long long)n);
    }
    zd_buf_printf(out, "zhidian_http_seconds_bucket{route=\"%s\",le=\"+Inf\"} %llu\n", name,
                  (unsigned long long)n);
    zd_buf_printf(out, "zhidian_http_seconds_sum{route=\"%s\"} %.6f\n", name,
                  (double)m->us[row] / 1e6);
    zd_buf_printf(out, "zhidian_http_seconds_count{route=\"%s\"} %llu\n", name,
                  (unsigned long long)n);
}

void zd_http_metrics_write(const struct zd_http_metrics *metrics,
                           const struct zd_http_gauges *gauges, const char *(*name_of)(size_t),
                           struct zd_buf *out)
{
    const struct {
        const char *name, *type, *help;
        uint64_t value;
    } rows[] = {
        {"zhidian_http_connections", "gauge", "open now", gauges->n_open},
        {"zhidian_http_waiting", "gauge", "requests that wait for a thread", gauges->n_waiting},
        {"zhidian_http_accepted_total", "counter", "connections", gauges->n_accepted},
        {"zhidian_http_turned_away_total", "counter", "connections over a cap",
         gauges->n_turned_away},
        {"zhidian_http_refused_total", "counter", "malformed requests", gauges->n_refused},
        {"zhidian_http_cut_total", "counter", "connections that were too slow", gauges->n_cut},
        {"zhidian_http_busy_total", "counter", "requests answered 503 at a full queue",
         gauges->n_busy},
        {"zhidian_http_loop_turns_total", "counter", "turns of the event loop", gauges->n_turns},
        {"zhidian_http_loop_slow_turns_total", "counter",
         "turns of the event loop that worked more than 5 ms", gauges->n_slow_turns},
        {"zhidian_http_loop_slowest_turn_microseconds", "gauge",
         "the longest that a turn of the event loop has worked", gauges->slowest_turn_us},
    };

    for (size_t i = 0; i < ZD_COUNT(rows); i++)
        zd_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", rows[i].name, rows[i].help,
                      rows[i].name, rows[i].type, rows[i].name, (unsigned long long)rows[i].value);
    zd_buf_c(out, "# HELP zhidian_http_requests_total replies\n"
                  "# TYPE zhidian_http_requests_total counter\n");
    for (size_t row = 0; row < ZD_HTTP_METRICS_ROUTES; row++)
        for (int class = 1; class < 6; class ++)
            if (metrics->n[row][class] > 0)
                zd_buf_printf(out, "zhidian_http_requests_total{route=\"%s\",code=\"%dxx\"} %llu\n",
                              name_of(row) ? name_of(row) : "none", class,
                              (unsigned long long)metrics->n[row][class]);
    zd_buf_c(out, "# HELP zhidian_http_seconds time to a reply\n"
                  "# TYPE zhidian_http_seconds histogram\n");
    for (size_t row = 0; row + 1 < ZD_HTTP_METRICS_ROUTES; row++)
        if (name_of(row))
            write_route(metrics, row, name_of(row), out);
}

/* metrics: what was served, counted by route, class of status and time; written in the text form
 * of Prometheus. The loop alone counts and reads, so there is no lock. */
#ifndef ZD_HTTP_METRICS_H
#define ZD_HTTP_METRICS_H

#include "base/buf.h"
#include "http/server.h"

#define ZD_HTTP_METRICS_ROUTES 32 /* the last one counts what matched no route */
#define ZD_HTTP_METRICS_BUCKETS 10

struct zd_http_metrics {
    uint64_t n[ZD_HTTP_METRICS_ROUTES][6]; /* by the first digit of the status */
    uint64_t us[ZD_HTTP_METRICS_ROUTES];
    uint64_t buckets[ZD_HTTP_METRICS_ROUTES][ZD_HTTP_METRICS_BUCKETS + 1];
};

/* route: its number in the table; anything past it counts as no route. */
void zd_http_metrics_count(struct zd_http_metrics *metrics, size_t route, int status,
                           uint64_t took_us);

/* name_of gives the operation of a route, NULL past the table. */
void zd_http_metrics_write(const struct zd_http_metrics *metrics,
                           const struct zd_http_gauges *gauges, const char *(*name_of)(size_t),
                           struct zd_buf *out);

#endif

/* routes.c: the table of route_table.h, compiled, and the search in it. */
#include <stdio.h>
#include <string.h>

#include "http/app_private.h"
#include "http/route_table.h"

#define LANE_LOOP (-1)
#define LANE_ASK ZD_HTTP_LANE_ASK
#define LANE_WRITE ZD_HTTP_LANE_WRITE
#define ROUTE(method, path, role, lane, max_body, operation, handler)                              \
    {ZD_HTTP_##method, path, ZD_HTTP_##role, LANE_##lane, max_body, operation, zd_http__##handler},

static const struct zd_http_route routes[] = {ZD_HTTP_ROUTE_TABLE(ROUTE)};

size_t zd_http__route_count(void)
{
    return ZD_COUNT(routes);
}

const struct zd_http_route *zd_http__route_at(size_t i)
{
    return i < ZD_COUNT(routes) ? &routes[i] : NULL;
}

static void allow(char list[48], const char *method)
{
    size_t n = strlen(list);

    (void)snprintf(list + n, 48 - n, "%s%s", n ? ", " : "", method);
}

const struct zd_http_route *zd_http__route_find(enum zd_http_method method, struct zd_str path,
                                                struct zd_str *ret_id, char ret_allow[48])
{
    enum zd_http_method wanted = method == ZD_HTTP_HEAD ? ZD_HTTP_GET : method;

    ret_allow[0] = '\0';
    for (size_t i = 0; i < ZD_COUNT(routes); i++) {
        if (!zd_url_matches(path, routes[i].path, ret_id))
            continue;
        if (routes[i].method == wanted)
            return &routes[i];
        allow(ret_allow, zd_http_method_name(routes[i].method));
        if (routes[i].method == ZD_HTTP_GET)
            allow(ret_allow, "HEAD");
    }
    return NULL;
}

void zd_http_each_route(void (*line)(void *context, const char *text), void *context)
{
    static const char *const roles[] = {"visitor", "owner", "key"};

    for (size_t i = 0; i < ZD_COUNT(routes); i++) {
        char text[160];

        (void)snprintf(text, sizeof text, "%s %s %s %s", zd_http_method_name(routes[i].method),
                       routes[i].path, roles[routes[i].role], routes[i].operation);
        line(context, text);
    }
}

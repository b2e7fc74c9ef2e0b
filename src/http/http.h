/* http: the office on the network. The face of this room.
 *
 * Serves the citizen page, the API under /api/v1 and the health checks (docs/openapi.json) until
 * SIGTERM or SIGINT. Two kinds of callers: visitors, who read what is public, and the owner, who
 * shows the admin token and may change the office. The token is 256 random bits, made at the
 * first serve, told to the caller once and kept only as its hash (admin-token in the office,
 * mode 0600): whoever loses it removes that file and gets another.
 */
#ifndef ZD_HTTP_H
#define ZD_HTTP_H

#include "http/server.h"
#include "ingest/office.h"
#include "model/model.h"

#define ZD_HTTP_TOKEN_BYTES 80 /* text and NUL */

struct zd_http_serve_options {
    struct zd_http_config config; /* lanes are set by serve; zero: the defaults */
    struct zd_gateway_limits gateway;
    int n_readers;          /* threads that answer; 0: as many as processors, at most 16 */
    int log_fd;             /* where the line a request goes; 0 or less: nowhere */
    struct zd_queue *queue; /* that reads uploads in the background; NULL: there is none */
    struct zd_str contact;  /* the next step of a refusal; empty: the desk's default */
    /* Called once, before the first request is taken. new_token is NULL where the office had one. */
    void (*on_ready)(void *context, const char *address, const char *new_token);
    void *ready_context;
};

/* Errors: as zd_http_server_open; those of the office. */
enum zd_status zd_http_serve(struct zd_office *office, const struct zd_http_serve_options *options,
                             struct zd_error *err) ZD_MUST_USE;

/* Sets one limit of server or gateway by its member's name, "head_ms=200". Errors: ZD_INVALID. */
enum zd_status zd_http_limit_set(struct zd_http_serve_options *options, const char *assignment,
                                 struct zd_error *err) ZD_MUST_USE;

/* Calls back with each line "METHOD PATH ROLE OPERATION" of the route table. */
void zd_http_each_route(void (*line)(void *context, const char *text), void *context);

#endif

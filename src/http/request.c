/* request.c: the memory of requests. A few are kept for the next client, with their arenas. */
#include <string.h>

#include "http/server_private.h"

#define ARENA_MAX_BYTES (64 * ZD_MiB)
#define KEPT_BODY_BYTES 65536 /* a spare request does not hold on to more */

static void name_request(struct zd_http_server *server, struct zd_http_request *request)
{
    uint64_t parts[2] = {server->id_seed, ++server->n_ids};
    uint8_t raw[16];

    for (int i = 0; i < 16; i++)
        raw[i] = (uint8_t)(parts[i / 8] >> (56 - 8 * (i % 8)));
    (void)zd_hex(raw, sizeof raw, request->id);
}

struct zd_http_request *zd_http__request_new(struct zd_http_server *server)
{
    struct zd_http_request *request = server->spare;

    if (request) {
        server->spare = request->next;
        server->n_spare--;
        request->next = NULL;
    } else {
        request = zd_alloc(sizeof *request);
        if (!request)
            return NULL;
        request->arena = zd_arena_new(ARENA_MAX_BYTES);
        if (!request->arena) {
            zd_free(request);
            return NULL;
        }
    }
    request->body.max = 0;
    request->reply.body.max = ZD_HTTP_REPLY_MAX_BYTES;
    request->reply.fields.max = 4096;
    name_request(server, request);
    return request;
}

static void empty_buf(struct zd_buf *b)
{
    if (b->cap > KEPT_BODY_BYTES)
        zd_buf_done(b);
    else
        zd_buf_clear(b);
}

/* As at birth, with the memory that is worth keeping. */
static void request_reset(struct zd_http_request *request)
{
    struct zd_http_reply *reply = &request->reply;

    zd_http_head_reset(&request->head);
    zd_arena_reset(request->arena);
    empty_buf(&request->body);
    empty_buf(&reply->body);
    empty_buf(&reply->fields);
    *reply = (struct zd_http_reply){.body = reply->body, .fields = reply->fields};
    request->route = NULL;
    request->route_name = NULL;
    request->caller = NULL;
    request->conn = NULL;
    request->n_reserved = request->n_reply_held = 0;
    request->begun_us = 0;
}

void zd_http__request_free(struct zd_http_server *server, struct zd_http_request *request)
{
    if (!request)
        return;
    if (request->reply.later) {
        const struct zd_http_later *later = request->reply.later;

        request->reply.later = NULL;
        later->gone(server->app.context, request);
    }
    server->n_body_held -= request->n_reserved;
    server->n_reply_held -= request->n_reply_held;
    if (server->n_spare < ZD_HTTP_SPARE_REQUESTS && !atomic_load(&server->stopping)) {
        request_reset(request);
        request->next = server->spare;
        server->spare = request;
        server->n_spare++;
        return;
    }
    zd_http_head_done(&request->head);
    zd_buf_done(&request->body);
    zd_buf_done(&request->reply.body);
    zd_buf_done(&request->reply.fields);
    zd_arena_free(request->arena);
    zd_free(request);
}

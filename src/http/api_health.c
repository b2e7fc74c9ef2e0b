/* api_health.c: is the process alive, and can it answer. */
#include "http/app_private.h"

/* The loop turns. Nothing else is asked, so that a busy database is no reason to be restarted. */
void zd_http__healthz(struct zd_http_call *call)
{
    call->reply->type = "text/plain; charset=utf-8";
    call->reply->fixed = ZD_STR("ok\n");
}

/* The office can be read, and its index is whole. */
void zd_http__readyz(struct zd_http_call *call)
{
    struct zd_error err = {0};
    bool whole;

    call->reply->type = "text/plain; charset=utf-8";
    if (!call->worker || zd_view_begin(call->worker->view, &err) != ZD_OK) {
        call->reply->status = 503;
        call->reply->fixed = ZD_STR("the office cannot be read\n");
        return;
    }
    whole = !zd_view_is_partial(call->worker->view);
    zd_view_end(call->worker->view);
    call->reply->status = whole ? 200 : 503;
    call->reply->fixed = whole ? ZD_STR("ready\n") : ZD_STR("a part of the index is damaged\n");
}

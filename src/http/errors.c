/* errors.c: what goes wrong, as the contract's object or as a page for a person. */
#include "base/json.h"
#include "http/app_private.h"
#include "http/page.h"

void zd_http__error_json(struct zd_http_request *request, int status, const char *code,
                         const char *message)
{
    const struct zd_http_route *route = request->route;
    json_t *inner, *outer;
    bool ok;

    if (route && route->role == ZD_HTTP_KEY) {
        zd_http__openai_error(request, status, code, message);
        return;
    }
    inner = json_object();
    outer = json_object();
    ok = zd_json_set_str(inner, "code", zd_str_c(code)) &&
         zd_json_set_str(inner, "message", zd_str_c(message)) &&
         zd_json_set_str(inner, "request_id", zd_str_c(request->id)) && outer &&
         json_object_set(outer, "error", inner) == 0;

    zd_buf_clear(&request->reply.body);
    request->reply.fixed = (struct zd_str){NULL, 0};
    request->reply.status = status;
    request->reply.type = "application/json; charset=utf-8";
    if (!ok || zd_json_write(outer, &request->reply.body, NULL) != ZD_OK) {
        zd_buf_clear(&request->reply.body);
        request->reply.fixed = ZD_STR("{\"error\":{\"code\":\"out_of_memory\",\"message\":\"\","
                                      "\"request_id\":\"\"}}");
    }
    json_decref(inner);
    json_decref(outer);
}

void zd_http__fail(struct zd_http_call *call, int status, const char *code, const char *message)
{
    if (call->is_page)
        zd_page_error(call, status);
    else
        zd_http__error_json(call->request, status, code, message);
}

void zd_http__fail_with(struct zd_http_call *call, const struct zd_error *err)
{
    switch (err->status) {
    case ZD_INVALID:
        zd_http__fail(call, 400, "invalid", err->what);
        return;
    case ZD_LIMIT:
        zd_http__fail(call, 413, "limit", err->what);
        return;
    case ZD_NOT_FOUND:
        zd_http__fail(call, 404, "not_found", "no such document or version");
        return;
    case ZD_DENIED:
        zd_http__fail(call, 403, "denied", "not allowed");
        return;
    case ZD_BUSY:
    case ZD_NOMEM:
        zd_buf_c(&call->reply->fields, "Retry-After: 2\r\n");
        zd_http__fail(call, 503, "busy", "busy, please try again");
        return;
    default:
        if (call->site->log) {
            struct zd_buf line = {.max = 512};

            zd_buf_printf(&line, "error id=%s status=%s what=\"%s\"", call->request->id,
                          zd_status_word(err->status), err->what);
            zd_http_log_line(call->site->log, zd_buf_view(&line));
            zd_buf_done(&line);
        }
        zd_http__fail(call, 500, "internal", "an error on our side; the operator's log has it");
    }
}

void zd_http__reply_json(struct zd_http_call *call, int status, json_t *value)
{
    struct zd_error err = {0};

    call->reply->status = status;
    call->reply->type = "application/json; charset=utf-8";
    if (!value)
        zd_error_set(&err, ZD_NOMEM, 0, "out of memory for the reply");
    else if (zd_json_write(value, &call->reply->body, &err) == ZD_OK)
        err.status = ZD_OK;
    json_decref(value);
    if (err.status != ZD_OK)
        zd_http__fail_with(call, &err);
}

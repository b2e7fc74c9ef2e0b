/* reply.c: the head of a reply, with the fields every reply carries (see server.h). */
#include <string.h>
#include <time.h>

#include "http/server_private.h"

const char *zd_http_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } rows[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {303, "See Other"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
        {507, "Insufficient Storage"},
    };

    for (size_t i = 0; i < ZD_COUNT(rows); i++)
        if (rows[i].status == status)
            return rows[i].reason;
    return "Unknown";
}

/* The Date of now, written anew once a second. */
static const char *date_now(struct zd_http_server *server)
{
    struct timespec now;
    struct tm tm;

    (void)clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (now.tv_sec != server->date_at && gmtime_r(&now.tv_sec, &tm)) {
        server->date_at = now.tv_sec;
        (void)strftime(server->date, sizeof server->date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    }
    return server->date;
}

struct zd_str zd_http__reply_content(const struct zd_http_request *request)
{
    return request->reply.fixed.p ? request->reply.fixed : zd_buf_view(&request->reply.body);
}

static void add_number(struct zd_buf *out, uint64_t v)
{
    char digits[20];
    size_t n = sizeof digits;

    do {
        digits[--n] = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    zd_buf_add(out, digits + n, sizeof digits - n);
}

void zd_http__reply_head(struct zd_http_server *server, const struct zd_http_request *request,
                         bool keep, enum zd_http_framing framing, struct zd_buf *out)
{
    const struct zd_http_reply *reply = &request->reply;
    int status = reply->status ? reply->status : 200;
    struct zd_str content = zd_http__reply_content(request);

    zd_buf_str(out, ZD_STR("HTTP/1.1 "));
    add_number(out, (uint64_t)status);
    zd_buf_byte(out, ' ');
    zd_buf_c(out, zd_http_reason(status));
    zd_buf_str(out, ZD_STR("\r\nDate: "));
    zd_buf_c(out, date_now(server));
    if (reply->type) {
        zd_buf_str(out, ZD_STR("\r\nContent-Type: "));
        zd_buf_c(out, reply->type);
    }
    if (framing == ZD_HTTP_CHUNKED)
        zd_buf_str(out, ZD_STR("\r\nTransfer-Encoding: chunked"));
    if (framing == ZD_HTTP_LENGTH && status != 204 && status != 304) {
        zd_buf_str(out, ZD_STR("\r\nContent-Length: "));
        add_number(out, content.n);
    }
    zd_buf_str(out, ZD_STR("\r\nCache-Control: "));
    zd_buf_c(out, reply->cache ? reply->cache : "no-store");
    zd_buf_str(out, ZD_STR("\r\nContent-Security-Policy: "));
    zd_buf_c(out, reply->policy ? reply->policy : "default-src 'none'; frame-ancestors 'none'");
    zd_buf_str(out, ZD_STR("\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer"
                           "\r\nX-Request-Id: "));
    zd_buf_c(out, request->id);
    zd_buf_str(out, keep ? ZD_STR("\r\n") : ZD_STR("\r\nConnection: close\r\n"));
    zd_buf_str(out, zd_buf_view(&reply->fields));
    zd_buf_str(out, ZD_STR("\r\n"));
}

/* fetch.c: see fetch.h. libcurl's easy interface: one request at a time is what politeness asks. */
#include "watch/fetch.h"

#include <curl/curl.h>
#include <sys/socket.h>

#include "model/egress.h"

#define CONNECT_MS 10000L
#define TOTAL_MS 60000L
#define FIELD_MAX_BYTES 512

struct call {
    enum zd_place place;
    bool forbidden, too_large;
    const atomic_bool *cancel;
    struct zd_arena *arena;
    struct zd_buf *body;
    struct zd_fetched *fetched;
};

static size_t host_end(struct zd_str url)
{
    size_t at = zd_str_find(url, ZD_STR("://"), 0);

    at = at == SIZE_MAX ? url.n : zd_str_find(url, ZD_STR("/"), at + 3);
    return at == SIZE_MAX ? url.n : at;
}

enum zd_status zd_watch_url_check(struct zd_str url, struct zd_arena *arena,
                                  struct zd_str *ret_host, struct zd_error *err)
{
    const size_t query = zd_str_find(url, ZD_STR("?"), 0);
    struct zd_egress_url parts;
    enum zd_status st = zd_egress_url_read(zd_str_cut(url, 0, query), arena, &parts, err);

    for (size_t i = query; st == ZD_OK && i < url.n; i++)
        if ((uint8_t)url.p[i] <= ' ' || (uint8_t)url.p[i] >= 0x7f || url.p[i] == '#' ||
            url.p[i] == '"' || url.p[i] == '<' || url.p[i] == '>' || url.p[i] == '\\')
            st = ZD_FAIL(err, ZD_INVALID, i, "a query holds no white space and no other scripts");
    if (st == ZD_OK)
        *ret_host = zd_str_cut(url, 0, host_end(url));
    return st;
}

static curl_socket_t on_open(void *argument, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct call *call = argument;

    if (purpose != CURLSOCKTYPE_IPCXN || !zd_egress_allows(&address->addr, call->place)) {
        call->forbidden = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Its type is libcurl's. NOLINTNEXTLINE(readability-non-const-parameter) */
static size_t on_write(char *p, size_t size, size_t n, void *argument)
{
    struct call *call = argument;

    if (call->body->n + size * n > call->body->max) {
        call->too_large = true;
        return 0;
    }
    zd_buf_add(call->body, p, size * n);
    return call->body->bad ? 0 : size * n;
}

/* The value of a field line named `name` (lower case, with its colon); p NULL for another. */
static struct zd_str field_of(struct zd_str line, struct zd_str name)
{
    if (line.n < name.n || line.n > FIELD_MAX_BYTES)
        return (struct zd_str){NULL, 0};
    for (size_t i = 0; i < name.n; i++)
        if ((line.p[i] | (name.p[i] >= 'a' ? 32 : 0)) != name.p[i])
            return (struct zd_str){NULL, 0};
    return zd_str_trim(zd_str_cut(line, name.n, line.n));
}

/* Only what can be sent back in a field: printable ASCII. */
static struct zd_str kept(struct call *call, struct zd_str value)
{
    for (size_t i = 0; i < value.n; i++)
        if ((uint8_t)value.p[i] < ' ' || (uint8_t)value.p[i] >= 0x7f)
            return ZD_STR("");
    return zd_arena_str(call->arena, value);
}

/* Its type is libcurl's. NOLINTNEXTLINE(readability-non-const-parameter) */
static size_t on_field(char *p, size_t size, size_t n, void *argument)
{
    struct call *call = argument;
    struct zd_str line = {p, size * n}, value;

    if ((value = field_of(line, ZD_STR("etag:"))).p)
        call->fetched->etag = kept(call, value);
    else if ((value = field_of(line, ZD_STR("last-modified:"))).p)
        call->fetched->modified = kept(call, value);
    else if ((value = field_of(line, ZD_STR("location:"))).p)
        call->fetched->moved = kept(call, value);
    return size * n;
}

static int on_progress(void *argument, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct call *call = argument;

    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return call->cancel && atomic_load(call->cancel);
}

static bool add_field(struct curl_slist **fields, const char *name, struct zd_str value,
                      struct zd_arena *arena)
{
    struct zd_str line = zd_arena_printf(arena, "%s: %.*s", name, (int)value.n, value.p);
    struct curl_slist *longer = line.p ? curl_slist_append(*fields, line.p) : NULL;

    if (longer)
        *fields = longer;
    return longer != NULL;
}

#define SET(option, value) (curl_easy_setopt(curl, option, value) == CURLE_OK)

static bool set_up(CURL *curl, const char *url, struct curl_slist *fields, struct call *call)
{
    return SET(CURLOPT_PROTOCOLS_STR, "http,https") && SET(CURLOPT_FOLLOWLOCATION, 0L) &&
           SET(CURLOPT_PROXY, "") && SET(CURLOPT_NOSIGNAL, 1L) &&
           SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
           SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
           SET(CURLOPT_HTTP09_ALLOWED, 0L) && SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) &&
           SET(CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS) && SET(CURLOPT_TIMEOUT_MS, TOTAL_MS) &&
           SET(CURLOPT_OPENSOCKETFUNCTION, on_open) && SET(CURLOPT_OPENSOCKETDATA, call) &&
           SET(CURLOPT_WRITEFUNCTION, on_write) && SET(CURLOPT_WRITEDATA, call) &&
           SET(CURLOPT_HEADERFUNCTION, on_field) && SET(CURLOPT_HEADERDATA, call) &&
           SET(CURLOPT_XFERINFOFUNCTION, on_progress) && SET(CURLOPT_XFERINFODATA, call) &&
           SET(CURLOPT_NOPROGRESS, 0L) && SET(CURLOPT_USERAGENT, "zhidian") &&
           SET(CURLOPT_HTTPHEADER, fields) && SET(CURLOPT_URL, url);
}

enum zd_status zd_watch_fetch(struct zd_str url, struct zd_str etag, struct zd_str modified,
                              const atomic_bool *cancel, struct zd_arena *arena,
                              struct zd_buf *body, struct zd_fetched *ret_fetched,
                              struct zd_error *err)
{
    struct zd_fetched fetched = {.etag = ZD_STR(""), .modified = ZD_STR(""), .moved = ZD_STR("")};
    struct call call = {.cancel = cancel, .arena = arena, .body = body, .fetched = &fetched};
    struct zd_str whole = zd_arena_printf(arena, "%.*s", (int)url.n, url.p), host;
    struct zd_egress_url parts;
    struct curl_slist *fields = NULL;
    CURL *curl = NULL;
    long status = 0;
    bool ok;
    enum zd_status st = zd_watch_url_check(url, arena, &host, err);

    if (st == ZD_OK)
        st = zd_egress_url_read(zd_str_cut(url, 0, zd_str_find(url, ZD_STR("?"), 0)), arena, &parts,
                                err);
    if (st != ZD_OK)
        return st;
    call.place = zd_egress_place(&parts);
    curl = curl_easy_init();
    ok = curl && whole.p && (etag.n == 0 || add_field(&fields, "If-None-Match", etag, arena)) &&
         (modified.n == 0 || add_field(&fields, "If-Modified-Since", modified, arena)) &&
         set_up(curl, whole.p, fields, &call);
    if (!ok) {
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a request");
    } else if (curl_easy_perform(curl) == CURLE_OK) {
        (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        fetched.status = (int)status;
    } else {
        fetched.why = call.forbidden   ? "its name leads to an address that is not allowed"
                      : call.too_large ? "it is larger than 32 MB"
                                       : "nothing came from there";
    }
    curl_easy_cleanup(curl);
    curl_slist_free_all(fields);
    if (st == ZD_OK)
        *ret_fetched = fetched;
    return st;
}

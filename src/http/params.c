/* params.c: what several routes read from a request in the same way. */
#include <strings.h>

#include "base/date.h"
#include "http/app_private.h"

bool zd_http__param_date(struct zd_http_call *call, const char *name, int32_t *ret_date)
{
    struct zd_str text = zd_url_param(&call->query, name);

    if (text.n == 0)
        return true; /* an empty field of a form is no date */
    if (zd_date_parse(text, ret_date, NULL) == ZD_OK)
        return true;
    zd_http__fail(call, 400, "invalid", "a date is not YYYY-MM-DD");
    return false;
}

bool zd_http__param_number(struct zd_http_call *call, const char *name, uint64_t standard,
                           uint64_t min, uint64_t max, uint64_t *ret_number)
{
    struct zd_str text = zd_url_param(&call->query, name);
    uint64_t n = 0;
    bool ok = text.n <= 12;

    if (text.n == 0) {
        *ret_number = standard;
        return true;
    }
    for (size_t i = 0; i < text.n && ok; i++) {
        ok = text.p[i] >= '0' && text.p[i] <= '9';
        n = n * 10 + (uint64_t)(text.p[i] - '0');
    }
    if (ok && n >= min && n <= max) {
        *ret_number = n;
        return true;
    }
    zd_http__fail(call, 400, "invalid", "a number is malformed or out of its range");
    return false;
}

/* ?lang= wins; then the first of the browser's languages that is Chinese or English. */
enum zd_http_lang zd_http__lang_of(struct zd_http_call *call)
{
    struct zd_str wanted = zd_url_param(&call->query, "lang");
    struct zd_str list = zd_http_head_find(&call->request->head, "accept-language");

    if (wanted.n >= 2)
        return strncasecmp(wanted.p, "en", 2) == 0 ? ZD_HTTP_EN : ZD_HTTP_ZH;
    for (size_t at = 0; at + 2 <= list.n;) {
        while (at < list.n && (list.p[at] == ' ' || list.p[at] == ','))
            at++;
        if (at + 2 <= list.n && strncasecmp(list.p + at, "zh", 2) == 0)
            return ZD_HTTP_ZH;
        if (at + 2 <= list.n && strncasecmp(list.p + at, "en", 2) == 0)
            return ZD_HTTP_EN;
        while (at < list.n && list.p[at] != ',')
            at++;
    }
    return ZD_HTTP_ZH;
}

/* assets.c: the style, script and icon of the pages, built from web/ and carried in the program.
 * Their addresses hold a hash of the content, so a browser may keep them for ever. */
#include "base/base.h"
#include "http/page.h"

struct asset {
    const char *name, *public_name, *address, *type;
    struct zd_str content;
};

#include "http/assets_data.h"

const char *zd_page_asset(const char *name)
{
    for (size_t i = 0; i < ZD_COUNT(assets); i++)
        if (zd_str_eq(zd_str_c(assets[i].name), zd_str_c(name)))
            return assets[i].address;
    return "/";
}

void zd_http__asset(struct zd_http_call *call)
{
    for (size_t i = 0; i < ZD_COUNT(assets); i++)
        if (zd_str_eq(zd_str_c(assets[i].public_name), call->id)) {
            call->reply->type = assets[i].type;
            call->reply->cache = "public, max-age=31536000, immutable";
            call->reply->fixed = assets[i].content;
            return;
        }
    zd_http__fail(call, 404, "not_found", "no such file");
}

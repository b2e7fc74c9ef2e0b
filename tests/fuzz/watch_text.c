/* watch_text: any bytes as a robots.txt and as a feed. Every link is of the host and stands once; the
 * file robots.txt itself is always allowed. */
#include <stdlib.h>

#include "watch/links.h"
#include "watch/robots.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct zd_str text = {(const char *)data, size}, host = ZD_STR("http://h");
    struct zd_arena *arena = zd_arena_new((size_t)16 << 20);
    struct zd_links links = {0};

    if (!arena)
        return 0;
    if (!zd_robots_allows(text, ZD_STR("/robots.txt")))
        abort();
    (void)zd_robots_allows(text, ZD_STR("/private/a/bb?c=d"));
    if (zd_links_of(text, host, 50, arena, &links, NULL) == ZD_OK)
        for (size_t i = 0; i < links.n; i++) {
            if (!zd_str_starts(links.p[i], ZD_STR("http://h/")))
                abort();
            for (size_t k = 0; k < i; k++)
                if (zd_str_eq(links.p[i], links.p[k]))
                    abort();
        }
    zd_arena_free(arena);
    return 0;
}

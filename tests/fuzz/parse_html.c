/* Fuzz target: the HTML reader and all that follows it. The input is put behind a doctype, so that
 * every byte is spent on the page. Oracle: parse_oracle.h. */
#include "parse_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char head[] = "<!DOCTYPE html>";
    size_t n = sizeof head - 1 + size;
    uint8_t *page = malloc(n);

    if (!page)
        return 0;
    memcpy(page, head, sizeof head - 1);
    if (size)
        memcpy(page + sizeof head - 1, data, size);
    read_as_file(page, n, "page.html");
    free(page);
    return 0;
}

/* JSON bodies (Z5).
 *
 * Oracle: what is read can be written, and what was written reads again and writes as the same
 * bytes. (The first writing may shorten a number.) */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zd_buf once = {.max = (size_t)1 << 24}, twice = {.max = (size_t)1 << 24};
    json_t *value = NULL, *again = NULL;

    if (zd_json_parse((struct zd_str){(const char *)data, size}, &value, NULL) != ZD_OK)
        return 0;
    demand(zd_json_write(value, &once, NULL) == ZD_OK);
    demand(zd_json_parse(zd_buf_view(&once), &again, NULL) == ZD_OK);
    demand(zd_json_write(again, &twice, NULL) == ZD_OK);
    demand(zd_str_eq(zd_buf_view(&once), zd_buf_view(&twice)));
    json_decref(value);
    json_decref(again);
    zd_buf_done(&once);
    zd_buf_done(&twice);
    return 0;
}

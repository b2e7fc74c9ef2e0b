/* Fuzz target: zd_clean, on the valid beginning of the input.
 *
 * Oracle beyond "no crash": cleaning only takes away. What comes out is valid UTF-8 and a
 * subsequence of what went in, and where the report counts nothing it is the same. */
#include "text/text.h"

#include <stdlib.h>

#include "base/caps.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_subsequence(struct zd_str part, struct zd_str whole)
{
    size_t at = 0;

    for (size_t i = 0; i < part.n; i++) {
        while (at < whole.n && whole.p[at] != part.p[i])
            at++;
        if (at++ == whole.n)
            return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zd_str text = {(const char *)data, zd_utf8_valid_prefix((struct zd_bytes){data, size})};
    struct zd_buf out = {.max = ZD_TEXT_MAX_BYTES};
    struct zd_clean_report r = {0};

    if (zd_clean(text, &out, &r, NULL) != ZD_OK)
        abort();
    if (zd_utf8_valid_prefix(zd_str_bytes(zd_buf_view(&out))) != out.n)
        abort();
    if (!is_subsequence(zd_buf_view(&out), text))
        abort();
    if (r.n_glosses + r.n_furniture_lines + r.n_invisible_chars + r.n_repeated_lines == 0 &&
        !zd_str_eq(zd_buf_view(&out), text))
        abort();
    zd_buf_done(&out);
    return 0;
}

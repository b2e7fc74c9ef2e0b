/* Fuzz target: zd_decode. The first byte chooses a declared charset.
 *
 * Oracle beyond "no crash": what comes out is valid UTF-8 without NUL and carriage return, and a
 * text that was read from bytes reads as itself when it is UTF-8 already. A refusal leaves the
 * buffer and the name alone. */
#include "text/text.h"

#include <stdlib.h>
#include <string.h>

#include "base/caps.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Their share is counted in bytes of the encoding, so it may pass in one and not in the other. */
static bool has_controls(struct zd_str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (((uint8_t)text.p[i] < 0x20 && text.p[i] != '\n' && text.p[i] != '\t') ||
            text.p[i] == 0x7F)
            return true;
    return false;
}

static void read_again(struct zd_str text)
{
    struct zd_buf out = {.max = ZD_TEXT_MAX_BYTES};
    const char *name = "";

    if (zd_str_starts(text, ZD_STR("\xEF\xBB\xBF")))
        return;
    if (zd_decode(zd_str_bytes(text), ZD_STR(""), &out, &name, NULL) != ZD_OK)
        abort();
    if (!zd_str_eq(zd_buf_view(&out), text) || strcmp(name, "UTF-8") != 0)
        abort();
    zd_buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const hints[] = {"", "gb2312", "big5", "utf-8", "x"};
    struct zd_buf out = {.max = ZD_TEXT_MAX_BYTES};
    const char *name = NULL;
    struct zd_str hint, text;

    if (size == 0)
        return 0;
    hint = zd_str_c(hints[data[0] % ZD_COUNT(hints)]);
    if (zd_decode((struct zd_bytes){data + 1, size - 1}, hint, &out, &name, NULL) != ZD_OK) {
        if (name || out.n)
            abort();
        zd_buf_done(&out);
        return 0;
    }
    text = zd_buf_view(&out);
    if (!name || zd_utf8_valid_prefix(zd_str_bytes(text)) != text.n)
        abort();
    if (text.n > 0 && (memchr(text.p, 0, text.n) || memchr(text.p, '\r', text.n)))
        abort();
    if (!has_controls(text))
        read_again(text);
    zd_buf_done(&out);
    return 0;
}

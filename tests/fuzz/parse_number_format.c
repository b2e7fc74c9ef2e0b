/* Fuzz target: numbers as a format code shows them: eight bytes of number, then the code.
 * Oracle: the code is text, so what is shown is text. */
#include "parse/xlsx_private.h"
#include "parse_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zd_buf out = {.max = ZD_MiB}, code = {.max = ZD_MiB};
    double value;

    if (size < sizeof value)
        return 0;
    memcpy(&value, data, sizeof value);
    zd_buf_add(&code, data + sizeof value,
               zd_utf8_valid_prefix((struct zd_bytes){data + sizeof value, size - sizeof value}));
    if (zd_buf_cstr(&code))
        zd_parse__number_show(&out, zd_buf_cstr(&code), value, size % 2);
    must_be_text(zd_buf_view(&out));
    zd_buf_done(&out);
    zd_buf_done(&code);
    return 0;
}

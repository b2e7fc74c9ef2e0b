/* Fuzz target: RTF files. Oracle: parse_oracle.h. */
#include "base/buf.h"
#include "parse_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zd_buf file = {.max = 16 * ZD_MiB};

    zd_buf_c(&file, "{\\rtf1");
    zd_buf_add(&file, data, size);
    if (!file.bad)
        read_as_file(file.p, file.n, "a.rtf");
    zd_buf_done(&file);
    return 0;
}

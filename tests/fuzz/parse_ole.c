/* Fuzz target: containers of old Office programs, with Word documents and Excel workbooks in them.
 * Oracle: parse_oracle.h. */
#include "parse/cfb.h"
#include "parse_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 8 && memcmp(data, ZD_PARSE__CFB_SIGNATURE, 8) == 0)
        read_as_file(data, size, "a.doc");
    return 0;
}

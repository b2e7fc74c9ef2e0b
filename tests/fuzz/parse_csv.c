/* Fuzz target: tables as text. Oracle: parse_oracle.h. */
#include "parse_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_as_file(data, size, "a.csv");
    return 0;
}

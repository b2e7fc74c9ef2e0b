/* Fuzz target: Markdown, and the cutting into passages of what it holds. Oracle: parse_oracle.h,
 * and the cleaned text is the text that was cut. */
#include "parse_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_as_file(data, size, "云岫市办法(2021-12-24).md");
    return 0;
}

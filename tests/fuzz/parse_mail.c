/* Fuzz target: messages and saved pages. A head that makes it one is put before the input. Oracle:
 * parse_oracle.h. */
#include "parse_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char head[] = "MIME-Version: 1.0\nFrom: a@example.org\n";
    size_t n = sizeof head - 1 + size;
    uint8_t *mail = malloc(n);

    if (!mail)
        return 0;
    memcpy(mail, head, sizeof head - 1);
    if (size)
        memcpy(mail + sizeof head - 1, data, size);
    read_as_file(mail, n, "a.eml");
    free(mail);
    return 0;
}

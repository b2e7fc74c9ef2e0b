/* Fuzz target: OpenDocument texts and spreadsheets: the first byte chooses, then content.xml, a line
 * "==", styles.xml. Oracle: parse_oracle.h. */
#include "office_zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct office_zip zip = {.out = {.max = 4 * ZD_MiB}, .directory = {.max = ZD_MiB}};
    struct zd_str rest = {(const char *)data, size}, type;
    size_t end;

    if (size == 0)
        return 0;
    type = data[0] == 's' ? ZD_STR("application/vnd.oasis.opendocument.spreadsheet")
                          : ZD_STR("application/vnd.oasis.opendocument.text");
    rest = zd_str_cut(rest, 1, rest.n);
    end = zd_str_find(rest, ZD_STR("\n==\n"), 0);
    end = end == SIZE_MAX ? rest.n : end;
    office_zip_add(&zip, "mimetype", zd_str_bytes(type));
    office_zip_add(&zip, "content.xml", zd_str_bytes(zd_str_cut(rest, 0, end)));
    office_zip_add(&zip, "styles.xml", zd_str_bytes(zd_str_cut(rest, end + 4, rest.n)));
    office_zip_read(&zip);
    return 0;
}

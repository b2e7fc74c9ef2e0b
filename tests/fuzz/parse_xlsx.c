/* Fuzz target: Excel workbooks. The input is its parts, cut
 * at lines "==": relations, workbook, formats, strings, a sheet.
 * Oracle: parse_oracle.h. */
#include "office_zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {
        "xl/_rels/workbook.xml.rels", "xl/workbook.xml",          "xl/styles.xml",
        "xl/sharedStrings.xml",       "xl/worksheets/sheet1.xml", NULL};

    office_zip_of(data, size, names);
    return 0;
}

/* Fuzz target: the OFD reader. The input is the parts' XML, apart by lines "==". Oracle:
 * parse_oracle.h. */
#include "office_zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"Doc_0/Pages/Page_0/Content.xml", "OFD.xml",
                                        "Doc_0/Document.xml", "Doc_0/Tpls/T.xml", NULL};

    office_zip_of(data, size, names);
    return 0;
}

/* Fuzz target: PowerPoint presentations. The input is its parts, cut
 * at lines "==": relations, presentation, a slide.
 * Oracle: parse_oracle.h. */
#include "office_zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"ppt/_rels/presentation.xml.rels", "ppt/presentation.xml",
                                        "ppt/slides/slide1.xml", NULL};

    office_zip_of(data, size, names);
    return 0;
}

/* Fuzz target: Word documents. The input is its parts, cut
 * at lines "==": relations, styles, numbering, the document, its notes.
 * Oracle: parse_oracle.h. */
#include "office_zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"word/_rels/document.xml.rels", "word/styles.xml",
                                        "word/numbering.xml",           "word/document.xml",
                                        "word/footnotes.xml",           NULL};

    office_zip_of(data, size, names);
    return 0;
}

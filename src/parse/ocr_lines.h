/* ocr_lines: where the lines of a page stand, by its ink.
 *
 * The layout that Tesseract finds loses short lines (the last of a paragraph) and the ends of long
 * ones, and it reads a line better when it is given that line alone: of three pages in 12-point type
 * whole pages gave 0.981 of the characters and single lines 0.991. So its lines are only where this
 * begins; what stands between two empty rows of pixels is a line.
 */
#ifndef ZD_PARSE_OCR_LINES_H
#define ZD_PARSE_OCR_LINES_H

#include <stddef.h>

#include "parse/ocr.h"

struct zd_parse__ocr_box {
    int left, top, right, bottom; /* pixels; right and bottom are behind the last */
};

/* The lines of a page from its top, with a margin, in ret_lines[max]. `given`: those that a layout
 * found, `height` high in the middle. How many there are; 0 where most of the given ones are in none:
 * the page is then to be read as a whole. */
size_t zd_parse__ocr_lines(const struct zd_parse__ocr_page *page,
                           const struct zd_parse__ocr_box *given, size_t n_given, double height,
                           struct zd_parse__ocr_box *ret_lines, size_t max);

#endif

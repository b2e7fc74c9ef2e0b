/* ocr: text from pictures of pages, by Tesseract with its model of simplified Chinese.
 *
 * Both are loaded before the lock (worker.h), from where Debian puts them, and only for a document
 * whose first reading found pages that are pictures; an office without them reads everything else.
 * The library is opened by name at that moment, so no other document pays for it and the program
 * runs where it is not installed.
 *
 * One page is given at a time; its words become pieces of the layout, each with its place, so that
 * columns, running heads and paragraphs are found as in any other document.
 */
#ifndef ZD_PARSE_OCR_H
#define ZD_PARSE_OCR_H

#include "parse/layout.h"

#define ZD_PARSE__OCR_DPI 300

/* Loads library and model; where they are not installed nothing happens. Before the lock. */
void zd_parse__ocr_load(void);
bool zd_parse__ocr_is_loaded(void);

/* A page in shades of grey, a byte each, rows `stride` bytes apart. */
struct zd_parse__ocr_page {
    const uint8_t *samples;
    int width, height, stride;
    double unit; /* of the layout, in one of its pixels */
};

/* The words of the page as pieces of the layout's last page. False where it could not be looked at. */
bool zd_parse__ocr_read(const struct zd_parse__ocr_page *page, struct zd_parse__layout *layout);

#endif

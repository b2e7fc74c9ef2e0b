/* mupdf_private: what pdf.c and picture.c share: MuPDF with our memory, quiet, and its pixels. */
#ifndef ZD_PARSE_MUPDF_PRIVATE_H
#define ZD_PARSE_MUPDF_PRIVATE_H

#include <mupdf/fitz.h>

#include "parse/layout.h"

/* A context that allocates through base and prints nothing; NULL without memory. */
fz_context *zd_parse__mupdf_new(size_t store_bytes);

/* Recognises the words of a page; the pixmap is of one component. `unit` of the layout is one
 * pixel. Counts a page that gave no words as one it could not read. */
void zd_parse__mupdf_recognise(fz_context *ctx, const fz_pixmap *pixmap, double unit,
                               struct zd_parse__layout *layout);

#endif

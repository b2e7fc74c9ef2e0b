/* Fuzz target: a page's ink and the lines that a layout gives → lines. The first bytes are the page's
 * width and height, the height of a line and how many lines are given, four bytes each; then a bit a
 * pixel. Oracle: every line lies on the page and is not empty, there are at most `max`, and giving them
 * room for fewer gives the first of them. */
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "parse/ocr_lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST_GIVEN 16
#define MOST_LINES 64

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Boxes on the page, none empty. */
static size_t given_lines(const uint8_t *p, size_t n, int width, int height,
                          struct zd_parse__ocr_box *out)
{
    for (size_t i = 0; i < n; i++, p += 4) {
        out[i].left = p[0] % width;
        out[i].top = p[1] % height;
        out[i].right = out[i].left + 1 + p[2] % (width - out[i].left);
        out[i].bottom = out[i].top + 1 + p[3] % (height - out[i].top);
    }
    return n;
}

/* The page exactly as large as it says, so that a sanitizer sees one step beyond; NULL without memory. */
static uint8_t *paint(const uint8_t *bits, size_t n, int width, int height, int stride)
{
    size_t n_bytes = (size_t)stride * (size_t)(height - 1) + (size_t)width;
    uint8_t *samples = malloc(n_bytes);

    if (!samples)
        return NULL;
    memset(samples, 255, n_bytes);
    for (size_t i = 0; i < (size_t)width * (size_t)height && i / 8 < n; i++)
        if (bits[i / 8] >> (i % 8) & 1)
            samples[i / (size_t)width * (size_t)stride + i % (size_t)width] = 0;
    return samples;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zd_parse__ocr_box given[MOST_GIVEN], lines[MOST_LINES], fewer[MOST_LINES];
    struct zd_parse__ocr_page page = {.unit = 1};
    size_t n_given, n, n_fewer;
    uint8_t *samples;
    double line;

    if (size < 5)
        return 0;
    page.width = data[0] + 1;
    page.height = data[1] + 1;
    page.stride = page.width + data[4] % 8;
    line = data[2] / 4.0;
    n_given = data[3] % (MOST_GIVEN + 1);
    if (size < 5 + 4 * n_given)
        return 0;
    n_given = given_lines(data + 5, n_given, page.width, page.height, given);
    samples =
        paint(data + 5 + 4 * n_given, size - 5 - 4 * n_given, page.width, page.height, page.stride);
    if (!samples)
        return 0;
    page.samples = samples;
    n = zd_parse__ocr_lines(&page, given, n_given, line, lines, MOST_LINES);
    must(n <= MOST_LINES);
    for (size_t i = 0; i < n; i++)
        must(lines[i].left >= 0 && lines[i].left < lines[i].right && lines[i].right <= page.width &&
             lines[i].top >= 0 && lines[i].top < lines[i].bottom && lines[i].bottom <= page.height);
    n_fewer = zd_parse__ocr_lines(&page, given, n_given, line, fewer, 2);
    must(n_fewer == (n < 2 ? n : 2));
    must(n_fewer == 0 || memcmp(lines, fewer, n_fewer * sizeof lines[0]) == 0);
    free(samples);
    return 0;
}

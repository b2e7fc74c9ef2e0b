/* ocr_lines.c: see ocr_lines.h.
 *
 *     rows with ink                      → bands: what stands between two rows of paper
 *     a band with at most one given line → a line, as wide as the ink of the band
 *     a band with several side by side   → each of them (columns, cells)
 *     most given lines in neither        → 0: the page is aslant, ruled, or has pictures
 */
#include "parse/ocr_lines.h"

#include "base/base.h"

#define INK 128       /* below: dark */
#define LEAST_INK 2   /* dark pixels of a row; fewer are specks */
#define NEAR 0.12     /* of a line: what is parted by less is one band (三, 二) */
#define LOWEST 0.35   /* of a line: below it a rule or specks */
#define HIGHEST 1.7   /* of a line: above it several that touch */
#define MOST_OF_ALL 8 /* of 10 given lines have to be found */
#define MARGIN 0.15   /* of a line, around it */
#define BESIDE_MAX 16

struct finding {
    const struct zd_parse__ocr_page *page;
    const struct zd_parse__ocr_box *given;
    size_t n_given;
    double height;
    struct zd_parse__ocr_box *lines;
    size_t n, max;
    size_t n_found; /* given lines that are in one */
};

static int ink_of_row(const struct zd_parse__ocr_page *page, int y)
{
    const uint8_t *row = page->samples + (size_t)y * (size_t)page->stride;
    int n = 0;

    for (int x = 0; x < page->width && n <= LEAST_INK; x++)
        n += row[x] < INK;
    return n;
}

/* The leftmost and rightmost ink of rows [top, bottom). */
static void ink_across(const struct zd_parse__ocr_page *page, struct zd_parse__ocr_box *band)
{
    band->left = page->width;
    band->right = 0;
    for (int y = band->top; y < band->bottom; y++) {
        const uint8_t *row = page->samples + (size_t)y * (size_t)page->stride;

        for (int x = 0; x < page->width; x++) {
            if (row[x] >= INK)
                continue;
            band->left = x < band->left ? x : band->left;
            band->right = x + 1 > band->right ? x + 1 : band->right;
        }
    }
}

static int at_least(int a, int b)
{
    return a > b ? a : b;
}

static int at_most(int a, int b)
{
    return a < b ? a : b;
}

static void add(struct finding *f, const struct zd_parse__ocr_box *box)
{
    int around = (int)(MARGIN * f->height + 0.5);

    if (f->n < f->max)
        f->lines[f->n++] =
            (struct zd_parse__ocr_box){.left = at_least(box->left - 2 * around, 0),
                                       .right = at_most(box->right + 2 * around, f->page->width),
                                       .top = at_least(box->top - around, 0),
                                       .bottom = at_most(box->bottom + around, f->page->height)};
}

/* The given lines whose middle lies in the band, at most BESIDE_MAX. */
static size_t lines_in(const struct finding *f, const struct zd_parse__ocr_box *band,
                       const struct zd_parse__ocr_box *out[BESIDE_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < f->n_given && n < BESIDE_MAX; i++) {
        int middle = (f->given[i].top + f->given[i].bottom) / 2;

        if (middle >= band->top && middle < band->bottom)
            out[n++] = &f->given[i];
    }
    return n;
}

static bool are_side_by_side(const struct zd_parse__ocr_box *lines[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (lines[i]->left < lines[k]->right && lines[k]->left < lines[i]->right)
                return false;
    return true;
}

static void take_band(struct finding *f, struct zd_parse__ocr_box *band)
{
    const struct zd_parse__ocr_box *within[BESIDE_MAX];
    size_t n = lines_in(f, band, within);
    int high = band->bottom - band->top;

    if (high < LOWEST * f->height || (high > HIGHEST * f->height && n != 1))
        return;
    ink_across(f->page, band);
    if (n > 1 && are_side_by_side(within, n))
        for (size_t i = 0; i < n; i++)
            add(f, within[i]);
    else if (n > 0 || band->right - band->left >= f->height / 2)
        add(f, band); /* a layout may find two lines, or none, where there is one */
    f->n_found += n;
}

size_t zd_parse__ocr_lines(const struct zd_parse__ocr_page *page,
                           const struct zd_parse__ocr_box *given, size_t n_given, double height,
                           struct zd_parse__ocr_box *ret_lines, size_t max)
{
    struct finding f = {.page = page,
                        .given = given,
                        .n_given = n_given,
                        .height = height,
                        .lines = ret_lines,
                        .max = max};
    struct zd_parse__ocr_box band = {.top = -1};
    double near = NEAR * height;

    for (int y = 0; y < page->height; y++) {
        if (ink_of_row(page, y) < LEAST_INK)
            continue;
        if (band.top >= 0 && y - band.bottom > near) {
            take_band(&f, &band);
            band.top = -1;
        }
        if (band.top < 0)
            band.top = y;
        band.bottom = y + 1;
    }
    if (band.top >= 0)
        take_band(&f, &band);
    return f.n_found * 10 >= n_given * MOST_OF_ALL ? f.n : 0;
}

/* ocr.c: see ocr.h.
 *
 * The model was taught on small letters: of the characters of a clean page in 16-point type it read
 * 0.966 at 300 dots an inch and 0.995 at 130, where a line is 28 pixels high. So the lines of a page
 * are measured first, and a page whose lines are higher is made smaller before it is read, line by
 * line where its lines can be told apart (ocr_lines.h), else as a whole.
 */
#include "parse/ocr.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <tesseract/capi.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "parse/ocr_lines.h"

#define LIBRARY "libtesseract.so.5"
#define LANGUAGE "chi_sim"
#define LINE_PIXELS 28.0
#define TOO_HIGH 1.2
#define MEASURED_LINES 512
#define SIZE_FROM 0.6
#define SIZE_TO 1.3 /* of the middle size: above it a line is a heading */

/* The functions that are called, with the library's own types. */
#define FUNCTIONS(X)                                                                               \
    X(TessBaseAPICreate)                                                                           \
    X(TessBaseAPIInit2)                                                                            \
    X(TessBaseAPISetPageSegMode)                                                                   \
    X(TessBaseAPISetImage)                                                                         \
    X(TessBaseAPISetRectangle)                                                                     \
    X(TessBaseAPISetSourceResolution)                                                              \
    X(TessBaseAPIRecognize)                                                                        \
    X(TessBaseAPIGetIterator)                                                                      \
    X(TessBaseAPIClear)                                                                            \
    X(TessResultIteratorGetPageIteratorConst)                                                      \
    X(TessResultIteratorNext)                                                                      \
    X(TessResultIteratorGetUTF8Text)                                                               \
    X(TessResultIteratorDelete)                                                                    \
    X(TessBaseAPIAnalyseLayout)                                                                    \
    X(TessPageIteratorNext)                                                                        \
    X(TessPageIteratorDelete)                                                                      \
    X(TessPageIteratorBoundingBox)                                                                 \
    X(TessDeleteText)

#define FIELD(name) __typeof__(name) *name; /* NOLINT(bugprone-macro-parentheses): a declaration */
static struct {
    TessBaseAPI *api; /* NULL: not loaded */
    FUNCTIONS(FIELD)
} tesseract; /* of this worker, which reads one document */
#undef FIELD

static bool find_functions(void *library)
{
#define FIND(name)                                                                                 \
    void *name##_at = dlsym(library, #name);                                                       \
    if (!name##_at)                                                                                \
        return false;                                                                              \
    memcpy(&tesseract.name, &name##_at, sizeof name##_at);
    FUNCTIONS(FIND)
#undef FIND
    return true;
}

void zd_parse__ocr_load(void)
{
    void *library;

    (void)setenv("OMP_THREAD_LIMIT", "1", 1); /* a worker may start no threads */
    library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!library || !find_functions(library))
        return;
    tesseract.api = tesseract.TessBaseAPICreate();
    if (!tesseract.api ||
        tesseract.TessBaseAPIInit2(tesseract.api, NULL, LANGUAGE, OEM_LSTM_ONLY) != 0) {
        tesseract.api = NULL; /* it goes with the process */
        return;
    }
    tesseract.TessBaseAPISetPageSegMode(tesseract.api, PSM_AUTO);
}

bool zd_parse__ocr_is_loaded(void)
{
    return tesseract.api != NULL;
}

static bool box_of(const TessResultIterator *at, TessPageIteratorLevel level,
                   struct zd_parse__ocr_box *box)
{
    const TessPageIterator *page = tesseract.TessResultIteratorGetPageIteratorConst(at);

    return tesseract.TessPageIteratorBoundingBox(page, level, &box->left, &box->top, &box->right,
                                                 &box->bottom);
}

/* ---- a line ---- */

#define LINE_MAX_WORDS 512
#define LINE_MAX_CHARS 4096

/* The words of a line, their characters one behind the other. */
struct line {
    uint32_t chars[LINE_MAX_CHARS];
    size_t n_chars;
    struct {
        struct zd_parse__ocr_box box;
        size_t from, to; /* its characters */
    } words[LINE_MAX_WORDS];
    size_t n_words;
    struct zd_parse__ocr_box box;
};

static bool is_han(uint32_t c)
{
    return c >= 0x3400 && c < 0xA000;
}

/* Signs whose two widths look alike to the model; what stands beside them says which was meant. */
static uint32_t wide_form(uint32_t c)
{
    switch (c) {
    case ',':
    case ':':
    case ';':
    case '?':
    case '!':
    case '(':
    case ')':
        return c + 0xFEE0;
    default:
        return c;
    }
}

static bool is_number_sign(uint32_t c)
{
    return c == 0x5341 || c == 0x4E00 || c == 0x4E8C || c == 0x4E09 || c == 0x56DB || c == 0x4E94 ||
           c == 0x516D || c == 0x4E03 || c == 0x516B || c == 0x4E5D;
}

/* "《一)", "〈三〉": a number in brackets, one of which was taken for another. */
static void mend_brackets(uint32_t *chars, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t end = i + 1;

        if (chars[i] != '(' && chars[i] != 0xFF08 && chars[i] != 0x300A && chars[i] != 0x3008 &&
            chars[i] != 0x3014)
            continue;
        while (end < n && end < i + 5 && is_number_sign(chars[end]))
            end++;
        if (end == i + 1 || end >= n)
            continue;
        if (chars[end] == ')' || chars[end] == 0xFF09 || chars[end] == 0x3009 ||
            chars[end] == 0x300B) {
            chars[i] = 0xFF08;
            chars[end] = 0xFF09;
        }
    }
}

/* "〈以下统称办法）": an opening bracket taken for that of a title, which the next one belies. */
static void mend_opening(uint32_t *chars, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t end = i + 1;

        if (chars[i] != 0x300A && chars[i] != 0x3008)
            continue;
        while (end < n && (chars[end] < 0x3008 || chars[end] > 0x300B) && chars[end] != '(' &&
               chars[end] != 0xFF08 && chars[end] != ')' && chars[end] != 0xFF09)
            end++;
        if (end < n && (chars[end] == ')' || chars[end] == 0xFF09))
            chars[i] = 0xFF08;
    }
}

/* "《甲法》入《乙法》": what stands alone between two titles and looks like 、 is one. */
static void mend_between_titles(uint32_t *chars, size_t n)
{
    for (size_t i = 1; i + 1 < n; i++)
        if (chars[i - 1] == 0x300B && chars[i + 1] == 0x300A &&
            (chars[i] == 0x5165 || chars[i] == 0x516D || chars[i] == 0x516B))
            chars[i] = 0x3001;
}

static void mend_line(struct line *line)
{
    uint32_t *chars = line->chars;

    mend_brackets(chars, line->n_chars);
    mend_opening(chars, line->n_chars);
    mend_between_titles(chars, line->n_chars);
    for (size_t i = 0; i < line->n_chars; i++)
        if ((i > 0 && is_han(chars[i - 1])) || (i + 1 < line->n_chars && is_han(chars[i + 1])) ||
            (i > 0 && chars[i - 1] >= 0xFF00 && chars[i - 1] < 0xFF60))
            chars[i] = wide_form(chars[i]);
}

/* Every word is as high as its line, since 一 has no height of its own. */
static void put_line(struct line *line, double unit, struct zd_parse__layout *layout)
{
    struct zd_buf text = {.max = (size_t)LINE_MAX_CHARS * 4};

    mend_line(line);
    for (size_t i = 0; i < line->n_words; i++) {
        struct zd_parse__piece piece = {.x0 = line->words[i].box.left * unit,
                                        .x1 = line->words[i].box.right * unit,
                                        .y0 = line->box.top * unit,
                                        .y1 = line->box.bottom * unit,
                                        .size = (line->box.bottom - line->box.top) * unit};

        zd_buf_clear(&text);
        for (size_t k = line->words[i].from; k < line->words[i].to; k++)
            zd_buf_code_point(&text, line->chars[k]);
        piece.text = zd_arena_str(layout->m->arena, zd_buf_view(&text));
        layout->no_memory |= !piece.text.p || text.bad;
        if (piece.text.p)
            zd_parse__layout_piece(layout, &piece);
    }
    zd_buf_done(&text);
    line->n_words = line->n_chars = 0;
}

static void take_word(const TessResultIterator *at, struct line *line)
{
    struct zd_str text;
    size_t next = 0;
    char *given;

    if (line->n_words >= LINE_MAX_WORDS || !box_of(at, RIL_WORD, &line->words[line->n_words].box))
        return;
    given = tesseract.TessResultIteratorGetUTF8Text(at, RIL_WORD);
    text = zd_str_c(given);
    line->words[line->n_words].from = line->n_chars;
    while (next < text.n && line->n_chars < LINE_MAX_CHARS)
        line->chars[line->n_chars++] = zd_utf8_next(text, &next);
    line->words[line->n_words++].to = line->n_chars;
    tesseract.TessDeleteText(given);
}

static bool is_another_line(const struct zd_parse__ocr_box *a, const struct zd_parse__ocr_box *b)
{
    return a->left != b->left || a->top != b->top || a->right != b->right || a->bottom != b->bottom;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Lines are as high as what happens to stand in them; those near the middle size are of one. */
static void even_sizes(struct zd_parse__piece *pieces, size_t n)
{
    double *sizes = n > 0 ? zd_alloc(n * sizeof *sizes) : NULL, middle;

    if (!sizes)
        return;
    for (size_t i = 0; i < n; i++)
        sizes[i] = pieces[i].size;
    qsort(sizes, n, sizeof *sizes, by_size);
    middle = sizes[n / 2];
    zd_free(sizes);
    for (size_t i = 0; i < n; i++)
        if (pieces[i].size > middle * SIZE_FROM && pieces[i].size < middle * SIZE_TO) {
            double centre = (pieces[i].y0 + pieces[i].y1) / 2;

            pieces[i].size = middle;
            pieces[i].y0 = centre - middle / 2;
            pieces[i].y1 = centre + middle / 2;
        }
}

static void take_words(TessResultIterator *at, double unit, struct zd_parse__layout *layout)
{
    struct line *line = zd_alloc(sizeof *line);
    struct zd_parse__ocr_box box = {0};

    if (!line) {
        layout->no_memory = true;
        return;
    }
    do {
        if (!box_of(at, RIL_TEXTLINE, &box))
            continue;
        if (line->n_words > 0 && is_another_line(&box, &line->box))
            put_line(line, unit, layout);
        line->box = box;
        take_word(at, line);
    } while (tesseract.TessResultIteratorNext(at, RIL_WORD));
    put_line(line, unit, layout);
    zd_free(line);
}

/* ---- a page ---- */

/* The lines that Tesseract's layout finds. */
struct found {
    struct zd_parse__ocr_box p[MEASURED_LINES];
    size_t n;
    double height; /* of the middle one, in pixels; 0 where there are none */
};

static void find_lines(const struct zd_parse__ocr_page *page, struct found *found)
{
    double heights[MEASURED_LINES];
    TessPageIterator *at;

    tesseract.TessBaseAPISetImage(tesseract.api, page->samples, page->width, page->height, 1,
                                  page->stride);
    tesseract.TessBaseAPISetSourceResolution(tesseract.api, ZD_PARSE__OCR_DPI);
    at = tesseract.TessBaseAPIAnalyseLayout(tesseract.api);
    found->n = 0;
    found->height = 0;
    if (at) {
        do {
            struct zd_parse__ocr_box *box = &found->p[found->n];

            if (tesseract.TessPageIteratorBoundingBox(at, RIL_TEXTLINE, &box->left, &box->top,
                                                      &box->right, &box->bottom))
                heights[found->n++] = box->bottom - box->top;
        } while (found->n < MEASURED_LINES && tesseract.TessPageIteratorNext(at, RIL_TEXTLINE));
        tesseract.TessPageIteratorDelete(at);
    }
    tesseract.TessBaseAPIClear(tesseract.api);
    if (found->n == 0)
        return;
    qsort(heights, found->n, sizeof *heights, by_size);
    found->height = heights[found->n / 2];
}

/* The mean of the pixels that become one. */
static uint8_t mean_of(const struct zd_parse__ocr_page *page, int x0, int x1, int y0, int y1)
{
    uint64_t sum = 0;

    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++)
            sum += page->samples[(size_t)y * (size_t)page->stride + (size_t)x];
    return (uint8_t)(sum / ((uint64_t)(x1 - x0) * (uint64_t)(y1 - y0)));
}

/* The page smaller by `factor` < 1; the caller frees its samples. NULL samples without memory. */
static struct zd_parse__ocr_page shrunk(const struct zd_parse__ocr_page *page, double factor)
{
    struct zd_parse__ocr_page small = {.width = (int)(page->width * factor),
                                       .height = (int)(page->height * factor),
                                       .unit = page->unit / factor};
    uint8_t *samples = zd_alloc((size_t)small.width * (size_t)small.height);

    small.stride = small.width;
    small.samples = samples;
    for (int y = 0; samples && y < small.height; y++)
        for (int x = 0; x < small.width; x++) {
            int x0 = (int)(x / factor), x1 = (int)((x + 1) / factor);
            int y0 = (int)(y / factor), y1 = (int)((y + 1) / factor);

            samples[(size_t)y * (size_t)small.width + (size_t)x] =
                mean_of(page, x0, x1 < page->width ? x1 : page->width, y0,
                        y1 < page->height ? y1 : page->height);
        }
    return small;
}

static void give(const struct zd_parse__ocr_page *page, TessPageSegMode mode)
{
    tesseract.TessBaseAPISetPageSegMode(tesseract.api, mode);
    tesseract.TessBaseAPISetImage(tesseract.api, page->samples, page->width, page->height, 1,
                                  page->stride);
    tesseract.TessBaseAPISetSourceResolution(tesseract.api, ZD_PARSE__OCR_DPI);
}

/* What was given, as pieces. */
static bool recognise(const struct zd_parse__ocr_page *page, struct zd_parse__layout *layout)
{
    TessResultIterator *at;

    if (tesseract.TessBaseAPIRecognize(tesseract.api, NULL) != 0)
        return false;
    at = tesseract.TessBaseAPIGetIterator(tesseract.api);
    if (at) {
        take_words(at, page->unit, layout);
        tesseract.TessResultIteratorDelete(at);
    }
    return true;
}

/* A line by itself; where nothing is seen in it, as a page that may hold more than one. */
static bool read_line(const struct zd_parse__ocr_page *page, const struct zd_parse__ocr_box *box,
                      struct zd_parse__layout *layout)
{
    static const TessPageSegMode modes[] = {PSM_SINGLE_LINE, PSM_SINGLE_BLOCK};
    size_t before = layout->n_pieces;
    bool ok = true;

    for (size_t i = 0; i < ZD_COUNT(modes) && ok && layout->n_pieces == before; i++) {
        tesseract.TessBaseAPISetPageSegMode(tesseract.api, modes[i]);
        tesseract.TessBaseAPISetRectangle(tesseract.api, box->left, box->top,
                                          box->right - box->left, box->bottom - box->top);
        ok = recognise(page, layout);
    }
    return ok;
}

static bool read_words(const struct zd_parse__ocr_page *page, const struct found *found,
                       struct zd_parse__layout *layout)
{
    struct zd_parse__ocr_box lines[MEASURED_LINES];
    size_t before = layout->n_pieces;
    size_t n = zd_parse__ocr_lines(page, found->p, found->n, found->height, lines, MEASURED_LINES);
    bool ok = true;

    give(page, n > 0 ? PSM_SINGLE_LINE : PSM_AUTO);
    if (n == 0)
        ok = recognise(page, layout);
    for (size_t i = 0; i < n && ok; i++)
        ok = read_line(page, &lines[i], layout);
    tesseract.TessBaseAPIClear(tesseract.api);
    tesseract.TessBaseAPISetPageSegMode(tesseract.api, PSM_AUTO);
    if (layout->n_pieces > before) /* pieces is NULL on a first page without a word */
        even_sizes(layout->pieces + before, layout->n_pieces - before);
    return ok;
}

static void scale(struct found *found, double factor)
{
    for (size_t i = 0; i < found->n; i++) {
        struct zd_parse__ocr_box *box = &found->p[i];

        box->left = (int)(box->left * factor);
        box->top = (int)(box->top * factor);
        box->right = (int)(box->right * factor);
        box->bottom = (int)(box->bottom * factor);
    }
    found->height *= factor;
}

static bool read_shrunk(const struct zd_parse__ocr_page *page, struct found *found,
                        struct zd_parse__layout *layout)
{
    double factor = LINE_PIXELS / found->height;
    struct zd_parse__ocr_page small = shrunk(page, factor);
    void *samples;
    bool ok;

    if (!small.samples) {
        layout->no_memory = true;
        return false;
    }
    scale(found, factor);
    ok = read_words(&small, found, layout);
    memcpy(&samples, &small.samples, sizeof samples); /* ours: the view is of const bytes */
    zd_free(samples);
    return ok;
}

bool zd_parse__ocr_read(const struct zd_parse__ocr_page *page, struct zd_parse__layout *layout)
{
    struct found *found;
    bool ok;

    if (page->width <= 0 || page->height <= 0)
        return false;
    found = zd_alloc(sizeof *found);
    if (!found) {
        layout->no_memory = true;
        return false;
    }
    find_lines(page, found);
    ok = found->height > LINE_PIXELS * TOO_HIGH ? read_shrunk(page, found, layout)
                                                : read_words(page, found, layout);
    zd_free(found);
    return ok;
}

/* pdf.c: PDF with text, through MuPDF; ISO 32000-1.
 *
 * MuPDF gives each character with its place; what the places mean is layout.h's. Its tables of
 * Chinese character codes are part of the library, so nothing is opened after the lock. It allocates
 * through base, prints nothing, runs no script, and no file is reached from within one. A page
 * that cannot be read counts as one without text and the rest is read; MuPDF leaves functions by
 * longjmp, so nothing of ours that has to be given back is acquired inside fz_try.
 *
 * A page of pictures without words is recognised (ocr.h). Annotations are left out; the words in the fields of a form are read. The layer of words that a
 * scanner put below its pictures is text like any other.
 */
#include <math.h>
#include <mupdf/pdf.h>
#include <string.h>

#include "base/buf.h"
#include "base/caps.h"
#include "parse/layout.h"
#include "parse/mupdf_private.h"
#include "parse/ocr.h"
#include "parse/read.h"
#include "parse/readers_private.h"

#define STORE_BYTES ((size_t)16 * ZD_MiB) /* of fonts and the like that MuPDF keeps */

#define VIEW_DPI 110.0F
#define VIEW_MARGIN 10000.0F /* pixels: edges are rounded outwards */
#define LARGE_PAGE 1200.0F   /* points: A3 and somewhat more */
#define LARGE_PAGE_PIXELS 5000.0F
#define GAP 0.18 /* of the size: a blank between letters */
#define GAP_OF_HAN 0.6
#define GAP_OF_PIECE 0.25
#define GAP_OF_OTHER_FONT 1.3 /* whose letters are not as wide as those that were meant */
/* of the size, from the baseline: how far up and down a line may reach, and must */
#define HIGHEST 1.25
#define LOWEST 0.6
#define DEEPEST 0.4
#define LEAST 0.05

struct reader {
    fz_context *context;
    pdf_document *document;
    struct zd_parse__layout layout;
    struct zd_buf text;
    int n_pages;
};

/* Whether the gap before a character stands for a blank. Where the file has no font, the letters of
 * the one taken instead are not as wide as those that were meant. */
static bool is_behind_blank(const fz_stext_char *before, const fz_stext_char *c)
{
    double width = (double)(before->quad.ur.x - before->quad.ul.x), size = (double)before->size;
    bool han = before->c >= 0x2E80 && c->c >= 0x2E80;

    if (before->c == ' ' || c->c == ' ')
        return false;
    if (fz_font_flags(before->font)->ft_substitute && width < size / 2)
        width = size / 2;
    return (double)(c->origin.x - before->origin.x) - width > (han ? GAP_OF_HAN : GAP) * size;
}

/* Whether something else may stand between the two: MuPDF joins what was drawn in one go, and
 * quotation marks of another font are drawn into the gaps afterwards. */
static bool is_behind_gap(const fz_stext_char *before, const fz_stext_char *c)
{
    double gap = (double)(c->quad.ll.x - before->quad.lr.x) / (double)before->size;

    return gap > (fz_font_flags(before->font)->ft_substitute ? GAP_OF_OTHER_FONT : GAP_OF_PIECE);
}

/* The piece in hand into the layout. Fonts say oddly how high they are, so what stands on one
 * baseline is made to stand on one row. */
static void put_piece(struct reader *r, struct zd_parse__piece *piece, double base)
{
    piece->y0 = fmin(fmax(piece->y0, base - HIGHEST * piece->size), base - LOWEST * piece->size);
    piece->y1 = fmax(fmin(piece->y1, base + DEEPEST * piece->size), base + LEAST * piece->size);
    piece->text = zd_arena_str(r->layout.m->arena, zd_buf_view(&r->text));
    r->layout.no_memory |= !piece->text.p || r->text.bad;
    zd_parse__layout_piece(&r->layout, piece);
    zd_parse__maker_clear(r->layout.m, &r->text);
}

static void put_character(struct reader *r, const fz_stext_char *c)
{
    if (c->c >= ' ' && c->c != 0xFFFD)
        zd_buf_code_point(&r->text, (uint32_t)c->c);
}

static void set_aside(struct reader *r, const fz_stext_line *line)
{
    for (const fz_stext_char *c = line->first_char; c; c = c->next)
        put_character(r, c);
    zd_parse__maker_aside(r->layout.m, zd_buf_view(&r->text));
    zd_parse__maker_clear(r->layout.m, &r->text);
}

/* A line as it was drawn, cut where other words may stand in a wide gap. */
static void take_line(struct reader *r, const fz_stext_line *line)
{
    struct zd_parse__piece piece = {0};
    const fz_stext_char *before = NULL;

    zd_parse__maker_clear(r->layout.m, &r->text);
    if (line->wmode != 0 || line->dir.x < 0.9F) { /* downwards, aslant: a watermark, a stamp */
        set_aside(r, line);
        return;
    }
    for (const fz_stext_char *c = line->first_char; c; before = c, c = c->next) {
        bool cut = before && is_behind_gap(before, c);

        if (cut)
            put_piece(r, &piece, (double)before->origin.y);
        if (!before || cut)
            piece = (struct zd_parse__piece){.x0 = (double)c->quad.ll.x,
                                             .y0 = (double)line->bbox.y0,
                                             .y1 = (double)line->bbox.y1};
        else if (is_behind_blank(before, c))
            zd_buf_byte(&r->text, ' ');
        put_character(r, c);
        piece.x1 = (double)c->quad.lr.x;
        piece.size = fmax(piece.size, (double)c->size);
    }
    if (before)
        put_piece(r, &piece, (double)before->origin.y);
}

static void take_words(struct reader *r, const fz_stext_page *words)
{
    for (const fz_stext_block *block = words->first_block; block; block = block->next) {
        if (block->type == FZ_STEXT_BLOCK_IMAGE)
            r->layout.m->reading.n_left_out[ZD_LEFT_OUT_PICTURE]++;
        if (block->type != FZ_STEXT_BLOCK_TEXT)
            continue;
        for (const fz_stext_line *line = block->u.t.first_line; line; line = line->next)
            take_line(r, line);
    }
}

static bool is_scan(const fz_stext_page *words)
{
    bool has_picture = false;

    for (const fz_stext_block *block = words->first_block; block; block = block->next) {
        if (block->type == FZ_STEXT_BLOCK_TEXT)
            return false;
        has_picture |= block->type == FZ_STEXT_BLOCK_IMAGE;
    }
    return has_picture;
}

/* How many pixels a unit of the page becomes: 300 dots an inch, fewer on a sheet larger than A3. */
static float zoom_of(fz_rect box)
{
    float longer = fmaxf(box.x1 - box.x0, box.y1 - box.y0);

    return longer > LARGE_PAGE ? LARGE_PAGE_PIXELS / longer : ZD_PARSE__OCR_DPI / 72.0F;
}

/* A page without words but with pictures is a scan: recognised where that can be done. Throws. */
static void recognise(struct reader *r, pdf_page *page, fz_rect box)
{
    fz_context *ctx = r->context;
    float zoom = zoom_of(box);
    fz_pixmap *pixmap = NULL;

    if (!zd_parse__ocr_is_loaded()) {
        r->layout.m->reading.n_pages_scanned++;
        return;
    }
    fz_var(pixmap);
    fz_try(ctx)
    {
        pixmap = fz_new_pixmap_from_page_contents(ctx, (fz_page *)page, fz_scale(zoom, zoom),
                                                  fz_device_gray(ctx), 0);
        zd_parse__mupdf_recognise(ctx, pixmap, 1.0 / (double)zoom, &r->layout);
        r->layout.m->reading.n_pages_recognised++;
    }
    fz_always(ctx)
    {
        fz_drop_pixmap(ctx, pixmap);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

/* Throws what MuPDF throws, having given back what it took. */
static void read_words(struct reader *r, int number)
{
    fz_context *ctx = r->context;
    const fz_stext_options options = {.flags = FZ_STEXT_MEDIABOX_CLIP | FZ_STEXT_PRESERVE_IMAGES |
                                               FZ_STEXT_INHIBIT_SPACES};
    pdf_page *page = NULL;
    fz_stext_page *words = NULL;
    fz_device *device = NULL;
    fz_rect box;

    fz_var(page);
    fz_var(words);
    fz_var(device);
    fz_try(ctx)
    {
        page = pdf_load_page(ctx, r->document, number);
        box = pdf_bound_page(ctx, page);
        zd_parse__layout_page(&r->layout, (double)(box.x1 - box.x0), (double)(box.y1 - box.y0));
        words = fz_new_stext_page(ctx, box);
        device = fz_new_stext_device(ctx, words, &options);
        pdf_run_page_contents(ctx, page, device, fz_translate(-box.x0, -box.y0), NULL);
        pdf_run_page_widgets(ctx, page, device, fz_translate(-box.x0, -box.y0), NULL);
        fz_close_device(ctx, device);
        if (is_scan(words))
            recognise(r, page, box);
    }
    fz_always(ctx)
    {
        if (words)
            take_words(r, words); /* also of a page that broke off */
        fz_drop_device(ctx, device);
        fz_drop_stext_page(ctx, words);
        fz_drop_page(ctx, (fz_page *)page);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

static enum zd_status no_memory(struct zd_error *err)
{
    return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for a PDF file");
}

static enum zd_status read_page(struct reader *r, int number, struct zd_error *err)
{
    size_t before = r->layout.n_pages;
    enum zd_status st = ZD_OK;

    fz_var(st);
    fz_try(r->context)
    {
        read_words(r, number);
    }
    fz_catch(r->context)
    {
        if (fz_caught(r->context) == FZ_ERROR_MEMORY)
            st = no_memory(err);
        r->layout.m->reading.n_left_out[ZD_LEFT_OUT_UNREADABLE]++;
    }
    if (r->layout.n_pages == before)
        zd_parse__layout_page(&r->layout, 1, 1);
    return st;
}

static enum zd_status open_document(struct reader *r, struct zd_bytes raw, struct zd_error *err)
{
    fz_context *ctx = r->context;
    fz_stream *stream = NULL;
    enum zd_status st = ZD_OK;
    bool is_open = false;

    fz_var(stream);
    fz_var(is_open);
    fz_var(st);
    fz_try(ctx)
    {
        stream = fz_open_memory(ctx, raw.p, raw.n);
        r->document = pdf_open_document_with_stream(ctx, stream);
        is_open = !pdf_needs_password(ctx, r->document);
        if (is_open)
            r->n_pages = pdf_count_pages(ctx, r->document);
    }
    fz_always(ctx)
    {
        fz_drop_stream(ctx, stream);
    }
    fz_catch(ctx)
    {
        if (fz_caught(ctx) == FZ_ERROR_MEMORY)
            st = no_memory(err);
        else
            st =
                ZD_FAIL(err, ZD_INVALID, 0, "the PDF file is damaged (%s)", fz_caught_message(ctx));
    }
    if (st == ZD_OK && !is_open)
        st = ZD_FAIL(err, ZD_INVALID, 0,
                     "the PDF file is locked with a password: save it without one and add that");
    if (st == ZD_OK && r->n_pages <= 0)
        st = ZD_FAIL(err, ZD_INVALID, 0, "the PDF file is damaged (it has no pages)");
    if (st == ZD_OK && r->n_pages > ZD_PAGES_MAX)
        st = ZD_FAIL(err, ZD_LIMIT, ZD_PAGES_MAX,
                     "the PDF file has %d pages, more than the %d allowed; split it", r->n_pages,
                     ZD_PAGES_MAX);
    return st;
}

static enum zd_status read_pages(struct reader *r, struct zd_error *err)
{
    enum zd_status st = ZD_OK;

    for (int i = 0; i < r->n_pages && st == ZD_OK; i++)
        st = read_page(r, i, err);
    if (st == ZD_OK)
        st = zd_parse__layout_finish(&r->layout, err);
    return st;
}

enum zd_status zd_parse__pdf(struct zd_bytes raw, struct zd_parse__maker *m, struct zd_error *err)
{
    struct reader r = {.text = {.max = ZD_TEXT_MAX_BYTES}};
    enum zd_status st;

    r.context = zd_parse__mupdf_new(STORE_BYTES);
    if (!r.context)
        return no_memory(err);
    zd_parse__layout_init(&r.layout, m);
    st = open_document(&r, raw, err);
    if (st == ZD_OK)
        st = read_pages(&r, err);
    zd_parse__layout_done(&r.layout);
    zd_buf_done(&r.text);
    pdf_drop_document(r.context, r.document);
    fz_drop_context(r.context);
    return st;
}

/* ---- a page as people see it ---- */

/* Dots for reading on a screen, fewer where the page is large. */
static float zoom_of_view(fz_rect box)
{
    float area = (box.x1 - box.x0) * (box.y1 - box.y0), zoom = VIEW_DPI / 72.0F;
    float most = sqrtf(((float)ZD_PAGE_IMAGE_MAX_PIXELS - VIEW_MARGIN) / fmaxf(area, 1.0F));

    return fminf(zoom, most);
}

/* Throws what MuPDF throws. */
static void draw(fz_context *ctx, pdf_document *document, uint32_t number, struct zd_buf *out)
{
    fz_page *page = NULL;
    fz_pixmap *pixmap = NULL;
    fz_buffer *png = NULL;

    fz_var(page);
    fz_var(pixmap);
    fz_var(png);
    fz_try(ctx)
    {
        float zoom;
        unsigned char *bytes = NULL;
        size_t n;

        page = (fz_page *)pdf_load_page(ctx, document, (int)number - 1);
        zoom = zoom_of_view(fz_bound_page(ctx, page));
        pixmap = fz_new_pixmap_from_page(ctx, page, fz_scale(zoom, zoom), fz_device_rgb(ctx), 0);
        png = fz_new_buffer_from_pixmap_as_png(ctx, pixmap, fz_default_color_params);
        n = fz_buffer_storage(ctx, png, &bytes);
        zd_buf_add(out, bytes, n);
    }
    fz_always(ctx)
    {
        fz_drop_buffer(ctx, png);
        fz_drop_pixmap(ctx, pixmap);
        fz_drop_page(ctx, page);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

static enum zd_status draw_page(struct reader *r, uint32_t number, struct zd_buf *out,
                                struct zd_error *err)
{
    enum zd_status st = ZD_OK;

    if (number < 1 || number > (uint32_t)r->n_pages)
        return ZD_FAIL(err, ZD_INVALID, number, "the PDF file has %d pages, and no page %u",
                       r->n_pages, number);
    fz_var(st);
    fz_try(r->context)
    {
        draw(r->context, r->document, number, out);
    }
    fz_catch(r->context)
    {
        if (fz_caught(r->context) == FZ_ERROR_MEMORY)
            st = no_memory(err);
        else
            st = ZD_FAIL(err, ZD_INVALID, 0, "the page is damaged (%s)",
                         fz_caught_message(r->context));
    }
    return st;
}

enum zd_status zd_parse_page_image(struct zd_bytes raw, uint32_t number, struct zd_buf *out,
                                   struct zd_error *err)
{
    struct reader r = {0};
    enum zd_status st;

    if (raw.n < 5 || memcmp(raw.p, "%PDF-", 5) != 0)
        return ZD_FAIL(err, ZD_INVALID, 0, "pictures of pages are drawn of PDF files only");
    r.context = zd_parse__mupdf_new(STORE_BYTES);
    if (!r.context)
        return no_memory(err);
    st = open_document(&r, raw, err);
    if (st == ZD_OK)
        st = draw_page(&r, number, out, err);
    pdf_drop_document(r.context, r.document);
    fz_drop_context(r.context);
    return st;
}

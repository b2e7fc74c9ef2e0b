/* picture.c: a picture of a page, or of several (TIFF), as a document: PNG, JPEG, TIFF, BMP, GIF.
 *
 * Its size is looked at before it is unpacked. Words come from ocr.h; on the first reading, which is
 * without it, the pages are only counted.
 */
#include <string.h>

#include "base/caps.h"
#include "parse/mupdf_private.h"
#include "parse/ocr.h"
#include "parse/readers_private.h"

#define STORE_BYTES ((size_t)64 * ZD_MiB)
#define TOO_LARGE FZ_ERROR_TRYLATER /* a code that nothing else throws here */

struct picture {
    fz_context *context;
    struct zd_bytes raw;
    struct zd_parse__layout layout;
    int n_pages;
    bool is_tiff;
};

/* The page in grey; throws. */
static fz_pixmap *load_page(struct picture *p, int number)
{
    fz_context *ctx = p->context;
    fz_buffer *bytes = NULL;
    fz_image *image = NULL;
    fz_pixmap *pixmap = NULL, *grey = NULL;

    fz_var(bytes);
    fz_var(image);
    fz_var(pixmap);
    fz_var(grey);
    fz_try(ctx)
    {
        if (p->is_tiff) {
            pixmap = fz_load_tiff_subimage(ctx, p->raw.p, p->raw.n, number);
        } else {
            bytes = fz_new_buffer_from_copied_data(ctx, p->raw.p, p->raw.n);
            image = fz_new_image_from_buffer(ctx, bytes);
            if ((uint64_t)image->w * (uint64_t)image->h > ZD_PICTURE_MAX_PIXELS)
                fz_throw(ctx, TOO_LARGE, "too many pixels");
            pixmap = fz_get_pixmap_from_image(ctx, image, NULL, NULL, NULL, NULL);
        }
        grey = fz_convert_pixmap(ctx, pixmap, fz_device_gray(ctx), NULL, NULL,
                                 fz_default_color_params, 0);
    }
    fz_always(ctx)
    {
        fz_drop_pixmap(ctx, pixmap);
        fz_drop_image(ctx, image);
        fz_drop_buffer(ctx, bytes);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
    return grey;
}

static void recognise(struct picture *p, const fz_pixmap *pixmap)
{
    /* a page of A4 where the picture does not say how large it is meant to be */
    double unit = 72.0 / ZD_PARSE__OCR_DPI;

    zd_parse__layout_page(&p->layout, fz_pixmap_width(p->context, pixmap) * unit,
                          fz_pixmap_height(p->context, pixmap) * unit);
    if (zd_parse__ocr_is_loaded()) {
        zd_parse__mupdf_recognise(p->context, pixmap, unit, &p->layout);
        p->layout.m->reading.n_pages_recognised++;
    } else {
        p->layout.m->reading.n_pages_scanned++;
    }
}

static enum zd_status read_page(struct picture *p, int number, struct zd_error *err)
{
    fz_context *ctx = p->context;
    fz_pixmap *pixmap = NULL;
    enum zd_status st = ZD_OK;

    fz_var(pixmap);
    fz_var(st);
    fz_try(ctx)
    {
        pixmap = load_page(p, number);
        recognise(p, pixmap);
    }
    fz_always(ctx)
    {
        fz_drop_pixmap(ctx, pixmap);
    }
    fz_catch(ctx)
    {
        if (fz_caught(ctx) == FZ_ERROR_MEMORY)
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory for a picture");
        else if (fz_caught(ctx) == TOO_LARGE)
            st = ZD_FAIL(err, ZD_LIMIT, ZD_PICTURE_MAX_PIXELS,
                         "the picture has more than the %d million pixels allowed; make it smaller",
                         ZD_PICTURE_MAX_PIXELS / 1000000);
        else
            st = ZD_FAIL(err, ZD_INVALID, 0, "the picture is damaged (%s)", fz_caught_message(ctx));
    }
    return st;
}

static int count_pages(struct picture *p)
{
    int n = 1;

    fz_var(n);
    fz_try(p->context)
    {
        if (p->is_tiff)
            n = fz_load_tiff_subimage_count(p->context, p->raw.p, p->raw.n);
    }
    fz_catch(p->context)
    {
        n = 1; /* reading says what is wrong */
    }
    return n;
}

static enum zd_status read_pages(struct picture *p, struct zd_error *err)
{
    enum zd_status st = ZD_OK;

    p->n_pages = count_pages(p);
    if (p->n_pages > ZD_SCAN_MAX_PAGES)
        return ZD_FAIL(err, ZD_LIMIT, ZD_SCAN_MAX_PAGES,
                       "the picture has %d pages, more than the %d allowed; split it", p->n_pages,
                       ZD_SCAN_MAX_PAGES);
    for (int i = 0; i < p->n_pages && st == ZD_OK; i++)
        st = read_page(p, i, err);
    return st == ZD_OK ? zd_parse__layout_finish(&p->layout, err) : st;
}

enum zd_status zd_parse__picture(struct zd_bytes raw, struct zd_parse__maker *m,
                                 struct zd_error *err)
{
    struct picture p = {.raw = raw, .context = zd_parse__mupdf_new(STORE_BYTES)};
    enum zd_status st;

    if (!p.context)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for a picture");
    p.is_tiff = raw.n > 4 && (memcmp(raw.p, "II*", 3) == 0 || memcmp(raw.p, "MM\0*", 4) == 0);
    zd_parse__layout_init(&p.layout, m);
    st = read_pages(&p, err);
    zd_parse__layout_done(&p.layout);
    fz_drop_context(p.context);
    return st;
}

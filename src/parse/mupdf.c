/* mupdf.c: see mupdf_private.h. */
#include "parse/mupdf_private.h"

#include "base/base.h"
#include "parse/ocr.h"

static void *allocate(void *user, size_t n)
{
    (void)user;
    return zd_alloc(n);
}

static void *reallocate(void *user, void *p, size_t n)
{
    (void)user;
    return zd_realloc(p, n);
}

static void release(void *user, void *p)
{
    (void)user;
    zd_free(p);
}

static void say_nothing(void *user, const char *message)
{
    (void)user;
    (void)message;
}

fz_context *zd_parse__mupdf_new(size_t store_bytes)
{
    fz_alloc_context memory = {NULL, allocate, reallocate, release};
    fz_context *ctx = fz_new_context(&memory, NULL, store_bytes);

    if (!ctx)
        return NULL;
    fz_set_warning_callback(ctx, say_nothing, NULL);
    fz_set_error_callback(ctx, say_nothing, NULL);
    return ctx;
}

void zd_parse__mupdf_recognise(fz_context *ctx, const fz_pixmap *pixmap, double unit,
                               struct zd_parse__layout *layout)
{
    const struct zd_parse__ocr_page page = {.samples = fz_pixmap_samples(ctx, pixmap),
                                            .width = fz_pixmap_width(ctx, pixmap),
                                            .height = fz_pixmap_height(ctx, pixmap),
                                            .stride = fz_pixmap_stride(ctx, pixmap),
                                            .unit = unit};

    if (!zd_parse__ocr_read(&page, layout))
        layout->m->reading.n_left_out[ZD_LEFT_OUT_UNREADABLE]++;
}

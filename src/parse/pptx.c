/* pptx.c: PowerPoint presentations (PresentationML, ECMA-376 part 1, 19).
 *
 * Slides in their order, each a page: its title is a heading, its paragraphs and tables follow in
 * the order of the shapes. Left out and counted: hidden slides, speaker's notes (as comments),
 * pictures, macros.
 */
#include <stdlib.h>
#include <string.h>

#include "base/caps.h"
#include "parse/office_private.h"
#include "parse/readers_private.h"

#define MAX_SLIDES 5000

struct deck {
    struct zd_parse__maker *m;
    struct zd_str ids[MAX_SLIDES];
    size_t n;
    struct zd_parse__grid *grid; /* NULL outside tables */
    struct zd_buf paragraph, shape;
    uint32_t col_span, row_span;
    bool goes_on, is_covered, is_title, is_hidden, in_words;
};

static uint32_t number_of(const char *s)
{
    long n = s ? strtol(s, NULL, 10) : 1;

    return n > 0 && n < 1000 ? (uint32_t)n : 1;
}

static bool is_true(const char *s)
{
    return s && (strcmp(s, "1") == 0 || strcmp(s, "true") == 0);
}

static void on_deck_start(void *context, const struct zd_parse__element *e)
{
    struct deck *d = context;
    const char *id = zd_parse__xml_attribute(e, "r:id");

    if (strcmp(e->name, "p:sldId") != 0 || !id)
        return;
    if (d->n >= MAX_SLIDES) {
        d->m->too_many = true;
        return;
    }
    d->ids[d->n] = zd_arena_str(d->m->arena, zd_str_c(id));
    d->m->no_memory = d->m->no_memory || !d->ids[d->n].p;
    d->n++;
}

static void on_nothing(void *context, const char *name)
{
    (void)context;
    (void)name;
}

static void begin_cell(struct deck *d, const struct zd_parse__element *e)
{
    d->col_span = number_of(zd_parse__xml_attribute(e, "gridSpan"));
    d->row_span = number_of(zd_parse__xml_attribute(e, "rowSpan"));
    d->is_covered = is_true(zd_parse__xml_attribute(e, "hMerge"));
    d->goes_on = is_true(zd_parse__xml_attribute(e, "vMerge"));
    zd_parse__maker_clear(d->m, &d->shape);
}

static void on_slide_start(void *context, const struct zd_parse__element *e)
{
    struct deck *d = context;
    const char *type = zd_parse__xml_attribute(e, "type");

    if (strcmp(e->name, "p:sld") == 0) {
        const char *show = zd_parse__xml_attribute(e, "show");

        d->is_hidden = show && !is_true(show);
    } else if (strcmp(e->name, "p:sp") == 0) {
        d->is_title = false;
    } else if (strcmp(e->name, "p:ph") == 0) {
        d->is_title = type && (strcmp(type, "title") == 0 || strcmp(type, "ctrTitle") == 0);
    } else if (strcmp(e->name, "a:tbl") == 0 && !d->grid) {
        d->grid = zd_parse__grid_new(d->m);
    } else if (strcmp(e->name, "a:tr") == 0) {
        zd_parse__grid_row(d->grid, false);
    } else if (strcmp(e->name, "a:tc") == 0) {
        begin_cell(d, e);
    } else if (strcmp(e->name, "a:p") == 0) {
        zd_parse__maker_clear(d->m, &d->paragraph);
    } else if (strcmp(e->name, "a:t") == 0) {
        d->in_words = true;
    } else if (strcmp(e->name, "a:br") == 0) {
        zd_buf_byte(&d->paragraph, d->is_title ? ' ' : '\n');
    } else if (strcmp(e->name, "a:blip") == 0) {
        d->m->reading.n_left_out[ZD_LEFT_OUT_PICTURE]++;
    }
}

static void end_paragraph(struct deck *d)
{
    struct zd_str words = zd_parse__trim(zd_buf_view(&d->paragraph));

    if (words.n == 0)
        return;
    if (d->is_hidden) {
        d->m->reading.n_left_out[ZD_LEFT_OUT_HIDDEN]++;
        zd_parse__maker_aside(d->m, words);
    } else if (d->grid) {
        if (d->shape.n > 0)
            zd_buf_byte(&d->shape, '\n');
        zd_buf_str(&d->shape, words);
    } else {
        zd_parse__maker_add(d->m, d->is_title ? ZD_BLOCK_HEADING : ZD_BLOCK_PARAGRAPH,
                            d->is_title ? 2 : 0, words);
    }
}

static void on_slide_end(void *context, const char *name)
{
    struct deck *d = context;

    if (strcmp(name, "a:t") == 0) {
        d->in_words = false;
    } else if (strcmp(name, "a:p") == 0) {
        end_paragraph(d);
    } else if (strcmp(name, "a:tc") == 0) {
        if (!d->is_covered)
            zd_parse__grid_cell(d->grid, zd_buf_view(&d->shape), d->col_span, 1, d->goes_on);
    } else if (strcmp(name, "a:tbl") == 0) {
        if (!d->is_hidden)
            zd_parse__grid_add(d->grid);
        zd_parse__grid_free(d->grid);
        d->grid = NULL;
    } else if (strcmp(name, "p:sp") == 0) {
        d->is_title = false;
    }
}

static void on_words(void *context, struct zd_str text)
{
    struct deck *d = context;

    if (d->in_words)
        zd_buf_str(&d->paragraph, text);
}

static enum zd_status read_slide(struct deck *d, const struct zd_parse__zip *zip,
                                 struct zd_str part, struct zd_error *err)
{
    const struct zd_parse__xml_events events = {d, on_slide_start, on_slide_end, on_words, NULL};
    struct zd_parse__relations own = {0};
    size_t before = d->m->n;
    enum zd_status st = zd_parse__relations_read(zip, part, d->m->arena, &own, err);

    d->m->page = ++d->m->reading.n_pages;
    d->is_title = d->is_hidden = d->in_words = false;
    if (st == ZD_OK)
        st = zd_parse__part_read(zip, part, true, &events, err);
    zd_parse__grid_free(d->grid);
    d->grid = NULL;
    if (zd_parse__relation_by_type(&own, "notesSlide").n > 0)
        d->m->reading.n_left_out[ZD_LEFT_OUT_COMMENT]++;
    d->m->reading.n_pages_no_text += d->m->n == before;
    return st;
}

static enum zd_status read_deck(struct deck *d, const struct zd_parse__zip *zip,
                                struct zd_error *err)
{
    const struct zd_parse__xml_events on_deck = {d, on_deck_start, on_nothing, NULL, NULL};
    struct zd_str part = ZD_STR("ppt/presentation.xml");
    struct zd_parse__relations own = {0};
    enum zd_status st = zd_parse__relations_read(zip, part, d->m->arena, &own, err);

    if (st == ZD_OK)
        st = zd_parse__part_read(zip, part, true, &on_deck, err);
    for (size_t i = 0; st == ZD_OK && i < d->n; i++) {
        struct zd_str slide = zd_parse__relation_by_id(&own, d->ids[i].p);

        if (slide.n > 0)
            st = read_slide(d, zip, slide, err);
    }
    if (zd_parse__relation_by_type(&own, "vbaProject").n > 0)
        d->m->reading.n_left_out[ZD_LEFT_OUT_MACRO]++;
    if (st == ZD_OK)
        zd_parse__title_of_blocks(d->m);
    return st;
}

bool zd_parse__is_pptx(struct zd_bytes raw)
{
    return zd_parse__zip_has(raw, "ppt/presentation.xml");
}

enum zd_status zd_parse__pptx(struct zd_bytes raw, struct zd_parse__maker *m, struct zd_error *err)
{
    struct deck *d = zd_alloc(sizeof *d);
    struct zd_parse__zip zip = {0};
    enum zd_status st;

    if (!d)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for reading a presentation");
    d->m = m;
    d->paragraph.max = d->shape.max = ZD_TEXT_MAX_BYTES;
    st = zd_parse__zip_open(raw, m->arena, &zip, err);
    if (st == ZD_OK)
        st = read_deck(d, &zip, err);
    zd_parse__maker_clear(m, &d->paragraph);
    zd_parse__maker_clear(m, &d->shape);
    zd_buf_done(&d->paragraph);
    zd_buf_done(&d->shape);
    zd_free(d);
    return st;
}

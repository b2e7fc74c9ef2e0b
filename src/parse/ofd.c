/* ofd.c: OFD, the national format of fixed pages (GB/T 33190-2016): a ZIP of XML.
 *
 *     OFD.xml       which documents there are           7.4
 *     Document.xml  their pages in order, their size    7.5
 *     Content.xml   of a page: layers of objects, of which TextObject (11.2) holds characters and
 *                   where they stand: its boundary on the page, a transform within, a start, and
 *                   the steps to each next character (DeltaX, "g n v": n times v)
 *
 * What the places mean is layout.h's. Templates of pages (letterheads, running heads) are left out
 * of the text and looked at for marks; annotations and seals are left out; objects that are not
 * visible too. Composite objects (drawings in the resources) are not entered. Lengths are
 * millimetres.
 */
#include <stdlib.h>
#include <string.h>

#include "base/caps.h"
#include "base/utf8.h"
#include "parse/layout.h"
#include "parse/office_private.h"
#include "parse/readers_private.h"

#define MAX_DOCUMENTS 64
#define NUMBERS_MAX 6
#define WRITING_WIDTH 210.0 /* A4, where no size is given */
#define WRITING_HEIGHT 297.0
#define BELOW_LINE 0.12 /* of the size */
#define FAR 2.5         /* of the size: a step so long begins another piece */

enum want { WANT_NOTHING, WANT_ROOT, WANT_BOX, WANT_CODE };

struct reader {
    struct zd_parse__maker *m;
    struct zd_parse__zip zip;
    struct zd_parse__layout layout;
    struct zd_buf words; /* of the element in hand */
    enum want want;
    struct zd_str roots[MAX_DOCUMENTS]; /* Document.xml of each */
    size_t n_roots;
    struct zd_str folder; /* of the document in hand */
    struct zd_str *pages; /* [n_pages] parts, zd_alloc */
    struct zd_str *templates;
    size_t n_pages, pages_cap, n_templates, templates_cap;
    double width, height;
    bool has_own_size, is_template;
    /* the text object in hand */
    double boundary[4], transform[6], size;
    double start[2];
    struct zd_buf steps; /* DeltaX, NUL, DeltaY, NUL */
    bool is_hidden, is_upright;
};

static struct zd_str kept(struct reader *r, struct zd_str s)
{
    struct zd_str copy = zd_arena_str(r->m->arena, s);

    r->m->no_memory |= !copy.p;
    return copy.p ? copy : ZD_STR("");
}

/* Numbers apart by blanks; how many there were, at most n. Later ones keep their value. */
static size_t numbers(const char *s, double *out, size_t n)
{
    size_t count = 0;

    while (s && count < n) {
        char *end;
        double value = strtod(s, &end);

        if (end == s)
            break;
        out[count++] = value > -1e6 && value < 1e6 ? value : 0;
        s = end;
    }
    return count;
}

/* A location as it stands in a part of a folder: "Pages/a.xml", "/Doc_0/Pages/a.xml". */
static struct zd_str located(struct reader *r, struct zd_str folder, struct zd_str place)
{
    struct zd_str s;

    place = zd_parse__trim(place);
    if (zd_str_starts(place, ZD_STR("./")))
        place = zd_str_cut(place, 2, place.n);
    if (zd_str_starts(place, ZD_STR("/")))
        return kept(r, zd_str_cut(place, 1, place.n));
    s = zd_arena_printf(r->m->arena, "%.*s%.*s", (int)folder.n, folder.p ? folder.p : "",
                        (int)(place.n < 1024 ? place.n : 1024), place.p ? place.p : "");
    r->m->no_memory |= !s.p;
    return s.p ? s : ZD_STR("");
}

static struct zd_str folder_of(struct zd_str part)
{
    size_t n = part.n;

    while (n > 0 && part.p[n - 1] != '/')
        n--;
    return zd_str_cut(part, 0, n);
}

static void want(struct reader *r, enum want what)
{
    r->want = what;
    zd_parse__maker_clear(r->m, &r->words);
}

static void on_text(void *context, struct zd_str text)
{
    struct reader *r = context;

    if (r->want != WANT_NOTHING)
        zd_buf_str(&r->words, text);
}

/* ---- OFD.xml ---- */

static void on_entry_start(void *context, const struct zd_parse__element *e)
{
    struct reader *r = context;

    if (strcmp(e->name, "ofd:DocRoot") == 0)
        want(r, WANT_ROOT);
    else if (strcmp(e->name, "ofd:Signatures") == 0)
        r->m->reading.n_left_out[ZD_LEFT_OUT_PICTURE]++;
}

static void on_entry_end(void *context, const char *name)
{
    struct reader *r = context;
    struct zd_str words = zd_parse__trim(zd_buf_view(&r->words));

    (void)name;
    if (r->want == WANT_ROOT && r->n_roots < MAX_DOCUMENTS && words.n > 0)
        r->roots[r->n_roots++] = located(r, ZD_STR(""), words);
    r->want = WANT_NOTHING;
}

/* ---- Document.xml ---- */

static void add_part(struct reader *r, struct zd_str **parts, size_t *n, size_t *cap,
                     const char *place)
{
    if (*n >= ZD_PAGES_MAX) {
        r->layout.too_many = true;
        return;
    }
    if (!zd_grow(parts, cap, *n + 1, sizeof **parts, ZD_PAGES_MAX)) {
        r->m->no_memory = true;
        return;
    }
    (*parts)[(*n)++] = located(r, r->folder, zd_str_c(place));
}

static void on_document_start(void *context, const struct zd_parse__element *e)
{
    struct reader *r = context;
    const char *place = zd_parse__xml_attribute(e, "BaseLoc");

    if (strcmp(e->name, "ofd:Page") == 0 && place)
        add_part(r, &r->pages, &r->n_pages, &r->pages_cap, place);
    else if (strcmp(e->name, "ofd:TemplatePage") == 0 && place)
        add_part(r, &r->templates, &r->n_templates, &r->templates_cap, place);
    else if (strcmp(e->name, "ofd:PhysicalBox") == 0)
        want(r, WANT_BOX);
    else if (strcmp(e->name, "ofd:Annotations") == 0)
        r->m->reading.n_left_out[ZD_LEFT_OUT_COMMENT]++;
}

/* The size of pages, from a box in hand. */
static void take_box(struct reader *r)
{
    double box[4] = {0, 0, 0, 0};

    if (numbers(zd_buf_cstr(&r->words), box, 4) == 4 && box[2] > 0 && box[3] > 0) {
        r->width = box[2];
        r->height = box[3];
    }
}

static void on_document_end(void *context, const char *name)
{
    struct reader *r = context;

    (void)name;
    if (r->want == WANT_BOX)
        take_box(r);
    r->want = WANT_NOTHING;
}

/* ---- Content.xml ---- */

static bool says(const char *value, const char *word)
{
    return value && strcmp(value, word) == 0;
}

static void begin_object(struct reader *r, const struct zd_parse__element *e)
{
    static const double as_it_is[NUMBERS_MAX] = {1, 0, 0, 1, 0, 0};

    memset(r->boundary, 0, sizeof r->boundary);
    memcpy(r->transform, as_it_is, sizeof r->transform);
    r->size = 0;
    (void)numbers(zd_parse__xml_attribute(e, "Boundary"), r->boundary, 4);
    (void)numbers(zd_parse__xml_attribute(e, "CTM"), r->transform, NUMBERS_MAX);
    (void)numbers(zd_parse__xml_attribute(e, "Size"), &r->size, 1);
    r->start[0] = r->start[1] = 0;
    r->is_hidden = says(zd_parse__xml_attribute(e, "Visible"), "false");
    /* aslant: a watermark, a stamp */
    r->is_upright = r->transform[0] > 0 && r->transform[3] > 0 &&
                    r->transform[1] * r->transform[1] < 0.01 * r->transform[0] * r->transform[0];
    r->m->reading.n_left_out[ZD_LEFT_OUT_HIDDEN] += r->is_hidden;
    r->m->reading.n_left_out[ZD_LEFT_OUT_UNREADABLE] += !r->is_hidden && !r->is_upright;
}

static void begin_code(struct reader *r, const struct zd_parse__element *e)
{
    const char *across = zd_parse__xml_attribute(e, "DeltaX");
    const char *down = zd_parse__xml_attribute(e, "DeltaY");

    (void)numbers(zd_parse__xml_attribute(e, "X"), &r->start[0], 1);
    (void)numbers(zd_parse__xml_attribute(e, "Y"), &r->start[1], 1);
    zd_parse__maker_clear(r->m, &r->steps);
    zd_buf_c(&r->steps, across ? across : "");
    zd_buf_byte(&r->steps, 0);
    zd_buf_c(&r->steps, down ? down : "");
    zd_buf_byte(&r->steps, 0);
    want(r, WANT_CODE);
}

static void on_content_start(void *context, const struct zd_parse__element *e)
{
    struct reader *r = context;

    if (strcmp(e->name, "ofd:TextObject") == 0)
        begin_object(r, e);
    else if (strcmp(e->name, "ofd:TextCode") == 0)
        begin_code(r, e);
    else if (strcmp(e->name, "ofd:PhysicalBox") == 0)
        want(r, WANT_BOX);
    else if (strcmp(e->name, "ofd:ImageObject") == 0)
        r->m->reading.n_left_out[ZD_LEFT_OUT_PICTURE]++;
    else if (strcmp(e->name, "ofd:Template") == 0)
        r->m->reading.n_left_out[ZD_LEFT_OUT_RUNNING_HEAD]++;
}

/* Steps from one character to the next, read as they are asked for. */
struct steps {
    const char *p;
    size_t repeat;
    double value;
};

static bool next_step(struct steps *s, double *ret_value)
{
    double value[2] = {0, 0};
    char *end;

    if (s->repeat == 0) {
        while (*s->p == ' ' || *s->p == '\n' || *s->p == '\t' || *s->p == '\r')
            s->p++;
        if (*s->p == 'g' && numbers(s->p + 1, value, 2) == 2 && value[0] >= 1) {
            s->repeat = (size_t)value[0];
            s->value = value[1];
            s->p = strpbrk(s->p + 1, "0123456789");
            (void)strtod(s->p, &end);
            (void)strtod(end, &end);
            s->p = end;
        } else if (numbers(s->p, value, 1) == 1) {
            (void)strtod(s->p, &end);
            s->p = end;
            s->repeat = 1;
            s->value = value[0];
        } else {
            return false;
        }
    }
    s->repeat--;
    *ret_value = s->value;
    return true;
}

/* Words [from, to) that stand side by side from x on, in the object's own measure. */
static void place(struct reader *r, struct zd_str words, double x, double end, double y)
{
    double across = r->transform[0], down = r->transform[3];
    double base = r->boundary[1] + y * down + x * r->transform[1] + r->transform[5];
    struct zd_parse__piece piece = {.x0 = r->boundary[0] + x * across + r->transform[4],
                                    .x1 = r->boundary[0] + end * across + r->transform[4],
                                    .size = r->size * down,
                                    .text = kept(r, words)};

    piece.y1 = base + BELOW_LINE * piece.size;
    piece.y0 = piece.y1 - piece.size;
    zd_parse__layout_piece(&r->layout, &piece);
}

static double advance(uint32_t c, double size)
{
    return c < 0x1100 ? size / 2 : size;
}

/* The characters in hand → pieces. */
static void take_code(struct reader *r)
{
    struct zd_str words = zd_buf_view(&r->words);
    struct steps across = {.p = zd_buf_cstr(&r->steps)}, down;
    double x = r->start[0], y = r->start[1], from_x = x;
    size_t at = 0, from = 0;

    if (!across.p || r->size <= 0)
        return;
    down = (struct steps){.p = across.p + strlen(across.p) + 1};
    while (at < words.n) {
        uint32_t c = zd_utf8_next(words, &at);
        double width = advance(c, r->size), right = width, fall = 0;

        if (!next_step(&across, &right) && *down.p)
            right = 0; /* downwards only */
        (void)next_step(&down, &fall);
        if (at == words.n || right < 0 || right > FAR * r->size || fall > r->size / 2 ||
            fall < -r->size / 2) {
            place(r, zd_str_cut(words, from, at), from_x, x + width, y);
            from = at;
            from_x = x + right;
        }
        x += right;
        y += fall;
    }
}

static void on_content_end(void *context, const char *name)
{
    struct reader *r = context;

    if (r->want == WANT_BOX)
        take_box(r);
    if (r->want == WANT_BOX && !r->is_template) {
        r->layout.pages[r->layout.n_pages - 1].width = r->width;
        r->layout.pages[r->layout.n_pages - 1].height = r->height;
    }
    if (r->want == WANT_CODE && strcmp(name, "ofd:TextCode") == 0) {
        if (r->is_template || r->is_hidden || !r->is_upright)
            zd_parse__maker_aside(r->m, zd_buf_view(&r->words));
        else
            take_code(r);
    }
    r->want = WANT_NOTHING;
}

/* ---- all of it ---- */

/* A page that is missing or damaged counts as one without text. */
static enum zd_status read_page(struct reader *r, struct zd_str part, struct zd_error *err)
{
    const struct zd_parse__xml_events events = {r, on_content_start, on_content_end, on_text, NULL};
    struct zd_error why = {0};
    enum zd_status st;

    if (!r->is_template)
        zd_parse__layout_page(&r->layout, r->width, r->height);
    if (r->layout.too_many || r->layout.no_memory)
        return ZD_OK; /* said at the end */
    st = zd_parse__part_read(&r->zip, part, true, &events, &why);
    r->want = WANT_NOTHING;
    if (st == ZD_INVALID) {
        r->m->reading.n_left_out[ZD_LEFT_OUT_UNREADABLE]++;
        return ZD_OK;
    }
    return st == ZD_OK ? ZD_OK : ZD_FAIL(err, st, why.at, "%s", why.what);
}

static enum zd_status read_document(struct reader *r, struct zd_str root, struct zd_error *err)
{
    const struct zd_parse__xml_events events = {r, on_document_start, on_document_end, on_text,
                                                NULL};
    double width, height;
    enum zd_status st;

    r->folder = folder_of(root);
    r->width = WRITING_WIDTH;
    r->height = WRITING_HEIGHT;
    r->n_pages = r->n_templates = 0;
    st = zd_parse__part_read(&r->zip, root, true, &events, err);
    width = r->width;
    height = r->height;
    r->is_template = true;
    for (size_t i = 0; i < r->n_templates && st == ZD_OK; i++)
        st = read_page(r, r->templates[i], err);
    r->is_template = false;
    for (size_t i = 0; i < r->n_pages && st == ZD_OK; i++) {
        r->width = width;
        r->height = height;
        st = read_page(r, r->pages[i], err);
    }
    return st;
}

static enum zd_status read_all(struct reader *r, struct zd_bytes raw, struct zd_error *err)
{
    const struct zd_parse__xml_events events = {r, on_entry_start, on_entry_end, on_text, NULL};
    enum zd_status st = zd_parse__zip_open(raw, r->m->arena, &r->zip, err);

    if (st == ZD_OK)
        st = zd_parse__part_read(&r->zip, ZD_STR("OFD.xml"), true, &events, err);
    if (st == ZD_OK && r->n_roots == 0)
        st = ZD_FAIL(err, ZD_INVALID, 0, "the OFD file is damaged: it names no document");
    for (size_t i = 0; i < r->n_roots && st == ZD_OK; i++)
        st = read_document(r, r->roots[i], err);
    if (st == ZD_OK)
        st = zd_parse__layout_finish(&r->layout, err);
    if (st == ZD_OK && r->m->n == 0)
        st = ZD_FAIL(err, ZD_INVALID, 0,
                     "none of the %u pages of the OFD file holds text (a scan?): have it turned "
                     "into text (OCR) and add that",
                     r->m->reading.n_pages);
    return st;
}

bool zd_parse__is_ofd(struct zd_bytes raw)
{
    return zd_parse__zip_has(raw, "OFD.xml");
}

enum zd_status zd_parse__ofd(struct zd_bytes raw, struct zd_parse__maker *m, struct zd_error *err)
{
    struct reader *r = zd_alloc(sizeof *r);
    enum zd_status st;

    if (!r)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for an OFD file");
    *r = (struct reader){
        .m = m, .words = {.max = ZD_TEXT_MAX_BYTES}, .steps = {.max = ZD_TEXT_MAX_BYTES}};
    zd_parse__layout_init(&r->layout, m);
    st = read_all(r, raw, err);
    zd_parse__layout_done(&r->layout);
    zd_buf_done(&r->words);
    zd_buf_done(&r->steps);
    zd_free(r->pages);
    zd_free(r->templates);
    zd_free(r);
    return st;
}

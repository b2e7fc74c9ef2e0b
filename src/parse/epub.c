/* epub.c: EPUB books (EPUB 3.3, OCF): the pages of the spine in their order, each read as HTML. */
#include <string.h>

#include "base/caps.h"
#include "base/utf8.h"
#include "parse/office_private.h"
#include "parse/readers_private.h"
#include "text/text.h"

#define MAX_ITEMS 10000

struct book {
    struct zd_parse__maker *m;
    struct zd_str package, title; /* package: the part that lists everything */
    struct item {
        struct zd_str id, href;
        bool in_contents;
    } * items;
    struct zd_str *spine;
    size_t n_items, n_spine, items_cap, spine_cap;
    struct zd_buf words;
    bool in_title;
};

static struct zd_str kept(struct book *b, const char *s)
{
    struct zd_str copy = zd_arena_str(b->m->arena, zd_str_c(s));

    b->m->no_memory = b->m->no_memory || !copy.p;
    return copy.p ? copy : ZD_STR("");
}

static void on_container_start(void *context, const struct zd_parse__element *e)
{
    struct book *b = context;
    const char *path = zd_parse__xml_attribute(e, "full-path");

    if (strcmp(e->name, "container:rootfile") == 0 && path && b->package.n == 0)
        b->package = kept(b, path);
}

static void on_nothing(void *context, const char *name)
{
    (void)context;
    (void)name;
}

static void on_package_start(void *context, const struct zd_parse__element *e)
{
    struct book *b = context;
    const char *id = zd_parse__xml_attribute(e, "id"), *href = zd_parse__xml_attribute(e, "href"),
               *properties = zd_parse__xml_attribute(e, "properties"),
               *ref = zd_parse__xml_attribute(e, "idref");

    if (strcmp(e->name, "dc:title") == 0) {
        b->in_title = b->title.n == 0;
    } else if (strcmp(e->name, "opf:item") == 0 && id && href) {
        if (!zd_grow(&b->items, &b->items_cap, b->n_items + 1, sizeof *b->items, MAX_ITEMS)) {
            b->m->no_memory = true;
            return;
        }
        b->items[b->n_items++] = (struct item){kept(b, id), kept(b, href),
                                               properties && strstr(properties, "nav") != NULL};
    } else if (strcmp(e->name, "opf:itemref") == 0 && ref) {
        if (!zd_grow(&b->spine, &b->spine_cap, b->n_spine + 1, sizeof *b->spine, MAX_ITEMS)) {
            b->m->no_memory = true;
            return;
        }
        b->spine[b->n_spine++] = kept(b, ref);
    }
}

static void on_package_end(void *context, const char *name)
{
    struct book *b = context;

    if (strcmp(name, "dc:title") != 0 || !b->in_title)
        return;
    b->in_title = false;
    b->title = zd_parse__squeeze(zd_buf_view(&b->words), b->m->arena);
}

static void on_text(void *context, struct zd_str text)
{
    struct book *b = context;

    if (b->in_title)
        zd_buf_str(&b->words, text);
}

/* "text/a%20b.xhtml#x" beside the package → the entry's name. */
static struct zd_str entry_name(struct book *b, struct zd_str href)
{
    struct zd_buf out = {.max = 1024};
    size_t slash = 0;
    struct zd_str name;

    for (size_t i = 0; i < b->package.n; i++)
        if (b->package.p[i] == '/')
            slash = i + 1;
    zd_buf_str(&out, zd_str_cut(b->package, 0, slash));
    for (size_t i = 0; i < href.n && href.p[i] != '#'; i++) {
        static const char digits[] = "0123456789abcdef";
        const char *high = NULL, *low = NULL;

        if (href.p[i] == '%' && i + 2 < href.n) {
            high = memchr(digits, href.p[i + 1] | 0x20, 16);
            low = memchr(digits, href.p[i + 2] | 0x20, 16);
        }
        if (high && low) {
            zd_buf_byte(&out, (uint8_t)((high - digits) * 16 + (low - digits)));
            i += 2;
        } else {
            zd_buf_byte(&out, (uint8_t)href.p[i]);
        }
    }
    name = zd_arena_str(b->m->arena, zd_buf_view(&out));
    zd_buf_done(&out);
    return name.p ? name : ZD_STR("");
}

static enum zd_status read_page(struct book *b, const struct zd_parse__zip *zip,
                                const struct item *item, struct zd_error *err)
{
    const struct zd_parse__zip_entry *entry = zd_parse__zip_find(zip, entry_name(b, item->href));
    struct zd_buf text = {.max = ZD_UPLOAD_MAX_BYTES * 2};
    struct zd_parse__unpacked page = {0};
    const char *encoding = "";
    size_t before = b->m->n;
    enum zd_status st;

    b->m->page = 0;
    if (!entry) {
        b->m->reading.n_left_out[ZD_LEFT_OUT_UNREADABLE]++;
        return ZD_OK;
    }
    st = zd_parse__zip_read(zip, entry, &page, err);
    if (st == ZD_OK)
        st = zd_decode((struct zd_bytes){page.p, page.n}, ZD_STR("utf-8"), &text, &encoding, err);
    if (st == ZD_OK)
        st = zd_parse__html_fragment(zd_buf_view(&text), b->m, err);
    b->m->reading.n_pages_no_text += b->m->n == before;
    b->m->reading.n_pages++;
    zd_buf_done(&text);
    zd_free(page.p);
    return st;
}

static enum zd_status read_book(struct book *b, const struct zd_parse__zip *zip,
                                struct zd_error *err)
{
    const struct zd_parse__xml_events on_container = {b, on_container_start, on_nothing, NULL,
                                                      NULL};
    const struct zd_parse__xml_events on_package = {b, on_package_start, on_package_end, on_text,
                                                    NULL};
    enum zd_status st =
        zd_parse__part_read(zip, ZD_STR("META-INF/container.xml"), true, &on_container, err);

    if (st == ZD_OK && zd_parse__zip_find(zip, ZD_STR("META-INF/encryption.xml")))
        b->m->reading.n_left_out[ZD_LEFT_OUT_UNREADABLE]++; /* fonts, as a rule */
    if (st == ZD_OK)
        st = zd_parse__part_read(zip, b->package, true, &on_package, err);
    for (size_t i = 0; st == ZD_OK && i < b->n_spine; i++)
        for (size_t k = 0; st == ZD_OK && k < b->n_items; k++) {
            if (!zd_str_eq(b->items[k].id, b->spine[i]))
                continue;
            if (b->items[k].in_contents)
                b->m->reading.n_left_out[ZD_LEFT_OUT_CONTENTS]++;
            else
                st = read_page(b, zip, &b->items[k], err);
            break;
        }
    b->m->title = b->title;
    zd_parse__title_of_blocks(b->m);
    return st;
}

bool zd_parse__is_epub(struct zd_bytes raw)
{
    return raw.n > 58 && memcmp(raw.p + 30, "mimetypeapplication/epub+zip", 28) == 0;
}

enum zd_status zd_parse__epub(struct zd_bytes raw, struct zd_parse__maker *m, struct zd_error *err)
{
    struct book b = {.m = m, .package = ZD_STR(""), .title = ZD_STR("")};
    struct zd_parse__zip zip = {0};
    enum zd_status st = zd_parse__zip_open(raw, m->arena, &zip, err);

    b.words.max = ZD_TITLE_MAX_BYTES;
    if (st == ZD_OK)
        st = read_book(&b, &zip, err);
    zd_buf_done(&b.words);
    zd_free(b.items);
    zd_free(b.spine);
    return st;
}

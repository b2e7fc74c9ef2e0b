/* frame_write.c: the worker's side of frame.h. */
#include <string.h>

#include "base/caps.h"
#include "parse/frame.h"

#define SAME 0xFFFFFFFFu

static void put_str(struct zd_buf *out, struct zd_str s)
{
    zd_buf_u32(out, (uint32_t)s.n);
    zd_buf_str(out, s);
}

/* Neighbours share their path and headers, often the very same memory. */
static void put_like(struct zd_buf *out, struct zd_str s, struct zd_str *last)
{
    if (s.n > 0 && zd_str_eq(s, *last)) {
        zd_buf_u32(out, SAME);
        return;
    }
    put_str(out, s);
    *last = s;
}

static void put_facts(struct zd_buf *out, const struct zd_facts *facts)
{
    put_str(out, facts->title);
    put_str(out, facts->issuer);
    put_str(out, facts->number);
    put_str(out, facts->region);
    zd_buf_u32(out, (uint32_t)facts->issued);
    zd_buf_u32(out, (uint32_t)facts->effective);
    zd_buf_u32(out, (uint32_t)facts->expires);
    zd_buf_byte(out, facts->repeals_only);
    zd_buf_u32(out, facts->n_supersedes);
    for (uint32_t i = 0; i < facts->n_supersedes; i++)
        put_str(out, facts->supersedes[i]);
}

static void put_passages(struct zd_buf *out, const struct zd_passages *passages)
{
    struct zd_str path = {0}, context = {0};
    uint32_t n_cells = 0;

    zd_buf_u32(out, (uint32_t)passages->n);
    for (size_t i = 0; i < passages->n; i++) {
        const struct zd_passage *p = &passages->p[i];
        /* rows that were cut into several passages have their cells once */
        bool again = i > 0 && p->cells == passages->p[i - 1].cells;
        uint32_t n = p->n_cells > ZD_FRAME_MAX_CELLS - n_cells || again ? 0 : p->n_cells;

        zd_buf_byte(out, (uint8_t)p->kind);
        zd_buf_byte(out, (uint8_t)p->field);
        zd_buf_u32(out, p->start);
        zd_buf_u32(out, p->end);
        zd_buf_u32(out, p->page);
        zd_buf_u32(out, p->table);
        zd_buf_u32(out, p->row);
        zd_buf_u32(out, n);
        put_like(out, p->path, &path);
        put_str(out, p->number);
        put_like(out, p->context, &context);
        n_cells += n;
    }
}

static void put_cells(struct zd_buf *out, const struct zd_passages *passages)
{
    const struct zd_cell *last = NULL;
    struct zd_str header = {0};
    uint32_t n_cells = 0;

    for (size_t i = 0; i < passages->n; i++) {
        const struct zd_passage *p = &passages->p[i];

        if (p->cells == last || p->n_cells > ZD_FRAME_MAX_CELLS - n_cells)
            continue;
        last = p->cells;
        n_cells += p->n_cells;
        for (uint32_t k = 0; k < p->n_cells; k++) {
            zd_buf_byte(out, (uint8_t)(p->cells[k].is_header | p->cells[k].is_repeated << 1));
            put_str(out, p->cells[k].text);
            put_like(out, p->cells[k].header_path, &header);
        }
    }
}

static void put_parsed(struct zd_buf *out, struct zd_str id, const struct zd_parsed *parsed)
{
    const struct zd_reading *reading = &parsed->blocks.reading;

    put_str(out, id);
    put_str(out, parsed->blocks.text);
    put_str(out, parsed->blocks.title);
    put_str(out, parsed->blocks.aside);
    put_str(out, zd_str_c(parsed->blocks.format));
    put_str(out, zd_str_c(parsed->blocks.encoding));
    zd_buf_u32(out, reading->n_pages);
    zd_buf_u32(out, reading->n_pages_no_text);
    zd_buf_u32(out, reading->n_pages_scanned);
    zd_buf_u32(out, reading->n_pages_recognised);
    zd_buf_u32(out, reading->n_tables);
    for (size_t i = 0; i < ZD_LEFT_OUT_COUNT; i++)
        zd_buf_u32(out, reading->n_left_out[i]);
    put_facts(out, &parsed->facts);
    put_passages(out, &parsed->passages);
    put_cells(out, &parsed->passages);
}

void zd_frame_write(struct zd_buf *out, enum zd_status status, struct zd_str id,
                    const struct zd_parsed *parsed, const struct zd_error *why)
{
    size_t head = out->n, n;

    zd_buf_c(out, "ZDF1");
    zd_buf_u32(out, 0);
    zd_buf_u32(out, (uint32_t)status);
    if (status == ZD_OK) {
        put_parsed(out, id, parsed);
    } else {
        zd_buf_u64(out, why->at);
        put_str(out, zd_str_c(why->what));
    }
    if (out->bad)
        return;
    n = out->n - head - ZD_FRAME_HEAD_BYTES;
    for (size_t i = 0; i < 4; i++)
        out->p[head + 4 + i] = (uint8_t)(n >> (8 * i));
}

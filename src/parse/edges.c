/* edges.c: see edges.h. */
#include "parse/edges.h"

#include <stdlib.h>

#include "base/caps.h"

#define SAME 30 /* twips: half a millimetre */
#define MAX_CELLS 2000000

struct cell {
    struct zd_str text;
    int32_t left, right;
    bool goes_on, ends_row, is_header;
};

struct zd_parse__edges {
    struct zd_parse__maker *m;
    struct cell *cells;
    size_t n, cap, row_from;
    int32_t *edges;
    size_t n_edges, edges_cap;
};

struct zd_parse__edges *zd_parse__edges_new(struct zd_parse__maker *m)
{
    struct zd_parse__edges *edges = zd_alloc(sizeof *edges);

    if (edges)
        edges->m = m;
    else
        m->no_memory = true;
    return edges;
}

void zd_parse__edges_free(struct zd_parse__edges *edges)
{
    if (!edges)
        return;
    zd_free(edges->cells);
    zd_free(edges->edges);
    zd_free(edges);
}

void zd_parse__edges_cell(struct zd_parse__edges *edges, struct zd_str text, int32_t left,
                          int32_t right, bool goes_on)
{
    struct zd_str copy;

    if (!edges)
        return;
    if (edges->n >= MAX_CELLS) {
        edges->m->too_many = true;
        return;
    }
    copy = zd_arena_str(edges->m->arena, zd_parse__trim(text));
    if (!copy.p ||
        !zd_grow(&edges->cells, &edges->cap, edges->n + 1, sizeof *edges->cells, MAX_CELLS)) {
        edges->m->no_memory = true;
        return;
    }
    edges->cells[edges->n++] = (struct cell){
        .text = copy, .left = left, .right = right > left ? right : left + 1, .goes_on = goes_on};
}

void zd_parse__edges_row_end(struct zd_parse__edges *edges, bool is_header)
{
    if (!edges || edges->n == edges->row_from)
        return;
    edges->cells[edges->row_from].is_header = is_header;
    edges->cells[edges->n - 1].ends_row = true;
    edges->row_from = edges->n;
}

static int by_place(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

    return (x > y) - (x < y);
}

static bool collect(struct zd_parse__edges *e)
{
    size_t n = 0;

    if (!zd_grow(&e->edges, &e->edges_cap, e->n * 2, sizeof *e->edges, (size_t)2 * MAX_CELLS)) {
        e->m->no_memory = true;
        return false;
    }
    for (size_t i = 0; i < e->n; i++) {
        e->edges[2 * i] = e->cells[i].left;
        e->edges[2 * i + 1] = e->cells[i].right;
    }
    qsort(e->edges, e->n * 2, sizeof *e->edges, by_place);
    for (size_t i = 0; i < e->n * 2; i++)
        if (n == 0 || (int64_t)e->edges[i] - e->edges[n - 1] > SAME)
            e->edges[n++] = e->edges[i];
    e->n_edges = n;
    return true;
}

/* The column that begins at or nearest before the edge. */
static size_t column_of(const struct zd_parse__edges *e, int32_t edge)
{
    size_t from = 0, to = e->n_edges;

    while (from + 1 < to) {
        size_t middle = from + (to - from) / 2;

        if ((int64_t)e->edges[middle] <= edge)
            from = middle;
        else
            to = middle;
    }
    return from;
}

void zd_parse__edges_add(struct zd_parse__edges *e)
{
    struct zd_parse__grid *grid;
    bool begins = true;

    if (!e || e->n == 0 || !collect(e))
        return;
    e->n = e->row_from < e->n && e->row_from > 0 ? e->row_from : e->n; /* an unfinished row */
    grid = zd_parse__grid_new(e->m);
    for (size_t i = 0; i < e->n; i++) {
        const struct cell *cell = &e->cells[i];
        size_t left = column_of(e, cell->left), right = column_of(e, cell->right);

        if (begins)
            zd_parse__grid_row(grid, cell->is_header);
        if (begins && left > 0) /* the row begins further in than the table */
            zd_parse__grid_cell(grid, ZD_STR(""), (uint32_t)left, 1, false);
        zd_parse__grid_cell(grid, cell->text, right > left ? (uint32_t)(right - left) : 1, 1,
                            cell->goes_on);
        begins = cell->ends_row;
    }
    zd_parse__grid_add(grid);
    zd_parse__grid_free(grid);
}

/* segment_tables.c: what follows the postings of a segment: dictionary, codebook, the rows of the
 * passages, checksums, footer; and the commit. See segment_write.c. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "index/segment_format.h"
#include "index/segment_write.h"

static void section_put(struct zd_index__segment_writer *w, enum zd_index__section section,
                        const void *p, size_t n)
{
    zd_index__section_begin(w, section);
    if (n > 0)
        zd_index__page_add(w, p, n);
    zd_index__section_end(w, section);
}

static void put_codebook(struct zd_index__segment_writer *w)
{
    zd_index__section_begin(w, ZD_INDEX__CODEBOOK);
    for (uint32_t i = 0; i < w->shape.n_codes; i++) {
        struct {
            uint8_t level[4];
            uint32_t count;
        } entry = {{0}, w->counts[i]};

        zd_index__triple_levels(w->triple_of[i], entry.level);
        zd_index__page_add(w, &entry, sizeof entry);
    }
    zd_index__section_end(w, ZD_INDEX__CODEBOOK);
}

static void put_lengths(struct zd_index__segment_writer *w)
{
    zd_index__section_begin(w, ZD_INDEX__LENGTHS_OF);
    for (int f = 0; f < ZD_FIELD_COUNT; f++)
        for (uint32_t d = 0; d < w->shape.n_docs; d++)
            zd_index__page_add(w, &w->lengths[d][f], 1);
    zd_index__section_end(w, ZD_INDEX__LENGTHS_OF);
}

static bool put_ids(struct zd_index__segment_writer *w, const struct zd_index__rows *rows)
{
    int64_t before = 0;

    w->shape.ids_ascend = 1;
    zd_index__section_begin(w, ZD_INDEX__IDS);
    for (uint32_t d = 0; d < w->shape.n_docs; d++) {
        int64_t id = 0;

        if (!rows->id_of(rows->context, d, &id))
            return false;
        if (id <= before)
            w->shape.ids_ascend = 0;
        before = id;
        zd_index__page_add(w, &id, sizeof id);
    }
    zd_index__section_end(w, ZD_INDEX__IDS);
    return true;
}

struct id_place {
    int64_t id;
    uint32_t doc;
};

static int compare_ids(const void *a, const void *b)
{
    const struct id_place *x = a, *y = b;

    return x->id != y->id ? (x->id < y->id ? -1 : 1) : (x->doc < y->doc ? -1 : x->doc > y->doc);
}

/* The passages by id, where that is not their own order. 16 bytes a passage of memory: rare, as
 * ids grow with time and merges keep the order of their sources. */
static enum zd_status put_ids_order(struct zd_index__segment_writer *w,
                                    const struct zd_index__rows *rows, struct zd_error *err)
{
    struct id_place *places = NULL;
    const uint32_t n = w->shape.n_docs;
    enum zd_status st = ZD_OK;

    zd_index__section_begin(w, ZD_INDEX__IDS_ORDER);
    if (!w->shape.ids_ascend) {
        places = zd_alloc(n * sizeof *places);
        if (!places)
            st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the ids of %u passages", n);
        for (uint32_t d = 0; st == ZD_OK && d < n; d++) {
            places[d].doc = d;
            if (!rows->id_of(rows->context, d, &places[d].id))
                st = ZD_FAIL(err, ZD_CORRUPT, 0, "the ids of a segment being merged are damaged");
        }
        if (st == ZD_OK)
            qsort(places, n, sizeof *places, compare_ids);
        for (uint32_t d = 0; st == ZD_OK && d < n; d++)
            zd_index__page_add(w, &places[d].doc, sizeof places[d].doc);
        zd_free(places);
    }
    zd_index__section_end(w, ZD_INDEX__IDS_ORDER);
    return st;
}

/* ---- vectors ---- */

/* The signs of 64 passages at a time, column by column. */
struct signs_block {
    uint8_t bytes[ZD_INDEX_DIMS_MAX / 8][64];
    uint32_t n; /* passages in it */
};

static void signs_add(struct signs_block *b, const int8_t *vector, uint32_t n_dims)
{
    uint8_t signs[ZD_INDEX_DIMS_MAX / 8] = {0};

    if (vector)
        zd_index__signs_of(vector, n_dims, signs);
    for (uint32_t j = 0; j < n_dims / 8; j++)
        b->bytes[j][b->n] = signs[j];
    b->n++;
}

static void signs_flush(struct zd_index__segment_writer *w, struct signs_block *b)
{
    if (b->n > 0)
        zd_index__page_add(w, b->bytes, (size_t)w->shape.n_dims / 8 * 64);
    memset(b, 0, sizeof *b);
}

static bool put_signs(struct zd_index__segment_writer *w, const struct zd_index__rows *rows)
{
    struct signs_block block = {0};
    const int8_t *vector = NULL;

    zd_index__section_begin(w, ZD_INDEX__SIGNS);
    for (uint32_t d = 0; d < w->shape.n_docs && w->shape.n_dims > 0; d++) {
        if (!rows->vector_of(rows->context, d, &vector))
            return false;
        signs_add(&block, vector, w->shape.n_dims);
        if (block.n == 64)
            signs_flush(w, &block);
    }
    signs_flush(w, &block);
    zd_index__section_end(w, ZD_INDEX__SIGNS);
    return true;
}

/* Several passes over the vectors, so that none need be held; where no passage has one, the sections
 * stay empty. */
static bool put_vectors(struct zd_index__segment_writer *w, const struct zd_index__rows *rows)
{
    static const int8_t none[ZD_INDEX_DIMS_MAX];
    struct zd_index__shape *h = &w->shape;
    const int8_t *vector = NULL;
    uint64_t has = 0;

    for (uint32_t d = 0; d < h->n_docs && rows->n_dims > 0; d++) {
        if (!rows->vector_of(rows->context, d, &vector))
            return false;
        h->n_vectors += vector != NULL;
    }
    if (h->n_vectors > 0) {
        h->n_dims = rows->n_dims;
        h->model = rows->model;
    }
    zd_index__section_begin(w, ZD_INDEX__VECTORS);
    for (uint32_t d = 0; d < h->n_docs && h->n_dims > 0; d++) {
        if (!rows->vector_of(rows->context, d, &vector))
            return false;
        zd_index__page_add(w, vector ? vector : none, h->n_dims);
    }
    zd_index__section_end(w, ZD_INDEX__VECTORS);
    if (!put_signs(w, rows))
        return false;
    zd_index__section_begin(w, ZD_INDEX__HAS_VECTOR);
    for (uint32_t d = 0; d < h->n_docs && h->n_dims > 0; d++) {
        if (!rows->vector_of(rows->context, d, &vector))
            return false;
        has |= (uint64_t)(vector != NULL) << (d % 64);
        if (d % 64 == 63 || d + 1 == h->n_docs) {
            zd_index__page_add(w, &has, sizeof has);
            has = 0;
        }
    }
    zd_index__section_end(w, ZD_INDEX__HAS_VECTOR);
    return true;
}

/* ---- runs ---- */

static int compare_u64(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_classes(const struct zd_index__class *a, const struct zd_index__class *b)
{
    int c = compare_u64((uint32_t)a->effective, (uint32_t)b->effective);

    if (c == 0)
        c = compare_u64((uint32_t)a->expires, (uint32_t)b->expires);
    if (c == 0)
        c = compare_u64(a->region, b->region);
    return c ? c : compare_u64(a->access, b->access);
}

static int compare_by_class(const void *a, const void *b, void *runs)
{
    const struct zd_index__run *all = runs;

    return compare_classes(&all[*(const uint32_t *)a].class, &all[*(const uint32_t *)b].class);
}

static int compare_by_group(const void *a, const void *b, void *runs)
{
    const struct zd_index__run *x = (const struct zd_index__run *)runs + *(const uint32_t *)a;
    const struct zd_index__run *y = (const struct zd_index__run *)runs + *(const uint32_t *)b;
    int c = compare_u64(x->group, y->group);

    return c ? c : compare_u64(x->first, y->first);
}

/* Numbers the distinct classes: class_of[run], and the classes themselves into `classes`. */
static void number_classes(const struct zd_index__run *runs, const uint32_t *order, size_t n,
                           uint32_t *class_of, struct zd_buf *classes)
{
    uint32_t n_classes = 0;

    for (size_t i = 0; i < n; i++) {
        if (i == 0 || compare_classes(&runs[order[i]].class, &runs[order[i - 1]].class) != 0) {
            zd_buf_add(classes, &runs[order[i]].class, sizeof runs->class);
            n_classes++;
        }
        class_of[order[i]] = n_classes - 1;
    }
}

static enum zd_status put_runs(struct zd_index__segment_writer *w, const struct zd_index__run *runs,
                               size_t n, struct zd_error *err)
{
    uint32_t *order = zd_alloc(n * sizeof *order);
    uint32_t *class_of = zd_alloc(n * sizeof *class_of);
    struct zd_buf classes = {.max = ZD_INDEX__LIST_MAX_BYTES};
    enum zd_status st = ZD_OK;

    if (!order || !class_of) {
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for %zu documents of a segment", n);
        goto out;
    }
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    qsort_r(order, n, sizeof *order, compare_by_class, zd_index__unconst(runs));
    number_classes(runs, order, n, class_of, &classes);
    st = zd_buf_check(&classes, "classes of an index segment", err);
    if (st != ZD_OK)
        goto out;
    w->shape.n_runs = (uint32_t)n;
    w->shape.n_classes = (uint32_t)(classes.n / sizeof runs->class);
    zd_index__section_begin(w, ZD_INDEX__RUN_FIRST);
    for (size_t i = 0; i < n; i++)
        zd_index__page_add(w, &runs[i].first, 4);
    zd_index__section_end(w, ZD_INDEX__RUN_FIRST);
    zd_index__section_begin(w, ZD_INDEX__RUN_GROUP);
    for (size_t i = 0; i < n; i++)
        zd_index__page_add(w, &runs[i].group, 4);
    zd_index__section_end(w, ZD_INDEX__RUN_GROUP);
    section_put(w, ZD_INDEX__RUN_CLASS, class_of, n * sizeof *class_of);
    qsort_r(order, n, sizeof *order, compare_by_group, zd_index__unconst(runs));
    section_put(w, ZD_INDEX__RUN_ORDER, order, n * sizeof *order);
    section_put(w, ZD_INDEX__CLASSES, classes.p, classes.n);
out:
    zd_free(order);
    zd_free(class_of);
    zd_buf_done(&classes);
    return st;
}

static void put_footer(struct zd_index__segment_writer *w)
{
    const struct zd_index__shape *s = &w->shape;
    struct zd_buf b = {.max = ZD_INDEX__FOOTER_BYTES};

    zd_buf_add(&b, ZD_INDEX__SEGMENT_MAGIC, 8);
    zd_buf_u32(&b, ZD_INDEX__SEGMENT_VERSION);
    zd_buf_u32(&b, s->n_docs);
    zd_buf_u32(&b, s->n_terms);
    zd_buf_u32(&b, s->n_runs);
    zd_buf_u32(&b, s->n_classes);
    zd_buf_u32(&b, s->n_codes);
    zd_buf_u32(&b, s->n_dict_blocks);
    zd_buf_u32(&b, s->ids_ascend);
    zd_buf_u32(&b, s->n_dims);
    zd_buf_u32(&b, s->n_vectors);
    zd_buf_u64(&b, s->model);
    zd_buf_u64(&b, s->n_postings);
    for (int f = 0; f < ZD_FIELD_COUNT; f++)
        zd_buf_u64(&b, s->total_length[f]);
    for (int i = 0; i < ZD_INDEX__SECTIONS; i++) {
        zd_buf_u64(&b, s->at[i]);
        zd_buf_u64(&b, s->n_bytes[i]);
    }
    zd_buf_u32(&b, zd_crc32c(0, (struct zd_bytes){w->checksums.p, w->checksums.n}));
    zd_buf_u32(&b, zd_crc32c(0, (struct zd_bytes){b.p, b.n}));
    if (b.bad)
        w->misused = true;
    else
        zd_durable_add(w->file, (struct zd_bytes){b.p, b.n});
    zd_buf_done(&b);
}

enum zd_status zd_index__segment_commit(struct zd_index__segment_writer *w,
                                        const struct zd_index__run *runs, size_t n_runs,
                                        const struct zd_index__rows *rows, struct zd_error *err)
{
    enum zd_status st = ZD_OK;

    zd_index__section_end(w, ZD_INDEX__POSTINGS);
    section_put(w, ZD_INDEX__DICT, w->dict.p, w->dict.n);
    section_put(w, ZD_INDEX__DICT_TERMS, w->dict_terms.p, w->dict_terms.n);
    zd_index__section_begin(w, ZD_INDEX__DICT_PLACES);
    if (w->dict_lists.n > 0) {
        zd_index__page_add(w, w->dict_lists.p, w->dict_lists.n);
        zd_index__page_add(w, w->dict_offsets.p, w->dict_offsets.n);
    }
    zd_index__section_end(w, ZD_INDEX__DICT_PLACES);
    put_codebook(w);
    put_lengths(w);
    if (!put_ids(w, rows)) {
        st = ZD_FAIL(err, ZD_CORRUPT, 0, "the ids of a segment being merged are damaged");
        goto out;
    }
    st = put_ids_order(w, rows, err);
    if (st == ZD_OK)
        st = put_runs(w, runs, n_runs, err);
    if (st != ZD_OK)
        goto out;
    if (!put_vectors(w, rows)) {
        st = ZD_FAIL(err, ZD_CORRUPT, 0, "the vectors of a segment being merged are damaged");
        goto out;
    }
    zd_index__section_begin(w, ZD_INDEX__CHECKSUMS);
    if (w->page_bytes > 0)
        zd_buf_u32(&w->checksums, w->page_crc);
    if (w->dict.bad || w->dict_terms.bad || w->dict_lists.bad || w->dict_offsets.bad ||
        w->checksums.bad || w->misused) {
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory or room while writing an index segment");
        goto out;
    }
    w->shape.n_bytes[ZD_INDEX__CHECKSUMS] = w->checksums.n;
    zd_durable_add(w->file, (struct zd_bytes){w->checksums.p, w->checksums.n});
    put_footer(w);
    if (w->misused) {
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory while writing an index segment");
        goto out;
    }
    st = zd_durable_commit(w->file, err);
    w->file = NULL;
out:
    zd_index__segment_abort(w);
    return st;
}

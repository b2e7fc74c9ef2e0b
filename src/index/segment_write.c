/* segment_write.c: writes one immutable segment, front to back, in one pass.
 *
 *   1. the codebook is fixed from the counts of triples, most frequent first
 *   2. term by term: blocks of 128 postings into a buffer, their skip entries beside it; at the
 *      term's end head, skips and blocks go to the file and an entry to the dictionary
 *   3. the tables, the checksums of all pages so far, the footer
 *
 * Bytes go through page_add, which keeps the checksum of the current 4 KB. Memory: the dictionary,
 * the longest posting list, 4 bytes a page; nothing else grows with the segment.
 * Failures of buffers and of the file stick and are reported by the commit. One thread.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "index/bound.h"
#include "index/index_private.h"
#include "index/segment_format.h"

#define LIST_MAX_BYTES ((size_t)1 << 31)
#define DICT_MAX_BYTES ((size_t)UINT32_MAX)

struct zd_index__segment_writer {
    struct zd_durable_file *file;
    struct zd_index__shape shape;
    const uint8_t (*lengths)[4]; /* [n_docs], borrowed */
    uint16_t *code_of;           /* [CODES_MAX] triple → code */
    uint32_t *triple_of;         /* [n_codes] */
    uint32_t *counts;            /* [n_codes] */

    struct zd_buf checksums; /* u32 a full page */
    uint32_t page_crc;
    uint32_t page_bytes;

    struct zd_buf dict, dict_terms, dict_lists, dict_offsets;
    uint64_t last_term;

    uint32_t docs[ZD_INDEX__BLOCK];
    uint16_t codes[ZD_INDEX__BLOCK];
    size_t n_pending;
    uint32_t df, before;
    struct zd_index__bound block_bound, list_bound;
    struct zd_buf skips, blocks;
    bool misused; /* passages or terms out of order, a triple nobody counted: our own mistake */
};

static void page_add(struct zd_index__segment_writer *w, const void *p, size_t n)
{
    const uint8_t *at = p;

    zd_durable_add(w->file, (struct zd_bytes){p, n});
    while (n > 0) {
        size_t room = ZD_INDEX__PAGE - w->page_bytes;
        size_t take = n < room ? n : room;

        w->page_crc = zd_crc32c(w->page_crc, (struct zd_bytes){at, take});
        w->page_bytes += (uint32_t)take;
        at += take;
        n -= take;
        if (w->page_bytes == ZD_INDEX__PAGE) {
            zd_buf_u32(&w->checksums, w->page_crc);
            w->page_crc = 0;
            w->page_bytes = 0;
        }
    }
}

static void section_begin(struct zd_index__segment_writer *w, enum zd_index__section section)
{
    static const uint8_t zeros[8];

    page_add(w, zeros, (size_t)(-zd_durable_offset(w->file) & 7));
    w->shape.at[section] = zd_durable_offset(w->file);
}

static void section_end(struct zd_index__segment_writer *w, enum zd_index__section section)
{
    w->shape.n_bytes[section] = zd_durable_offset(w->file) - w->shape.at[section];
}

static void section_put(struct zd_index__segment_writer *w, enum zd_index__section section,
                        const void *p, size_t n)
{
    section_begin(w, section);
    if (n > 0)
        page_add(w, p, n);
    section_end(w, section);
}

/* ---- the codebook ---- */

static void sift_down(uint64_t *keys, size_t i, size_t n)
{
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        uint64_t swap = keys[i];

        if (child + 1 < n && keys[child + 1] < keys[child])
            child++;
        if (keys[i] <= keys[child])
            return;
        keys[i] = keys[child];
        keys[child] = swap;
    }
}

/* Descending (heap sort with the least at the root: no recursion, no worst case). */
static void sort_descending(uint64_t *keys, size_t n)
{
    for (size_t i = n / 2; i-- > 0;)
        sift_down(keys, i, n);
    for (size_t end = n; end-- > 1;) {
        uint64_t swap = keys[0];

        keys[0] = keys[end];
        keys[end] = swap;
        sift_down(keys, 0, end);
    }
}

static bool make_codebook(struct zd_index__segment_writer *w, const uint32_t *triple_counts)
{
    uint64_t *keys = NULL;
    size_t n = 0;
    bool done = false;

    for (uint32_t t = 0; t < ZD_INDEX__CODES_MAX; t++)
        n += triple_counts[t] > 0;
    keys = zd_alloc(n * sizeof *keys);
    w->code_of = zd_alloc(ZD_INDEX__CODES_MAX * sizeof *w->code_of);
    w->triple_of = zd_alloc(n * sizeof *w->triple_of);
    w->counts = zd_alloc(n * sizeof *w->counts);
    if (!keys || !w->code_of || !w->triple_of || !w->counts)
        goto out;
    n = 0;
    for (uint32_t t = 0; t < ZD_INDEX__CODES_MAX; t++)
        if (triple_counts[t] > 0)
            keys[n++] = (uint64_t)triple_counts[t] << 32 | (ZD_INDEX__CODES_MAX - t);
    sort_descending(keys, n);
    memset(w->code_of, 0xFF, ZD_INDEX__CODES_MAX * sizeof *w->code_of);
    for (size_t i = 0; i < n; i++) {
        w->triple_of[i] = ZD_INDEX__CODES_MAX - (uint32_t)keys[i];
        w->counts[i] = (uint32_t)(keys[i] >> 32);
        w->code_of[w->triple_of[i]] = (uint16_t)i;
    }
    w->shape.n_codes = (uint32_t)n;
    done = true;
out:
    zd_free(keys);
    return done;
}

static void triple_levels(uint32_t triple, uint8_t level[ZD_FIELD_COUNT])
{
    level[2] = (uint8_t)(triple % ZD_INDEX__TFS);
    level[1] = (uint8_t)(triple / ZD_INDEX__TFS % ZD_INDEX__TFS);
    level[0] = (uint8_t)(triple / ZD_INDEX__TFS / ZD_INDEX__TFS);
}

/* ---- life ---- */

static void writer_free(struct zd_index__segment_writer *w)
{
    zd_free(w->code_of);
    zd_free(w->triple_of);
    zd_free(w->counts);
    zd_buf_done(&w->checksums);
    zd_buf_done(&w->dict);
    zd_buf_done(&w->dict_terms);
    zd_buf_done(&w->dict_lists);
    zd_buf_done(&w->dict_offsets);
    zd_buf_done(&w->skips);
    zd_buf_done(&w->blocks);
    zd_free(w);
}

void zd_index__segment_abort(struct zd_index__segment_writer *w)
{
    if (!w)
        return;
    zd_durable_abort(w->file);
    writer_free(w);
}

enum zd_status zd_index__segment_begin(const char *path, const uint32_t *triple_counts,
                                       const uint8_t (*lengths)[4], uint32_t n_docs,
                                       struct zd_index__segment_writer **ret_writer,
                                       struct zd_error *err)
{
    struct zd_index__segment_writer *w = zd_alloc(sizeof *w);
    uint8_t head[ZD_INDEX__HEADER_BYTES] = {0};
    enum zd_status st = ZD_OK;

    if (!w || !make_codebook(w, triple_counts)) {
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for writing an index segment");
        goto out;
    }
    w->lengths = lengths;
    w->shape.n_docs = n_docs;
    w->before = ZD_INDEX__NONE;
    w->checksums.max = LIST_MAX_BYTES;
    w->dict.max = w->dict_terms.max = w->dict_lists.max = w->dict_offsets.max = DICT_MAX_BYTES;
    w->skips.max = w->blocks.max = LIST_MAX_BYTES;
    for (uint32_t d = 0; d < n_docs; d++)
        for (int f = 0; f < ZD_FIELD_COUNT; f++)
            w->shape.total_length[f] += zd_index__length_of(lengths[d][f]);
    st = zd_durable_begin(path, &w->file, err);
    if (st != ZD_OK)
        goto out;
    memcpy(head, ZD_INDEX__SEGMENT_MAGIC, 8);
    head[8] = ZD_INDEX__SEGMENT_VERSION;
    page_add(w, head, sizeof head);
    section_begin(w, ZD_INDEX__POSTINGS);
    *ret_writer = w;
    w = NULL;
out:
    if (w)
        writer_free(w);
    return st;
}

/* ---- postings ---- */

static void block_flush(struct zd_index__segment_writer *w)
{
    struct zd_index__point points[ZD_INDEX__BLOCK_POINTS + 2];
    uint32_t last = w->docs[w->n_pending - 1];

    zd_index__block_encode(w->docs, w->codes, w->n_pending, w->before, &w->blocks);
    zd_index__bound_points(&w->block_bound, ZD_INDEX__BLOCK_POINTS, points);
    zd_buf_u32(&w->skips, last);
    zd_buf_u32(&w->skips, (uint32_t)w->blocks.n);
    zd_buf_add(&w->skips, points, sizeof points);
    zd_index__bound_clear(&w->block_bound);
    w->before = last;
    w->n_pending = 0;
}

void zd_index__segment_put(struct zd_index__segment_writer *w, uint32_t doc, uint32_t triple)
{
    uint8_t level[ZD_FIELD_COUNT];

    if (doc >= w->shape.n_docs || triple >= ZD_INDEX__CODES_MAX || w->code_of[triple] == 0xFFFF ||
        (w->n_pending > 0 && doc <= w->docs[w->n_pending - 1]) ||
        (w->n_pending == 0 && w->before != ZD_INDEX__NONE && doc <= w->before)) {
        w->misused = true;
        return;
    }
    triple_levels(triple, level);
    zd_index__bound_add(&w->block_bound, level, w->lengths[doc]);
    zd_index__bound_add(&w->list_bound, level, w->lengths[doc]);
    w->docs[w->n_pending] = doc;
    w->codes[w->n_pending++] = w->code_of[triple];
    w->df++;
    if (w->n_pending == ZD_INDEX__BLOCK)
        block_flush(w);
}

static void put_varint(struct zd_buf *out, uint64_t v)
{
    for (; v >= 128; v >>= 7)
        zd_buf_byte(out, (uint8_t)(v | 128));
    zd_buf_byte(out, (uint8_t)v);
}

static void dict_add(struct zd_index__segment_writer *w, uint64_t term, uint64_t list_at,
                     uint64_t list_bytes)
{
    if (w->shape.n_terms % ZD_INDEX__TERMS_A_DICT_BLOCK == 0) {
        zd_buf_u64(&w->dict_terms, term);
        zd_buf_u64(&w->dict_lists, list_at);
        zd_buf_u32(&w->dict_offsets, (uint32_t)w->dict.n);
        w->shape.n_dict_blocks++;
    } else {
        put_varint(&w->dict, term - w->last_term);
    }
    put_varint(&w->dict, w->df);
    put_varint(&w->dict, list_bytes);
    w->last_term = term;
    w->shape.n_terms++;
    w->shape.n_postings += w->df;
}

void zd_index__segment_term(struct zd_index__segment_writer *w, uint64_t term)
{
    uint64_t list_at = zd_durable_offset(w->file) - w->shape.at[ZD_INDEX__POSTINGS];

    if (w->df == 0)
        return;
    if (term == 0 || (w->shape.n_terms > 0 && term <= w->last_term))
        w->misused = true;
    if (w->df < ZD_INDEX__BLOCK) {
        zd_index__block_encode(w->docs, w->codes, w->n_pending, ZD_INDEX__NONE, &w->blocks);
    } else {
        struct zd_index__point points[ZD_INDEX__LIST_POINTS + 2];

        if (w->n_pending > 0)
            block_flush(w);
        zd_index__bound_points(&w->list_bound, ZD_INDEX__LIST_POINTS, points);
        page_add(w, points, sizeof points);
        page_add(w, w->skips.p, w->skips.n);
    }
    page_add(w, w->blocks.p, w->blocks.n);
    w->misused = w->misused || w->skips.bad || w->blocks.bad;
    dict_add(w, term, list_at,
             zd_durable_offset(w->file) - w->shape.at[ZD_INDEX__POSTINGS] - list_at);
    zd_buf_clear(&w->skips);
    zd_buf_clear(&w->blocks);
    zd_index__bound_clear(&w->block_bound);
    zd_index__bound_clear(&w->list_bound);
    w->df = 0;
    w->n_pending = 0;
    w->before = ZD_INDEX__NONE;
}

/* ---- tables ---- */

static void put_codebook(struct zd_index__segment_writer *w)
{
    section_begin(w, ZD_INDEX__CODEBOOK);
    for (uint32_t i = 0; i < w->shape.n_codes; i++) {
        struct {
            uint8_t level[4];
            uint32_t count;
        } entry = {{0}, w->counts[i]};

        triple_levels(w->triple_of[i], entry.level);
        page_add(w, &entry, sizeof entry);
    }
    section_end(w, ZD_INDEX__CODEBOOK);
}

static void put_lengths(struct zd_index__segment_writer *w)
{
    section_begin(w, ZD_INDEX__LENGTHS_OF);
    for (int f = 0; f < ZD_FIELD_COUNT; f++)
        for (uint32_t d = 0; d < w->shape.n_docs; d++)
            page_add(w, &w->lengths[d][f], 1);
    section_end(w, ZD_INDEX__LENGTHS_OF);
}

static bool put_ids(struct zd_index__segment_writer *w, zd_index__id_fn id_of, void *context)
{
    int64_t before = 0;

    w->shape.ids_ascend = 1;
    section_begin(w, ZD_INDEX__IDS);
    for (uint32_t d = 0; d < w->shape.n_docs; d++) {
        int64_t id = 0;

        if (!id_of(context, d, &id))
            return false;
        if (id <= before)
            w->shape.ids_ascend = 0;
        before = id;
        page_add(w, &id, sizeof id);
    }
    section_end(w, ZD_INDEX__IDS);
    return true;
}

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
    struct zd_buf classes = {.max = LIST_MAX_BYTES};
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
    section_begin(w, ZD_INDEX__RUN_FIRST);
    for (size_t i = 0; i < n; i++)
        page_add(w, &runs[i].first, 4);
    section_end(w, ZD_INDEX__RUN_FIRST);
    section_begin(w, ZD_INDEX__RUN_GROUP);
    for (size_t i = 0; i < n; i++)
        page_add(w, &runs[i].group, 4);
    section_end(w, ZD_INDEX__RUN_GROUP);
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
                                        zd_index__id_fn id_of, void *context, struct zd_error *err)
{
    enum zd_status st = ZD_OK;

    section_end(w, ZD_INDEX__POSTINGS);
    section_put(w, ZD_INDEX__DICT, w->dict.p, w->dict.n);
    section_put(w, ZD_INDEX__DICT_TERMS, w->dict_terms.p, w->dict_terms.n);
    section_begin(w, ZD_INDEX__DICT_PLACES);
    if (w->dict_lists.n > 0) {
        page_add(w, w->dict_lists.p, w->dict_lists.n);
        page_add(w, w->dict_offsets.p, w->dict_offsets.n);
    }
    section_end(w, ZD_INDEX__DICT_PLACES);
    put_codebook(w);
    put_lengths(w);
    if (!put_ids(w, id_of, context)) {
        st = ZD_FAIL(err, ZD_CORRUPT, 0, "the ids of a segment being merged are damaged");
        goto out;
    }
    st = put_runs(w, runs, n_runs, err);
    if (st != ZD_OK)
        goto out;
    section_begin(w, ZD_INDEX__CHECKSUMS);
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

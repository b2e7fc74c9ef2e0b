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
#include "index/segment_format.h"
#include "index/segment_write.h"

#define DICT_MAX_BYTES ((size_t)UINT32_MAX)

void zd_index__page_add(struct zd_index__segment_writer *w, const void *p, size_t n)
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

void zd_index__section_begin(struct zd_index__segment_writer *w, enum zd_index__section section)
{
    static const uint8_t zeros[64];

    zd_index__page_add(w, zeros,
                       (size_t)(-zd_durable_offset(w->file) & (zd_index__alignment(section) - 1)));
    w->shape.at[section] = zd_durable_offset(w->file);
}

void zd_index__section_end(struct zd_index__segment_writer *w, enum zd_index__section section)
{
    w->shape.n_bytes[section] = zd_durable_offset(w->file) - w->shape.at[section];
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

void zd_index__triple_levels(uint32_t triple, uint8_t level[ZD_FIELD_COUNT])
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
    w->checksums.max = ZD_INDEX__LIST_MAX_BYTES;
    w->dict.max = w->dict_terms.max = w->dict_lists.max = w->dict_offsets.max = DICT_MAX_BYTES;
    w->skips.max = w->blocks.max = ZD_INDEX__LIST_MAX_BYTES;
    for (uint32_t d = 0; d < n_docs; d++)
        for (int f = 0; f < ZD_FIELD_COUNT; f++)
            w->shape.total_length[f] += zd_index__length_of(lengths[d][f]);
    st = zd_durable_begin(path, &w->file, err);
    if (st != ZD_OK)
        goto out;
    memcpy(head, ZD_INDEX__SEGMENT_MAGIC, 8);
    head[8] = ZD_INDEX__SEGMENT_VERSION;
    zd_index__page_add(w, head, sizeof head);
    zd_index__section_begin(w, ZD_INDEX__POSTINGS);
    *ret_writer = w;
    w = NULL;
out:
    if (w)
        writer_free(w);
    return st;
}

uint64_t zd_index__segment_offset(const struct zd_index__segment_writer *w)
{
    return zd_durable_offset(w->file);
}

void zd_index__segment_sync_every(struct zd_index__segment_writer *w, size_t n_bytes)
{
    zd_durable_sync_every(w->file, n_bytes);
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
    zd_index__triple_levels(triple, level);
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
        zd_index__page_add(w, points, sizeof points);
        zd_index__page_add(w, w->skips.p, w->skips.n);
    }
    zd_index__page_add(w, w->blocks.p, w->blocks.n);
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

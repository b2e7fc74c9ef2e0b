/* check.c: reads every byte of a generation: what `fsck` and the rebuild decision rest on. */
#include <string.h>

#include "index/index_private.h"

static enum zd_status damaged(struct zd_error *err, uint64_t at, const char *name, const char *what)
{
    return ZD_FAIL(err, ZD_CORRUPT, at, "index segment %s: %s", name, what);
}

/* Postings ascend through the whole list, codes are in the codebook, the last passages agree. */
static bool list_is_right(const struct zd_index__segment *s, const struct zd_index__list *list)
{
    struct zd_index__walk walk;
    struct zd_index__block block;
    uint32_t docs[ZD_INDEX__BLOCK], before = ZD_INDEX__NONE;
    uint16_t codes[ZD_INDEX__BLOCK];

    if (!zd_index__walk_begin(list, s->shape.n_docs, &walk))
        return false;
    for (uint32_t b = 0; b < walk.n_blocks; b++) {
        if (!zd_index__walk_block(&walk, b, &block))
            return false;
        zd_index__block_sort(&block, docs, codes);
        for (uint32_t i = 0; i < block.n; i++) {
            if (codes[i] >= s->shape.n_codes || (before != ZD_INDEX__NONE && docs[i] <= before))
                return false;
            before = docs[i];
        }
    }
    return true;
}

/* Signs are those of the vectors; who has none has zeros in both. The pages have been checked. */
static bool vectors_are_right(const struct zd_index__segment *s)
{
    const uint32_t n_dims = s->shape.n_dims;

    for (uint32_t d = 0; d < s->shape.n_docs && n_dims > 0; d++) {
        const int8_t *vector = (const int8_t *)s->section[ZD_INDEX__VECTORS] + (size_t)d * n_dims;
        const uint8_t *signs = s->section[ZD_INDEX__SIGNS] + (size_t)(d / 64 * 64) * (n_dims / 8);
        uint8_t want[ZD_INDEX_DIMS_MAX / 8];
        uint8_t any = 0;

        zd_index__signs_of(vector, n_dims, want);
        for (uint32_t k = 0; k < n_dims; k++)
            any |= (uint8_t)vector[k];
        for (uint32_t j = 0; j < n_dims / 8; j++)
            if (signs[64 * j + d % 64] != want[j])
                return false;
        if (any && !zd_index__has_vector(s, d))
            return false;
    }
    return true;
}

/* The passages by id are all passages, by id. */
static bool ids_are_right(struct zd_index__segment *s)
{
    int64_t before = 0, id = 0;

    for (uint32_t i = 0; i < s->shape.n_docs; i++) {
        const uint32_t doc =
            s->shape.ids_ascend
                ? i
                : zd_index__load_u32(s->section[ZD_INDEX__IDS_ORDER] + (size_t)4 * i);

        if (doc >= s->shape.n_docs || !zd_index__segment_id(s, doc, &id) || id <= 0 || id < before)
            return false;
        before = id;
    }
    return true;
}

enum zd_status zd_index__segment_check(struct zd_index__segment *s, const char *name,
                                       struct zd_error *err)
{
    struct zd_index__terms terms;
    uint64_t n_terms = 0, n_postings = 0;

    for (int i = 0; i < ZD_INDEX__CHECKSUMS; i++)
        for (uint64_t at = 0; at < s->shape.n_bytes[i]; at += ZD_INDEX__PAGE) {
            uint64_t left = s->shape.n_bytes[i] - at;

            if (!zd_index__segment_touch(s, (enum zd_index__section)i, at,
                                         left < ZD_INDEX__PAGE ? left : ZD_INDEX__PAGE))
                return damaged(err, s->shape.at[i] + at, name, "a checksum does not match");
        }
    if (!ids_are_right(s))
        return damaged(err, s->shape.at[ZD_INDEX__IDS], name, "the ids are damaged");
    if (!vectors_are_right(s))
        return damaged(err, s->shape.at[ZD_INDEX__VECTORS], name, "the vectors are damaged");
    zd_index__terms_begin(s, &terms);
    while (zd_index__terms_next(&terms)) {
        if (!list_is_right(s, &terms.list))
            return damaged(err, (uint64_t)(terms.list.bytes.p - s->bytes.p), name,
                           "a posting list is damaged");
        n_terms++;
        n_postings += terms.list.df;
    }
    if (atomic_load(&s->bad) || n_terms != s->shape.n_terms || n_postings != s->shape.n_postings)
        return damaged(err, s->shape.at[ZD_INDEX__DICT], name, "the dictionary is damaged");
    return ZD_OK;
}

enum zd_status zd_index_check(const char *dir, uint64_t generation, struct zd_error *err)
{
    struct zd_index__manifest m = {0};
    enum zd_status st = ZD_OK;

    if (generation == 0)
        return ZD_OK;
    st = zd_index__manifest_read(dir, generation, &m, err);
    for (size_t i = 0; st == ZD_OK && i < m.n_parts; i++) {
        char path[ZD_INDEX__PATH_BYTES];

        st = zd_index__segment_path(dir, m.parts[i].made_in, m.parts[i].ordinal, path, err);
        if (st == ZD_OK)
            st = zd_index__part_open(dir, &m.parts[i], err);
        if (st == ZD_OK)
            st = zd_index__segment_check(m.parts[i].segment, path, err);
    }
    if (st == ZD_NOT_FOUND)
        st = ZD_FAIL(err, ZD_CORRUPT, 0, "generation %llu of the index lacks a file",
                     (unsigned long long)generation);
    zd_index__manifest_done(&m);
    return st;
}

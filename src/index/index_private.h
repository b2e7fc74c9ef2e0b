/* index_private: what the files of this room share. The format of a segment and of a manifest is
 * in docs/formats.md; its first reader is segment_read.c, its writer segment_write.c.
 */
#ifndef ZD_INDEX_PRIVATE_H
#define ZD_INDEX_PRIVATE_H

#include <stdatomic.h>

#include "base/base.h"
#include "base/buf.h"
#include "base/caps.h"
#include "base/durable.h"
#include "base/mapping.h"
#include "index/block.h"
#include "index/index.h"
#include "index/quantise.h"
#include "index/vectors.h"

#define ZD_INDEX__PAGE 4096u
#define ZD_INDEX__SEGMENT_MAX_DOCS (1u << 24)
/* 1 TiB, or all that can be mapped */
#define ZD_INDEX__SEGMENT_MAX_BYTES                                                                \
    ((size_t)(SIZE_MAX > UINT32_MAX ? UINT64_C(1) << 40 : SIZE_MAX / 2))
#define ZD_INDEX__SEGMENTS_MAX 4096u
#define ZD_INDEX__MANIFEST_MAX_BYTES (256 * ZD_MiB)
#define ZD_INDEX__TERMS_A_DICT_BLOCK 32u
#define ZD_INDEX__CODES_MAX (ZD_INDEX__TFS * ZD_INDEX__TFS * ZD_INDEX__TFS)
#define ZD_INDEX__PATH_BYTES 4096u

/* ---- triples of term frequencies ---- */

/* Levels (quantise.h) of one posting's frequencies by field, as one number < CODES_MAX. */
static inline uint32_t zd_index__triple(const uint8_t level[ZD_FIELD_COUNT])
{
    return ((uint32_t)level[0] * ZD_INDEX__TFS + level[1]) * ZD_INDEX__TFS + level[2];
}

/* One entry of a segment's codebook; codes are numbered from the most frequent triple. */
struct zd_index__code {
    uint8_t level[ZD_FIELD_COUNT];
};

/* ---- bounds: what the best posting of a block or list can be ---- */

#define ZD_INDEX__BLOCK_POINTS 2 /* of the body */
#define ZD_INDEX__LIST_POINTS 6

/* A posting with these levels would be at least as good as the ones it stands for, whatever the
 * weights; tf level 0: no posting has the field. */
struct zd_index__point {
    uint8_t tf, length;
};

/* ---- a segment, open for reading ---- */

enum zd_index__section {
    ZD_INDEX__POSTINGS,
    ZD_INDEX__DICT,       /* blocks of 32 terms: varints of term delta, df, bytes of list */
    ZD_INDEX__DICT_TERMS, /* [n_dict_blocks] u64 first term */
    ZD_INDEX__DICT_PLACES, /* [n_dict_blocks] u64 first list's offset, [n_dict_blocks] u32 dict offset */
    ZD_INDEX__CODEBOOK,   /* [n_codes] u8 × 4, u32 count */
    ZD_INDEX__LENGTHS_OF, /* [n_docs] u8 × 4: length levels and a zero */
    ZD_INDEX__IDS,        /* [n_docs] i64 */
    ZD_INDEX__IDS_ORDER,  /* [n_docs] u32 passages by id; empty where the ids ascend */
    ZD_INDEX__RUN_FIRST,  /* [n_runs] u32 first passage */
    ZD_INDEX__RUN_GROUP,  /* [n_runs] u32 */
    ZD_INDEX__RUN_CLASS,  /* [n_runs] u32 */
    ZD_INDEX__RUN_ORDER,  /* [n_runs] u32 run numbers by (group, first) */
    ZD_INDEX__CLASSES,    /* [n_classes] i32 effective, i32 expires, u32 region, u32 access */
    ZD_INDEX__VECTORS,    /* [n_docs][n_dims] i8, zeros where a passage has none */
    ZD_INDEX__SIGNS, /* [n_docs / 64][n_dims / 8][64]: byte j of 64 passages together; bit k of a
                        passage is set where number k is below 0 */
    ZD_INDEX__HAS_VECTOR, /* [n_docs bits] u64 */
    ZD_INDEX__CHECKSUMS,  /* [n_pages] u32 CRC-32C of each 4 KB before this section */
    ZD_INDEX__SECTIONS
};

struct zd_index__class {
    int32_t effective, expires;
    uint32_t region, access;
};

/* The head of what is known about a segment without looking into its sections. */
struct zd_index__shape {
    uint32_t n_docs, n_terms, n_runs, n_classes, n_codes, n_dict_blocks;
    uint32_t ids_ascend; /* 1: the ids ascend with the passages */
    uint32_t n_dims; /* numbers of a vector; 0: no passage has one, the three sections are empty */
    uint32_t n_vectors; /* passages that have one */
    uint64_t model;     /* what made them; 0 where n_dims is 0 */
    uint64_t n_postings;
    uint64_t total_length[ZD_FIELD_COUNT]; /* sum of the quantised lengths */
    uint64_t at[ZD_INDEX__SECTIONS];       /* offset of each section */
    uint64_t n_bytes[ZD_INDEX__SECTIONS];
};

struct zd_index__segment {
    atomic_uint refs;       /* snapshots and writers that hold it */
    struct zd_mapping file; /* none when the bytes are borrowed */
    struct zd_bytes bytes;
    struct zd_index__shape shape;
    uint32_t footer_crc;
    const uint8_t *section[ZD_INDEX__SECTIONS];
    struct zd_index__code *codebook; /* [n_codes] */
    uint8_t longest_body;            /* level */
    _Atomic uint8_t *page_seen;      /* [n_pages] 1 once its checksum was found right */
    atomic_bool bad;                 /* damage was found after opening: nobody uses it any more */
};

/* Borrows the bytes, which must stay until _close. Checks the footer, the layout and the sections
 * that are used without further checks; postings, dictionary and ids are checked page by page when
 * first touched. Errors: ZD_CORRUPT, ZD_NOMEM. */
enum zd_status zd_index__segment_from_bytes(struct zd_bytes bytes,
                                            struct zd_index__segment **ret_segment,
                                            struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_index__segment_open(const char *path, struct zd_index__segment **ret_segment,
                                      struct zd_error *err) ZD_MUST_USE;
/* One holder more; each ends its hold with _close. */
struct zd_index__segment *zd_index__segment_share(struct zd_index__segment *segment);
void zd_index__segment_close(struct zd_index__segment *segment);

/* True once the checksums of all pages of section bytes [from, from + n) are known to be right.
 * False marks the segment bad. */
bool zd_index__segment_touch(struct zd_index__segment *segment, enum zd_index__section section,
                             uint64_t from, uint64_t n) ZD_MUST_USE;

/* Every checksum and every structure. Errors: ZD_CORRUPT with the offset. */
enum zd_status zd_index__segment_check(struct zd_index__segment *segment, const char *name,
                                       struct zd_error *err) ZD_MUST_USE;

/* A posting list as bytes inside the postings section (touched). */
struct zd_index__list {
    uint32_t df;
    struct zd_bytes bytes;
};

/* False where the term is not there, or where the segment is damaged (then segment->bad). */
bool zd_index__segment_find(struct zd_index__segment *segment, uint64_t term,
                            struct zd_index__list *ret_list) ZD_MUST_USE;

static inline uint32_t zd_index__load_u32(const uint8_t *p)
{
    uint32_t v;

    __builtin_memcpy(&v, p, sizeof v);
    return v;
}

static inline uint64_t zd_index__load_u64(const uint8_t *p)
{
    uint64_t v;

    __builtin_memcpy(&v, p, sizeof v);
    return v;
}

static inline const uint8_t *zd_index__lengths(const struct zd_index__segment *s, int field)
{
    return s->section[ZD_INDEX__LENGTHS_OF] + (size_t)field * s->shape.n_docs;
}

static inline uint32_t zd_index__run_first(const struct zd_index__segment *s, uint32_t run)
{
    return run < s->shape.n_runs
               ? zd_index__load_u32(s->section[ZD_INDEX__RUN_FIRST] + (size_t)4 * run)
               : s->shape.n_docs;
}

static inline uint32_t zd_index__run_group(const struct zd_index__segment *s, uint32_t run)
{
    return zd_index__load_u32(s->section[ZD_INDEX__RUN_GROUP] + (size_t)4 * run);
}

struct zd_index__class zd_index__run_class(const struct zd_index__segment *segment, uint32_t run);
uint32_t zd_index__run_of(const struct zd_index__segment *segment, uint32_t doc);

/* The runs of a group: [*ret_from, *ret_to) are places in the run order. */
void zd_index__runs_of_group(const struct zd_index__segment *segment, uint32_t group,
                             uint32_t *ret_from, uint32_t *ret_to);
static inline uint32_t zd_index__run_in_order(const struct zd_index__segment *s, uint32_t place)
{
    return zd_index__load_u32(s->section[ZD_INDEX__RUN_ORDER] + (size_t)4 * place);
}

/* Sections begin at multiples of this. */
uint64_t zd_index__alignment(enum zd_index__section section);

/* False where the page of the id is damaged. */
bool zd_index__segment_id(struct zd_index__segment *segment, uint32_t doc,
                          int64_t *ret_id) ZD_MUST_USE;

/* Whether the passage has a vector (of the segment's model). */
static inline bool zd_index__has_vector(const struct zd_index__segment *s, uint32_t doc)
{
    return s->shape.n_dims > 0 && s->section[ZD_INDEX__HAS_VECTOR][doc / 8] >> (doc % 8) & 1;
}

/* Bit k is set where number k is below 0: signs[n_dims / 8]. */
void zd_index__signs_of(const int8_t *vector, uint32_t n_dims, uint8_t *signs);

/* The vector of a passage that has one; NULL where its page is damaged. */
const int8_t *zd_index__segment_vector(struct zd_index__segment *segment, uint32_t doc);

/* ---- walking a posting list ---- */

#define ZD_INDEX__LIST_HEAD_BYTES 16u /* 6 body points, 1 title, 1 headings */
#define ZD_INDEX__SKIP_BYTES 16u      /* u32 last, u32 end, 2 body points, title, headings */

/* How a list lies in its bytes. A list of fewer than 128 postings is one bare tail block. */
struct zd_index__walk {
    uint32_t df, n_blocks, n_docs;
    const uint8_t *points; /* [8] of the list, NULL for a bare block */
    const uint8_t *skips;  /* [n_blocks], NULL for a bare block */
    struct zd_bytes blocks;
};

bool zd_index__walk_begin(const struct zd_index__list *list, uint32_t n_docs,
                          struct zd_index__walk *ret_walk) ZD_MUST_USE;

/* Last passage of a block; only for lists with skips. */
static inline uint32_t zd_index__walk_last(const struct zd_index__walk *w, uint32_t block)
{
    return zd_index__load_u32(w->skips + (size_t)ZD_INDEX__SKIP_BYTES * block);
}

/* Finds the parts of block number `block` (block.h). False where it is damaged. */
bool zd_index__walk_open(const struct zd_index__walk *walk, uint32_t block,
                         struct zd_index__block_view *ret_view) ZD_MUST_USE;
bool zd_index__walk_block(const struct zd_index__walk *walk, uint32_t block,
                          struct zd_index__block *ret_block) ZD_MUST_USE;

/* ---- terms of a segment in order, for merging and checking ---- */

struct zd_index__terms {
    struct zd_index__segment *segment;
    struct zd_cursor c;
    uint32_t next;    /* number of the next term */
    uint64_t term;    /* the current one */
    uint64_t list_at; /* offset of the next list */
    struct zd_index__list list;
};

void zd_index__terms_begin(struct zd_index__segment *segment, struct zd_index__terms *ret_terms);
/* False at the end and where the segment is damaged (then segment->bad). */
bool zd_index__terms_next(struct zd_index__terms *terms) ZD_MUST_USE;

/* ---- writing a segment ---- */

/* One run while it is written: consecutive passages with one group and one class. */
struct zd_index__run {
    uint32_t first, group;
    struct zd_index__class class;
};

struct zd_index__segment_writer;

/* triple_counts[CODES_MAX]: how often each triple will be put, which orders the codebook (a
 * triple that is put must have a count above 0). lengths[n_docs] (levels and a zero) are borrowed
 * until the end. Errors: ZD_IO, ZD_NOMEM. */
enum zd_status zd_index__segment_begin(const char *path, const uint32_t *triple_counts,
                                       const uint8_t (*lengths)[4], uint32_t n_docs,
                                       struct zd_index__segment_writer **ret_writer,
                                       struct zd_error *err) ZD_MUST_USE;
/* Postings of one term, passages ascending; _term ends it. Terms ascend. Failures stick. */
void zd_index__segment_put(struct zd_index__segment_writer *writer, uint32_t doc, uint32_t triple);
void zd_index__segment_term(struct zd_index__segment_writer *writer, uint64_t term);

/* What a passage has besides postings. Passages are asked for in ascending order, more than once:
 * asking for passage 0 begins anew. False: it cannot be read (a damaged source). */
struct zd_index__rows {
    bool (*id_of)(void *context, uint32_t doc, int64_t *ret_id);
    /* NULL in *ret_vector: it has none */
    bool (*vector_of)(void *context, uint32_t doc, const int8_t **ret_vector);
    void *context;
    uint32_t n_dims; /* 0: no vectors are asked for */
    uint64_t model;
};

/* Writes the tables; ids and vectors come from functions so that a merge need not hold them.
 * Consumes the writer whatever comes back; n_runs ≥ 1 covers all passages. */
enum zd_status zd_index__segment_commit(struct zd_index__segment_writer *writer,
                                        const struct zd_index__run *runs, size_t n_runs,
                                        const struct zd_index__rows *rows,
                                        struct zd_error *err) ZD_MUST_USE;
/* Bytes of the file so far. */
uint64_t zd_index__segment_offset(const struct zd_index__segment_writer *writer);
/* Syncs the file whenever so many bytes were written, so that the last sync is short. */
void zd_index__segment_sync_every(struct zd_index__segment_writer *writer, size_t n_bytes);
void zd_index__segment_abort(struct zd_index__segment_writer *writer);

/* ---- passages gathered in memory ---- */

struct zd_index__memory;

struct zd_index__memory *zd_index__memory_new(void);
void zd_index__memory_free(struct zd_index__memory *memory);
/* Before the first passage; then passages may have vectors of this kind. */
void zd_index__memory_set_vectors(struct zd_index__memory *memory, uint32_t n_dims, uint64_t model);
enum zd_status zd_index__memory_add(struct zd_index__memory *memory,
                                    const struct zd_index_passage *passage,
                                    struct zd_error *err) ZD_MUST_USE;
size_t zd_index__memory_bytes(const struct zd_index__memory *memory);
uint32_t zd_index__memory_docs(const struct zd_index__memory *memory);
void zd_index__memory_delete(struct zd_index__memory *memory, uint32_t group);
void zd_index__memory_set_validity(struct zd_index__memory *memory, uint32_t group,
                                   int32_t effective, int32_t expires);
/* Writes what is held (at least one live passage) as a segment; deleted passages are left out. */
enum zd_status zd_index__memory_write(struct zd_index__memory *memory, const char *path,
                                      struct zd_error *err) ZD_MUST_USE;
uint32_t zd_index__memory_live(const struct zd_index__memory *memory);

/* ---- generations ---- */

struct zd_index__override {
    uint32_t run;
    int32_t effective, expires;
};

/* A segment as one generation sees it. */
struct zd_index__part {
    uint64_t made_in; /* the file's name: generation that made it … */
    uint32_t ordinal; /* … and number in it */
    uint64_t n_bytes;
    uint32_t footer_crc;
    uint32_t *deleted; /* [n_deleted] runs, ascending */
    size_t n_deleted;
    struct zd_index__override *overrides; /* [n_overrides] by run */
    size_t n_overrides;
    struct zd_index__segment *segment; /* NULL in a manifest just read */
};

struct zd_index__manifest {
    uint64_t generation;
    uint32_t n_dims; /* the vectors that count are of so many numbers (0: none count) … */
    uint64_t model;  /* … and of this model */
    struct zd_index__part *parts; /* [n_parts] */
    size_t n_parts;
};

enum zd_status zd_index__manifest_from_bytes(struct zd_bytes bytes,
                                             struct zd_index__manifest *ret_manifest,
                                             struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_index__manifest_read(const char *dir, uint64_t generation,
                                       struct zd_index__manifest *ret_manifest,
                                       struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_index__manifest_write(const char *dir, const struct zd_index__manifest *manifest,
                                        struct zd_error *err) ZD_MUST_USE;
void zd_index__manifest_done(struct zd_index__manifest *manifest); /* closes the segments too */
void zd_index__part_done(struct zd_index__part *part);

/* Whether the vectors of a segment are of the kind that counts. */
static inline bool zd_index__counts_vectors(const struct zd_index__manifest *m,
                                            const struct zd_index__segment *s)
{
    return m->n_dims > 0 && s->shape.n_dims == m->n_dims && s->shape.model == m->model;
}

/* A run as the part has it: deleted, and its class with what was changed since. */
bool zd_index__part_run_is_gone(const struct zd_index__part *part, uint32_t run);
struct zd_index__class zd_index__part_class(const struct zd_index__part *part, uint32_t run);

/* Opens the file of a part and holds it against what the manifest says of it. */
enum zd_status zd_index__part_open(const char *dir, struct zd_index__part *part,
                                   struct zd_error *err) ZD_MUST_USE;

/* Takes the segment of the same file from `have`, where it is there and good; false else. */
bool zd_index__part_share(struct zd_index__part *part, const struct zd_index__manifest *have);

enum zd_status zd_index__manifest_path(const char *dir, uint64_t generation,
                                       char out[ZD_INDEX__PATH_BYTES],
                                       struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_index__segment_path(const char *dir, uint64_t made_in, uint32_t ordinal,
                                      char out[ZD_INDEX__PATH_BYTES],
                                      struct zd_error *err) ZD_MUST_USE;

/* Writes one segment of the live passages of several, with those of their vectors that are of the
 * kind given (n_dims 0: none). Errors: ZD_CORRUPT where one is damaged. */
struct zd_index__pace {        /* of a merge that must not be in anybody's way */
    const atomic_bool *cancel; /* NULL: never */
    uint64_t n_bytes_per_second, begun_us;
    size_t sync_bytes; /* the file is synced whenever so many bytes were written */
};
struct zd_index__merge_options {
    uint32_t n_dims;
    uint64_t model;
    const struct zd_index__pace *pace; /* NULL: as fast as it goes */
};
enum zd_status zd_index__merge(struct zd_index__part *const *parts, size_t n_parts,
                               const struct zd_index__merge_options *options, const char *path,
                               bool *ret_empty, struct zd_error *err) ZD_MUST_USE;

/* The next merge that pays: the places of a full tier, or of one segment that is a third deleted or
 * empty. 0 where there is none of at most max_passages. places[n_sizes] ascend. */
struct zd_index__size {
    uint32_t n_docs, n_live;
};
size_t zd_index__choose_merge(const struct zd_index__size *sizes, size_t n_sizes,
                              uint64_t max_passages, size_t *places);

/* Tests: memory of gathered passages past which a segment is written at once. */
void zd_index__writer_limit_memory(struct zd_index_writer *writer, size_t n_bytes);

/* Tests: passages that prepare merges at once, none of the rest. */
void zd_index__writer_limit_merges(struct zd_index_writer *writer, uint64_t n_passages);

/* ---- filters ---- */

/* Which passages of each segment a query may see: one bitmap a segment. */
struct zd_index__mask {
    atomic_uint refs;
    bool all; /* every passage of every segment passes: no bitmaps */
    size_t n_parts;
    uint64_t **bits;  /* [n_parts][words]; NULL where all of the segment passes */
    uint32_t *n_pass; /* [n_parts] */
};

/* The caller ends *ret_mask with _unref. Errors: ZD_NOMEM. */
enum zd_status zd_index__mask_of(struct zd_index *index, const struct zd_index_filter *filter,
                                 struct zd_index__mask **ret_mask,
                                 struct zd_error *err) ZD_MUST_USE;
void zd_index__mask_unref(struct zd_index__mask *mask);

#endif

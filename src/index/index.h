/* index: from terms to passages, ranked. The face of this room.
 *
 * The index is derived from the database and can always be rebuilt. It consists of immutable
 * segments and one manifest a generation; the database names the generation that is valid, in the
 * same commit that changes the documents, so text and index change together:
 *
 *     writer: zd_index_writer_open(generation of the database)
 *             add and delete passages
 *             zd_index_writer_prepare → files synced under a new generation g
 *             (caller) database: …, index_generation = g, COMMIT
 *             zd_index_writer_close; files of older generations go when nobody can need them
 *     reader: reads g from the database, zd_index_open(dir, g) → a snapshot that never changes
 *
 * One writer at a time (the caller holds the office's write lock); any number of readers in any
 * process, which never wait.
 */
#ifndef ZD_INDEX_H
#define ZD_INDEX_H

#include "base/base.h"

/* Fields of a passage. Weights are given per query (BM25F, Robertson & Zaragoza 2009, simple
 * form: weighted term frequencies, one saturation). */
enum zd_field { ZD_FIELD_TITLE, ZD_FIELD_HEADINGS, ZD_FIELD_BODY, ZD_FIELD_COUNT };

/* What filters look at, stored beside each passage. */
struct zd_index_attributes {
    int32_t effective; /* yyyymmdd: not valid before; 0 always was */
    int32_t expires;   /* yyyymmdd: last valid day; 0 never ends */
    uint32_t region;   /* number of the region, 0 everywhere */
    uint32_t access;   /* bits: a reader sees the passage when (bits & reader's bits) != 0 */
    uint32_t group;    /* number of the document: results can be limited to the best of a group */
};

/* One passage to add. `terms` need not be sorted; a term may repeat (its count is its tf). */
struct zd_index_passage {
    int64_t id; /* the database's passage id, > 0 */
    struct zd_index_attributes attributes;
    const uint64_t *terms[ZD_FIELD_COUNT]; /* [n_terms[f]] */
    size_t n_terms[ZD_FIELD_COUNT];
    const int8_t *vector; /* [n_dims] as told to the writer (vectors.h), or NULL */
};

struct zd_index_writer;

/* Starts from generation `base` of the folder dir (0: from nothing). Errors: ZD_CORRUPT where
 * that generation is damaged (rebuild it from the database), ZD_IO, ZD_NOMEM. */
enum zd_status zd_index_writer_open(const char *dir, uint64_t base,
                                    struct zd_index_writer **ret_writer,
                                    struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_index_writer_add(struct zd_index_writer *writer,
                                   const struct zd_index_passage *passage,
                                   struct zd_error *err) ZD_MUST_USE;
/* Removes every passage whose group is given, also ones added before to this writer.
 * No error where there is none. */
enum zd_status zd_index_writer_delete_group(struct zd_index_writer *writer, uint32_t group,
                                            struct zd_error *err) ZD_MUST_USE;
/* Changes the validity of every passage of a group (a successor sets the expiry of its
 * predecessor) without re-adding it. */
enum zd_status zd_index_writer_set_validity(struct zd_index_writer *writer, uint32_t group,
                                            int32_t effective, int32_t expires,
                                            struct zd_error *err) ZD_MUST_USE;
/* Merges segments where it pays, as long as a merge has at most max_passages: for a job that runs
 * when nobody waits. (prepare merges too, but only as much as keeps a commit short.)
 * Memory: about 8 bytes a passage merged. */
enum zd_status zd_index_writer_merge(struct zd_index_writer *writer, uint64_t max_passages,
                                     struct zd_error *err) ZD_MUST_USE;
/* From now on prepare merges only what takes some tens of milliseconds: for who has larger merges done
 * in the background (merging.h). */
void zd_index_writer_merge_little(struct zd_index_writer *writer);
/* Writes and syncs everything under a new generation, merging where it pays; *ret_generation is
 * what the database must name. Nothing a reader sees has changed yet. */
enum zd_status zd_index_writer_prepare(struct zd_index_writer *writer, uint64_t *ret_generation,
                                       struct zd_error *err) ZD_MUST_USE;
/* Where the database now names the prepared generation and more is to come: removes the files that
 * only older generations used and goes on from there with what is open, as a writer of a new batch.
 * Errors: ZD_INVALID nothing is prepared. */
enum zd_status zd_index_writer_continue(struct zd_index_writer *writer,
                                        struct zd_error *err) ZD_MUST_USE;
/* Whether the files that a writer goes on from are still there, at their lengths: between batches
 * somebody may have removed the folder. */
bool zd_index_writer_stands(const struct zd_index_writer *writer);
/* Ends the writer. `committed` says whether the database now names the prepared generation: if
 * so, files that only older generations used are removed; if not, the new files are. */
void zd_index_writer_close(struct zd_index_writer *writer, bool committed);
/* Ends the writer where the commit failed in a way that leaves open whether it stands (a failed
 * sync): the files of both generations stay, and the next writer sweeps. NULL is fine. */
void zd_index_writer_leave(struct zd_index_writer *writer);

struct zd_index; /* a snapshot: immutable, usable by any number of threads */

/* Errors: ZD_NOT_FOUND where that generation's files are gone (read the generation anew);
 * ZD_CORRUPT where no segment is usable; a damaged segment among good ones is dropped and
 * zd_index_is_partial says so. */
enum zd_status zd_index_open(const char *dir, uint64_t generation, struct zd_index **ret_index,
                             struct zd_error *err) ZD_MUST_USE;
/* The same beside a snapshot that is open (NULL: none): what both need is shared, so that a commit
 * costs readers what it changed and not all of the index. `before` may be closed in any order. */
enum zd_status zd_index_open_after(const char *dir, uint64_t generation,
                                   const struct zd_index *before, struct zd_index **ret_index,
                                   struct zd_error *err) ZD_MUST_USE;
void zd_index_close(struct zd_index *index);
bool zd_index_is_partial(const struct zd_index *index);

struct zd_index_figures {
    uint64_t n_passages, n_deleted, n_terms, n_postings, n_bytes, n_segments;
    double mean_length[ZD_FIELD_COUNT]; /* tokens a passage */
};
void zd_index_figures(const struct zd_index *index, struct zd_index_figures *ret_figures);

/* Live passages that hold the term in any field (deleted ones may still be counted until a
 * merge, as in every index of this kind). */
uint32_t zd_index_document_frequency(const struct zd_index *index, uint64_t term);

struct zd_index_filter {
    int32_t on;              /* the day asked about, yyyymmdd; 0: any time */
    const uint32_t *regions; /* [n_regions] regions allowed; n_regions 0: any. Region 0 passages
                                (everywhere) always pass */
    size_t n_regions;
    uint32_t access;        /* bits of the reader; 0: sees everything (the owner) */
    const uint32_t *groups; /* [n_groups] sorted: only these documents; n_groups 0: all */
    size_t n_groups;
};

struct zd_index_lists;

struct zd_index_query {
    const uint64_t *terms; /* [n_terms] distinct */
    const float *weights;  /* [n_terms] factor on each term's IDF, e.g. its count in the question */
    size_t n_terms;
    float field_weights[ZD_FIELD_COUNT];
    float field_b[ZD_FIELD_COUNT]; /* length normalisation of each field */
    float k1;
    const struct zd_index_lists *lists; /* of these terms (lists.h), or NULL: looked up anew */
    size_t top;                         /* hits wanted, 1 … ZD_TOP_MAX */
    struct zd_index_filter filter;
    bool exhaustive; /* score everything: the oracle of tests */
};

struct zd_index_hit {
    int64_t id;
    uint32_t group;
    float score;
};

/* Writes at most query->top hits, best first (ties: lower id first), into hits[top] and their
 * number into *ret_n. Errors: ZD_INVALID (a query out of its ranges), ZD_NOMEM. */
enum zd_status zd_index_search(const struct zd_index *index, const struct zd_index_query *query,
                               struct zd_index_hit *hits, size_t *ret_n,
                               struct zd_error *err) ZD_MUST_USE;

/* How many passages pass the filter and hold at least one of the terms in any field, exactly; what a
 * search leaves out because it cannot be among the best is counted too. Cost: all postings of the
 * terms are decoded. Errors: ZD_NOMEM. */
enum zd_status zd_index_count(const struct zd_index *index, const uint64_t *terms, size_t n_terms,
                              const struct zd_index_filter *filter, uint64_t *ret_n,
                              struct zd_error *err) ZD_MUST_USE;

/* Every term's part in the score of one passage: parts[n_terms]. Errors: ZD_NOT_FOUND. */
enum zd_status zd_index_explain(const struct zd_index *index, const struct zd_index_query *query,
                                int64_t id, float *parts, struct zd_error *err) ZD_MUST_USE;

/* Reads every byte of a generation and checks all of it (fsck). Errors: ZD_CORRUPT naming file
 * and offset. */
enum zd_status zd_index_check(const char *dir, uint64_t generation,
                              struct zd_error *err) ZD_MUST_USE;

#endif

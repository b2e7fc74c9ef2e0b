/* writer_private: the state of a writer: changes by writer.c, merges by writer_merge.c. */
#ifndef ZD_INDEX_WRITER_PRIVATE_H
#define ZD_INDEX_WRITER_PRIVATE_H

#include "index/index_private.h"

/* A segment of the base generation, or one that this writer made, with what was changed since. */
struct zd_index__writer_part {
    struct zd_index__part part; /* deleted and overrides as the base manifest had them */
    uint64_t *gone;             /* [n_runs bits] deleted runs */
    uint32_t n_gone;
    uint32_t n_live; /* passages */
    struct zd_index__override
        *changes; /* [n_changes] in the order they came; the last one counts */
    size_t n_changes, changes_cap;
};

struct zd_index_writer {
    char *dir;
    uint64_t base, generation; /* generation: the one being written */
    uint32_t next_ordinal;
    struct zd_index__writer_part *parts; /* [n_parts] */
    size_t n_parts, parts_cap;
    struct zd_index__memory *memory;
    size_t memory_limit;
    uint64_t merge_limit; /* passages that prepare merges at once */
    uint64_t n_added;
    uint32_t n_dims; /* the vectors that count, as the manifest will say */
    uint64_t model;
    bool vectors_told; /* passages may have one */
    bool merge_in_background;
    bool broken, prepared;
};

void zd_index__writer_part_done(struct zd_index__writer_part *part);
bool zd_index__writer_run_is_gone(const struct zd_index__writer_part *part, uint32_t run);
void zd_index__writer_run_delete(struct zd_index__writer_part *part, uint32_t run);

/* Brings part->deleted and part->overrides up to date with the marks; false when memory ends. */
bool zd_index__writer_part_settle(struct zd_index__writer_part *part) ZD_MUST_USE;

/* Marks all runs of a group in one part. The change is false when memory ends. */
void zd_index__writer_part_delete(struct zd_index__writer_part *part, uint32_t group);
bool zd_index__writer_part_change(struct zd_index__writer_part *part, uint32_t group,
                                  int32_t effective, int32_t expires) ZD_MUST_USE;

/* ZD_INVALID where the writer has failed or is prepared. */
enum zd_status zd_index__writer_check(const struct zd_index_writer *writer,
                                      struct zd_error *err) ZD_MUST_USE;

/* Makes a part, the last, of a segment file that stands under the writer's generation. */
enum zd_status zd_index__writer_take(struct zd_index_writer *writer, uint32_t ordinal,
                                     const char *path, struct zd_error *err) ZD_MUST_USE;

#endif

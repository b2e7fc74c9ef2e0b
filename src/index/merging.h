/* merging: few segments of many, while others read and write.
 *
 * A merge of many passages takes long, so it does not happen within a commit: its result is made
 * aside, in the folder `merging` of the index, by whoever holds the lock in there, from segments
 * of a committed generation, which never change. Then a writer, in one short step of any later
 * batch, takes the result over in place of its sources; what was deleted or changed in them
 * meanwhile is carried over. Where the sources are gone by then, the result is thrown away.
 *
 *     zd_index_merging_begin(dir, generation) → what pays, or ZD_NOT_FOUND
 *     zd_index_merging_run                    long; no lock of the office is held
 *     zd_index_writer_adopt(writer, merging)  within a batch, under the office's write lock
 *     (prepare, commit, close of the writer)
 *     zd_index_merging_end
 *
 * A process that dies in between leaves files in the folder that the next merging removes; no
 * generation names them. Memory: that of a merge (merge.c); mapped pages are given back on the way.
 * A merging is used by one thread at a time.
 */
#ifndef ZD_INDEX_MERGING_H
#define ZD_INDEX_MERGING_H

#include <stdatomic.h>

#include "index/index.h"

struct zd_index_merging;

/* Errors: ZD_NOT_FOUND nothing pays, or the generation's files are gone; ZD_BUSY somebody else is
 * merging; ZD_CORRUPT a segment is damaged; ZD_IO; ZD_NOMEM. */
enum zd_status zd_index_merging_begin(const char *dir, uint64_t generation,
                                      struct zd_index_merging **ret_merging,
                                      struct zd_error *err) ZD_MUST_USE;

struct zd_index_merging_options {
    const atomic_bool *cancel;   /* NULL: never */
    uint64_t n_bytes_per_second; /* written at most; 0: as fast as it goes */
};

/* Errors: ZD_INVALID cancelled; ZD_CORRUPT, ZD_IO, ZD_NOMEM. */
enum zd_status zd_index_merging_run(struct zd_index_merging *merging,
                                    const struct zd_index_merging_options *options,
                                    struct zd_error *err) ZD_MUST_USE;

/* Passages that the result will hold. */
uint64_t zd_index_merging_passages(const struct zd_index_merging *merging);

/* Puts the result of a finished run in the place of its sources. Errors: ZD_NOT_FOUND the sources
 * are not in the writer's generation any more, which has changed nothing; others break the writer. */
enum zd_status zd_index_writer_adopt(struct zd_index_writer *writer,
                                     struct zd_index_merging *merging,
                                     struct zd_error *err) ZD_MUST_USE;

/* Removes what was not adopted. NULL is fine. */
void zd_index_merging_end(struct zd_index_merging *merging);

#endif

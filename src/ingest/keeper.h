/* keeper: keeps the index of a served office in few segments, in the background.
 *
 * One thread of low priority looks from time to time whether the database names a generation it has
 * not seen; where merging pays it merges (index/merging.h), at a bounded rate of writing and
 * without any lock of the office, and then asks for the write lock for the moment of one commit.
 * Others that add documents meanwhile are waited for.
 */
#ifndef ZD_INGEST_KEEPER_H
#define ZD_INGEST_KEEPER_H

#include "base/base.h"

struct zd_keeper;

/* Starts the thread on an office that exists. Errors: ZD_NOMEM; ZD_LIMIT the path is too long. */
enum zd_status zd_keeper_open(const char *office, struct zd_keeper **ret_keeper,
                              struct zd_error *err) ZD_MUST_USE;

/* Merges that were taken over so far. */
uint64_t zd_keeper_merges(const struct zd_keeper *keeper);

/* Stops it; a merge under way is given up. NULL is fine. */
void zd_keeper_close(struct zd_keeper *keeper);

#endif

/* team: a few threads that work through the parts of one job together, many jobs a second.
 *
 * The parts of a job write to places of their own, and how a job is cut never depends on how many
 * threads there are: with any number of them the result is the same.
 *
 * Threads: one thread owns a team and hands it jobs; it works along.
 */
#ifndef ZD_SEMANTIC_TEAM_H
#define ZD_SEMANTIC_TEAM_H

#include "base/base.h"

struct zd_team;

/* Part `part` of a job. */
typedef void (*zd_team_fn)(void *context, size_t part);

/* `n_threads` of them (0: one a processor, at most ZD_TEAM_MAX_THREADS), the caller among them.
 * Errors: ZD_NOMEM, ZD_IO (no thread to be had). */
#define ZD_TEAM_MAX_THREADS 16
enum zd_status zd_team_new(unsigned n_threads, struct zd_team **ret_team,
                           struct zd_error *err) ZD_MUST_USE;
void zd_team_free(struct zd_team *team); /* NULL is fine */

/* Does the parts 0 … n_parts − 1, in any order and on any thread; returns when all are done. */
void zd_team_run(struct zd_team *team, zd_team_fn fn, void *context, size_t n_parts);

#endif

/* look: the second look: the best candidates judged anew by what their texts say.
 *
 * The ranker judges hundreds of candidates by what index and catalogue know (rank_feature_table.h).
 * The ZD_LOOK_HEAD best are then read: whether the question's words stand there in one stretch, in the
 * question's order, as longer strings, beside a number where one is asked for, and how that stands
 * beside what the others say. A second ranker, over both kinds of features, puts them in their final
 * order (a cascade: Wang et
 * al., "A Cascade Ranking Model for Efficient Ranked Retrieval", SIGIR 2011). */
#ifndef ZD_RETRIEVE_LOOK_H
#define ZD_RETRIEVE_LOOK_H

#include "base/arena.h"
#include "retrieve/retrieve.h"

#define ZD_LOOK_HEAD 24

/* How many features a passage that was looked at has, and what each is called for people. */
size_t zd_look_features(void);
const char *zd_look_feature_name(size_t feature);

/* A question made ready for looking at texts; in the arena, NULL when memory ends.
 * weights [n_terms]: of the ranking. */
struct zd_look;
struct zd_look *zd_look_new(const struct zd_question *question, const float *weights,
                            struct zd_arena *arena) ZD_MUST_USE;

/* What a text says by itself: the first of ret_features [zd_look_features()]; the others become 0. Cost: some
 * ten nanoseconds a character. Errors: ZD_NOMEM. */
enum zd_status zd_look_at(const struct zd_look *look, struct zd_str text, float *ret_features,
                          struct zd_error *err) ZD_MUST_USE;

/* How the texts of a head stand beside one another: the rest of features[i] of its n passages, which
 * are of documents[i]. */
void zd_look_compare(float *const *features, const int64_t *documents, size_t n);

/* The row that the second ranker reads: ret_row [zd_look_row_features()]. look_features NULL: all 0. */
size_t zd_look_row_features(void);
void zd_look_row(const float *rank_features, const float *look_features, float *ret_row);
const char *zd_look_row_feature_name(size_t feature);

#endif

/* bound: the best that any posting of a set can be, whatever weights a query brings.
 *
 * A score grows with each field's frequency and falls with its length. For the body the few
 * points (frequency, length) that no other point beats in both are kept; where they are more than
 * there is room for, neighbours are replaced by a point that beats both. For title and headings,
 * where a frequency is nearly always 1, one point is enough. A query then takes, field by field,
 * the best point under its own weights, k1 and b: never below the true maximum. This is what
 * impacts stored per block (Ding & Suel 2011) cannot give, because they freeze the parameters;
 * the idea of storing competitive pairs is Lucene's, here with a fixed room per block.
 */
#ifndef ZD_INDEX_BOUND_H
#define ZD_INDEX_BOUND_H

#include "index/index_private.h"

/* Gathers postings; zd_index__bound_clear first. */
struct zd_index__bound {
    uint8_t shortest[ZD_INDEX__TFS]; /* of the body, by tf level; 255 also means none */
    bool seen[ZD_INDEX__TFS];
    struct zd_index__point other[2]; /* title, headings */
};

void zd_index__bound_clear(struct zd_index__bound *bound);
void zd_index__bound_add(struct zd_index__bound *bound, const uint8_t level[ZD_FIELD_COUNT],
                         const uint8_t lengths[4]);
/* Writes n_points points of the body (unused ones zero), then title, then headings. */
void zd_index__bound_points(const struct zd_index__bound *bound, size_t n_points,
                            struct zd_index__point *ret_points);

#endif

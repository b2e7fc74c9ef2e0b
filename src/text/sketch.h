/* sketch: how alike two texts are, by their shingles (Broder, "On the resemblance and containment of
 * documents", 1997).
 *
 * A shingle is five letters, digits or Han characters in a row of the folded text; the resemblance of
 * two texts is the share of their different shingles that stands in both. A sketch holds the smallest
 * value of each of 64 hash functions over the shingles (min-wise hashing; the part of equal ones
 * estimates the resemblance), grouped in 16 bands: texts that resemble each other by 0.8 share a band
 * with probability 0.9998, by 0.3 with 0.12. Sketches find candidates; zd_resemblance then counts.
 */
#ifndef ZD_TEXT_SKETCH_H
#define ZD_TEXT_SKETCH_H

#include "base/base.h"
#include "base/hash.h"

#define ZD_SKETCH_MINS 64
#define ZD_SKETCH_BANDS 16

struct zd_sketch {
    uint8_t content[ZD_SHA256_BYTES]; /* of the folded letters, digits and Han characters alone */
    uint64_t bands[ZD_SKETCH_BANDS];
    uint32_t mins[ZD_SKETCH_MINS];
    uint32_t n_shingles; /* with repeats */
};

/* Errors: ZD_NOMEM. Cost: 64 multiplications a character. */
enum zd_status zd_sketch_of(struct zd_str text, struct zd_sketch *ret_sketch,
                            struct zd_error *err) ZD_MUST_USE;

/* The resemblance of two texts, 0 … 1, exactly (but for collisions of 64-bit hashes).
 * Errors: ZD_NOMEM. */
enum zd_status zd_resemblance(struct zd_str a, struct zd_str b, double *ret_resemblance,
                              struct zd_error *err) ZD_MUST_USE;

#endif

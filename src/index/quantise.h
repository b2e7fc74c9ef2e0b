/* quantise: the two small grids that are the definition of a length and of a term frequency.
 *
 * Everything the ranking sees of a passage goes through these grids when the passage is added, so
 * pruned and exhaustive scoring, old and merged segments, all processors, work on the same
 * numbers. Lengths: 0 … 63 exact, then 16 steps an octave up to 2^18 (a step is at most 6 %; the
 * grid of Lucene's norms is twice as coarse). Frequencies: 0 … 16 exact, then 4 steps an octave
 * up to 512, then 768 and 1024: 39 levels, so that the frequencies of three fields make fewer
 * than 2^16 triples and one number names a triple. Above 16 BM25's saturation hides the rounding.
 * Both round down and are monotone.
 */
#ifndef ZD_INDEX_QUANTISE_H
#define ZD_INDEX_QUANTISE_H

#include <stdint.h>

#define ZD_INDEX__LENGTHS 256
#define ZD_INDEX__TFS 39

uint8_t zd_index__length_level(uint64_t n_tokens);
uint32_t zd_index__length_of(uint8_t level);
uint8_t zd_index__tf_level(uint32_t tf);
uint32_t zd_index__tf_of(uint8_t level); /* level < ZD_INDEX__TFS */

#endif

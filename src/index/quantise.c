/* quantise.c: see quantise.h. */
#include "index/quantise.h"

#define LENGTH_EXACT 64u
#define LENGTH_STEP_BITS 4
#define TF_EXACT 16u
#define TF_STEP_BITS 2
#define TF_REGULAR_MAX 512u

/* Bits above the highest set one, counted from the bottom: 0 for 1, 6 for 64. */
static unsigned octave_of(uint64_t v)
{
    return 63u - (unsigned)__builtin_clzll(v);
}

uint8_t zd_index__length_level(uint64_t n_tokens)
{
    unsigned octave;
    uint64_t level;

    if (n_tokens < LENGTH_EXACT)
        return (uint8_t)n_tokens;
    octave = octave_of(n_tokens) - 6;
    level = LENGTH_EXACT + ((uint64_t)octave << LENGTH_STEP_BITS) +
            ((n_tokens >> (octave + 6 - LENGTH_STEP_BITS)) & 15);
    return level > 255 ? 255 : (uint8_t)level;
}

uint32_t zd_index__length_of(uint8_t level)
{
    unsigned octave, step;

    if (level < LENGTH_EXACT)
        return level;
    octave = (level - LENGTH_EXACT) >> LENGTH_STEP_BITS;
    step = (level - LENGTH_EXACT) & 15;
    return (16u + step) << (octave + 6 - LENGTH_STEP_BITS);
}

uint8_t zd_index__tf_level(uint32_t tf)
{
    unsigned octave;

    if (tf <= TF_EXACT)
        return (uint8_t)tf;
    if (tf >= 1024)
        return ZD_INDEX__TFS - 1;
    if (tf >= 768)
        return ZD_INDEX__TFS - 2;
    if (tf >= TF_REGULAR_MAX)
        return ZD_INDEX__TFS - 3;
    octave = octave_of(tf) - 4;
    return (uint8_t)(TF_EXACT + (octave << TF_STEP_BITS) + ((tf >> (octave + 2)) & 3));
}

uint32_t zd_index__tf_of(uint8_t level)
{
    unsigned octave, step;

    if (level <= TF_EXACT)
        return level;
    if (level >= ZD_INDEX__TFS - 1)
        return 1024;
    if (level == ZD_INDEX__TFS - 2)
        return 768;
    octave = (level - TF_EXACT) >> TF_STEP_BITS;
    step = (level - TF_EXACT) & 3;
    return (4u + step) << (octave + 2);
}

/* part.c: a segment as one generation sees it: what of it is deleted, what was changed since. */
#include "index/index_private.h"

bool zd_index__part_run_is_gone(const struct zd_index__part *part, uint32_t run)
{
    size_t low = 0, high = part->n_deleted;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (part->deleted[middle] == run)
            return true;
        if (part->deleted[middle] < run)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static const struct zd_index__override *override_of(const struct zd_index__part *part, uint32_t run)
{
    size_t low = 0, high = part->n_overrides;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (part->overrides[middle].run == run)
            return &part->overrides[middle];
        if (part->overrides[middle].run < run)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

struct zd_index__class zd_index__part_class(const struct zd_index__part *part, uint32_t run)
{
    struct zd_index__class class = zd_index__run_class(part->segment, run);
    const struct zd_index__override *changed = override_of(part, run);

    if (changed) {
        class.effective = changed->effective;
        class.expires = changed->expires;
    }
    return class;
}

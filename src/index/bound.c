/* bound.c: see bound.h. */
#include "index/bound.h"

#include <string.h>

/* A middling body length, only to decide which neighbours to join: any value gives true bounds. */
#define NOMINAL_LENGTH 200.0F

void zd_index__bound_clear(struct zd_index__bound *bound)
{
    memset(bound, 0, sizeof *bound);
}

void zd_index__bound_add(struct zd_index__bound *bound, const uint8_t level[ZD_FIELD_COUNT],
                         const uint8_t lengths[4])
{
    uint8_t tf = level[ZD_FIELD_BODY], length = lengths[ZD_FIELD_BODY];

    if (tf > 0 && (!bound->seen[tf] || length < bound->shortest[tf])) {
        bound->seen[tf] = true;
        bound->shortest[tf] = length;
    }
    for (int f = ZD_FIELD_TITLE; f <= ZD_FIELD_HEADINGS; f++) {
        struct zd_index__point *p = &bound->other[f];

        if (level[f] == 0)
            continue;
        if (p->tf == 0 || lengths[f] < p->length)
            p->length = lengths[f];
        if (level[f] > p->tf)
            p->tf = level[f];
    }
}

static float nominal(struct zd_index__point p)
{
    float x = (float)zd_index__tf_of(p.tf) /
              (0.25F + 0.75F * (float)zd_index__length_of(p.length) / NOMINAL_LENGTH);

    return x / (1.2F + x);
}

static struct zd_index__point join(struct zd_index__point a, struct zd_index__point b)
{
    return (struct zd_index__point){a.tf > b.tf ? a.tf : b.tf,
                                    a.length < b.length ? a.length : b.length};
}

void zd_index__bound_points(const struct zd_index__bound *bound, size_t n_points,
                            struct zd_index__point *ret_points)
{
    struct zd_index__point p[ZD_INDEX__TFS] = {{0}};
    size_t n = 0;

    /* from the highest frequency down, a point counts only if it is shorter than all before it */
    for (int tf = ZD_INDEX__TFS - 1; tf > 0; tf--)
        if (bound->seen[tf] && (n == 0 || bound->shortest[tf] < p[n - 1].length))
            p[n++] = (struct zd_index__point){(uint8_t)tf, bound->shortest[tf]};
    while (n > n_points) {
        size_t best = 0;
        float least = 1e9F;

        for (size_t i = 0; i + 1 < n; i++) {
            float a = nominal(p[i]), b = nominal(p[i + 1]);
            float loss = nominal(join(p[i], p[i + 1])) - (a > b ? a : b);

            if (loss < least) {
                least = loss;
                best = i;
            }
        }
        p[best] = join(p[best], p[best + 1]);
        memmove(p + best + 1, p + best + 2, (n - best - 2) * sizeof *p);
        n--;
    }
    memset(ret_points, 0, (n_points + 2) * sizeof *ret_points);
    memcpy(ret_points, p, n * sizeof *p);
    ret_points[n_points] = bound->other[ZD_FIELD_TITLE];
    ret_points[n_points + 1] = bound->other[ZD_FIELD_HEADINGS];
}

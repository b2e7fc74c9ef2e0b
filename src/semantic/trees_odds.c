/* trees_odds.c: scores of any scale to log-odds (see trees.h), by Newton's method on the logistic
 * loss of a × score + b. */
#include <math.h>

#include "semantic/trees_private.h"

#define STEPS 25
#define RIDGE 1e-3 /* keeps a step finite where scores part the rows cleanly */
#define SETTLED 1e-9

struct line {
    double a, b;
};

/* One Newton step; the length of the step. */
static double improve(const struct zd_trees *trees, const struct zd_trees_rows *rows,
                      struct line *line)
{
    double ga = RIDGE * (line->a - 1.0), gb = 0.0, haa = RIDGE, hab = 0.0, hbb = RIDGE;
    double det, da, db;

    for (size_t i = 0; i < rows->n; i++) {
        const double s = zd_trees_score(trees, rows->x + i * trees->n_features);
        const double p = 1.0 / (1.0 + exp(-(line->a * s + line->b)));
        const double w = rows->weights ? (double)rows->weights[i] : 1.0;
        const double slope = w * (p - fmin((double)rows->y[i], 1.0)), bend = w * p * (1.0 - p);

        ga += slope * s;
        gb += slope;
        haa += bend * s * s;
        hab += bend * s;
        hbb += bend;
    }
    det = haa * hbb - hab * hab;
    if (!(det > 0.0))
        return 0.0;
    da = (hbb * ga - hab * gb) / det;
    db = (haa * gb - hab * ga) / det;
    line->a -= da;
    line->b -= db;
    return fabs(da) + fabs(db);
}

void zd_trees_to_odds(struct zd_trees *trees, const struct zd_trees_rows *rows)
{
    struct line line = {1.0, 0.0};

    for (int step = 0; step < STEPS; step++)
        if (improve(trees, rows, &line) < SETTLED)
            break;
    if (!(line.a > 0.0 && isfinite(line.a) && isfinite(line.b)))
        return;
    trees->base = (float)(line.a * (double)trees->base + line.b);
    for (size_t i = 0; i < trees->n_nodes; i++)
        trees->nodes[i].value = (float)(line.a * (double)trees->nodes[i].value);
}

/* step.c: see step.h.
 *
 *   1. every text of the batch to a unit vector: x_i, y_j
 *   2. s_ij = x_i·y_j / T, without the pairs that are no negatives of each other
 *   3. loss = mean over i of −½ ln softmax_j(s_ij)[i] − ½ ln softmax_i(s_ij)[i]; hard negatives
 *      stand only in the first softmax. g = ∂loss/∂s
 *   4. gradients of the vectors, taken through the scaling to unit length
 *   5. for each row that occurs: G = Σ √count × gradient of the text's vector; then E takes a step
 *      along e^w G and w one along e^w (E·G)
 *
 * Step 5 goes row by row through an inverted list of the batch instead of scattering into a table
 * of gradients: each row is read and written once, by one thread, in a fixed order.
 */
#include "semantic/step.h"

#include <math.h>
#include <string.h>

#include "semantic/kernel.h"

#define TEXTS_A_PART 16
#define ROWS_A_PART 256
#define MASKED (-1e30F)
#define DIMS_MAX 1024

struct zd_stepper {
    struct zd_parameters *p;
    struct zd_team *team;
    const struct zd_corpus_view *corpus;
    const struct zd_batch *batch;
    size_t max_x, max_y;
    float temperature, rate;
    float *vectors;                 /* [max_x + max_y][n_dims] unit vectors */
    float *lengths;                 /* [max_x + max_y] before scaling */
    float *gradients;               /* [max_x + max_y][n_dims] */
    float *s;                       /* [max_x][max_y]: scores, then their gradient */
    float *row_max, *row_sum;       /* [max_x] */
    float *column_max, *column_sum; /* [max_x] */
    float *losses;                  /* [max_x] */
    uint32_t *row_from; /* [n_rows + 1] where a row's list begins; for rows of this batch */
    uint32_t *touched;  /* [n_touched] rows of this batch */
    size_t n_touched;
    uint32_t *list_text; /* [bags.n_rows] which text */
    float *list_weight;
    size_t list_text_cap, list_weight_cap, touched_cap;
    uint32_t *occurrences; /* [n_rows] in this batch; 0 between batches */
};

float zd_step_embed(const struct zd_parameters *p, const struct zd_bag_list *bags, size_t bag,
                    float *out)
{
    const struct zd_bag *b = &bags->p[bag];
    const size_t d = p->n_dims;
    float length;

    memset(out, 0, d * sizeof *out);
    for (uint32_t i = 0; i < b->n; i++) {
        const size_t row = bags->rows[b->from + i];

        zd_semantic__add(out, bags->weights[b->from + i] * expf(p->w[row]), p->e + row * d, d);
    }
    length = sqrtf(zd_semantic__dot(out, out, d));
    if (length > 0.0F)
        for (size_t k = 0; k < d; k++)
            out[k] /= length;
    return length;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void embed_part(void *context, size_t part)
{
    struct zd_stepper *s = context;
    const size_t n = s->batch->n_x + s->batch->n_y;

    for (size_t i = part * TEXTS_A_PART; i < least(n, (part + 1) * TEXTS_A_PART); i++)
        s->lengths[i] = zd_step_embed(s->p, &s->batch->bags, i, s->vectors + i * s->p->n_dims);
}

/* True where y may not be a negative of x. */
static bool is_masked(const struct zd_stepper *s, size_t x, size_t y)
{
    const struct zd_batch_text *a = &s->batch->of[x], *b = &s->batch->of[s->batch->n_x + y];

    if (x == y)
        return false;
    if (a->key == b->key)
        return true;
    return a->question != ZD_BATCH_NONE && b->passage != ZD_BATCH_NONE &&
           zd_batch_answers(s->corpus, a->question, b->passage);
}

/* e^x for x ≤ 0, to about seven digits; written out so that it is the same everywhere and the
 * compiler can run it over lanes. */
static inline float exp_of(float x)
{
    const float t = (x < -80.0F ? -80.0F : x) * 1.44269504F;
    const int32_t whole = (int32_t)(t - 0.5F);
    const float f = (t - (float)whole) * 0.69314718F;
    const uint32_t bits = (uint32_t)(whole + 127) << 23;
    float power;

    memcpy(&power, &bits, sizeof power);
    return power *
           (1.0F + f * (1.0F + f * (0.5F + f * (0.16666667F +
                                                f * (0.041666668F +
                                                     f * (0.008333334F + f * 0.0013888889F))))));
}

static void score_part(void *context, size_t part)
{
    struct zd_stepper *s = context;
    const size_t n_x = s->batch->n_x, n_y = s->batch->n_y, d = s->p->n_dims;
    const size_t from = part * TEXTS_A_PART, to = least(n_x, from + TEXTS_A_PART);

    zd_semantic__products(s->vectors, s->vectors + n_x * d, from, to, n_y, d, 1.0F / s->temperature,
                          s->s);
    for (size_t i = from; i < to; i++) {
        float *row = s->s + i * n_y, max = MASKED, sum = 0.0F;

        for (size_t j = 0; j < n_y; j++) {
            if (is_masked(s, i, j))
                row[j] = MASKED;
            max = row[j] > max ? row[j] : max;
        }
        for (size_t j = 0; j < n_y; j++)
            sum += exp_of(row[j] - max);
        s->row_max[i] = max;
        s->row_sum[i] = sum;
    }
}

static void column_part(void *context, size_t part)
{
    struct zd_stepper *s = context;
    const size_t n_x = s->batch->n_x, n_y = s->batch->n_y;
    const size_t from = part * TEXTS_A_PART, to = least(n_x, from + TEXTS_A_PART);

    for (size_t j = from; j < to; j++)
        s->column_max[j] = MASKED, s->column_sum[j] = 0.0F;
    for (size_t i = 0; i < n_x; i++)
        for (size_t j = from; j < to; j++)
            if (s->s[i * n_y + j] > s->column_max[j])
                s->column_max[j] = s->s[i * n_y + j];
    for (size_t i = 0; i < n_x; i++)
        for (size_t j = from; j < to; j++)
            s->column_sum[j] += exp_of(s->s[i * n_y + j] - s->column_max[j]);
}

/* Scores to their gradient, times n_x T. */
static void loss_part(void *context, size_t part)
{
    struct zd_stepper *s = context;
    const size_t n_x = s->batch->n_x, n_y = s->batch->n_y;

    for (size_t i = part * TEXTS_A_PART; i < least(n_x, (part + 1) * TEXTS_A_PART); i++) {
        float *row = s->s + i * n_y;
        const float own = row[i];

        s->losses[i] = 0.5F * (s->row_max[i] + logf(s->row_sum[i]) - own) +
                       0.5F * (s->column_max[i] + logf(s->column_sum[i]) - own);
        for (size_t j = 0; j < n_y; j++) {
            const float score = row[j];
            float g = exp_of(score - s->row_max[i]) / s->row_sum[i];

            if (j < n_x)
                g += exp_of(score - s->column_max[j]) / s->column_sum[j];
            row[j] = score > 0.5F * MASKED ? 0.5F * g : 0.0F;
        }
        row[i] -= 1.0F;
    }
}

/* The gradient of a text before scaling to unit length, in place. */
static void through_length(const struct zd_stepper *s, size_t i, float scale)
{
    const size_t d = s->p->n_dims;
    const float *x = s->vectors + i * d;
    float *g = s->gradients + i * d;
    const float along = zd_semantic__dot(g, x, d);
    const float factor = s->lengths[i] > 0.0F ? scale / s->lengths[i] : 0.0F;

    for (size_t k = 0; k < d; k++)
        g[k] = (g[k] - along * x[k]) * factor;
}

static void gradient_part(void *context, size_t part)
{
    struct zd_stepper *s = context;
    const size_t n_x = s->batch->n_x, n_y = s->batch->n_y, d = s->p->n_dims;
    const size_t x_parts = (n_x + TEXTS_A_PART - 1) / TEXTS_A_PART;
    const float scale = 1.0F / ((float)n_x * s->temperature);

    if (part < x_parts) {
        const size_t from = part * TEXTS_A_PART, to = least(n_x, from + TEXTS_A_PART);

        zd_semantic__mix(s->s, n_y, 1, s->vectors + n_x * d, from, to, n_y, d, s->gradients);
        for (size_t i = from; i < to; i++)
            through_length(s, i, scale);
    } else {
        const size_t from = (part - x_parts) * TEXTS_A_PART, to = least(n_y, from + TEXTS_A_PART);

        zd_semantic__mix(s->s, 1, n_y, s->vectors, from, to, n_x, d, s->gradients + n_x * d);
        for (size_t j = from; j < to; j++)
            through_length(s, n_x + j, scale);
    }
}

static void row_part(void *context, size_t part)
{
    struct zd_stepper *s = context;
    const size_t d = s->p->n_dims;
    float sum[DIMS_MAX];

    for (size_t t = part * ROWS_A_PART; t < least(s->n_touched, (part + 1) * ROWS_A_PART); t++) {
        const size_t row = s->touched[t];
        float *e = s->p->e + row * d, weight = expf(s->p->w[row]), for_weight;

        memset(sum, 0, d * sizeof *sum);
        for (uint32_t i = s->row_from[t]; i < s->row_from[t + 1]; i++)
            zd_semantic__add(sum, s->list_weight[i], s->gradients + s->list_text[i] * d, d);
        for_weight = weight * zd_semantic__dot(e, sum, d);
        for (size_t k = 0; k < d; k++)
            sum[k] *= weight;
        zd_semantic__step(e, s->p->h + row * d, sum, s->rate, d);
        s->p->v[row] += for_weight * for_weight;
        s->p->w[row] -= s->rate * for_weight / (sqrtf(s->p->v[row]) + 1e-10F);
    }
}

/* Which texts hold each row, by counting. */
static enum zd_status invert(struct zd_stepper *s, struct zd_error *err)
{
    const struct zd_bag_list *bags = &s->batch->bags;
    uint32_t at = 0;

    if (!zd_grow(&s->list_text, &s->list_text_cap, bags->n_rows, sizeof *s->list_text, SIZE_MAX) ||
        !zd_grow(&s->list_weight, &s->list_weight_cap, bags->n_rows, sizeof *s->list_weight,
                 SIZE_MAX))
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for training");
    s->n_touched = 0;
    for (size_t i = 0; i < bags->n_rows; i++)
        if (s->occurrences[bags->rows[i]]++ == 0)
            s->touched[s->n_touched++] = bags->rows[i];
    for (size_t t = 0; t < s->n_touched; t++) {
        s->row_from[t] = at;
        at += s->occurrences[s->touched[t]];
        s->occurrences[s->touched[t]] = s->row_from[t]; /* from here: where the next one goes */
    }
    s->row_from[s->n_touched] = at;
    for (size_t text = 0; text < bags->n; text++)
        for (uint32_t i = bags->p[text].from; i < bags->p[text].from + bags->p[text].n; i++) {
            const uint32_t place = s->occurrences[bags->rows[i]]++;

            s->list_text[place] = (uint32_t)text;
            s->list_weight[place] = bags->weights[i];
        }
    for (size_t t = 0; t < s->n_touched; t++)
        s->occurrences[s->touched[t]] = 0;
    return ZD_OK;
}

static float *floats(size_t a, size_t b)
{
    size_t n;

    return zd_size_mul(a, b, &n) && zd_size_mul(n, sizeof(float), &n) ? zd_alloc(n) : NULL;
}

enum zd_status zd_stepper_new(struct zd_parameters *p, const struct zd_corpus_view *corpus,
                              struct zd_team *team, size_t max_x, size_t max_y,
                              struct zd_stepper **ret, struct zd_error *err)
{
    struct zd_stepper *s = zd_alloc(sizeof *s);

    if (!s)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for training");
    *s =
        (struct zd_stepper){.p = p, .team = team, .corpus = corpus, .max_x = max_x, .max_y = max_y};
    s->vectors = floats(max_x + max_y, p->n_dims);
    s->gradients = floats(max_x + max_y, p->n_dims);
    s->lengths = floats(max_x + max_y, 1);
    s->s = floats(max_x, max_y);
    s->row_max = floats(max_x, 1);
    s->row_sum = floats(max_x, 1);
    s->column_max = floats(max_x, 1);
    s->column_sum = floats(max_x, 1);
    s->losses = floats(max_x, 1);
    s->row_from = zd_alloc(((size_t)p->n_rows + 1) * sizeof *s->row_from);
    s->touched = zd_alloc(((size_t)p->n_rows + 1) * sizeof *s->touched);
    s->occurrences = zd_alloc(((size_t)p->n_rows + 1) * sizeof *s->occurrences);
    if (!s->vectors || !s->gradients || !s->lengths || !s->s || !s->row_max || !s->row_sum ||
        !s->column_max || !s->column_sum || !s->losses || !s->row_from || !s->touched ||
        !s->occurrences || p->n_dims > DIMS_MAX) {
        zd_stepper_free(s);
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for training");
    }
    *ret = s;
    return ZD_OK;
}

void zd_stepper_free(struct zd_stepper *s)
{
    if (!s)
        return;
    zd_free(s->vectors);
    zd_free(s->gradients);
    zd_free(s->lengths);
    zd_free(s->s);
    zd_free(s->row_max);
    zd_free(s->row_sum);
    zd_free(s->column_max);
    zd_free(s->column_sum);
    zd_free(s->losses);
    zd_free(s->row_from);
    zd_free(s->touched);
    zd_free(s->occurrences);
    zd_free(s->list_text);
    zd_free(s->list_weight);
    zd_free(s);
}

static size_t parts_of(size_t n, size_t each)
{
    return (n + each - 1) / each;
}

enum zd_status zd_stepper_step(struct zd_stepper *s, const struct zd_batch *batch,
                               float temperature, float rate, float *ret_loss, struct zd_error *err)
{
    const size_t n_x = batch->n_x, n_y = batch->n_y, x_parts = parts_of(n_x, TEXTS_A_PART);
    float loss = 0.0F;
    enum zd_status st;

    s->batch = batch;
    s->temperature = temperature;
    s->rate = rate;
    st = invert(s, err);
    if (st != ZD_OK)
        return st;
    zd_team_run(s->team, embed_part, s, parts_of(n_x + n_y, TEXTS_A_PART));
    zd_team_run(s->team, score_part, s, x_parts);
    zd_team_run(s->team, column_part, s, x_parts);
    zd_team_run(s->team, loss_part, s, x_parts);
    zd_team_run(s->team, gradient_part, s, x_parts + parts_of(n_y, TEXTS_A_PART));
    zd_team_run(s->team, row_part, s, parts_of(s->n_touched, ROWS_A_PART));
    for (size_t i = 0; i < n_x; i++)
        loss += s->losses[i];
    *ret_loss = loss / (float)n_x;
    return ZD_OK;
}

/* passage_terms.c: see passage_terms.h. Title and headings are not computed again while they stay
 * the same from line to line. */
#include "passage_terms.h"

#include <stdlib.h>

#include "base/caps.h"
#include "text/text.h"

#define TERMS_MAX ((size_t)1 << 28)

struct taking {
    struct zd_bench_terms *terms;
    int field;
};

void zd_bench_terms_init(struct zd_bench_terms *terms)
{
    *terms = (struct zd_bench_terms){0};
    terms->source.max = terms->folded.max = 4 * ZD_TEXT_MAX_BYTES;
    for (int f = 0; f < ZD_FIELD_COUNT; f++)
        terms->seen[f].max = ZD_TEXT_MAX_BYTES;
}

void zd_bench_terms_done(struct zd_bench_terms *terms)
{
    zd_buf_done(&terms->source);
    zd_buf_done(&terms->folded);
    for (int f = 0; f < ZD_FIELD_COUNT; f++) {
        zd_buf_done(&terms->seen[f]);
        zd_free(terms->p[f]);
    }
}

static bool take_token(void *context, const struct zd_token *token)
{
    struct taking *t = context;
    struct zd_bench_terms *terms = t->terms;
    const int f = t->field;

    if (terms->n[f] == terms->cap[f] &&
        !zd_grow(&terms->p[f], &terms->cap[f], terms->n[f] + 1, sizeof *terms->p[f], TERMS_MAX)) {
        terms->failed = true;
        return false;
    }
    terms->p[f][terms->n[f]++] = token->term;
    return true;
}

/* The terms of what stands in terms->source, unless they are there already. */
static void take_field(struct zd_bench_terms *terms, int f)
{
    struct taking t = {terms, f};
    const struct zd_str source = zd_buf_view(&terms->source);

    if (f != ZD_FIELD_BODY && source.n > 0 && zd_str_eq(source, zd_buf_view(&terms->seen[f])))
        return;
    terms->n[f] = 0;
    zd_buf_clear(&terms->folded);
    zd_text_fold(source, &terms->folded);
    zd_tokens(zd_buf_view(&terms->folded), take_token, &t);
    if (f != ZD_FIELD_BODY) {
        zd_buf_clear(&terms->seen[f]);
        zd_buf_str(&terms->seen[f], source);
    }
    terms->failed |= terms->folded.bad || terms->seen[f].bad || terms->source.bad;
}

enum zd_status zd_bench_terms_of(struct zd_bench_terms *terms, const json_t *line,
                                 struct zd_index_passage *ret_passage, struct zd_error *err)
{
    const json_t *headings = json_object_get(line, "headings");

    zd_buf_clear(&terms->source);
    zd_buf_str(&terms->source, zd_json_str(line, "title"));
    take_field(terms, ZD_FIELD_TITLE);
    zd_buf_clear(&terms->source);
    for (size_t i = 0; i < json_array_size(headings); i++) {
        zd_buf_str(&terms->source, zd_str_c(json_string_value(json_array_get(headings, i))));
        zd_buf_byte(&terms->source, '\n');
    }
    take_field(terms, ZD_FIELD_HEADINGS);
    zd_buf_clear(&terms->source);
    zd_buf_str(&terms->source, zd_json_str(line, "number"));
    zd_buf_byte(&terms->source, '\n');
    zd_buf_str(&terms->source, zd_json_str(line, "text"));
    take_field(terms, ZD_FIELD_BODY);
    if (terms->failed)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for the terms of a passage");
    for (int f = 0; f < ZD_FIELD_COUNT; f++) {
        ret_passage->terms[f] = terms->p[f];
        ret_passage->n_terms[f] = terms->n[f];
    }
    return ZD_OK;
}

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

enum zd_status zd_bench_question_of(struct zd_bench_terms *terms, struct zd_str question,
                                    struct zd_bench_question *ret_question, struct zd_error *err)
{
    struct zd_bench_question q = {0};
    uint64_t *all;
    size_t n;

    zd_buf_clear(&terms->source);
    zd_buf_str(&terms->source, question);
    take_field(terms, ZD_FIELD_BODY);
    all = terms->p[ZD_FIELD_BODY];
    n = terms->n[ZD_FIELD_BODY];
    q.terms = zd_alloc((n + 1) * sizeof *q.terms);
    q.weights = zd_alloc((n + 1) * sizeof *q.weights);
    if (terms->failed || !q.terms || !q.weights) {
        zd_bench_question_done(&q);
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for a question");
    }
    if (n > 0)
        qsort(all, n, sizeof *all, by_value);
    for (size_t i = 0; i < n; i++) {
        if (q.n == 0 || q.terms[q.n - 1] != all[i])
            q.terms[q.n++] = all[i];
        q.weights[q.n - 1] += 1;
    }
    *ret_question = q;
    return ZD_OK;
}

void zd_bench_question_done(struct zd_bench_question *question)
{
    zd_free(question->terms);
    zd_free(question->weights);
    *question = (struct zd_bench_question){0};
}

/* read.c: sources read with a question in mind: each character with the term of the question that
 * it is part of.
 *
 * Single characters of the question stand everywhere by chance, so only pairs and words make a
 * match; the sets of terms that clauses hold count both. */
#include "answer/answer_private.h"
#include "base/buf.h"
#include "base/utf8.h"

#define CLAUSES_MAX 2000
#define CLAUSE_MIN_BYTES 3

/* The folded text of one source, a character for a character, and whose sign a byte begins. */
struct folded {
    struct zd_buf text;
    uint32_t *sign_at; /* [bytes + 1] counted within the source */
};

uint32_t zd_answer__fold(uint32_t code_point)
{
    const uint32_t folded = zd_fold_quick(code_point);

    return folded ? folded : code_point;
}

struct matcher {
    struct zd_answer__reading *reading;
    struct zd_answer__sign *signs; /* of the source */
    const uint32_t *sign_at;
    size_t n_signs;
};

static bool match_token(void *context, const struct zd_token *token)
{
    const struct matcher *m = context;
    const struct zd_answer__reading *r = m->reading;
    const uint32_t from = m->sign_at[token->start], to = m->sign_at[token->end];

    for (size_t i = 0; i < r->question->n_terms; i++) {
        const float weight = r->ranking->term_weights[i] / r->asked.total;

        if (r->question->terms[i] != token->term)
            continue;
        if (m->signs[from].clause != ZD_ANSWER__NOWHERE)
            r->clause_terms[m->signs[from].clause * r->n_words + i / 64] |= UINT64_C(1) << (i % 64);
        for (uint32_t s = from; token->kind != ZD_TOKEN_CHAR && s < to; s++)
            if (weight > m->signs[s].weight) {
                m->signs[s].weight = weight;
                m->signs[s].asked_at =
                    r->asked.term_at[i] < 0 ? -1 : r->asked.term_at[i] + (int32_t)(s - from);
            }
    }
    return true;
}

static enum zd_status cut_clauses(struct zd_answer__reading *r, struct zd_arena *arena,
                                  struct zd_error *err)
{
    uint32_t sentence = 0;
    size_t n_bytes = 0;
    enum zd_status st = ZD_OK;

    for (size_t i = 0; i < r->n_sources; i++)
        n_bytes += r->sources[i].passage.text.n;
    r->clauses.cap =
        n_bytes / CLAUSE_MIN_BYTES + 1 < CLAUSES_MAX ? n_bytes / CLAUSE_MIN_BYTES + 1 : CLAUSES_MAX;
    r->clauses.p = zd_arena_array(arena, r->clauses.cap, sizeof *r->clauses.p);
    if (!r->clauses.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for an answer");
    for (size_t i = 0; st == ZD_OK && i < r->n_sources; i++)
        st = zd_answer__cut(&r->sources[i], (uint32_t)i, &sentence, arena, &r->clauses, err);
    return st;
}

/* The signs of one source with their clauses, and its folded text. */
static size_t read_signs(struct zd_answer__reading *r, size_t source, size_t *clause,
                         struct zd_answer__sign *signs, struct folded *folded)
{
    const struct zd_str text = r->sources[source].passage.text;
    size_t n = 0;

    for (size_t at = 0; at < text.n; n++) {
        struct zd_answer__sign *s = &signs[n];
        char bytes[4];
        size_t length;

        *s = (struct zd_answer__sign){
            .at = (uint32_t)at, .clause = ZD_ANSWER__NOWHERE, .asked_at = -1};
        s->folded = zd_answer__fold(zd_utf8_next(text, &at));
        s->letter = zd_answer__is_letter(s->folded);
        while (*clause < r->clauses.n && r->clauses.p[*clause].source == source &&
               r->clauses.p[*clause].end <= s->at)
            ++*clause;
        if (*clause < r->clauses.n && r->clauses.p[*clause].source == source &&
            r->clauses.p[*clause].start <= s->at)
            s->clause = (uint32_t)*clause;
        length = zd_utf8_put(s->folded, bytes);
        for (size_t k = 0; k < length; k++)
            folded->sign_at[folded->text.n + k] = (uint32_t)n;
        zd_buf_add(&folded->text, bytes, length);
    }
    folded->sign_at[folded->text.n] = (uint32_t)n;
    while (*clause < r->clauses.n && r->clauses.p[*clause].source == source)
        ++*clause;
    return n;
}

static enum zd_status read_source(struct zd_answer__reading *r, size_t source, size_t *clause,
                                  struct zd_error *err)
{
    const size_t n_bytes = r->sources[source].passage.text.n;
    struct zd_answer__sign *signs = r->signs + r->first_sign[source];
    struct folded folded = {.text.max = 4 * n_bytes + 4};
    enum zd_status st;

    folded.sign_at = zd_alloc((4 * n_bytes + 5) * sizeof *folded.sign_at);
    if (!folded.sign_at)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for an answer");
    r->first_sign[source + 1] =
        r->first_sign[source] + (uint32_t)read_signs(r, source, clause, signs, &folded);
    st = zd_buf_check(&folded.text, "a passage", err);
    if (st == ZD_OK)
        zd_tokens(zd_buf_view(&folded.text), match_token,
                  &(struct matcher){r, signs, folded.sign_at, 0});
    zd_buf_done(&folded.text);
    zd_free(folded.sign_at);
    return st;
}

enum zd_status zd_answer__read(const struct zd_question *question, const struct zd_ranking *ranking,
                               const struct zd_answer__source *sources, size_t n_sources,
                               struct zd_arena *arena, struct zd_answer__reading *ret_reading,
                               struct zd_error *err)
{
    struct zd_answer__reading r = {.question = question,
                                   .ranking = ranking,
                                   .sources = sources,
                                   .n_sources = n_sources,
                                   .n_words = question->n_terms / 64 + 1};
    size_t n_bytes = 0, clause = 0;
    enum zd_status st = zd_answer__ask(question, ranking, arena, &r.asked, err);

    if (st == ZD_OK)
        st = cut_clauses(&r, arena, err);
    if (st != ZD_OK)
        return st;
    for (size_t i = 0; i < n_sources; i++)
        n_bytes += sources[i].passage.text.n;
    r.signs = zd_arena_array(arena, n_bytes + 1, sizeof *r.signs);
    r.first_sign = zd_arena_array(arena, n_sources + 1, sizeof *r.first_sign);
    r.clause_terms = zd_arena_array(arena, (r.clauses.n + 1) * r.n_words, sizeof *r.clause_terms);
    if (!r.signs || !r.first_sign || !r.clause_terms)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for an answer");
    for (size_t i = 0; st == ZD_OK && i < n_sources; i++)
        st = read_source(&r, i, &clause, err);
    if (st == ZD_OK)
        st = zd_answer__cut_pieces(&r, arena, err);
    if (st == ZD_OK)
        st = zd_answer__features(&r, arena, err);
    if (st == ZD_OK)
        *ret_reading = r;
    return st;
}

/* corpus.c: see corpus.h. */
#include "semantic/corpus.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/caps.h"
#include "base/hash.h"
#include "semantic/vocabulary.h"

#define TEXT_MAX_BYTES (4 * ZD_MiB) /* of one text, folded */
#define TEXTS_MAX (1u << 26)
#define RELEVANT_MAX (1u << 24)
#define QUESTION_COUNTS 4u /* a token of a question counts so often when rows are given out */

struct zd_corpus {
    struct zd_vocabulary vocabulary;
    struct zd_vocabulary pair_texts; /* their hashes */
    uint32_t *counts;                /* [vocabulary.n] occurrences, those in questions more often */
    uint32_t *in_texts;              /* [vocabulary.n] passages and pairs that hold it */
    uint32_t *last_text;             /* [vocabulary.n] the last one, counted from 1 */
    size_t counts_cap, in_texts_cap, last_text_cap;
    uint32_t n_bodies; /* passages and pairs so far */
    uint32_t *tokens;
    size_t n_tokens, tokens_cap;
    struct zd_corpus_text *texts;
    size_t n_texts, texts_cap;
    struct zd_corpus_passage *passages;
    size_t n_passages, passages_cap;
    struct zd_corpus_pair *pairs;
    size_t n_pairs, pairs_cap;
    struct zd_corpus_question *questions;
    size_t n_questions, questions_cap;
    uint32_t *relevant;
    size_t n_relevant, relevant_cap;
    struct zd_buf folded, title_seen, headings_seen;
    struct zd_arena *arena; /* spans of sentences */
    uint32_t weight;        /* what a token counts now */
    zd_term *terms;         /* closed: [n_rows] */
    float *idf;             /* closed: [n_rows] */
    uint32_t n_rows;
    bool failed;
};

struct zd_corpus *zd_corpus_new(void)
{
    struct zd_corpus *corpus = zd_alloc(sizeof *corpus);

    if (!corpus)
        return NULL;
    corpus->folded.max = TEXT_MAX_BYTES;
    corpus->title_seen.max = corpus->headings_seen.max = TEXT_MAX_BYTES;
    corpus->arena = zd_arena_new(64 * ZD_MiB);
    if (!corpus->arena) {
        zd_corpus_free(corpus);
        return NULL;
    }
    return corpus;
}

void zd_corpus_free(struct zd_corpus *corpus)
{
    if (!corpus)
        return;
    zd_vocabulary_done(&corpus->vocabulary);
    zd_vocabulary_done(&corpus->pair_texts);
    zd_free(corpus->counts);
    zd_free(corpus->in_texts);
    zd_free(corpus->last_text);
    zd_free(corpus->tokens);
    zd_free(corpus->texts);
    zd_free(corpus->passages);
    zd_free(corpus->pairs);
    zd_free(corpus->questions);
    zd_free(corpus->relevant);
    zd_buf_done(&corpus->folded);
    zd_buf_done(&corpus->title_seen);
    zd_buf_done(&corpus->headings_seen);
    zd_arena_free(corpus->arena);
    zd_free(corpus->terms);
    zd_free(corpus->idf);
    zd_free(corpus);
}

static enum zd_status no_room(const struct zd_corpus *corpus, struct zd_error *err)
{
    if (corpus->n_tokens >= ZD_CORPUS_MAX_TOKENS || corpus->n_passages >= ZD_CORPUS_MAX_PASSAGES)
        return ZD_FAIL(err, ZD_LIMIT, 0, "more text than a model is trained on");
    return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the texts to train on");
}

static bool count_token(struct zd_corpus *c, uint32_t number)
{
    const size_t had = c->counts_cap;

    if (!zd_grow(&c->counts, &c->counts_cap, number + 1, sizeof *c->counts,
                 ZD_VOCABULARY_MAX_TERMS) ||
        !zd_grow(&c->in_texts, &c->in_texts_cap, number + 1, sizeof *c->in_texts,
                 ZD_VOCABULARY_MAX_TERMS) ||
        !zd_grow(&c->last_text, &c->last_text_cap, number + 1, sizeof *c->last_text,
                 ZD_VOCABULARY_MAX_TERMS))
        return false;
    if (c->counts_cap > had) { /* the three grow together */
        memset(c->counts + had, 0, (c->counts_cap - had) * sizeof *c->counts);
        memset(c->in_texts + had, 0, (c->in_texts_cap - had) * sizeof *c->in_texts);
        memset(c->last_text + had, 0, (c->last_text_cap - had) * sizeof *c->last_text);
    }
    c->counts[number] += c->weight;
    if (c->last_text[number] != c->n_bodies + 1) {
        c->last_text[number] = c->n_bodies + 1;
        c->in_texts[number]++;
    }
    return true;
}

static bool take_token(void *context, const struct zd_token *token)
{
    struct zd_corpus *c = context;
    uint32_t number;

    if (!zd_vocabulary_take(&c->vocabulary, token->term, &number) || !count_token(c, number) ||
        !zd_grow(&c->tokens, &c->tokens_cap, c->n_tokens + 1, sizeof *c->tokens,
                 ZD_CORPUS_MAX_TOKENS)) {
        c->failed = true;
        return false;
    }
    c->tokens[c->n_tokens++] = number;
    return true;
}

/* Adds one text; *ret_text is its place. */
static enum zd_status add_text(struct zd_corpus *c, struct zd_str text, uint32_t *ret_text,
                               struct zd_error *err)
{
    const size_t from = c->n_tokens;
    enum zd_status st;

    if (!zd_grow(&c->texts, &c->texts_cap, c->n_texts + 1, sizeof *c->texts, TEXTS_MAX))
        return no_room(c, err);
    zd_buf_clear(&c->folded);
    zd_text_fold(text, &c->folded);
    st = zd_buf_check(&c->folded, "a text to train on", err);
    if (st != ZD_OK)
        return st;
    zd_tokens(zd_buf_view(&c->folded), take_token, c);
    if (c->failed)
        return no_room(c, err);
    c->texts[c->n_texts] = (struct zd_corpus_text){(uint32_t)from, (uint32_t)(c->n_tokens - from)};
    *ret_text = (uint32_t)c->n_texts++;
    return ZD_OK;
}

/* Adds a title or heading unless the passage before had the same. */
static enum zd_status add_shared(struct zd_corpus *c, struct zd_str text, struct zd_buf *seen,
                                 uint32_t before, uint32_t *ret_text, struct zd_error *err)
{
    enum zd_status st;

    if (c->n_passages > 0 && zd_str_eq(zd_buf_view(seen), text)) {
        *ret_text = before;
        return ZD_OK;
    }
    st = add_text(c, text, ret_text, err);
    if (st != ZD_OK)
        return st;
    zd_buf_clear(seen);
    zd_buf_str(seen, text);
    return zd_buf_check(seen, "a title", err);
}

static enum zd_status add_sentences(struct zd_corpus *c, struct zd_str body,
                                    struct zd_corpus_passage *passage, struct zd_error *err)
{
    struct zd_span_list spans = {0};
    enum zd_status st;

    zd_arena_reset(c->arena);
    st = zd_sentences(body, c->arena, &spans, err);
    passage->first = (uint32_t)c->n_texts;
    for (size_t i = 0; st == ZD_OK && i < spans.n; i++) {
        uint32_t text;

        st = add_text(c, zd_str_cut(body, spans.p[i].start, spans.p[i].end), &text, err);
        passage->n++;
    }
    return st;
}

enum zd_status zd_corpus_add_passage(struct zd_corpus *c, struct zd_str title,
                                     struct zd_str headings, struct zd_str body,
                                     uint32_t *ret_number, struct zd_error *err)
{
    const struct zd_corpus_passage *last = c->n_passages ? &c->passages[c->n_passages - 1] : NULL;
    struct zd_corpus_passage passage = {0};
    enum zd_status st;

    c->weight = 1;
    st = add_shared(c, title, &c->title_seen, last ? last->title : 0, &passage.title, err);
    if (st == ZD_OK)
        st = add_shared(c, headings, &c->headings_seen, last ? last->headings : 0,
                        &passage.headings, err);
    if (st == ZD_OK)
        st = add_sentences(c, body, &passage, err);
    if (st != ZD_OK)
        return st;
    if (!zd_grow(&c->passages, &c->passages_cap, c->n_passages + 1, sizeof *c->passages,
                 ZD_CORPUS_MAX_PASSAGES))
        return no_room(c, err);
    c->n_bodies++;
    if (ret_number)
        *ret_number = (uint32_t)c->n_passages;
    c->passages[c->n_passages++] = passage;
    return ZD_OK;
}

static uint64_t hash_of(const struct zd_corpus *c, uint32_t text)
{
    const struct zd_corpus_text *t = &c->texts[text];

    return zd_hash64(
        (struct zd_bytes){(const uint8_t *)(c->tokens + t->from), t->n * sizeof *c->tokens}, 0);
}

enum zd_status zd_corpus_add_pair(struct zd_corpus *c, struct zd_str question, struct zd_str text,
                                  struct zd_error *err)
{
    struct zd_corpus_pair pair = {0};
    enum zd_status st;

    if (!zd_grow(&c->pairs, &c->pairs_cap, c->n_pairs + 1, sizeof *c->pairs, TEXTS_MAX))
        return no_room(c, err);
    c->weight = QUESTION_COUNTS;
    st = add_text(c, question, &pair.question, err);
    c->weight = 1;
    if (st == ZD_OK)
        st = add_text(c, text, &pair.text, err);
    if (st != ZD_OK)
        return st;
    if (!zd_vocabulary_take(&c->pair_texts, hash_of(c, pair.text), &pair.same))
        return no_room(c, err);
    c->n_bodies++;
    c->pairs[c->n_pairs++] = pair;
    return ZD_OK;
}

enum zd_status zd_corpus_add_question(struct zd_corpus *c, const struct zd_corpus_asked *asked,
                                      struct zd_error *err)
{
    struct zd_corpus_question q = {.answer = ZD_CORPUS_NO_ANSWER,
                                   .fold = asked->fold,
                                   .repeat = asked->repeat ? asked->repeat : 1};
    enum zd_status st;

    if (!zd_grow(&c->questions, &c->questions_cap, c->n_questions + 1, sizeof *c->questions,
                 TEXTS_MAX) ||
        !zd_grow(&c->relevant, &c->relevant_cap, c->n_relevant + asked->n, sizeof *c->relevant,
                 RELEVANT_MAX))
        return no_room(c, err);
    for (size_t i = 0; i < asked->n; i++)
        if (asked->relevant[i] >= c->n_passages)
            return ZD_FAIL(err, ZD_INVALID, i, "a question names a passage that is not there");
    c->weight = QUESTION_COUNTS;
    st = add_text(c, asked->question, &q.question, err);
    c->weight = 1;
    if (st == ZD_OK && asked->answer.n > 0)
        st = add_text(c, asked->answer, &q.answer, err);
    if (st != ZD_OK)
        return st;
    q.first_relevant = (uint32_t)c->n_relevant;
    q.n = (uint32_t)asked->n;
    if (asked->n > 0)
        memcpy(c->relevant + c->n_relevant, asked->relevant, asked->n * sizeof *c->relevant);
    c->n_relevant += asked->n;
    c->n_bodies++;
    c->questions[c->n_questions++] = q;
    return ZD_OK;
}

struct ranked_token {
    zd_term term;
    uint32_t count, number;
};

static int order_tokens(const void *a, const void *b)
{
    const struct ranked_token *x = a, *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return (x->term > y->term) - (x->term < y->term);
}

/* Rows for the tokens: rows [vocabulary.n], UINT32_MAX where it has none of its own. */
static enum zd_status give_rows(struct zd_corpus *c, const zd_term *known, size_t n_known,
                                uint32_t max_rows, uint32_t *rows, struct zd_error *err)
{
    struct ranked_token *ranked = zd_alloc((c->vocabulary.n + 1) * sizeof *ranked);
    size_t n = 0;

    if (!ranked)
        return no_room(c, err);
    for (size_t i = 0; i < c->vocabulary.n; i++)
        rows[i] = UINT32_MAX;
    for (size_t i = 0; i < n_known && c->n_rows < max_rows; i++) {
        uint32_t number = zd_vocabulary_find(&c->vocabulary, known[i]);

        if (number != UINT32_MAX)
            rows[number] = c->n_rows;
        c->terms[c->n_rows++] = known[i];
    }
    for (size_t i = 0; i < c->vocabulary.n; i++)
        if (rows[i] == UINT32_MAX && c->counts[i] > 1)
            ranked[n++] = (struct ranked_token){c->vocabulary.terms[i], c->counts[i], (uint32_t)i};
    qsort(ranked, n, sizeof *ranked, order_tokens);
    for (size_t i = 0; i < n && c->n_rows < max_rows; i++) {
        rows[ranked[i].number] = c->n_rows;
        c->terms[c->n_rows++] = ranked[i].term;
    }
    zd_free(ranked);
    return ZD_OK;
}

/* ln(1 + N / df) of each row; a known token that no text holds counts as one of two. */
static void set_idf(struct zd_corpus *c, const uint32_t *rows)
{
    const double n = (double)c->n_bodies;

    for (uint32_t row = 0; row < c->n_rows; row++)
        c->idf[row] = (float)log(1.0 + n / 2.0);
    for (size_t i = 0; i < c->vocabulary.n; i++)
        if (rows[i] != UINT32_MAX)
            c->idf[rows[i]] = (float)log(1.0 + n / ((double)c->in_texts[i] + 1.0));
}

enum zd_status zd_corpus_close(struct zd_corpus *c, const zd_term *known, size_t n_known,
                               uint32_t max_rows, struct zd_error *err)
{
    uint32_t *rows = NULL;
    enum zd_status st;

    if (c->n_tokens == 0)
        return ZD_FAIL(err, ZD_INVALID, 0, "no text to train on");
    if (n_known > max_rows)
        max_rows = (uint32_t)n_known;
    rows = zd_alloc((c->vocabulary.n + 1) * sizeof *rows);
    c->terms = zd_alloc(((size_t)max_rows + 1) * sizeof *c->terms);
    c->idf = zd_alloc(((size_t)max_rows + 1) * sizeof *c->idf);
    if (!rows || !c->terms || !c->idf) {
        zd_free(rows);
        return no_room(c, err);
    }
    st = give_rows(c, known, n_known, max_rows, rows, err);
    if (st == ZD_OK) {
        set_idf(c, rows);
        for (size_t i = 0; i < c->n_tokens; i++)
            c->tokens[i] = rows[c->tokens[i]];
    }
    zd_free(rows);
    return st;
}

struct zd_corpus_view zd_corpus_view(const struct zd_corpus *c)
{
    return (struct zd_corpus_view){.tokens = c->tokens,
                                   .texts = c->texts,
                                   .passages = c->passages,
                                   .pairs = c->pairs,
                                   .questions = c->questions,
                                   .relevant = c->relevant,
                                   .n_texts = c->n_texts,
                                   .n_passages = c->n_passages,
                                   .n_pairs = c->n_pairs,
                                   .n_questions = c->n_questions,
                                   .terms = c->terms,
                                   .idf = c->idf,
                                   .n_rows = c->n_rows};
}

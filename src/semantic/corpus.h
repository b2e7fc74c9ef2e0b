/* corpus: what a model is trained on: passages, and pairs of a question and a text that belong
 * together, as tokens with small numbers.
 *
 * Texts are folded, cut into tokens (text.h) and interned as they come; a token gets the next
 * free number. zd_corpus_close then decides which tokens earn a row of the model (the commonest,
 * those of a model to start from first) and rewrites the texts in rows; what earns none is left
 * out.
 *
 * Threads: one at a time while it is filled; closed, it never changes.
 */
#ifndef ZD_SEMANTIC_CORPUS_H
#define ZD_SEMANTIC_CORPUS_H

#include "base/base.h"
#include "text/text.h"

#define ZD_CORPUS_MAX_PASSAGES (1u << 20)
#define ZD_CORPUS_MAX_TOKENS (1u << 28) /* of all texts: 1 GiB */
#define ZD_CORPUS_NO_ANSWER UINT32_MAX

struct zd_corpus;

/* Tokens of one text: [n] from tokens[from]. */
struct zd_corpus_text {
    uint32_t from, n;
};

struct zd_corpus_passage {
    uint32_t title, headings; /* texts; passages in a row share them */
    uint32_t first, n;        /* the sentences of the body: texts */
};

struct zd_corpus_pair {
    uint32_t question, text; /* texts */
    uint32_t same;           /* equal for pairs of one text */
};

struct zd_corpus_question {
    uint32_t question, answer;  /* texts; ZD_CORPUS_NO_ANSWER where none is known */
    uint32_t first_relevant, n; /* passages: [n] from relevant[first_relevant] */
    uint32_t fold, repeat;      /* as given */
};

/* A view of a closed corpus; everything borrowed from it. */
struct zd_corpus_view {
    const uint32_t *tokens; /* rows; UINT32_MAX for a token without one */
    const struct zd_corpus_text *texts;
    const struct zd_corpus_passage *passages;
    const struct zd_corpus_pair *pairs;
    const struct zd_corpus_question *questions;
    const uint32_t *relevant;
    size_t n_texts, n_passages, n_pairs, n_questions;
    const zd_term *terms; /* [n_rows] */
    const float *idf;     /* [n_rows] ln(1 + texts ÷ texts with it) */
    uint32_t n_rows;
};

struct zd_corpus *zd_corpus_new(void) ZD_MUST_USE; /* NULL when memory ends */
void zd_corpus_free(struct zd_corpus *corpus);     /* NULL is fine */

/* Adds a passage; *ret_number (may be NULL) counts from 0. Errors: ZD_LIMIT, ZD_NOMEM. */
enum zd_status zd_corpus_add_passage(struct zd_corpus *corpus, struct zd_str title,
                                     struct zd_str headings, struct zd_str body,
                                     uint32_t *ret_number, struct zd_error *err) ZD_MUST_USE;
/* Adds a question with a text that answers it. Errors: as above. */
enum zd_status zd_corpus_add_pair(struct zd_corpus *corpus, struct zd_str question,
                                  struct zd_str text, struct zd_error *err) ZD_MUST_USE;
/* Adds a question with the passages that answer it. Errors: as above; ZD_INVALID an unknown
 * passage. */
struct zd_corpus_asked {
    struct zd_str question, answer; /* the answer in anybody's words, "" for none */
    const uint32_t *relevant;       /* [n] numbers of passages added before */
    size_t n;
    uint32_t fold;   /* which part of the questions it belongs to */
    uint32_t repeat; /* how often it is drawn for once of others; 0: once */
};
enum zd_status zd_corpus_add_question(struct zd_corpus *corpus, const struct zd_corpus_asked *asked,
                                      struct zd_error *err) ZD_MUST_USE;

/* Gives rows to at most max_rows tokens, those in `known` [n_known] first and in their order; then
 * nothing can be added. Errors: ZD_INVALID no texts; ZD_NOMEM. */
enum zd_status zd_corpus_close(struct zd_corpus *corpus, const zd_term *known, size_t n_known,
                               uint32_t max_rows, struct zd_error *err) ZD_MUST_USE;

struct zd_corpus_view zd_corpus_view(const struct zd_corpus *corpus);

#endif

/* What the files of this room share and no other room may include. */
#ifndef ZD_ANSWER_PRIVATE_H
#define ZD_ANSWER_PRIVATE_H

#include "answer/answer.h"
#include "answer/feature_table.h"
#include "store/passage.h"
#include "text/text.h"

#define ZD_ANSWER__PASSAGES 3 /* ranked passages that an answer is taken from */

/* A passage that an answer may be taken from. */
struct zd_answer__source {
    const struct zd_ranked *ranked;
    struct zd_stored_passage passage; /* with its text */
};

/* What a question asks for: bits, see types.c. */
#define ZD_ANSWER__TYPE_TABLE(X)                                                                   \
    X(PHONE)                                                                                       \
    X(WHEN)                                                                                        \
    X(NUMBER)                                                                                      \
    X(WHERE)                                                                                       \
    X(WHO)                                                                                         \
    X(LIST)                                                                                        \
    X(WHY)                                                                                         \
    X(NAME)
#define ZD_ANSWER__TYPE_ENUM(name) ZD_ANSWER__##name,
enum zd_answer__type { ZD_ANSWER__TYPE_TABLE(ZD_ANSWER__TYPE_ENUM) ZD_ANSWER__TYPES };
#undef ZD_ANSWER__TYPE_ENUM

/* Types that a folded question asks for, as bits 1 << type. */
uint32_t zd_answer__types_asked(struct zd_str folded);
/* Types that a folded clause could be an answer to. */
uint32_t zd_answer__types_given(struct zd_str folded);
/* False where a question asks for a description (哪些, 如何, 什么措施) rather than for one fact. */
bool zd_answer__asks_for_fact(struct zd_str folded);

/* What is known of a clause, see feature_table.h. */
#define ZD_ANSWER__FEATURE_ENUM(name, weight) ZD_ANSWER__F_##name,
enum zd_answer__feature { ZD_ANSWER__FEATURE_TABLE(ZD_ANSWER__FEATURE_ENUM) ZD_ANSWER__FEATURES };
#undef ZD_ANSWER__FEATURE_ENUM

/* A clause of a source with what is known of it. */
struct zd_answer__clause {
    uint32_t source;
    uint32_t start, end; /* bytes of the source's text */
    uint32_t sentence;   /* counts from 0 through all sources */
    uint32_t n_letters;  /* what scoring counts: without white space and punctuation */
    struct zd_str folded;
    float p; /* that its characters belong to the answer */
};
struct zd_answer__clauses {
    struct zd_answer__clause *p; /* [n] in reading order, source by source */
    size_t n, cap;
};

/* Cuts a source's text into clauses, sentences counted from *sentence on. Sentences end at 。！？,
 * line ends, wide gaps, and before the mark of an item. Errors: ZD_NOMEM. */
enum zd_status zd_answer__cut(const struct zd_answer__source *source, uint32_t number,
                              uint32_t *sentence, struct zd_arena *arena,
                              struct zd_answer__clauses *clauses, struct zd_error *err) ZD_MUST_USE;
/* True where folded text begins with 一、 (一) 1. (1) or 第一条. */
bool zd_answer__begins_with_mark(struct zd_str folded);

/* Features of every clause: [n][ZD_ANSWER__FEATURES], in the arena. Errors: ZD_NOMEM. */
enum zd_status zd_answer__features(const struct zd_question *question,
                                   const struct zd_ranking *ranking,
                                   const struct zd_answer__source *sources,
                                   const struct zd_answer__clauses *clauses, struct zd_arena *arena,
                                   float **ret_features, struct zd_error *err) ZD_MUST_USE;

/* Cuts the sources into clauses and judges each. Errors: ZD_NOMEM. */
enum zd_status zd_answer__judge(const struct zd_question *question,
                                const struct zd_ranking *ranking,
                                const struct zd_answer__source *sources, size_t n_sources,
                                struct zd_arena *arena, struct zd_answer__clauses *ret_clauses,
                                struct zd_error *err) ZD_MUST_USE;

/* The best run of clauses of one source: bytes [start, end) of its text. False where none. */
bool zd_answer__best_run(const struct zd_answer__clauses *clauses, bool whole_sentences,
                         double beta, uint32_t *ret_source, uint32_t *ret_start, uint32_t *ret_end);

/* How sure it is that the ranking answers the question: 0 … 1. */
double zd_answer__confidence(const struct zd_question *question, const struct zd_ranking *ranking);

/* The words of a refusal with the next step, in the arena; empty when memory ends. */
struct zd_str zd_answer__reason(enum zd_refusal refusal, const struct zd_question *question,
                                struct zd_str contact, struct zd_arena *arena);

#endif

/* What the files of this room share and no other room may include. */
#ifndef ZD_ANSWER_PRIVATE_H
#define ZD_ANSWER_PRIVATE_H

#include "answer/answer.h"
#include "answer/feature_table.h"
#include "answer/run_table.h"
#include "semantic/trees.h"
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

/* What is known of a piece, see feature_table.h. */
#define ZD_ANSWER__FEATURE_ENUM(name, weight) ZD_ANSWER__F_##name,
enum zd_answer__feature { ZD_ANSWER__FEATURE_TABLE(ZD_ANSWER__FEATURE_ENUM) ZD_ANSWER__FEATURES };
#undef ZD_ANSWER__FEATURE_ENUM

/* A clause of a source. */
struct zd_answer__clause {
    uint32_t source;
    uint32_t start, end; /* bytes of the source's text */
    uint32_t sentence;   /* counts from 0 through all sources */
    uint32_t n_letters;  /* what scoring counts: without white space and punctuation */
    struct zd_str folded;
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
/* True for what scoring counts: letters and numbers of any script. */
bool zd_answer__is_letter(uint32_t sign);

/* A character folded, where it folds to one; any other as it is: whoever must know where each
 * character came from cannot fold a text as a whole. */
uint32_t zd_answer__fold(uint32_t code_point);

/* A question taken apart: "… 用于 [哪些] 物资 优先通行？" */
struct zd_answer__asked {
    uint32_t *signs; /* [n] folded */
    uint32_t n;
    uint32_t word_from, word_to; /* signs of the question word; both n where there is none */
    uint32_t word_kind;          /* see asked.c; 0 for none */
    uint32_t noun_from, noun_to; /* the two signs behind it, or none */
    uint32_t types;              /* bits, see types.c */
    bool fact;
    int32_t *term_at; /* [n_terms of the question] where each stands in signs, or -1 */
    float total;      /* weight of all its terms */
};
/* Errors: ZD_NOMEM. */
enum zd_status zd_answer__ask(const struct zd_question *question, const struct zd_ranking *ranking,
                              struct zd_arena *arena, struct zd_answer__asked *ret_asked,
                              struct zd_error *err) ZD_MUST_USE;

#define ZD_ANSWER__NOWHERE UINT32_MAX

/* A character of a source. */
struct zd_answer__sign {
    uint32_t folded;
    uint32_t at;      /* byte of the source's text */
    uint32_t clause;  /* or ZD_ANSWER__NOWHERE, between clauses */
    int32_t asked_at; /* where in the question the term stands that it is part of; -1 for none */
    float weight;     /* of that term, as a share of the question */
    bool letter;
};

/* A part of a clause that an answer may begin or end with. */
struct zd_answer__piece {
    uint32_t source, clause, sentence;
    uint32_t from, to; /* signs */
    uint32_t n_letters;
    float p; /* that its letters belong to the answer */
};

/* The sources of an answer, read with a question in mind. */
struct zd_answer__reading {
    const struct zd_question *question;
    const struct zd_ranking *ranking;
    const struct zd_answer__source *sources;
    size_t n_sources;
    struct zd_answer__asked asked;
    struct zd_answer__clauses clauses;
    uint64_t *clause_terms; /* [n clauses][n_words] bits: which terms of the question it has */
    size_t n_words;
    struct zd_answer__sign *signs;   /* source by source */
    uint32_t *first_sign;            /* [n_sources + 1] */
    struct zd_answer__piece *pieces; /* [n_pieces] in reading order */
    size_t n_pieces;
    float *features; /* [n_pieces][ZD_ANSWER__FEATURES] */
};

/* Reads the sources: clauses, signs, pieces and their features; p is not set. The question,
 * the ranking and the sources are borrowed. Errors: ZD_NOMEM. */
enum zd_status zd_answer__read(const struct zd_question *question, const struct zd_ranking *ranking,
                               const struct zd_answer__source *sources, size_t n_sources,
                               struct zd_arena *arena, struct zd_answer__reading *ret_reading,
                               struct zd_error *err) ZD_MUST_USE;
/* Fills in features from the rest. Errors: ZD_NOMEM. */
enum zd_status zd_answer__features(struct zd_answer__reading *reading, struct zd_arena *arena,
                                   struct zd_error *err) ZD_MUST_USE;
/* The kind of a sign of a source, in an order that a tree can cut; 0 outside the source. */
float zd_answer__kind_of(const struct zd_answer__reading *reading, uint32_t source, int64_t at);
/* Cuts clauses into pieces. Errors: ZD_NOMEM. */
enum zd_status zd_answer__cut_pieces(struct zd_answer__reading *reading, struct zd_arena *arena,
                                     struct zd_error *err) ZD_MUST_USE;

/* Sets p of every piece: by the model, or by the weights of feature_table.h where it is NULL. */
void zd_answer__judge(struct zd_answer__reading *reading, const struct zd_answer_model *model);

/* What is known of a run of pieces, see run_table.h. */
#define ZD_ANSWER__RUN_ENUM(name) ZD_ANSWER__R_##name,
enum zd_answer__run_feature { ZD_ANSWER__RUN_TABLE(ZD_ANSWER__RUN_ENUM) ZD_ANSWER__RUN_FEATURES };
#undef ZD_ANSWER__RUN_ENUM

#define ZD_ANSWER__RUNS 64

/* Neighbouring pieces of one source that could be the answer. */
struct zd_answer__run {
    size_t from, to; /* pieces */
    uint32_t n_letters;
    float expected; /* letters of it that belong to the answer, as far as p says */
    float f;        /* expected F1 against the answer in its source */
    float fit;      /* by the model: orders the runs of a question by their F1 */
    float holds;    /* … the chance that it holds all of the answer */
};
struct zd_answer__runs {
    struct zd_answer__run p[ZD_ANSWER__RUNS];
    size_t n;
};

/* The runs worth a closer look; p of the pieces must be set. */
void zd_answer__find_runs(const struct zd_answer__reading *reading,
                          struct zd_answer__runs *ret_runs);
void zd_answer__run_features(const struct zd_answer__reading *reading,
                             const struct zd_answer__runs *runs, size_t at,
                             float features[ZD_ANSWER__RUN_FEATURES]);

/* Prose that is begun in the midst of a sentence reads badly, and often leaves out who or when:
 * begins the run where its sentence does, or else its clause, when that is near. */
void zd_answer__begin_whole(const struct zd_answer__reading *reading, struct zd_answer__run *run);

/* Finds the run that answers. False where there is none. */
bool zd_answer__choose(struct zd_answer__reading *reading, const struct zd_answer_model *model,
                       struct zd_answer__run *ret_run);
/* The words of a run: bytes [start, end) of its source's text. */
void zd_answer__run_bytes(const struct zd_answer__reading *reading,
                          const struct zd_answer__run *run, uint32_t *ret_source,
                          uint32_t *ret_start, uint32_t *ret_end);

struct zd_answer_model {
    struct zd_trees *pieces; /* p of a piece */
    struct zd_trees *fit;    /* of a run */
    struct zd_trees *holds;
};
/* Appends the written form. Errors show in the buffer. */
void zd_answer__model_write(const struct zd_answer_model *model, struct zd_buf *out);

/* The best `want` passages with their texts, each text once. Errors: those of the store. */
enum zd_status zd_answer__sources(const struct zd_ranking *ranking, struct zd_store *store,
                                  const struct zd_subject *subject, size_t want,
                                  struct zd_arena *arena, struct zd_answer__source *sources,
                                  size_t *ret_n, struct zd_error *err) ZD_MUST_USE;

/* The bytes of a version that a citation shows. */
struct zd_answer__cited {
    int64_t version;
    uint32_t start, end;
};
/* What a citation of a passage shows: itself, and the neighbours of a piece of running text.
 * Errors: the store's. */
enum zd_status zd_answer__cited_of(struct zd_store *store, const struct zd_subject *subject,
                                   const struct zd_stored_passage *passage, struct zd_arena *arena,
                                   struct zd_answer__cited *ret_cited,
                                   struct zd_error *err) ZD_MUST_USE;
/* Makes a citation show those bytes. Errors: the store's. */
enum zd_status zd_answer__cite_span(struct zd_store *store, const struct zd_subject *subject,
                                    const struct zd_answer__cited *cited, struct zd_arena *arena,
                                    struct zd_citation *citation, struct zd_error *err) ZD_MUST_USE;

/* The words of a refusal with the next step, in the arena; empty when memory ends. */
struct zd_str zd_answer__reason(enum zd_refusal refusal, const struct zd_question *question,
                                struct zd_str contact, struct zd_arena *arena);

#endif

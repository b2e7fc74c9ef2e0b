/* retrieve: from a citizen's words to ranked passages. The face of this room.
 *
 *     question → understood (folded, tokens weighted, scope, field wanted, names and numbers)
 *              → candidates (words, vectors) → features → ranker → ranked passages, and documents
 *                by their best one
 *
 * Takes a reader, whose parts are borrowed; keeps nothing between calls but what the catalogue
 * remembers. All results live in the caller's arena.
 */
#ifndef ZD_RETRIEVE_H
#define ZD_RETRIEVE_H

#include "base/arena.h"
#include "base/kinds.h"
#include "index/index.h"
#include "semantic/model.h"
#include "store/region.h"
#include "store/store.h"

/* What the asker may narrow; zero means today, everywhere. */
struct zd_scope {
    int32_t on; /* the day asked about; 0: today (read by the caller, passed in today) */
    int32_t today;
    bool any_time;        /* also what is not in force on that day (searching the archive) */
    struct zd_str region; /* "东屏区"; empty: as the question says */
};

/* The question as it was understood. */
struct zd_question {
    struct zd_str text;       /* as asked, trimmed */
    struct zd_str understood; /* for people: the question with scope words made explicit */
    struct zd_str folded;
    uint64_t *terms;      /* [n_terms] distinct, without the words that only make it a question */
    float *weights;       /* [n_terms] how often each occurs */
    struct zd_str *words; /* [n_terms] each as it stands in folded */
    size_t n_terms;
    size_t n_said;     /* the first of them are the question's own; then official words for them */
    uint32_t n_tokens; /* of the whole question, with those words */
    enum zd_guide_field field; /* the guide field it asks for, or none */
    int32_t on;                /* the day it is about */
    bool on_from_question;     /* … because the question says so */
    bool any_time;             /* the day does not matter */
    struct zd_str region;      /* whole name, "云岫市东屏区"; empty: everywhere */
    bool region_from_question;
    struct zd_region_list regions; /* whose texts apply there; one that the asker set is a filter,
                                      one that the question names ranks the others behind */
    struct zd_str clause;          /* "第五百七十七条" when it names one */
    struct zd_str number;          /* 文号 when it names one */
};

/* The store is asked for regions and numbers that the question names. Errors: ZD_INVALID empty
 * question or invalid UTF-8; ZD_LIMIT longer than ZD_QUESTION_MAX_BYTES; ZD_NOMEM; the store's. */
enum zd_status zd_understand(struct zd_str question, const struct zd_scope *scope,
                             struct zd_store *store, struct zd_arena *arena,
                             struct zd_question *ret_question, struct zd_error *err) ZD_MUST_USE;

/* Whose office is read, by whom, with what: all borrowed. */
struct zd_catalogue;
struct zd_reader {
    struct zd_store *store;
    const struct zd_subject *subject;
    const struct zd_index *index;
    const struct zd_model *model;   /* NULL: words alone */
    struct zd_catalogue *catalogue; /* begun for this index and subject (catalogue.h) */
    const int64_t *without; /* [n_without] documents left out, as if the office had them not */
    size_t n_without;
    bool forgets;     /* ranks as if nothing had ever been answered, as in a new office */
    bool is_training; /* the very question that is asked is not taken for known (memory.h) */
};

/* One ranked passage with what the ranking knew of it. */
struct zd_ranked {
    int64_t passage; /* the store's number */
    uint32_t group;  /* its version */
    int64_t document;
    float score;           /* what it is ordered by: the chance that it answers, 0 … 1 */
    float odds, rules;     /* … as log-odds: what the ranker says, and what rules add */
    float lexical, cosine; /* BM25F from the index; nearness of the vectors */
    const float *features; /* [zd_rank_features()] in the arena */
    float *look;     /* [zd_look_features()] in the arena; NULL: not looked at again (look.h) */
    uint32_t shared; /* characters of the longest string that question and title share */
    uint32_t region; /* its document's: key of region.h, 0 everywhere */
    bool elsewhere;  /* it applies in another region than the question names */
    int code; /* codes that the question names (D2050): 1 all stand in it, -1 not, 0 none is named */
};

struct zd_ranking {
    struct zd_ranked *p;       /* [n] best first */
    size_t n, n_candidates;    /* all that were judged to the end stand in p: n_candidates ≥ n */
    float best_lexical;        /* of all candidates, those left out too; 0 where there are none */
    float best_cosine;         /* the same; -1 where there are none */
    const float *term_weights; /* [n_terms of the question] weight × IDF; at least 0 */
    float unknown_idf;         /* IDF of a word that stands nowhere: grows with the office */
    bool partial;              /* a damaged part of the index was left out */
};

/* Errors: those of the index and the store. */
enum zd_status zd_rank(const struct zd_question *question, const struct zd_reader *reader,
                       size_t top, struct zd_arena *arena, struct zd_ranking *ret_ranking,
                       struct zd_error *err) ZD_MUST_USE;

/* How many features a ranked passage has, and what each is called for people. */
size_t zd_rank_features(void);
const char *zd_rank_feature_name(size_t feature);

/* 1 ÷ (1 + place) in the order of words or of vectors, whichever is better; from the features. */
float zd_rank_best_place(const float *features);

/* Documents by their best passage; at most `top`, each once, best first. `passage` is the best
 * passage. */
struct zd_ranked_document {
    int64_t document; /* key */
    int64_t passage;
    float score;
};
struct zd_document_ranking {
    struct zd_ranked_document *p; /* [n] */
    size_t n;
};
enum zd_status zd_rank_documents(const struct zd_question *question, const struct zd_reader *reader,
                                 size_t top, struct zd_arena *arena,
                                 struct zd_document_ranking *ret_ranking,
                                 struct zd_error *err) ZD_MUST_USE;

/* Why a passage stands where it does: each matched word with its part of the lexical score, and
 * what each feature adds to the log-odds; largest first, those that take away among them. */
struct zd_score_part {
    struct zd_str what; /* "居住", "语义相近", … */
    float part;
};
struct zd_explanation {
    struct zd_score_part *words, *features; /* [n_words], [n_features] */
    size_t n_words, n_features;
};
/* Explains a passage as zd_rank handed it out, with the same question and reader.
 * Errors: those of the index; ZD_NOMEM. */
enum zd_status zd_explain(const struct zd_question *question, const struct zd_reader *reader,
                          const struct zd_ranked *ranked, struct zd_arena *arena,
                          struct zd_explanation *ret_explanation, struct zd_error *err) ZD_MUST_USE;

#endif

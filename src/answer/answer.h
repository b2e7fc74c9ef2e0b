/* answer: from ranked passages to an answer in the document's words, or a refusal with its
 * reason. The face of this room. The gate that refuses stands here, before anything is shown.
 */
#ifndef ZD_ANSWER_H
#define ZD_ANSWER_H

#include "retrieve/retrieve.h"
#include "store/version.h"

/* Why there is no answer; the words stand in the answer's "reason". */
enum zd_refusal {
    ZD_REFUSAL_NONE,
    ZD_REFUSAL_NOTHING,      /* nothing on this subject */
    ZD_REFUSAL_NOT_IN_FORCE, /* only texts not in force on that day */
    ZD_REFUSAL_OTHER_REGION, /* only texts of other regions */
    ZD_REFUSAL_UNCLEAR,      /* the asker must choose: see choices */
};

/* One citation: everything the contract shows. Byte offsets are of the version's text; the
 * published start and end in characters are computed here once. */
struct zd_citation {
    struct zd_str kind;                             /* word of kinds.h */
    struct zd_str document;                         /* public id */
    struct zd_str source;                           /* path the version came from, "" for none */
    uint32_t version;                               /* ordinal within the document */
    struct zd_str title, issuer, number, path, url; /* path: headings, then the clause's number
                               and place: "第二章 … > 第十二条第二款" */
    uint32_t page;
    uint64_t start, end; /* characters in the version's text */
    struct zd_str text;
    int32_t effective, expires;
    enum zd_validity status; /* on the day asked about */
};

/* The citation of a stored passage as of a day: its whole text. Errors: the store's. */
enum zd_status zd_cite(struct zd_store *store, const struct zd_subject *subject, int64_t passage,
                       int32_t on, struct zd_arena *arena, struct zd_citation *ret_citation,
                       struct zd_error *err) ZD_MUST_USE;

/* One of several things that a question asks. */
struct zd_answer_part {
    struct zd_str question; /* as it was asked */
    struct zd_str answer;   /* the document's words; empty where nothing was found */
    size_t citation;        /* which one they are from; SIZE_MAX for none */
};

struct zd_answer {
    struct zd_str id; /* random, or the batch's */
    struct zd_question question;
    struct zd_str answer; /* empty when refused */
    bool refused;
    enum zd_refusal refusal;
    struct zd_str reason;   /* for the asker, with the next step; empty when answered */
    struct zd_str *choices; /* [n_choices] questions to choose between, each whole */
    size_t n_choices;
    double confidence;             /* 0 … 1 */
    struct zd_citation *citations; /* [n_citations] the first carries the answer */
    size_t n_citations;
    struct zd_answer_part *parts; /* [n_parts] where the question asks several things that stand in
                                     several places; the answer is then all of them in order */
    size_t n_parts;
    bool counted; /* over the rows of a table, which are cited; else the documents' own words */
    bool partial;
    uint64_t took_us;
};

/* What was learnt from questions with known answers (learn.h): which words of a passage answer.
 * Immutable: any number of threads may use it. */
struct zd_answer_model;
/* Reads one whole written model. The caller ends *ret_model with zd_answer_model_free.
 * Errors: ZD_CORRUPT; ZD_NOMEM. */
enum zd_status zd_answer_model_read(struct zd_bytes bytes, struct zd_answer_model **ret_model,
                                    struct zd_error *err) ZD_MUST_USE;
void zd_answer_model_free(struct zd_answer_model *model); /* NULL is fine */

struct zd_answer_options {
    double threshold;                    /* refuse below this confidence; 0: the default */
    size_t max_citations;                /* 0: the default */
    const struct zd_answer_model *model; /* NULL: a rough one that is built in */
    struct zd_str contact; /* the next step of a refusal, e.g. "政务服务热线 12345" */
};

/* Errors: those of the store. */
enum zd_status zd_answer_make(const struct zd_question *question, const struct zd_ranking *ranking,
                              const struct zd_reader *reader,
                              const struct zd_answer_options *options, struct zd_arena *arena,
                              struct zd_answer *ret_answer, struct zd_error *err) ZD_MUST_USE;

#endif

/* train_rows: what rankings of known questions looked like: the rows that ranker and gate are
 * fitted to. */
#ifndef ZD_DESK_TRAIN_ROWS_H
#define ZD_DESK_TRAIN_ROWS_H

#include "answer/gate.h"
#include "base/arena.h"
#include "desk/training_set.h"
#include "retrieve/catalogue.h"

/* How a question was asked. */
enum zd_asked_as {
    ZD_ASKED_OWN,     /* of its own office */
    ZD_ASKED_FOREIGN, /* of another office, which cannot answer it */
    ZD_ASKED_WITHOUT, /* of its own office without the documents that answer it */
};

/* One candidate. */
struct zd_train_row {
    int64_t document;
    float grade; /* 1 it answers, 0 it does not; between where only its document is known */
    float rules;
    bool
        ambiguous; /* it holds the words of the answer but is of another document: not learnt from */
};

/* One ranking. */
struct zd_train_asked {
    enum zd_asked_as as;
    uint32_t fold, set;
    size_t first, n;     /* rows */
    uint32_t n_relevant; /* documents that answer */
    bool as_new;         /* asked as in a new office, which remembers nothing */
    struct zd_gate_question question;
};

struct zd_train_rows {
    struct zd_train_row *rows; /* [n_rows] */
    float *features;           /* [n_rows][zd_rank_features()] */
    float *looks;              /* [n_rows][zd_look_features()] what the texts say; 0 of those that
                                  were not looked at */
    size_t n_rows, rows_cap, features_cap, looks_cap;
    struct zd_train_asked *asked; /* [n_asked] */
    size_t n_asked, asked_cap;
};

/* A candidate in the order of a ranking. */
struct zd_train_scored {
    float odds; /* with the rules */
    size_t row;
};

/* The candidates of a ranking by odds [n_rows] and rules, best first: scored [asked->n]. */
void zd_train_order(const struct zd_train_rows *rows, const struct zd_train_asked *asked,
                    const float *odds, struct zd_train_scored *scored);

void zd_train_rows_done(struct zd_train_rows *rows);

/* An index of a set, to ask. */
struct zd_train_office {
    struct zd_training_set *set;
    uint32_t number; /* of the set */
    const struct zd_index *index;
    const struct zd_model *model;
    struct zd_catalogue *catalogue; /* begun */
    struct zd_arena *arena;         /* reset for each question */
};

/* Asks a question, perhaps as a new office would, and keeps what the candidates looked like. For ZD_ASKED_FOREIGN `question` is of
 * another set. Errors: those of ranking; ZD_NOMEM. */
enum zd_status zd_train_ask(struct zd_train_rows *rows, const struct zd_train_office *office,
                            const struct zd_training_question *question, enum zd_asked_as as,
                            bool as_new, struct zd_error *err) ZD_MUST_USE;

/* Asks a question whose answer's words are known, and keeps it for learning which words answer
 * (answer/learn.h). Errors: as above; ZD_LIMIT enough are kept. */
struct zd_answer_learner;
enum zd_status zd_train_ask_words(struct zd_answer_learner *learner,
                                  const struct zd_train_office *office,
                                  const struct zd_training_question *question,
                                  struct zd_error *err) ZD_MUST_USE;

#endif

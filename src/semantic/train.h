/* train: fits token vectors to an office's texts and questions.
 *
 * The model is a sum: a text's vector is Σ √count(t) · e^w(t) · E(t) over its tokens, at unit
 * length (Iyyer et al. 2015 without the layers; weights start at the IDF and are learnt). It is
 * fitted by contrast (InfoNCE: van den Oord et al. 2018, both ways): in a batch of pairs of texts
 * that belong together, each text must be nearer to its own partner than to all others. Pairs are
 *
 *     self      a sentence, and the rest of its passage with title and headings
 *     heading   title and headings, and the body
 *     pair      a question and a text, from files and from approved answers
 *     question  a question of the office's own, and a passage that answers it
 *     answer    … and its answer in other words; that answer and the passage
 *
 * Two stages: `texts` steps without the office's own questions, `questions` steps with them. In
 * the second each batch gets hard negatives: passages that the model itself ranks high for
 * a question and that do not answer it (Xiong et al. 2021), mined again every now and then.
 *
 * Adagrad, its sums begun anew with each stage, rate falling in a straight line. A held-out part of
 * the questions (or pairs) is watched (held_out.h); a stage stops when it no longer gets better, and
 * the best state is kept. A stage can keep a file from which it goes on after a stop (checkpoint.h).
 *
 * The same corpus, options and seed give the same bytes on the same machine, with any number of
 * threads. Memory: 8 bytes a row and dimension, twice that while a best state is kept.
 */
#ifndef ZD_SEMANTIC_TRAIN_H
#define ZD_SEMANTIC_TRAIN_H

#include <stdatomic.h>

#include "semantic/corpus.h"

enum zd_pair_kind {
    ZD_PAIR_SELF,
    ZD_PAIR_HEADING,
    ZD_PAIR_GIVEN,
    ZD_PAIR_QUESTION,
    ZD_PAIR_ANSWER,
    ZD_PAIR_KINDS
};

/* What is fitted: E [n_rows][n_dims] and w [n_rows], with their Adagrad sums. */
struct zd_parameters {
    uint32_t n_rows, n_dims;
    float *e, *h; /* [n_rows][n_dims] */
    float *w, *v; /* [n_rows] */
};

/* Normal numbers from the seed and the corpus's IDF. Errors: ZD_NOMEM. */
enum zd_status zd_parameters_init(struct zd_parameters *p, const struct zd_corpus_view *corpus,
                                  uint32_t n_dims, uint64_t seed, struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_parameters_copy(struct zd_parameters *to, const struct zd_parameters *from,
                                  struct zd_error *err) ZD_MUST_USE; /* to: zero, or of one size */
void zd_parameters_done(struct zd_parameters *p);

struct zd_train_progress {
    uint32_t step, n_steps;
    float loss; /* mean of the steps since the last report */
};
typedef void (*zd_train_fn)(void *context, const struct zd_train_progress *progress);

/* What a stage tells besides. */
enum zd_stage_note {
    ZD_STAGE_RESUMED, /* goes on behind this step; all of them: it was finished before */
    ZD_STAGE_ANEW,    /* the kept file is of something else or damaged: from the first step */
    ZD_STAGE_ENOUGH,  /* stopped: the held-out part was found best after this step */
};
typedef void (*zd_stage_note_fn)(void *context, enum zd_stage_note note, uint32_t step);

struct zd_stage_options {
    uint32_t n_steps;            /* over which the rate falls */
    uint32_t stop_at;            /* … but no more than these; 0: all of them */
    uint32_t batch;              /* pairs; 0: 512 */
    float shares[ZD_PAIR_KINDS]; /* of the batch; need not add up to 1 */
    float temperature;           /* 0: 0.05 */
    float rate;                  /* 0: 0.05 */
    float drop;                  /* share of tokens left out of a text, anew each time */
    uint32_t n_hard;             /* hard negatives a batch */
    uint32_t mine_every;         /* steps between two minings; 0: once */
    uint32_t left_out;   /* questions of this fold are not trained on; UINT32_MAX: all are */
    uint32_t look_every; /* steps between two looks at a held-out part; 0: none is held out */
    uint32_t patience;   /* looks without gain after which the stage stops; 0: never */
    const char *keep;    /* the file to keep and to go on from; NULL: none */
    uint32_t keep_every; /* steps; 0: only when cancelled and when finished */
    uint64_t seed;
    unsigned n_threads;
    const atomic_bool *cancel;
    zd_train_fn on_progress;
    zd_stage_note_fn on_note;
    void *context;
};

/* How a stage ended. */
struct zd_stage_end {
    uint32_t step; /* after which its state stood */
    float found;   /* what the look at it saw; 0 where nothing was held out */
};

/* One stage; p's sums are 0 afterwards. Cancelled, it writes the kept file first. Errors:
 * ZD_INVALID the corpus has none of the pairs asked for, or cancelled; ZD_IO; ZD_NOMEM. */
enum zd_status zd_train_stage(struct zd_parameters *p, const struct zd_corpus_view *corpus,
                              const struct zd_stage_options *options, struct zd_stage_end *ret_end,
                              struct zd_error *err) ZD_MUST_USE;

/* The unit vectors of all passages, or of all questions: out [n][n_dims], owned by the caller. */
enum zd_status zd_train_passages(const struct zd_parameters *p, const struct zd_corpus_view *corpus,
                                 float *out, struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_train_questions(const struct zd_parameters *p,
                                  const struct zd_corpus_view *corpus, float *out,
                                  struct zd_error *err) ZD_MUST_USE;

#endif

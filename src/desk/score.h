/* score: how good a ranking and an answer are, as numbers. Pure functions.
 *
 * The definitions are those of the TREC measures (Järvelin & Kekäläinen 2002 for nDCG with binary
 * gains; reciprocal rank; recall at a depth) and of ROUGE-L (Lin 2004, F1), so that they agree
 * with any other program that computes them. Texts are compared as characters after NFKC, lower
 * case, without white space, punctuation and symbols.
 */
#ifndef ZD_DESK_SCORE_H
#define ZD_DESK_SCORE_H

#include "base/arena.h"

/* One question's ranking: ranks (from 0) at which its n_relevant relevant documents were found. */
struct zd_score_ranks {
    const uint32_t *ranks; /* [n_ranks] ascending */
    size_t n_ranks;
    size_t n_relevant; /* > 0 */
};

double zd_score_ndcg10(const struct zd_score_ranks *r);
double zd_score_mrr10(const struct zd_score_ranks *r);
double zd_score_hit(const struct zd_score_ranks *r, uint32_t depth);    /* 0 or 1 */
double zd_score_recall(const struct zd_score_ranks *r, uint32_t depth); /* share found */

/* Text ready for comparison. */
struct zd_score_text {
    uint32_t *p; /* [n] code points */
    size_t n;
};

/* Errors: ZD_NOMEM. */
enum zd_status zd_score_text_of(struct zd_str s, struct zd_arena *arena,
                                struct zd_score_text *ret_text, struct zd_error *err) ZD_MUST_USE;

/* F1 over the longest common subsequence; 0 where either is empty. Cost: n × m
 * comparisons, and as many bits for the subsequence (Hyyrö 2004). Errors: ZD_NOMEM. */
enum zd_status zd_score_rouge_l(const struct zd_score_text *gold, const struct zd_score_text *given,
                                struct zd_arena *arena, double *ret_score,
                                struct zd_error *err) ZD_MUST_USE;

/* True where gold (not empty) stands inside given, character for character. */
bool zd_score_contains(const struct zd_score_text *given, const struct zd_score_text *gold);

/* Area under the ROC curve of telling `yes` from `no` by confidence, ties counted half, and the
 * share of `no` below the threshold that keeps 95 % of `yes`. Both arrays are sorted in place.
 * n_yes and n_no are > 0. */
void zd_score_refusal(double *yes, size_t n_yes, double *no, size_t n_no, double *ret_auc,
                      double *ret_refused_at_95);

#endif

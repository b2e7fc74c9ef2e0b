/* eval: a question set, asked the way a person asks, and scored.
 *
 * A question is one JSON line: {"id","query","relevant":[…]?,"answer"|"answers"?,"as_of"?,
 * "region"?}. `relevant` names documents by public id or by the end of the path they came from;
 * an empty list says that the office's documents hold no answer. Retrieval is scored on questions
 * with relevant documents, answers on those with a gold text, refusal where both kinds occur.
 * The same run can be written out as a TREC run and as answers, one JSON object a line, so that
 * other scorers see exactly what was scored here.
 */
#ifndef ZD_DESK_EVAL_H
#define ZD_DESK_EVAL_H

#include <stdatomic.h>

#include "desk/desk.h"

/* Takes one line of output without its line end. False ends the run with ZD_IO. */
typedef bool (*zd_line_fn)(void *context, struct zd_str line);
/* Called after each question. */
typedef void (*zd_progress_fn)(void *context, uint64_t done, uint64_t total);

struct zd_eval_options {
    size_t top;           /* documents a question; 0: 100 */
    bool skip_retrieval;  /* do not rank documents */
    bool skip_answers;    /* do not ask */
    zd_line_fn on_run;    /* lines of a TREC run, or NULL */
    zd_line_fn on_answer; /* answers as JSON, or NULL */
    void *line_context;
    zd_progress_fn on_progress;
    void *progress_context;
    const atomic_bool *cancel; /* true ends the run after the current question */
};

struct zd_eval_figures {
    uint64_t n_questions;
    /* retrieval: means over n_ranked questions that have relevant documents */
    uint64_t n_ranked;
    double ndcg10, mrr10, hit[3], recall[6]; /* at 1 5 10, and at 1 5 10 20 50 100 */
    /* answers: over n_golds questions that have a gold text */
    uint64_t n_golds;
    double rouge_l, contains, cited, chars, refused;
    /* refusal: n_golds or ranked questions against those with an empty list */
    uint64_t n_answerable, n_unanswerable;
    double auc, refused_at_95;    /* by confidence */
    double kept_now, refused_now; /* at the threshold in force */
    double median_ms, p99_ms;     /* of one question, answers where asked, else ranking */
};

/* Runs the lines of `questions` (a whole JSON-lines text). Errors: ZD_INVALID naming the line;
 * those of ask and search. A cancelled run returns ZD_OK with the figures so far. */
enum zd_status zd_eval_run(struct zd_desk *desk, const struct zd_subject *subject,
                           struct zd_str questions, const struct zd_eval_options *options,
                           struct zd_eval_figures *ret_figures, struct zd_error *err) ZD_MUST_USE;

#endif

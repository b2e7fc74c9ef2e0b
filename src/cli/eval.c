/* eval.c: zhidian eval Q.jsonl: a question set's figures, for people and as JSON. */
#include <inttypes.h>

#include "cli/output.h"
#include "cli/question_run.h"

static void print_figures(const struct zd_eval_figures *f)
{
    printf("问题 questions  %" PRIu64 "\n", f->n_questions);
    if (f->n_ranked)
        printf("检索 retrieval  (%" PRIu64 ")  nDCG@10 %.4f  MRR@10 %.4f  hit@1 %.4f  @5 %.4f  @10 "
               "%.4f\n"
               "                recall@1 %.4f  @5 %.4f  @10 %.4f  @20 %.4f  @50 %.4f  @100 %.4f\n",
               f->n_ranked, f->ndcg10, f->mrr10, f->hit[0], f->hit[1], f->hit[2], f->recall[0],
               f->recall[1], f->recall[2], f->recall[3], f->recall[4], f->recall[5]);
    if (f->n_golds)
        printf("答复 answers    (%" PRIu64
               ")  ROUGE-L %.4f  contains %.4f  cited %.4f  chars %.1f  "
               "refused %.4f\n",
               f->n_golds, f->rouge_l, f->contains, f->cited, f->chars, f->refused);
    if (f->n_answerable && f->n_unanswerable)
        printf("拒答 refusal    (%" PRIu64 " : %" PRIu64 ")  AUC %.4f  refused at 95 %% kept %.4f\n"
               "                at the threshold: kept %.4f  refused %.4f\n",
               f->n_answerable, f->n_unanswerable, f->auc, f->refused_at_95, f->kept_now,
               f->refused_now);
    printf("时间 time       median %.2f ms  p99 %.2f ms\n", f->median_ms, f->p99_ms);
}

static enum zd_status print_figures_json(const struct zd_eval_figures *f, struct zd_error *err)
{
    json_t *o = json_pack("{s:I,s:I,s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:f}", "questions",
                          (json_int_t)f->n_questions, "ranked", (json_int_t)f->n_ranked, "ndcg@10",
                          f->ndcg10, "mrr@10", f->mrr10, "hit@1", f->hit[0], "hit@5", f->hit[1],
                          "hit@10", f->hit[2], "recall@1", f->recall[0], "recall@5", f->recall[1],
                          "recall@10", f->recall[2], "recall@20", f->recall[3], "recall@50",
                          f->recall[4], "recall@100", f->recall[5]);
    json_t *more =
        json_pack("{s:I,s:f,s:f,s:f,s:f,s:f,s:I,s:I,s:f,s:f,s:f,s:f,s:f,s:f}", "golds",
                  (json_int_t)f->n_golds, "rouge_l", f->rouge_l, "contains", f->contains, "cited",
                  f->cited, "chars", f->chars, "refused", f->refused, "answerable",
                  (json_int_t)f->n_answerable, "unanswerable", (json_int_t)f->n_unanswerable, "auc",
                  f->auc, "refused_at_95", f->refused_at_95, "kept_now", f->kept_now, "refused_now",
                  f->refused_now, "median_ms", f->median_ms, "p99_ms", f->p99_ms);

    if (!o || !more || json_object_update(o, more) != 0) {
        json_decref(o);
        json_decref(more);
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the figures");
    }
    json_decref(more);
    return zd_print_json(o, err);
}

int zd_command_eval(struct zd_cli *cli, int argc, char **argv)
{
    bool json = false;
    const struct zd_option options[] = {{"json", NULL, "输出 JSON / print JSON", NULL, &json}};
    const struct zd_usage usage = {
        .command = "eval",
        .arguments = "Q.jsonl",
        .summary = "用题集评测检索、答复与拒答；题集格式见 docs/manual.md。\n"
                   "Scores retrieval, answers and refusals on a question set (docs/manual.md).",
        .options = options,
        .n_options = ZD_COUNT(options),
        .min_arguments = 1,
        .max_arguments = 1,
    };
    struct zd_question_run run = {0};
    struct zd_eval_options eval = {0};
    struct zd_eval_figures figures = {0};
    struct zd_error err = {0};
    int first, exit_status;
    enum zd_status st;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    st = zd_question_run_begin(cli, &run, &err);
    if (st == ZD_OK)
        st = zd_question_run_file(cli, &run, argv[first], NULL, &eval, &figures, &err);
    if (st == ZD_OK && json)
        st = print_figures_json(&figures, &err);
    else if (st == ZD_OK)
        print_figures(&figures);
    zd_question_run_end(&run);
    return st == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
}

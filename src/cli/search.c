/* search.c: zhidian search QUESTION and its batch form (a TREC run over documents). */
#include "base/caps.h"
#include "cli/output.h"
#include "cli/question_run.h"

#define EXPLAINED_PARTS 12 /* what a terminal shows of an explanation; JSON has all */

static void print_parts(const char *label, const struct zd_score_part *parts, size_t n_parts)
{
    const size_t n = n_parts < EXPLAINED_PARTS ? n_parts : EXPLAINED_PARTS;

    printf("      %s ", label);
    for (size_t i = 0; i < n; i++)
        printf("%.*s %+.2f  ", ZD_ARG(parts[i].what), (double)parts[i].part);
    puts(n_parts > n ? "…" : "");
}

static void print_found(const struct zd_cli *cli, size_t rank, const struct zd_found *found)
{
    const struct zd_citation *c = &found->citation;

    printf("%3zu  %s%7.3f%s  《", rank, zd_dim(cli), (double)found->ranked.score, zd_plain(cli));
    zd_print_text(stdout, c->title);
    fputs("》 ", stdout);
    zd_print_text(stdout, c->path);
    printf("  %s[%s, %.*s#%u]%s\n      ", zd_dim(cli), zd_validity_word(c->status),
           ZD_ARG(c->document), c->version, zd_plain(cli));
    zd_print_text(stdout, c->text);
    putchar('\n');
    if (found->explanation.n_features) {
        print_parts("词语 words:", found->explanation.words, found->explanation.n_words);
        print_parts("特征 features:", found->explanation.features, found->explanation.n_features);
    }
}

static enum zd_status search_one(const struct zd_cli *cli, struct zd_question_run *run,
                                 const struct zd_ask *ask, size_t top, bool json,
                                 struct zd_error *err)
{
    struct zd_search search = {0};
    json_t *object = NULL;
    enum zd_status st =
        zd_desk_search(run->desk, zd_subject_owner(), ask, top, run->arena, &search, err);

    if (st != ZD_OK)
        return st;
    if (json) {
        st = zd_search_json(&search, &object, err);
        return st == ZD_OK ? zd_print_json(object, err) : st;
    }
    for (size_t i = 0; i < search.n; i++)
        print_found(cli, i + 1, &search.p[i]);
    if (search.n == 0)
        fputs("没有匹配的段落 / nothing matches\n", stderr);
    if (search.partial)
        fputs("注意：部分索引损坏，结果可能不全 / part of the index is damaged\n", stderr);
    return ZD_OK;
}

int zd_command_search(struct zd_cli *cli, int argc, char **argv)
{
    const char *as_of = NULL, *region = NULL, *batch = NULL, *out = NULL, *top_text = NULL,
               *history = NULL;
    bool json = false, explain = false;
    const struct zd_option options[] = {
        {"top", "K", "前 K 个，默认 10，批量默认 100 / how many", &top_text, NULL},
        {"json", NULL, "输出 JSON / print JSON", NULL, &json},
        {"explain", NULL, "说明得分 / say why", NULL, &explain},
        {"as-of", "DATE", "按该日有效的文本 / texts in force on a day", &as_of, NULL},
        {"region", "TEXT", "地区 / region", &region, NULL},
        {"history", "FILE", "先前的提问，每行一问 / questions asked before, one a line", &history,
         NULL},
        {"batch", "FILE", "题集 / questions, one JSON object a line", &batch, NULL},
        {"run", "FILE", "TREC 结果写到 / where the TREC run goes", &out, NULL},
    };
    const struct zd_usage usage = {
        .command = "search",
        .arguments = "QUESTION | --batch Q.jsonl --run OUT.trec",
        .summary = "检索段落；批量时按文档输出 TREC 结果。\n"
                   "Finds passages; a batch writes a TREC run over documents.",
        .options = options,
        .n_options = ZD_COUNT(options),
        .max_arguments = 1,
    };
    struct zd_question_run run = {0};
    struct zd_ask ask = {0};
    struct zd_error err = {0};
    int first, exit_status;
    long top;
    enum zd_status st;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    top = batch ? 100 : 10;
    if (!zd_read_date("search", "as-of", as_of, &ask.as_of) ||
        (top_text && !zd_read_number("search", "top", top_text, 1, ZD_TOP_MAX, &top)))
        return ZD_EXIT_MISUSED;
    if ((first == argc) != (batch != NULL) || (batch != NULL) != (out != NULL))
        return zd_print_misuse("search", "要么一个问题，要么 --batch 与 --run / either a question, "
                                         "or --batch and --run");
    st = zd_question_run_begin(cli, &run, &err);
    if (st == ZD_OK && batch) {
        struct zd_eval_options eval = {
            .top = (size_t)top, .skip_answers = true, .on_run = zd_output_line};
        struct zd_eval_figures figures;

        st = zd_question_run_file(cli, &run, batch, out, &eval, &figures, &err);
    } else if (st == ZD_OK) {
        ask.question = zd_str_c(argv[first]);
        ask.region = zd_str_c(region);
        ask.explain = explain;
        st = zd_question_history(&run, history, &ask, &err);
        if (st == ZD_OK)
            st = search_one(cli, &run, &ask, (size_t)top, json, &err);
    }
    zd_question_run_end(&run);
    return st == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
}

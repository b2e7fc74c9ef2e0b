/* ask.c: zhidian ask QUESTION and its batch form. */
#include <string.h>

#include "base/caps.h"
#include "base/date.h"
#include "base/utf8.h"
#include "cli/output.h"
#include "cli/question_run.h"
#include "retrieve/follow.h"

static struct zd_str status_zh(enum zd_validity status)
{
    switch (status) {
    case ZD_IN_FORCE:
        return ZD_STR("现行有效");
    case ZD_NOT_YET:
        return ZD_STR("尚未施行");
    case ZD_EXPIRED:
        return ZD_STR("已过有效期");
    case ZD_SUPERSEDED:
        return ZD_STR("已被替代");
    case ZD_VALIDITY_UNKNOWN:
        break;
    }
    return ZD_STR("施行日期不详");
}

static void print_after_space(struct zd_str text)
{
    if (text.n == 0)
        return;
    putchar(' ');
    zd_print_text(stdout, text);
}

static void print_citation(const struct zd_cli *cli, size_t number, const struct zd_citation *c)
{
    const char *color = c->status == ZD_IN_FORCE ? zd_green(cli) : zd_yellow(cli);
    char from[ZD_DATE_TEXT_BYTES], to[ZD_DATE_TEXT_BYTES];

    printf("\n  [%zu] 《", number);
    zd_print_text(stdout, c->title);
    fputs("》", stdout);
    print_after_space(c->number);
    print_after_space(c->issuer);
    putchar('\n');
    if (c->path.n) {
        fputs("      ", stdout);
        zd_print_text(stdout, c->path);
        putchar('\n');
    }
    printf("      %s%.*s %s%s", color, ZD_ARG(status_zh(c->status)), zd_validity_word(c->status),
           zd_plain(cli));
    if (c->effective)
        printf("  %s 起", zd_date_text(c->effective, from));
    if (c->expires)
        printf("  至 %s", zd_date_text(c->expires, to));
    printf("\n      %s“", zd_dim(cli));
    zd_print_text(stdout, c->text);
    printf("”%s\n", zd_plain(cli));
}

static const char *confidence_words(double confidence)
{
    static const char *const words[] = {
        [ZD_SURE_LITTLE] = "低 low", [ZD_SURE_MIDDLE] = "中 medium", [ZD_SURE_HIGH] = "高 high"};

    return words[zd_sureness_of(confidence)];
}

static void print_answer(const struct zd_cli *cli, const struct zd_answer *a)
{
    char on[ZD_DATE_TEXT_BYTES];

    printf("%s问 Q%s  ", zd_dim(cli), zd_plain(cli));
    zd_print_text(stdout, a->question.understood.n ? a->question.understood : a->question.text);
    printf("\n\n%s%s%s  %s", zd_bold(cli), a->refused ? "未作答 no answer" : "答 A", zd_plain(cli),
           a->refused ? zd_yellow(cli) : zd_bold(cli));
    zd_print_text(stdout, a->refused ? a->reason : a->answer);
    printf("%s\n", zd_plain(cli));
    if (a->n_citations)
        printf("\n%s%s%s\n", zd_dim(cli), a->refused ? "相近的文件 near" : "依据 evidence",
               zd_plain(cli));
    for (size_t i = 0; i < a->n_citations; i++)
        print_citation(cli, i + 1, &a->citations[i]);
    printf("\n%s把握 confidence %s (%.2f)  按 %s 的规定 as of %s", zd_dim(cli),
           confidence_words(a->confidence), a->confidence, zd_date_text(a->question.on, on), on);
    if (a->question.region.n)
        fputs("  地区 region", stdout);
    print_after_space(a->question.region);
    printf("  %.1f ms%s\n", (double)a->took_us / 1000, zd_plain(cli));
    if (a->partial)
        fputs("注意：部分索引损坏，答复可能不全 / part of the index is damaged\n", stderr);
}

/* Prints one answer; *ret_understood is the question as it was taken, in run's arena. */
static enum zd_status ask_one(const struct zd_cli *cli, struct zd_question_run *run,
                              const struct zd_ask *ask, bool json, struct zd_str *ret_understood,
                              struct zd_error *err)
{
    struct zd_answer answer = {0};
    json_t *object = NULL;
    enum zd_status st = zd_desk_ask(run->desk, zd_subject_owner(), ask, run->arena, &answer, err);

    if (st != ZD_OK)
        return st;
    *ret_understood = answer.question.understood;
    if (!json) {
        print_answer(cli, &answer);
        return ZD_OK;
    }
    st = zd_answer_json(&answer, &object, err);
    return st == ZD_OK ? zd_print_json(object, err) : st;
}

/* Asks what standard input brings, one question a line; each may lean on those before, of which
 * the last ones are kept as they were understood. */
static enum zd_status ask_line_by_line(const struct zd_cli *cli, struct zd_question_run *run,
                                       struct zd_ask *ask, bool json, struct zd_error *err)
{
    char line[ZD_QUESTION_MAX_BYTES + 2];
    char kept[ZD_FOLLOW_MAX_TURNS][ZD_FOLLOW_TURN_MAX_BYTES];
    struct zd_str history[ZD_FOLLOW_MAX_TURNS];
    size_t n = 0;
    enum zd_status st = ZD_OK;

    while (st == ZD_OK && !atomic_load(cli->cancel)) {
        struct zd_str question;
        size_t n_kept;

        if (cli->progress)
            fputs("问 Q> ", stderr);
        if (!fgets(line, sizeof line, stdin))
            break;
        question = zd_str_trim(zd_str_c(line));
        if (question.n == 0)
            continue;
        ask->question = question;
        ask->history = history;
        ask->n_history = n < ZD_FOLLOW_MAX_TURNS ? n : ZD_FOLLOW_MAX_TURNS;
        st = ask_one(cli, run, ask, json, &question, err);
        if (n >= ZD_FOLLOW_MAX_TURNS) /* the oldest leaves */
            memmove(kept[0], kept[1], sizeof kept - sizeof kept[0]);
        n_kept = n < ZD_FOLLOW_MAX_TURNS ? n : ZD_FOLLOW_MAX_TURNS - 1;
        question = zd_str_cut(question, 0, zd_utf8_floor(question, sizeof kept[0]));
        memcpy(kept[n_kept], question.p, question.n);
        for (size_t i = 0; n >= ZD_FOLLOW_MAX_TURNS && i < n_kept; i++)
            history[i] = (struct zd_str){kept[i], history[i + 1].n};
        history[n_kept] = (struct zd_str){kept[n_kept], question.n};
        n = n_kept + 1;
        zd_arena_reset(run->arena);
    }
    ask->history = NULL; /* it ends with this function */
    ask->n_history = 0;
    return st;
}

int zd_command_ask(struct zd_cli *cli, int argc, char **argv)
{
    const char *as_of = NULL, *region = NULL, *batch = NULL, *out = NULL, *history = NULL;
    bool json = false, chat = false;
    const struct zd_option options[] = {
        {"json", NULL, "输出 JSON / print the contract's object", NULL, &json},
        {"as-of", "DATE", "按该日的规定回答 / answer as of a day", &as_of, NULL},
        {"region", "TEXT", "提问人所在地区 / region of the asker", &region, NULL},
        {"history", "FILE", "先前的提问，每行一问 / questions asked before, one a line", &history,
         NULL},
        {"chat", NULL,
         "逐行读入提问，后一问可承接前一问 / questions from standard input, one a line, each may "
         "lean on those before",
         NULL, &chat},
        {"batch", "FILE", "题集，每行一问 / questions, one JSON object a line", &batch, NULL},
        {"out", "FILE", "批量答复写到 / where a batch's answers go", &out, NULL},
    };
    const struct zd_usage usage = {
        .command = "ask",
        .arguments = "QUESTION | --chat | --batch Q.jsonl --out A.jsonl",
        .summary = "提问，得到原文、出处与效力；没有依据就说明不答。\n"
                   "Asks; the answer is the official text with its source and validity, or a "
                   "refusal with its reason.",
        .options = options,
        .n_options = ZD_COUNT(options),
        .max_arguments = 1,
    };
    struct zd_question_run run = {0};
    struct zd_ask ask = {0};
    struct zd_error err = {0};
    int first, exit_status;
    enum zd_status st;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    if (!zd_read_date("ask", "as-of", as_of, &ask.as_of))
        return ZD_EXIT_MISUSED;
    if ((first < argc) + (batch != NULL) + chat != 1 || (batch != NULL) != (out != NULL))
        return zd_print_misuse("ask", "要么一个问题，要么 --chat，要么 --batch 与 --out / either a "
                                      "question, or --chat, or --batch and --out");
    st = zd_question_run_begin(cli, &run, &err);
    if (st == ZD_OK && batch) {
        struct zd_eval_options eval = {.skip_retrieval = true, .on_answer = zd_output_line};
        struct zd_eval_figures figures;

        st = zd_question_run_file(cli, &run, batch, out, &eval, &figures, &err);
    } else if (st == ZD_OK) {
        ask.region = zd_str_c(region);
        st = zd_question_history(&run, history, &ask, &err);
        if (st == ZD_OK && chat)
            st = ask_line_by_line(cli, &run, &ask, json, &err);
        else if (st == ZD_OK) {
            ask.question = zd_str_c(argv[first]);
            st = ask_one(cli, &run, &ask, json, &ask.question, &err);
        }
    }
    zd_question_run_end(&run);
    return st == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
}

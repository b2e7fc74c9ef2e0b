/* train.c: zhidian train: fits the model to the office, and takes one back. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/durable.h"
#include "base/mapping.h"
#include "cli/question_run.h"
#include "desk/lessons.h"
#include "desk/train.h"
#include "ingest/ingest.h"
#include "ingest/learnt.h"

#define PAIRS_MAX_BYTES ((size_t)1 << 30)
#define PATH_MAX_BYTES 4096
#define DIAGRAM_WIDTH 40 /* signs for 0 … 1 */
#define WORSE_BY 0.01    /* nDCG@10 that a new model may lose */

struct train {
    struct zd_cli *cli;
    const char *pairs, *questions, *out, *use, *seed, *rows, *steps;
    bool fresh, force, quick, is_anew;
    struct zd_train_set sets[ZD_TRAIN_SETS_MAX];
    struct zd_owned_bytes texts[ZD_TRAIN_SETS_MAX + 1]; /* questions of each set, then the pairs */
    struct zd_buf own; /* the office's own questions: those of the file, then those of use */
    size_t n_sets;
    struct zd_progress progress;
    const char *stage;
};

static void on_stage(void *context, const char *what, uint64_t done, uint64_t total, double loss)
{
    struct train *t = context;

    (void)loss;
    if (t->stage != what) {
        if (t->stage)
            zd_progress_end(&t->progress);
        t->progress = zd_progress_begin(t->cli, what, total);
        t->stage = what;
    }
    t->progress.total = total;
    zd_progress_step(&t->progress, done);
}

static enum zd_status read_text(const char *path, struct zd_owned_bytes *ret,
                                struct zd_str *ret_text, struct zd_error *err)
{
    enum zd_status st = ZD_OK;

    if (!path)
        return ZD_OK;
    st = zd_file_read(path, PAIRS_MAX_BYTES, ret, err);
    if (st == ZD_OK)
        *ret_text = (struct zd_str){(const char *)ret->p, ret->n};
    return st;
}

/* The office's own questions: its file, and what use has taught. */
static enum zd_status read_own(struct train *t, struct zd_error *err)
{
    struct zd_str file = {0};
    enum zd_status st = read_text(t->questions, &t->texts[0], &file, err);

    t->own.max = 2 * PAIRS_MAX_BYTES;
    zd_buf_add(&t->own, file.p, file.n);
    if (file.n > 0 && file.p[file.n - 1] != '\n')
        zd_buf_add(&t->own, "\n", 1);
    if (st == ZD_OK && !t->fresh)
        st = zd_lessons_questions(t->cli->data, &t->own, err);
    t->sets[0].office = t->cli->data;
    t->sets[0].questions = zd_buf_view(&t->own);
    t->n_sets = 1;
    return st;
}

/* OFFICE=QUESTIONS of another office to learn from as well. */
static enum zd_status add_set(struct train *t, char *argument, struct zd_error *err)
{
    char *equals = strchr(argument, '=');
    struct zd_train_set *set = &t->sets[t->n_sets];

    if (!equals || t->n_sets == ZD_TRAIN_SETS_MAX)
        return ZD_FAIL(err, ZD_INVALID, 0, "%s: expected OFFICE=QUESTIONS, at most %d of them",
                       argument, ZD_TRAIN_SETS_MAX);
    *equals = '\0';
    set->office = argument;
    return read_text(equals + 1, &t->texts[t->n_sets++], &set->questions, err);
}

/* The folder models of the office, a work folder in it, and one in that for how far the encoder
 * has come, whose files stay until training is done. */
static enum zd_status make_folders(const struct train *t, struct zd_buf *models,
                                   struct zd_buf *work, struct zd_buf *steps, struct zd_error *err)
{
    enum zd_status st;

    models->max = work->max = steps->max = PATH_MAX_BYTES;
    zd_buf_printf(models, "%s/models", t->cli->data);
    zd_buf_printf(work, "%s/models/work", t->cli->data);
    zd_buf_printf(steps, "%s/models/work/steps", t->cli->data);
    st = zd_buf_check(steps, "the path of the office", err);
    if (st == ZD_OK && zd_buf_cstr(models) && zd_buf_cstr(work) && zd_buf_cstr(steps))
        st = zd_durable_mkdir(zd_buf_cstr(steps), err);
    if (st == ZD_OK)
        st = zd_durable_empty(zd_buf_cstr(work), err);
    if (st == ZD_OK)
        st = zd_durable_sweep(zd_buf_cstr(steps), err);
    return st;
}

static void on_note(void *context, const char *what, enum zd_stage_note note, uint32_t step)
{
    struct train *t = context;

    if (t->stage)
        zd_progress_end(&t->progress);
    t->stage = NULL;
    if (note == ZD_STAGE_RESUMED)
        fprintf(stderr, "继续 goes on    %s：第 %u 步之后 after step %u\n", what, step, step);
    else if (note == ZD_STAGE_ENOUGH)
        fprintf(stderr, "早停 stopped    %s：第 %u 步最好 best after step %u\n", what, step, step);
    else if (!t->is_anew)
        fprintf(stderr,
                "重新开始 anew   留下的步数出自别的文本、题目、种子，或已损坏 the steps that were "
                "kept are of other texts, questions or seed, or damaged\n");
    t->is_anew |= note == ZD_STAGE_ANEW;
}

static enum zd_status learn(struct train *t, const struct zd_model *before, const char *work,
                            const char *steps, struct zd_buf *ret_model,
                            struct zd_train_figures *ret_figures, struct zd_error *err)
{
    struct zd_train_options options = {.sets = t->sets,
                                       .n_sets = t->n_sets,
                                       .before = t->fresh ? NULL : before,
                                       .folder = work,
                                       .steps = steps,
                                       .quick = t->quick,
                                       .seed = t->seed ? strtoull(t->seed, NULL, 10) : 1,
                                       .n_rows = t->rows ? (uint32_t)strtoul(t->rows, NULL, 10) : 0,
                                       .text_steps =
                                           t->steps ? (uint32_t)strtoul(t->steps, NULL, 10) : 0,
                                       .cancel = t->cli->cancel,
                                       .on_stage = on_stage,
                                       .on_note = on_note,
                                       .context = t};
    enum zd_status st = read_text(t->pairs, &t->texts[ZD_TRAIN_SETS_MAX], &options.pairs, err);

    if (st == ZD_OK)
        st = zd_train(&options, ret_model, ret_figures, err);
    if (t->stage)
        zd_progress_end(&t->progress);
    if (st == ZD_OK)
        return zd_durable_empty(steps, err);
    if (t->cli->cancel && atomic_load(t->cli->cancel))
        return ZD_FAIL(err, st, 0,
                       "stopped; the steps taken are kept in %s, and the same command goes on from "
                       "there",
                       steps);
    return st;
}

static void print_measure(const char *name, const struct zd_train_measure *m)
{
    if (m->n_questions == 0)
        return;
    printf("%s (%" PRIu64 ")\n"
           "  nDCG@10 %.4f  MRR@10 %.4f  recall@10 %.4f  @100 %.4f  hit@1 %.4f  @5 %.4f\n"
           "  AUC %.4f  refused at 95 %% kept %.4f  calibration error %.4f\n",
           name, m->n_questions, m->ndcg10, m->mrr10, m->recall10, m->recall100, m->hit1, m->hit5,
           m->auc, m->refused_at_95, m->calibration_error);
}

/* The reliability diagram: where bar and | meet, confidence is what comes true. */
static void draw_reliability(const struct zd_train_measure *m)
{
    if (m->n_questions == 0)
        return;
    printf("可信度 confidence  答对 right  █ 答对的比例 share that was right, | 所说的可信度 what "
           "was said\n");
    for (size_t i = 0; i < ZD_TRAIN_BINS; i++) {
        const struct zd_train_bin *bin = &m->bins[i];
        const double n = bin->n ? (double)bin->n : 1.0;
        const int said = (int)lround(DIAGRAM_WIDTH * bin->said / n);
        const int right = (int)lround(DIAGRAM_WIDTH * bin->right / n);

        if (bin->n == 0)
            continue;
        printf("  %.2f–%.2f  %6" PRIu64 "  %.3f  ", (double)i / ZD_TRAIN_BINS,
               (double)(i + 1) / ZD_TRAIN_BINS, bin->n, bin->right / n);
        for (int k = 0; k <= DIAGRAM_WIDTH; k++)
            fputs(k == said ? "|" : k < right ? "█" : " ", stdout);
        putchar('\n');
    }
}

/* Figures of questions that nothing was fitted to. */
static void print_figures(const struct train *t, const struct zd_train_figures *f)
{
    printf("学到 learnt  %" PRIu64 " 段 passages, %" PRIu64 " 对 pairs\n", f->n_passages,
           f->n_pairs);
    print_measure("留出检验 held out", &f->all);
    for (size_t i = 0; t->n_sets > 1 && i < t->n_sets; i++)
        print_measure(t->sets[i].office, &f->sets[i]);
    print_measure("如新设单位 as in a new office", &f->as_new);
    draw_reliability(&f->all);
}

/* nDCG@10 of the office's questions with the model in use: what its training measured on held-out
 * questions, or, for the model that came with the program, what they give now. */
static enum zd_status measure_now(struct train *t, const struct zd_model *now, const char *path,
                                  double *ret_ndcg10, struct zd_error *err)
{
    const struct zd_bytes note = zd_model_section(now, ZD_MODEL_TAG("NOTE"));
    const char *key = "\"ndcg@10\":";
    const size_t at = zd_str_find((struct zd_str){(const char *)note.p, note.n}, zd_str_c(key), 0);
    struct zd_eval_options eval = {.skip_answers = true};
    struct zd_eval_figures figures = {0};
    struct zd_question_run run = {0};
    enum zd_status st = zd_question_run_begin(t->cli, &run, err);

    if (st == ZD_OK)
        st = zd_question_run_file(t->cli, &run, path, NULL, &eval, &figures, err);
    zd_question_run_end(&run);
    *ret_ndcg10 = figures.ndcg10;
    if (st == ZD_OK && at != SIZE_MAX && !t->fresh) {
        const double noted = strtod((const char *)note.p + at + strlen(key), NULL);

        if (noted > 0.0 && noted < *ret_ndcg10)
            *ret_ndcg10 = noted; /* it has seen the questions: what was held out is fairer */
    }
    return st;
}

/* Writes the model beside the others and makes it the office's. */
static enum zd_status install(struct train *t, const struct zd_buf *model, const char *models,
                              struct zd_error *err)
{
    struct zd_ingest *ingest = NULL;
    struct zd_buf path = {.max = PATH_MAX_BYTES};
    char name[ZD_LEARNT_NAME_MAX_BYTES];
    const time_t now = time(NULL);
    struct tm day = {0};
    enum zd_status st;

    localtime_r(&now, &day);
    (void)snprintf(name, sizeof name, "%04d%02d%02d-%02d%02d%02d.zdm", day.tm_year + 1900,
                   day.tm_mon + 1, day.tm_mday, day.tm_hour, day.tm_min, day.tm_sec);
    zd_buf_printf(&path, "%s/%s", models, name);
    st = zd_buf_check(&path, "the path of the model", err);
    if (st == ZD_OK)
        st = zd_durable_write(zd_buf_cstr(&path), zd_str_bytes(zd_buf_view(model)), err);
    if (st == ZD_OK)
        st = zd_ingest_open(t->cli->data, NULL, &ingest, err);
    if (st == ZD_OK)
        st = zd_ingest_use_model(ingest, name, err);
    zd_ingest_close(ingest);
    if (st == ZD_OK)
        printf(
            "启用 in use     %s（恢复 to take the old one back: zhidian train --use NAME|base）\n",
            name);
    zd_buf_done(&path);
    return st;
}

/* Takes a model of the folder models, or the base one, into use. */
static enum zd_status use(struct train *t, struct zd_error *err)
{
    struct zd_ingest *ingest = NULL;
    enum zd_status st = zd_ingest_open(t->cli->data, NULL, &ingest, err);

    if (st == ZD_OK)
        st = zd_ingest_use_model(ingest, strcmp(t->use, "base") == 0 ? "" : t->use, err);
    zd_ingest_close(ingest);
    if (st == ZD_OK)
        printf("启用 in use     %s\n", t->use);
    return st;
}

/* A new model must not be worse on the office's own questions. */
static enum zd_status judge(struct train *t, const struct zd_model *before, const char *work,
                            const struct zd_train_figures *figures, bool *ret_worse,
                            struct zd_error *err)
{
    struct zd_buf path = {.max = PATH_MAX_BYTES};
    double now = 0.0;
    enum zd_status st;

    *ret_worse = false;
    if (figures->all.n_questions == 0 || t->own.n == 0)
        return ZD_OK;
    zd_buf_printf(&path, "%s/own.jsonl", work);
    st = zd_buf_check(&path, "the path of the office", err);
    if (st == ZD_OK)
        st = zd_durable_write(zd_buf_cstr(&path), zd_str_bytes(zd_buf_view(&t->own)), err);
    if (st == ZD_OK)
        st = measure_now(t, before, zd_buf_cstr(&path), &now, err);
    zd_buf_done(&path);
    if (st == ZD_OK)
        st = zd_durable_empty(work, err);
    if (st != ZD_OK)
        return st;
    *ret_worse = figures->all.ndcg10 < now - WORSE_BY;
    printf("本单位题集 own questions  nDCG@10 %.4f → %.4f\n", now, figures->all.ndcg10);
    return ZD_OK;
}

static enum zd_status train(struct train *t, struct zd_error *err)
{
    struct zd_buf models = {0}, work = {0}, steps = {0}, model = {.max = ZD_MODEL_MAX_BYTES};
    struct zd_office *office = NULL;
    struct zd_view *view = NULL;
    struct zd_train_figures figures = {0};
    bool worse = false;
    enum zd_status st = zd_office_open(t->cli->data, &office, err);

    if (st == ZD_OK)
        st = zd_view_open(office, &view, err);
    if (st == ZD_OK)
        st = zd_view_begin(view, err);
    if (st == ZD_OK)
        st = make_folders(t, &models, &work, &steps, err);
    if (st == ZD_OK)
        st = learn(t, zd_view_model(view), zd_buf_cstr(&work), zd_buf_cstr(&steps), &model,
                   &figures, err);
    if (st == ZD_OK) {
        print_figures(t, &figures);
        if (t->out)
            st = zd_durable_write(t->out, zd_str_bytes(zd_buf_view(&model)), err);
        else
            st = judge(t, zd_view_model(view), zd_buf_cstr(&work), &figures, &worse, err);
    }
    zd_view_close(view);
    zd_office_close(office);
    if (st == ZD_OK && !t->out && worse && !t->force)
        st = ZD_FAIL(err, ZD_INVALID, 0,
                     "the new model is worse on the office's own questions and is not taken into "
                     "use; --force takes it all the same");
    else if (st == ZD_OK && !t->out)
        st = install(t, &model, zd_buf_cstr(&models), err);
    zd_buf_done(&model);
    zd_buf_done(&models);
    zd_buf_done(&work);
    zd_buf_done(&steps);
    return st;
}

int zd_command_train(struct zd_cli *cli, int argc, char **argv)
{
    struct train t = {.cli = cli};
    const struct zd_option options[] = {
        {"pairs", "P.jsonl", "问题与回答的对子 / pairs of a question and a text", &t.pairs, NULL},
        {"questions", "Q.jsonl", "本单位题集 / the office's own questions", &t.questions, NULL},
        {"out", "FILE", "只写出模型，不启用 / write the model, do not use it", &t.out, NULL},
        {"use", "NAME", "改用 models 里的模型，base 为自带 / use a model of the folder models",
         &t.use, NULL},
        {"seed", "N", "随机种子 / seed (1)", &t.seed, NULL},
        {"rows", "N", "词表大小 / tokens with a vector", &t.rows, NULL},
        {"steps", "N", "文本阶段步数 / steps over texts", &t.steps, NULL},
        {"fresh", NULL, "不从现有模型开始 / start from nothing", NULL, &t.fresh},
        {"quick", NULL, "不做留出检验 / without the held-out fifths", NULL, &t.quick},
        {"force", NULL, "变差也启用 / take it into use even if it is worse", NULL, &t.force},
    };
    const struct zd_usage usage = {
        .command = "train",
        .arguments = "[OFFICE=Q.jsonl…]",
        .summary = "用本单位的文件、对子与题集训练语义模型与排序；可断开重来。\n"
                   "Fits the semantic model and the ranking to the office's texts and questions.",
        .options = options,
        .n_options = ZD_COUNT(options),
        .min_arguments = 0,
        .max_arguments = ZD_TRAIN_SETS_MAX - 1,
    };
    struct zd_error err = {0};
    int first, exit_status;
    enum zd_status st = ZD_OK;

    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    if (t.use) {
        st = use(&t, &err);
        return st == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
    }
    st = read_own(&t, &err);
    for (int i = first; st == ZD_OK && i < argc; i++)
        st = add_set(&t, argv[i], &err);
    if (st == ZD_OK)
        st = train(&t, &err);
    for (size_t i = 0; i < ZD_COUNT(t.texts); i++)
        zd_free(t.texts[i].p);
    zd_buf_done(&t.own);
    return st == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
}

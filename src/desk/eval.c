/* eval.c: see eval.h.
 *
 * One question at a time, each in an arena that is reset after it, so a set of any length takes
 * the memory of one question plus one number a question for the medians and curves.
 */
#include "desk/eval.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/caps.h"
#include "base/date.h"
#include "base/json.h"
#include "desk/question_file.h"
#include "desk/score.h"

#define QUESTION_ARENA_BYTES (64 * ZD_MiB)
#define MAX_QUESTIONS ((size_t)1 << 22)
#define MAX_RELEVANT 4096
#define RUN_LINE_MAX_BYTES 1024
#define ANSWER_LINE_MAX_BYTES (16 * ZD_MiB)

static const uint32_t hit_depths[] = {1, 5, 10};
static const uint32_t recall_depths[] = {1, 5, 10, 20, 50, 100};

/* A growing row of numbers. */
struct series {
    double *p;
    size_t n, cap;
};

struct run {
    struct zd_desk *desk;
    const struct zd_subject *subject;
    const struct zd_eval_options *options;
    struct zd_arena *arena; /* reset for each question */
    struct zd_eval_figures sums;
    struct series yes, no; /* confidences */
    struct series ms;      /* time a question */
    uint64_t n_yes_kept, n_no_refused;
    uint64_t line;
};

static enum zd_status series_add(struct series *s, double v, struct zd_error *err)
{
    if (!zd_grow(&s->p, &s->cap, s->n + 1, sizeof *s->p, MAX_QUESTIONS))
        return ZD_FAIL(err, ZD_NOMEM, 0, "too many questions for memory");
    s->p[s->n++] = v;
    return ZD_OK;
}

/* True where `name` (a relevant document as the set names it) is this hit: its public id, or the
 * end of its path at a folder's border. */
static bool names_document(struct zd_str name, const struct zd_document_hit *hit)
{
    if (zd_str_eq(name, hit->id))
        return true;
    if (name.n == 0 || !zd_str_ends(hit->source, name))
        return false;
    return hit->source.n == name.n || hit->source.p[hit->source.n - name.n - 1] == '/';
}

static bool is_relevant(const json_t *relevant, const struct zd_document_hit *hit)
{
    const json_t *name;
    size_t i;

    json_array_foreach(relevant, i, name)
    {
        struct zd_str s = {json_string_value(name), json_string_length(name)};

        if (json_is_string(name) && names_document(s, hit))
            return true;
    }
    return false;
}

static enum zd_status put_run_lines(const struct run *run, struct zd_str id,
                                    const struct zd_document_hits *hits, struct zd_error *err)
{
    char line[RUN_LINE_MAX_BYTES];

    for (size_t i = 0; run->options->on_run && i < hits->n; i++) {
        int n = snprintf(line, sizeof line, "%.*s Q0 %.*s %zu %.6f zhidian", (int)id.n, id.p,
                         (int)hits->p[i].id.n, hits->p[i].id.p, i + 1, hits->p[i].score);

        if (n < 0 || (size_t)n >= sizeof line)
            return ZD_FAIL(err, ZD_INVALID, run->line, "line %llu: the id is too long",
                           (unsigned long long)run->line);
        if (!run->options->on_run(run->options->line_context, (struct zd_str){line, (size_t)n}))
            return ZD_FAIL(err, ZD_IO, run->line, "cannot write the run");
    }
    return ZD_OK;
}

static void add_retrieval(struct zd_eval_figures *sums, const struct zd_score_ranks *ranks)
{
    sums->n_ranked++;
    sums->ndcg10 += zd_score_ndcg10(ranks);
    sums->mrr10 += zd_score_mrr10(ranks);
    for (size_t i = 0; i < ZD_COUNT(hit_depths); i++)
        sums->hit[i] += zd_score_hit(ranks, hit_depths[i]);
    for (size_t i = 0; i < ZD_COUNT(recall_depths); i++)
        sums->recall[i] += zd_score_recall(ranks, recall_depths[i]);
}

static enum zd_status run_retrieval(struct run *run, const struct zd_ask *ask, struct zd_str id,
                                    const json_t *relevant, struct zd_error *err)
{
    const size_t top = run->options->top ? run->options->top : 100;
    struct zd_document_hits hits = {0};
    uint32_t ranks[MAX_RELEVANT];
    size_t n = 0;
    enum zd_status st = ZD_OK;

    if (zd_str_trim(ask->question).n > 0)
        st = zd_desk_search_documents(run->desk, run->subject, ask, top, run->arena, &hits, err);
    if (st == ZD_OK)
        st = put_run_lines(run, id, &hits, err);
    if (st != ZD_OK || json_array_size(relevant) == 0)
        return st;
    for (size_t i = 0; i < hits.n && n < MAX_RELEVANT; i++)
        if (is_relevant(relevant, &hits.p[i]))
            ranks[n++] = (uint32_t)i;
    add_retrieval(&run->sums, &(struct zd_score_ranks){ranks, n, json_array_size(relevant)});
    return ZD_OK;
}

/* The answer as one JSON line: the contract's object, with the question's own id and the cited
 * texts as a list of their own. */
static enum zd_status put_answer_line(const struct run *run, struct zd_str id,
                                      const struct zd_answer *answer, struct zd_error *err)
{
    struct zd_buf line = {.max = ANSWER_LINE_MAX_BYTES};
    json_t *object = NULL, *cited = NULL;
    enum zd_status st;
    bool ok;

    if (!run->options->on_answer)
        return ZD_OK;
    st = zd_answer_json(answer, &object, err);
    if (st != ZD_OK)
        return st;
    cited = json_array();
    ok = cited && zd_json_set_str(object, "id", id);
    for (size_t i = 0; ok && i < answer->n_citations; i++)
        ok = json_array_append_new(cited, json_stringn(answer->citations[i].text.p,
                                                       answer->citations[i].text.n)) == 0;
    ok = ok && json_object_set(object, "cited", cited) == 0;
    if (ok)
        st = zd_json_write(object, &line, err);
    else
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the answer");
    if (st == ZD_OK && !run->options->on_answer(run->options->line_context, zd_buf_view(&line)))
        st = ZD_FAIL(err, ZD_IO, run->line, "cannot write the answers");
    zd_buf_done(&line);
    json_decref(cited);
    json_decref(object);
    return st;
}

/* Scores one gold text against the answer and its citations. */
static enum zd_status score_gold(struct run *run, const json_t *gold,
                                 const struct zd_score_text *given,
                                 const struct zd_score_text *cited, size_t n_cited,
                                 double *best_rouge, bool *contains, bool *is_cited, bool *has_gold,
                                 struct zd_error *err)
{
    struct zd_score_text text;
    struct zd_str s = {json_string_value(gold), json_string_length(gold)};
    double rouge = 0;
    enum zd_status st;

    if (!json_is_string(gold))
        return ZD_OK;
    st = zd_score_text_of(s, run->arena, &text, err);
    if (st != ZD_OK || text.n == 0)
        return st;
    *has_gold = true;
    for (size_t i = 0; i < n_cited; i++)
        *is_cited |= zd_score_contains(&cited[i], &text);
    *contains |= zd_score_contains(given, &text);
    st = zd_score_rouge_l(&text, given, run->arena, &rouge, err);
    if (rouge > *best_rouge)
        *best_rouge = rouge;
    return st;
}

static enum zd_status score_answer(struct run *run, const json_t *question,
                                   const struct zd_answer *answer, struct zd_error *err)
{
    const json_t *golds = json_object_get(question, "answers");
    const json_t *single = json_object_get(question, "answer");
    const size_t n_golds = json_is_array(golds) ? json_array_size(golds) : single ? 1 : 0;
    struct zd_score_text given, *cited;
    double rouge = 0;
    bool contains = false, is_cited = false, has_gold = false;
    enum zd_status st = zd_score_text_of(answer->answer, run->arena, &given, err);

    cited = zd_arena_array(run->arena, answer->n_citations + 1, sizeof *cited);
    if (st == ZD_OK && !cited)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for scoring");
    for (size_t i = 0; st == ZD_OK && i < answer->n_citations; i++)
        st = zd_score_text_of(answer->citations[i].text, run->arena, &cited[i], err);
    for (size_t i = 0; st == ZD_OK && i < n_golds; i++)
        st = score_gold(run, json_is_array(golds) ? json_array_get(golds, i) : single, &given,
                        cited, answer->n_citations, &rouge, &contains, &is_cited, &has_gold, err);
    if (st != ZD_OK || !has_gold)
        return st;
    run->sums.n_golds++;
    run->sums.rouge_l += rouge;
    run->sums.contains += contains;
    run->sums.cited += is_cited;
    run->sums.chars += (double)given.n;
    run->sums.refused += given.n == 0;
    return ZD_OK;
}

static enum zd_status count_refusal(struct run *run, bool answerable,
                                    const struct zd_answer *answer, struct zd_error *err)
{
    if (answerable)
        run->n_yes_kept += !answer->refused;
    else
        run->n_no_refused += answer->refused;
    return series_add(answerable ? &run->yes : &run->no, answer->confidence, err);
}

static enum zd_status run_answer(struct run *run, const struct zd_ask *ask, struct zd_str id,
                                 const json_t *question, struct zd_error *err)
{
    const json_t *relevant = json_object_get(question, "relevant");
    struct zd_answer answer = {.refused = true}; /* of an empty question, as sets have them */
    enum zd_status st = ZD_OK;

    if (zd_str_trim(ask->question).n > 0)
        st = zd_desk_ask(run->desk, run->subject, ask, run->arena, &answer, err);
    if (st == ZD_OK)
        st = put_answer_line(run, id, &answer, err);
    if (st == ZD_OK)
        st = score_answer(run, question, &answer, err);
    if (st == ZD_OK)
        st = count_refusal(run, !json_is_array(relevant) || json_array_size(relevant) > 0, &answer,
                           err);
    return st;
}

static enum zd_status question_error(const struct run *run, const char *what, struct zd_error *err)
{
    return ZD_FAIL(err, ZD_INVALID, run->line, "line %llu of the questions: %s",
                   (unsigned long long)run->line, what);
}

static enum zd_status run_question(struct run *run, const json_t *question, struct zd_error *err)
{
    const struct zd_str id = zd_json_str(question, "id");
    const struct zd_str as_of = zd_json_str(question, "as_of");
    struct zd_ask ask = {.question = zd_json_str(question, "query"),
                         .region = zd_json_str(question, "region")};
    uint64_t begun;
    enum zd_status st = ZD_OK;

    if (!json_is_object(question))
        return question_error(run, "not an object", err);
    if (id.n == 0 || !json_is_string(json_object_get(question, "query")))
        return question_error(run, "\"id\" must be a text that is not empty, \"query\" a text",
                              err);
    if (as_of.n > 0 && zd_date_parse(as_of, &ask.as_of, NULL) != ZD_OK)
        return question_error(run, "\"as_of\" must be a day written YYYY-MM-DD", err);
    begun = zd_clock_mono_us();
    if (!run->options->skip_retrieval)
        st = run_retrieval(run, &ask, id, json_object_get(question, "relevant"), err);
    if (st == ZD_OK && !run->options->skip_answers) {
        begun = zd_clock_mono_us();
        st = run_answer(run, &ask, id, question, err);
    }
    if (st == ZD_OK)
        st = series_add(&run->ms, (double)(zd_clock_mono_us() - begun) / 1000, err);
    run->sums.n_questions++;
    return st;
}

static enum zd_status run_all(struct run *run, struct zd_str questions, struct zd_error *err)
{
    const struct zd_eval_options *options = run->options;
    const uint64_t total = zd_question_lines(questions);
    enum zd_status st = ZD_OK;

    for (size_t at = 0; at < questions.n && st == ZD_OK;) {
        struct zd_str line = zd_question_line(questions, &at);
        json_t *question = NULL;

        run->line++;
        if (line.n == 0)
            continue;
        st = zd_question_parse(line, run->line, run->arena, &question, err);
        if (st == ZD_OK)
            st = run_question(run, question, err);
        json_decref(question);
        zd_arena_reset(run->arena);
        if (st == ZD_OK && options->on_progress)
            options->on_progress(options->progress_context, run->sums.n_questions, total);
        if (options->cancel && atomic_load(options->cancel))
            break;
    }
    return st;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static void divide(double *v, uint64_t n)
{
    *v = n ? *v / (double)n : 0;
}

static void finish(struct run *run)
{
    struct zd_eval_figures *f = &run->sums;

    divide(&f->ndcg10, f->n_ranked);
    divide(&f->mrr10, f->n_ranked);
    for (size_t i = 0; i < ZD_COUNT(hit_depths); i++)
        divide(&f->hit[i], f->n_ranked);
    for (size_t i = 0; i < ZD_COUNT(recall_depths); i++)
        divide(&f->recall[i], f->n_ranked);
    divide(&f->cited, f->n_golds);
    divide(&f->rouge_l, f->n_golds);
    divide(&f->contains, f->n_golds);
    divide(&f->chars, f->n_golds);
    divide(&f->refused, f->n_golds);
    f->n_answerable = run->yes.n;
    f->n_unanswerable = run->no.n;
    if (run->yes.n && run->no.n) {
        zd_score_refusal(run->yes.p, run->yes.n, run->no.p, run->no.n, &f->auc, &f->refused_at_95);
        f->kept_now = (double)run->n_yes_kept / (double)run->yes.n;
        f->refused_now = (double)run->n_no_refused / (double)run->no.n;
    }
    if (run->ms.n) {
        qsort(run->ms.p, run->ms.n, sizeof *run->ms.p, by_value);
        f->median_ms = run->ms.p[run->ms.n / 2];
        f->p99_ms = run->ms.p[run->ms.n * 99 / 100];
    }
}

enum zd_status zd_eval_run(struct zd_desk *desk, const struct zd_subject *subject,
                           struct zd_str questions, const struct zd_eval_options *options,
                           struct zd_eval_figures *ret_figures, struct zd_error *err)
{
    struct run run = {.desk = desk, .subject = subject, .options = options};
    enum zd_status st = ZD_NOMEM;

    run.arena = zd_arena_new(QUESTION_ARENA_BYTES);
    if (!run.arena)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the evaluation");
    st = run_all(&run, questions, err);
    if (st == ZD_OK) {
        finish(&run);
        *ret_figures = run.sums;
    }
    zd_free(run.yes.p);
    zd_free(run.no.p);
    zd_free(run.ms.p);
    zd_arena_free(run.arena);
    return st;
}

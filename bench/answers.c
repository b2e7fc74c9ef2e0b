/* answers: how well answers are learnt, on questions left out of the learning.
 *
 *     answers [--every N] [--folds N] [--model OUT] OUT-FOLDER (NAME OFFICE QUESTIONS.jsonl)…
 *
 * All questions are put to their offices and split into folds by the document that answers them; each
 * fold is answered with what the others taught. With --model OUT, what all of them teach is written
 * there instead. Writes OUT-FOLDER/NAME.jsonl: one {"id","answer",
 * "cited"} a question, for SHARED/eval/score.py (bench/answers.py calls both). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/caps.h"
#include "base/date.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mapping.h"
#include "desk/desk.h"
#include "desk/score.h"

#define FOLDS 5
#define SETS_MAX 8

struct set {
    const char *name;
    struct zd_office *office;
    struct zd_desk *desk;
    json_t **questions; /* [n] */
    size_t n, cap;
    FILE *out;
    double rouge, contains, cited, chars;
};

static void must(enum zd_status st, const struct zd_error *err)
{
    if (st == ZD_OK)
        return;
    fprintf(stderr, "%s\n", err->what);
    exit(1);
}

static void set_open(struct set *set, const char *office, const char *questions)
{
    struct zd_owned_bytes text = {0};
    struct zd_error err = {0};

    must(zd_office_open(office, &set->office, &err), &err);
    must(zd_desk_open(set->office, &set->desk, &err), &err);
    must(zd_file_read(questions, (size_t)1 << 30, &text, &err), &err);
    for (size_t at = 0; at < text.n;) {
        const struct zd_str all = {(const char *)text.p, text.n};
        size_t end = zd_str_find(all, ZD_STR("\n"), at);
        json_t *question = NULL;

        end = end == SIZE_MAX ? text.n : end;
        if (end > at) {
            must(zd_json_parse(zd_str_cut(all, at, end), &question, &err), &err);
            if (!zd_grow(&set->questions, &set->cap, set->n + 1, sizeof(json_t *), 1 << 20))
                exit(1);
            set->questions[set->n++] = question;
        }
        at = end + 1;
    }
    zd_free(text.p);
}

/* The part that a question belongs to: all questions of a document lie in one. */
static uint32_t fold_of(const json_t *question, uint32_t n_folds)
{
    const char *id = json_string_value(json_array_get(json_object_get(question, "relevant"), 0));
    const struct zd_str s = zd_str_c(id);

    return zd_crc32c(0, zd_str_bytes(s)) % n_folds;
}

static size_t golds_of(const json_t *question, struct zd_str golds[16])
{
    const json_t *answers = json_object_get(question, "answers");
    size_t n = 0;

    if (!json_is_array(answers)) {
        golds[0] = zd_json_str(question, "answer");
        return 1;
    }
    for (; n < json_array_size(answers) && n < 16; n++)
        golds[n] = (struct zd_str){json_string_value(json_array_get(answers, n)),
                                   json_string_length(json_array_get(answers, n))};
    return n;
}

/* Sets also have questions that nothing answers. */
static bool has_gold(const json_t *question)
{
    struct zd_str golds[16];

    return golds_of(question, golds) > 0 && golds[0].n > 0;
}

/* The question as `eval` asks it, on its day and in its region. */
static struct zd_ask ask_of(const json_t *question)
{
    const struct zd_str as_of = zd_json_str(question, "as_of");
    struct zd_ask ask = {.question = zd_json_str(question, "query"),
                         .region = zd_json_str(question, "region")};
    struct zd_error err = {0};

    if (as_of.n > 0)
        must(zd_date_parse(as_of, &ask.as_of, &err), &err);
    return ask;
}

static void teach(struct set *set, uint32_t n_folds, size_t every,
                  struct zd_answer_learner *learner, struct zd_arena *arena)
{
    struct zd_error err = {0};

    for (size_t i = 0; i < set->n; i += every) {
        struct zd_str golds[16];
        const struct zd_answer_gold gold = {.answers = golds,
                                            .n_answers = golds_of(set->questions[i], golds),
                                            .fold = fold_of(set->questions[i], n_folds)};
        const struct zd_ask ask = ask_of(set->questions[i]);

        if (zd_str_trim(ask.question).n == 0 || golds[0].n == 0)
            continue;
        must(zd_desk_learn(set->desk, zd_subject_owner(), &ask, &gold, arena, learner, &err), &err);
        zd_arena_reset(arena);
    }
}

static void score(struct set *set, const struct zd_answer *answer, const struct zd_str *golds,
                  size_t n_golds, struct zd_arena *arena)
{
    struct zd_score_text given, gold, cited;
    double rouge = 0.0, best = 0.0;
    bool contains = false, is_cited = false;
    struct zd_error err = {0};

    must(zd_score_text_of(answer->answer, arena, &given, &err), &err);
    for (size_t i = 0; i < n_golds; i++) {
        must(zd_score_text_of(golds[i], arena, &gold, &err), &err);
        must(zd_score_rouge_l(&gold, &given, arena, &rouge, &err), &err);
        best = rouge > best ? rouge : best;
        contains |= zd_score_contains(&given, &gold);
        for (size_t k = 0; k < answer->n_citations; k++) {
            must(zd_score_text_of(answer->citations[k].text, arena, &cited, &err), &err);
            is_cited |= zd_score_contains(&cited, &gold);
        }
    }
    set->rouge += best;
    set->contains += contains;
    set->cited += is_cited;
    set->chars += (double)given.n;
}

static void answer_one(struct set *set, const json_t *question, const struct zd_answer_model *model,
                       struct zd_arena *arena)
{
    struct zd_ask ask = ask_of(question);
    struct zd_answer answer = {0};
    struct zd_str golds[16];
    struct zd_error err = {0};
    struct zd_buf line = {.max = 16 * ZD_MiB};
    json_t *object = json_object(), *cited = json_array();

    ask.options.model = model;
    if (zd_str_trim(ask.question).n > 0) /* sets have empty ones */
        must(zd_desk_ask(set->desk, zd_subject_owner(), &ask, arena, &answer, &err), &err);
    score(set, &answer, golds, golds_of(question, golds), arena);
    for (size_t i = 0; i < answer.n_citations; i++)
        (void)json_array_append_new(
            cited, json_stringn(answer.citations[i].text.p, answer.citations[i].text.n));
    if (!zd_json_set_str(object, "id", zd_json_str(question, "id")) ||
        !zd_json_set_str(object, "answer", answer.answer) ||
        !zd_json_set_new(object, "cited", cited))
        exit(1);
    must(zd_json_write(object, &line, &err), &err);
    fprintf(set->out, "%.*s\n", (int)line.n, (const char *)line.p);
    zd_buf_done(&line);
    json_decref(object);
    zd_arena_reset(arena);
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void run_fold(struct set *sets, size_t n_sets, uint32_t fold, uint32_t n_folds,
                     const struct zd_answer_learner *learner, struct zd_arena *arena)
{
    const struct zd_answer_learning learning = {.leave_out = true, .fold = fold, .seed = 1};
    struct zd_answer_model *model = NULL;
    struct zd_buf bytes = {.max = 8 * ZD_MiB};
    struct zd_error err = {0};
    const double begun = seconds();
    double trained;

    must(zd_answer_learn(learner, &learning, &bytes, &err), &err);
    must(zd_answer_model_read((struct zd_bytes){bytes.p, bytes.n}, &model, &err), &err);
    trained = seconds();
    for (size_t s = 0; s < n_sets; s++)
        for (size_t i = 0; i < sets[s].n; i++)
            if (fold_of(sets[s].questions[i], n_folds) == fold && has_gold(sets[s].questions[i]))
                answer_one(&sets[s], sets[s].questions[i], model, arena);
    fprintf(stderr, "fold %u: trained in %.1f s, %zu bytes; answered in %.1f s\n", fold,
            trained - begun, bytes.n, seconds() - trained);
    zd_answer_model_free(model);
    zd_buf_done(&bytes);
}

/* What all examples teach, as a file. */
static void write_model(const struct zd_answer_learner *learner, const char *path)
{
    const struct zd_answer_learning learning = {.seed = 1};
    struct zd_buf bytes = {.max = 8 * ZD_MiB};
    struct zd_error err = {0};
    FILE *out = fopen(path, "wb");

    if (!out) {
        perror(path);
        exit(1);
    }
    must(zd_answer_learn(learner, &learning, &bytes, &err), &err);
    if (fwrite(bytes.p, 1, bytes.n, out) != bytes.n || fclose(out) != 0) {
        perror(path);
        exit(1);
    }
    fprintf(stderr, "%s: %zu bytes in %.1f s\n", path, bytes.n, seconds());
    zd_buf_done(&bytes);
}

int main(int argc, char **argv)
{
    struct set sets[SETS_MAX] = {{0}};
    size_t n_sets = 0, every = 1;
    uint32_t n_folds = FOLDS, run_folds = FOLDS;
    struct zd_arena *arena = zd_arena_new(256 * ZD_MiB);
    struct zd_answer_learner *learner = NULL;
    struct zd_error err = {0};
    const char *folder, *model = NULL;
    int at = 1;

    for (; at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2) {
        if (strcmp(argv[at], "--every") == 0)
            every = (size_t)strtoul(argv[at + 1], NULL, 10);
        else if (strcmp(argv[at], "--folds") == 0)
            run_folds = (uint32_t)strtoul(argv[at + 1], NULL, 10);
        else if (strcmp(argv[at], "--model") == 0)
            model = argv[at + 1];
    }
    if (at + 3 >= argc || every == 0)
        return 2;
    folder = argv[at++];
    zd_json_init();
    must(zd_answer_learner_new(&learner, &err), &err);
    for (; at + 2 < argc && n_sets < SETS_MAX; at += 3, n_sets++) {
        char path[4096];

        sets[n_sets].name = argv[at];
        set_open(&sets[n_sets], argv[at + 1], argv[at + 2]);
        snprintf(path, sizeof path, "%s/%s.jsonl", folder, argv[at]);
        sets[n_sets].out = fopen(path, "w");
        if (!sets[n_sets].out)
            return 1;
        teach(&sets[n_sets], n_folds, every, learner, arena);
    }
    fprintf(stderr, "read in %.1f s\n", seconds());
    if (model) {
        write_model(learner, model);
        run_folds = 0;
    }
    for (uint32_t fold = 0; fold < run_folds; fold++)
        run_fold(sets, n_sets, fold, n_folds, learner, arena);
    for (size_t s = 0; s < n_sets; s++) {
        double n = 0.0;

        for (size_t i = 0; i < sets[s].n; i++)
            n += fold_of(sets[s].questions[i], n_folds) < run_folds &&
                 has_gold(sets[s].questions[i]);
        if (n > 0.0)
            printf("%-8s %5.0f  rouge_l %.4f  contains %.4f  cited %.4f  chars %.1f\n",
                   sets[s].name, n, sets[s].rouge / n, sets[s].contains / n, sets[s].cited / n,
                   sets[s].chars / n);
        for (size_t i = 0; i < sets[s].n; i++)
            json_decref(sets[s].questions[i]);
        zd_free(sets[s].questions);
        fclose(sets[s].out);
        zd_desk_close(sets[s].desk);
        zd_office_close(sets[s].office);
    }
    zd_answer_learner_free(learner);
    zd_arena_free(arena);
    return 0;
}

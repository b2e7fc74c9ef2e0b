/* train.c: see train.h. */
#include "desk/train.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "answer/learn.h"
#include "base/buf.h"
#include "base/caps.h"
#include "base/durable.h"
#include "base/json.h"
#include "desk/question_file.h"
#include "desk/train_fit.h"
#include "desk/train_rows.h"
#include "desk/training_set.h"
#include "ingest/ingest.h"
#include "semantic/train.h"

#define DIMS 256
#define ROWS 40000
#define TEXT_STEPS 600
#define QUESTION_STEPS 300
#define RATE_FROM_NOTHING 0.05F
#define RATE_QUESTIONS 0.03F
#define RATE_ON 0.01F /* where vectors are good already: Adagrad's first steps are as large as it */
#define REPEAT_MAX 8
#define QUESTIONS_JUDGED 20 /* fewer say nothing about a model */
#define ASKED_EACH 1500     /* questions of a set that ranker and gate learn from */
#define ARENA_BYTES (256 * ZD_MiB)
#define ALL UINT32_MAX
#define PATH_MAX_BYTES 4096
#define LOOK_EVERY 50  /* steps between two looks at what is held out */
#define PATIENCE 4     /* looks without gain */
#define KEEP_EVERY 100 /* steps between two checkpoints, of up to 125 MB, or a quarter of a stage */

struct job {
    const struct zd_train_options *options;
    struct zd_training_set sets[ZD_TRAIN_SETS_MAX];
    struct zd_corpus *corpus;
    struct zd_corpus_view view;
    struct zd_parameters texts; /* after the first stage */
    struct zd_train_rows rows;
    struct zd_arena *arena;
    const char *stage;
    uint32_t best_steps; /* of the questions, as the first fold found; 0: not known yet */
    struct zd_train_figures figures;
};

static enum zd_status no_memory(struct zd_error *err)
{
    return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for training");
}

static enum zd_status check_cancel(const struct job *j, struct zd_error *err)
{
    if (j->options->cancel && atomic_load(j->options->cancel))
        return ZD_FAIL(err, ZD_INVALID, 0, "cancelled");
    return ZD_OK;
}

static void on_step(void *context, const struct zd_train_progress *p)
{
    const struct job *j = context;

    if (j->options->on_stage)
        j->options->on_stage(j->options->context, j->stage, p->step, p->n_steps, (double)p->loss);
}

static void on_note(void *context, enum zd_stage_note note, uint32_t step)
{
    const struct job *j = context;

    if (j->options->on_note)
        j->options->on_note(j->options->context, j->stage, note, step);
}

/* ---- reading ---- */

static enum zd_status add_pairs(struct job *j, struct zd_error *err)
{
    const struct zd_str text = j->options->pairs;
    struct zd_arena *scratch = zd_arena_new(64 * ZD_MiB);
    uint64_t number = 0;
    enum zd_status st = scratch ? ZD_OK : no_memory(err);

    for (size_t at = 0; st == ZD_OK && at < text.n;) {
        const struct zd_str line = zd_question_line(text, &at);
        json_t *o = NULL;

        number++;
        if (line.n == 0)
            continue;
        zd_arena_reset(scratch);
        st = zd_question_parse(line, number, scratch, &o, err);
        if (st == ZD_OK && zd_json_str(o, "query").n > 0 && zd_json_str(o, "passage").n > 0) {
            st = zd_corpus_add_pair(j->corpus, zd_json_str(o, "query"), zd_json_str(o, "passage"),
                                    err);
            j->figures.n_pairs++;
        }
        json_decref(o);
    }
    zd_arena_free(scratch);
    return st;
}

/* Small sets of questions are drawn more often, so that none drowns in another. */
static uint32_t repeat_of(const struct job *j, size_t set)
{
    size_t most = 1, own = j->sets[set].n_questions ? j->sets[set].n_questions : 1;

    for (size_t i = 0; i < j->options->n_sets; i++)
        most = j->sets[i].n_questions > most ? j->sets[i].n_questions : most;
    return most / own < REPEAT_MAX ? (uint32_t)(most / own) : REPEAT_MAX;
}

static enum zd_status read_all(struct job *j, struct zd_error *err)
{
    const struct zd_train_options *o = j->options;
    enum zd_status st = ZD_OK;

    if (o->n_sets == 0 || o->n_sets > ZD_TRAIN_SETS_MAX)
        return ZD_FAIL(err, ZD_LIMIT, 0, "from 1 to %d offices can be learnt from at once",
                       ZD_TRAIN_SETS_MAX);
    for (size_t i = 0; st == ZD_OK && i < o->n_sets; i++)
        st = zd_training_set_open(&j->sets[i], o->sets[i].office, o->sets[i].questions, err);
    for (size_t i = 0; st == ZD_OK && i < o->n_sets; i++) {
        if (o->on_stage)
            o->on_stage(o->context, "reading", i, o->n_sets, 0.0);
        st = check_cancel(j, err);
        if (st == ZD_OK)
            st = zd_training_set_add(&j->sets[i], j->corpus, repeat_of(j, i), err);
    }
    return st == ZD_OK ? add_pairs(j, err) : st;
}

/* ---- encoder ---- */

/* Rows that the model before has: their vectors to unit length, the length as the weight. */
static void take_over(struct job *j, const struct zd_encoder *before)
{
    const uint32_t d = j->texts.n_dims;

    for (size_t i = 0; i < zd_encoder_terms(before); i++) {
        float *e = j->texts.e + i * d, length = 0.0F;

        zd_encoder_row(before, i, e);
        for (uint32_t k = 0; k < d; k++)
            length += e[k] * e[k];
        length = sqrtf(length);
        for (uint32_t k = 0; k < d && length > 0.0F; k++)
            e[k] /= length;
        j->texts.w[i] = logf(length > 1e-6F ? length : 1e-6F);
    }
}

static enum zd_status prepare(struct job *j, struct zd_error *err)
{
    const struct zd_train_options *o = j->options;
    const struct zd_encoder *before = o->before ? zd_model_encoder(o->before) : NULL;
    const size_t n_known = before ? zd_encoder_terms(before) : 0;
    const uint32_t dims = before ? zd_encoder_dims(before) : o->n_dims ? o->n_dims : DIMS;
    zd_term *known = zd_alloc((n_known + 1) * sizeof *known);
    enum zd_status st = known ? ZD_OK : no_memory(err);

    for (size_t i = 0; st == ZD_OK && i < n_known; i++)
        known[i] = zd_encoder_term(before, i);
    if (st == ZD_OK)
        st = zd_corpus_close(j->corpus, known, n_known, o->n_rows ? o->n_rows : ROWS, err);
    zd_free(known);
    if (st != ZD_OK)
        return st;
    j->view = zd_corpus_view(j->corpus);
    st = zd_parameters_init(&j->texts, &j->view, dims, o->seed, err);
    if (st == ZD_OK && before)
        take_over(j, before);
    return st;
}

/* A stage, kept under a name of its own where the training is kept. */
static enum zd_status run_stage(struct job *j, struct zd_parameters *p, const char *file,
                                struct zd_stage_options *stage, struct zd_stage_end *end,
                                struct zd_error *err)
{
    const struct zd_train_options *o = j->options;
    struct zd_buf path = {.max = PATH_MAX_BYTES};
    enum zd_status st = ZD_OK;

    stage->n_threads = o->n_threads;
    stage->cancel = o->cancel;
    stage->on_progress = on_step;
    stage->on_note = on_note;
    stage->context = j;
    if (o->steps) {
        zd_buf_printf(&path, "%s/%s", o->steps, file);
        st = zd_buf_check(&path, "the path of the office", err);
        stage->keep = zd_buf_cstr(&path);
        stage->keep_every = stage->n_steps / 4 < KEEP_EVERY ? stage->n_steps / 4 : KEEP_EVERY;
    }
    if (st == ZD_OK)
        st = zd_train_stage(p, &j->view, stage, end, err);
    zd_buf_done(&path);
    return st;
}

static enum zd_status learn_texts(struct job *j, struct zd_error *err)
{
    const struct zd_train_options *o = j->options;
    struct zd_stage_options stage = {
        .n_steps = o->text_steps ? o->text_steps : TEXT_STEPS,
        .shares = {[ZD_PAIR_SELF] = 0.3F, [ZD_PAIR_HEADING] = 0.2F, [ZD_PAIR_GIVEN] = 0.5F},
        .rate = o->before ? RATE_ON : RATE_FROM_NOTHING,
        .left_out = ALL,
        .look_every = LOOK_EVERY,
        .patience = PATIENCE,
        .seed = o->seed + 11};
    struct zd_stage_end end;

    j->stage = "texts";
    return run_stage(j, &j->texts, "texts", &stage, &end, err);
}

/* Goes on with the questions but those of the fold; Adagrad's sums begin anew with the stage, so
 * that few questions still move far (0.578 against 0.611 recall@10 on statutes). The first fold holds out
 * a part of its questions and stops in time; all others hold out none, as a twentieth fewer
 * questions are felt, and take as many steps as were best for the first. */
static enum zd_status learn_questions(struct job *j, uint32_t left_out, struct zd_parameters *p,
                                      struct zd_error *err)
{
    const struct zd_train_options *o = j->options;
    const bool is_all = left_out == ALL;
    struct zd_stage_options stage = {.n_steps =
                                         o->question_steps ? o->question_steps : QUESTION_STEPS,
                                     .stop_at = j->best_steps,
                                     .shares = {[ZD_PAIR_SELF] = 0.2F,
                                                [ZD_PAIR_GIVEN] = 0.3F,
                                                [ZD_PAIR_QUESTION] = 0.4F,
                                                [ZD_PAIR_ANSWER] = 0.1F},
                                     .rate = o->before ? RATE_ON : RATE_QUESTIONS,
                                     .left_out = left_out,
                                     .look_every = j->best_steps ? 0 : LOOK_EVERY,
                                     .patience = PATIENCE,
                                     .seed = o->seed + 100 + left_out};
    struct zd_stage_end end = {0};
    char file[32];
    enum zd_status st = zd_parameters_copy(p, &j->texts, err);

    if (st != ZD_OK)
        return st;
    j->stage = is_all ? "questions" : "questions, in part";
    (void)snprintf(file, sizeof file, is_all ? "questions" : "questions-%u", left_out);
    st = run_stage(j, p, file, &stage, &end, err);
    if (st == ZD_OK && !j->best_steps)
        j->best_steps = end.step;
    return st;
}

/* ---- what has answered ---- */

static size_t find_title(const struct zd_model_answered *answered, size_t n, zd_term title)
{
    size_t i = 0;

    while (i < n && answered[i].title != title)
        i++;
    return i;
}

/* Counts the titles that answered questions outside a fold, beside what the model before had. */
static enum zd_status write_priors(const struct job *j, uint32_t left_out, struct zd_buf *out,
                                   struct zd_error *err)
{
    const struct zd_model *before = j->options->before;
    size_t cap = before ? zd_model_n_answered(before) : 0, n = 0;
    struct zd_model_answered *answered;
    enum zd_status st;

    for (size_t s = 0; s < j->options->n_sets; s++)
        cap += j->sets[s].n_questions;
    answered = zd_alloc((cap + 1) * sizeof *answered);
    if (!answered)
        return no_memory(err);
    for (size_t i = 0; before && i < zd_model_n_answered(before); i++)
        answered[n++] = zd_model_answered(before, i);
    for (size_t s = 0; s < j->options->n_sets; s++)
        for (size_t i = 0; i < j->sets[s].n_questions; i++) {
            const struct zd_training_question *q = &j->sets[s].questions[i];
            const zd_term title =
                q->n_documents > 0 ? j->sets[s].documents[q->documents[0]].title : 0;
            size_t place;

            if (q->fold == left_out || title == 0 || q->is_remembered)
                continue;
            place = find_title(answered, n, title);
            n += place == n;
            answered[place].title = title;
            answered[place].n_questions += 1.0F;
        }
    st = zd_model_write_priors(answered, n, out, err);
    zd_free(answered);
    return st;
}

static enum zd_status sketch_of(const struct zd_encoder *encoder, struct zd_str question,
                                struct zd_arena *arena, uint8_t *ret_sketch, struct zd_error *err)
{
    int8_t vector[ZD_ENCODER_MAX_DIMS];
    struct zd_token_list tokens = {0};
    struct zd_str folded = {0};
    enum zd_status st;

    zd_arena_reset(arena);
    st = zd_tokens_of(question, arena, &folded, &tokens, err);
    if (st == ZD_OK)
        st = zd_encoder_encode_text(encoder, folded, arena, vector, err);
    if (st == ZD_OK)
        zd_memory_sketch(vector, zd_encoder_dims(encoder), ret_sketch);
    return st;
}

/* Marks the questions that the model before has learnt already, so that training again on the same
 * ones counts none of them twice. */
static enum zd_status mark_remembered(struct job *j, struct zd_error *err)
{
    const struct zd_model *before = j->options->before;
    const struct zd_memory *memory = before ? zd_model_memory(before) : NULL;
    uint8_t sketch[ZD_MEMORY_SKETCH_MAX];
    enum zd_status st = ZD_OK;

    if (!memory || memory->n_questions == 0)
        return ZD_OK;
    for (size_t s = 0; st == ZD_OK && s < j->options->n_sets; s++)
        for (size_t i = 0; st == ZD_OK && i < j->sets[s].n_questions; i++) {
            struct zd_training_question *q = &j->sets[s].questions[i];
            struct zd_memory_run run;

            if (q->n_documents == 0)
                continue;
            st = sketch_of(zd_model_encoder(before), q->text, j->arena, sketch, err);
            run = zd_memory_of_text(memory, j->sets[s].documents[q->documents[0]].text);
            q->is_remembered = st == ZD_OK && zd_memory_match(memory, run, sketch, true).n <
                                                  zd_memory_match(memory, run, sketch, false).n;
        }
    return st;
}

/* Adds the sketches of a set's questions and the texts that answered them. */
static enum zd_status remember_set(const struct zd_training_set *set,
                                   const struct zd_encoder *encoder, struct zd_arena *arena,
                                   uint8_t *sketches, struct zd_memory_answer *answers,
                                   struct zd_memory_source *source, struct zd_error *err)
{
    enum zd_status st = ZD_OK;

    for (size_t i = 0; st == ZD_OK && i < set->n_questions; i++) {
        const struct zd_training_question *q = &set->questions[i];

        if (q->n_documents == 0 || q->is_remembered)
            continue;
        st = sketch_of(encoder, q->text, arena,
                       sketches + (size_t)source->n_questions * source->sketch_bytes, err);
        for (size_t k = 0; k < q->n_documents; k++)
            answers[source->n_answers++] = (struct zd_memory_answer){
                set->documents[q->documents[k]].text, source->n_questions};
        source->n_questions++;
    }
    return st;
}

/* What the model before remembers: training on moves its vectors too little to forget it. */
static void take_over_memory(const struct zd_memory *before, uint8_t *sketches,
                             struct zd_memory_answer *answers, struct zd_memory_source *source)
{
    if (!before || before->sketch_bytes != source->sketch_bytes)
        return;
    memcpy(sketches, before->sketches, (size_t)before->n_questions * before->sketch_bytes);
    for (uint32_t i = 0; i < before->n_answers; i++)
        answers[i] = zd_memory_answer_at(before, i);
    source->n_questions = before->n_questions;
    source->n_answers = before->n_answers;
}

/* What all questions were answered by, in the sight of the encoder just written, behind what the
 * model before remembers. */
static enum zd_status write_memory(const struct job *j, const struct zd_buf *encoder_section,
                                   struct zd_buf *out, struct zd_error *err)
{
    const struct zd_memory *before =
        j->options->before ? zd_model_memory(j->options->before) : NULL;
    struct zd_memory_source source = {.sketch_bytes = j->texts.n_dims / 8};
    struct zd_encoder *encoder = NULL;
    struct zd_arena *arena = zd_arena_new(64 * ZD_MiB);
    struct zd_memory_answer *answers;
    uint8_t *sketches;
    size_t n_questions = before ? before->n_questions : 0;
    size_t n_answers = before ? before->n_answers : 0;
    enum zd_status st = ZD_OK;

    for (size_t s = 0; s < j->options->n_sets; s++)
        for (size_t i = 0; i < j->sets[s].n_questions; i++) {
            n_questions++;
            n_answers += j->sets[s].questions[i].n_documents;
        }
    sketches = zd_alloc((n_questions + 1) * source.sketch_bytes);
    answers = zd_alloc((n_answers + 1) * sizeof *answers);
    if (!arena || !sketches || !answers)
        st = no_memory(err);
    if (st == ZD_OK)
        st = zd_encoder_open(zd_str_bytes(zd_buf_view(encoder_section)), &encoder, err);
    if (st == ZD_OK)
        take_over_memory(before, sketches, answers, &source);
    for (size_t s = 0; st == ZD_OK && s < j->options->n_sets; s++)
        st = remember_set(&j->sets[s], encoder, arena, sketches, answers, &source, err);
    source.sketches = sketches;
    source.answers = answers;
    if (st == ZD_OK && source.n_questions > 0)
        st = zd_memory_write(&source, out, err);
    zd_encoder_close(encoder);
    zd_free(sketches);
    zd_free(answers);
    zd_arena_free(arena);
    return st;
}

/* ---- models ---- */

struct sections {
    struct zd_buf encoder, priors, memory, ranker, look, topic, sure, words, note;
};

static void sections_init(struct sections *s)
{
    *s = (struct sections){0};
    s->encoder.max = s->priors.max = s->memory.max = s->ranker.max = s->look.max = s->topic.max =
        s->sure.max = s->words.max = s->note.max = ZD_MODEL_MAX_BYTES;
}

static void sections_done(struct sections *s)
{
    zd_buf_done(&s->encoder);
    zd_buf_done(&s->priors);
    zd_buf_done(&s->memory);
    zd_buf_done(&s->ranker);
    zd_buf_done(&s->look);
    zd_buf_done(&s->topic);
    zd_buf_done(&s->sure);
    zd_buf_done(&s->words);
    zd_buf_done(&s->note);
}

static enum zd_status write_encoder(const struct job *j, const struct zd_parameters *p,
                                    struct zd_buf *out, struct zd_error *err)
{
    return zd_encoder_write(&(struct zd_encoder_source){.terms = j->view.terms,
                                                        .e = p->e,
                                                        .w = p->w,
                                                        .n_terms = p->n_rows,
                                                        .n_dims = p->n_dims},
                            out, err);
}

static void add_section(struct zd_model_file *file, const char *tag, const struct zd_buf *buf,
                        struct zd_bytes instead)
{
    const struct zd_bytes bytes = buf->n > 0 ? zd_str_bytes(zd_buf_view(buf)) : instead;

    if (bytes.n == 0)
        return;
    file->sections[file->n_sections].tag = ZD_MODEL_TAG(tag);
    file->sections[file->n_sections++].bytes = bytes;
}

/* A whole file; what was not learnt is taken over from the model before. */
static enum zd_status assemble(const struct job *j, const struct sections *s, struct zd_buf *out,
                               struct zd_error *err)
{
    const struct zd_model *before = j->options->before;
    struct zd_model_file file = {0};
#define BEFORE(tag)                                                                                \
    (before ? zd_model_section(before, ZD_MODEL_TAG(tag)) : (struct zd_bytes){NULL, 0})

    add_section(&file, "ENCO", &s->encoder, BEFORE("ENCO"));
    add_section(&file, "PRIO", &s->priors, BEFORE("PRIO"));
    add_section(&file, "MEMO", &s->memory, (struct zd_bytes){NULL, 0}); /* of its own encoder */
    add_section(&file, "RANK", &s->ranker, BEFORE("RANK"));
    add_section(&file, "LOOK", &s->look, BEFORE("LOOK"));
    add_section(&file, "TOPC", &s->topic, BEFORE("TOPC"));
    add_section(&file, "SURE", &s->sure, BEFORE("SURE"));
    add_section(&file, "SPAN", &s->words, BEFORE("SPAN"));
    add_section(&file, "NOTE", &s->note, (struct zd_bytes){NULL, 0});
#undef BEFORE
    zd_model_file_write(&file, out);
    return zd_buf_check(out, "the model", err);
}

/* ---- asking each fifth ---- */

/* A question of another office, in the fold of one of this one. */
static struct zd_training_question foreign_to(const struct job *j, size_t other, size_t i,
                                              const struct zd_training_question *q)
{
    struct zd_training_question foreign =
        j->sets[other].questions[(i * 7919) % j->sets[other].n_questions];

    foreign.fold = q->fold;
    foreign.n_documents = 0;
    foreign.on = 0;
    foreign.region = (struct zd_str){0};
    return foreign;
}

static enum zd_status ask_as(struct job *j, struct zd_train_office *office, size_t set, size_t i,
                             bool as_new, struct zd_error *err)
{
    const struct zd_training_question *q = &j->sets[set].questions[i];
    const size_t other =
        (set + 1 + i % (j->options->n_sets > 1 ? j->options->n_sets - 1 : 1)) % j->options->n_sets;
    enum zd_status st = zd_train_ask(
        &j->rows, office, q, q->n_documents > 0 ? ZD_ASKED_OWN : ZD_ASKED_WITHOUT, as_new, err);

    if (st == ZD_OK && q->holds_words)
        st = zd_train_ask(&j->rows, office, q, ZD_ASKED_WITHOUT, as_new, err);
    if (st == ZD_OK && other != set && j->sets[other].n_questions > 0) {
        const struct zd_training_question foreign = foreign_to(j, other, i, q);

        st = zd_train_ask(&j->rows, office, &foreign, ZD_ASKED_FOREIGN, as_new, err);
    }
    return st;
}

/* Every second question is asked once more as in a new office: who learns only from offices that
 * remember takes a text that has never answered for a wrong one. */
static enum zd_status ask_one(struct job *j, struct zd_train_office *office, size_t set, size_t i,
                              struct zd_error *err)
{
    enum zd_status st = ask_as(j, office, set, i, false, err);

    return st == ZD_OK && i % 2 == 0 ? ask_as(j, office, set, i, true, err) : st;
}

/* An index of a set made with a model, in the work folder. */
static enum zd_status open_trial(struct job *j, const struct zd_model *model, size_t set,
                                 struct zd_train_office *office, struct zd_index **ret_index,
                                 struct zd_error *err)
{
    uint64_t generation = 0;
    enum zd_status st = zd_ingest_index_into(zd_view_store(j->sets[set].view), model,
                                             j->options->folder, &generation, err);

    if (st == ZD_OK)
        st = zd_index_open(j->options->folder, generation, ret_index, err);
    if (st != ZD_OK)
        return st;
    *office = (struct zd_train_office){.set = &j->sets[set],
                                       .number = (uint32_t)set,
                                       .index = *ret_index,
                                       .model = model,
                                       .catalogue = zd_catalogue_new(),
                                       .arena = j->arena};
    if (!office->catalogue)
        return no_memory(err);
    zd_catalogue_begin(office->catalogue, generation, zd_subject_owner());
    return ZD_OK;
}

static enum zd_status close_trial(struct job *j, struct zd_train_office *office,
                                  struct zd_index *index, enum zd_status st, struct zd_error *err)
{
    zd_catalogue_free(office->catalogue);
    zd_index_close(index);
    return st == ZD_OK ? zd_durable_empty(j->options->folder, err) : st;
}

static size_t step_of(const struct zd_training_set *set)
{
    return set->n_questions / ASKED_EACH + 1;
}

static enum zd_status ask_set(struct job *j, const struct zd_model *model, size_t set,
                              uint32_t fold, struct zd_error *err)
{
    const struct zd_training_set *s = &j->sets[set];
    struct zd_train_office office = {0};
    struct zd_index *index = NULL;
    enum zd_status st = open_trial(j, model, set, &office, &index, err);

    for (size_t i = 0; st == ZD_OK && i < s->n_questions; i++) {
        if (s->questions[i].fold != fold || i % step_of(s) != 0)
            continue;
        st = check_cancel(j, err);
        if (st == ZD_OK)
            st = ask_one(j, &office, set, i, err);
    }
    return close_trial(j, &office, index, st, err);
}

/* A fifth of the questions, asked with an encoder that was not fitted to them. */
static enum zd_status ask_fold(struct job *j, uint32_t fold, struct zd_parameters *p,
                               struct zd_error *err)
{
    struct sections s;
    struct zd_buf file = {.max = ZD_MODEL_MAX_BYTES};
    struct zd_model *model = NULL;
    enum zd_status st = learn_questions(j, fold, p, err);

    sections_init(&s);
    if (st == ZD_OK)
        st = write_encoder(j, p, &s.encoder, err);
    if (st == ZD_OK)
        st = write_priors(j, fold, &s.priors, err);
    if (st == ZD_OK)
        st = write_memory(j, &s.encoder, &s.memory, err);
    if (st == ZD_OK)
        st = assemble(j, &s, &file, err);
    if (st == ZD_OK)
        st = zd_model_from_bytes(zd_str_bytes(zd_buf_view(&file)), true, &model, err);
    for (size_t set = 0; st == ZD_OK && set < j->options->n_sets; set++) {
        if (j->options->on_stage)
            j->options->on_stage(j->options->context, "asking", fold * j->options->n_sets + set,
                                 ZD_TRAINING_FOLDS * j->options->n_sets, 0.0);
        st = j->sets[set].n_questions > 0 ? ask_set(j, model, set, fold, err) : ZD_OK;
    }
    zd_model_close(model);
    zd_buf_done(&file);
    sections_done(&s);
    return st;
}

static enum zd_status learn_ranking(struct job *j, struct sections *s, struct zd_error *err)
{
    struct zd_parameters p = {0};
    enum zd_status st = ZD_OK;

    for (uint32_t fold = 0; st == ZD_OK && fold < ZD_TRAINING_FOLDS; fold++)
        st = ask_fold(j, fold, &p, err);
    zd_parameters_done(&p);
    if (st == ZD_OK)
        st = zd_train_fit(&j->rows, j->options, &s->ranker, &s->look, &s->topic, &s->sure,
                          &j->figures, err);
    return st;
}

/* ---- which words answer ---- */

static bool on_words(void *context, size_t done, size_t of)
{
    const struct job *j = context;

    if (j->options->on_stage)
        j->options->on_stage(j->options->context, "words", done, of, 0.0);
    return !(j->options->cancel && atomic_load(j->options->cancel));
}

/* Questions of a set whose answers' words stand in a passage. */
static enum zd_status ask_words(struct job *j, const struct zd_model *model, size_t set,
                                struct zd_answer_learner *learner, size_t *n_kept,
                                struct zd_error *err)
{
    const struct zd_training_set *s = &j->sets[set];
    struct zd_train_office office = {0};
    struct zd_index *index = NULL;
    size_t n = 0;
    enum zd_status st;

    for (size_t i = 0; i < s->n_questions; i++)
        n += s->questions[i].holds_words;
    if (n == 0)
        return ZD_OK;
    st = open_trial(j, model, set, &office, &index, err);
    for (size_t i = 0; st == ZD_OK && i < s->n_questions; i++) {
        if (!s->questions[i].holds_words || i % step_of(s) != 0)
            continue;
        st = check_cancel(j, err);
        if (st == ZD_OK)
            st = zd_train_ask_words(learner, &office, &s->questions[i], err);
        ++*n_kept;
    }
    return close_trial(j, &office, index, st, err);
}

/* Ranks with the finished model, which has seen the questions: what is learnt here is where words
 * stand in a passage, not which passage it is. */
static enum zd_status learn_words(struct job *j, struct sections *s, struct zd_error *err)
{
    const struct zd_answer_learning options = {
        .seed = j->options->seed, .progress = on_words, .context = j};
    struct zd_answer_learner *learner = NULL;
    struct zd_buf file = {.max = ZD_MODEL_MAX_BYTES};
    struct zd_model *model = NULL;
    size_t n = 0;
    enum zd_status st = zd_answer_learner_new(&learner, err);

    if (st == ZD_OK)
        st = assemble(j, s, &file, err);
    if (st == ZD_OK)
        st = zd_model_from_bytes(zd_str_bytes(zd_buf_view(&file)), true, &model, err);
    for (size_t set = 0; st == ZD_OK && set < j->options->n_sets; set++)
        st = ask_words(j, model, set, learner, &n, err);
    if (st == ZD_OK && n >= ZD_TRAIN_QUESTIONS_MIN)
        st = zd_answer_learn(learner, &options, &s->words, err);
    zd_model_close(model);
    zd_buf_done(&file);
    zd_answer_learner_free(learner);
    return st;
}

/* ---- all ---- */

static void write_note(const struct job *j, struct zd_buf *out)
{
    const struct zd_train_measure *m = &j->figures.all;

    zd_buf_printf(out,
                  "{\"passages\":%llu,\"pairs\":%llu,\"questions\":%llu,\"dims\":%u,\"terms\":%u,"
                  "\"seed\":%llu,\"ndcg@10\":%.4f,\"mrr@10\":%.4f,\"recall@10\":%.4f,"
                  "\"recall@100\":%.4f,\"hit@1\":%.4f,\"auc\":%.4f,\"refused@95\":%.4f,"
                  "\"calibration_error\":%.4f}",
                  (unsigned long long)j->figures.n_passages, (unsigned long long)j->figures.n_pairs,
                  (unsigned long long)m->n_questions, j->texts.n_dims, j->texts.n_rows,
                  (unsigned long long)j->options->seed, m->ndcg10, m->mrr10, m->recall10,
                  m->recall100, m->hit1, m->auc, m->refused_at_95, m->calibration_error);
}

static enum zd_status learn_all(struct job *j, struct zd_buf *ret_model, struct zd_error *err)
{
    struct zd_parameters p = {0};
    struct sections s;
    size_t n_questions = 0;
    enum zd_status st = learn_texts(j, err);

    sections_init(&s);
    for (size_t i = 0; i < j->options->n_sets; i++)
        n_questions += j->sets[i].n_questions;
    if (st == ZD_OK && n_questions >= QUESTIONS_JUDGED && !j->options->quick)
        st = learn_ranking(j, &s, err);
    if (st == ZD_OK && n_questions > 0)
        st = learn_questions(j, ALL, &p, err);
    if (st == ZD_OK)
        st = write_encoder(j, n_questions > 0 ? &p : &j->texts, &s.encoder, err);
    if (st == ZD_OK)
        st = write_priors(j, ALL, &s.priors, err);
    if (st == ZD_OK)
        st = write_memory(j, &s.encoder, &s.memory, err);
    write_note(j, &s.note);
    if (st == ZD_OK && n_questions >= ZD_TRAIN_QUESTIONS_MIN && !j->options->quick)
        st = learn_words(j, &s, err);
    if (st == ZD_OK)
        st = assemble(j, &s, ret_model, err);
    zd_parameters_done(&p);
    sections_done(&s);
    return st;
}

enum zd_status zd_train(const struct zd_train_options *options, struct zd_buf *ret_model,
                        struct zd_train_figures *ret_figures, struct zd_error *err)
{
    struct job j = {.options = options};
    enum zd_status st = ZD_OK;

    j.corpus = zd_corpus_new();
    j.arena = zd_arena_new(ARENA_BYTES);
    if (!j.corpus || !j.arena)
        st = no_memory(err);
    if (st == ZD_OK)
        st = read_all(&j, err);
    if (st == ZD_OK)
        st = prepare(&j, err);
    if (st == ZD_OK)
        st = mark_remembered(&j, err);
    j.figures.n_passages = j.view.n_passages;
    if (st == ZD_OK)
        st = learn_all(&j, ret_model, err);
    if (st == ZD_OK)
        *ret_figures = j.figures;
    for (size_t i = 0; i < ZD_TRAIN_SETS_MAX; i++)
        zd_training_set_close(&j.sets[i]);
    zd_train_rows_done(&j.rows);
    zd_parameters_done(&j.texts);
    zd_corpus_free(j.corpus);
    zd_arena_free(j.arena);
    return st;
}

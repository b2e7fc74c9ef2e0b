/* make.c: from a ranking to an answer or a refusal (see answer.h).
 *
 * 1. The gate: below the threshold nothing is answered. Why not is then asked of the index once
 *    more, without the day and without the region.
 * 2. The evidence: the best passages, each text once.
 * 3. The words: a field, a row, a clause or an answered question that leads the ranking is given
 *    whole where it is short; of everything else the run of words that run.c chooses.
 * 4. The citations: the passage that the words are from, then the other evidence in its order; running
 *    text with its neighbours (cite.c).
 */
#include "answer/answer_private.h"
#include "answer/gate.h"
#include "base/buf.h"
#include "base/utf8.h"

#define THRESHOLD 0.15
#define CITATIONS 4
#define CITED_MIN 0.6F      /* of the best passage's score: weaker ones are no evidence */
#define WHOLE_MAX_CHARS 400 /* a longer clause or field is answered from, not given whole */

static bool is_known(const struct zd_answer__source *sources, size_t n, struct zd_str text)
{
    for (size_t i = 0; i < n; i++)
        if (zd_str_eq(sources[i].passage.text, text))
            return true;
    return false;
}

enum zd_status zd_answer__sources(const struct zd_ranking *ranking, struct zd_store *store,
                                  const struct zd_subject *subject, size_t want,
                                  struct zd_arena *arena, struct zd_answer__source *sources,
                                  size_t *ret_n, struct zd_error *err)
{
    size_t n = 0;

    for (size_t i = 0; i < ranking->n && n < want; i++) {
        struct zd_stored_passage passage = {0};
        enum zd_status st =
            zd_passage_get(store, subject, ranking->p[i].passage, arena, &passage, err);

        if (st == ZD_NOT_FOUND)
            continue;
        if (st != ZD_OK)
            return st;
        if (ranking->p[i].score < CITED_MIN * ranking->p[0].score)
            break;
        if (!is_known(sources, n, passage.text))
            sources[n++] = (struct zd_answer__source){&ranking->p[i], passage};
    }
    *ret_n = n;
    return ZD_OK;
}

/* The part of a passage that may be given whole; empty where it must be cut. */
static struct zd_str whole_of(const struct zd_stored_passage *passage)
{
    struct zd_str text = passage->text;

    switch (passage->kind) {
    case ZD_PASSAGE_FIELD:
    case ZD_PASSAGE_ROW:
    case ZD_PASSAGE_CLAUSE:
        break;
    case ZD_PASSAGE_QA: {
        size_t line = zd_str_find(text, ZD_STR("\n"), 0);

        if (line == SIZE_MAX)
            return (struct zd_str){0};
        text = zd_str_trim(zd_str_cut(text, line, text.n));
        break;
    }
    default:
        return (struct zd_str){0};
    }
    return zd_utf8_chars(text) <= WHOLE_MAX_CHARS ? text : (struct zd_str){0};
}

/* The next part of *rest up to `mark`; *rest moves behind it. */
static struct zd_str next_part(struct zd_str *rest, struct zd_str mark)
{
    size_t at = zd_str_find(*rest, mark, 0);
    struct zd_str part = zd_str_cut(*rest, 0, at);

    *rest = zd_str_cut(*rest, at == SIZE_MAX ? rest->n : at + mark.n, rest->n);
    return zd_str_trim(part);
}

/* A table row for people: "项目：补领；标准：每证10元". Its cells stand between tabs, the names of its
 * columns in the context between bars; a cell without a name stands alone. */
static struct zd_str show_row(const struct zd_stored_passage *row, struct zd_arena *arena)
{
    struct zd_buf out = {.max = 4 * (row->text.n + row->context.n) + 64};
    struct zd_str cells = row->text, names = row->context, result;

    while (cells.n > 0) {
        struct zd_str cell = next_part(&cells, ZD_STR("\t"));
        struct zd_str name = next_part(&names, ZD_STR(" | "));

        if (cell.n == 0)
            continue;
        if (out.n > 0)
            zd_buf_str(&out, ZD_STR("；"));
        if (name.n > 0) {
            zd_buf_str(&out, name);
            zd_buf_str(&out, ZD_STR("："));
        }
        zd_buf_str(&out, cell);
    }
    result = zd_arena_str(arena, zd_buf_view(&out));
    if (out.bad)
        result = (struct zd_str){0};
    zd_buf_done(&out);
    return result;
}

/* Punctuation that joins does not belong to an answer's first or last words. */
static struct zd_str tidy(struct zd_str words)
{
    const struct zd_str first[] = {ZD_STR("，"), ZD_STR("、"), ZD_STR("；"), ZD_STR("。"),
                                   ZD_STR("："), ZD_STR("”"),  ZD_STR(","),  ZD_STR(";")};
    const struct zd_str last[] = {ZD_STR("，"), ZD_STR("、"), ZD_STR("；"), ZD_STR("："),
                                  ZD_STR("“"),  ZD_STR("（"), ZD_STR(","),  ZD_STR(";")};

    words = zd_str_trim(words);
    for (size_t i = 0; i < ZD_COUNT(first); i++)
        if (zd_str_starts(words, first[i]))
            words = zd_str_trim(zd_str_cut(words, first[i].n, words.n));
    for (size_t i = 0; i < ZD_COUNT(last); i++)
        if (zd_str_ends(words, last[i]))
            words = zd_str_trim(zd_str_cut(words, 0, words.n - last[i].n));
    return words;
}

/* The words that answer and the source they are from. */
static enum zd_status choose_words(const struct zd_question *question,
                                   const struct zd_ranking *ranking,
                                   const struct zd_answer__source *sources, size_t n,
                                   const struct zd_answer_model *model, struct zd_arena *arena,
                                   struct zd_str *ret_words, size_t *ret_source,
                                   struct zd_error *err)
{
    struct zd_answer__reading reading = {0};
    struct zd_answer__run run = {0};
    struct zd_str whole = whole_of(&sources[0].passage);
    uint32_t source, start, end;
    enum zd_status st;

    *ret_source = 0;
    if (whole.n > 0) {
        *ret_words = sources[0].passage.kind == ZD_PASSAGE_ROW
                         ? show_row(&sources[0].passage, arena)
                         : whole;
        return ret_words->p ? ZD_OK : ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for an answer");
    }
    st = zd_answer__read(question, ranking, sources, n, arena, &reading, err);
    if (st != ZD_OK)
        return st;
    *ret_words = sources[0].passage.text;
    if (zd_answer__choose(&reading, model, &run)) {
        zd_answer__run_bytes(&reading, &run, &source, &start, &end);
        *ret_source = source;
        *ret_words = tidy(zd_str_cut(sources[source].passage.text, start, end));
    }
    return ZD_OK;
}

static bool is_shown(const struct zd_answer__cited *cited, size_t n,
                     const struct zd_stored_passage *passage)
{
    for (size_t i = 0; i < n; i++)
        if (cited[i].version == passage->version && cited[i].start <= passage->start &&
            cited[i].end >= passage->end)
            return true;
    return false;
}

/* Cites the source that the answer is from, then the others that no citation shows yet. */
static enum zd_status cite_all(const struct zd_question *question, struct zd_store *store,
                               const struct zd_subject *subject,
                               const struct zd_answer__source *sources, size_t n, size_t first,
                               size_t max, struct zd_arena *arena, struct zd_answer *answer,
                               struct zd_error *err)
{
    struct zd_answer__cited *cited = zd_arena_array(arena, max + 1, sizeof *cited);
    enum zd_status st = ZD_OK;

    answer->citations = zd_arena_array(arena, max + 1, sizeof *answer->citations);
    if (!answer->citations || !cited)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for citations");
    for (size_t i = 0; st == ZD_OK && i <= n && answer->n_citations < max; i++) {
        const struct zd_answer__source *source = &sources[i == 0 ? first : i - 1];
        struct zd_citation *citation = &answer->citations[answer->n_citations];
        struct zd_answer__cited *span = &cited[answer->n_citations];

        if (is_shown(cited, answer->n_citations, &source->passage))
            continue;
        st = zd_cite(store, subject, source->ranked->passage, question->on, arena, citation, err);
        if (st == ZD_OK)
            st = zd_answer__cited_of(store, subject, &source->passage, arena, span, err);
        if (st == ZD_OK)
            st = zd_answer__cite_span(store, subject, span, arena, citation, err);
        answer->n_citations++;
    }
    return st;
}

/* Whether the question would be answered if its scope were wider. */
static enum zd_status answers_with(const struct zd_question *wider, const struct zd_reader *reader,
                                   double threshold, struct zd_arena *arena, bool *ret_answers,
                                   struct zd_error *err)
{
    struct zd_ranking ranking = {0};
    enum zd_status st = zd_rank(wider, reader, 20, arena, &ranking, err);

    if (st == ZD_OK)
        *ret_answers = zd_gate_confidence(wider, &ranking, reader->model) >= threshold;
    return st;
}

static enum zd_status why_not(const struct zd_question *question, const struct zd_reader *reader,
                              double threshold, struct zd_arena *arena, enum zd_refusal *ret_why,
                              struct zd_error *err)
{
    struct zd_question wider = *question;
    bool answers = false;
    enum zd_status st = ZD_OK;

    *ret_why = ZD_REFUSAL_NOTHING;
    if (!reader->index)
        return ZD_OK;
    wider.any_time = true;
    if (!question->any_time)
        st = answers_with(&wider, reader, threshold, arena, &answers, err);
    if (st == ZD_OK && answers) {
        *ret_why = ZD_REFUSAL_NOT_IN_FORCE;
        return ZD_OK;
    }
    wider.any_time = question->any_time;
    wider.regions = (struct zd_region_list){0};
    if (st == ZD_OK && question->regions.n > 0)
        st = answers_with(&wider, reader, threshold, arena, &answers, err);
    if (st == ZD_OK && answers)
        *ret_why = ZD_REFUSAL_OTHER_REGION;
    return st;
}

/* True where the best passage speaks for a neighbour of the region that the question names: another
 * district of the same city, as their whole names tell (云岫市东屏区, 云岫市西浦区). */
static enum zd_status is_neighbours(const struct zd_question *question,
                                    const struct zd_ranking *ranking, struct zd_store *store,
                                    struct zd_arena *arena, bool *ret_neighbours,
                                    struct zd_error *err)
{
    const struct zd_str units[] = {ZD_STR("省"), ZD_STR("市"), ZD_STR("州"), ZD_STR("自治区")};
    struct zd_str name = {0}, same;
    size_t n = 0;
    enum zd_status st;

    if (ranking->n == 0 || !ranking->p[0].elsewhere)
        return ZD_OK;
    st = zd_region_name(store, ranking->p[0].region, arena, &name, err);
    if (st != ZD_OK)
        return st == ZD_NOT_FOUND ? ZD_OK : st;
    while (n < name.n && n < question->region.n && name.p[n] == question->region.p[n])
        n++;
    same = zd_str_cut(name, 0, zd_utf8_floor(name, n));
    for (size_t i = 0; i < ZD_COUNT(units); i++)
        if (zd_str_ends(same, units[i]) && same.n < name.n && same.n < question->region.n)
            *ret_neighbours = true;
    return ZD_OK;
}

/* Fills in a refusal; why is found out unless answer->refusal says it. */
static enum zd_status refuse(struct zd_answer *answer, const struct zd_reader *reader,
                             const struct zd_answer_options *options, double threshold,
                             struct zd_arena *arena, struct zd_error *err)
{
    enum zd_status st = ZD_OK;

    if (answer->refusal == ZD_REFUSAL_NONE)
        st = why_not(&answer->question, reader, threshold, arena, &answer->refusal, err);
    if (st != ZD_OK)
        return st;
    answer->refused = true;
    answer->answer = ZD_STR("");
    answer->reason = zd_answer__reason(answer->refusal, &answer->question, options->contact, arena);
    return answer->reason.p ? ZD_OK : ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for an answer");
}

static enum zd_status extract(struct zd_answer *answer, const struct zd_ranking *ranking,
                              struct zd_store *store, const struct zd_subject *subject,
                              const struct zd_answer_options *options, struct zd_arena *arena,
                              struct zd_error *err)
{
    const size_t cited = options->max_citations ? options->max_citations : CITATIONS;
    const size_t want = 2 * cited > ZD_ANSWER__PASSAGES ? 2 * cited : ZD_ANSWER__PASSAGES;
    struct zd_answer__source *sources = zd_arena_array(arena, want, sizeof *sources);
    size_t n = 0, first = 0;
    enum zd_status st;

    if (!sources)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for an answer");
    st = zd_answer__sources(ranking, store, subject, want, arena, sources, &n, err);
    if (st == ZD_OK && n > 0)
        st = choose_words(&answer->question, ranking, sources,
                          n < ZD_ANSWER__PASSAGES ? n : ZD_ANSWER__PASSAGES, options->model, arena,
                          &answer->answer, &first, err);
    if (st == ZD_OK && n > 0)
        st = cite_all(&answer->question, store, subject, sources, n, first, cited, arena, answer,
                      err);
    return st;
}

enum zd_status zd_answer_make(const struct zd_question *question, const struct zd_ranking *ranking,
                              const struct zd_reader *reader,
                              const struct zd_answer_options *options, struct zd_arena *arena,
                              struct zd_answer *ret_answer, struct zd_error *err)
{
    const double threshold = options->threshold > 0.0 ? options->threshold : THRESHOLD;
    struct zd_answer answer = {.question = *question,
                               .confidence = zd_gate_confidence(question, ranking, reader->model),
                               .partial = ranking->partial};
    bool neighbours = false;
    enum zd_status st = is_neighbours(question, ranking, reader->store, arena, &neighbours, err);

    if (neighbours)
        answer.refusal = ZD_REFUSAL_OTHER_REGION;
    else if (st == ZD_OK && answer.confidence >= threshold)
        st = extract(&answer, ranking, reader->store, reader->subject, options, arena, err);
    if (st == ZD_OK && answer.n_citations == 0)
        st = refuse(&answer, reader, options, threshold, arena, err);
    if (st == ZD_OK)
        *ret_answer = answer;
    return st;
}

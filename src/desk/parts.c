/* parts.c: the answer to a question that asks several things at once (answer/parts.h).
 *
 *   1. The first part is asked alone; what it does not answer, the others are not asked of.
 *   2. Each later part is taken as a question that follows the ones before it (retrieve/follow.h).
 *      Where it leans on them, only documents of their matter may answer; where these do not, another
 *      one may that is fairly sure. It must give the kind of thing that is asked for, and hold a
 *      word of the part where that has any of its own.
 *   3. The answers stand in order, each under its part and with its citation; a part without evidence
 *      says so. Where all parts are answered by the same words the answer stays as it was.
 */
#include "answer/parts.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "desk/desk_private.h"

#define CANDIDATES 64
/* For another document than those of the matter, or a whole that was refused. Of 64 pairs of an
 * answerable question of the invented office and one without an answer 48 are then answered (45 at
 * 0.5), of 64 pairs of two without an answer 16 (14). */
#define SURE 0.35
#define ANSWER_MAX_BYTES ((size_t)64 << 10)

struct asked {
    struct zd_str parts[ZD_PARTS_MAX];
    struct zd_answer answers[ZD_PARTS_MAX];
    bool found[ZD_PARTS_MAX];
    size_t n;
    int64_t matter[ZD_FOLLOW_MAX_DOCUMENTS + 1]; /* documents */
    size_t n_matter;
};

static enum zd_status no_memory(struct zd_error *err)
{
    return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the answer");
}

static bool is_of_matter(const struct asked *a, int64_t document)
{
    for (size_t i = 0; i < a->n_matter; i++)
        if (a->matter[i] == document)
            return true;
    return false;
}

/* Leaves only the passages of the matter's documents. */
static struct zd_ranking within_matter(const struct asked *a, const struct zd_ranking *all,
                                       struct zd_arena *arena)
{
    struct zd_ranking some = *all;

    some.p = zd_arena_array(arena, all->n + 1, sizeof *some.p);
    some.n = 0;
    for (size_t i = 0; some.p && i < all->n; i++)
        if (is_of_matter(a, all->p[i].document))
            some.p[some.n++] = all->p[i];
    some.n_candidates = some.n;
    return some;
}

/* True where the answer gives the kind of thing that the part asks for. */
static bool is_fitting(struct zd_str part, const struct zd_answer *answer)
{
    return !answer->refused && answer->n_citations > 0 &&
           zd_part_may_be_answered_by(part, answer->answer);
}

/* Whether a word of the part itself stands in what is cited, or above it: 坐公交要钱吗 is not answered
 * by what a card costs. */
static enum zd_status has_own_words(const struct zd_reader *reader, const struct zd_ask *ask,
                                    struct zd_str part, const struct zd_citation *citation,
                                    struct zd_arena *arena, bool *ret_has, struct zd_error *err)
{
    const struct zd_scope scope = zd_desk__scope(ask);
    struct zd_question question = {0};
    struct zd_buf folded = {.max = ANSWER_MAX_BYTES};
    enum zd_status st = zd_understand(part, &scope, reader->store, arena, &question, err);

    *ret_has = false;
    if (st != ZD_OK)
        return st;
    zd_text_fold(citation->path, &folded);
    zd_text_fold(citation->text, &folded);
    for (size_t i = 0; i < question.n_said; i++)
        if (zd_utf8_chars(question.words[i]) >= 2 &&
            zd_str_find(zd_buf_view(&folded), question.words[i], 0) != SIZE_MAX)
            *ret_has = true;
    zd_buf_done(&folded);
    return ZD_OK;
}

/* Whether an answer is evidence for a later part. */
static enum zd_status judge(const struct zd_reader *reader, const struct zd_ask *ask,
                            struct zd_str part, const struct zd_follow *follow,
                            const struct zd_answer *answer, struct zd_arena *arena, bool *ret_is,
                            struct zd_error *err)
{
    *ret_is = is_fitting(part, answer);
    if (!*ret_is || follow->elliptical)
        return ZD_OK;
    return has_own_words(reader, ask, part, &answer->citations[0], arena, ret_is, err);
}

/* The first part, which names the matter. */
static enum zd_status ask_first(const struct zd_reader *reader, const struct zd_ask *ask,
                                struct zd_arena *arena, struct asked *a, struct zd_error *err)
{
    struct zd_ask first = *ask;
    struct zd_question question = {0};
    struct zd_ranking ranking = {0};
    enum zd_status st;

    first.question = a->parts[0];
    st = zd_desk__rank(reader, &first, CANDIDATES, arena, &question, &ranking, err);
    if (st == ZD_OK)
        st = zd_answer_make(&question, &ranking, reader, &ask->options, arena, &a->answers[0], err);
    if (st != ZD_OK)
        return st;
    a->found[0] = is_fitting(a->parts[0], &a->answers[0]);
    if (a->found[0] && ranking.n > 0)
        a->matter[a->n_matter++] = ranking.p[0].document;
    return ZD_OK;
}

/* The documents that the parts before led to. */
static void add_matter(struct asked *a, const struct zd_follow *follow)
{
    for (size_t i = 0; i < follow->n_documents && a->n_matter < ZD_COUNT(a->matter); i++)
        if (!is_of_matter(a, follow->documents[i]))
            a->matter[a->n_matter++] = follow->documents[i];
}

static enum zd_status ask_later(const struct zd_reader *reader, const struct zd_ask *ask, size_t k,
                                struct zd_arena *arena, struct asked *a, struct zd_error *err)
{
    const struct zd_scope scope = zd_desk__scope(ask);
    struct zd_follow follow = {0};
    struct zd_ask later = *ask;
    struct zd_question question = {0};
    struct zd_ranking all = {0}, some;
    struct zd_answer *answer = &a->answers[k];
    enum zd_status st = zd_follow(a->parts, k, a->parts[k], &scope, reader, arena, &follow, err);

    later.question = follow.question;
    if (st == ZD_OK)
        st = zd_desk__rank(reader, &later, CANDIDATES, arena, &question, &all, err);
    if (st != ZD_OK)
        return st;
    if (follow.carried) {
        add_matter(a, &follow);
        zd_follow_prefer(&follow, &all);
        some = within_matter(a, &all, arena);
        if (!some.p)
            return no_memory(err);
        if (some.n > 0)
            st = zd_answer_make(&question, &some, reader, &ask->options, arena, answer, err);
        if (st == ZD_OK && some.n > 0)
            st = judge(reader, ask, a->parts[k], &follow, answer, arena, &a->found[k], err);
    }
    if (st != ZD_OK || a->found[k])
        return st;
    st = zd_answer_make(&question, &all, reader, &ask->options, arena, answer, err);
    if (st == ZD_OK && (!follow.carried || answer->confidence >= SURE))
        st = judge(reader, ask, a->parts[k], &follow, answer, arena, &a->found[k], err);
    return st;
}

/* True where the parts are answered by words that stand in each other. */
static bool is_one_answer(const struct asked *a)
{
    for (size_t i = 0; i < a->n; i++)
        if (!a->found[i] ||
            (zd_str_find(a->answers[i].answer, a->answers[0].answer, 0) == SIZE_MAX &&
             zd_str_find(a->answers[0].answer, a->answers[i].answer, 0) == SIZE_MAX))
            return false;
    return true;
}

static bool is_same_place(const struct zd_citation *a, const struct zd_citation *b)
{
    return zd_str_eq(a->document, b->document) && a->version == b->version &&
           a->start == b->start && a->end == b->end;
}

/* The first citation of every part that was answered, each place once. */
static enum zd_status put_parts(const struct asked *a, struct zd_arena *arena,
                                struct zd_answer *answer, struct zd_error *err)
{
    answer->citations = zd_arena_array(arena, ZD_PARTS_MAX, sizeof *answer->citations);
    answer->parts = zd_arena_array(arena, ZD_PARTS_MAX, sizeof *answer->parts);
    answer->n_citations = 0;
    answer->n_parts = a->n;
    if (!answer->citations || !answer->parts)
        return no_memory(err);
    for (size_t i = 0; i < a->n; i++) {
        struct zd_answer_part *part = &answer->parts[i];
        const struct zd_citation *citation = a->answers[i].citations;
        size_t at = 0;

        *part = (struct zd_answer_part){a->parts[i], {"", 0}, SIZE_MAX};
        if (!a->found[i])
            continue;
        while (at < answer->n_citations && !is_same_place(&answer->citations[at], citation))
            at++;
        if (at == answer->n_citations) {
            answer->citations[answer->n_citations++] = *citation;
            if (zd_desk__add_place(a->answers[i].answer, &answer->citations[at], arena, err) !=
                ZD_OK)
                return ZD_NOMEM;
        }
        part->answer = a->answers[i].answer;
        part->citation = at;
    }
    return ZD_OK;
}

/* All parts in order, for people. */
static enum zd_status join(struct zd_arena *arena, struct zd_answer *answer, struct zd_error *err)
{
    struct zd_buf out = {.max = ANSWER_MAX_BYTES};
    enum zd_status st;

    for (size_t i = 0; i < answer->n_parts; i++) {
        const struct zd_answer_part *part = &answer->parts[i];

        zd_buf_printf(&out, "%s%zu. ", i ? "\n" : "", i + 1);
        zd_buf_str(&out, part->question);
        zd_buf_c(&out, "\n");
        if (part->citation == SIZE_MAX)
            zd_buf_printf(&out, "没有找到“%.*s”的依据。", (int)part->question.n, part->question.p);
        else {
            zd_buf_str(&out, part->answer);
            zd_buf_printf(&out, " [%zu]", part->citation + 1);
        }
    }
    st = zd_buf_check(&out, "the answer", err);
    if (st == ZD_OK) {
        answer->answer = zd_arena_str(arena, zd_buf_view(&out));
        st = answer->answer.p ? ZD_OK : no_memory(err);
    }
    zd_buf_done(&out);
    return st;
}

/* A first part that barely answers names no matter to ask the others of, where the whole question
 * was refused. */
static bool is_worth_parts(const struct asked *a, const struct zd_answer *whole)
{
    if (whole->refused)
        return a->found[0] && a->answers[0].confidence >= SURE;
    return a->found[0] && !is_one_answer(a);
}

/* An answer is as sure as the least sure of its parts; one that was refused as a whole no longer is. */
static void take_confidence(const struct asked *a, struct zd_answer *answer)
{
    answer->confidence = a->answers[0].confidence;
    for (size_t k = 1; k < a->n; k++)
        if (a->found[k] && a->answers[k].confidence < answer->confidence)
            answer->confidence = a->answers[k].confidence;
    answer->refused = false;
    answer->refusal = ZD_REFUSAL_NONE;
    answer->reason = ZD_STR("");
}

enum zd_status zd_desk__answer_parts(const struct zd_reader *reader, const struct zd_ask *ask,
                                     struct zd_arena *arena, struct zd_answer *answer,
                                     struct zd_error *err)
{
    struct asked a = {.n = 0};
    enum zd_status st;

    a.n = zd_question_parts(zd_str_trim(ask->question), arena, a.parts);
    if (a.n < 2 || (answer->refused && answer->refusal != ZD_REFUSAL_NOTHING))
        return ZD_OK;
    st = ask_first(reader, ask, arena, &a, err);
    for (size_t k = 1; st == ZD_OK && a.found[0] && k < a.n; k++)
        st = ask_later(reader, ask, k, arena, &a, err);
    if (st != ZD_OK || !is_worth_parts(&a, answer))
        return st;
    take_confidence(&a, answer);
    st = put_parts(&a, arena, answer, err);
    return st == ZD_OK ? join(arena, answer, err) : st;
}

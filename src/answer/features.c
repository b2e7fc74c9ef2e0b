/* features.c: what speaks for a piece being part of the answer (see feature_table.h).
 *
 * Three views of a piece: its sentence among the sentences of the sources, as shares of the question;
 * its place in its clause and sentence; and the question's own words around it, which tell the
 * side of the question word that it stands on. */
#include <string.h>

#include "answer/answer_private.h"
#include "base/hash.h"
#include "base/utf8.h"

#define FAR 60
#define SENTENCES_AWAY 8
#define PIECE_BYTES 512
#define LEAD_SIGNS 4 /* of the question before its question word */

struct sentence {
    float share; /* of the question */
    uint32_t source, first_clause;
    uint32_t in_source; /* sentences of its source before it */
    uint32_t from, to;  /* signs */
    uint32_t n_letters;
    bool mark;
};

struct judge {
    struct zd_answer__reading *r;
    uint64_t *scratch;          /* [n_words] */
    struct sentence *sentences; /* [n_sentences] */
    uint32_t n_sentences;
    uint32_t *letters;  /* [n_signs + 1] before each sign */
    float *weights;     /* [n_signs + 1] of the matches before each sign */
    uint32_t *given;    /* [n clauses] types */
    uint32_t *repeats;  /* [n clauses] */
    float *best;        /* [n_sources] largest share of a sentence */
    uint32_t *best_at;  /* [n_sources] that sentence */
    float *registers;   /* [n_sources] */
    uint32_t *siblings; /* [n_sources] */
    float top;
};

static float share_of_run(const struct judge *j, size_t from, size_t to)
{
    const struct zd_answer__reading *r = j->r;
    float sum = 0.0F;

    memset(j->scratch, 0, r->n_words * sizeof *j->scratch);
    for (size_t i = from; i < to; i++)
        for (size_t w = 0; w < r->n_words; w++)
            j->scratch[w] |= r->clause_terms[i * r->n_words + w];
    for (size_t i = 0; i < r->question->n_terms; i++)
        if (j->scratch[i / 64] >> (i % 64) & 1)
            sum += r->ranking->term_weights[i];
    return sum / r->asked.total;
}

static size_t sentence_end(const struct zd_answer__clauses *c, size_t from)
{
    size_t to = from + 1;

    while (to < c->n && c->p[to].sentence == c->p[from].sentence)
        to++;
    return to;
}

static void judge_sentences(struct judge *j)
{
    const struct zd_answer__clauses *c = &j->r->clauses;

    for (size_t from = 0, to; from < c->n; from = to) {
        const uint32_t s = c->p[from].sentence, source = c->p[from].source;
        const float share = share_of_run(j, from, to = sentence_end(c, from));

        j->sentences[s] = (struct sentence){.share = share,
                                            .source = source,
                                            .first_clause = (uint32_t)from,
                                            .from = ZD_ANSWER__NOWHERE,
                                            .mark = zd_answer__begins_with_mark(c->p[from].folded)};
        if (s > 0 && j->sentences[s - 1].source == source)
            j->sentences[s].in_source = j->sentences[s - 1].in_source + 1;
        for (size_t i = from; i < to; i++)
            j->sentences[s].n_letters += c->p[i].n_letters;
        if (share > j->best[source]) {
            j->best[source] = share;
            j->best_at[source] = s;
        }
        if (share > j->top)
            j->top = share;
    }
}

/* Sums over the signs, and where each sentence begins and ends among them. */
static void sum_signs(struct judge *j)
{
    const struct zd_answer__reading *r = j->r;
    const uint32_t n = r->first_sign[r->n_sources];

    for (uint32_t i = 0; i < n; i++) {
        const struct zd_answer__sign *s = &r->signs[i];
        struct sentence *sentence;

        j->letters[i + 1] = j->letters[i] + s->letter;
        j->weights[i + 1] = j->weights[i] + s->weight / 2;
        if (s->clause == ZD_ANSWER__NOWHERE)
            continue;
        sentence = &j->sentences[r->clauses.p[s->clause].sentence];
        if (sentence->from == ZD_ANSWER__NOWHERE)
            sentence->from = i;
        sentence->to = i + 1;
    }
}

/* How official a text sounds: fixed words a hundred letters. */
static float register_of(struct zd_str text, uint32_t n_letters)
{
    static const char *const words[] = {
        "通知", "企业", "部门", "单位", "政府", "办理", "规定", "服务", "措施",
        "申请", "应当", "各级", "有关", "加强", "人员", "保障", "办法", "条例",
        "政策", "实施", "依法", "工作", "管理", "防控", "按照", "要求", "登记",
        "机构", "提供", "审批", "缴纳", "经办", "受理", "材料", "凭",   "咨询",
    };
    size_t n = 0;

    for (size_t i = 0; i < ZD_COUNT(words); i++)
        for (size_t at = zd_str_find(text, zd_str_c(words[i]), 0); at != SIZE_MAX;
             at = zd_str_find(text, zd_str_c(words[i]), at + 1))
            n++;
    return n_letters ? 100.0F * (float)n / (float)n_letters : 0.0F;
}

static void judge_sources(struct judge *j)
{
    const struct zd_answer__reading *r = j->r;

    for (size_t s = 0; s < r->n_sources; s++) {
        j->registers[s] = register_of(r->sources[s].passage.text, j->letters[r->first_sign[s + 1]] -
                                                                      j->letters[r->first_sign[s]]);
        for (size_t i = 0; i < r->n_sources; i++)
            j->siblings[s] +=
                i != s && r->sources[i].passage.document == r->sources[s].passage.document;
    }
}

/* Types, and in how many other clauses the same words stand. */
static void judge_clauses(struct judge *j)
{
    const struct zd_answer__clauses *c = &j->r->clauses;

    for (size_t i = 0; i < c->n; i++) {
        j->given[i] = zd_answer__types_given(c->p[i].folded);
        for (size_t k = 0; k < i; k++)
            if (c->p[k].folded.n == c->p[i].folded.n && c->p[i].n_letters > 5 &&
                zd_str_eq(c->p[k].folded, c->p[i].folded)) {
                j->repeats[i]++;
                j->repeats[k]++;
            }
    }
}

/* Share of the sentence `back` places away in the same source; 0 where there is none. */
static float near_share(const struct judge *j, uint32_t sentence, int back)
{
    const int64_t at = (int64_t)sentence + back;

    if (at < 0 || at >= (int64_t)j->n_sentences ||
        j->sentences[at].source != j->sentences[sentence].source)
        return 0.0F;
    return j->sentences[at].share;
}

static float flag(bool b)
{
    return b ? 1.0F : 0.0F;
}

static float capped(int64_t v, int64_t most)
{
    return (float)(v > most ? most : v < -most ? -most : v);
}

static float letters_new(struct zd_str clause, struct zd_str question)
{
    uint32_t n = 0, n_new = 0;

    for (size_t at = 0; at < clause.n;) {
        size_t from = at;

        if (!zd_answer__is_letter(zd_utf8_next(clause, &at)))
            continue;
        n++;
        n_new += zd_str_find(question, zd_str_cut(clause, from, at), 0) == SIZE_MAX;
    }
    return n ? (float)n_new / (float)n : 0.0F;
}

/* What all pieces of one source share. */
static void set_source(const struct judge *j, uint32_t source, float *f)
{
    const struct zd_answer__reading *r = j->r;
    const float best = r->ranking->p[0].score;

    f[ZD_ANSWER__F_RATIO] = best > 0.0F ? r->sources[source].ranked->score / best : 0.0F;
    f[ZD_ANSWER__F_PLACE] = (float)source;
    f[ZD_ANSWER__F_SIBLINGS] = (float)j->siblings[source];
    f[ZD_ANSWER__F_REGISTER] = j->registers[source];
    f[ZD_ANSWER__F_WANTS_WHEN] = flag(r->asked.types >> ZD_ANSWER__WHEN & 1);
    f[ZD_ANSWER__F_WANTS_NUMBER] = flag(r->asked.types >> ZD_ANSWER__NUMBER & 1);
    f[ZD_ANSWER__F_WANTS_PHONE] = flag(r->asked.types >> ZD_ANSWER__PHONE & 1);
    f[ZD_ANSWER__F_WANTS_WHERE] = flag(r->asked.types >> ZD_ANSWER__WHERE & 1);
    f[ZD_ANSWER__F_WANTS_WHO] = flag(r->asked.types >> ZD_ANSWER__WHO & 1);
    f[ZD_ANSWER__F_WANTS_NAME] = flag(r->asked.types >> ZD_ANSWER__NAME & 1);
    f[ZD_ANSWER__F_WANTS_LIST] = flag(r->asked.types >> ZD_ANSWER__LIST & 1);
    f[ZD_ANSWER__F_FACT] = flag(r->asked.fact);
    f[ZD_ANSWER__F_ASKED_WORD] = (float)r->asked.word_kind;
    f[ZD_ANSWER__F_ASKED_LETTERS] = capped(r->asked.n, FAR);
    f[ZD_ANSWER__F_ASKED_AT] = r->asked.n ? (float)r->asked.word_from / (float)r->asked.n : 1.0F;
}

static void set_sentence(const struct judge *j, uint32_t at, float *f)
{
    const struct sentence *s = &j->sentences[at];

    f[ZD_ANSWER__F_SENTENCE] = s->share;
    f[ZD_ANSWER__F_BELOW_TOP] = s->share - j->top;
    f[ZD_ANSWER__F_BELOW_BEST] = s->share - j->best[s->source];
    f[ZD_ANSWER__F_PREVIOUS] = near_share(j, at, -1);
    f[ZD_ANSWER__F_PREVIOUS_2] = near_share(j, at, -2);
    f[ZD_ANSWER__F_FOLLOWING] = near_share(j, at, 1);
    f[ZD_ANSWER__F_SINCE_BEST] = capped((int64_t)at - j->best_at[s->source], SENTENCES_AWAY);
    f[ZD_ANSWER__F_SENTENCE_MARK] = flag(s->mark);
    f[ZD_ANSWER__F_SENTENCE_LETTERS] = capped(s->n_letters, 200);
    f[ZD_ANSWER__F_SENTENCE_IN_SOURCE] = capped(s->in_source, FAR);
}

static bool ends_with_colon(struct zd_str folded)
{
    return zd_str_ends(zd_str_trim(folded), ZD_STR(":"));
}

static void set_types(const struct judge *j, uint32_t clause, float *f)
{
    const uint32_t both = j->r->asked.types & j->given[clause];

    f[ZD_ANSWER__F_HAS_WHEN] = flag(both >> ZD_ANSWER__WHEN & 1);
    f[ZD_ANSWER__F_HAS_NUMBER] = flag(both >> ZD_ANSWER__NUMBER & 1);
    f[ZD_ANSWER__F_HAS_PHONE] = flag(both >> ZD_ANSWER__PHONE & 1);
    f[ZD_ANSWER__F_HAS_WHO] = flag(both >> ZD_ANSWER__WHO & 1);
    f[ZD_ANSWER__F_HAS_WHERE] = flag(both >> ZD_ANSWER__WHERE & 1);
    f[ZD_ANSWER__F_HAS_NAME] = flag(both >> ZD_ANSWER__NAME & 1);
    f[ZD_ANSWER__F_HAS_WHY] = flag(both >> ZD_ANSWER__WHY & 1);
    f[ZD_ANSWER__F_HAS_LIST] = flag(both >> ZD_ANSWER__LIST & 1);
}

static void set_clause(const struct judge *j, uint32_t at, float *f)
{
    const struct zd_answer__reading *r = j->r;
    const struct zd_answer__clause *c = &r->clauses.p[at];
    const uint32_t first = j->sentences[c->sentence].first_clause;
    const size_t end = sentence_end(&r->clauses, at);

    f[ZD_ANSWER__F_OWN] = share_of_run(j, at, at + 1);
    f[ZD_ANSWER__F_NEW] = letters_new(c->folded, r->question->folded);
    f[ZD_ANSWER__F_BEFORE] = share_of_run(j, first, at);
    f[ZD_ANSWER__F_AFTER] = share_of_run(j, at + 1, end);
    f[ZD_ANSWER__F_MARK] = flag(zd_answer__begins_with_mark(c->folded));
    f[ZD_ANSWER__F_QUESTION] = flag(zd_str_find(c->folded, ZD_STR("?"), 0) != SIZE_MAX);
    f[ZD_ANSWER__F_OPENS] = flag(c->start == 0 && r->sources[c->source].passage.ordinal == 0);
    f[ZD_ANSWER__F_ANNOUNCES] = flag(zd_str_ends(zd_str_trim(c->folded), ZD_STR("如下:")) ||
                                     zd_str_ends(zd_str_trim(c->folded), ZD_STR("如下。")));
    f[ZD_ANSWER__F_ENDS_COLON] = flag(ends_with_colon(c->folded));
    f[ZD_ANSWER__F_BEHIND_COLON] =
        flag(at > 0 && r->clauses.p[at - 1].source == c->source &&
             (ends_with_colon(r->clauses.p[at - 1].folded) ||
              (at > first && ends_with_colon(r->clauses.p[first].folded))));
    f[ZD_ANSWER__F_CLAUSE_LETTERS] = capped(c->n_letters, 100);
    f[ZD_ANSWER__F_CLAUSE_IN_SENTENCE] = capped(at - first, 20);
    f[ZD_ANSWER__F_REPEATED] = capped(j->repeats[at], 5);
    set_types(j, at, f);
}

/* What ends, what opens, what joins, letters. */
float zd_answer__kind_of(const struct zd_answer__reading *r, uint32_t source, int64_t at)
{
    static const struct {
        const char *signs;
        float kind;
    } kinds[] = {{"。!?", 1},
                 {";", 2},
                 {",", 3},
                 {":", 4},
                 {" \t\n\xe3\x80\x80", 5},
                 {"“\"《(「『【‘〈[", 6},
                 {"”\"》)」』】’〉]", 7},
                 {"、", 8},
                 {"为是即指称叫", 10},
                 {"在至到于由从自", 11},
                 {"将对向把使让给被", 12},
                 {"按以用通据凭", 13},
                 {"和与及或并且", 14},
                 {"应要需可须得能", 15},
                 {"的等起止内前后", 16}};
    const struct zd_answer__sign *s;

    if (at < (int64_t)r->first_sign[source] || at >= (int64_t)r->first_sign[source + 1])
        return 0.0F;
    s = &r->signs[at];
    if (s->weight > 0.0F)
        return 18.0F;
    for (size_t i = 0; i < ZD_COUNT(kinds); i++) {
        const struct zd_str set = zd_str_c(kinds[i].signs);

        for (size_t k = 0; k < set.n;)
            if (zd_utf8_next(set, &k) == s->folded)
                return kinds[i].kind;
    }
    return s->folded >= '0' && s->folded <= '9' ? 9.0F : 17.0F;
}

/* Letters between signs, at most FAR. */
static float distance(const struct judge *j, uint32_t from, uint32_t to)
{
    return capped((int64_t)j->letters[to] - j->letters[from], FAR);
}

static void look_left(const struct judge *j, const struct zd_answer__piece *p, float *f)
{
    const struct zd_answer__reading *r = j->r;
    const uint32_t begin = j->sentences[p->sentence].from;
    const int32_t word = (int32_t)r->asked.word_from;

    f[ZD_ANSWER__F_MATCH_LEFT] = f[ZD_ANSWER__F_WORD_LEFT] = f[ZD_ANSWER__F_LEAD_LEFT] = FAR;
    for (uint32_t i = p->from; i > begin; i--) {
        const struct zd_answer__sign *s = &r->signs[i - 1];

        if (s->asked_at < 0)
            continue;
        if (f[ZD_ANSWER__F_MATCH_LEFT] >= FAR) {
            f[ZD_ANSWER__F_MATCH_LEFT] = distance(j, i, p->from);
            f[ZD_ANSWER__F_WORD_LEFT] = capped(word - 1 - s->asked_at, FAR - 1);
        }
        if (s->asked_at < word && s->asked_at >= word - LEAD_SIGNS) {
            f[ZD_ANSWER__F_LEAD_LEFT] = distance(j, i, p->from);
            break;
        }
    }
}

static void look_right(const struct judge *j, const struct zd_answer__piece *p, float *f)
{
    const struct zd_answer__reading *r = j->r;
    const uint32_t end = j->sentences[p->sentence].to;
    const int32_t word = (int32_t)r->asked.word_to, tail = (int32_t)r->asked.noun_to;

    f[ZD_ANSWER__F_MATCH_RIGHT] = f[ZD_ANSWER__F_WORD_RIGHT] = f[ZD_ANSWER__F_TAIL_RIGHT] = FAR;
    for (uint32_t i = p->to; i < end; i++) {
        const struct zd_answer__sign *s = &r->signs[i];

        if (s->asked_at < 0)
            continue;
        if (f[ZD_ANSWER__F_MATCH_RIGHT] >= FAR) {
            f[ZD_ANSWER__F_MATCH_RIGHT] = distance(j, p->to, i);
            f[ZD_ANSWER__F_WORD_RIGHT] = capped(s->asked_at - word, FAR - 1);
        }
        if (s->asked_at >= tail) {
            f[ZD_ANSWER__F_TAIL_RIGHT] = distance(j, p->to, i);
            break;
        }
    }
}

/* The noun behind the question word ("哪些【企业】"), in the piece or behind it. */
static void look_for_noun(const struct judge *j, const struct zd_answer__piece *p, float *f)
{
    const struct zd_answer__reading *r = j->r;
    const uint32_t *noun = r->asked.signs + r->asked.noun_from;
    const uint32_t end = j->sentences[p->sentence].to;

    f[ZD_ANSWER__F_NOUN_NEAR] = FAR;
    f[ZD_ANSWER__F_NOUN_IN] = 0.0F;
    if (r->asked.noun_to == r->asked.noun_from)
        return;
    for (uint32_t i = p->from; i + 1 < end; i++) {
        if (r->signs[i].folded != noun[0] || r->signs[i + 1].folded != noun[1])
            continue;
        if (i < p->to)
            f[ZD_ANSWER__F_NOUN_IN] = 1.0F;
        else
            f[ZD_ANSWER__F_NOUN_NEAR] = distance(j, p->to, i);
        if (i >= p->to)
            return;
    }
}

static void set_own(const struct judge *j, const struct zd_answer__piece *p, float *f)
{
    const struct zd_answer__reading *r = j->r;
    uint32_t n_matched = 0;
    char bytes[PIECE_BYTES];
    size_t n = 0;
    bool digits = false;

    for (uint32_t i = p->from; i < p->to; i++) {
        n_matched += r->signs[i].letter && r->signs[i].weight > 0.0F;
        digits |= r->signs[i].folded >= '0' && r->signs[i].folded <= '9';
        if (n + 4 <= PIECE_BYTES)
            n += zd_utf8_put(r->signs[i].folded, bytes + n);
    }
    f[ZD_ANSWER__F_LETTERS] = capped(p->n_letters, FAR);
    f[ZD_ANSWER__F_DIGITS] = flag(digits);
    f[ZD_ANSWER__F_MATCHED] = p->n_letters ? (float)n_matched / (float)p->n_letters : 0.0F;
    f[ZD_ANSWER__F_HAS_HERE] = (float)__builtin_popcount(
        r->asked.types & zd_answer__types_given((struct zd_str){bytes, n}));
    f[ZD_ANSWER__F_SIGN_BEFORE] = zd_answer__kind_of(r, p->source, (int64_t)p->from - 1);
    f[ZD_ANSWER__F_SIGN_BEHIND] = zd_answer__kind_of(r, p->source, p->to);
    f[ZD_ANSWER__F_FIRST] = zd_answer__kind_of(r, p->source, p->from);
}

static void set_piece(const struct judge *j, const struct zd_answer__piece *p, float *f)
{
    const struct sentence *s = &j->sentences[p->sentence];
    uint32_t from = p->from, to = p->to;

    while (from > s->from && j->r->signs[from - 1].clause == p->clause)
        from--;
    while (to < s->to && j->r->signs[to].clause == p->clause)
        to++;
    f[ZD_ANSWER__F_IN_CLAUSE] = distance(j, from, p->from);
    f[ZD_ANSWER__F_LEFT_IN_CLAUSE] = distance(j, p->to, to);
    f[ZD_ANSWER__F_MATCH_BEFORE] = j->weights[p->from] - j->weights[s->from];
    f[ZD_ANSWER__F_MATCH_BEHIND] = j->weights[s->to] - j->weights[p->to];
    set_own(j, p, f);
    look_left(j, p, f);
    look_right(j, p, f);
    look_for_noun(j, p, f);
}

static enum zd_status make_room(struct judge *j, struct zd_arena *arena, struct zd_error *err)
{
    struct zd_answer__reading *r = j->r;
    const size_t n_signs = r->first_sign[r->n_sources], n = r->clauses.n;

    j->n_sentences = n ? r->clauses.p[n - 1].sentence + 1 : 0;
    j->scratch = zd_arena_array(arena, r->n_words, sizeof *j->scratch);
    j->sentences = zd_arena_array(arena, j->n_sentences, sizeof *j->sentences);
    j->letters = zd_arena_array(arena, n_signs + 1, sizeof *j->letters);
    j->weights = zd_arena_array(arena, n_signs + 1, sizeof *j->weights);
    j->given = zd_arena_array(arena, n, sizeof *j->given);
    j->repeats = zd_arena_array(arena, n, sizeof *j->repeats);
    j->best = zd_arena_array(arena, r->n_sources, sizeof *j->best);
    j->best_at = zd_arena_array(arena, r->n_sources, sizeof *j->best_at);
    j->registers = zd_arena_array(arena, r->n_sources, sizeof *j->registers);
    j->siblings = zd_arena_array(arena, r->n_sources, sizeof *j->siblings);
    r->features = zd_arena_array(arena, r->n_pieces, ZD_ANSWER__FEATURES * sizeof *r->features);
    return zd_arena_overflowed(arena) ? ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for an answer")
                                      : ZD_OK;
}

enum zd_status zd_answer__features(struct zd_answer__reading *r, struct zd_arena *arena,
                                   struct zd_error *err)
{
    struct judge j = {.r = r};
    const float *last = NULL;
    enum zd_status st = make_room(&j, arena, err);

    if (st != ZD_OK)
        return st;
    judge_sentences(&j);
    sum_signs(&j);
    judge_sources(&j);
    judge_clauses(&j);
    for (size_t i = 0; i < r->n_pieces; i++) {
        const struct zd_answer__piece *p = &r->pieces[i];
        float *f = r->features + i * ZD_ANSWER__FEATURES;

        if (last && p->clause == r->pieces[i - 1].clause) {
            memcpy(f, last, ZD_ANSWER__FEATURES * sizeof *f);
        } else {
            set_source(&j, p->source, f);
            set_sentence(&j, p->sentence, f);
            set_clause(&j, p->clause, f);
        }
        set_piece(&j, p, f);
        last = f;
    }
    return ZD_OK;
}

/* understand.c: what a question says, before anything is searched (see retrieve.h).
 *
 * 1. Trimmed, checked, folded, cut into tokens; words that only make it a question are left out
 *    (frame.c). A question made of nothing else keeps all its tokens. Official words for what was
 *    said in everyday ones are added (everyday.c).
 * 2. Scope: the region and the day that the asker set, else those that the question names.
 * 3. What it names: a clause, a number, and the guide field it wants.
 */
#include "base/caps.h"
#include "base/date.h"
#include "base/utf8.h"
#include "retrieve/retrieve_private.h"

/* Of a word that was said, for an official word in its place (everyday.c). */
#define OFFICIAL_WEIGHT 0.6F

/* Of a word that only says which field of a guide is wanted: the ranking knows the field itself. */
#define FIELD_WORD_WEIGHT 0.3F

static enum zd_status check_question(struct zd_str text, struct zd_error *err)
{
    if (text.n == 0)
        return ZD_FAIL(err, ZD_INVALID, 0, "the question is empty");
    if (text.n > ZD_QUESTION_MAX_BYTES)
        return ZD_FAIL(err, ZD_LIMIT, 0, "the question is longer than %d bytes",
                       ZD_QUESTION_MAX_BYTES);
    if (zd_utf8_valid_prefix(zd_str_bytes(text)) != text.n)
        return ZD_FAIL(err, ZD_INVALID, zd_utf8_valid_prefix(zd_str_bytes(text)),
                       "the question is not valid UTF-8");
    return ZD_OK;
}

/* `text` is what the token was cut from. */
static void add_term(struct zd_question *q, struct zd_str text, const struct zd_token *token,
                     float weight)
{
    for (size_t i = 0; i < q->n_terms; i++)
        if (q->terms[i] == token->term) {
            q->weights[i] += weight;
            return;
        }
    q->terms[q->n_terms] = token->term;
    q->weights[q->n_terms] = weight;
    q->words[q->n_terms++] = zd_str_cut(text, token->start, token->end);
}

static bool is_within(const struct zd_token *token, struct zd_span phrase)
{
    return token->start >= phrase.start && token->end <= phrase.end;
}

/* Adds what of the official words was not said. */
static void add_official(struct zd_question *q, struct zd_str text,
                         const struct zd_token_list *tokens)
{
    q->n_said = q->n_terms;
    for (size_t i = 0; i < tokens->n; i++) {
        bool known = false;

        for (size_t k = 0; k < q->n_terms && !known; k++)
            known = q->terms[k] == tokens->p[i].term;
        if (known)
            continue;
        add_term(q, text, &tokens->p[i], OFFICIAL_WEIGHT);
    }
}

static enum zd_status read_terms(struct zd_question *q, struct zd_arena *arena,
                                 struct zd_error *err)
{
    struct zd_token_list tokens = {0}, official = {0};
    struct zd_str words = {0}, official_folded = {0};
    struct zd_span phrase;
    size_t room;
    enum zd_status st = zd_tokens_of(q->text, arena, &q->folded, &tokens, err);

    if (st == ZD_OK)
        st = zd_retrieve__official_words(q->folded, arena, &words, err);
    if (st == ZD_OK)
        st = zd_tokens_of(words, arena, &official_folded, &official, err);
    if (st != ZD_OK)
        return st;
    room = tokens.n + official.n + 1;
    q->terms = zd_arena_array(arena, room, sizeof *q->terms);
    q->weights = zd_arena_array(arena, room, sizeof *q->weights);
    q->words = zd_arena_array(arena, room, sizeof *q->words);
    if (!q->terms || !q->weights || !q->words)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the question");
    q->n_tokens = (uint32_t)tokens.n;
    q->field = zd_retrieve__field_asked(q->folded, &phrase);
    for (size_t i = 0; i < tokens.n; i++)
        if (!zd_retrieve__is_frame(&tokens.p[i]))
            add_term(q, q->folded, &tokens.p[i],
                     is_within(&tokens.p[i], phrase) ? FIELD_WORD_WEIGHT : 1.0F);
    for (size_t i = 0; q->n_terms == 0 && i < tokens.n; i++)
        add_term(q, q->folded, &tokens.p[i], 1.0F);
    add_official(q, official_folded, &official);
    return ZD_OK;
}

/* The regions of a name; a name the office does not know leaves them empty: only texts for
 * everywhere would remain, so nothing is narrowed then. */
static enum zd_status scope_region(struct zd_question *q, struct zd_str name,
                                   struct zd_store *store, struct zd_arena *arena,
                                   struct zd_error *err)
{
    enum zd_status st = zd_region_scope(store, name, arena, &q->regions, err);

    if (st == ZD_NOT_FOUND) {
        q->regions = (struct zd_region_list){0};
        st = ZD_OK;
    }
    q->region = name;
    return st;
}

static enum zd_status read_region(struct zd_question *q, const struct zd_scope *scope,
                                  struct zd_store *store, struct zd_arena *arena,
                                  struct zd_error *err)
{
    struct zd_str given = zd_str_trim(scope->region), name = {0};
    uint32_t region = 0;
    enum zd_status st = zd_region_in_text(store, q->text, &region, err);

    if (st == ZD_OK && region != 0)
        st = zd_region_name(store, region, arena, &name, err);
    if (st != ZD_OK)
        return st;
    if (name.n > 0) {
        q->region_from_question = true;
        return scope_region(q, name, store, arena, err);
    }
    return given.n > 0 ? scope_region(q, given, store, arena, err) : ZD_OK;
}

static void read_day(struct zd_question *q, const struct zd_scope *scope)
{
    q->any_time = scope->any_time;
    q->on = scope->on ? scope->on : scope->today;
    if (scope->on == 0) {
        int32_t day = zd_retrieve__day_in(q->text, scope->today);

        if (day != 0) {
            q->on = day;
            q->on_from_question = true;
        }
    }
}

static enum zd_status write_understood(struct zd_question *q, const struct zd_scope *scope,
                                       struct zd_arena *arena, struct zd_error *err)
{
    char day[ZD_DATE_TEXT_BYTES];
    const bool other_day = !q->any_time && q->on != scope->today;
    const bool other_region = q->region.n > 0;

    q->understood = q->text;
    if (!other_day && !other_region)
        return ZD_OK;
    zd_date_text(q->on, day);
    q->understood =
        zd_arena_printf(arena, "%.*s（%.*s%s%s%s）", (int)q->text.n, q->text.p, (int)q->region.n,
                        q->region.n ? q->region.p : "", other_day && other_region ? "，" : "",
                        other_day ? "以此日有效的规定为准：" : "", other_day ? day : "");
    return q->understood.p ? ZD_OK : ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the question");
}

enum zd_status zd_understand(struct zd_str question, const struct zd_scope *scope,
                             struct zd_store *store, struct zd_arena *arena,
                             struct zd_question *ret_question, struct zd_error *err)
{
    struct zd_question q = {.text = zd_str_trim(question)};
    enum zd_status st = check_question(q.text, err);

    if (st == ZD_OK)
        st = read_terms(&q, arena, err);
    if (st == ZD_OK)
        st = read_region(&q, scope, store, arena, err);
    if (st != ZD_OK)
        return st;
    read_day(&q, scope);
    q.clause = zd_retrieve__clause_in(q.text, NULL);
    q.number = zd_retrieve__number_in(q.text);
    st = write_understood(&q, scope, arena, err);
    if (st == ZD_OK)
        *ret_question = q;
    return st;
}

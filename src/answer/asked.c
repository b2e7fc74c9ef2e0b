/* asked.c: a question taken apart around its question word: what stands before and behind it in the
 * question often stands so in the text, with the answer in between ("用于 [哪些物资]": "用于 口罩、
 * 护目镜"). */
#include "answer/answer_private.h"
#include "base/utf8.h"

/* Question words and their kinds, in an order that a tree can cut: from yes or no over one fact to a
 * description. Of words at one place the longest counts. */
static const struct {
    const char *word;
    uint8_t kind;
} question_words[] = {
    {"是否", 1},   {"吗", 1},      {"多少", 2},     {"几", 2},       {"多久", 2}, {"多长", 2},
    {"多大", 2},   {"多高", 2},    {"什么时候", 3}, {"什么时间", 3}, {"何时", 3}, {"哪年", 3},
    {"哪天", 3},   {"谁", 4},      {"何人", 4},     {"哪位", 4},     {"哪里", 5}, {"什么地方", 5},
    {"何处", 5},   {"哪儿", 5},    {"哪个", 6},     {"哪家", 6},     {"哪一", 6}, {"哪种", 6},
    {"哪", 6},     {"什么", 7},    {"啥", 7},       {"何种", 7},     {"何", 7},   {"哪些", 8},
    {"哪几", 8},   {"哪方面", 8},  {"如何", 9},     {"怎么", 9},     {"怎样", 9}, {"怎么样", 9},
    {"怎么办", 9}, {"为什么", 10}, {"为何", 10},
};

static void find_word(struct zd_answer__asked *asked, struct zd_str folded)
{
    size_t best = SIZE_MAX, length = 0;

    for (size_t i = 0; i < ZD_COUNT(question_words); i++) {
        const struct zd_str word = zd_str_c(question_words[i].word);
        const size_t at = zd_str_find(folded, word, 0);

        if (at != SIZE_MAX && (best == SIZE_MAX || at < best || (at == best && word.n > length))) {
            best = at;
            length = word.n;
            asked->word_kind = question_words[i].kind;
        }
    }
    asked->word_from = asked->word_to = asked->noun_from = asked->noun_to = asked->n;
    if (best == SIZE_MAX)
        return;
    asked->word_from = (uint32_t)zd_utf8_chars(zd_str_cut(folded, 0, best));
    asked->word_to =
        asked->word_from + (uint32_t)zd_utf8_chars(zd_str_cut(folded, best, best + length));
    if (asked->word_to + 1 < asked->n && zd_is_han(asked->signs[asked->word_to]) &&
        zd_is_han(asked->signs[asked->word_to + 1])) {
        asked->noun_from = asked->word_to;
        asked->noun_to = asked->word_to + 2;
    }
}

struct placer {
    const struct zd_question *question;
    struct zd_answer__asked *asked;
    size_t byte;
    uint32_t sign; /* that begins at byte */
};

static bool place_token(void *context, const struct zd_token *token)
{
    struct placer *p = context;

    while (p->byte < token->start) {
        zd_utf8_next(p->question->folded, &p->byte);
        p->sign++;
    }
    for (size_t i = 0; i < p->question->n_said; i++)
        if (p->question->terms[i] == token->term && p->asked->term_at[i] < 0)
            p->asked->term_at[i] = (int32_t)p->sign;
    return true;
}

enum zd_status zd_answer__ask(const struct zd_question *question, const struct zd_ranking *ranking,
                              struct zd_arena *arena, struct zd_answer__asked *ret_asked,
                              struct zd_error *err)
{
    const struct zd_str folded = question->folded;
    struct zd_answer__asked asked = {
        .signs = zd_arena_array(arena, folded.n + 1, sizeof *asked.signs),
        .types = zd_answer__types_asked(folded),
        .fact = zd_answer__asks_for_fact(folded),
        .term_at = zd_arena_array(arena, question->n_terms + 1, sizeof *asked.term_at)};

    if (!asked.signs || !asked.term_at)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for an answer");
    for (size_t at = 0; at < folded.n;)
        asked.signs[asked.n++] = zd_utf8_next(folded, &at);
    find_word(&asked, folded);
    for (size_t i = 0; i < question->n_terms; i++) {
        asked.term_at[i] = -1;
        asked.total += ranking->term_weights[i];
    }
    if (!(asked.total > 0.0F))
        asked.total = 1.0F;
    zd_tokens(folded, place_token, &(struct placer){question, &asked, 0, 0});
    *ret_asked = asked;
    return ZD_OK;
}

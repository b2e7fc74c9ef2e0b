/* pieces.c: where within a clause an answer may begin or end.
 *
 * An answer is rarely a whole clause: "保障【应急物资、生活物资等】优先通行". It begins behind words
 * that the question said, behind a word like 为, 在 or 通过, behind a mark or before a number, and ends
 * where the question's words go on, before a particle, or behind a number's unit. Cutting too often
 * costs little: runs of pieces are put together again (run.c). */
#include "answer/answer_private.h"
#include "base/utf8.h"

#define PIECES_MAX 6000

static bool in(const char *set, uint32_t c)
{
    const struct zd_str s = zd_str_c(set);

    for (size_t at = 0; at < s.n;)
        if (zd_utf8_next(s, &at) == c)
            return true;
    return false;
}

/* The signs as text folds them: full-width brackets are ASCII. */
static bool opens(uint32_t c)
{
    return in("“\"《(「『【‘〈[", c);
}

static bool closes(uint32_t c)
{
    return in("”\"》)」』】’〉]", c);
}

static bool is_number(uint32_t c)
{
    return (c >= '0' && c <= '9') || in(".%-/:〇一二三四五六七八九十百千万亿年月日时分", c);
}

static bool matched(const struct zd_answer__sign *s)
{
    return s->weight > 0.0F;
}

/* Whether a piece begins at signs[i], behind another sign of its clause. */
static bool cuts_before(const struct zd_answer__sign *signs, uint32_t first, uint32_t i)
{
    const uint32_t c = signs[i].folded, before = signs[i - 1].folded;
    const bool number = is_number(c), was_number = is_number(before);

    if (matched(&signs[i]) != matched(&signs[i - 1]))
        return true;
    if (opens(c) || opens(before) || closes(c) || closes(before) || before == 0x3001 ||
        before == ' ' || c == ' ')
        return true;
    if (number != was_number)
        return true;
    if (i >= first + 2 && signs[i - 2].clause == signs[i].clause && !was_number &&
        is_number(signs[i - 2].folded) &&
        in("个人元件名家户天项条种次台张只吨米位处所类级度起倍例座套批页步岁届", before))
        return true;
    if (matched(&signs[i]))
        return false;
    return in("为是在至到于由将对向从按即达有与和及以用被把使让给称叫应要需可了过指", before) ||
           in("的等起止后前内以将应要于在是为并而且及和与", c);
}

static bool add_piece(struct zd_answer__reading *r, uint32_t source, uint32_t from, uint32_t to)
{
    const uint32_t clause = r->signs[from].clause;
    struct zd_answer__piece *p = &r->pieces[r->n_pieces];
    uint32_t letters = 0;

    if (r->n_pieces == PIECES_MAX) /* the rest of a very long source goes unread */
        return false;
    for (uint32_t i = from; i < to; i++)
        letters += r->signs[i].letter;
    *p = (struct zd_answer__piece){source,  clause, r->clauses.p[clause].sentence, from, to,
                                   letters, 0.0F};
    r->n_pieces++;
    return true;
}

enum zd_status zd_answer__cut_pieces(struct zd_answer__reading *r, struct zd_arena *arena,
                                     struct zd_error *err)
{
    const uint32_t n_signs = r->first_sign[r->n_sources];

    r->pieces =
        zd_arena_array(arena, n_signs < PIECES_MAX ? n_signs : PIECES_MAX, sizeof *r->pieces);
    if (!r->pieces)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for an answer");
    for (size_t s = 0; s < r->n_sources; s++) {
        uint32_t from = r->first_sign[s];

        for (uint32_t i = from; i < r->first_sign[s + 1]; i++) {
            const bool ends =
                i + 1 == r->first_sign[s + 1] || r->signs[i + 1].clause != r->signs[i].clause;

            if (r->signs[i].clause == ZD_ANSWER__NOWHERE) {
                from = i + 1;
                continue;
            }
            if (!ends && !cuts_before(r->signs, r->first_sign[s], i + 1))
                continue;
            if (!add_piece(r, (uint32_t)s, from, i + 1))
                return ZD_OK;
            from = i + 1;
        }
    }
    return ZD_OK;
}

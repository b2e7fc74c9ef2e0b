/* follow: a question that leans on those before it, made to stand alone.
 *
 *     身份证丢了怎么补办？ → 要多少钱？        身份证丢了补办，要多少钱
 *     在哪里补？           → 那青禾县呢？      补身份证在哪里，那青禾县呢
 *
 * By rules, turn by turn, without a model:
 *
 *     1. What the question brings of its own: content is what is left without the words of a
 *        question, of a field of a guide (多少钱, 带什么, 在哪), pronouns, and the region.
 *     2. Nothing of its own, or 那…呢, 它, 这个: it leans on the question before. The matter is carried;
 *        what was asked of it too, where the new one asks nothing itself; a new region takes the
 *        place of the old.
 *     3. Content of its own: both forms are searched. It stands alone where its best document is one
 *        that the question before does not lead to, its title is named, and its words are found
 *        better than those of the carried form; else the matter is carried, and the documents that
 *        the talk is about go before others that are a little better.
 *     4. The question before named two matters or two regions, and the new one says not which: the
 *        choice goes back to the asker.
 *
 * History is bounded: the last ZD_FOLLOW_MAX_TURNS questions count, each cut to
 * ZD_FOLLOW_TURN_MAX_BYTES. Nothing is kept between calls.
 */
#ifndef ZD_RETRIEVE_FOLLOW_H
#define ZD_RETRIEVE_FOLLOW_H

#include "retrieve/retrieve.h"

#define ZD_FOLLOW_MAX_TURNS 6
#define ZD_FOLLOW_TURN_MAX_BYTES 600
#define ZD_FOLLOW_MAX_CHOICES 2
#define ZD_FOLLOW_MAX_DOCUMENTS 3

struct zd_follow {
    struct zd_str question; /* what to ask, standing alone; the question itself where it does */
    bool carried;           /* something of the history stands in it */
    bool elliptical;        /* … and it brings nothing of its own */
    int64_t documents[ZD_FOLLOW_MAX_DOCUMENTS]; /* [n_documents] to which the question before led,
                                                   best first; only where it is carried */
    size_t n_documents;
    struct zd_str
        choices[ZD_FOLLOW_MAX_CHOICES]; /* questions between which the asker must choose */
    size_t n_choices;
};

/* history [n]: the questions asked before, oldest first, valid UTF-8. Results live in the arena or
 * are the question itself. Errors: those of zd_understand and zd_rank. Cost: up to three rankings a
 * turn. */
enum zd_status zd_follow(const struct zd_str *history, size_t n, struct zd_str question,
                         const struct zd_scope *scope, const struct zd_reader *reader,
                         struct zd_arena *arena, struct zd_follow *ret_follow,
                         struct zd_error *err) ZD_MUST_USE;

/* Puts passages of the documents that the talk is about before those of others that are a little
 * better: the ranking of the understood question, in place. */
void zd_follow_prefer(const struct zd_follow *follow, struct zd_ranking *ranking);

#endif

/* check: holds generated text against the passages it rests on, sentence by sentence, before a
 * sentence is shown. No model is asked: code finds the words of the sentence in the evidence.
 *
 * A sentence is kept where one sentence of one passage (or a lead-in with the items of its list)
 * holds all it says:
 *
 *     words      every token of the sentence stands there: characters, whole numbers with what
 *                counts them, whole words; in the order of the passage within a clause, in runs of
 *                two or more. Clauses may come in another order; words of no meaning may be added
 *                (的, 并, 请), and equal ones exchanged (应当 and 应, 三十日 and 30日, 5% and 百分之五)
 *     polarity   no negation, limit or choice of a clause that is used was left out (不, 仅, 或,
 *                以上, 可以 …), and none was added, since it would not be found
 *     conditions a clause that is used keeps the condition before it (…的，) and the exception
 *                behind it (但…, …除外)
 *     source     a title in 《》 and a 第…条 that the sentence names are those of the passage
 *
 * So a claim put together from two passages has no passage of its own and is removed, as is a
 * greeting: what stands nowhere is not said. A part behind ； counts as a sentence.
 *
 * Rejected: similarity by overlap of character pairs with thresholds. At any threshold that let
 * shortened sentences through, a changed number or party passed as well.
 */
#ifndef ZD_ANSWER_CHECK_H
#define ZD_ANSWER_CHECK_H

#include "base/base.h"

#define ZD_CHECK_MAX_EVIDENCE 64
#define ZD_CHECK_SENTENCE_MAX_BYTES 8192 /* a longer one is unsupported */

/* A passage as it was given to the model; all borrowed for the life of the check. */
struct zd_evidence {
    struct zd_str text;
    struct zd_str title;  /* of its document */
    struct zd_str clause; /* "第十二条", or a path that ends with it; empty for none */
};

enum zd_unsupported {
    ZD_SUPPORTED,
    ZD_UNSUPPORTED_WORDS,  /* something in it stands in no passage */
    ZD_UNSUPPORTED_MERGED, /* its clauses stand in the evidence, but apart */
    ZD_UNSUPPORTED_SENSE,  /* a negation, condition or exception of the passage is missing */
    ZD_UNSUPPORTED_SOURCE, /* it names another title or clause */
    ZD_UNSUPPORTED_EMPTY,  /* nothing but signs: a rule, a bullet */
    ZD_UNSUPPORTED_REASONS,
};
const char *zd_unsupported_word(enum zd_unsupported why); /* "words", "" for supported */

struct zd_checked {
    struct zd_str text; /* the sentence as it came, with what ends it; borrowed for the call */
    enum zd_unsupported why;
    uint32_t evidence; /* the passage that holds it; only where it is supported */
};

/* Called once a sentence, in order. */
typedef void (*zd_checked_fn)(void *context, const struct zd_checked *sentence);

struct zd_check;

/* Prepares n passages (at most ZD_CHECK_MAX_EVIDENCE; later ones are left out). The caller ends it
 * with zd_check_free. Errors: ZD_NOMEM. Cost: one pass over the passages. */
enum zd_status zd_check_new(const struct zd_evidence *evidence, size_t n, zd_checked_fn fn,
                            void *context, struct zd_check **ret_check,
                            struct zd_error *err) ZD_MUST_USE;
void zd_check_free(struct zd_check *check); /* NULL is fine */

/* Takes the next piece of the text (UTF-8, cut anywhere) and hands out each sentence once the
 * character behind its end is seen, so the delay is at most a sentence. Errors: ZD_NOMEM. */
enum zd_status zd_check_feed(struct zd_check *check, struct zd_str piece,
                             struct zd_error *err) ZD_MUST_USE;
/* The text ends: what is left is a sentence too. */
enum zd_status zd_check_end(struct zd_check *check, struct zd_error *err) ZD_MUST_USE;

/* One sentence at once, for tests and for text that is whole. */
enum zd_status zd_check_sentence(struct zd_check *check, struct zd_str text,
                                 struct zd_checked *ret_checked, struct zd_error *err) ZD_MUST_USE;

#endif

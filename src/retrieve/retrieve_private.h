/* What the files of this room share and no other room may include. */
#ifndef ZD_RETRIEVE_PRIVATE_H
#define ZD_RETRIEVE_PRIVATE_H

#include "index/lists.h"
#include "retrieve/retrieve.h"
#include "text/text.h"

/* True for a token that belongs to the form of a question and not to its subject: 请问, 怎么, 多少,
 * pronouns and particles. Such tokens neither rank nor count for confidence. */
bool zd_retrieve__is_frame(const struct zd_token *token);

/* The official words for what a folded question says in everyday ones, with spaces between; empty
 * where there are none. In the arena. Errors: ZD_NOMEM. */
enum zd_status zd_retrieve__official_words(struct zd_str folded, struct zd_arena *arena,
                                           struct zd_str *ret_words,
                                           struct zd_error *err) ZD_MUST_USE;

/* The guide field that folded words ask for, and the phrase that says so (empty where none). */
enum zd_guide_field zd_retrieve__field_asked(struct zd_str folded, struct zd_span *ret_phrase);

/* 第五百七十七条, 第十二条之一 in a text, as it stands there; empty where none is. *ret_at (may be NULL) gets
 * its byte. */
struct zd_str zd_retrieve__clause_in(struct zd_str text, size_t *ret_at);

/* 云政发〔2023〕7号 in a text, with any kind of brackets, as it stands there; empty where none is. */
struct zd_str zd_retrieve__number_in(struct zd_str text);

/* The day that words like 2022年的时候 or 去年那会儿 name, seen from `today`; 0 where none does. A year
 * or month stands for its last day. */
int32_t zd_retrieve__day_in(struct zd_str text, int32_t today);

/* Folded, without anything that is neither letter, digit nor sign: equal for two spellings of a
 * number or a title. In the arena; empty when memory ends. */
struct zd_str zd_retrieve__key_of(struct zd_str text, struct zd_arena *arena);

/* What each term counts (weights.c), of which `lists` are the posting lists: ret_weights [n_terms] count × IDF, ret_factors [n_terms] what
 * the index is to multiply its own IDF with, *ret_unknown the IDF of a word that stands nowhere. */
void zd_retrieve__weigh(const struct zd_question *question, const struct zd_index *index,
                        const struct zd_index_lists *lists, float *ret_factors, float *ret_weights,
                        float *ret_unknown);

/* The query that finds a question's candidates, for a reader who sees everything;
 * `factors` as zd_retrieve__weigh gives them. */
struct zd_index_query zd_retrieve__query(const struct zd_question *question, const float *factors,
                                         size_t top);

#endif

/* What the files of the sentence check share: tokens, clauses and units of evidence. */
#ifndef ZD_ANSWER_CHECK_PRIVATE_H
#define ZD_ANSWER_CHECK_PRIVATE_H

#include "answer/check.h"
#include "base/arena.h"

/* A token: a character, a word of letters, or a number, by an id that is equal for equal ones. */
struct zd_check__token {
    uint64_t id;
    uint32_t clause;
    bool filler;   /* may be added without being found */
    bool polarity; /* may not be left out of a clause that is used; must stand with what follows */
    bool number;
};

/* What of a clause decides whether it may be left out while a neighbour is used. */
struct zd_check__clause {
    uint32_t first, last; /* tokens [first, last) */
    uint32_t part;        /* 0 up to a colon; then one more behind each ； 。 and line end */
    bool condition;       /* …的， or 如…，: belongs to the clause behind it */
    bool exception;       /* 但… or …除外: belongs to the clauses before it */
};

/* A sentence, or a lead-in with its items. */
struct zd_check__unit {
    struct zd_check__token *tokens; /* [n] */
    size_t n;
    struct zd_check__clause *clauses; /* [n_clauses] */
    size_t n_clauses;
};

#define ZD_CHECK__MAX_TOKENS 2048

/* What a sentence says of where it comes from: 根据《…》第十二条，… */
struct zd_check__source {
    struct zd_str title; /* folded, without 《》; empty: it names none */
    uint64_t clause;     /* of 第…条; 0: it names none */
};

/* Takes marks of lists, the source before the sentence and citations behind it from a folded
 * sentence; *sentence becomes what it claims. */
struct zd_check__source zd_check__take_source(struct zd_str *sentence);
/* Whether a passage may be meant: all parts folded. */
bool zd_check__is_source(const struct zd_check__source *source, struct zd_str title,
                         struct zd_str clause, struct zd_str text);

/* Cuts text (already folded) into tokens and clauses. Errors: ZD_NOMEM. A text of more than
 * ZD_CHECK__MAX_TOKENS is cut there. */
enum zd_status zd_check__read(struct zd_str folded, struct zd_arena *arena,
                              struct zd_check__unit *ret_unit, struct zd_error *err) ZD_MUST_USE;

/* How well a sentence stands in a unit: ZD_SUPPORTED, _SENSE, _MERGED or _WORDS. ret_clauses, a bit a clause
 * of the sentence (the first 64), says which of them stand there alone. Errors: ZD_NOMEM. */
enum zd_status zd_check__align(const struct zd_check__unit *sentence,
                               const struct zd_check__unit *unit, struct zd_arena *arena,
                               enum zd_unsupported *ret_why, uint64_t *ret_clauses,
                               struct zd_error *err) ZD_MUST_USE;

#endif

/* What is looked at in a piece of text, and what it weighs where no model has been trained:
 * X(name, weight).
 *
 * A piece is a part of a clause that an answer may begin or end with (pieces.c). Shares are of the
 * question's weight (sum of count × IDF). Distances count letters and end at FAR. The weights are
 * those of a logistic regression over clauses; 0 where only trees can use a feature. */
#define ZD_ANSWER__FEATURE_TABLE(X)                                                                \
    X(RATIO, 13.5)        /* score of its passage against the best one */                          \
    X(PLACE, 0)           /* of its passage in the ranking, from 0 */                              \
    X(SIBLINGS, 0.11)     /* other sources of its document */                                      \
    X(OWN, -0.67)         /* share of the question in the clause */                                \
    X(NEW, -0.711)        /* share of its letters that the question does not have */               \
    X(BEFORE, -0.471)     /* share in the earlier clauses of its sentence */                       \
    X(AFTER, -0.832)      /* share in the later ones */                                            \
    X(SENTENCE, 2.37)     /* share in its sentence */                                              \
    X(BELOW_TOP, 0.0431)  /* its sentence's share minus the largest one: at most 0 */              \
    X(BELOW_BEST, 1.32)   /* … minus the largest one of its passage */                           \
    X(PREVIOUS, 0.266)    /* share in the sentence before */                                       \
    X(PREVIOUS_2, -0.255) /* share in the one before that */                                       \
    X(FOLLOWING, -1.09)   /* share in the sentence behind */                                       \
    X(SINCE_BEST, 0.0403) /* sentences since the best one of its passage, ±8 */                   \
    X(MARK, -1.3)         /* its clause begins with the mark of an item */                         \
    X(SENTENCE_MARK, 0.801)                                                                        \
    X(QUESTION, -1.32)     /* its clause is itself a question */                                   \
    X(OPENS, -1.05)        /* its clause is the first of its document */                           \
    X(ANNOUNCES, -8.2)     /* its clause ends with 如下 */                                       \
    X(ENDS_COLON, -0.252)  /* its clause ends with a colon */                                      \
    X(BEHIND_COLON, 0.156) /* the clause before does, or its sentence's first one */               \
    X(HAS_WHEN, 1.86)      /* asked for, and given in the clause: see types.c */                   \
    X(HAS_NUMBER, 1.5)                                                                             \
    X(HAS_PHONE, 1.35)                                                                             \
    X(HAS_WHO, 0.399)                                                                              \
    X(HAS_WHERE, 0.82)                                                                             \
    X(HAS_NAME, 0.832)                                                                             \
    X(HAS_WHY, 0.629)                                                                              \
    X(HAS_LIST, 0.479)                                                                             \
    X(HAS_HERE, 0.476)   /* types asked for and given in the piece itself, how many */             \
    X(WANTS_WHEN, -2.02) /* asked for at all */                                                    \
    X(WANTS_NUMBER, -1.82)                                                                         \
    X(WANTS_PHONE, -1.59)                                                                          \
    X(WANTS_WHERE, -0.858)                                                                         \
    X(WANTS_WHO, -1.64)                                                                            \
    X(WANTS_NAME, -0.956)                                                                          \
    X(WANTS_LIST, 0.0643)                                                                          \
    X(FACT, -0.421)     /* one fact is asked for */                                                \
    X(ASKED_WORD, 0)    /* kind of the question word, see asked.c */                               \
    X(ASKED_LETTERS, 0) /* length of the question */                                               \
    X(ASKED_AT, 0)      /* where in it the question word stands, 0 … 1 */                        \
    X(LETTERS, -0.015)  /* of the piece */                                                         \
    X(CLAUSE_LETTERS, 0.00891)                                                                     \
    X(SENTENCE_LETTERS, -0.00756)                                                                  \
    X(CLAUSE_IN_SENTENCE, 0.0212) /* from 0 */                                                     \
    X(IN_CLAUSE, -0.0098)         /* letters of its clause before it */                            \
    X(LEFT_IN_CLAUSE, -0.0101)    /* … and behind it */                                          \
    X(SENTENCE_IN_SOURCE, -0.0281)                                                                 \
    X(MATCHED, -0.0434)     /* share of its letters that are the question's */                     \
    X(MATCH_BEFORE, 0.649)  /* share of the question matched in its sentence before it */          \
    X(MATCH_BEHIND, -0.175) /* … and behind it */                                                \
    X(MATCH_LEFT, 0.00802)  /* letters since the last match in its sentence */                     \
    X(MATCH_RIGHT, 0.00771) /* letters to the next one */                                          \
    X(WORD_LEFT, -0.00998)  /* how far that match stands from the question word in the question */ \
    X(WORD_RIGHT, -0.00592)                                                                        \
    X(LEAD_LEFT, -0.00867) /* letters since the words before the question word */                  \
    X(TAIL_RIGHT, -0.0148) /* letters to the words behind the noun of the question word */         \
    X(NOUN_NEAR, -0.00744) /* letters from its end to the noun of the question word */             \
    X(NOUN_IN, 0.358)      /* it holds that noun */                                                \
    X(SIGN_BEFORE, 0)      /* kind of the sign before it, see features.c */                        \
    X(SIGN_BEHIND, 0)                                                                              \
    X(FIRST, 0)         /* kind of its first sign */                                               \
    X(DIGITS, -0.00134) /* it holds digits */                                                      \
    X(REPEATED, 0.481)  /* other sentences of the sources with the same words */                   \
    X(REGISTER, 0)      /* words of official texts a hundred letters of its source */

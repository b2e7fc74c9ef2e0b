/* What is looked at in a run of pieces: X(name). Names that feature_table.h has too mean the same, of
 * the run's first or last piece; distances are in letters. */
#define ZD_ANSWER__RUN_TABLE(X)                                                                    \
    X(F)        /* expected F1 */                                                                  \
    X(F_SHARE)  /* … as a share of the largest one */                                            \
    X(EXPECTED) /* letters that belong to the answer */                                            \
    X(MEAN_P)                                                                                      \
    X(RECALL)   /* share of its source's expected letters */                                       \
    X(SOURCE_P) /* expected letters of its source */                                               \
    X(LETTERS)                                                                                     \
    X(P_FIRST)                                                                                     \
    X(P_LAST)                                                                                      \
    X(P_BEFORE) /* of the piece before it */                                                       \
    X(P_BEHIND)                                                                                    \
    X(P_LEAST)                                                                                     \
    X(P_MOST)                                                                                      \
    X(CLAUSE_START)                                                                                \
    X(CLAUSE_END)                                                                                  \
    X(SENTENCE_START)                                                                              \
    X(SENTENCE_END)                                                                                \
    X(CLAUSES)                                                                                     \
    X(SENTENCES)                                                                                   \
    X(PIECES)                                                                                      \
    X(MATCHED)      /* share of its letters that are the question's */                             \
    X(MATCH_BEFORE) /* share of the question in its first sentence before it */                    \
    X(MATCH_BEHIND) /* … and in its last one behind it */                                        \
    X(OPEN)         /* brackets or quotes that it opens or closes alone */                         \
    X(SIGN_BEFORE)                                                                                 \
    X(SIGN_BEHIND)                                                                                 \
    X(FIRST)                                                                                       \
    X(LAST) /* kind of its last sign */                                                            \
    X(MATCH_LEFT)                                                                                  \
    X(WORD_LEFT)                                                                                   \
    X(LEAD_LEFT)                                                                                   \
    X(MATCH_RIGHT)                                                                                 \
    X(WORD_RIGHT)                                                                                  \
    X(TAIL_RIGHT)                                                                                  \
    X(NOUN_NEAR)                                                                                   \
    X(NOUN_IN)                                                                                     \
    X(HAS_HERE)                                                                                    \
    X(DIGITS)                                                                                      \
    X(MARK)                                                                                        \
    X(ENDS_COLON)                                                                                  \
    X(BEHIND_COLON)                                                                                \
    X(PLACE)                                                                                       \
    X(RATIO)                                                                                       \
    X(BELOW_TOP)                                                                                   \
    X(SENTENCE)                                                                                    \
    X(OWN)                                                                                         \
    X(REGISTER)                                                                                    \
    X(FACT)                                                                                        \
    X(WANTS_WHEN)                                                                                  \
    X(WANTS_NUMBER)                                                                                \
    X(WANTS_WHO)                                                                                   \
    X(WANTS_WHERE)                                                                                 \
    X(WANTS_NAME)                                                                                  \
    X(WANTS_LIST)                                                                                  \
    X(ASKED_WORD)                                                                                  \
    X(OUT_LEFT)     /* expected letters of its first clause before it */                           \
    X(OUT_RIGHT)    /* … of its last clause behind it */                                         \
    X(LETTERS_LEFT) /* letters there */                                                            \
    X(LETTERS_RIGHT)                                                                               \
    X(CLAUSE_BEFORE_P) /* mean p of the clause before its first */                                 \
    X(CLAUSE_BEHIND_P)                                                                             \
    X(SENTENCE_P) /* mean p of its first sentence */                                               \
    X(NOUN_END)   /* it ends with the noun of the question word */                                 \
    X(ASKED_LETTERS)                                                                               \
    X(ASKED_AT)

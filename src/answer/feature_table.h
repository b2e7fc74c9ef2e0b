/* What is looked at in a clause, and what it weighs: X(name, weight).
 *
 * The weights are those of a logistic regression on the clauses of three sets of questions with
 * known answers (policy, cmrc, drcd; docs/quality.md says how they are fitted and what they are
 * worth on questions left out). Shares are of the question's weight (sum of count × IDF). */
#define ZD_ANSWER__FEATURE_TABLE(X)                                                                \
    X(ONE, -9.68)                                                                                  \
    X(RATIO, 7.84)        /* score of its passage against the best one */                          \
    X(BEST_PASSAGE, 0.52) /* … is the best one */                                                \
    X(OWN, 1.29)          /* share of the question in the clause */                                \
    X(OWN_NEW, 1.28)      /* … times NEW */                                                      \
    X(NEW, -1.61)         /* share of its letters that the question does not have */               \
    X(BEFORE, 0.06)       /* share in the earlier clauses of its sentence */                       \
    X(AFTER, -0.93)       /* share in the later ones */                                            \
    X(SENTENCE, -1.33)    /* share in its sentence */                                              \
    X(SENTENCE_NEW, 2.33) /* … times NEW */                                                      \
    X(TOP, 0.68)          /* no sentence of any passage has a larger share */                      \
    X(BELOW_TOP, 2.51)    /* its sentence's share minus the largest one: at most 0 */              \
    X(BELOW_BEST, 1.22)   /* … minus the largest one of its passage */                           \
    X(BEHIND_BEST, 0.44)  /* the sentence before has that */                                       \
    X(PREVIOUS, 0.87)     /* share in the sentence before */                                       \
    X(PREVIOUS_2, 1.31)   /* share in the one before that */                                       \
    X(FOLLOWING, -1.02)   /* share in the sentence behind */                                       \
    X(MARK, -1.48)        /* it begins with the mark of an item */                                 \
    X(SENTENCE_MARK, 1.28)                                                                         \
    X(QUESTION, -1.57) /* it is itself a question */                                               \
    X(OPENS, -0.77)    /* it is the first of its document */                                       \
    X(HAS_WHEN, 1.95)  /* asked for, and given in the clause: see types.c */                       \
    X(HAS_NUMBER, 1.64)                                                                            \
    X(HAS_PHONE, 2.34)                                                                             \
    X(HAS_WHO, 0.62)                                                                               \
    X(HAS_WHY, 0.71)                                                                               \
    X(HAS_LIST, 0.43)                                                                              \
    X(BEST_WHEN, 0.53) /* … and its sentence is the best of its passage */                       \
    X(BEST_WHO, 0.66)                                                                              \
    X(WANTS_WHEN, -1.86) /* asked for at all */                                                    \
    X(WANTS_NUMBER, -1.98)                                                                         \
    X(WANTS_PHONE, -1.09)                                                                          \
    X(WANTS_WHERE, -0.38)                                                                          \
    X(WANTS_WHO, -1.51)                                                                            \
    X(WANTS_NAME, -0.56)                                                                           \
    X(WANTS_LIST, 0.19)                                                                            \
    X(FACT, -0.27)              /* one fact is asked for */                                        \
    X(DESCRIPTION_BEFORE, 0.98) /* the same as above where a description is asked for */           \
    X(DESCRIPTION_AFTER, -0.9)                                                                     \
    X(DESCRIPTION_OWN, -0.72)                                                                      \
    X(DESCRIPTION_NEW, 0.7)                                                                        \
    X(DESCRIPTION_TOP, -0.49)                                                                      \
    X(DESCRIPTION_MARK, -0.33)

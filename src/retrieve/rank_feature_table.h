/* What is known of a candidate when it is ranked: X(name, words for people).
 *
 * Everything is measured against the question's other candidates or against the best that the
 * question could reach, so that one ranker serves offices of any size. A family is all candidates of
 * one title (the clauses of a law); a document is one version of it.
 *
 * The order is that of the ranker's features in a model file: new ones go to the end, and a model
 * with another number of them is refused. */
#define ZD_RANK_FEATURE_TABLE(X)                                                                   \
    X(COSINE, "语义相近")                      /* of question and passage */                       \
    X(COSINE_BELOW, "语义比最近者差")          /* minus the best one's: at most 0 */               \
    X(COSINE_RANK, "语义名次")                 /* 1 ÷ (1 + place); 0 behind the candidates */     \
    X(WORDS_SHARE, "词语得分占满分")           /* lexical ÷ what all words would give */          \
    X(WORDS_RATIO, "词语得分比最高者")         /* lexical ÷ the best one's */                     \
    X(WORDS_RANK, "词语名次")                  /* as above, by lexical score */                    \
    X(WORDS_STRENGTH, "词语强度")              /* lexical ÷ √(all × IDF of an unknown word) */ \
    X(FAMILY_COSINE, "同一文件的语义")         /* mean of its five best */                         \
    X(FAMILY_COSINE_BELOW, "同一文件的语义差") /* minus the best family's */                       \
    X(FAMILY_WORDS, "同一文件的词语")          /* mean of its five best ÷ best lexical */         \
    X(FAMILY_COUNT, "同一文件的候选数")        /* ln(1 + candidates) */                            \
    X(DOCUMENT_SHARE, "整篇文件的词语")        /* BM25 of the whole document ÷ all */             \
    X(DOCUMENT_RATIO, "整篇文件比最高者")      /* ÷ the best one's */                             \
    X(DOCUMENT_COSINE, "本文件的语义")         /* mean of its three best */                        \
    X(DOCUMENT_BELOW, "本文件的语义差")        /* its best minus the best of all */                \
    X(DOCUMENT_LENGTH, "文件的段数")           /* ln(1 + passages) */                              \
    X(AUTHORITY, "被其他文件引用")             /* ln(1 + passages that name its title) */          \
    X(ANSWERED, "曾经答过的问题")              /* zd_model_prior of its title */                   \
    X(LENGTH, "段落长短")                      /* ln(1 + tokens of the body) */                    \
    X(IN_TITLE, "标题含问题的词")              /* share of the question's weight … */            \
    X(IN_HEADINGS, "小标题含问题的词")                                                             \
    X(IN_BODY, "正文含问题的词")                                                                   \
    X(IN_ANY, "全段含问题的词")                                                                    \
    X(IN_LEADING, "含问题中最少见的词")  /* … of its three weightiest words */                   \
    X(TITLE_SHARED, "标题与问题同文")    /* characters of the longest common string, to 8 */       \
    X(TEXT_ANSWERED, "本文件答过的问题") /* ln(1 + questions that its text has answered) */        \
    X(ALIKE, "答过相近的问题")           /* cosine of the nearest of them */                       \
    X(BOTH_RANKS, "两种名次合计")        /* reciprocal rank fusion, 1 where first in both */

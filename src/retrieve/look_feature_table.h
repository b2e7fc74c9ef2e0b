/* What the second look sees of a candidate: X(name, words for people).
 *
 * First what its text says by itself; then how that stands beside the other texts of the head, which
 * is what tells them apart. Windows are stretches of the text; shares are of the question's weight.
 *
 * The order is that of the second ranker's features in a model file, behind those of
 * rank_feature_table.h: new ones go to the end of their part. */
#define ZD_LOOK_TEXT_TABLE(X)                                                                      \
    X(STRING, "与问题同文的最长一段")        /* characters, to 16 */                               \
    X(STRING_SHARE, "最长同文占问题")        /* ÷ the question's */                               \
    X(THREES, "问题的三字组见于正文")        /* share of them */                                   \
    X(FOURS, "问题的四字组见于正文")         /* the same of four */                                \
    X(WINDOW, "一段话内含问题的词")          /* of 64 characters: share of the weight */           \
    X(NARROW, "一句话内含问题的词")          /* of 24 characters */                                \
    X(WINDOW_AT, "这段话在文中的位置")       /* ln(1 + characters before it) */                    \
    X(SEQUENCE, "依次见于这段话的字")        /* longest common subsequence ÷ the question's */    \
    X(NUMBER, "问数量时间而这段话有数")      /* 1; asked and none: -1; not asked: 0 */             \
    X(PLACE, "问谁问哪里而这段话有机构地点") /* the same */                                        \
    X(TEXT_LENGTH, "正文字数")               /* ln(1 + characters) */
#define ZD_LOOK_HEAD_TABLE(X)                                                                      \
    X(STRING_BELOW, "最长同文比最高者差") /* minus the best of the head … */                     \
    X(THREES_BELOW, "三字组比最高者差")                                                            \
    X(FOURS_BELOW, "四字组比最高者差")                                                             \
    X(WINDOW_BELOW, "一段话含词比最高者差")                                                        \
    X(NARROW_BELOW, "一句话含词比最高者差")                                                        \
    X(SEQUENCE_BELOW, "依次见字比最高者差")                                                        \
    X(SIBLINGS, "同一文件的前列段数") /* ln(1 + others of its document in the head) */

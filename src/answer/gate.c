/* gate.c: see gate.h. */
#include "answer/gate.h"

#include <math.h>
#include <string.h>

#include "retrieve/look.h"

#define FEATURES_MAX 128
#define CANDIDATES_SUMMED 5

/* Log-odds, which no questions taught: the best passage has the code that the question names, or another. */
#define RIGHT_CODE 2.5
#define OTHER_CODE (-4.0)

/* What is known of a question beside the features of its best passage: X(name, words). */
#define GATE_FEATURE_TABLE(X)                                                                      \
    X(ODDS, "最佳段落的对数几率")                                                                  \
    X(RULES, "点名、栏目与地区规则")                                                               \
    X(BEST_COSINE, "最近的语义")                                                                   \
    X(BEST_SHARE, "最高的词语得分占满分")                                                          \
    X(BEST_STRENGTH, "最高的词语强度")                                                             \
    X(UNKNOWN, "本单位没有的词所占份量")                                                           \
    X(GAP, "与其他文件最佳段落之差")                                                               \
    X(SUM, "前几段几率之和")                                                                       \
    X(WORDS, "问题的词数")                                                                         \
    X(WEIGHT, "问题的份量")

#define GATE_ENUM(name, words) GATE_##name,
enum { GATE_FEATURE_TABLE(GATE_ENUM) GATE_FEATURES };
#undef GATE_ENUM

size_t zd_gate_features(void)
{
    return GATE_FEATURES + zd_look_row_features();
}

const char *zd_gate_feature_name(size_t feature)
{
    static const char *const names[] = {
#define NAME(name, words) words,
        GATE_FEATURE_TABLE(NAME)
#undef NAME
    };

    return feature < GATE_FEATURES ? names[feature]
                                   : zd_look_row_feature_name(feature - GATE_FEATURES);
}

struct zd_gate_question zd_gate_question_of(const struct zd_question *question,
                                            const struct zd_ranking *ranking)
{
    struct zd_gate_question q = {.best_cosine = ranking->best_cosine,
                                 .words = log1pf((float)question->n_tokens)};
    float all = 0.0F;

    for (size_t i = 0; i < question->n_said; i++) {
        const float weight = ranking->term_weights[i];

        all += weight;
        if (weight >= (ranking->unknown_idf - 1e-3F) * question->weights[i])
            q.unknown += weight;
    }
    all = fmaxf(all, 1e-3F);
    q.unknown /= all;
    q.best_share = ranking->best_lexical / all;
    q.best_strength = ranking->best_lexical / sqrtf(all * fmaxf(ranking->unknown_idf, 1e-3F));
    q.weight = log1pf(all);
    return q;
}

static float gap_of(const struct zd_ranking *ranking)
{
    for (size_t i = 1; i < ranking->n_candidates; i++)
        if (ranking->p[i].document != ranking->p[0].document)
            return ranking->p[0].odds - ranking->p[i].odds;
    return 10.0F;
}

bool zd_gate_describe(const struct zd_gate_question *question, const struct zd_ranking *ranking,
                      float *f)
{
    if (ranking->n_candidates == 0)
        return false;
    f[GATE_ODDS] = ranking->p[0].odds;
    f[GATE_RULES] = ranking->p[0].rules;
    f[GATE_BEST_COSINE] = question->best_cosine;
    f[GATE_BEST_SHARE] = question->best_share;
    f[GATE_BEST_STRENGTH] = question->best_strength;
    f[GATE_UNKNOWN] = question->unknown;
    f[GATE_GAP] = gap_of(ranking);
    f[GATE_SUM] = 0.0F;
    for (size_t i = 0; i < ranking->n_candidates && i < CANDIDATES_SUMMED; i++)
        f[GATE_SUM] += ranking->p[i].score;
    f[GATE_WORDS] = question->words;
    f[GATE_WEIGHT] = question->weight;
    zd_look_row(ranking->p[0].features, ranking->p[0].look, f + GATE_FEATURES);
    return true;
}

static double chance(const struct zd_trees *trees, const float *f)
{
    if (!trees || zd_trees_n_features(trees) != zd_gate_features())
        return 1.0;
    return 1.0 / (1.0 + exp(-zd_trees_score(trees, f)));
}

static double by_code(int code, double confidence)
{
    const double odds = confidence / (1.0 - fmin(confidence, 1.0 - 1e-9));

    if (code == 0)
        return confidence;
    return 1.0 - 1.0 / (1.0 + odds * exp(code > 0 ? RIGHT_CODE : OTHER_CODE));
}

double zd_gate_confidence(const struct zd_question *question, const struct zd_ranking *ranking,
                          const struct zd_model *model)
{
    float f[FEATURES_MAX];
    struct zd_gate_question q;

    if (ranking->n_candidates == 0 || zd_gate_features() > FEATURES_MAX)
        return 0.0; /* an office without an index has no weights either */
    q = zd_gate_question_of(question, ranking);
    if (!zd_gate_describe(&q, ranking, f))
        return 0.0;
    if (!model || !zd_model_topic(model) || !zd_model_sure(model))
        return (double)ranking->p[0].score;
    return by_code(ranking->p[0].code,
                   chance(zd_model_topic(model), f) * chance(zd_model_sure(model), f));
}

/* kinds.c: see kinds.h. */
#include "base/kinds.h"

const char *zd_passage_kind_word(enum zd_passage_kind kind)
{
#define WORD(name, word) word,
    static const char *const words[] = {ZD_PASSAGE_KIND_TABLE(WORD)};
#undef WORD

    return (size_t)kind < ZD_COUNT(words) ? words[kind] : "";
}

const char *zd_guide_field_word(enum zd_guide_field field)
{
#define WORD(name, word) word,
    static const char *const words[] = {ZD_GUIDE_FIELD_TABLE(WORD)};
#undef WORD

    return (size_t)field < ZD_COUNT(words) ? words[field] : "";
}

const char *zd_validity_word(enum zd_validity validity)
{
    static const char *const words[] = {"in force", "not yet", "expired", "superseded", "unknown"};

    return (size_t)validity < ZD_COUNT(words) ? words[validity] : "unknown";
}

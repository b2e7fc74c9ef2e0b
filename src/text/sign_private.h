/* sign: what single characters are: digits and units, and sets of characters. Private to text. */
#ifndef ZD_TEXT_SIGN_PRIVATE_H
#define ZD_TEXT_SIGN_PRIVATE_H

#include "base/base.h"

enum zd_sign_kind {
    ZD_SIGN_OTHER,
    ZD_SIGN_ARABIC, /* 0-9, ASCII or full width */
    ZD_SIGN_HAN,    /* a digit written as a character, financial forms too */
    ZD_SIGN_ZERO,   /* 〇 零 ○: a digit of either kind's row */
    ZD_SIGN_TENS,   /* 廿 卅 卌: tens that need no 十 */
    ZD_SIGN_SMALL,  /* 十 百 千 */
    ZD_SIGN_BIG     /* 万 亿 */
};

struct zd_sign {
    enum zd_sign_kind kind;
    uint32_t value;
};

struct zd_sign zd_sign_of(uint32_t code_point);

/* A character that folds to one character, folded; any other as it is (fold.c). */
uint32_t zd_sign_fold(uint32_t code_point);

/* A set of characters of the first plane; zeroed is empty. */
struct zd_sign_set {
    uint8_t bits[8192];
};

static inline bool zd_sign_set_has(const struct zd_sign_set *set, uint32_t code_point)
{
    return code_point < 0x10000 && (set->bits[code_point >> 3] >> (code_point & 7) & 1);
}

static inline void zd_sign_set_add(struct zd_sign_set *set, uint32_t code_point)
{
    if (code_point < 0x10000)
        set->bits[code_point >> 3] |= (uint8_t)(1u << (code_point & 7));
}

/* Some 1,750 characters, folded: nine of ten characters of ordinary texts. */
void zd_common_signs(struct zd_sign_set *ret_set);

#endif

/* sign: single characters as Chinese texts use them for digits and units. Private to text. */
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

#endif

/* pinyin: which letters are a syllable of Mandarin, and which characters it reads. Private to text.
 * Letters are a to z with ü as v, without tones; characters are folded (Simplified). */
#ifndef ZD_TEXT_PINYIN_PRIVATE_H
#define ZD_TEXT_PINYIN_PRIVATE_H

#include "base/base.h"
#include "text/sign_private.h"

#define ZD_PINYIN_MAX_LETTERS 6

/* The number of the syllable, or -1. */
int zd_pinyin_syllable(const char *letters, size_t n);

/* Whether the syllable is a known reading of the character. */
bool zd_pinyin_reads(int syllable, uint32_t sign);

/* The characters that have any reading here, and those that have several. */
void zd_pinyin_known(struct zd_sign_set *ret_known, struct zd_sign_set *ret_several);

#endif

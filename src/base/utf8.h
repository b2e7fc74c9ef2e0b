/* utf8: the border check, and steps from character to character (Unicode 15, table 3-7).
 *
 * Text is checked once, where it enters; everything behind the border may then step without
 * checking. Offsets are bytes inside the program and characters only in the published contracts:
 * zd_utf8_chars and zd_utf8_byte_of turn one into the other.
 */
#ifndef ZD_BASE_UTF8_H
#define ZD_BASE_UTF8_H

#include "base/base.h"

#define ZD_REPLACEMENT 0xFFFDu

/* Bytes of the longest valid beginning of b: equal to b.n when all of it is valid UTF-8
 * (no overlong forms, no surrogates, nothing above U+10FFFF). */
size_t zd_utf8_valid_prefix(struct zd_bytes b);

/* Reads the character at s.p[*at] (valid UTF-8, *at < s.n) and moves *at behind it. A byte that
 * cannot start a character gives ZD_REPLACEMENT and moves one byte, so a loop always ends. */
uint32_t zd_utf8_next(struct zd_str s, size_t *at);

/* Writes a code point to out[4] and returns its bytes; what is no scalar value becomes U+FFFD. */
size_t zd_utf8_put(uint32_t code_point, char out[4]);

/* Characters in valid UTF-8. */
size_t zd_utf8_chars(struct zd_str s);

/* Byte offset of character number n_chars, or s.n when there are fewer. */
size_t zd_utf8_byte_of(struct zd_str s, size_t n_chars);

/* The last character start at or before byte `at` (cut to s.n). */
size_t zd_utf8_floor(struct zd_str s, size_t at);

/* Whether the character is one of those of `set`, valid UTF-8. For sets of a few dozen. */
bool zd_utf8_is_one_of(uint32_t code_point, const char *set);

/* Han ideographs that carry meaning in text: URO, extensions A to H, compatibility, U+3007. */
bool zd_is_han(uint32_t code_point);

#endif

/* secrecy: finds marks of state secrets (密级标志) in a text: 绝密, 机密, 秘密 with ★ and a term.
 *
 * The mark's form is that of the Measures for marks of state secrets and of GB/T 9704-2012, 7.2.2: the
 * level, and after ★ the term (秘密★1年, 机密★6个月, 绝密★长期, 绝密★启用前). Found are, also in
 * full-width, spaced and Traditional forms and with ☆ * ✩ for ★:
 *
 *     1. level ★ term            at the beginning or end of a line, or in a bracket of its own
 *     2. a line that is a level alone, with or without its term, beside a copy number or an urgency
 *        (特急) at most, near the beginning of the text or of a page
 *     3. 密级：level
 *
 * Who recognises words in pictures takes the star for a character (机密女10年, 绝密妇) or for nothing:
 * in such a line one character may stand in its place before a term. Where the text is known to come from
 * pictures, it may stand before the line's end, or the term may have a character too many (绝密妈10人年).
 *
 * A level in running text (国家秘密分为绝密、机密、秘密三级) is no mark, nor is a mark that is
 * quoted or explained in a sentence.
 */
#ifndef ZD_GUARD_SECRECY_H
#define ZD_GUARD_SECRECY_H

#include "base/arena.h"
#include "base/base.h"

enum zd_secrecy { ZD_SECRECY_NONE, ZD_SECRECY_SECRET, ZD_SECRECY_CONFIDENTIAL, ZD_SECRECY_TOP };

struct zd_secrecy_mark {
    enum zd_secrecy level; /* NONE: there is no mark */
    size_t start, end;     /* bytes of the text: the first mark of the highest level */
};

const char *zd_secrecy_zh(enum zd_secrecy level); /* "秘密", "机密", "绝密", "" for none */

/* Looks through the whole text (valid UTF-8) in one pass without memory. is_recognised: its words, or
 * some of them, were recognised in pictures. */
struct zd_secrecy_mark zd_secrecy_find(struct zd_str text, bool is_recognised);

#endif

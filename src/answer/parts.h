/* parts: a question that asks several things at once, cut into what it asks.
 *
 *     身份证丢了去哪补，要等多久        身份证丢了去哪补 | 要等多久
 *     租房没有签合同，怎么办居住证      one part: the first half asks nothing, and belongs to the other
 *
 * By rules. It is cut at commas, stops and 还有, 以及, 另外 …, and at 、和 where both sides ask; a
 * stretch without a question word goes with the one behind it, and at the end with the one before.
 * A and B asked for 分别 are asked for one by one. What only asks for assent (可以吗) is no part.
 */
#ifndef ZD_ANSWER_PARTS_H
#define ZD_ANSWER_PARTS_H

#include "base/arena.h"
#include "base/base.h"

#define ZD_PARTS_MAX 4

/* Fills in the parts in their order and returns how many; 1, the whole question, where it is not
 * cut or memory ends. Views into the question, or (分别) in the arena. */
size_t zd_question_parts(struct zd_str question, struct zd_arena *arena,
                         struct zd_str parts[ZD_PARTS_MAX]);

/* False where a part asks for a telephone number, a time or an amount, and the text gives none. */
bool zd_part_may_be_answered_by(struct zd_str part, struct zd_str text);

#endif

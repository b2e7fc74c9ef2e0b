/* mask: puts placeholders for personal data before a text leaves the machine, and puts the data
 * back into what returns.
 *
 * A placeholder is 〔手机号KQ1〕: the kind, two letters that stand nowhere in the texts of this
 * request, and a number. The same value gets the same placeholder, and another spelling of it
 * another one, so that restoring gives back exactly the characters that were taken away. Models
 * rewrite brackets, spaces and letter case: a placeholder is still known in 【手机号KQ1】,
 * [手机号 kq1], （手机号KQ-1） and without brackets, and only whole ones with a known number are
 * replaced, so nothing else of the answer ever changes.
 *
 * A mask lives in the caller's arena and never leaves the process: it holds the data.
 * Threads: an immutable mask may be read by any; a restorer belongs to one.
 */
#ifndef ZD_GUARD_MASK_H
#define ZD_GUARD_MASK_H

#include "base/buf.h"
#include "guard/personal.h"

#define ZD_MASK_KIND(kind) (1u << (kind))
/* All kinds but 信用代码, which are public. */
#define ZD_MASK_DEFAULT (((1u << ZD_PERSONAL_KINDS) - 1) & ~ZD_MASK_KIND(ZD_PERSONAL_CREDIT))

struct zd_mask;

/* Masks the kinds of `kinds` (ZD_MASK_KIND bits) in n texts of one request at once (system,
 * earlier turns, question, passages), each valid UTF-8. ret_masked[n] and the mask live in the
 * arena; a text without such data comes back as it is. Errors: ZD_NOMEM; ZD_LIMIT past
 * 100,000 values. */
enum zd_status zd_mask_texts(const struct zd_str *texts, size_t n, uint32_t kinds,
                             struct zd_arena *arena, struct zd_str *ret_masked,
                             struct zd_mask **ret_mask, struct zd_error *err) ZD_MUST_USE;

/* Values that the mask holds, and how many findings of a kind there were, masked or not. */
size_t zd_mask_count(const struct zd_mask *mask);
size_t zd_mask_count_kind(const struct zd_mask *mask, enum zd_personal_kind kind);
/* Value number i < count with the placeholder that stands for it, both borrowed. */
void zd_mask_value(const struct zd_mask *mask, size_t i, struct zd_str *ret_value,
                   struct zd_str *ret_placeholder);

/* Puts the data back into a whole text. Errors are the buffer's. */
void zd_mask_restore(const struct zd_mask *mask, struct zd_str text, struct zd_buf *out);

/* The same over a stream cut anywhere: holds back only what could still become a placeholder,
 * at most some 60 bytes. Zero with mask set is a restorer: struct zd_restorer r = {.mask = m}. */
#define ZD_RESTORER_HELD 128
struct zd_restorer {
    const struct zd_mask *mask; /* NULL: passes everything on */
    char held[ZD_RESTORER_HELD];
    size_t n_held;
};
void zd_restorer_feed(struct zd_restorer *restorer, struct zd_str piece, struct zd_buf *out);
void zd_restorer_end(struct zd_restorer *restorer, struct zd_buf *out);

#endif

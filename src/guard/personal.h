/* personal: finds what identifies a person in text: numbers that carry a checksum, numbers of a
 * known shape, and names and addresses that a label announces.
 *
 *     id          18 digits: province, birthday, check digit (GB 11643-1999, ISO 7064 MOD 11-2)
 *     old id      15 digits, only behind a label, since nothing else proves it
 *     residence   foreigners' permanent residence: 18 digits from 2023 on (MOD 11-2), before that
 *                 three letters of a country and 12 digits
 *     card        bank cards: issuer prefix, length, Luhn (ISO/IEC 7812-1)
 *     credit      统一社会信用代码 (GB 32100-2015, MOD 31): public, so it is flagged and not masked
 *     passport    Chinese passports and travel permits
 *     mobile, landline, plate (also of new-energy cars), email
 *     name, address   only where certain: 姓名：…, 我叫…, 住址：…
 *
 * Full-width forms, lower case, and numbers spaced or hyphenated in the ways people write them are
 * found; zero-width characters are looked through. A quantity, a part of a longer number or of a
 * decimal, and a number that its label calls an order or batch number are not.
 *
 * Findings never reach over a line end or 。！？；, nor over a cut that is made in a line of 4 KiB
 * without any: a text read in pieces gives the same findings as the whole. Of findings that
 * overlap the first stays, of those that begin together the longest.
 *
 * Threads: a scan belongs to one; the rest is pure.
 */
#ifndef ZD_GUARD_PERSONAL_H
#define ZD_GUARD_PERSONAL_H

#include "base/arena.h"
#include "base/base.h"
#include "store/register.h"

/* Name, word for programs, word for people (it stands in placeholders), data class (register.h). The order
 * decides between kinds that fit the same characters. */
#define ZD_PERSONAL_KIND_TABLE(X)                                                                  \
    X(ID, "id", "身份证号", SENSITIVE)                                                             \
    X(RESIDENCE, "residence_permit", "永居证号", SENSITIVE)                                        \
    X(CARD, "bank_card", "银行卡号", SENSITIVE)                                                    \
    X(CREDIT, "credit_code", "信用代码", PUBLIC)                                                   \
    X(OLD_ID, "old_id", "旧身份证号", SENSITIVE)                                                   \
    X(PASSPORT, "passport", "护照号", SENSITIVE)                                                   \
    X(MOBILE, "mobile", "手机号", PERSONAL)                                                        \
    X(LANDLINE, "landline", "固定电话", PERSONAL)                                                  \
    X(PLATE, "plate", "车牌号", PERSONAL)                                                          \
    X(EMAIL, "email", "邮箱", PERSONAL)                                                            \
    X(ADDRESS, "address", "住址", PERSONAL)                                                        \
    X(NAME, "name", "姓名", PERSONAL)

#define ZD_PERSONAL_KIND_ENUM(name, word, zh, data_class) ZD_PERSONAL_##name,
enum zd_personal_kind { ZD_PERSONAL_KIND_TABLE(ZD_PERSONAL_KIND_ENUM) ZD_PERSONAL_KINDS };
#undef ZD_PERSONAL_KIND_ENUM

const char *zd_personal_word(enum zd_personal_kind kind); /* "bank_card" */
const char *zd_personal_zh(enum zd_personal_kind kind);   /* "银行卡号" */
enum zd_data_class zd_personal_class(enum zd_personal_kind kind);

struct zd_personal {
    enum zd_personal_kind kind;
    size_t start, end; /* bytes of the text, from the first one given */
};
struct zd_personal_list {
    struct zd_personal *p; /* [n] in order, apart from each other */
    size_t n, cap;
};

/* Finds all of a valid UTF-8 text; the list lives in the arena. Errors: ZD_NOMEM.
 * Cost: one pass; figures in docs/performance.md. */
enum zd_status zd_personal_find(struct zd_str text, struct zd_arena *arena,
                                struct zd_personal_list *ret_list,
                                struct zd_error *err) ZD_MUST_USE;

/* The same over a text that comes in pieces, cut anywhere, also inside a character. */
struct zd_personal_scan;

/* Called once a finding, in order; `value` is the text found, borrowed for the call. */
typedef void (*zd_personal_fn)(void *context, const struct zd_personal *found, struct zd_str value);

enum zd_status zd_personal_scan_new(zd_personal_fn fn, void *context,
                                    struct zd_personal_scan **ret_scan,
                                    struct zd_error *err) ZD_MUST_USE;
void zd_personal_scan_free(struct zd_personal_scan *scan); /* NULL is fine */
/* Errors: ZD_NOMEM. */
enum zd_status zd_personal_scan_feed(struct zd_personal_scan *scan, struct zd_str piece,
                                     struct zd_error *err) ZD_MUST_USE;
/* The text ends here; the scan may be fed another one afterwards, counted from 0 again. */
void zd_personal_scan_end(struct zd_personal_scan *scan);
/* Bytes of the text that are decided: no later finding begins before. */
size_t zd_personal_scan_done(const struct zd_personal_scan *scan);

#endif

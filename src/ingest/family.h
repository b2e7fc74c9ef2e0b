/* family: which texts are states of one text.
 *
 * Two files belong together when their titles are one (but for decoration: 中华人民共和国, the
 * issuer before 关于, （2018-10-26）, （试行）, （2022年修订）, 文号 in brackets, 印发 around 《》), nothing
 * speaks against it (issuers or regions that are both known and differ), both say since when
 * they are in effect and differ in that day or the day of issue, and the title is not one that many texts share
 * (公告, 关于放假的通知 without an issuer). In doubt they stay apart: two documents that both answer are a
 * lesser evil than one that is wrongly dead.
 *
 * Pure functions of text; keys are compared byte for byte and stand in the database.
 */
#ifndef ZD_INGEST_FAMILY_H
#define ZD_INGEST_FAMILY_H

#include "base/arena.h"
#include "store/document.h"

/* The key of a title, in the arena; "" for a title that names nothing. *ret_issuer (may be NULL)
 * gets the issuer that stands before 关于, borrowed from title, or "". Errors: ZD_NOMEM. */
enum zd_status zd_family_title_key(struct zd_str title, struct zd_arena *arena,
                                   struct zd_str *ret_key, struct zd_str *ret_issuer,
                                   struct zd_error *err) ZD_MUST_USE;

/* The key of an issuer or of several joined by 、: short forms and offices of a government are the
 * government. Errors: ZD_NOMEM. */
enum zd_status zd_family_issuer_key(struct zd_str issuer, struct zd_arena *arena,
                                    struct zd_str *ret_key, struct zd_error *err) ZD_MUST_USE;

/* The key of a number (文号): brackets and widths made one. Errors: ZD_NOMEM. */
enum zd_status zd_family_number_key(struct zd_str number, struct zd_arena *arena,
                                    struct zd_str *ret_key, struct zd_error *err) ZD_MUST_USE;

/* Nothing speaks against one issuer (keys): equal, one unknown, or one of several in common. */
bool zd_family_issuers_agree(struct zd_str a, struct zd_str b);

/* Issuers agree, or both are of the place that a rule's title begins with (offices are renamed
 * and merged, and 云岫市…办法 of one office goes on as that of its successor), or one is a ministry
 * and the other 国务院. */
bool zd_family_offices_agree(struct zd_str title_key, struct zd_str a, struct zd_str b);

/* True where a title key alone, without a known issuer, names one text: 会计法, but not 公告. */
bool zd_family_title_is_law(struct zd_str title_key);
/* True where the title key with its issuer names one text. */
bool zd_family_title_is_specific(struct zd_str title_key);

/* Nothing speaks against two documents being one text; titles are not looked at but for how much
 * they say. */
bool zd_family_agree(const struct zd_document *a, const struct zd_document *b);

#endif

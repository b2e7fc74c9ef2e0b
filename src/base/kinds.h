/* kinds: the words that parse writes, store keeps, and retrieve and answer read: what a passage
 * is, and which field of a service guide it fills. One table each; the second column is the word
 * in JSON and in the database and never changes.
 */
#ifndef ZD_BASE_KINDS_H
#define ZD_BASE_KINDS_H

#include "base/base.h"

#define ZD_PASSAGE_KIND_TABLE(X)                                                                   \
    X(PARAGRAPH, "paragraph")                                                                      \
    X(CLAUSE, "clause") /* 条 */                                                                  \
    X(ITEM, "item")     /* a numbered item with what belongs to it */                              \
    X(ROW, "row")       /* a table row */                                                          \
    X(FIELD, "field")   /* of a service guide */                                                   \
    X(QA, "qa")         /* a question of an FAQ page with its answer */

/* Fields of a service guide (办事指南). */
#define ZD_GUIDE_FIELD_TABLE(X)                                                                    \
    X(NONE, "")                                                                                    \
    X(CONDITIONS, "conditions") /* 受理条件、申请条件、适用对象 */                   \
    X(MATERIALS, "materials")   /* 申请材料 */                                                 \
    X(PROCESS, "process")       /* 办理流程 */                                                 \
    X(TIME, "time")             /* 办理时限、办结时限 */                                  \
    X(FEE, "fee")               /* 收费标准 */                                                 \
    X(PLACE, "place")           /* 办理地点 */                                                 \
    X(HOURS, "hours")           /* 办理时间 */                                                 \
    X(PHONE, "phone")           /* 咨询电话、监督电话 */                                  \
    X(BASIS, "basis")           /* 设定依据 */                                                 \
    X(OFFICE, "office")         /* 实施机关 */                                                 \
    X(RESULT, "result")         /* 办理结果 */

#define ZD_KIND_ENUM(name, word) ZD_PASSAGE_##name,
#define ZD_FIELD_ENUM(name, word) ZD_GUIDE_##name,
enum zd_passage_kind { ZD_PASSAGE_KIND_TABLE(ZD_KIND_ENUM) ZD_PASSAGE_KIND_COUNT };
enum zd_guide_field { ZD_GUIDE_FIELD_TABLE(ZD_FIELD_ENUM) ZD_GUIDE_FIELD_COUNT };
#undef ZD_KIND_ENUM
#undef ZD_FIELD_ENUM

/* The word of the table; "" for a number outside it. */
const char *zd_passage_kind_word(enum zd_passage_kind kind);
const char *zd_guide_field_word(enum zd_guide_field field);

/* Where a version stands on a given day. */
enum zd_validity { ZD_IN_FORCE, ZD_NOT_YET, ZD_EXPIRED, ZD_SUPERSEDED, ZD_VALIDITY_UNKNOWN };

/* "in force", "not yet", "expired", "superseded", "unknown": the contract's words. */
const char *zd_validity_word(enum zd_validity validity);

#endif

/* subject: who asks. Every function that reads or changes data takes one and filters by it in
 * SQL, so that forgetting to check is a compile error rather than a leak.
 *
 * A document carries access bits; a subject sees it when they share one. Nothing else decides:
 * an object that may not be seen is answered exactly like one that does not exist.
 */
#ifndef ZD_STORE_SUBJECT_H
#define ZD_STORE_SUBJECT_H

#include <stdint.h>

#define ZD_ACCESS_PUBLIC 1u /* citizens and companies */
#define ZD_ACCESS_STAFF 2u  /* people of the office */
#define ZD_ACCESS_ALL 0x7fffffffu

enum zd_role {
    ZD_ROLE_VISITOR, /* reads what is public */
    ZD_ROLE_OWNER,   /* the person at the office's machine: reads and changes everything */
};

struct zd_subject {
    enum zd_role role;
    uint32_t access; /* ZD_ACCESS_ bits; 0 sees nothing. The same bits go into index filters */
};

/* Static and immutable. */
const struct zd_subject *zd_subject_owner(void);
const struct zd_subject *zd_subject_visitor(void);

#endif

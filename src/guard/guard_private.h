/* What the files of this room share and no other room may include: a line of text as units that the
 * finders of personal data read, and the checks of numbers. */
#ifndef ZD_GUARD_PRIVATE_H
#define ZD_GUARD_PRIVATE_H

#include "guard/personal.h"

/* A character as the finders see it: folded to lower case and half width, hyphens and middle dots
 * to one form each; characters that nobody sees are left out. */
struct zd_guard__unit {
    uint32_t c;
    uint32_t start, end; /* bytes of the segment */
};

#define ZD_GUARD__SEGMENT_MAX_BYTES 8192

struct zd_guard__found {
    enum zd_personal_kind kind;
    uint32_t start, end; /* units */
};

/* A stretch of text that no finding crosses, with what is found in it. */
struct zd_guard__segment {
    size_t n;
    struct zd_guard__found *found; /* [n_found] in no order; may overlap */
    size_t n_found, cap;
    bool failed;                                              /* memory ended */
    struct zd_guard__unit u[ZD_GUARD__SEGMENT_MAX_BYTES + 1]; /* [n] and a unit of c 0 behind */
};

/* Findings are added with this; a failure sticks. */
void zd_guard__add(struct zd_guard__segment *s, enum zd_personal_kind kind, size_t start,
                   size_t end);

/* The two finders: numbers (numbers.c), and what words announce or shape (labelled.c). */
void zd_guard__find_numbers(struct zd_guard__segment *s);
void zd_guard__find_labelled(struct zd_guard__segment *s);

static inline bool zd_guard__is_digit(uint32_t c)
{
    return c - '0' < 10;
}
static inline bool zd_guard__is_letter(uint32_t c)
{
    return c - 'a' < 26;
}
static inline bool zd_guard__is_alnum(uint32_t c)
{
    return zd_guard__is_digit(c) || zd_guard__is_letter(c);
}

/* Units that `label` (folded UTF-8) takes at unit `at`, spaces inside it allowed; 0: not there. */
size_t zd_guard__label_at(const struct zd_guard__segment *s, size_t at, const char *label);
/* True where one of the n labels stands in the `window` units before `at`. */
bool zd_guard__label_before(const struct zd_guard__segment *s, size_t at, size_t window,
                            const char *const *labels, size_t n);

/* Checks of normalised numbers: digits and lower-case letters only, exactly n of them. */
bool zd_guard__is_id(const char *s, size_t n);
bool zd_guard__is_old_id(const char *s, size_t n);
bool zd_guard__is_residence(const char *s, size_t n);
bool zd_guard__is_credit(const char *s, size_t n);
/* Of a credit code of 18: the older code inside it checks as well. */
bool zd_guard__holds_organisation(const char *s);
/* `announced`: it is grouped like a card, or named one. */
bool zd_guard__is_card(const char *s, size_t n, bool announced);
/* `labelled`: a passport or travel permit is named before it. */
bool zd_guard__is_passport(const char *s, size_t n, bool labelled);
bool zd_guard__is_mobile(const char *s, size_t n);

#endif

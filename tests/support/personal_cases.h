/* personal_cases: made-up personal data for tests and benches: values that hold, written in the ways
 * people write them, and numbers that only look like them. Deterministic by number. The check digits
 * are computed here anew, from the standards, and not with the code under test. */
#ifndef ZD_TEST_PERSONAL_CASES_H
#define ZD_TEST_PERSONAL_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guard/personal.h"

struct personal_case {
    char text[640];
    size_t start, end;          /* bytes of the value in it; look-alikes have none */
    enum zd_personal_kind kind; /* of a value that holds */
    bool has_check;             /* its kind carries a check digit */
    const char *what;           /* of a look-alike */
};

/* Case `number` of any: the same at every call. */
void personal_case_valid(uint32_t number, struct personal_case *ret_case);
void personal_case_lookalike(uint32_t number, struct personal_case *ret_case);

/* The generator behind them (xorshift64*), for others who need repeatable chance. */
uint32_t chance(uint64_t *state, uint32_t n); /* 0 … n - 1 */

#endif

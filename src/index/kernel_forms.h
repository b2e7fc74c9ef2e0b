/* kernel_forms: the forms of kernel.h for one family of processors each; NULL on others and where
 * this one lacks what they need. */
#ifndef ZD_INDEX_KERNEL_FORMS_H
#define ZD_INDEX_KERNEL_FORMS_H

#include "index/kernel.h"

/* The one of plain C serves all (kernel_x86.c says why). */
void zd_index__plain_add(const struct zd_index__scoring *s, const uint32_t *docs,
                         const uint16_t *codes, size_t n);

const struct zd_index__kernel *zd_index__kernel_avx2(void);
const struct zd_index__kernel *zd_index__kernel_avx512(void);
const struct zd_index__kernel *zd_index__kernel_neon(void);

#endif

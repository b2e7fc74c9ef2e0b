/* kernel_x86: kernels for x86-64; NULL on other processors and where this one lacks them. */
#ifndef ZD_INDEX_KERNEL_X86_H
#define ZD_INDEX_KERNEL_X86_H

#include "index/kernel.h"

/* The one of plain C serves all (kernel_x86.c says why). */
void zd_index__plain_add(const struct zd_index__scoring *s, const uint32_t *docs,
                         const uint16_t *codes, size_t n);

const struct zd_index__kernel *zd_index__kernel_avx2(void);
const struct zd_index__kernel *zd_index__kernel_avx512(void);

#endif

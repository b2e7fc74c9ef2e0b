/* base_model.c: see base_model.h. The assembler puts the file into read-only data as it is: pages
 * of it are read when they are used and shared by all processes. */
#include "semantic/base_model.h"

__asm__(".section .rodata\n"
        ".balign 64\n"
        ".global zd_base_model_begin\n"
        "zd_base_model_begin:\n"
        ".incbin \"" ZD_BASE_MODEL "\"\n"
        ".global zd_base_model_end\n"
        "zd_base_model_end:\n"
        ".byte 0\n"
        ".previous\n");

extern const uint8_t zd_base_model_begin[], zd_base_model_end[];

struct zd_bytes zd_base_model(void)
{
    return (struct zd_bytes){zd_base_model_begin, (size_t)((uintptr_t)zd_base_model_end -
                                                           (uintptr_t)zd_base_model_begin)};
}

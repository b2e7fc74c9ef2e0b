/* Fuzz target: written models of answers. Oracle: what is read is written back as the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "answer/answer_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zd_answer_model *model = NULL;
    struct zd_buf again = {.max = (size_t)1 << 26};

    if (zd_answer_model_read((struct zd_bytes){data, size}, &model, NULL) != ZD_OK)
        return 0;
    zd_answer__model_write(model, &again);
    if (again.bad || again.n != size || memcmp(again.p, data, size) != 0)
        abort();
    zd_buf_done(&again);
    zd_answer_model_free(model);
    return 0;
}

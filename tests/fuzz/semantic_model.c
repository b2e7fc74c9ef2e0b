/* Fuzz target: model files.
 *
 * An input is tried as it is, and once more as sealed bytes, whose sums are not looked at, so that
 * the checks behind them are tried too. Oracle: an encoder that opens encodes, every title that is
 * listed is found, and nothing reads outside the bytes. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "semantic/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct zd_model *model)
{
    const struct zd_encoder *encoder = zd_model_encoder(model);
    struct zd_encoder_work work = {0};
    int8_t vector[ZD_ENCODER_MAX_DIMS];
    const zd_term text[] = {7, 42, 900, UINT64_C(1) << 63 | 5};

    if (encoder &&
        zd_encoder_encode(encoder, &work, &(struct zd_encoder_terms){text, ZD_COUNT(text)}, 1,
                          vector, NULL) != ZD_OK)
        abort();
    zd_encoder_work_done(&work);
    for (size_t i = 0; i < zd_model_n_answered(model); i++)
        (void)zd_model_prior(model, zd_model_answered(model, i).title);
}

static void try_one(const uint8_t *p, size_t n, bool sealed)
{
    struct zd_model *model = NULL;

    if (zd_model_from_bytes((struct zd_bytes){p, n}, sealed, &model, NULL) != ZD_OK)
        return;
    use(model);
    zd_model_close(model);
}

/* The table's own sum put right: without it nothing behind is reached. */
static void seal(uint8_t *p, size_t n)
{
    uint32_t n_sections, sum;
    size_t at;

    if (n < 20)
        return;
    memcpy(&n_sections, p + 8, sizeof n_sections);
    if (n_sections > ZD_MODEL_MAX_SECTIONS)
        return;
    at = 16 + (size_t)n_sections * 24;
    if (at + 4 > n)
        return;
    sum = zd_crc32c(0, (struct zd_bytes){p, at});
    memcpy(p + at, &sum, sizeof sum);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy;

    try_one(data, size, false);
    copy = aligned_alloc(64, (size + 64) / 64 * 64);
    if (!copy)
        return 0;
    memcpy(copy, data, size);
    seal(copy, size);
    try_one(copy, size, true);
    free(copy);
    return 0;
}

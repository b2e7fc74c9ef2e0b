/* Fuzz target: written trees.
 *
 * An input is tried as it is, and once more with its checksum put right, so that the checks behind
 * it are tried too. Oracle: what is read is written back as the same bytes, and every walk ends. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "semantic/trees.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_one(const uint8_t *p, size_t n)
{
    static float x[ZD_TREES_MAX_FEATURES];
    static double parts[ZD_TREES_MAX_FEATURES];
    struct zd_buf again = {.max = (size_t)1 << 24}, words = {.max = (size_t)1 << 24};
    struct zd_trees *trees = NULL;

    if (zd_trees_read((struct zd_bytes){p, n}, &trees, NULL) != ZD_OK)
        return;
    for (size_t f = 0; f < ZD_TREES_MAX_FEATURES; f++)
        x[f] = n > 0 ? (float)p[(f * 7) % n] - 100.0F : 0.0F;
    (void)zd_trees_score(trees, x);
    (void)zd_trees_explain(trees, x, parts);
    zd_trees_write(trees, &again);
    if (again.bad || again.n != n || memcmp(again.p, p, n) != 0)
        abort();
    zd_trees_dump(trees, NULL, &words);
    zd_buf_done(&again);
    zd_buf_done(&words);
    zd_trees_free(trees);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *sealed;
    uint32_t crc;

    try_one(data, size);
    if (size < 4)
        return 0;
    sealed = malloc(size);
    if (!sealed)
        return 0;
    memcpy(sealed, data, size);
    crc = zd_crc32c(0, (struct zd_bytes){data, size - 4});
    for (size_t i = 0; i < 4; i++)
        sealed[size - 4 + i] = (uint8_t)(crc >> (8 * i));
    try_one(sealed, size);
    free(sealed);
    return 0;
}

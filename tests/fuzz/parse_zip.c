/* Fuzz target: the directory of a ZIP and the unpacking of its entries.
 * Oracle: entries lie inside the archive without overlap; what unpacks has the size that was said. */
#include "parse/zip.h"
#include "parse_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zd_arena *arena = zd_arena_new(16 * ZD_MiB);
    struct zd_parse__zip zip = {0};
    struct zd_error err = {0};

    if (!arena)
        return 0;
    if (zd_parse__zip_open((struct zd_bytes){data, size}, arena, &zip, &err) != ZD_OK) {
        must(err.what[0] != 0);
        zd_arena_free(arena);
        return 0;
    }
    must(zip.n <= ZD_ZIP_MAX_ENTRIES);
    for (size_t i = 0; i < zip.n; i++) {
        struct zd_parse__unpacked out = {0};

        must(zip.p[i].ends <= size && zip.p[i].n_packed <= zip.p[i].ends);
        for (size_t k = 0; k < i; k++)
            must(zip.p[i].at >= zip.p[k].ends || zip.p[k].at >= zip.p[i].ends);
        if (zip.p[i].n_bytes <= ZD_MiB &&
            zd_parse__zip_read(&zip, &zip.p[i], &out, NULL) == ZD_OK) {
            must(out.n == zip.p[i].n_bytes);
            zd_free(out.p);
        }
    }
    read_as_file(data, size, "a.zip");
    zd_arena_free(arena);
    return 0;
}

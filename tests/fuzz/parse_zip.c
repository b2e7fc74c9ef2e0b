/* Fuzz target: the directory of a ZIP and the unpacking of its entries, as a document and as an archive.
 * Oracle: entries lie inside the archive without overlap; what unpacks has the size that was said; names
 * of members are UTF-8 without steps upwards. */
#include "base/utf8.h"
#include "parse/zip.h"
#include "parse_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_as_archive(struct zd_bytes raw, struct zd_arena *arena)
{
    struct zd_parse_members members = {0};

    if (zd_parse_archive(raw, arena, &members, NULL) != ZD_OK)
        return;
    must(members.n <= ZD_ARCHIVE_MAX_MEMBERS);
    for (size_t i = 0; i < members.n; i++) {
        struct zd_buf out = {.max = ZD_UPLOAD_MAX_BYTES};
        struct zd_str name = members.p[i].name;

        must(name.n > 0 && zd_utf8_valid_prefix(zd_str_bytes(name)) == name.n);
        must(!zd_str_starts(name, ZD_STR("/")) && !zd_str_starts(name, ZD_STR("../")) &&
             zd_str_find(name, ZD_STR("/../"), 0) == SIZE_MAX);
        if (i < 4 && zd_parse_archive_member(raw, (uint32_t)i, arena, &out, NULL) == ZD_OK)
            must(members.p[i].refused.n == 0);
        zd_buf_done(&out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zd_arena *arena = zd_arena_new(16 * ZD_MiB);
    struct zd_parse__zip zip = {0};
    struct zd_error err = {0};

    if (!arena)
        return 0;
    read_as_archive((struct zd_bytes){data, size}, arena);
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

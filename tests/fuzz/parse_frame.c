/* Fuzz target: the frame that a worker hands back (parse/frame.h), which the server must not believe.
 * Oracle: what is accepted holds everything that a reader's own result must (parse_oracle.h), its
 * cells are text, and written and read once more it is accepted again. */
#include "parse/frame.h"
#include "parse_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be_cells(const struct zd_parsed *parsed)
{
    for (size_t i = 0; i < parsed->passages.n; i++)
        for (uint32_t k = 0; k < parsed->passages.p[i].n_cells; k++) {
            must_be_text(parsed->passages.p[i].cells[k].text);
            must_be_text(parsed->passages.p[i].cells[k].header_path);
        }
}

static void must_be_read_again(struct zd_arena *arena, struct zd_str id,
                               const struct zd_parsed *parsed)
{
    struct zd_buf out = {.max = ZD_FRAME_MAX_BYTES};
    struct zd_parsed again = {0};
    struct zd_str again_id = {0};
    size_t at = 0;

    zd_frame_write(&out, ZD_OK, id, parsed, NULL);
    must(zd_frame_read((struct zd_bytes){out.p, out.n}, &at, arena, &again_id, &again, NULL) ==
         ZD_OK);
    must(at == out.n && zd_str_eq(id, again_id) && again.passages.n == parsed->passages.n &&
         zd_str_eq(again.blocks.text, parsed->blocks.text));
    zd_buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zd_arena *arena = zd_arena_new(16 * ZD_MiB);
    struct zd_parsed parsed = {0};
    struct zd_str id = {0};
    struct zd_error err = {0};
    size_t at = 0;

    if (!arena)
        return 0;
    if (zd_frame_read((struct zd_bytes){data, size}, &at, arena, &id, &parsed, &err) == ZD_OK) {
        must(at <= size);
        must_be_passages(&parsed);
        must_be_facts(&parsed.facts);
        must_be_cells(&parsed);
        must_be_read_again(arena, id, &parsed);
    } else {
        must(err.what[0] != 0);
    }
    zd_arena_free(arena);
    return 0;
}

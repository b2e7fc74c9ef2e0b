/* validity.c: placeholder */
#include "parse/parse_private.h"
enum zd_status zd_parse__validity(const struct zd_blocks *blocks, const struct zd_parse__meta *meta,
                                  struct zd_str name, struct zd_arena *arena,
                                  struct zd_facts *ret_facts, struct zd_error *err)
{
    (void)meta;
    (void)err;
    (void)arena;
    *ret_facts =
        (struct zd_facts){.title = blocks->title.n ? blocks->title : zd_parse__file_stem(name)};
    return ZD_OK;
}

/* Fuzz target: pieces of text on pages → blocks. A record is a byte that says what it is and what
 * words, and four bytes of place and size. Oracle: blocks lie in the text in order, are valid UTF-8,
 * have a page that exists, and no words are made up: the text holds no more bytes than the pieces
 * and what stands between them. */
#include <stdlib.h>

#include "base/caps.h"
#include "base/utf8.h"
#include "parse/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static struct zd_str words(uint8_t which)
{
    static const char *const all[] = {"第一条 为了规范门牌管理，制定本办法。",
                                      "申请补发门牌的，向公安派出所提出",
                                      "目录",
                                      "总则……12",
                                      "- 3 -",
                                      "云岫市公报",
                                      "docu-",
                                      "ments of 3",
                                      "8元",
                                      "二、",
                                      "附则",
                                      "。",
                                      "  ",
                                      "总则 7",
                                      "关于门牌的通知",
                                      "iv"};

    return zd_str_c(all[which % 16]);
}

static void must_be_blocks(const struct zd_blocks *blocks, size_t n_pages, size_t n_bytes)
{
    uint32_t last = 0;

    must(zd_utf8_valid_prefix(zd_str_bytes(blocks->text)) == blocks->text.n);
    must(blocks->text.n <= n_bytes);
    for (size_t i = 0; i < blocks->n; i++) {
        const struct zd_block *b = &blocks->p[i];

        must(b->start >= last && b->start < b->end && b->end <= blocks->text.n);
        must(b->page >= 1 && b->page <= n_pages);
        last = b->end;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zd_arena *arena = zd_arena_new(64 * ZD_MiB);
    struct zd_parse__layout layout;
    struct zd_parse__maker maker;
    struct zd_blocks blocks = {0};
    struct zd_error err = {0};
    size_t n_bytes = 0;

    if (!arena)
        return 0;
    zd_parse__maker_init(&maker, arena);
    zd_parse__layout_init(&layout, &maker);
    zd_parse__layout_page(&layout, 595, 842);
    for (; size >= 5; data += 5, size -= 5) {
        struct zd_str text = words(data[0]);
        double letter = data[4] % 32 + 4;
        struct zd_parse__piece piece = {
            .x0 = data[1] * 3, .y0 = data[2] * 4, .size = letter, .text = text};

        piece.x1 = piece.x0 + letter * (double)(data[3] % 40);
        piece.y1 = piece.y0 + letter;
        if (data[0] >= 240)
            zd_parse__layout_page(&layout, 595, 842);
        else
            zd_parse__layout_piece(&layout, &piece);
        n_bytes += text.n + 3;
    }
    if (zd_parse__layout_finish(&layout, &err) == ZD_OK) {
        size_t n_pages = layout.n_pages;

        if (zd_parse__maker_finish(&maker, &blocks, &err) == ZD_OK)
            must_be_blocks(&blocks, n_pages, n_bytes);
    }
    must(err.status == ZD_OK || err.what[0] != 0);
    zd_parse__layout_done(&layout);
    zd_parse__maker_done(&maker);
    zd_arena_free(arena);
    return 0;
}

/* left_out.c: the words of block.h's table. */
#include "parse/block.h"

const char *zd_left_out_word(enum zd_left_out what)
{
    static const char *const words[] = {
#define LEFT_OUT_WORD(name, word) word,
        ZD_LEFT_OUT_TABLE(LEFT_OUT_WORD)
#undef LEFT_OUT_WORD
    };

    return (size_t)what < ZD_COUNT(words) ? words[what] : "";
}

/* everyday.c: official words for what people say (everyday_table.h).
 *
 * A question gains the tokens of the official words as further terms, each at a share of the weight
 * of a word that was said: they bring the passage into sight, and what was really said decides.
 * They stand behind the question's own terms and never count as words that should be covered.
 *
 * Measured at a weight of 0.6: nDCG@10 0.832 to 0.856 on the invented city, 0.402 to 0.406 on a
 * quarter of the questions to laws, no change on notices. At 0.3 half of that; at 0.9 no more.
 * Words for the fields of a guide (多少钱, 带什么, 几点) do not belong here: the ranking knows the
 * field itself, and without them the invented city goes from 0.873 to 0.892; to 0.900 with the
 * field's own words at 0.3 (understand.c).
 */
#include "retrieve/retrieve_private.h"

struct everyday {
    const char *said, *official; /* the second: words between spaces */
};

static const struct everyday table[] = {
#define X(said, official) {said, official},
#include "retrieve/everyday_table.h"
#undef X
};

enum zd_status zd_retrieve__official_words(struct zd_str folded, struct zd_arena *arena,
                                           struct zd_str *ret_words, struct zd_error *err)
{
    struct zd_buf words = {.max = sizeof table * 8};
    enum zd_status st;

    for (size_t i = 0; i < ZD_COUNT(table); i++)
        if (zd_str_find(folded, zd_str_c(table[i].said), 0) != SIZE_MAX) {
            zd_buf_str(&words, zd_str_c(table[i].official));
            zd_buf_byte(&words, ' ');
        }
    st = zd_buf_check(&words, "the official words of a question", err);
    if (st == ZD_OK) {
        *ret_words = zd_arena_str(arena, zd_buf_view(&words));
        if (!ret_words->p)
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the question");
    }
    zd_buf_done(&words);
    return st;
}

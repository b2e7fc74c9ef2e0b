/* counted.c: an answer that was counted over the rows of a table (tables/tables.h), with the rows
 * cited. */
#include "base/caps.h"
#include "desk/desk_private.h"
#include "tables/tables.h"

/* What is certain by the rules of tables.h; a person may still have meant another list. */
#define CONFIDENCE 0.95

enum zd_status zd_desk__count(const struct zd_question *question, const struct zd_ranking *ranking,
                              const struct zd_reader *reader, struct zd_arena *arena,
                              struct zd_answer *ret_answer, bool *ret_counted, struct zd_error *err)
{
    struct zd_count count = {0};
    struct zd_answer answer = {.question = *question,
                               .reason = ZD_STR(""),
                               .confidence = CONFIDENCE,
                               .counted = true,
                               .partial = ranking->partial};
    enum zd_status st = zd_tables_count(question, ranking, reader, arena, &count, err);

    *ret_counted = false;
    if (st != ZD_OK || !count.certain || ranking->partial)
        return st;
    answer.answer = count.text;
    answer.citations = zd_arena_array(arena, count.n_rows, sizeof *answer.citations);
    if (!answer.citations)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the answer");
    for (; st == ZD_OK && answer.n_citations < count.n_rows; answer.n_citations++)
        st = zd_cite(reader->store, reader->subject, count.rows[answer.n_citations], question->on,
                     arena, &answer.citations[answer.n_citations], err);
    if (st != ZD_OK)
        return st;
    *ret_answer = answer;
    *ret_counted = true;
    return ZD_OK;
}

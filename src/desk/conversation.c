/* conversation.c: one question back where a follow-up could mean two things. */
#include <string.h>

#include "desk/desk_private.h"

enum zd_status zd_desk__ask_back(const struct zd_follow *follow, const struct zd_question *question,
                                 struct zd_arena *arena, struct zd_answer *ret_answer,
                                 struct zd_error *err)
{
    struct zd_answer answer = {.question = *question,
                               .refused = true,
                               .refusal = ZD_REFUSAL_UNCLEAR,
                               .n_choices = follow->n_choices};
    const struct zd_str *c = follow->choices;

    answer.choices = zd_arena_array(arena, follow->n_choices, sizeof *answer.choices);
    answer.reason =
        zd_arena_printf(arena, "您问的是“%.*s”，还是“%.*s”？ / Which of the two do you mean?",
                        (int)c[0].n, c[0].p, (int)c[1].n, c[1].p);
    if (!answer.choices || !answer.reason.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the answer");
    memcpy(answer.choices, c, follow->n_choices * sizeof *c);
    *ret_answer = answer;
    return ZD_OK;
}

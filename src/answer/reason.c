/* reason.c: the words of a refusal: what is missing, and what to do next. Chinese first. */
#include "answer/answer_private.h"
#include "base/date.h"

struct zd_str zd_answer__reason(enum zd_refusal refusal, const struct zd_question *question,
                                struct zd_str contact, struct zd_arena *arena)
{
    char day[ZD_DATE_TEXT_BYTES];
    const char *who = contact.n > 0 ? contact.p : "12345";
    const int n = contact.n > 0 ? (int)contact.n : 5;

    zd_date_text(question->on, day);
    switch (refusal) {
    case ZD_REFUSAL_NOT_IN_FORCE:
        return zd_arena_printf(
            arena,
            "有文件谈到这件事，但在%s都不是有效的（已失效、被替代或者尚未施行），所以不作答。"
            "可以换一个日期再问，或者联系：%.*s。 / Texts on this exist, but none was "
            "in force on %s. Ask for another day, or contact: %.*s.",
            day, n, who, day, n, who);
    case ZD_REFUSAL_OTHER_REGION:
        return zd_arena_printf(
            arena,
            "没有适用于%.*s的文件能回答这个问题，只有其他地区的。请核对地区，或者联系："
            "%.*s。 / Only texts of other regions answer this. Check the region, or "
            "contact: %.*s.",
            (int)question->region.n, question->region.p, n, who, n, who);
    default:
        return zd_arena_printf(
            arena,
            "现有文件里没有找到能回答这个问题的依据，所以不作答。可以换个说法再问"
            "（写明办什么事、在哪里），或者联系：%.*s。 / No document here answers this. "
            "Ask again in other words, or contact: %.*s.",
            n, who, n, who);
    }
}

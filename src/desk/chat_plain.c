/* chat_plain: words for a client that reads them as Markdown.
 *
 * Most clients of the OpenAI form do, and fetch what a picture or a piece of HTML names: the address
 * could carry what was asked to a stranger. Neither a model nor a document may do so: what opens a
 * picture, a named link, a definition of one, or a tag is escaped with the backslash of CommonMark
 * 0.31, §2.4, so that it is shown as the characters it is. A bare address stays: it is followed by
 * nobody but a person. Text without any of these is given back as it is. */
#include "desk/chat_private.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether the sign at `at` opens something together with the one behind it. */
static bool opens(struct zd_str s, size_t at)
{
    const char c = s.p[at];
    char next = '\0';

    if (at + 1 < s.n)
        next = s.p[at + 1];
    if (c == '<')
        return is_letter(next) || next == '/' || next == '!' || next == '?';
    if (c == '!')
        return next == '[';
    return c == ']' && (next == '(' || next == '[' || next == ':');
}

struct zd_str zd_chat__plain(struct zd_chat *chat, struct zd_str s)
{
    struct zd_buf out = {.max = 2 * s.n + 1};
    struct zd_str plain = s;
    size_t from = 0;

    for (size_t i = 0; i < s.n; i++)
        if (opens(s, i)) {
            zd_buf_str(&out, zd_str_cut(s, from, i));
            zd_buf_byte(&out, '\\');
            from = i;
        }
    if (from > 0 || out.n > 0) {
        zd_buf_str(&out, zd_str_cut(s, from, s.n));
        plain = out.bad ? ZD_STR("") : zd_arena_str(chat->arena, zd_buf_view(&out));
    }
    zd_buf_done(&out);
    return plain;
}

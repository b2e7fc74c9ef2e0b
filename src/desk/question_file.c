/* question_file.c: see question_file.h. */
#include "desk/question_file.h"

#include "base/json.h"

struct zd_str zd_question_line(struct zd_str text, size_t *at)
{
    size_t end = zd_str_find(text, ZD_STR("\n"), *at);
    struct zd_str line;

    if (end == SIZE_MAX)
        end = text.n;
    line = zd_str_trim(zd_str_cut(text, *at, end));
    *at = end + 1;
    return line;
}

uint64_t zd_question_lines(struct zd_str text)
{
    uint64_t n = 0;

    for (size_t at = 0; at < text.n;)
        n += zd_question_line(text, &at).n > 0;
    return n;
}

/* The line with every bare NaN made null. In the arena; p == NULL when memory ends. */
static struct zd_str without_nan(struct zd_str line, struct zd_arena *arena)
{
    char *out = zd_arena_array(arena, line.n + 1, 2); /* "null" is at most twice as long */
    size_t n = 0;
    bool in_string = false;

    for (size_t i = 0; out && i < line.n; i++) {
        if (!in_string && zd_str_starts(zd_str_cut(line, i, line.n), ZD_STR("NaN"))) {
            for (const char *c = "null"; *c; c++)
                out[n++] = *c;
            i += 2;
            continue;
        }
        if (line.p[i] == '"')
            in_string = !in_string;
        out[n++] = line.p[i];
        if (in_string && line.p[i] == '\\' && i + 1 < line.n)
            out[n++] = line.p[++i];
    }
    return (struct zd_str){out, n};
}

enum zd_status zd_question_parse(struct zd_str line, uint64_t number, struct zd_arena *arena,
                                 json_t **ret_question, struct zd_error *err)
{
    const struct zd_str plain = without_nan(line, arena);
    enum zd_status st;

    if (!plain.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for a question");
    st = zd_json_parse(plain, ret_question, err);
    if (st != ZD_INVALID)
        return st;
    return ZD_FAIL(err, ZD_INVALID, number, "line %llu of the questions: not JSON",
                   (unsigned long long)number);
}

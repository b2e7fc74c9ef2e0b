/* mail_fields.c: heads and codings of MIME entities, see mail.h. */
#include <string.h>

#include "base/caps.h"
#include "base/utf8.h"
#include "parse/mail.h"
#include "text/text.h"

#define WORD_MAX_BYTES ((size_t)64 * 1024)

static char lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c;
}

bool zd_parse__mail_is(struct zd_str value, const char *word)
{
    size_t n = strlen(word);

    if (value.n < n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (lower(value.p[i]) != lower(word[i]))
            return false;
    return true;
}

struct zd_parse__entity zd_parse__entity_of(struct zd_str bytes)
{
    struct zd_str line;
    size_t at = 0, from = 0;

    while (zd_parse__line_next(bytes, &at, &line)) {
        if (line.n == 0 || (line.n == 1 && line.p[0] == '\r'))
            return (struct zd_parse__entity){zd_str_cut(bytes, 0, from),
                                             zd_str_cut(bytes, at, bytes.n)};
        from = at;
    }
    return (struct zd_parse__entity){bytes, ZD_STR("")};
}

static bool is_continued(struct zd_str head, size_t at)
{
    return at < head.n && (head.p[at] == ' ' || head.p[at] == '\t');
}

struct zd_str zd_parse__entity_field(const struct zd_parse__entity *entity, const char *name,
                                     struct zd_arena *arena)
{
    struct zd_str head = entity->head, line;
    size_t at = 0, start = 0, n = strlen(name), length = 0;
    char *value;

    for (; zd_parse__line_next(head, &at, &line); start = at)
        if (zd_parse__mail_is(line, name) && line.n > n && line.p[n] == ':')
            break;
    if (start >= head.n)
        return ZD_STR("");
    while (is_continued(head, at) && zd_parse__line_next(head, &at, &line))
        ;
    line = zd_str_cut(head, start + n + 1, at);
    value = zd_arena_alloc(arena, line.n + 1);
    if (!value)
        return ZD_STR("");
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] == '\t')
            value[length++] = ' ';
        else if (line.p[i] != '\r' && line.p[i] != '\n')
            value[length++] = line.p[i];
    return zd_str_trim((struct zd_str){value, length});
}

/* The value behind "name=" at `at`: quoted, or up to a semicolon. */
static struct zd_str parameter_value(struct zd_str value, size_t at, struct zd_arena *arena)
{
    char *out = zd_arena_alloc(arena, value.n - at + 1);
    size_t n = 0;

    if (!out)
        return ZD_STR("");
    if (at < value.n && value.p[at] == '"') {
        for (at++; at < value.n && value.p[at] != '"'; at++) {
            at += value.p[at] == '\\' && at + 1 < value.n;
            out[n++] = value.p[at];
        }
    } else {
        for (; at < value.n && value.p[at] != ';'; at++)
            out[n++] = value.p[at];
    }
    return zd_str_trim((struct zd_str){out, n});
}

struct zd_str zd_parse__mail_parameter(struct zd_str value, const char *name,
                                       struct zd_arena *arena)
{
    size_t n = strlen(name);
    bool quoted = false;

    for (size_t i = 0; i < value.n; i++) {
        quoted ^= value.p[i] == '"';
        if (quoted || value.p[i] != ';')
            continue;
        while (i + 1 < value.n && value.p[i + 1] == ' ')
            i++;
        if (zd_parse__mail_is(zd_str_cut(value, i + 1, value.n), name) && i + 1 + n < value.n &&
            value.p[i + 1 + n] == '=')
            return parameter_value(value, i + 2 + n, arena);
    }
    return ZD_STR("");
}

/* ---- codings ---- */

static int digit_of_base64(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

static void decode_base64(struct zd_str s, struct zd_buf *out)
{
    uint32_t bits = 0;
    int n = 0;

    for (size_t i = 0; i < s.n && s.p[i] != '='; i++) {
        int digit = digit_of_base64(s.p[i]);

        if (digit < 0)
            continue;
        bits = bits << 6 | (uint32_t)digit;
        n += 6;
        if (n >= 8) {
            n -= 8;
            zd_buf_byte(out, (uint8_t)(bits >> n));
        }
    }
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Quoted-printable; `sign` is '=' in bodies and words, '%' in names of files. */
static void decode_quoted(struct zd_str s, char sign, bool in_word, struct zd_buf *out)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == sign && i + 2 < s.n && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0) {
            zd_buf_byte(out, (uint8_t)(hex(s.p[i + 1]) * 16 + hex(s.p[i + 2])));
            i += 2;
        } else if (s.p[i] == sign && !in_word && i + 1 < s.n &&
                   (s.p[i + 1] == '\n' || s.p[i + 1] == '\r')) {
            i += s.p[i + 1] == '\r' && i + 2 < s.n && s.p[i + 2] == '\n' ? 2 : 1;
        } else if (s.p[i] == sign && i + 2 == s.n && hex(s.p[i + 1]) >= 0) {
            break; /* cut */
        } else {
            zd_buf_byte(out, (uint8_t)(in_word && s.p[i] == '_' ? ' ' : s.p[i]));
        }
    }
}

void zd_parse__mail_decode(const struct zd_parse__entity *entity, struct zd_arena *arena,
                           struct zd_buf *out)
{
    struct zd_str coding = zd_parse__entity_field(entity, "Content-Transfer-Encoding", arena);

    if (zd_parse__mail_is(coding, "base64"))
        decode_base64(entity->body, out);
    else if (zd_parse__mail_is(coding, "quoted-printable"))
        decode_quoted(entity->body, '=', false, out);
    else
        zd_buf_str(out, entity->body);
}

/* Bytes in a named charset, or in one told by themselves, appended as text; nothing where neither
 * fits. */
static void add_text(struct zd_buf *bytes, struct zd_str charset, struct zd_buf *out)
{
    struct zd_bytes raw = {bytes->p, bytes->n};
    const char *name;

    if (raw.n > 0 && zd_decode(raw, charset, out, &name, NULL) != ZD_OK)
        zd_buf_code_point(out, ZD_REPLACEMENT);
    zd_buf_clear(bytes);
}

/* The encoded word at `at`: its charset; its bytes are appended. *ret_end is behind it; false where
 * there is none. */
static bool read_word(struct zd_str s, size_t at, struct zd_str *ret_charset, size_t *ret_end,
                      struct zd_buf *bytes)
{
    struct zd_str rest = zd_str_cut(s, at, s.n), body;
    size_t mark, end;
    char coding;

    if (!zd_str_starts(rest, ZD_STR("=?")))
        return false;
    mark = zd_str_find(rest, ZD_STR("?"), 2);
    if (mark == SIZE_MAX || mark + 2 >= rest.n || rest.p[mark + 2] != '?')
        return false;
    coding = lower(rest.p[mark + 1]);
    end = zd_str_find(rest, ZD_STR("?="), mark + 3);
    if (end == SIZE_MAX || (coding != 'b' && coding != 'q'))
        return false;
    body = zd_str_cut(rest, mark + 3, end);
    *ret_charset = zd_str_cut(rest, 2, mark);
    if (coding == 'b')
        decode_base64(body, bytes);
    else
        decode_quoted(body, '=', true, bytes);
    *ret_end = at + end + 2;
    return true;
}

struct zd_str zd_parse__mail_words(struct zd_str value, struct zd_arena *arena)
{
    struct zd_buf bytes = {.max = WORD_MAX_BYTES}, out = {.max = WORD_MAX_BYTES * 4};
    struct zd_str charset = {0}, next = {0}, text;
    size_t at = 0, end;

    value = zd_str_cut(value, 0, WORD_MAX_BYTES);
    if (zd_str_find(value, ZD_STR("=?"), 0) == SIZE_MAX) { /* bytes as they are, against the rule */
        zd_buf_str(&bytes, value);
        at = value.n;
    }
    while (at < value.n) {
        if (read_word(value, at, &next, &end, &bytes)) {
            charset = next;
            at = end; /* blanks between two words vanish, a character may be cut between them */
            while (at < value.n && value.p[at] == ' ' &&
                   zd_str_starts(zd_str_trim(zd_str_cut(value, at, value.n)), ZD_STR("=?")))
                at++;
            if (zd_str_starts(zd_str_cut(value, at, value.n), ZD_STR("=?")))
                continue;
            add_text(&bytes, charset, &out);
            continue;
        }
        if (bytes.n > 0)
            add_text(&bytes, charset, &out);
        zd_buf_byte(&out, (uint8_t)value.p[at] < 0x80 ? (uint8_t)value.p[at] : '?');
        at++;
    }
    add_text(&bytes, charset, &out);
    text = out.bad ? ZD_STR("") : zd_parse__squeeze(zd_buf_view(&out), arena);
    zd_buf_done(&bytes);
    zd_buf_done(&out);
    return text.p ? text : ZD_STR("");
}

struct zd_str zd_parse__mail_file_name(const struct zd_parse__entity *entity,
                                       struct zd_arena *arena)
{
    struct zd_str place = zd_parse__entity_field(entity, "Content-Disposition", arena);
    struct zd_str type = zd_parse__entity_field(entity, "Content-Type", arena);
    struct zd_str name = zd_parse__mail_parameter(place, "filename*", arena);
    struct zd_buf bytes = {.max = WORD_MAX_BYTES}, out = {.max = WORD_MAX_BYTES};
    size_t mark = zd_str_find(name, ZD_STR("''"), 0);

    if (mark != SIZE_MAX) {
        decode_quoted(zd_str_cut(name, mark + 2, name.n), '%', true, &bytes);
        add_text(&bytes, zd_str_cut(name, 0, mark), &out);
        name = zd_parse__squeeze(zd_buf_view(&out), arena);
    } else {
        name = zd_parse__mail_parameter(place, "filename", arena);
        if (name.n == 0)
            name = zd_parse__mail_parameter(type, "name", arena);
        name = zd_parse__mail_words(name, arena);
    }
    zd_buf_done(&bytes);
    zd_buf_done(&out);
    return name.p ? name : ZD_STR("");
}

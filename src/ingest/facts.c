/* facts: what a person says about a document, as the lines that stand in version.given:
 *
 *     title=…\nissuer=…\nnumber=…\nregion=…\nissued=20240101\neffective=…\nexpires=…\n
 *
 * Only what was said has a line. A later correction is laid over an earlier one, so that --issuer
 * today and --effective tomorrow add up.
 */
#include "base/buf.h"
#include "base/caps.h"
#include "base/date.h"
#include "ingest/ingest_private.h"

#define TEXT_MAX_BYTES ((size_t)8 * ZD_TITLE_MAX_BYTES)
#define N_TEXTS 4
#define N_DAYS 3

static const char *const text_names[N_TEXTS] = {"title", "issuer", "number", "region"};
static const char *const day_names[N_DAYS] = {"issued", "effective", "expires"};

static struct zd_str *text_of(struct zd_ingest_facts *facts, int i)
{
    struct zd_str *const all[N_TEXTS] = {&facts->title, &facts->issuer, &facts->number,
                                         &facts->region};

    return all[i];
}

static int32_t *day_of(struct zd_ingest_facts *facts, int i)
{
    int32_t *const all[N_DAYS] = {&facts->issued, &facts->effective, &facts->expires};

    return all[i];
}

bool zd_ingest__facts_empty(const struct zd_ingest_facts *facts)
{
    return facts->title.n == 0 && facts->issuer.n == 0 && facts->number.n == 0 &&
           facts->region.n == 0 && facts->issued == 0 && facts->effective == 0 &&
           facts->expires == 0;
}

struct zd_str zd_ingest__facts_text(const struct zd_ingest_facts *facts, struct zd_arena *arena)
{
    struct zd_ingest_facts copy = *facts;
    struct zd_buf out = {.max = TEXT_MAX_BYTES};
    struct zd_str text = {0};

    for (int i = 0; i < N_TEXTS; i++) {
        struct zd_str s = *text_of(&copy, i);

        if (s.n > 0)
            zd_buf_printf(&out, "%s=%.*s\n", text_names[i],
                          (int)(s.n < ZD_TITLE_MAX_BYTES ? s.n : ZD_TITLE_MAX_BYTES), s.p);
    }
    for (int i = 0; i < N_DAYS; i++)
        if (*day_of(&copy, i) != 0)
            zd_buf_printf(&out, "%s=%d\n", day_names[i], (int)*day_of(&copy, i));
    if (!out.bad)
        text = zd_arena_str(arena, zd_buf_view(&out));
    zd_buf_done(&out);
    return text;
}

static int32_t read_day(struct zd_str s)
{
    int32_t day = 0;

    if (s.n != 8)
        return 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return 0;
        day = day * 10 + (s.p[i] - '0');
    }
    return zd_date_is_valid(day) ? day : 0;
}

struct zd_ingest_facts zd_ingest__facts_read(struct zd_str text)
{
    struct zd_ingest_facts facts = {0};

    while (text.n > 0) {
        size_t end = zd_str_find(text, ZD_STR("\n"), 0);
        struct zd_str line = zd_str_cut(text, 0, end), name, value;
        size_t sign = zd_str_find(line, ZD_STR("="), 0);

        text = zd_str_cut(text, line.n + 1, text.n); /* empty behind the last */
        if (sign == SIZE_MAX)
            continue;
        name = zd_str_cut(line, 0, sign);
        value = zd_str_cut(line, sign + 1, line.n);
        for (int i = 0; i < N_TEXTS; i++)
            if (zd_str_eq(name, zd_str_c(text_names[i])))
                *text_of(&facts, i) = value;
        for (int i = 0; i < N_DAYS; i++)
            if (zd_str_eq(name, zd_str_c(day_names[i])))
                *day_of(&facts, i) = read_day(value);
    }
    return facts;
}

struct zd_ingest_facts zd_ingest__facts_merge(const struct zd_ingest_facts *before,
                                              const struct zd_ingest_facts *facts)
{
    struct zd_ingest_facts over = *facts, merged = *before;

    for (int i = 0; i < N_TEXTS; i++)
        if (text_of(&over, i)->n > 0)
            *text_of(&merged, i) = *text_of(&over, i);
    for (int i = 0; i < N_DAYS; i++)
        if (*day_of(&over, i) != 0)
            *day_of(&merged, i) = *day_of(&over, i);
    merged.id = facts->id;
    return merged;
}

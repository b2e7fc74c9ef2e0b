/* effect.c: when a text was issued, from when it holds, and until when.
 *
 * Issued: a label of the data sheet; the latest publication, adoption or revision on the note of
 * adoption (approval by a higher body is not issuing); the signature's day; the file's name.
 *
 * Effect: sentences of the form "自 DAY 起施行" or "自公布之日起(N 日后)施行" whose subject is the text
 * itself ("本办法", "以上标准", nothing), never another's ("《…》自…", "规范性文件应当自…"). The clearest
 * wins, of equals the last. A revised text keeps its first day in its last article; so for one
 * that was revised a day before the revision is no day of effect, and the revision's is taken.
 * Without any, a text holds from its issue.
 *
 * Expiry, the last day: "有效期五年", "试行两年", "有效期至DAY", "至DAY止", in the sentence that says
 * the effect, right behind it, or in one of its own that speaks of the text ("本规定有效期为三年").
 * Other validities ("居住证有效期一年") are of things and not of the text.
 */
#include <string.h>

#include "base/date.h"
#include "base/utf8.h"
#include "parse/facts_private.h"
#include "text/text.h"

#define SUBJECT_MAX_CHARS 40
#define AMENDED_AFTER_DAYS 270 /* what is dated so much behind another day was revised since */

struct effect {
    struct zd_parse__case *c;
    int32_t best, best_in_force; /* the latter: not before the day of issue */
    int best_score, best_in_force_score;
    int32_t until;
    int years, months; /* of validity */
    bool near;         /* the sentence before named the effect */
};

/* ---- the day of issue ---- */

/* Latest day on a note of adoption, of acts that make the text. */
static int32_t note_day(struct zd_str line, unsigned *ret_acts, int32_t *ret_first,
                        int32_t *ret_effect)
{
    static const char *const acts[] = {"公布", "发布", "通过", "修订",
                                       "修正", "修改", "印发", "令"};
    static const char *const changes[] = {"修订", "修正", "修改"};
    size_t at = 0, start, end, n;
    int32_t date, latest = 0;

    while (zd_parse__day_find(line, at, &date, &start, &end)) {
        size_t next_start = line.n, next_end;
        struct zd_str part;
        int32_t other;

        if (!zd_parse__day_find(line, end, &other, &next_start, &next_end))
            next_start = line.n;
        part = zd_str_cut(line, end, next_start);
        at = end;
        if (zd_str_starts(zd_parse__trim(part), ZD_STR("起")) || zd_parse__has(part, "起施行") ||
            zd_str_eq(zd_parse__trim(part), ZD_STR("施行"))) {
            *ret_effect = date;
            continue;
        }
        if (zd_parse__has(part, "批准") ||
            zd_parse__find_any(part, acts, ZD_COUNT(acts), 0, &n) == SIZE_MAX)
            continue;
        *ret_acts += zd_parse__find_any(part, changes, ZD_COUNT(changes), 0, &n) != SIZE_MAX;
        if (date > latest)
            latest = date;
        if (*ret_first == 0 || date < *ret_first)
            *ret_first = date;
    }
    return latest;
}

static int32_t name_day(struct zd_parse__case *c)
{
    struct zd_str stem = zd_parse__file_stem(c->name);
    size_t at = 0, start, end;
    int32_t date, last = 0;

    while (zd_parse__day_find(stem, at, &date, &start, &end)) {
        last = date;
        at = end;
    }
    return last;
}

static int32_t label_day(struct zd_parse__case *c, const char *const *labels, size_t n)
{
    struct zd_str value = zd_parse__case_label(c, labels, n);
    size_t start, end;
    int32_t date;

    return value.n && zd_parse__day_find(value, 0, &date, &start, &end) && start < 24 ? date : 0;
}

static int32_t signature_day(struct zd_parse__case *c)
{
    struct zd_str organ;
    size_t n = c->blocks->n;
    int32_t found = 0;

    for (size_t i = n; i-- > 0 && n - i < 4000;) {
        int32_t day;

        if (c->blocks->p[i].kind == ZD_BLOCK_HEADING && i > 0)
            continue;
        day = zd_parse__signature_day(c, zd_parse__case_line(c, i), &organ);
        if (day == 0)
            continue;
        if (found == 0 || organ.n)
            found = day;
        if (organ.n || i + 1 < c->n_head)
            break;
        if (i > 0 && zd_parse__is_organ(zd_parse__trim(zd_parse__case_line(c, i - 1))))
            break;
    }
    return found;
}

void zd_parse__find_issued(struct zd_parse__case *c)
{
    static const char *const labels[] = {"发布日期", "公布日期", "印发日期", "发文日期",
                                         "颁布日期", "发布时间", "date"};
    static const char *const written[] = {"成文日期", "生成日期"};
    int32_t label = label_day(c, labels, ZD_COUNT(labels)), note = 0, first = 0, effect = 0;
    int32_t named = name_day(c);
    unsigned acts = 0;
    size_t start, end;

    for (size_t i = 0; i < c->n_head; i++) {
        struct zd_str line = zd_parse__case_line(c, i);
        int32_t day = zd_parse__is_adoption(line) ? note_day(line, &acts, &first, &effect) : 0;

        if (day > note)
            note = day;
    }
    c->is_amended = acts > 0 || (first && zd_date_add_days(first, AMENDED_AFTER_DAYS) < note);
    c->has_head_date = note > 0;
    if (note && named > note) { /* the file is of a later version than its note tells */
        c->is_amended = c->is_amended || zd_date_add_days(note, AMENDED_AFTER_DAYS) < named;
        note = named;
    }
    if (label == 0)
        label = label_day(c, written, ZD_COUNT(written));
    c->facts.issued = label ? label : note;
    if (c->facts.issued == 0)
        c->facts.issued = signature_day(c);
    if (c->facts.issued == 0)
        c->facts.issued = named;
    if (c->facts.issued == 0 && c->meta->issued.n &&
        !zd_parse__day_find(c->meta->issued, 0, &c->facts.issued, &start, &end))
        c->facts.issued = 0;
}

/* ---- the day of effect ---- */

static bool is_verb_at(struct zd_str s, size_t at)
{
    static const char *const verbs[] = {"施行",     "执行",     "实施",     "试行",     "生效",
                                        "实行",     "启用",     "正式施行", "正式执行", "正式实施",
                                        "开始施行", "开始执行", "暂行",     "有效"};
    struct zd_str rest = zd_str_cut(s, at, s.n);

    for (size_t i = 0; i < ZD_COUNT(verbs); i++)
        if (zd_str_starts(rest, zd_str_c(verbs[i])))
            return true;
    return false;
}

static size_t clause_start(struct zd_str s, size_t at)
{
    while (at > 0) {
        size_t before = zd_utf8_floor(s, at - 1), next = before;
        uint32_t c = zd_utf8_next(s, &next);

        if (c == 0xFF0C || c == ',' || c == 0xFF1B || c == 0x3002 || c == 0xFF1A || c == 0xFF08 ||
            c == '(')
            return at;
        at = before;
    }
    return 0;
}

/* How surely the words before 自 name the text itself; 0: they name something else. */
static int subject_score(struct zd_parse__case *c, struct zd_str subject)
{
    static const char *const nouns[] = {
        "标准", "办法", "规定", "通知", "政策", "目录", "方案", "细则", "条例", "公告",
        "通告", "意见", "决定", "解释", "制度", "预案", "基准", "指南", "指引", "措施",
        "规则", "法",   "令",   "清单", "价格", "上述", "以上", "具体", "新"};
    static const char *const never[] = {"应当",   "可以", "不得", "条规定", "款规定", "申请",
                                        "单位自", "人自", "废止", "企业",   "证自"};
    struct zd_parse__mark mark;
    size_t n;

    if (zd_parse__mark_read(subject, &mark))
        subject = zd_str_cut(subject, mark.body, subject.n);
    if (subject.n == 0)
        return 3;
    if (zd_str_ends(subject, ZD_STR("》")))
        return c->facts.title.n && zd_str_find(c->facts.title, subject, 0) != SIZE_MAX ? 3 : 0;
    if (zd_parse__chars(subject) > SUBJECT_MAX_CHARS ||
        zd_parse__find_any(subject, never, ZD_COUNT(never), 0, &n) != SIZE_MAX)
        return 0;
    if (zd_str_starts(subject, ZD_STR("本")))
        return 4;
    return zd_parse__find_any(subject, nouns, ZD_COUNT(nouns), 0, &n) != SIZE_MAX ? 2 : 0;
}

static void candidate(struct effect *e, int32_t date, int score)
{
    if (date == 0 || score == 0)
        return;
    e->near = true;
    if (score >= e->best_score) {
        e->best = date;
        e->best_score = score;
    }
    if (date >= e->c->facts.issued && score >= e->best_in_force_score) {
        e->best_in_force = date;
        e->best_in_force_score = score;
    }
}

/* "公布之日起(满)三十日后" at `at`: the days to add and the byte behind, or false. */
static bool issue_day_at(struct zd_str s, size_t at, int *ret_days, size_t *ret_end)
{
    static const char *const words[] = {"公布", "发布", "印发", "颁布",
                                        "下发", "通过", "签发", "发文"};
    struct zd_str rest = zd_str_cut(s, at, s.n);
    uint64_t n;
    size_t used;

    for (size_t i = 0; i < ZD_COUNT(words); i++) {
        if (!zd_str_starts(rest, zd_str_c(words[i])))
            continue;
        at = strlen(words[i]);
        rest = zd_str_cut(rest, at, rest.n);
        if (!zd_str_starts(rest, ZD_STR("之日起")))
            return false;
        rest = zd_str_cut(rest, strlen("之日起"), rest.n);
        if (zd_str_starts(rest, ZD_STR("满")))
            rest = zd_str_cut(rest, strlen("满"), rest.n);
        *ret_days = 0;
        if (zd_number_read(rest, &n, &used) && n <= 1000) {
            struct zd_str unit = zd_str_cut(rest, used, rest.n);

            if (zd_str_starts(unit, ZD_STR("日后")) || zd_str_starts(unit, ZD_STR("天后"))) {
                *ret_days = (int)n;
                rest = zd_str_cut(unit, strlen("日后"), unit.n);
            } else if (zd_str_starts(unit, ZD_STR("个月后"))) {
                *ret_days = -(int)n;
                rest = zd_str_cut(unit, strlen("个月后"), unit.n);
            }
        }
        if (zd_str_starts(rest, ZD_STR("，")))
            rest = zd_str_cut(rest, 3, rest.n);
        *ret_end = (size_t)(rest.p - s.p);
        return true;
    }
    return false;
}

static int32_t after_issue(int32_t issued, int days)
{
    return days >= 0 ? zd_date_add_days(issued, days) : zd_date_add_months(issued, -days);
}

/* One 自 or 从 of a sentence in normal form. */
static void look_at_from(struct effect *e, struct zd_str s, size_t from, size_t word)
{
    struct zd_str subject = zd_str_cut(s, clause_start(s, from), from), rest;
    size_t at = from + word, start, end, verb;
    int score = subject_score(e->c, subject), days;
    int32_t date;

    if (zd_parse__day_find(s, at, &date, &start, &end) && start == at) {
        rest = zd_str_cut(s, end, s.n);
        verb = end;
        if (zd_str_starts(rest, ZD_STR("零时")) || zd_str_starts(rest, ZD_STR("0时")))
            verb += zd_str_starts(rest, ZD_STR("零时")) ? strlen("零时") : strlen("0时");
        rest = zd_str_cut(s, verb, s.n);
        if (zd_str_starts(rest, ZD_STR("之日")))
            verb += strlen("之日");
        rest = zd_str_cut(s, verb, s.n);
        if (zd_str_starts(rest, ZD_STR("起")))
            verb += strlen("起");
        if (is_verb_at(s, verb))
            candidate(e, date, score);
        else if (from == 0 && zd_str_starts(zd_str_cut(s, end, s.n), ZD_STR("起，")))
            candidate(e, date, 1);
        if (score > 0 && zd_str_starts(zd_str_cut(s, end, s.n), ZD_STR("至")) && e->until == 0 &&
            zd_parse__day_find(s, end + 3, &date, &start, &end) && start < from + 60 &&
            (is_verb_at(s, end) || zd_parse__has(zd_str_cut(s, 0, from), "有效")))
            e->until = date;
    } else if (issue_day_at(s, at, &days, &end) && is_verb_at(s, end)) {
        candidate(e, after_issue(e->c->facts.issued, days), score);
    }
}

/* ---- the end ---- */

/* A day that may lack its year ("至4月6日止"): then the year of `like`. */
static bool day_like(struct zd_str s, size_t at, int32_t like, int32_t *ret_date)
{
    uint64_t month, day;
    size_t used, start, end;

    if (zd_parse__day_find(s, at, ret_date, &start, &end) && start == at)
        return true;
    s = zd_str_cut(s, at, s.n);
    if (like == 0 || !zd_number_read(s, &month, &used) || month > 12 ||
        !zd_str_starts(zd_str_cut(s, used, s.n), ZD_STR("月")))
        return false;
    s = zd_str_cut(s, used + 3, s.n);
    if (!zd_number_read(s, &day, &used) || day > 31 ||
        !zd_str_starts(zd_str_cut(s, used, s.n), ZD_STR("日")))
        return false;
    *ret_date = zd_date_of(like / 10000, (int)month, (int)day);
    return *ret_date != 0;
}

static struct zd_str skip_any(struct zd_str s, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (zd_str_starts(s, zd_str_c(words[i])))
            s = zd_str_cut(s, strlen(words[i]), s.n);
    return s;
}

/* "自DAY起至DAY", "DAY至DAY" behind 有效期: both ends. */
static bool read_period(struct effect *e, struct zd_str s)
{
    static const char *const since[] = {"起"};
    static const char *const until[] = {"至", "到"};
    size_t start, end;
    struct zd_str tail;
    int32_t date;

    if (!zd_parse__day_find(s, 0, &date, &start, &end) || start != 0)
        return false;
    tail = skip_any(zd_str_cut(s, end, s.n), since, ZD_COUNT(since));
    s = skip_any(tail, until, ZD_COUNT(until));
    if (s.n < tail.n) {
        candidate(e, date, 1);
        if (day_like(s, 0, date, &date))
            e->until = date;
    }
    return true;
}

/* "五年", "为3年", "暂定两年", "6个月", "至DAY" behind 有效期 or 试行. */
static void read_term(struct effect *e, struct zd_str s, size_t at)
{
    static const char *const fill[] = {"限", "为", "是", "暂定", "自", "：",
                                       ":",  "均", "期", "设定", "从", "为"};
    static const char *const until[] = {"至", "截至", "截止", "到"};
    struct zd_str rest = skip_any(zd_str_cut(s, at, s.n), fill, ZD_COUNT(fill)), day, unit;
    uint64_t n;
    size_t used;
    int32_t date;

    if (read_period(e, rest))
        return;
    day = skip_any(rest, until, ZD_COUNT(until));
    if (day.n < rest.n) {
        if (day_like(day, 0, e->best, &date))
            e->until = date;
        return;
    }
    if (!zd_number_read(rest, &n, &used) || n == 0 || n > 100)
        return;
    unit = zd_str_cut(rest, used, rest.n);
    if (zd_str_starts(unit, ZD_STR("年")))
        e->years = (int)n;
    else if (zd_str_starts(unit, ZD_STR("个月")))
        e->months = (int)n;
}

/* Whether 有效期 at `at` is the text's own. */
static bool is_own_term(const struct effect *e, struct zd_str s, size_t at)
{
    size_t from = clause_start(s, at);
    struct zd_str subject = zd_str_cut(s, from, at);
    struct zd_parse__mark mark;

    if (zd_parse__mark_read(subject, &mark))
        subject = zd_str_cut(subject, mark.body, subject.n);
    if (zd_str_starts(subject, ZD_STR("本")))
        return zd_parse__chars(subject) <= 12 && !zd_str_starts(subject, ZD_STR("本证"));
    return subject.n == 0 && e->near;
}

static void look_for_end(struct effect *e, struct zd_str s)
{
    static const char *const terms[] = {"有效期限", "有效期", "试行期",   "暂行期",
                                        "试行",     "暂行",   "执行期限", "施行期限"};
    size_t n;
    int32_t date;

    for (size_t at = zd_parse__find_any(s, terms, ZD_COUNT(terms), 0, &n); at != SIZE_MAX;
         at = zd_parse__find_any(s, terms, ZD_COUNT(terms), at + n, &n)) {
        bool period = zd_str_starts(zd_str_cut(s, at, s.n), ZD_STR("执行期限"));

        if (is_own_term(e, s, at) || (period && clause_start(s, at) == at))
            read_term(e, s, at + n);
    }
    if (!e->near || e->until)
        return;
    for (size_t at = zd_str_find(s, ZD_STR("至"), 0); at != SIZE_MAX;
         at = zd_str_find(s, ZD_STR("至"), at + 1))
        if (clause_start(s, at) == at && day_like(s, at + 3, e->best, &date)) {
            e->until = date;
        }
}

/* ---- the whole ---- */

static bool may_matter(struct zd_str line)
{
    static const char *const words[] = {"施行", "执行",   "实施", "试行",   "生效", "实行",
                                        "启用", "有效期", "暂行", "日起，", "日起"};
    size_t n;

    return zd_parse__find_any(line, words, ZD_COUNT(words), 0, &n) != SIZE_MAX;
}

static void look_at_sentence(struct effect *e, struct zd_str raw)
{
    static const char *const froms[] = {"自", "从"};
    struct zd_str s;
    bool near = e->near;
    size_t n;

    e->near = false;
    if (zd_parse__chars(raw) > 400)
        return;
    s = zd_parse__normal(e->c, raw);
    for (size_t at = zd_parse__find_any(s, froms, 2, 0, &n); at != SIZE_MAX;
         at = zd_parse__find_any(s, froms, 2, at + n, &n))
        look_at_from(e, s, at, n);
    e->near = e->near || near;
    look_for_end(e, s);
}

static void look_at_line(struct effect *e, size_t i)
{
    struct zd_str line = zd_parse__case_tail(zd_parse__case_line(e->c, i));
    struct zd_span_list spans;
    struct zd_parse__mark mark;

    e->near = false;
    if (!may_matter(line))
        return;
    if (zd_parse__is_adoption(line) && i < e->c->n_head) {
        unsigned acts = 0;
        int32_t effect = 0, first = 0;

        (void)note_day(line, &acts, &first, &effect);
        candidate(e, effect, 3);
        return;
    }
    if (zd_parse__mark_read(line, &mark))
        line = zd_str_cut(line, mark.body, line.n);
    if (zd_sentences(line, e->c->arena, &spans, NULL) != ZD_OK) {
        e->c->no_memory = true;
        return;
    }
    for (size_t k = 0; k < spans.n; k++)
        look_at_sentence(e, zd_str_cut(line, spans.p[k].start, spans.p[k].end));
}

static int32_t effect_day(struct effect *e, bool amended)
{
    int32_t issued = e->c->facts.issued;

    if (!amended)
        return e->best ? e->best : issued;
    return e->best_in_force ? e->best_in_force : issued;
}

/* True where the text must have been revised since its own day of effect: its note says so, or
 * its file is dated long after. */
static bool was_amended(const struct effect *e)
{
    const struct zd_parse__case *c = e->c;

    if (c->is_amended)
        return true;
    return e->best && !c->has_head_date && c->facts.issued &&
           zd_date_add_days(e->best, AMENDED_AFTER_DAYS) < c->facts.issued;
}

static int32_t last_day(int32_t from, int years, int months)
{
    int32_t behind = zd_date_add_months(zd_date_add_years(from, years), months);

    return behind ? zd_date_add_days(behind, -1) : 0;
}

static void from_labels(struct zd_parse__case *c)
{
    static const char *const begins[] = {"施行日期", "实施日期", "生效日期", "启用日期",
                                         "effective"};
    static const char *const ends[] = {"失效日期", "废止日期", "有效期至", "expires"};
    static const char *const terms[] = {"有效期", "有效期限"};
    int32_t day = label_day(c, begins, ZD_COUNT(begins));
    struct zd_str term;
    struct effect e = {.c = c};

    if (day)
        c->facts.effective = day;
    day = label_day(c, ends, ZD_COUNT(ends));
    if (day)
        c->facts.expires = day;
    term = zd_parse__case_label(c, terms, ZD_COUNT(terms));
    if (c->facts.expires || term.n == 0)
        return;
    term = zd_parse__normal(c, term);
    read_term(&e, term, 0);
    if (e.until)
        c->facts.expires = e.until;
    else if (e.years || e.months)
        c->facts.expires = last_day(c->facts.effective, e.years, e.months);
}

void zd_parse__find_effect(struct zd_parse__case *c)
{
    struct effect e = {.c = c};
    bool amended;

    if (c->is_draft)
        return;
    for (size_t i = 0; i < c->blocks->n; i++)
        look_at_line(&e, i);
    amended = was_amended(&e);
    c->facts.effective = effect_day(&e, amended);
    if (e.until)
        c->facts.expires = e.until;
    else if (e.years || e.months)
        c->facts.expires = last_day(c->facts.effective, e.years, e.months);
    from_labels(c);
    if (c->facts.expires && c->facts.effective && c->facts.expires < c->facts.effective)
        c->facts.expires = 0;
}

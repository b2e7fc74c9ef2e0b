#include "personal_cases.h"

#include <stdio.h>
#include <string.h>

uint32_t chance(uint64_t *state, uint32_t n)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)((*state * 0x2545F4914F6CDD1Dull) >> 33) % n;
}

static uint64_t seed_of(uint32_t number, uint64_t salt)
{
    uint64_t state = (number + 1) * 0x9E3779B97F4A7C15ull ^ salt;

    for (int i = 0; i < 4; i++)
        (void)chance(&state, 2);
    return state ? state : 1;
}

static const char *const provinces[] = {"11", "12", "13", "21", "31", "32", "33", "35",
                                        "37", "41", "42", "44", "50", "51", "61", "65"};

static void digits(uint64_t *s, char *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (char)('0' + chance(s, 10));
    out[n] = '\0';
}

static const char *pick(uint64_t *s, const char *const *from, size_t n)
{
    return from[chance(s, (uint32_t)n)];
}
#define PICK(s, array) pick((s), (array), sizeof(array) / sizeof((array)[0]))

static void birthday(uint64_t *s, char out[9])
{
    (void)snprintf(out, 9, "%04u%02u%02u", (1930 + chance(s, 90)) % 10000,
                   (1 + chance(s, 12)) % 100, (1 + chance(s, 28)) % 100);
}

/* The check character of 17 digits: weights 2^(17-i) mod 11. */
static char id_check(const char *s)
{
    static const int weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;

    for (int i = 0; i < 17; i++)
        sum += (s[i] - '0') * weights[i];
    return "10X98765432"[sum % 11];
}

static void make_id(uint64_t *s, char out[32])
{
    char day[9];

    birthday(s, day);
    (void)snprintf(out, 32, "%s%02u%02u%s%03u", PICK(s, provinces), 1 + chance(s, 20),
                   1 + chance(s, 30), day, chance(s, 1000));
    out[17] = id_check(out);
    out[18] = '\0';
}

static void make_residence(uint64_t *s, char out[32])
{
    static const char *const countries[] = {"840", "392", "410", "826", "250", "276", "036"};
    char day[9];

    birthday(s, day);
    (void)snprintf(out, 32, "9%s%s%s%03u", PICK(s, provinces), PICK(s, countries), day,
                   chance(s, 1000));
    out[17] = id_check(out);
    out[18] = '\0';
}

static void make_old_residence(uint64_t *s, char out[32])
{
    static const char *const countries[] = {"USA", "JPN", "KOR", "GBR", "FRA", "DEU", "AUS"};
    char day[9], rest[4];

    birthday(s, day);
    digits(s, rest, 2);
    (void)snprintf(out, 32, "%s%s%02u%s%s", PICK(s, countries), PICK(s, provinces), chance(s, 30),
                   day + 2, rest);
}

static const char credit_alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

static char credit_check(const char *s)
{
    static const int weights[] = {1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28};
    int sum = 0;

    for (int i = 0; i < 17; i++)
        sum += (int)(strchr(credit_alphabet, s[i]) - credit_alphabet) * weights[i];
    return credit_alphabet[(31 - sum % 31) % 31];
}

static void make_credit(uint64_t *s, char out[32])
{
    static const char *const registrars[] = {"91", "92", "93", "11", "12", "51", "52", "31"};
    size_t n;

    (void)snprintf(out, 32, "%s%s%02u%02u", PICK(s, registrars), PICK(s, provinces),
                   1 + chance(s, 20), chance(s, 30));
    for (n = strlen(out); n < 17; n++)
        out[n] = n == 8 && chance(s, 2) ? 'M' : credit_alphabet[chance(s, n < 10 ? 31 : 10)];
    out[17] = credit_check(out);
    out[18] = '\0';
}

static char luhn_check(const char *s, size_t n)
{
    int sum = 0;

    for (size_t i = 0; i < n; i++) {
        int v = s[n - 1 - i] - '0';

        if (i % 2 == 0 && (v *= 2) > 9)
            v -= 9;
        sum += v;
    }
    return (char)('0' + (10 - sum % 10) % 10);
}

static void make_card(uint64_t *s, char out[32])
{
    static const struct {
        const char *prefix;
        size_t n;
    } issuers[] = {{"622202", 19}, {"622848", 19}, {"621700", 19}, {"621660", 19}, {"622588", 16},
                   {"622260", 17}, {"621098", 19}, {"623058", 19}, {"625330", 16}, {"4392", 16},
                   {"5187", 16},   {"9558", 19},   {"3568", 16},   {"622908", 18}};
    const size_t k = chance(s, sizeof issuers / sizeof issuers[0]);
    const size_t n = strlen(issuers[k].prefix);

    memcpy(out, issuers[k].prefix, n);
    digits(s, out + n, issuers[k].n - 1 - n);
    out[issuers[k].n - 1] = luhn_check(out, issuers[k].n - 1);
    out[issuers[k].n] = '\0';
}

static void make_mobile(uint64_t *s, char out[32])
{
    out[0] = '1';
    out[1] = (char)('3' + chance(s, 7));
    digits(s, out + 2, 9);
}

static void make_passport(uint64_t *s, char out[32])
{
    out[0] = "EG"[chance(s, 2)];
    digits(s, out + 1, 8);
    if (out[0] == 'E' && chance(s, 3) == 0)
        out[1] = "ABCDEFGHJKLMN"[chance(s, 13)];
}

static void make_plate(uint64_t *s, char out[32], bool electric)
{
    static const char *const at[] = {"京", "沪", "粤", "浙", "苏", "川", "鄂", "湘", "豫", "云"};
    static const char signs[] = "ABCDEFGHJKLMNPQRSTUVWXYZ";
    char rest[8];

    digits(s, rest, 5);
    if (!electric && chance(s, 2))
        rest[chance(s, 5)] = signs[chance(s, 24)];
    (void)snprintf(out, 32, "%s%c%s%s", PICK(s, at), signs[chance(s, 24)],
                   chance(s, 3) == 0 ? "·" : "", "");
    if (electric && chance(s, 2))
        (void)snprintf(out + strlen(out), 16, "%s%c", rest, "DF"[chance(s, 2)]);
    else if (electric)
        (void)snprintf(out + strlen(out), 16, "%c%s", "DF"[chance(s, 2)], rest);
    else
        (void)snprintf(out + strlen(out), 16, "%s", rest);
}

/* ---- the ways of writing ---- */

static void full_width(const char *from, char *to)
{
    size_t n = 0;

    for (; *from; from++) {
        const unsigned c = (unsigned char)*from;

        if (c > 0x20 && c < 0x7F) {
            to[n++] = (char)0xEF;
            to[n++] = (char)(0xBC + (c >= 0x60));
            to[n++] = (char)(0x80 + ((c - 0x20) & 0x3F));
        } else {
            to[n++] = *from;
        }
    }
    to[n] = '\0';
}

/* Groups of the given lengths, the last repeated; sep between. */
static void grouped(const char *from, char *to, const int *groups, const char *sep)
{
    size_t n = 0;
    int left = *groups;

    for (; *from; from++) {
        if (left == 0) {
            n += (size_t)snprintf(to + n, 8, "%s", sep);
            if (groups[1])
                groups++;
            left = *groups;
        }
        to[n++] = *from;
        left--;
    }
    to[n] = '\0';
}

static void lower(const char *from, char *to)
{
    for (; *from; from++)
        *to++ = *from >= 'A' && *from <= 'Z' ? (char)(*from | 0x20) : *from;
    *to = '\0';
}

/* Writes an ASCII value in one of the forms; `groups`: how its kind is grouped. */
static void write_form(uint64_t *s, const char *value, const int *groups, char *out)
{
    static const int singles[] = {1, 0};
    static const char *const seps[] = {" ", " ", "-", "\xC2\xA0", "\xE3\x80\x80"};
    size_t n = 0;

    switch (chance(s, 8)) {
    case 0:
        full_width(value, out);
        return;
    case 1:
        grouped(value, out, groups, PICK(s, seps));
        return;
    case 2:
        grouped(value, out, singles, " ");
        return;
    case 3:
        lower(value, out);
        return;
    case 4: /* a zero-width space in it */
        n = 2 + chance(s, (uint32_t)strlen(value) - 3);
        (void)snprintf(out, 64, "%.*s\xE2\x80\x8B%s", (int)n, value, value + n);
        return;
    default:
        (void)snprintf(out, 64, "%s", value);
        return;
    }
}

static void put(uint64_t *s, const char *before, const char *value, const char *after,
                struct personal_case *c)
{
    static const char *const lines[] = {"",      "请问", "您好，", "办理人信息如下\n",
                                        "表三 ", "1. ",  "（"};

    c->start = (size_t)snprintf(c->text, sizeof c->text, "%s%s", PICK(s, lines), before);
    c->end =
        c->start + (size_t)snprintf(c->text + c->start, sizeof c->text - c->start, "%s", value);
    (void)snprintf(c->text + c->end, sizeof c->text - c->end, "%s", after);
}

static const char *const afters[] = {"",        "。",           "，谢谢", "）请核对",
                                     " 已登记", "的办理进度？", "\n"};

void personal_case_valid(uint32_t number, struct personal_case *c)
{
    static const int by_id[] = {6, 8, 4, 0}, by_four[] = {4, 0}, by_mobile[] = {3, 4, 4, 0},
                     by_letters[] = {3, 12, 0}, by_passport[] = {1, 8, 0};
    static const char *const ids[] = {"身份证", "身份证号：", "公民身份号码",
                                      "",       "证件号码:",  "ID "};
    static const char *const cards[] = {"卡号", "银行卡", "收款账号：", "", "社保卡金融账户 "};
    static const char *const mobiles[] = {"电话", "手机：", "联系", "", "+86 ", "tel:"};
    uint64_t s = seed_of(number, 0x51);
    char value[32], form[160] = "";
    char domain[16];

    *c = (struct personal_case){.has_check = true};
    switch (number % 20) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
        make_id(&s, value);
        c->kind = ZD_PERSONAL_ID;
        write_form(&s, value, by_id, form);
        put(&s, PICK(&s, ids), form, PICK(&s, afters), c);
        break;
    case 6:
    case 7:
        make_residence(&s, value);
        c->kind = ZD_PERSONAL_RESIDENCE;
        write_form(&s, value, by_id, form);
        put(&s, PICK(&s, ids), form, PICK(&s, afters), c);
        break;
    case 8:
    case 9:
    case 10:
        make_credit(&s, value);
        c->kind = ZD_PERSONAL_CREDIT;
        write_form(&s, value, by_four, form);
        put(&s, chance(&s, 2) ? "统一社会信用代码" : "代码：", form, PICK(&s, afters), c);
        break;
    case 11:
    case 12:
    case 13:
        make_card(&s, value);
        c->kind = ZD_PERSONAL_CARD;
        write_form(&s, value, by_four, form);
        put(&s, PICK(&s, cards), form, PICK(&s, afters), c);
        break;
    case 14:
    case 15:
        make_mobile(&s, value);
        c->kind = ZD_PERSONAL_MOBILE;
        c->has_check = false;
        write_form(&s, value, by_mobile, form);
        put(&s, PICK(&s, mobiles), form, PICK(&s, afters), c);
        break;
    case 16:
        make_passport(&s, value);
        c->kind = ZD_PERSONAL_PASSPORT;
        c->has_check = false;
        write_form(&s, value, by_passport, form);
        put(&s, "护照号码", form, PICK(&s, afters), c);
        break;
    case 17:
        make_plate(&s, form, chance(&s, 2));
        c->kind = ZD_PERSONAL_PLATE;
        c->has_check = false;
        put(&s, chance(&s, 2) ? "车牌" : "我的车", form, PICK(&s, afters), c);
        break;
    case 18:
        make_old_residence(&s, value);
        c->kind = ZD_PERSONAL_RESIDENCE;
        c->has_check = false;
        write_form(&s, value, by_letters, form);
        put(&s, "永久居留身份证", form, PICK(&s, afters), c);
        break;
    default:
        digits(&s, domain, 6);
        (void)snprintf(form, sizeof form, "zhang.%s@mail%u.example.cn", domain, chance(&s, 90));
        c->kind = ZD_PERSONAL_EMAIL;
        c->has_check = false;
        put(&s, "邮箱：", form, PICK(&s, afters), c);
        break;
    }
}

/* Another digit than the one that stands there. */
static void spoil(uint64_t *s, char *digit)
{
    const char old = *digit;

    while (*digit == old || *digit == 'X')
        *digit = (char)('0' + chance(s, 10));
}

/* A number of n digits whose Luhn sum does not hold, with a card's prefix. */
static void broken_card(uint64_t *s, char *value)
{
    make_card(s, value);
    spoil(s, &value[strlen(value) - 1]);
}

void personal_case_lookalike(uint32_t number, struct personal_case *c)
{
    static const char *const tails[] = {"", "。", "，请核对", " 号", "\n"};
    uint64_t s = seed_of(number, 0xA7);
    char value[96] = "", day[9], more[32];
    const char *before = "", *after = PICK(&s, tails);

    *c = (struct personal_case){.kind = ZD_PERSONAL_KINDS};
    switch (number % 24) {
    case 0:
    case 1:
    case 2:
        c->what = "an id with a wrong check digit";
        make_id(&s, value);
        spoil(&s, &value[17]);
        break;
    case 3:
        c->what = "an id of no day, check digit right";
        make_id(&s, value);
        memcpy(value + 10, chance(&s, 2) ? "1332" : "0230", 4);
        value[17] = id_check(value);
        break;
    case 4:
        c->what = "an id of no province, check digit right";
        make_id(&s, value);
        memcpy(value, chance(&s, 2) ? "19" : "78", 2);
        value[17] = id_check(value);
        break;
    case 5:
        c->what = "an id in a longer number";
        make_id(&s, value);
        value[17] = value[17] == 'X' ? '3' : value[17];
        (void)snprintf(value + 18, 8, "%u", 10 + chance(&s, 90));
        break;
    case 6:
        c->what = "a credit code with a wrong check character";
        make_credit(&s, value);
        value[17] = value[17] == '7' ? '4' : '7';
        break;
    case 7:
    case 8:
        c->what = "a card whose sum does not hold";
        broken_card(&s, value);
        break;
    case 9:
        c->what = "16 digits by chance";
        digits(&s, value, 16);
        break;
    case 10:
        c->what = "19 digits by chance";
        digits(&s, value, 19);
        break;
    case 11:
        c->what = "11 digits of no mobile network";
        digits(&s, value, 11);
        value[0] = '1';
        value[1] = "012"[chance(&s, 3)];
        break;
    case 12:
        c->what = "a mobile number in a longer number";
        make_mobile(&s, value + 1);
        value[0] = (char)('2' + chance(&s, 8));
        break;
    case 13:
        c->what = "an amount";
        make_mobile(&s, value);
        after = chance(&s, 2) ? "元" : "万元。";
        break;
    case 14:
        c->what = "a decimal";
        make_mobile(&s, more);
        (void)snprintf(value, sizeof value, "0.%s", more);
        break;
    case 15:
        c->what = "an order number";
        make_mobile(&s, value);
        before = chance(&s, 2) ? "订单号" : "快递单号：";
        break;
    case 16:
        c->what = "a time stamp";
        birthday(&s, day);
        (void)snprintf(value, sizeof value, "%s%02u%02u%02u%03u", day, chance(&s, 24),
                       chance(&s, 60), chance(&s, 60), chance(&s, 1000));
        break;
    case 17:
        c->what = "a document number";
        (void)snprintf(value, sizeof value, "云政发〔20%02u〕%u号", chance(&s, 30),
                       1 + chance(&s, 200));
        break;
    case 18:
        c->what = "a plate of four signs, or with I";
        make_plate(&s, value, false);
        if (chance(&s, 2))
            value[strlen(value) - 1] = '\0';
        else
            value[3] = 'I';
        break;
    case 19:
        c->what = "a passport a digit short or long, or of no letter";
        make_passport(&s, value);
        if (chance(&s, 2))
            value[8] = '\0';
        else
            value[0] = 'X';
        break;
    case 20:
        c->what = "a UUID";
        for (size_t i = 0; i < 36; i++)
            value[i] =
                i == 8 || i == 13 || i == 18 || i == 23 ? '-' : "0123456789abcdef"[chance(&s, 16)];
        break;
    case 21:
        c->what = "a row of a table";
        for (size_t i = 0; i < 6; i++)
            (void)snprintf(value + strlen(value), 12, "%u ", chance(&s, i % 2 ? 10000 : 1000));
        break;
    case 22:
        c->what = "a service number";
        (void)snprintf(value, sizeof value, "%s", chance(&s, 2) ? "12345" : "400-820-8820");
        before = "热线";
        break;
    default:
        c->what = "no address of e-mail";
        (void)snprintf(value, sizeof value, "%s", chance(&s, 2) ? "@zhidian" : "3@5 元/斤");
        break;
    }
    put(&s, before, value, after, c);
}

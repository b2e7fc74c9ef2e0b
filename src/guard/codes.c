/* codes.c: whether a normalised number is one of the kinds: its digits alone, see personal.h.
 *
 *     id         GB 11643-1999: 6 digits place (GB/T 2260), 8 birthday, 3 sequence, check digit by
 *                ISO 7064 MOD 11-2; 81, 82, 83 0000 are residents from Hong Kong, Macao, Taiwan
 *     residence  2023: 9, place, numeric country, birthday, sequence, the same check digit
 *     credit     GB 32100-2015: 31 characters without I O S V Z, weights 3^i mod 31
 *     card       ISO/IEC 7812-1: Luhn, with the prefixes and lengths that cards in China have
 *
 * A place is checked by its province only: codes of counties change every year, and with birthday
 * and check digit one in some 30,000 random numbers passes at all.
 */
#include <string.h>

#include "base/date.h"
#include "guard/guard_private.h"

static bool all_digits(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!zd_guard__is_digit((uint8_t)s[i]))
            return false;
    return true;
}

static int number(const char *s, size_t n)
{
    int value = 0;

    for (size_t i = 0; i < n; i++)
        value = value * 10 + (s[i] - '0');
    return value;
}

static bool is_province(const char *s)
{
    static const uint8_t codes[] = {11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34,
                                    35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52,
                                    53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83};
    const int code = number(s, 2);

    for (size_t i = 0; i < sizeof codes; i++)
        if (codes[i] == code)
            return true;
    return false;
}

static bool is_birthday(const char *s)
{
    const int year = number(s, 4);

    return year >= 1900 && year < 2100 && zd_date_of(year, number(s + 4, 2), number(s + 6, 2)) != 0;
}

/* yymmdd of the last century: the numbers that have it were given out before 2000 or to people
 * born then or later; only month and day can be wrong. */
static bool is_short_birthday(const char *s)
{
    return zd_date_of(2000, number(s + 2, 2), number(s + 4, 2)) != 0; /* 29 February passes */
}

static bool mod_11_2_holds(const char *s)
{
    int sum = 0;

    for (size_t i = 0; i < 17; i++)
        sum = (sum + (s[i] - '0')) * 2 % 11;
    return s[17] == "10x98765432"[sum % 11];
}

bool zd_guard__is_id(const char *s, size_t n)
{
    bool no_county;

    if (n != 18 || !all_digits(s, 17) || !is_province(s) || !is_birthday(s + 6))
        return false;
    no_county = memcmp(s + 2, "0000", 4) == 0;
    return (number(s, 2) >= 81) == no_county && mod_11_2_holds(s);
}

bool zd_guard__is_old_id(const char *s, size_t n)
{
    return n == 15 && all_digits(s, n) && is_province(s) && memcmp(s + 2, "0000", 4) != 0 &&
           is_short_birthday(s + 6);
}

/* ISO 3166-1 alpha-3. */
static bool is_country(const char *s)
{
    static const char codes[] =
        "abw afg ago aia ala alb and are arg arm asm ata atf atg aus aut aze bdi bel ben bes bfa "
        "bgd bgr bhr bhs bih blm blr blz bmu bol bra brb brn btn bvt bwa caf can cck che chl chn "
        "civ cmr cod cog cok col com cpv cri cub cuw cxr cym cyp cze deu dji dma dnk dom dza ecu "
        "egy eri esh esp est eth fin fji flk fra fro fsm gab gbr geo ggy gha gib gin glp gmb gnb "
        "gnq grc grd grl gtm guf gum guy hkg hmd hnd hrv hti hun idn imn ind iot irl irn irq isl "
        "isr ita jam jey jor jpn kaz ken kgz khm kir kna kor kwt lao lbn lbr lby lca lie lka lso "
        "ltu lux lva mac maf mar mco mda mdg mdv mex mhl mkd mli mlt mmr mne mng mnp moz mrt msr "
        "mtq mus mwi mys myt nam ncl ner nfk nga nic niu nld nor npl nru nzl omn pak pan pcn per "
        "phl plw png pol pri prk prt pry pse pyf qat reu rou rus rwa sau sdn sen sgp sgs shn sjm "
        "slb sle slv smr som spm srb ssd stp sur svk svn swe swz sxm syc syr tca tcd tgo tha tjk "
        "tkl tkm tls ton tto tun tur tuv twn tza uga ukr umi ury usa uzb vat vct ven vgb vir vnm "
        "vut wlf wsm yem zaf zmb zwe ";

    for (size_t i = 0; i + 4 < sizeof codes; i += 4)
        if (memcmp(codes + i, s, 3) == 0)
            return true;
    return false;
}

bool zd_guard__is_residence(const char *s, size_t n)
{
    if (n == 18)
        return s[0] == '9' && all_digits(s, 17) && is_birthday(s + 6) && mod_11_2_holds(s);
    return n == 15 && is_country(s) && all_digits(s + 3, 12) && is_province(s + 3) &&
           is_short_birthday(s + 7);
}

/* Who registers, and what kind of body. */
static bool is_registrar(const char *s)
{
    static const struct {
        char who;
        const char *what;
    } rows[] = {{'1', "1239"}, {'2', "19"},  {'3', "123459"}, {'4', "19"},
                {'5', "1239"}, {'6', "129"}, {'7', "129"},    {'8', "19"},
                {'9', "123"},  {'a', "19"},  {'n', "1239"},   {'y', "1"}};

    for (size_t i = 0; i < ZD_COUNT(rows); i++)
        if (rows[i].who == s[0])
            return strchr(rows[i].what, s[1]) != NULL;
    return false;
}

/* Characters 9 to 17 are the body's code of before, with a check of its own (GB 11714-1997). */
bool zd_guard__holds_organisation(const char *s)
{
    static const int weights[] = {3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;

    for (size_t i = 0; i < 8; i++) {
        const char c = s[8 + i];

        sum += weights[i] * (zd_guard__is_digit((uint8_t)c) ? c - '0' : c - 'a' + 10);
    }
    return s[16] == "0x987654321"[sum % 11];
}

bool zd_guard__is_credit(const char *s, size_t n)
{
    static const char alphabet[] = "0123456789abcdefghjklmnpqrtuwxy";
    unsigned weight = 1, sum = 0;

    if (n != 18 || !is_registrar(s) || !all_digits(s + 2, 6) ||
        !(is_province(s + 2) || memcmp(s + 2, "100000", 6) == 0))
        return false;
    for (size_t i = 0; i < 18; i++) {
        const char *at = strchr(alphabet, s[i]);

        if (!at)
            return false;
        sum += (i < 17 ? weight : 1) * (unsigned)(at - alphabet);
        weight = weight * 3 % 31;
    }
    return sum % 31 == 0;
}

static bool luhn_holds(const char *s, size_t n)
{
    int sum = 0;

    for (size_t i = 0; i < n; i++) {
        const int digit = s[n - 1 - i] - '0', twice = digit * 2;

        sum += i % 2 == 0 ? digit : twice > 9 ? twice - 9 : twice;
    }
    return sum % 10 == 0;
}

bool zd_guard__is_card(const char *s, size_t n, bool announced)
{
    /* first and last prefix of a range of equal length, shortest and longest card */
    static const struct {
        int first, last;
        uint8_t n_prefix, shortest, longest;
        bool rare; /* here: only where something says that it is a card */
    } ranges[] = {
        {62, 62, 2, 16, 19, false},         /* UnionPay */
        {81, 81, 2, 16, 19, true},          /* UnionPay, newer */
        {9558, 9559, 4, 19, 19, false},     /* UnionPay, issued before 62 by ICBC and ABC */
        {6013, 6014, 4, 16, 19, false},     /* BOC, BOCOM before 62 */
        {603, 603, 3, 16, 19, false},       /* city banks before 62 */
        {690755, 690755, 6, 16, 18, false}, /* CMB before 62 */
        {4, 4, 1, 16, 16, false},           /* Visa */
        {436742, 436742, 6, 19, 19, false}, /* CCB debit */
        {456351, 456351, 6, 19, 19, false}, /* BOC debit */
        {51, 55, 2, 16, 16, false},         /* Mastercard */
        {2221, 2720, 4, 16, 16, true},      /* Mastercard, newer */
        {34, 34, 2, 15, 15, false},         /* American Express */
        {37, 37, 2, 15, 15, false},         /* American Express */
        {3528, 3589, 4, 16, 16, false},     /* JCB */
        {6011, 6011, 4, 16, 16, true},      /* Discover */
        {644, 659, 3, 16, 16, true},        /* Discover */
    };

    if (n < 15 || n > 19 || !all_digits(s, n))
        return false;
    for (size_t i = 0; i < ZD_COUNT(ranges); i++) {
        const int prefix = number(s, ranges[i].n_prefix);

        if (prefix >= ranges[i].first && prefix <= ranges[i].last && n >= ranges[i].shortest &&
            n <= ranges[i].longest)
            return (announced || !ranges[i].rare) && luhn_holds(s, n);
    }
    return false;
}

bool zd_guard__is_passport(const char *s, size_t n, bool labelled)
{
    if (n == 11)
        return labelled && strchr("hm", s[0]) && all_digits(s + 1, 10);
    if (n != 9)
        return false;
    if (all_digits(s + 1, 8))
        return s[0] == 'e' || s[0] == 'g' ||
               (labelled &&
                (strchr("dsphkmcwl", s[0]) || memcmp(s, "14", 2) == 0 || memcmp(s, "15", 2) == 0));
    if (!all_digits(s + 2, 7) || !zd_guard__is_letter((uint8_t)s[1]))
        return false;
    if (s[0] == 'e')
        return s[1] != 'i' && s[1] != 'o';
    return labelled &&
           (memcmp(s, "de", 2) == 0 || memcmp(s, "se", 2) == 0 || memcmp(s, "pe", 2) == 0 ||
            memcmp(s, "ma", 2) == 0 || memcmp(s, "mb", 2) == 0 || s[0] == 'c');
}

bool zd_guard__is_mobile(const char *s, size_t n)
{
    return n == 11 && all_digits(s, n) && s[0] == '1' && s[1] >= '3';
}

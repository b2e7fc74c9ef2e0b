#include "model/egress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>

static bool allows(const char *text, enum zd_place place)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return zd_egress_allows((const struct sockaddr *)&v4, place);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return zd_egress_allows((const struct sockaddr *)&v6, place);
}

/* Each range at its first and last address, and the neighbours outside. */
static void test_addresses_are_of_one_place_or_of_none(void **state)
{
    static const char *const own[] = {
        "10.0.0.0",    "10.255.255.255",  "172.16.0.0", "172.31.255.255",
        "192.168.0.0", "192.168.255.255", "127.0.0.1",  "127.255.255.255",
        "100.64.0.0",  "100.127.255.255", "::1",        "fc00::1",
        "fdff::1",     "::ffff:10.0.0.1"};
    static const char *const outside[] = {"9.255.255.255",
                                          "11.0.0.0",
                                          "172.15.255.255",
                                          "172.32.0.0",
                                          "192.167.255.255",
                                          "192.169.0.0",
                                          "8.8.8.8",
                                          "100.63.255.255",
                                          "100.128.0.0",
                                          "223.255.255.255",
                                          "2001:4860:4860::8888",
                                          "2400:3200::1",
                                          "::ffff:8.8.8.8",
                                          "126.255.255.255",
                                          "128.0.0.0"};
    static const char *const never[] = {"0.0.0.0",
                                        "0.255.255.255",
                                        "169.254.0.0",
                                        "169.254.169.254",
                                        "169.254.255.255",
                                        "224.0.0.1",
                                        "255.255.255.255",
                                        "240.0.0.1",
                                        "192.0.0.1",
                                        "192.0.2.1",
                                        "198.18.0.1",
                                        "198.19.255.255",
                                        "198.51.100.1",
                                        "203.0.113.1",
                                        "::",
                                        "fe80::1",
                                        "ff02::1",
                                        "2002:a00:1::1",
                                        "2001:db8::1",
                                        "2001::1",
                                        "64:ff9b::a00:1",
                                        "::ffff:169.254.169.254",
                                        "::10.0.0.1",
                                        "100::1"};

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(own); i++)
        if (!allows(own[i], ZD_PLACE_ROOM) || allows(own[i], ZD_PLACE_COUNTRY) ||
            allows(own[i], ZD_PLACE_ABROAD))
            fail_msg("%s is in the own room and nowhere else", own[i]);
    for (size_t i = 0; i < ZD_COUNT(outside); i++)
        if (allows(outside[i], ZD_PLACE_ROOM) || !allows(outside[i], ZD_PLACE_COUNTRY) ||
            !allows(outside[i], ZD_PLACE_ABROAD))
            fail_msg("%s is outside", outside[i]);
    for (size_t i = 0; i < ZD_COUNT(never); i++)
        for (int place = ZD_PLACE_ROOM; place <= ZD_PLACE_ABROAD; place++)
            if (allows(never[i], (enum zd_place)place))
                fail_msg("%s is never called", never[i]);
}

static void test_a_url_is_read_into_its_parts(void **state)
{
    static const struct {
        const char *url, *host, *path;
        uint16_t port;
        bool tls;
    } rows[] = {
        {"http://10.0.0.5:8000/v1", "10.0.0.5", "/v1", 8000, false},
        {"https://Api.DeepSeek.com/v1/", "api.deepseek.com", "/v1", 443, true},
        {"http://[fd00::1]:80", "fd00::1", "", 80, false},
        {"http://a", "a", "", 80, false},
        {"https://a-b.c1.lan//", "a-b.c1.lan", "", 443, true},
    };
    struct zd_arena *arena = zd_arena_new(65536);

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        struct zd_egress_url url = {0};
        struct zd_error err = {0};

        if (zd_egress_url_read(zd_str_c(rows[i].url), arena, &url, &err) != ZD_OK)
            fail_msg("%s: %s", rows[i].url, err.what);
        assert_true(zd_str_eq(url.host, zd_str_c(rows[i].host)));
        assert_true(zd_str_eq(url.path, zd_str_c(rows[i].path)));
        assert_int_equal(url.port, rows[i].port);
        assert_int_equal(url.tls, rows[i].tls);
    }
    zd_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_are_of_one_place_or_of_none),
        cmocka_unit_test(test_a_url_is_read_into_its_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

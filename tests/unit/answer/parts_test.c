/* Questions that ask several things: where they are cut, and what may answer a part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "answer/parts.h"

static void test_cuts_where_each_side_asks(void **state)
{
    static const struct {
        const char *question, *parts[ZD_PARTS_MAX];
    } rows[] = {
        {"身份证丢了去哪补，要等多久？", {"身份证丢了去哪补", "要等多久"}},
        {"居住证去哪办、要多少钱、带什么材料", {"居住证去哪办", "要多少钱", "带什么材料"}},
        {"办护照要什么材料和要等多久", {"办护照要什么材料", "要等多久"}},
        {"身份证怎么补？还有，户口本丢了，怎么办？", {"身份证怎么补", "户口本丢了，怎么办"}},
        {"新房怎么过户以及要交多少税", {"新房怎么过户", "要交多少税"}},
        {"护照和港澳通行证分别收多少钱", {"护照收多少钱", "港澳通行证收多少钱"}},
        {"一二三？四是什么？五在哪里？六有多少？七是谁？八是谁？",
         {"一二三？四是什么", "五在哪里", "六有多少", "七是谁？八是谁"}},
        /* one thing asked */
        {"租房没有签合同，房东口头答应的，怎么办居住证", {NULL}},
        {"家里失火了什么都没了，政府怎么救急", {NULL}},
        {"老人优待证和残疾证有什么区别", {NULL}},
        {"和平区在哪里办身份证", {NULL}},
        {"还有多久能办好", {NULL}},
        {"异地就医可以报销多少，谢谢", {NULL}},
        {"身份证能不能异地办，可以吗", {NULL}},
        {"养犬登记", {NULL}},
        {"", {NULL}},
    };
    struct zd_arena *arena = zd_arena_new((size_t)1 << 20);

    (void)state;
    assert_non_null(arena);
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        struct zd_str parts[ZD_PARTS_MAX];
        const size_t n = zd_question_parts(zd_str_c(rows[i].question), arena, parts);
        size_t want = 0;

        print_message("  %s\n", rows[i].question);
        while (want < ZD_PARTS_MAX && rows[i].parts[want])
            want++;
        assert_int_equal(n, want ? want : 1);
        for (size_t k = 0; k < want; k++) {
            assert_int_equal(parts[k].n, strlen(rows[i].parts[k]));
            assert_memory_equal(parts[k].p, rows[i].parts[k], parts[k].n);
        }
    }
    zd_arena_free(arena);
}

static void test_wants_the_kind_of_thing_that_is_asked_for(void **state)
{
    static const struct {
        const char *part, *text;
        bool may;
    } rows[] = {
        {"要等多久", "法定时限六十日。", true},
        {"要等多久", "居民身份证丢失补领、到期换领。", false},
        {"要交多少钱", "每证40元。", true},
        {"要交多少钱", "由公安机关办理。", false},
        {"打哪个电话", "咨询电话：0999-80100339。", true},
        {"打哪个电话", "到政务服务中心办理。", false},
        {"带什么材料", "居民户口簿。", true},
    };

    (void)state;
    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        print_message("  %s %s\n", rows[i].part, rows[i].text);
        assert_int_equal(zd_part_may_be_answered_by(zd_str_c(rows[i].part), zd_str_c(rows[i].text)),
                         rows[i].may);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts_where_each_side_asks),
        cmocka_unit_test(test_wants_the_kind_of_thing_that_is_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The memory of answered questions: what was written is found again, damage is refused, and the
 * likeness of two questions is about the cosine of their vectors. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "semantic/memory.h"

#define DIMS 256
#define SKETCH (DIMS / 8)

/* The same draws in every run. */
static int8_t draw(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int8_t)((int)(*state >> 40) % 255 - 127);
}

static double cosine(const int8_t *a, const int8_t *b)
{
    double ab = 0.0, aa = 0.0, bb = 0.0;

    for (int k = 0; k < DIMS; k++) {
        ab += a[k] * b[k];
        aa += a[k] * a[k];
        bb += b[k] * b[k];
    }
    return ab / sqrt(aa * bb);
}

/* Three questions; text 9 answered the first two, text 4 the third. */
static void make(struct zd_buf *out, int8_t vectors[3][DIMS])
{
    static const struct zd_memory_answer answers[] = {{9, 0}, {4, 2}, {9, 1}};
    uint8_t sketches[3 * SKETCH];
    uint64_t seed = 7;
    const struct zd_memory_source source = {sketches, answers, 3, SKETCH, 3};

    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < DIMS; k++)
            vectors[i][k] = draw(&seed);
        zd_memory_sketch(vectors[i], DIMS, sketches + i * SKETCH);
    }
    out->max = 1 << 16;
    assert_int_equal(zd_memory_write(&source, out, NULL), ZD_OK);
    assert_false(out->bad);
}

static void test_a_text_knows_its_questions(void **state)
{
    int8_t vectors[3][DIMS];
    uint8_t sketch[SKETCH];
    struct zd_buf bytes = {0};
    struct zd_memory memory;
    struct zd_memory_match match;

    (void)state;
    make(&bytes, vectors);
    assert_int_equal(zd_memory_open((struct zd_bytes){bytes.p, bytes.n}, &memory, NULL), ZD_OK);
    zd_memory_sketch(vectors[1], DIMS, sketch);
    match = zd_memory_match(&memory, zd_memory_of_text(&memory, 9), sketch, false);
    assert_int_equal(match.n, 2);
    assert_true(match.same);
    assert_float_equal(match.alike, 1.0F, 1e-6F);
    match = zd_memory_match(&memory, zd_memory_of_text(&memory, 9), sketch, true);
    assert_int_equal(match.n, 1);
    assert_false(match.same);
    assert_float_equal(match.alike, fmax(cosine(vectors[0], vectors[1]), 0.0), 0.2);
    assert_int_equal(zd_memory_of_text(&memory, 4).n, 1);
    assert_int_equal(zd_memory_of_text(&memory, 5).n, 0);
    assert_int_equal(zd_memory_match(&memory, zd_memory_of_text(&memory, 5), sketch, false).n, 0);
    zd_buf_done(&bytes);
}

static void test_likeness_follows_the_angle(void **state)
{
    int8_t vectors[3][DIMS], near[DIMS];
    uint8_t sketch[SKETCH];
    struct zd_buf bytes = {0};
    struct zd_memory memory;

    (void)state;
    make(&bytes, vectors);
    assert_int_equal(zd_memory_open((struct zd_bytes){bytes.p, bytes.n}, &memory, NULL), ZD_OK);
    for (int part = 1; part <= 4; part++) {
        struct zd_memory_match match;

        for (int k = 0; k < DIMS; k++)
            near[k] = (int8_t)((vectors[2][k] * (5 - part) + vectors[0][k] * part) / 5);
        zd_memory_sketch(near, DIMS, sketch);
        match = zd_memory_match(&memory, zd_memory_of_text(&memory, 4), sketch, false);
        assert_float_equal(match.alike, cosine(near, vectors[2]), 0.15);
    }
    zd_buf_done(&bytes);
}

static void test_damage_is_refused(void **state)
{
    int8_t vectors[3][DIMS];
    struct zd_buf bytes = {0};
    struct zd_memory memory;

    (void)state;
    make(&bytes, vectors);
    for (size_t n = 1; n < bytes.n; n++)
        assert_int_equal(zd_memory_open((struct zd_bytes){bytes.p, n}, &memory, NULL), ZD_CORRUPT);
    bytes.p[bytes.n - 8] = 3; /* a question that is not there */
    assert_int_equal(zd_memory_open((struct zd_bytes){bytes.p, bytes.n}, &memory, NULL),
                     ZD_CORRUPT);
    bytes.p[bytes.n - 8] = 1;
    bytes.p[bytes.n - 16] = 1; /* texts out of order */
    assert_int_equal(zd_memory_open((struct zd_bytes){bytes.p, bytes.n}, &memory, NULL),
                     ZD_CORRUPT);
    assert_int_equal(zd_memory_open((struct zd_bytes){NULL, 0}, &memory, NULL), ZD_OK);
    assert_int_equal(memory.n_questions, 0);
    zd_buf_done(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_text_knows_its_questions),
        cmocka_unit_test(test_likeness_follows_the_angle),
        cmocka_unit_test(test_damage_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

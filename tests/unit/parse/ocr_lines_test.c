/* ocr_lines: lines by their ink, where a layout found too few, too many, or columns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "parse/ocr_lines.h"

#define WIDTH 400
#define HEIGHT 300
#define LINE 20.0

struct page {
    uint8_t samples[WIDTH * HEIGHT];
    struct zd_parse__ocr_page view;
};

static void clear(struct page *page)
{
    memset(page->samples, 255, sizeof page->samples);
    page->view = (struct zd_parse__ocr_page){
        .samples = page->samples, .width = WIDTH, .height = HEIGHT, .stride = WIDTH, .unit = 1};
}

static void draw(struct page *page, struct zd_parse__ocr_box box)
{
    for (int y = box.top; y < box.bottom; y++)
        memset(page->samples + (size_t)y * WIDTH + box.left, 0, (size_t)(box.right - box.left));
}

static size_t find(const struct page *page, const struct zd_parse__ocr_box *given, size_t n,
                   struct zd_parse__ocr_box lines[16])
{
    return zd_parse__ocr_lines(&page->view, given, n, LINE, lines, 16);
}

static bool holds(struct zd_parse__ocr_box line, struct zd_parse__ocr_box ink)
{
    return line.left <= ink.left && line.right >= ink.right && line.top <= ink.top &&
           line.bottom >= ink.bottom;
}

static void test_a_short_line_that_the_layout_lost_is_found_and_a_long_one_is_whole(void **state)
{
    static const struct zd_parse__ocr_box ink[] = {
        {40, 40, 360, 60}, {20, 70, 360, 90}, {20, 100, 60, 120}};
    static const struct zd_parse__ocr_box given[] = {{80, 41, 340, 60}, {20, 70, 360, 90}};
    static struct page page;
    struct zd_parse__ocr_box lines[16];

    (void)state;
    clear(&page);
    for (size_t i = 0; i < 3; i++)
        draw(&page, ink[i]);
    draw(&page, (struct zd_parse__ocr_box){20, 140, 380, 142}); /* a rule */
    assert_int_equal(find(&page, given, 2, lines), 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(holds(lines[i], ink[i]));
}

static void test_lines_side_by_side_stay_apart_and_two_of_one_line_are_one(void **state)
{
    static const struct zd_parse__ocr_box columns[] = {{20, 40, 180, 60}, {220, 41, 380, 61}};
    static const struct zd_parse__ocr_box halves[] = {{20, 40, 200, 50}, {20, 50, 200, 60}};
    static struct page page;
    struct zd_parse__ocr_box lines[16];

    (void)state;
    clear(&page);
    draw(&page, columns[0]);
    draw(&page, columns[1]);
    assert_int_equal(find(&page, columns, 2, lines), 2);
    assert_true(holds(lines[0], columns[0]) && holds(lines[1], columns[1]));
    assert_true(lines[0].right < columns[1].left && lines[1].left > columns[0].right);
    clear(&page);
    draw(&page, (struct zd_parse__ocr_box){20, 40, 200, 60});
    assert_int_equal(find(&page, halves, 2, lines), 1);
}

static void test_a_page_without_empty_rows_is_left_to_the_layout(void **state)
{
    static const struct zd_parse__ocr_box given[] = {{20, 40, 380, 60}, {20, 70, 380, 90}};
    static struct page page;
    struct zd_parse__ocr_box lines[16];

    (void)state;
    clear(&page);
    draw(&page, given[0]);
    draw(&page, given[1]);
    draw(&page, (struct zd_parse__ocr_box){10, 20, 14, 280}); /* beside a table */
    assert_int_equal(find(&page, given, 2, lines), 0);
}

static void test_lines_stay_within_the_page_and_the_room_for_them(void **state)
{
    static struct page page;
    struct zd_parse__ocr_box lines[16];

    (void)state;
    clear(&page);
    for (int i = 0; i < 10; i++)
        draw(&page, (struct zd_parse__ocr_box){0, i * 30, WIDTH, i * 30 + 20});
    assert_int_equal(zd_parse__ocr_lines(&page.view, NULL, 0, LINE, lines, 4), 4);
    assert_int_equal(find(&page, NULL, 0, lines), 10);
    for (size_t i = 0; i < 10; i++)
        assert_true(lines[i].left >= 0 && lines[i].top >= 0 && lines[i].right <= WIDTH &&
                    lines[i].bottom <= HEIGHT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_short_line_that_the_layout_lost_is_found_and_a_long_one_is_whole),
        cmocka_unit_test(test_lines_side_by_side_stay_apart_and_two_of_one_line_are_one),
        cmocka_unit_test(test_a_page_without_empty_rows_is_left_to_the_layout),
        cmocka_unit_test(test_lines_stay_within_the_page_and_the_room_for_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
